//! Checks for values that Kubernetes rejects or no node can run, whether or not the pod is converted.
//!
//! Knows individual values of containers; not what they mean for a sequence.

use super::effective;
use super::pod::{Container, ContainerList, Pod};
use super::report::Report;
use crate::diagnostic::Rule;
use crate::route::Route;

/// The size limit of an argument on Linux, including the NUL at its end: 32 pages of 4 KiB.
const MAX_WORD: usize = 128 * 1024;

/// Checks a pod whose sidecars were removed from its containers.
pub(super) fn check(pod: &Pod<'_>, sidecars: &[Container<'_>], report: &mut Report<'_>) {
    if let Some(policy) = unknown_policy(pod.restart_policy.as_deref()) {
        refuse_policy(policy, &report.spec(), "the pod", report);
    }
    let mut names = Vec::new();
    for container in pod.init_containers.items.iter().chain(sidecars).chain(&pod.containers.items) {
        if let Some(policy) = unknown_policy(container.restart_policy) {
            let whose = format!("container `{}`", container.name);
            refuse_policy(policy, &report.route(container), &whose, report);
        }
        image(container, report);
        words(container, report);
        // A missing name is reported already.
        if !container.name.is_empty() {
            names.push((container.name, container.origin));
        }
    }
    duplicates(names, report);
}

fn unknown_policy(policy: Option<&str>) -> Option<&str> {
    policy.filter(|policy| effective::named(policy).is_none())
}

fn refuse_policy(policy: &str, of: &Route, whose: &str, report: &mut Report<'_>) {
    let mut names = effective::POLICIES.into_iter().map(|(name, _)| name);
    let intended = names.find(|known| known.eq_ignore_ascii_case(policy.trim()));
    report.error(
        Rule::InvalidRestartPolicy,
        of.key("restartPolicy"),
        format!("the `restartPolicy` of {whose} is `{policy}`, which Kubernetes does not know"),
        intended.map_or("write `Never` or `OnFailure`".to_owned(), |intended| format!("write `{intended}`")),
    );
}

fn image(container: &Container<'_>, report: &mut Report<'_>) {
    let Some(image) = container.image.filter(|image| image.contains(char::is_whitespace)) else { return };
    report.error(
        Rule::InvalidImage,
        report.route(container).key("image"),
        format!("the image of container `{}` contains whitespace: `{image}`", container.name),
        "write the image without spaces, such as `registry.example.com/tool:2`",
    );
}

fn words(container: &Container<'_>, report: &mut Report<'_>) {
    let program = container.command.items.first();
    if program.is_some_and(|program| program.text.is_empty()) {
        report.error(
            Rule::EmptyCommand,
            report.route(container).key("command").index(0),
            format!("the first word of the `command` of container `{}` is empty", container.name),
            "name the program to run, such as `command: [sh, -c, \"echo hi\"]`",
        );
    }
    for word in container.command.items.iter().chain(container.args.items.iter()) {
        if word.text.len() < MAX_WORD {
            continue;
        }
        let route = report.route(container);
        let route = word.origin.map_or(route.clone(), |(list, at)| route.key(list.key()).index(at));
        report.warning(
            Rule::LongArgument,
            route,
            format!(
                "an argument of container `{}` has {} bytes; Linux with 4 KiB pages cannot pass an argument of 128 KiB or \
                 more",
                container.name,
                word.text.len()
            ),
            "put it into a file, such as a mounted ConfigMap",
        );
    }
}

/// Reports each container that has the name of another one.
fn duplicates(mut names: Vec<(&str, (ContainerList, usize))>, report: &mut Report<'_>) {
    // Containers with the same name stay in the order of the text.
    names.sort_by_key(|&(name, (list, index))| (name, list == ContainerList::Main, index));
    for pair in names.windows(2) {
        let [(previous, _), (name, origin)] = pair else { continue };
        if previous == name {
            report.error(
                Rule::DuplicateContainerName,
                report.at(*origin).key("name"),
                format!("two containers are named `{name}`"),
                "give each container of the pod, init containers included, a unique name",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MAX_WORD;
    use crate::config::Config;
    use crate::convert::Converter;

    #[test]
    fn empty_and_too_long_words_are_errors() {
        let messages = |word: &str| {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  restartPolicy: Never\n  containers:\n  \
                 - {{name: a, image: x, command: [{word:?}]}}\n  - {{name: b, image: x, command: [sh]}}\n"
            );
            Converter::new(Config::default()).documents(&text).unwrap().messages()
        };
        assert_eq!(messages("sh"), [""; 0]);
        assert_eq!(messages("").len(), 1, "{:?}", messages(""));
        assert_eq!(messages(&"x".repeat(MAX_WORD - 1)), [""; 0]);
        assert_eq!(messages(&"x".repeat(MAX_WORD)).len(), 1);
    }
}
