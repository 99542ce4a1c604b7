//! Adapts probes and `lifecycle` hooks, which the kubelet runs as soon as the container starts, while its step may
//! still wait.
//!
//! Our own entrypoint runs the command of a probe, and answers the probe itself while the step waits. Tekton's cannot.
//!
//! ```text
//! before: livenessProbe: {exec: {command: [check]}}
//! after:  livenessProbe: {exec: {command: [/kueueleuleu/bin/entrypoint, probe, -step, "1", --, check]}}
//! ```

use super::pod::{Action, Arg, Container, Hook, Timing};
use super::report::Report;
use super::templates::entry;
use crate::config::{Config, EntrypointKind, Probes};
use crate::diagnostic::Rule;
use kueueleuleu_protocol as protocol;
use kueueleuleu_yaml::edit::Value;
use std::borrow::Cow;

const LIVENESS: &str = "livenessProbe";
const READINESS: &str = "readinessProbe";
const STARTUP: &str = "startupProbe";
/// A `failureThreshold` that is never reached.
pub(crate) const NEVER: i64 = 2_147_483_647;
/// The default of `terminationGracePeriodSeconds`.
const DEFAULT_GRACE: i64 = 30;

/// Adapts the hooks of a step that waits, and reports those that cannot be adapted. `grace` is the
/// `terminationGracePeriodSeconds` of the pod.
pub(super) fn wrap(
    container: &mut Container<'_>,
    step: usize,
    grace: Option<i64>,
    config: &Config,
    report: &mut Report<'_>,
) {
    if container.hooks.is_empty() {
        return;
    }
    let mut hooks = std::mem::take(&mut container.hooks);
    let knows_probes = config.entrypoint.kind == EntrypointKind::Kueueleuleu;
    for hook in hooks.to_mut() {
        match &mut hook.action {
            Action::Exec(command) if knows_probes && !command.items.is_empty() => {
                let words = words(step, options(hook.key, hook.timing, grace)).map(Arg::new);
                let words = words.chain([Arg::new(protocol::END_OF_FLAGS)]);
                command.items.to_mut().splice(0..0, words);
                if hook.key == STARTUP {
                    hook.timing.failures = Some(NEVER);
                }
            }
            Action::Exec(_) | Action::Ask if knows_probes => {
                if hook.key == STARTUP {
                    refuse(container, report);
                }
            }
            Action::Nothing => {}
            action => warn(container, hook.key, action, report),
        }
    }
    if knows_probes && let Some(liveness) = hooks.iter().find(|hook| hook.key == LIVENESS) {
        let has_startup = hooks.iter().any(|hook| hook.key == STARTUP);
        container.gate = (!has_startup).then(|| gate(step, liveness.timing));
    }
    container.hooks = hooks;
}

/// Removes the probes of a step with `probes: Remove`.
pub(super) fn remove(container: &mut Container<'_>, config: &Config) {
    if config.probes == Probes::Remove {
        container.hooks.to_mut().retain(|hook| !Hook::PROBES.contains(&hook.key));
    }
}

