//! Writes admission policies that sequence pods inside the API server, with nothing running in the cluster for it.
//!
//! A `MutatingAdmissionPolicy` (Kubernetes 1.36) rewrites a labelled pod when it is created: the contract of the planner,
//! written in CEL. A `ValidatingAdmissionPolicy` refuses a labelled pod that could not be rewritten, and one for Jobs and
//! one for `CronJobs` refuse a template whose pods would be refused.
//!
//! Knows the contract and the admission API. What it writes is deterministic and made to be read by people; it reads no file
//! and asks no cluster.
//!
//! ```
//! use kueueleuleu::{Config, policy::{Policy, policies}};
//!
//! let text = policies(&Config::default(), &Policy::default())?;
//! assert!(text.contains("kind: MutatingAdmissionPolicy\n"));
//! # Ok::<(), kueueleuleu::Error>(())
//! ```

mod cel;
mod condition;
mod images;
mod mutation;
mod restarts;
mod rules;
mod selection;
mod yaml;

use crate::config::{Config, Requests, StepOptions, Strategy, When};
use crate::diagnostic::{Diagnostic, Error, Rule};
use crate::plan::names;
use crate::route::Route;
use condition::Condition;
use yaml::Document;

/// The label of pods that are meant, and of namespaces whose pods are meant; its value is `true`.
pub const LABEL: &str = "kueueleuleu.dev/sequential";

/// The version of the admission API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// Kubernetes 1.36 and later.
    #[default]
    V1,
    /// Kubernetes 1.34 and 1.35, where it must be switched on.
    V1Beta1,
}

/// What happens to a pod when a policy itself fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailurePolicy {
    /// It is refused.
    #[default]
    Fail,
    /// It passes as it is.
    Ignore,
}

/// How the policies are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The name of the policies, or what it begins with. A DNS subdomain.
    pub name: String,
    /// The version of the API of mutating policies.
    pub api_version: ApiVersion,
    /// What happens when a policy fails.
    pub failure_policy: FailurePolicy,
}

impl Default for Policy {
    fn default() -> Self {
        let (api_version, failure_policy) = (ApiVersion::default(), FailurePolicy::default());
        Self { name: "kueueleuleu".to_owned(), api_version, failure_policy }
    }
}

/// The policies as YAML for `kubectl apply -f -`. Fails where the configuration asks for what CEL cannot do, and names each
/// field that does.
pub fn policies(config: &Config, policy: &Policy) -> Result<String, Error> {
    let mut report = refused(config);
    let selected = selection::condition("object", config, &mut report);
    if !report.is_empty() {
        return Err(Error::of_config(report));
    }

    let mut text = format!(
        "# Written by kueueleuleu {}. Pods with the label {LABEL}: \"true\" run their containers in\n\
         # sequence; so do pods in namespaces with that label, unless their restartPolicy is Always.\n",
        env!("CARGO_PKG_VERSION")
    );
    let mut longest = 0;
    let mut write = |document: Document| longest = longest.max(document.write(&mut text));
    mutating(config, policy, selected.clone()).into_iter().for_each(&mut write);
    validating_pods(config, policy, selected).into_iter().for_each(&mut write);
    if !selection::asks_for_names(config) {
        for of in &TEMPLATES {
            validating_templates(config, policy, of).into_iter().for_each(&mut write);
        }
    }
    if longest > LONGEST_EXPRESSION {
        return Err(Error::of_config(vec![too_long(config, longest)]));
    }
    Ok(text)
}

/// How many characters of an expression the API server compiles.
const LONGEST_EXPRESSION: usize = 100_000;

fn too_long(config: &Config, longest: usize) -> Diagnostic {
    let message = format!(
        "the policies would need an expression of {longest} characters; the API server accepts {LONGEST_EXPRESSION}"
    );
    let spec = Route::root().key("spec");
    // Nothing else of a configuration grows without end.
    let (route, help) = if config.images.is_empty() {
        (spec, "make the configuration shorter")
    } else {
        (spec.key("images"), "list fewer images: those of the containers that have no `command`")
    };
    Diagnostic::error(Rule::InvalidConfig, route, message, help)
}

