//! Directed graphs of a few nodes: circles, and what can be reached.
//!
//! Knows numbers only. `edges[node]` lists the nodes that a node leads to.

use std::collections::{BTreeSet, VecDeque};

/// A circle of each group of nodes that lead to each other: each node leads to the next, and the last to the first. It
/// begins with its lowest node.
pub(crate) fn circles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for start in 0..edges.len() {
        if seen.contains(&start) {
            continue;
        }
        if let Some(circle) = shortest_circle(edges, start) {
            seen.extend(circle.iter().copied());
            circles.push(circle);
        }
    }
    circles
}

/// The shortest way from a node back to itself.
fn shortest_circle(edges: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut from = vec![None; edges.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &next in &edges[node] {
            if next == start {
                let back = |node: &usize| from[*node];
                let mut way: Vec<_> = std::iter::successors(Some(node), back).collect();
                way.reverse();
                return Some(way);
            }
            if from[next].is_none() {
                from[next] = Some(node);
                queue.push_back(next);
            }
        }
    }
    None
}

/// For each node of a graph without circles, the nodes that it leads to, directly or not.
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

#[cfg(test)]
mod tests {
    use super::{circles, reached};

    #[test]
    fn circles_are_found_once() {
        assert_eq!(circles(&[vec![1], vec![2], vec![0], vec![0]]), [vec![0, 1, 2]]);
        assert_eq!(circles(&[vec![0], vec![0], vec![1]]), [vec![0]]);
        assert_eq!(circles(&[vec![], vec![0], vec![1, 0]]), Vec::<Vec<usize>>::new());
        assert_eq!(circles(&[vec![1], vec![0], vec![3], vec![2]]), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn all_that_a_node_leads_to_is_reached() {
        assert_eq!(
            reached(&[vec![], vec![0], vec![0], vec![1, 2]]),
            [vec![], vec![0], vec![0], vec![0, 1, 2]].map(Vec::into_iter).map(Iterator::collect)
        );
    }
}