/// The words before the command of a probe, without the end of the flags.
fn words(step: usize, options: Vec<Cow<'_, str>>) -> impl Iterator<Item = Cow<'_, str>> {
    let words = [protocol::ROOT_BINARY, protocol::PROBE, protocol::STEP].map(Cow::Borrowed);
    words.into_iter().chain([Cow::Owned(step.to_string())]).chain(options)
}

fn options<'v>(key: &str, timing: Timing, grace: Option<i64>) -> Vec<Cow<'v, str>> {
    let mut options = Vec::new();
    match key {
        STARTUP => {
            options.push(Cow::Borrowed(protocol::PROBE_STARTUP));
            if let Some(failures) = timing.failures {
                options.extend([Cow::Borrowed(protocol::PROBE_FAILURES), failures.to_string().into()]);
            }
            options.extend(delay(timing));
            let grace = timing.grace.or(grace).filter(|grace| *grace != DEFAULT_GRACE);
            options.extend(grace.into_iter().flat_map(|grace| seconds(protocol::PROBE_GRACE, grace)));
        }
        READINESS => {
            options.push(Cow::Borrowed(protocol::PROBE_STARTED));
            options.extend(delay(timing));
        }
        _ => {}
    }
    options
}

fn delay<'v>(timing: Timing) -> impl Iterator<Item = Cow<'v, str>> {
    let delay = timing.delay.filter(|delay| *delay > 0);
    delay.into_iter().flat_map(|delay| seconds(protocol::PROBE_DELAY, delay))
}

fn seconds<'v>(flag: &'static str, seconds: i64) -> [Cow<'v, str>; 2] {
    [Cow::Borrowed(flag), Cow::Owned(format!("{seconds}s"))]
}

/// A startup probe that holds back the other probes until the step has begun. It runs as often as the liveness probe.
fn gate<'v>(step: usize, liveness: Timing) -> Value<'v> {
    let mut options = vec![Cow::Borrowed(protocol::PROBE_STARTED)];
    options.extend(delay(liveness));
    let command = words(step, options).map(Value::Str).collect::<Vec<_>>();
    let number = |number: i64| Value::Raw(Cow::Owned(number.to_string()));
    let mut fields = vec![entry("exec", Value::map([("command", Value::seq(command))]))];
    fields.extend(liveness.period.map(|period| entry("periodSeconds", number(period))));
    fields.push(entry("failureThreshold", number(NEVER)));
    Value::Map(fields.into())
}

/// Rejects a startup probe without a command: it would fail while the step waits, and the kubelet would kill the step.
fn refuse(container: &Container<'_>, report: &mut Report<'_>) {
    report.error(
        Rule::ProbeWhileWaiting,
        report.route(container).key(STARTUP),
        format!(
            "`{STARTUP}` of container `{}` runs while the step still waits, and its failures would kill the step",
            container.name
        ),
        "make it an `exec` probe, which counts from the start of the step; or remove it, or set `probes: Remove`",
    );
}

fn warn(container: &Container<'_>, key: &'static str, action: &Action<'_>, report: &mut Report<'_>) {
    let name = &container.name;
    let field = report.route(container).key(key);
    if let Action::PostStart = action {
        report.warning(
            Rule::ProbeWhileWaiting,
            field.key("postStart"),
            format!(
                "`postStart` of container `{name}` runs while the step still waits; if it fails, the container is \
                 killed"
            ),
            "move what it does into the `command` of the step",
        );
        return;
    }
    let effect = match key {
        READINESS => "and the container is not ready until the step starts",
        _ => "and its failure kills the container",
    };
    let help = match action {
        Action::Exec(_) => {
            "set `probes: Remove`, or use `entrypoint.kind: Kueueleuleu`, which answers it for the waiting step"
        }
        _ => "set `probes: Remove`, or make it an `exec` probe and use `entrypoint.kind: Kueueleuleu`",
    };
    let message = format!("`{key}` of container `{name}` runs while the step still waits, {effect}");
    report.warning(Rule::ProbeWhileWaiting, field, message, help);
}

/// The first words of our entrypoint in the commands of probes: now, and in version 1 of the contract.
const PROBES: [[&str; 3]; 2] = [
    [protocol::ROOT_BINARY, protocol::PROBE, protocol::STEP],
    [protocol::BINARY, protocol::PROBE, protocol::PROBE_RUN_DIR],
];

/// Our entrypoint in the command of a probe.
struct Ours {
    /// The index of the first word of the user; `None` if the whole probe is ours.
    rest: Option<usize>,
    /// The `failureThreshold` that the startup probe of the user had.
    failures: Option<i64>,
}

