//! Answers questions about small directed graphs: their cycles, which nodes a node reaches, and the heaviest antichain.
//!
//! Nodes are numbers, and `edges[node]` lists the nodes that a node leads to. Knows nothing about steps.

use std::collections::{BTreeSet, VecDeque};

/// The cycles of a graph, at most one for each start node: each node leads to the next, and the last one to the first.
/// A cycle begins with its lowest node, and a node of an earlier cycle starts no other.
pub(crate) fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut cycles = Vec::new();
    for start in 0..edges.len() {
        if seen.contains(&start) {
            continue;
        }
        if let Some(cycle) = shortest_cycle(edges, start) {
            seen.extend(cycle.iter().copied());
            cycles.push(cycle);
        }
    }
    cycles
}

/// A cycle in words: "`a` needs `b`, which needs `a`".
pub(crate) fn describe<'n>(cycle: &[usize], verb: &str, name: impl Fn(usize) -> &'n str) -> String {
    let names: Vec<_> = cycle.iter().chain(&cycle[..1]).map(|&node| format!("`{}`", name(node))).collect();
    format!("{} {verb} {}", names[0], names[1..].join(&format!(", which {verb} ")))
}

/// The shortest path from a node back to itself.
fn shortest_cycle(edges: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut from = vec![None; edges.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &next in &edges[node] {
            if next == start {
                let back = |node: &usize| from[*node];
                let mut path: Vec<_> = std::iter::successors(Some(node), back).collect();
                path.reverse();
                return Some(path);
            }
            if from[next].is_none() {
                from[next] = Some(node);
                queue.push_back(next);
            }
        }
    }
    None
}

/// For each node of an acyclic graph, the nodes that it reaches, directly or indirectly.
pub(crate) fn reached(edges: &[Vec<usize>]) -> Vec<BTreeSet<usize>> {
    let of = |start: usize| {
        let mut reached = BTreeSet::new();
        let mut open = edges[start].clone();
        while let Some(node) = open.pop() {
            if reached.insert(node) {
                open.extend(&edges[node]);
            }
        }
        reached
    };
    (0..edges.len()).map(of).collect()
}

/// The heaviest antichain of an acyclic graph: the set of nodes with the largest sum of weights in which no node
/// reaches another. `reached` lists the nodes that each node reaches.
///
/// By Dilworth's theorem, this sum is the smallest number of paths that together visit each node as often as it weighs:
/// the sum of all weights minus a maximum flow. The flow goes through two copies of each node, from the left copy of a
/// node to the right copies of the nodes that it reaches. The antichain consists of the nodes that a minimum cut leaves
/// uncut.
pub(crate) fn heaviest_antichain(reached: &[BTreeSet<usize>], weights: &[u128]) -> BTreeSet<usize> {
    let count = reached.len();
    let mut flow = vec![vec![0_u128; count]; count];
    let mut from_source = weights.to_vec();
    let mut to_sink = weights.to_vec();
    loop {
        let found = search(reached, &flow, &from_source, &to_sink);
        let Some(end) = found.end else {
            // A node is uncut if the source still reaches its left copy, but not its right copy.
            let is_uncut = |&node: &usize| {
                weights[node] > 0 && found.left[node].is_some() && found.right[node].is_none()
            };
            return (0..count).filter(is_uncut).collect();
        };
        // The path, backwards from the sink: right copies are entered along edges, left copies against the flow.
        let (mut amount, mut path, mut right) = (to_sink[end], Vec::new(), end);
        let start = loop {
            let left = found.right[right].unwrap_or_default();
            let Some(Entered::AgainstFlowOf(before)) = found.left[left] else {
                path.push((left, right, None));
                break left;
            };
            amount = amount.min(flow[left][before]);
            path.push((left, right, Some(before)));
            right = before;
        };
        amount = amount.min(from_source[start]);
        from_source[start] -= amount;
        to_sink[end] -= amount;
        for (left, right, before) in path {
            flow[left][right] += amount;
            if let Some(before) = before {
                flow[left][before] -= amount;
            }
        }
    }
}