/// What a policy cannot do.
fn refused(config: &Config) -> Vec<Diagnostic> {
    let of_step = |is_set: fn(&StepOptions) -> bool| config.steps.iter().any(is_set);
    let fields = [
        ("steps.needs", of_step(|step| step.needs.is_some())),
        ("steps.when", of_step(|step| step.when == When::Always)),
        ("steps.outputs", of_step(|step| !step.outputs.is_empty())),
        ("requests", config.requests != Requests::Sum),
        ("sidecars", !config.sidecars.is_empty()),
        ("order", !config.order.is_empty()),
        ("strategy", config.strategy != Strategy::Entrypoint),
        ("revert", config.revert),
        ("check", config.check),
    ];
    let route =
        |field: &'static str| field.split('.').fold(Route::of(&["spec"]), |route, key| route.key(key));
    let is_set = fields.into_iter().filter(|(_, is_set)| *is_set);
    let error = |(field, _)| {
        let message = format!("`{field}` cannot be followed at admission");
        let help =
            "remove it, or convert the manifests when they are rendered: with the command, kustomize or kpt";
        Diagnostic::error(Rule::InvalidConfig, route(field), message, help)
    };
    is_set.map(error).collect()
}

/// A condition that decides whether a policy looks at an object.
type MatchCondition = (&'static str, String);

/// What is asked of every pod first: that nothing exempts it, and that it has several containers, none of them wrapped.
fn pending(pod: &str, selected: Option<String>) -> Vec<MatchCondition> {
    let annotation = |key: &str| format!("{pod}.metadata.?annotations[?{}]", cel::string(key));
    let mut conditions = vec![
        ("not-exempt", format!("{}\n  .orValue(\"\") != \"false\"", annotation(names::ANNOTATION))),
        ("several-containers", format!("size({pod}.spec.containers) > 1")),
        ("not-converted", format!("!({})", is_converted(pod))),
    ];
    conditions.extend(selected.map(|selected| ("selected", selected)));
    conditions
}

/// Whether a pod was converted before: a wrapped container, or a record of one of the strategies.
fn is_converted(pod: &str) -> String {
    let binaries = cel::strings([kueueleuleu_protocol::ROOT_BINARY, kueueleuleu_protocol::BINARY]);
    let records = [names::RECORD_ANNOTATION].into_iter().chain(names::RECORDS);
    format!(
        "{pod}.spec.containers.exists(c, has(c.command) && size(c.command) > 0\n    && c.command[0] in {binaries})\n  || \
         {pod}.metadata.?annotations.orValue({{}}).exists(k, k in [\n    {}])",
        records.map(cel::string).collect::<Vec<_>>().join(",\n    ")
    )
}

fn mutating(config: &Config, policy: &Policy, selected: Option<String>) -> Vec<Document> {
    let mut conditions = pending("object", selected);
    let rules = rules::rules("object", config);
    conditions.extend(rules.into_iter().map(|rule| (rule.name, rule.holds)));
    let version = match policy.api_version {
        ApiVersion::V1 => "v1",
        ApiVersion::V1Beta1 => "v1beta1",
    };
    if config.restart_policy.is_some() {
        let condition = format!("!({})\n|| {}", restarts::is_always("object.spec"), is_labelled());
        conditions.push(("not-always-in-a-namespace", condition));
    }
    let name = &policy.name;
    let mut document = Document::new(version, "MutatingAdmissionPolicy", name);
    document.line(2, &format!("failurePolicy: {:?}", policy.failure_policy));
    document
        .comment(2, "A webhook that runs later may change the pod; a converted one does not match again.");
    document.line(2, "reinvocationPolicy: IfNeeded");
    document.resources("pods", "", &["CREATE"]);
    document.match_conditions(&conditions);
    document.variables(&mutation::variables(config));
    document.line(2, "mutations:");
    document.line(2, "- patchType: JSONPatch");
    document.line(4, "jsonPatch:");
    document.block(6, "expression", &mutation::patch(config));

    let mut labelled = Document::new(version, "MutatingAdmissionPolicyBinding", name);
    labelled.line(2, &format!("policyName: {name}"));
    labelled.selectors(&[("objectSelector", "In")]);
    let mut namespaces =
        Document::new(version, "MutatingAdmissionPolicyBinding", &format!("{name}-namespaces"));
    namespaces.line(2, &format!("policyName: {name}"));
    namespaces.selectors(&[("namespaceSelector", "In"), ("objectSelector", "NotIn")]);
    vec![document, labelled, namespaces]
}

fn validating_pods(config: &Config, policy: &Policy, selected: Option<String>) -> Vec<Document> {
    let name = format!("{}-pods", policy.name);
    let mut document = Document::new("v1", "ValidatingAdmissionPolicy", &name);
    document.line(2, &format!("failurePolicy: {:?}", policy.failure_policy));
    document.resources("pods", "", &["CREATE"]);
    // A pod that a policy rewrote is judged by the steps that its annotation names: containers that came later are no steps.
    let admitted = format!("object.metadata.?annotations[?{}]", cel::string(names::ADMITTED_ANNOTATION));
    let conditions: Vec<_> = pending("object", selected)
        .into_iter()
        .map(|(name, condition)| match name {
            "not-converted" => (name, format!("{admitted}.hasValue()\n  || {condition}")),
            "selected" => (name, format!("{admitted}.hasValue()\n  || ({condition})")),
            _ => (name, condition),
        })
        .collect();
    document.match_conditions(&conditions);
    let binaries = cel::strings([kueueleuleu_protocol::ROOT_BINARY, kueueleuleu_protocol::BINARY]);
    document.variables(&[
        ("admitted", format!("{admitted}.hasValue()")),
        ("labelled", is_labelled()),
        (
            "damaged",
            format!(
                "{admitted}.orValue(\"\").split(\",\")\n  .filter(name, name != \"\" && !object.spec.containers.exists(c,\n    \
                 c.name == name && has(c.command) && size(c.command) > 0\n    && c.command[0] in {binaries}))"
            ),
        ),
    ]);
    document.line(2, "validations:");
    // In a namespace that is labelled, pods that are always restarted are not meant.
    let passes =
        format!("variables.admitted\n|| !variables.labelled && {}", restarts::is_always("object.spec"));
    let validations = rules::rules("object", config)
        .into_iter()
        .map(|rule| Condition { holds: format!("{passes}\n|| {}", rule.holds), ..rule });
    for rule in validations {
        document.validation(&rule);
    }
    document.validation(&Condition {
        name: "damaged",
        holds: "size(variables.damaged) == 0".to_owned(),
        message: "\"the wrapper of a step was removed after the pod was sequenced: \"\n+ variables.damaged.join(\", \")"
            .to_owned(),
    });

    let mut labelled = Document::new("v1", "ValidatingAdmissionPolicyBinding", &name);
    labelled.line(2, &format!("policyName: {name}"));
    labelled.line(2, "validationActions: [Deny]");
    labelled.selectors(&[("objectSelector", "In")]);
    let mut namespaces =
        Document::new("v1", "ValidatingAdmissionPolicyBinding", &format!("{name}-namespaces"));
    namespaces.line(2, &format!("policyName: {name}"));
    namespaces.line(2, "validationActions: [Warn]");
    namespaces.selectors(&[("namespaceSelector", "In"), ("objectSelector", "NotIn")]);
    vec![document, labelled, namespaces]
}

/// Whether the pod itself is labelled, and not only its namespace.
fn is_labelled() -> String {
    format!("object.metadata.?labels[?{}].orValue(\"\") == \"true\"", cel::string(LABEL))
}

/// A kind with a pod template.
struct Template {
    kind: &'static str,
    resource: &'static str,
    pod: &'static str,
}

const TEMPLATES: [Template; 2] = [
    Template { kind: "Job", resource: "jobs", pod: "object.spec.template" },
    Template { kind: "CronJob", resource: "cronjobs", pod: "object.spec.jobTemplate.spec.template" },
];

fn validating_templates(config: &Config, policy: &Policy, of: &Template) -> Vec<Document> {
    let name = format!("{}-{}", policy.name, of.resource);
    let pod = of.pod;
    let selected = selection::condition(pod, config, &mut Vec::new());
    let mut document = Document::new("v1", "ValidatingAdmissionPolicy", &name);
    document
        .comment(2, &format!("Otherwise a {} would be accepted, and its pods refused one by one.", of.kind));
    document.line(2, &format!("failurePolicy: {:?}", policy.failure_policy));
    document.resources(of.resource, "batch", &["CREATE", "UPDATE"]);
    let label = cel::string(LABEL);
    let old = pod.replacen("object", "oldObject", 1);
    let mut conditions = vec![
        ("labelled", format!("{pod}.?metadata.?labels[?{label}].orValue(\"\") == \"true\"")),
        ("changed", format!("request.operation == \"CREATE\" || {pod} != {old}")),
    ];
    conditions.extend(pending(pod, selected));
    document.match_conditions(&conditions);
    document.variables(&[("pod", pod.to_owned())]);
    document.line(2, "validations:");
    for rule in rules::rules("variables.pod", config) {
        document.validation(&rule);
    }

    let mut binding = Document::new("v1", "ValidatingAdmissionPolicyBinding", &name);
    binding.line(2, &format!("policyName: {name}"));
    binding.line(2, "validationActions: [Deny]");
    vec![document, binding]
}
