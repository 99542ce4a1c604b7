//! Describes in a sentence what happens to an object, and why: for `--verbose` and `--check`.
//!
//! Knows the plan and the object. Changes nothing, and runs only if somebody asks.

use super::needs::Graph;
use super::report::{Report, quoted};
use super::{Plan, Subject, is_left_alone, names, restart, step_order, strategy, unwrap};
use crate::config::{Config, Strategy};
use crate::diagnostic::Severity;

impl Subject<'_> {
    /// What happens to the object, by a plan that was made with this configuration.
    pub(crate) fn outcome(&self, config: &Config, plan: &Plan<'_>) -> String {
        let Some(current) = &self.current else {
            let is_refused = !self.is_too_small && !plan.diagnostics.is_empty();
            return if is_refused { REFUSED } else { "left as it is: it has no containers" }.to_owned();
        };
        if is_left_alone(current) {
            return format!("left as it is: annotated `{}: \"false\"`", names::ANNOTATION);
        }
        if plan.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return REFUSED.to_owned();
        }
        let is_changed = plan.edit.is_some();
        let is_converted = unwrap::unwrap(&mut current.lend()).is_converted;
        match (config.revert, is_converted, is_changed) {
            (true, true, _) => "still sequenced".to_owned(),
            (true, false, _) => "left as it is: it is not sequenced".to_owned(),
            (false, true, true) => match self.image_instead(config) {
                Some(image) => {
                    format!("its entrypoint image is `{image}`, not `{}`", config.entrypoint.image)
                }
                None => format!("sequenced differently; {}", self.how(config)),
            },
            (false, false, true) => format!("not sequenced yet; {}", self.how(config)),
            (false, true, false) => format!("already sequenced; {}", self.how(config)),
            (false, false, false) => "left as it is: it has fewer than two containers".to_owned(),
        }
    }

    /// How the object is sequenced: the strategy, its reason, and the steps.
    fn how(&self, config: &Config) -> String {
        let Some(current) = &self.current else { return String::new() };
        let mut object = current.lend();
        let _ = unwrap::unwrap(&mut object);
        let mut ignored = Vec::new();
        let mut report = Report::new(self.kind, &mut ignored);
        let order = step_order::arrange(&mut object, config, &mut report);
        let steps: Vec<_> = object.pod.containers.items.iter().map(|step| step.name).collect();
        if order.is_none_or(|order| order.steps < 2) {
            return "one step is left, and its sidecars become init containers".to_owned();
        }
        restart::repair(&mut object, config);
        let graph = Graph::of(&steps, config);
        let chosen = strategy::choose(self.kind, &object.pod, &graph, config, &mut report);
        let (name, why) = match (config.strategy, chosen) {
            (Strategy::Auto, Strategy::InitContainers) => (chosen.name(), " (chosen by `Auto`)"),
            (Strategy::Auto, _) => (
                Strategy::Entrypoint.name(),
                " (chosen by `Auto`: each step has a `command`, and the pod can end)",
            ),
            _ => (chosen.name(), ""),
        };
        format!("strategy `{name}`{why} runs {}", quoted(steps))
    }

    /// The current image of the entrypoint, if the plan changes nothing else.
    fn image_instead(&self, config: &Config) -> Option<String> {
        let init = &self.current.as_ref()?.pod.init_containers.items;
        let image = init.iter().find(|container| unwrap::is_prepare(container))?.image?;
        let mut with_image = config.clone();
        image.clone_into(&mut with_image.entrypoint.image);
        let is_same = image != config.entrypoint.image && self.plan(&with_image).edit.is_none();
        is_same.then(|| image.to_owned())
    }
}

const REFUSED: &str = "not converted: see its errors";

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::convert::{Converter, Outcomes, Tell};

    #[test]
    fn another_image_is_named_only_if_nothing_else_differs() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {restartPolicy: Never, containers: \
                    [{name: a, image: x, command: [sh]}, {name: b, image: x, command: [sh]}]}\n";
        let config = |image: &str| Config::default().with_entrypoint_image(image);
        let converted = Converter::new(config("one")).documents(text).unwrap().text();
        let outcome = |text: &str, config: Config| {
            let tell = Tell { outcomes: Outcomes::Changed, ..Tell::default() };
            Converter::new(config).tell(tell).documents(text).unwrap().messages().pop()
        };
        assert_eq!(outcome(&converted, config("one")), None);
        assert_eq!(
            outcome(&converted, config("two")).as_deref(),
            Some("its entrypoint image is `one`, not `two`")
        );
        let added = converted.replace("{name: b", "{name: c, image: x, command: [sh]}, {name: b");
        let differently = "sequenced differently; strategy `Entrypoint` runs `a`, `c`, `b`";
        for image in ["one", "two"] {
            assert_eq!(outcome(&added, config(image)).as_deref(), Some(differently), "{image}");
        }
    }

    #[test]
    fn the_outcome_names_the_steps_unless_only_one_is_left() {
        let outcome = |containers: &str| {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{restartPolicy: Never, containers: [{containers}]}}\n"
            );
            let config = Config::default().with_sidecars(["s"]).unwrap();
            let tell = Tell { outcomes: Outcomes::Changed, ..Tell::default() };
            Converter::new(config).tell(tell).documents(&text).unwrap().messages()
        };
        let [a, b, s] = ["a", "b", "s"].map(|name| format!("{{name: {name}, image: x, command: [sh]}}"));
        let strategy = "not sequenced yet; strategy `Entrypoint` runs";
        assert_eq!(outcome(&format!("{a}, {b}")), [format!("{strategy} `a`, `b`")]);
        assert_eq!(
            outcome(&format!("{a}, {b}, {}", a.replace("name: a", "name: c"))),
            [format!("{strategy} `a`, `b`, `c`")]
        );
        let left = "not sequenced yet; one step is left, and its sidecars become init containers";
        assert_eq!(outcome(&format!("{a}, {s}")), [left]);
    }
}
