//! Writes the checks of the planner in CEL: the conditions under which the containers of a pod can run in sequence.
//!
//! The mutation applies if all conditions hold, and the validation rejects a pod with the message of each condition that
//! does not. A property test checks that they agree with the planner.

use super::condition::Condition;
use super::{cel, images, restarts};
use crate::config::{Config, EntrypointKind, Probes};
use crate::plan::names;
use kueueleuleu_protocol as protocol;

/// The conditions on the pod at `pod`, such as `object.spec.template`.
pub(super) fn rules(pod: &str, config: &Config) -> Vec<Condition> {
    let spec = format!("{pod}.spec");
    let steps = format!("{spec}.containers");
    let mut rules = Vec::new();
    let mut rule = |name, holds: String, message: String| rules.push(Condition { name, holds, message });

    let root = match config.entrypoint.kind {
        EntrypointKind::Tekton => "/tekton",
        EntrypointKind::Kueueleuleu => protocol::DEFAULT_ROOT,
    };
    let has_command = has_command(config);
    rule(
        "command",
        format!("{steps}.all(c, {has_command})"),
        format!(
            "\"containers without `command`: \"\n+ {steps}.filter(c, !({has_command}))\n  .map(c, \"`\" + c.name + \"`\").join(\", \")\n+ {}",
            cel::string("; set `command`, or add the image to `images` in the configuration of the policy")
        ),
    );
    rules.extend(restarts::rules(&spec, config));
    let mut rule = |name, holds: String, message: String| rules.push(Condition { name, holds, message });
    rule(
        "annotation",
        format!("{pod}.metadata.?annotations[?\"{}\"]\n  .orValue(\"true\") == \"true\"", names::ANNOTATION),
        cel::string(&format!(
            "the annotation `{}` has an unknown value; remove it, or set it to \"false\" to leave the pod as it is",
            names::ANNOTATION
        )),
    );
    rule(
        "reserved-annotations",
        format!(
            "!has({pod}.metadata.annotations)\n|| !{pod}.metadata.annotations.exists(k, k.startsWith({}))",
            cel::string(names::ANNOTATION_PREFIX)
        ),
        cel::string(&format!(
            "annotations that begin with `{}` are reserved; remove them",
            names::ANNOTATION_PREFIX
        )),
    );
    rule(
        "container-names",
        format!(
            "{steps}.all(c, c.name != {prepare})\n&& (!has({spec}.initContainers)\n  || {spec}.initContainers.all(c, c.name != {prepare}))",
            prepare = cel::string(names::PREPARE)
        ),
        cel::string(&format!("the container name `{}` is reserved; rename the container", names::PREPARE)),
    );
    rule(
        "volume-names",
        format!(
            "!has({spec}.volumes)\n|| {spec}.volumes\n  .all(v, !v.name.matches({}))",
            cel::string(names::VOLUME_PATTERN)
        ),
        cel::string("a volume has a reserved name; rename the volume"),
    );
    rule(
        "mount-paths",
        format!(
            "{steps}.all(c, !has(c.volumeMounts)\n  || c.volumeMounts.all(m, !m.mountPath.matches({})))",
            cel::string(&format!("^(/|\\./)*{}(/.*)?$", root.trim_start_matches('/')))
        ),
        cel::string("a container mounts a volume where the entrypoint is installed; mount it elsewhere"),
    );
    rule(
        "linux",
        format!(
            "{spec}.?os.?name.orValue(\"\") != \"windows\"\n\
             && {spec}.?nodeSelector[?\"kubernetes.io/os\"].orValue(\"\") != \"windows\"\n\
             && {spec}.?nodeSelector[?\"beta.kubernetes.io/os\"].orValue(\"\") != \"windows\""
        ),
        cel::string("the pod is for Windows nodes, where the entrypoint cannot run"),
    );
    if config.entrypoint.kind == EntrypointKind::Kueueleuleu && config.probes == Probes::Keep {
        rule(
            "startup-probes",
            format!(
                "{steps}.transformList(i, c,\n  i > 0 && has(c.startupProbe)\n  && (!has(c.startupProbe.exec) || !has(c.startupProbe.exec.command)\n    || \
                 size(c.startupProbe.exec.command) == 0),\n  c.name) == []"
            ),
            cel::string(
                "a `startupProbe` runs while the step still waits, and its failures would kill the step; make it an `exec` \
                 probe, remove it, or set `probes: Remove`",
            ),
        );
    }
    rules
}

/// The condition that the container `c` has a command, or that one is configured for its image.
fn has_command(config: &Config) -> String {
    let own = "has(c.command) && size(c.command) > 0";
    if config.images.is_empty() {
        own.to_owned()
    } else {
        format!("{own}\n  || {}", images::runs(&config.images))
    }
}
