//! Names what a diagnostic or an error is about: the rules.
//!
//! The name of a rule is stable, so tools go by it. Messages are for people and may change.

use std::fmt;

/// Declares [`Rule`], with its names and its documentation in one list.
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What a diagnostic or an error is about. Its name is stable, unlike the message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Rule {
            /// All rules, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, such as `missing-command`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What the rule is about, in one or more sentences.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

rules! {
    // Fields of an object.
    /// A field has a value of the wrong type, such as a number where a string is expected.
    WrongType = "wrong-type",
    /// A mapping has the same key twice.
    DuplicateKey = "duplicate-key",
    /// An alias or a merge key (`<<`) cannot be resolved, or expands to too much.
    InvalidAlias = "invalid-alias",
    /// A container has no `name`.
    MissingName = "missing-name",
    /// The object does not fit the Kubernetes API type that it is converted to.
    InvalidObject = "invalid-object",

    /// An object looks like a Pod, Job or `CronJob`, but its `apiVersion` or `kind` is missing or misspelled.
    UnrecognizedKind = "unrecognized-kind",
    /// A pod template with several containers is in an object of a kind that is not converted, such as a Deployment.
    OtherKind = "other-kind",
    /// A `ResourceList`, the input of the KRM function, is among manifests.
    UnexpectedResourceList = "unexpected-resource-list",
    /// The KRM function is where kustomize gives it nothing to convert: under `generators` or `validators`.
    MisplacedFunction = "misplaced-function",
    /// The `restartPolicy` of a pod or a container is not one that Kubernetes knows.
    InvalidRestartPolicy = "invalid-restart-policy",
    /// Two containers of a pod have the same name.
    DuplicateContainerName = "duplicate-container-name",
    /// The first word of a `command` is empty.
    EmptyCommand = "empty-command",
    /// An `image` contains whitespace.
    InvalidImage = "invalid-image",
    /// A word of `command` or `args` is longer than Linux can pass to a program.
    LongArgument = "long-argument",

    // What keeps an object from being converted.
    /// A step has no `command`, and no configured image says what its entrypoint is.
    MissingCommand = "missing-command",
    /// The `restartPolicy` of the pod is `Always`: its steps would never end.
    RestartAlways = "restart-always",
    /// The `restartPolicy` of a step is `Always`: the step would never end.
    StepRestartAlways = "step-restart-always",
    /// A `restartPolicy` or a rule of `restartPolicyRules` would never let a step end, or steps would not wait for its
    /// retry.
    RestartRule = "restart-rule",
    /// A rule of `restartPolicyRules` restarts all containers of a pod whose steps cannot run again.
    RestartAllContainers = "restart-all-containers",
    /// A container that is configured as a sidecar has its own `restartPolicy`.
    SidecarRestartPolicy = "sidecar-restart-policy",
    /// Every container is configured as a sidecar, so no step is left.
    OnlySidecars = "only-sidecars",
    /// A run changes what an earlier run chose: the strategy, the entrypoint, its image, or options of a step.
    ChoiceChanged = "choice-changed",
    /// The configured `order` does not name every step of the object exactly once.
    OrderMismatch = "order-mismatch",
    /// `needs` of a configured step name a container that is not a step of the object, or a configured step is in no
    /// object.
    UnknownStep = "unknown-step",
    /// The steps of the object wait for each other in a cycle.
    StepCycle = "step-cycle",
    /// A configured step has an option that its entrypoint, or an init container, does not support.
    StepOption = "step-option",
    /// A step with `when: Always` waits for a step that the kubelet restarts when it fails.
    WhenAlways = "when-always",
    /// The pod already has `resources`, which `requests: PodLevel` would set.
    PodResources = "pod-resources",
    /// An output of a step cannot reach a later step, or a variable there has the same name.
    OutputConflict = "output-conflict",
    /// The `command` and the `args` of a converted step no longer match.
    DamagedWrapper = "damaged-wrapper",
    /// An annotation of kueueleuleu has an unknown name or value.
    UnknownAnnotation = "unknown-annotation",
    /// A container has the name of the generated init container.
    ReservedContainerName = "reserved-container-name",
    /// A volume has a name that is reserved for generated volumes.
    ReservedVolumeName = "reserved-volume-name",
    /// A container mounts a volume where the entrypoint is installed, such as below `/tekton`.
    ReservedMountPath = "reserved-mount-path",
    /// The pod belongs to a Tekton `TaskRun`, whose steps Tekton itself sequences.
    TektonTaskRun = "tekton-task-run",
    /// The pod is for Windows nodes, where the entrypoint cannot run.
    WindowsNode = "windows-node",
    /// A step has a field that an init container may not have (`strategy: InitContainers`).
    InitContainerField = "init-container-field",
    /// The layout of the text does not allow the edit without changing something else.
    UnsupportedLayout = "unsupported-layout",

    /// The command of an image could not be looked up.
    ImageLookup = "image-lookup",

    /// The steps of a converted pod run in a different order than its containers are listed in.
    OrderContradiction = "order-contradiction",

    // What should be looked at in a converted object.
    /// `strategy: Auto` chose init containers, for the reason given.
    StrategyChosen = "strategy-chosen",
    /// An alias was replaced by a copy of its value. This happens if the value or its anchor changes, or if one of them
    /// moves so that the alias would come first.
    AliasWrittenOut = "alias-written-out",
    /// `restartPolicy: OnFailure` with Tekton's entrypoint restarts the steps after a failed one, too.
    TektonOnFailure = "tekton-on-failure",
    /// A limit is too low for the entrypoint that is copied or started.
    LowLimit = "low-limit",
    /// A probe or a lifecycle hook of a step runs while the step still waits.
    ProbeWhileWaiting = "probe-while-waiting",
    /// The kubelet creates the directory of a `subPath` before the step that fills the volume has run.
    SubPathTooEarly = "sub-path-too-early",
    /// A rule of `podFailurePolicy` also matches exit codes of the entrypoint.
    ExitCodeRule = "exit-code-rule",
    /// A container pins its image to a different digest than the one that its command was read from.
    ImagePin = "image-pin",
    /// Tekton's entrypoint does not pass stdin or the terminal on to its step.
    StdinNotPassed = "stdin-not-passed",

    /// Steps that run one after the other request an extended resource or huge pages, which the scheduler adds up.
    ExtendedResource = "extended-resource",
    /// The conversion changes the quality-of-service class of the pod, which was `Guaranteed`.
    QosClass = "qos-class",
    /// Steps without a cpu request run beside a sidecar.
    ZeroRequest = "zero-request",

    // What a check finds.
    /// What happens to an object, and why (`--verbose`, `--check`).
    Outcome = "outcome",
    /// The object is not converted, although `check` or `status` expects it to be.
    NotConverted = "not-converted",
    /// `check` and `revert` are set, and the object is still converted.
    NotReverted = "not-reverted",

    // The configuration and the run.
    /// The functionConfig is not a valid configuration.
    InvalidConfig = "invalid-config",
    /// A configured selector matches no object.
    UnmatchedSelector = "unmatched-selector",
    /// The input is not YAML or JSON.
    InvalidYaml = "invalid-yaml",
    /// The input of the KRM function is not a `ResourceList`.
    InvalidResourceList = "invalid-resource-list",
    /// The input of `status` is not a Pod or a list of Pods.
    InvalidStatus = "invalid-status",
    /// A target of `status` or `logs` has no pods.
    NoPods = "no-pods",
    /// `kubectl` failed: it cannot reach the cluster, or the cluster rejects the request.
    Cluster = "cluster",
    /// The input is larger than 1 GiB.
    TooLarge = "too-large",
    /// The input is not UTF-8.
    InvalidUtf8 = "invalid-utf8",
    /// The input is a template (Helm, Jinja, `envsubst`). Only its rendered form is a manifest.
    Template = "template",
    /// A flag or an argument of the command cannot be used.
    InvalidUsage = "invalid-usage",
    /// A file cannot be read or written.
    Io = "io",
    /// The converted text does not read as planned: a bug in kueueleuleu.
    VerificationFailed = "verification-failed",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for name in names {
            let is_kebab = |word: &str| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            };
            assert!(name.split('-').all(is_kebab), "{name}");
        }
    }

    #[test]
    fn serializes_as_its_name() {
        for rule in Rule::ALL {
            assert_eq!(serde_yaml::to_value(rule).unwrap(), serde_yaml::Value::from(rule.name()));
            assert!(rule.summary().ends_with('.'), "{}", rule.summary());
        }
    }
}
