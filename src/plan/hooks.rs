//! Probes and `lifecycle`: what the kubelet does to a container from its start on, while its step may still wait.
//!
//! Our own entrypoint can run a probe's command, and answers for a step that has not begun; Tekton's cannot.

use super::pod::{Action, Arg, Container, Hook};
use super::report::Report;
use crate::config::{Config, EntrypointKind, Probes};
use crate::diagnostic::Rule;
use kueueleuleu_protocol as protocol;

/// Makes the hooks of a step fit for waiting, if it `waits`, and says which ones are not.
pub(super) fn wrap(
    container: &mut Container<'_>,
    step: usize,
    waits: bool,
    config: &Config,
    report: &mut Report<'_>,
) {
    if config.probes == Probes::Remove {
        container.hooks.to_mut().retain(|hook| !Hook::PROBES.contains(&hook.key));
    }
    if !waits || container.hooks.is_empty() {
        return;
    }
    let knows_probes = config.entrypoint.kind == EntrypointKind::Kueueleuleu;
    let mut hooks = std::mem::take(&mut container.hooks);
    for hook in hooks.to_mut() {
        match &mut hook.action {
            Action::Exec(command) if knows_probes && !command.items.is_empty() => {
                let words = [protocol::ROOT_BINARY, protocol::PROBE, protocol::STEP];
                let [binary, probe, flag] = words.map(Arg::new);
                let words =
                    [binary, probe, flag, Arg::new(step.to_string()), Arg::new(protocol::END_OF_FLAGS)];
                command.items.to_mut().splice(0..0, words);
            }
            Action::Nothing => {}
            action => warn(container, hook.key, action, report),
        }
    }
    container.hooks = hooks;
}

fn warn(container: &Container<'_>, key: &'static str, action: &Action<'_>, report: &mut Report<'_>) {
    let name = &container.name;
    let field = report.route(container).key(key);
    if let Action::PostStart = action {
        report.warning(
            Rule::ProbeWhileWaiting,
            field.key("postStart"),
            format!(
                "`postStart` of container `{name}` runs while its step still waits; if it fails, the container is \
                 killed"
            ),
            "do what it does in the step's own command",
        );
        return;
    }
    let effect = match key {
        "readinessProbe" => "which is not ready until then",
        _ => "and its failure kills the container",
    };
    let help = match action {
        Action::Exec(_) => {
            "set `probes: Remove`, or use `entrypoint.kind: Kueueleuleu`, which answers for it"
        }
        _ => "set `probes: Remove`, or make it an `exec` probe and use `entrypoint.kind: Kueueleuleu`",
    };
    let message = format!("`{key}` of container `{name}` asks while its step still waits, {effect}");
    report.warning(Rule::ProbeWhileWaiting, field, message, help);
}

/// How our entrypoint begins in the commands of probes: as now, and in version 1 of the contract.
const PROBES: [[&str; 3]; 2] = [
    [protocol::ROOT_BINARY, protocol::PROBE, protocol::STEP],
    [protocol::BINARY, protocol::PROBE, protocol::PROBE_RUN_DIR],
];

/// Takes our entrypoint off the commands of probes.
pub(super) fn unwrap(container: &mut Container<'_>) {
    for hook in container.hooks.to_mut() {
        if let Action::Exec(command) = &mut hook.action
            && let [binary, probe, flag, _, end, ..] = &command.items[..]
            && PROBES.contains(&[binary, probe, flag].map(|arg| &*arg.text))
            && end.text == protocol::END_OF_FLAGS
        {
            command.items.to_mut().drain(..5);
        }
    }
}