impl Ours {
    fn find(words: &[Arg<'_>]) -> Option<Self> {
        let [first, second, third] = [0, 1, 2].map(|at| words.get(at).map(|word| &*word.text));
        PROBES.contains(&[first?, second?, third?]).then_some(())?;
        let mut failures = None;
        let mut at = 2;
        while let Some(word) = words.get(at) {
            at += match &*word.text {
                protocol::END_OF_FLAGS => return Some(Self { rest: Some(at + 1), failures }),
                protocol::PROBE_STARTED | protocol::PROBE_STARTUP => 1,
                protocol::PROBE_FAILURES => {
                    failures = words.get(at + 1)?.text.parse().ok();
                    2
                }
                _ => 2,
            };
        }
        let is_gate = words.iter().any(|word| word.text == protocol::PROBE_STARTED);
        is_gate.then_some(Self { rest: None, failures })
    }
}

/// Whether this is the command of a probe that the rewrite added.
pub(super) fn is_gate(words: &[Arg<'_>]) -> bool {
    Ours::find(words).is_some_and(|ours| ours.rest.is_none())
}

/// Removes our entrypoint from the commands of probes, and the probes that the rewrite added.
pub(super) fn unwrap(container: &mut Container<'_>) {
    let is_ours = |hook: &Hook<'_>| matches!(&hook.action, Action::Exec(command) if Ours::find(&command.items).is_some());
    if !container.hooks.iter().any(is_ours) {
        return;
    }
    container.hooks.to_mut().retain_mut(|hook| {
        let Action::Exec(command) = &mut hook.action else { return true };
        let Some(Ours { rest, failures }) = Ours::find(&command.items) else { return true };
        let Some(rest) = rest else { return hook.key != STARTUP };
        command.items.to_mut().drain(..rest);
        // Any other threshold was set by the user since.
        if hook.key == STARTUP && hook.timing.failures == Some(NEVER) {
            hook.timing.failures = failures;
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::{Arg, Ours};
    use crate::config::Config;
    use crate::convert::Converter;

    /// The words of the user in the command of a probe, if our entrypoint runs it; and whether the whole probe is ours.
    fn parts(command: &str) -> Option<(Vec<&str>, bool)> {
        let words: Vec<_> = command.split(' ').map(|word| Arg { text: word.into(), origin: None }).collect();
        let found = Ours::find(&words)?;
        let rest = found.rest.map_or_else(Vec::new, |rest| command.split(' ').skip(rest).collect());
        Some((rest, found.rest.is_none()))
    }

    #[test]
    fn the_rest_of_a_users_probe_is_not_read() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  restartPolicy: Never\n  containers:\n  \
                    - {name: a, image: x, command: [a], livenessProbe: {exec: {command: [c]}, x: {y: 1, y: 2}}}\n  \
                    - {name: b, image: x, command: [b]}\n";
        let converted = Converter::new(Config::default()).documents(text).unwrap();
        assert_eq!(converted.diagnostics, []);
    }

    #[test]
    fn probes_of_all_versions_are_recognized_and_damaged_ones_are_left_to_the_user() {
        let ours = "/kueueleuleu/bin/entrypoint probe -step 1";
        for ours in [ours, "/tekton/bin/entrypoint probe -run_dir /tekton/run/1"] {
            assert_eq!(parts(&format!("{ours} -- cat /tmp/up")), Some((vec!["cat", "/tmp/up"], false)));
            assert_eq!(parts(&format!("{ours} -startup -failures 3 -- cat")), Some((vec!["cat"], false)));
            assert_eq!(parts(&format!("{ours} -started")), Some((vec![], true)));
            for damaged in ["", " -startup", " -failures", " -failures 3", " cat"] {
                assert_eq!(parts(&format!("{ours}{damaged}")), None, "{damaged}");
            }
        }
        assert_eq!(parts("cat /tmp/up -- -started"), None);
        assert_eq!(parts("/kueueleuleu/bin/entrypoint cp -step 1 -started"), None);
    }
}
