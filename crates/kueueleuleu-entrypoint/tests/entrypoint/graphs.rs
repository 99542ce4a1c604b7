//! Compares random graphs of real steps, with random outcomes, with a model of thirty lines.

use std::fs;

use crate::harness::{Pod, Random, Running};

/// The number of rounds. `KUEUELEULEU_ROUNDS` overrides it.
const ROUNDS: u32 = 20;

#[derive(Debug)]
struct Plan {
    after: Vec<usize>,
    always: bool,
    fails: bool,
    continues: bool,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Succeeded,
    /// It succeeded after a failure of a previous step.
    Passed,
    Failed,
    Skipped,
}

/// The model.
fn model(plans: &[Plan]) -> Vec<Came> {
    let mut came: Vec<Came> = Vec::new();
    for plan in plans {
        let clean = plan.after.iter().all(|&at| came[at] == Came::Succeeded);
        came.push(match (clean || plan.always, plan.fails && !plan.continues, clean) {
            (false, ..) => Came::Skipped,
            (true, true, _) => Came::Failed,
            (true, false, true) => Came::Succeeded,
            (true, false, false) => Came::Passed,
        });
    }
    came
}

fn plan(random: &mut Random, index: usize) -> Plan {
    let mut after: Vec<usize> = (0..index).filter(|_| random.below(3) == 0).collect();
    if after.is_empty() && index > 0 && random.below(3) > 0 {
        after.push(index - 1);
    }
    Plan { after, always: random.below(4) == 0, fails: random.below(4) == 0, continues: random.below(4) == 0 }
}

fn start(pod: &Pod, index: usize, plan: &Plan) -> Running {
    let after: Vec<_> = plan.after.iter().map(ToString::to_string).collect();
    let after = format!("-after={}", after.join(","));
    let mut flags = vec![after.as_str()];
    if plan.always {
        flags.push("-when=always");
    }
    if plan.continues {
        flags.push("-on_error=continue");
    }
    pod.numbered(index, &flags, if plan.fails { "echo ran; exit 7" } else { "echo ran" }).start()
}

#[test]
fn random_graphs_have_the_outcomes_of_the_model() {
    let rounds =
        std::env::var("KUEUELEULEU_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let mut random = Random::new(0x2545_f491);
    for round in 0..rounds {
        let count = usize::try_from(2 + random.below(11)).expect("a count");
        let plans: Vec<Plan> = (0..count).map(|index| plan(&mut random, index)).collect();
        let pod = Pod::new();
        pod.prepare(count);
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(
                at,
                usize::try_from(random.below(u32::try_from(at + 1).expect("small"))).expect("small"),
            );
        }
        let mut steps: Vec<Option<Running>> = (0..count).map(|_| None).collect();
        for index in order {
            steps[index] = Some(start(&pod, index, &plans[index]));
        }
        let expected = model(&plans);
        for (index, step) in steps.into_iter().enumerate() {
            let ended = step.expect("started").end();
            let posted = fs::exists(pod.run(index, "out")).expect("a look");
            let came = match (ended.stdout.as_str(), ended.code, posted) {
                ("ran\n", Some(0), true) => Came::Succeeded,
                ("ran\n", Some(0), false) => Came::Passed,
                ("ran\n", Some(7), false) => Came::Failed,
                ("", Some(199), false) => Came::Skipped,
                _ => panic!("round {round}, step {index}: {ended:?}"),
            };
            assert_eq!(came, expected[index], "round {round}, step {index} of {plans:#?}: {ended:?}");
        }
    }
}
