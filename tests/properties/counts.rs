//! Counts the features of the generated texts: a law that met no comment proves nothing about comments.

use crate::emit::Emitted;
use crate::laws::Stop;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Counts {
    cases: usize,
    features: BTreeMap<&'static str, usize>,
    refusals: BTreeMap<String, usize>,
}

impl Counts {
    pub(crate) fn add(&mut self, given: &Emitted, end: Option<&Stop>) {
        self.cases += 1;
        let has = |key: &str| {
            given.touched.iter().any(|(name, value, _)| {
                name == key && value.as_array().is_some_and(|items| !items.is_empty())
            })
        };
        let features = [
            ("comments", !given.comments.is_empty()),
            ("flow", given.flows > 0),
            ("anchors", given.aliases > 0),
            ("CRLF", given.crlf),
            ("JSON", given.json),
            ("args", has("args")),
            ("volumes", has("volumes")),
            ("initContainers", has("initContainers")),
        ];
        for (name, present) in features {
            *self.features.entry(name).or_default() += usize::from(present);
        }
        if let Some(Stop::Refused(why)) = end {
            // Names in backticks differ from case to case.
            let kind = why.split('`').step_by(2).collect::<Vec<_>>().join("…");
            *self.refusals.entry(kind).or_default() += 1;
        }
    }

    #[expect(clippy::print_stdout, reason = "tests print what they generated")]
    pub(crate) fn print(&self, name: &str) {
        let list = |counts: Vec<String>| counts.join(", ");
        let features = list(self.features.iter().map(|(name, count)| format!("{name} {count}")).collect());
        println!("{name}: {} cases; {features}; rejected {}", self.cases, self.refused());
        self.refusals.iter().for_each(|(why, count)| println!("  {count} times: {why}"));
    }

    fn refused(&self) -> usize {
        self.refusals.values().sum()
    }

    /// Asserts that every feature occurred, and that at most one in `refused` cases was rejected.
    pub(crate) fn check(&self, name: &str, refused: usize) {
        assert!(self.features.values().all(|&count| count > 0), "{name}: a feature never occurred");
        assert!(
            self.refused() * refused <= self.cases,
            "{name}: {} of {} rejected",
            self.refused(),
            self.cases
        );
    }
}
