//! Writes the rewrite of a pod as one JSON Patch in CEL: the contract of the planner for the API server.
//!
//! Knows the contract and the options that CEL supports; not which pods are selected. A property test checks that the
//! planner converts the same pod in the same way.

use super::cel;
use super::{images, restarts};
use crate::config::{Config, EntrypointKind, Probes};
use crate::plan::hooks::NEVER;
use crate::plan::{configured_flags, names};
use kueueleuleu_protocol as protocol;

/// The fields of the first step's resources that are copied, each with the variable for the copied names.
const COPIES: [(&str, &str); 2] = [("limits", "copiedLimits"), ("requests", "copiedRequests")];

/// The variables of the patch. Kubernetes compiles them without the types of patches, so they are plain values.
pub(super) fn variables(config: &Config) -> Vec<(&'static str, String)> {
    let containers = "object.spec.containers";
    let mut variables = vec![(
        "prepare",
        "\"/spec/initContainers/\" + string(size(object.spec.?initContainers.orValue([])))".to_owned(),
    )];
    if config.prepare.resources.is_none() {
        for (list, copied) in COPIES {
            let has = format!("has({containers}[0].resources) && has({containers}[0].resources.{list})");
            variables.push((list, format!("{has}\n? {containers}[0].resources.{list} : {{}}")));
            let names = cel::strings(["cpu", "memory", "ephemeral-storage"]);
            variables.push((copied, format!("{names}.filter(name, name in variables.{list})")));
        }
    }
    if config.images.is_empty() {
        variables.push(("words", format!("{containers}.map(c, c.command.map(w, string(w)))")));
    } else {
        variables.extend(images::variables(&config.images));
    }
    variables.push(("original", original(config)));
    let flags = flags(config);
    if !flags.is_empty() {
        variables.push(("flags", cel::map(flags)));
    }
    variables
}

/// The record of what the converted pod no longer shows, in the format of the planner.
fn original(config: &Config) -> String {
    let mut entries = Vec::new();
    if !config.images.is_empty() {
        entries.push(images::RECORD.to_owned());
    }
    if config.restart_policy.is_some() {
        entries.push(format!("({} ? [\"restart-policy=Always\"] : [])", restarts::is_always("object.spec")));
    }
    if entries.is_empty() { "\"\"".to_owned() } else { format!("({}).join(\"; \")", entries.join("\n+ ")) }
}

/// The flags of configured steps, by the name of the container.
fn flags(config: &Config) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for step in &config.steps {
        let words = configured_flags(step);
        if !words.is_empty() {
            all.push((step.name.clone(), cel::strings(words)));
        }
    }
    all
}

/// The patch, as a sum of lists of operations.
pub(super) fn patch(config: &Config) -> String {
    let mut sum = Sum::default();
    annotations(config, &mut sum);
    prepare(config, &mut sum);
    volumes(config.entrypoint.kind, &mut sum);
    commands(config, &mut sum);
    mounts(config.entrypoint.kind, &mut sum);
    probes(config, &mut sum);
    sum.0.join("\n")
}

/// Lists of operations that are added up, each under a comment.
#[derive(Default)]
struct Sum(Vec<String>);

impl Sum {
    fn comment(&mut self, text: &str) {
        self.0.push(format!("// {text}"));
    }

    fn add(&mut self, list: impl AsRef<str>) {
        let is_first = self.0.iter().all(|line| line.starts_with("//"));
        let sign = if is_first { "" } else { "+ " };
        self.0.push(format!("{sign}{}", list.as_ref().replace('\n', "\n  ")));
    }

    /// An operation for each container, under a condition on the container `c` with the index `i`.
    fn each(&mut self, when: Option<&str>, path: &str, value: &str) {
        let when = when.map(|when| format!("{when}, ")).unwrap_or_default();
        self.add(format!(
            "object.spec.containers.transformList(i, c, {when}JSONPatch{{op: \"add\",\n  path: \"/spec/containers/\" + string(i) + \
             \"{path}\",\n  value: {value}}})"
        ));
    }
}

/// `[JSONPatch{op: "add", path: …, value: …}]`
fn add(path: &str, value: &str) -> String {
    let gap = if path.len() + value.len() > 50 { "\n  " } else { " " };
    format!("[JSONPatch{{op: \"add\",{gap}path: {path},{gap}value: {value}}}]")
}

/// `list` if the condition holds.
fn only_if(condition: &str, list: &str) -> String {
    let gap = if condition.len() + list.len() > 90 { "\n  " } else { " " };
    format!("({condition}{gap}? {} : [])", list.replace('\n', "\n  "))
}