/// How the search entered the left copy of a node.
#[derive(Clone, Copy)]
enum Entered {
    FromSource,
    /// From the right copy of this node, whose flow can take another path.
    AgainstFlowOf(usize),
}

/// The nodes that the source reaches.
struct Search {
    left: Vec<Option<Entered>>,
    /// The left copy from which each right copy was entered.
    right: Vec<Option<usize>>,
    /// A right copy with free capacity to the sink.
    end: Option<usize>,
}

fn search(reached: &[BTreeSet<usize>], flow: &[Vec<u128>], from_source: &[u128], to_sink: &[u128]) -> Search {
    let count = reached.len();
    let mut search = Search { left: vec![None; count], right: vec![None; count], end: None };
    let mut queue = VecDeque::new();
    for node in (0..count).filter(|&node| from_source[node] > 0) {
        search.left[node] = Some(Entered::FromSource);
        queue.push_back(node);
    }
    while let Some(left) = queue.pop_front() {
        for &right in &reached[left] {
            if search.right[right].is_some() {
                continue;
            }
            search.right[right] = Some(left);
            if to_sink[right] > 0 {
                search.end = Some(right);
                return search;
            }
            for other in (0..count).filter(|&other| flow[other][right] > 0) {
                if search.left[other].is_none() {
                    search.left[other] = Some(Entered::AgainstFlowOf(right));
                    queue.push_back(other);
                }
            }
        }
    }
    search
}

#[cfg(test)]
mod tests {
    use super::{cycles, heaviest_antichain, reached};

    #[test]
    fn each_cycle_is_found_once() {
        assert_eq!(cycles(&[vec![1], vec![2], vec![0], vec![0]]), [vec![0, 1, 2]]);
        assert_eq!(cycles(&[vec![0], vec![0], vec![1]]), [vec![0]]);
        assert_eq!(cycles(&[vec![], vec![0], vec![1, 0]]), Vec::<Vec<usize>>::new());
        assert_eq!(cycles(&[vec![1], vec![0], vec![3], vec![2]]), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn reached_nodes_include_indirect_ones() {
        assert_eq!(
            reached(&[vec![], vec![0], vec![0], vec![1, 2]]),
            [vec![], vec![0], vec![0], vec![0, 1, 2]].map(Vec::into_iter).map(Iterator::collect)
        );
    }

    /// Compares with the heaviest antichain among all sets of nodes.
    #[test]
    fn the_heaviest_antichain_is_found_in_random_graphs() {
        let mut state = 7_u64;
        let mut below = |count: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % count
        };
        for _ in 0..500 {
            let count = usize::try_from(1 + below(8)).unwrap();
            let edges: Vec<Vec<usize>> =
                (0..count).map(|node| (0..node).filter(|_| below(3) == 0).collect()).collect();
            let weights: Vec<u128> = (0..count).map(|_| u128::from(below(5))).collect();
            let reached = reached(&edges);
            let sum = |set: &mut dyn Iterator<Item = usize>| set.map(|node| weights[node]).sum::<u128>();
            let is_antichain = |set: usize| {
                (0..count)
                    .filter(|node| set >> node & 1 == 1)
                    .all(|node| reached[node].iter().all(|other| set >> other & 1 == 0))
            };
            let sets = (0..1_usize << count).filter(|&set| is_antichain(set));
            let best = sets.map(|set| sum(&mut (0..count).filter(|node| set >> node & 1 == 1))).max();
            let found = heaviest_antichain(&reached, &weights);
            assert!(
                is_antichain(found.iter().map(|node| 1 << node).sum()),
                "{edges:?} {weights:?} {found:?}"
            );
            assert_eq!(Some(sum(&mut found.iter().copied())), best, "{edges:?} {weights:?} {found:?}");
        }
    }
}