fn annotations(config: &Config, sum: &mut Sum) {
    sum.comment("Annotations: the mark of a converted pod, its original fields, and its steps.");
    let path = |key: &str| format!("\"/metadata/annotations/{}\"", key.replace('~', "~0").replace('/', "~1"));
    sum.add(only_if("!has(object.metadata.annotations)", &add("\"/metadata/annotations\"", "{}")));
    sum.add(add(&path(names::ANNOTATION), "\"true\""));
    sum.add(add(&path(names::ADMITTED_ANNOTATION), "object.spec.containers.map(c, c.name).join(\",\")"));
    sum.add(only_if(
        "variables.original != \"\"",
        &add(&path(names::RECORD_ANNOTATION), "variables.original"),
    ));
    if config.restart_policy.is_some() {
        sum.add(only_if(&restarts::is_always("object.spec"), &add("\"/spec/restartPolicy\"", "\"Never\"")));
    }
}

/// The init container that copies the entrypoint, after the user's own.
fn prepare(config: &Config, sum: &mut Sum) {
    let configured = &config.prepare;
    sum.comment("The init container that copies the entrypoint.");
    sum.add(only_if("!has(object.spec.initContainers)", &add("\"/spec/initContainers\"", "[]")));
    let mut fields = vec![
        format!("name: {}", cel::string(names::PREPARE)),
        format!("image: {}", cel::string(&config.entrypoint.image)),
        "workingDir: \"/\"".to_owned(),
    ];
    if let Some(policy) = configured.image_pull_policy {
        fields.push(format!("imagePullPolicy: {}", cel::string(policy.name())));
    }
    let (command, volume, path) = match config.entrypoint.kind {
        EntrypointKind::Tekton => (
            cel::strings([protocol::IMAGE_BINARY, protocol::COPY, protocol::IMAGE_BINARY, protocol::BINARY]),
            names::BIN_VOLUME,
            protocol::BIN_DIR,
        ),
        EntrypointKind::Kueueleuleu => (
            format!(
                "{}\n  + [string(size(object.spec.containers))] + {}",
                cel::strings([
                    protocol::IMAGE_BINARY,
                    protocol::COPY,
                    protocol::PROTOCOL,
                    protocol::PROTOCOL_VERSION,
                    protocol::STEPS
                ]),
                cel::strings([protocol::IMAGE_BINARY, protocol::PREPARE_BINARY])
            ),
            names::ROOT_VOLUME,
            protocol::PREPARE_ROOT,
        ),
    };
    fields.push(format!("command: {command}"));
    fields.push(format!(
        "volumeMounts: [Object.spec.initContainers.volumeMounts{{\n  name: {}, mountPath: {}}}]",
        cel::string(volume),
        cel::string(path)
    ));
    if configured.security_context.is_none() {
        let context = "Object.spec.initContainers.securityContext";
        fields.push(format!(
            "securityContext: {context}{{\n  allowPrivilegeEscalation: false, readOnlyRootFilesystem: true,\n  \
             capabilities: {context}.capabilities{{drop: [\"ALL\"]}},\n  \
             seccompProfile: {context}.seccompProfile{{type: \"RuntimeDefault\"}}}}"
        ));
    }
    let object = format!("Object.spec.initContainers{{\n  {}}}", fields.join(",\n").replace('\n', "\n  "));
    sum.add(add("\"/spec/initContainers/-\"", &object));

    let field = |key: &str| format!("variables.prepare + \"/{key}\"");
    match &configured.security_context {
        Some(context) => sum.add(add(&field("securityContext"), &cel::value(context))),
        // The kubelet would not start the container in a pod that runs as root.
        None => sum.add(only_if(
            "object.spec.?securityContext.?runAsUser.orValue(1) != 0",
            &add(&field("securityContext/runAsNonRoot"), "true"),
        )),
    }
    if let Some(resources) = &configured.resources {
        sum.add(add(&field("resources"), &cel::value(resources)));
        return;
    }
    sum.comment("Its resources are those of the first step.");
    let some = |copied: &str| format!("size(variables.{copied}) > 0");
    sum.add(only_if(&COPIES.map(|(_, copied)| some(copied)).join(" || "), &add(&field("resources"), "{}")));
    for (list, copied) in COPIES {
        sum.add(only_if(&some(copied), &add(&field(&format!("resources/{list}")), "{}")));
        sum.add(format!(
            "variables.{copied}.map(name, JSONPatch{{op: \"add\",\n  path: {} + name, value: variables.{list}[name]}})",
            field(&format!("resources/{list}/"))
        ));
    }
}

fn volumes(kind: EntrypointKind, sum: &mut Sum) {
    sum.comment("Volumes.");
    sum.add(only_if("!has(object.spec.volumes)", &add("\"/spec/volumes\"", "[]")));
    let volume = |name: &str| {
        format!("Object.spec.volumes{{name: {name},\n  emptyDir: Object.spec.volumes.emptyDir{{}}}}")
    };
    match kind {
        EntrypointKind::Kueueleuleu => {
            sum.add(add("\"/spec/volumes/-\"", &volume(&cel::string(names::ROOT_VOLUME))));
        }
        EntrypointKind::Tekton => {
            sum.add(add("\"/spec/volumes/-\"", &volume(&cel::string(names::BIN_VOLUME))));
            sum.add(format!(
                "object.spec.containers.transformList(i, c, JSONPatch{{op: \"add\", path: \"/spec/volumes/-\",\n  value: {}}})",
                volume(&format!("{} + string(i)", cel::string(names::RUN_VOLUME)))
            ));
        }
    }
}

/// The wrapper of each step, before the words of its own command.
fn commands(config: &Config, sum: &mut Sum) {
    sum.comment("The wrapper, in `command` alone.");
    let has_flags = !flags(config).is_empty();
    let options =
        if has_flags { "\n  + (c.name in variables.flags ? variables.flags[c.name] : [])" } else { "" };
    match config.entrypoint.kind {
        EntrypointKind::Kueueleuleu => {
            let [retry, last] = [protocol::RETRY, protocol::LAST].map(cel::string);
            let wrapper = cel::strings([protocol::ROOT_BINARY, protocol::STEP]);
            let end = cel::strings([protocol::END_OF_FLAGS]);
            let before = restarts::of_step("object.spec", "object.spec.containers[i - 1]", config);
            let start_timeout = config.start_timeout.as_ref().map(|timeout| {
                let words = cel::strings([protocol::START_TIMEOUT, timeout]);
                format!("\n  + (i > 0 ? {words} : [])")
            });
            let options = format!("{options}{}", start_timeout.unwrap_or_default());
            sum.each(
                None,
                "/command",
                &format!(
                    "{wrapper} + [string(i)]{options}\n  + (i > 0 && {before} == \"OnFailure\"\n     ? [{retry}] : [])\n  \
                     + (i + 1 == size(object.spec.containers) ? [{last}] : [])\n  + {end} + variables.words[i]"
                ),
            );
        }
        EntrypointKind::Tekton => {
            let of_step = |flag: &str, step: &str, file: &str| {
                format!(
                    "{}, {} + string({step}) + {}",
                    cel::string(flag),
                    cel::string(&format!("{}/", protocol::RUN_DIR)),
                    cel::string(&format!("/{file}"))
                )
            };
            let wait = of_step(protocol::WAIT_FILE, "i - 1", protocol::OUT);
            let own = [
                of_step(protocol::POST_FILE, "i", protocol::OUT),
                of_step(protocol::TERMINATION_PATH, "i", protocol::TERMINATION),
                of_step(protocol::STEP_METADATA_DIR, "i", protocol::STATUS),
            ];
            let words = "variables.words[i]";
            sum.each(
                None,
                "/command",
                &format!(
                    "{} + (i == 0 ? [] : [{wait}])\n  + [{}]{options}\n  + [{}, size({words}) > 0 ? {words}[0] : \
                     string(c.args[0]), {}]\n  + {words}.transformList(k, w, k > 0, w)",
                    cel::strings([protocol::BINARY]),
                    own.join(",\n     "),
                    cel::string(protocol::ENTRYPOINT),
                    cel::string(protocol::END_OF_FLAGS)
                ),
            );
            if !config.images.is_empty() {
                sum.comment("Where only `args` name the program, that word moves.");
                sum.each(
                    Some("size(variables.words[i]) == 0"),
                    "/args",
                    "c.args.transformList(k, w, k > 0, string(w))",
                );
            }
        }
    }
}

fn mounts(kind: EntrypointKind, sum: &mut Sum) {
    sum.comment("Mounts.");
    sum.each(Some("!has(c.volumeMounts)"), "/volumeMounts", "[]");
    let mount = |fields: &str| format!("Object.spec.containers.volumeMounts{{{fields}}}");
    let mut add = |when: Option<&str>, fields: &str| sum.each(when, "/volumeMounts/-", &mount(fields));
    match kind {
        EntrypointKind::Kueueleuleu => {
            let volume = cel::string(names::ROOT_VOLUME);
            let root = cel::string(protocol::DEFAULT_ROOT);
            add(None, &format!("name: {volume}, mountPath: {root}, readOnly: true"));
            let dir = format!("{}/", protocol::RUN);
            let path = cel::string(&format!("{}/{dir}", protocol::DEFAULT_ROOT));
            let dir = cel::string(&dir);
            add(
                None,
                &format!("name: {volume}, mountPath: {path} + string(i),\n  subPath: {dir} + string(i)"),
            );
        }
        EntrypointKind::Tekton => {
            let (bin, path) = (cel::string(names::BIN_VOLUME), cel::string(protocol::BIN_DIR));
            add(None, &format!("name: {bin},\n  mountPath: {path}, readOnly: true"));
            let run = cel::string(names::RUN_VOLUME);
            let dir = cel::string(&format!("{}/", protocol::RUN_DIR));
            let of =
                |step: &str| format!("name: {run} + string({step}),\n  mountPath: {dir} + string({step})");
            add(Some("i > 0"), &format!("{}, readOnly: true", of("i - 1")));
            add(None, &of("i"));
        }
    }
}

/// The probes of steps that wait: our own entrypoint answers them, or they are removed.
fn probes(config: &Config, sum: &mut Sum) {
    let keys = ["livenessProbe", "readinessProbe", "startupProbe"];
    if config.probes == Probes::Remove {
        sum.comment("Probes are removed.");
        for key in keys {
            sum.add(format!(
                "object.spec.containers.transformList(i, c, has(c.{key}), JSONPatch{{op: \"remove\",\n  path: \
                 \"/spec/containers/\" + string(i) + \"/{key}\"}})"
            ));
        }
    } else if config.entrypoint.kind == EntrypointKind::Kueueleuleu {
        answered(sum);
    }
}

/// The probes of steps that wait, which our own entrypoint answers. A startup probe holds back the others until the
/// step has begun.
fn answered(sum: &mut Sum) {
    let words = cel::strings([protocol::ROOT_BINARY, protocol::PROBE, protocol::STEP]);
    let end = cel::strings([protocol::END_OF_FLAGS]);
    let [started, startup, failures, delay, grace] = [
        protocol::PROBE_STARTED,
        protocol::PROBE_STARTUP,
        protocol::PROBE_FAILURES,
        protocol::PROBE_DELAY,
        protocol::PROBE_GRACE,
    ]
    .map(cel::string);
    let delay = |key: &str| {
        format!(
            "(c.{key}.?initialDelaySeconds.orValue(0) > 0\n    ? [{delay}, string(c.{key}.initialDelaySeconds) + \"s\"] : [])"
        )
    };
    sum.comment("Our entrypoint answers exec probes of steps that wait.");
    let of_grace = "c.startupProbe\n    .?terminationGracePeriodSeconds\n    .orValue(object.spec.?terminationGracePeriodSeconds.orValue(30))";
    let of_startup = format!(
        "\n  + [{startup}]\n  + (has(c.startupProbe.failureThreshold)\n    ? [{failures}, string(c.startupProbe.failureThreshold)] : [])\n  \
         + {}\n  + ({of_grace} != 30\n    ? [{grace}, string({of_grace}) + \"s\"] : [])",
        delay("startupProbe")
    );
    let of_readiness = format!("\n  + [{started}]\n  + {}", delay("readinessProbe"));
    let exec = [("livenessProbe", ""), ("readinessProbe", &of_readiness), ("startupProbe", &of_startup)];
    for (key, flags) in exec {
        let command = format!("c.{key}.exec.command");
        let when =
            format!("i > 0 && has(c.{key}) && has(c.{key}.exec)\n  && has({command}) && size({command}) > 0");
        sum.each(
            Some(&when),
            &format!("/{key}/exec/command"),
            &format!("{words} + [string(i)]{flags}\n  + {end} + {command}.map(w, string(w))"),
        );
        if key == "startupProbe" {
            sum.each(Some(&when), "/startupProbe/failureThreshold", &NEVER.to_string());
        }
    }
    sum.comment("It holds liveness and readiness back where no startup probe does.");
    let when = "i > 0 && has(c.livenessProbe)\n  && !has(c.startupProbe)";
    let probe = "Object.spec.containers.startupProbe";
    sum.each(
        Some(when),
        "/startupProbe",
        &format!(
            "{probe}{{failureThreshold: {NEVER},\n  exec: {probe}.exec{{command: {words}\n    + [string(i), {started}]\n  + {}}}}}",
            delay("livenessProbe")
        ),
    );
    sum.each(
        Some(&format!("{when}\n  && has(c.livenessProbe.periodSeconds)")),
        "/startupProbe/periodSeconds",
        "c.livenessProbe.periodSeconds",
    );
}
