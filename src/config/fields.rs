//! Lists all fields of a configuration in one table, for both forms of it.
//!
//! The shape check reads the table. The JSON schema, `kueueleuleu explain` and the file of `kueueleuleu init` are
//! generated from it. To add a field, add a row here and a field in [`super::spec`], and check its meaning in
//! [`super::check`].

use super::choices::{EntrypointKind, OnError, Probes, PullPolicy, Requests, RestartPolicy, Strategy, When};
use super::table::FieldType::{
    self, Boolean, Constant, Count, Free, List, OneOf, Quantities, String, Strings,
};
use super::table::{Choice, ConfigField, MappingType};
use super::{API_VERSION, ENTRYPOINT_IMAGE, KIND};

/// `SequentialContainers` as a whole.
pub(super) static SEQUENTIAL_CONTAINERS: MappingType = MappingType {
    name: "SequentialContainers",
    doc: "Makes the containers of Pods, Jobs and CronJobs run one after the other.",
    fields: &[
        ConfigField::new(
            "apiVersion",
            Constant(API_VERSION),
            API_VERSION,
            "The API version of this configuration.",
        ),
        ConfigField::new("kind", Constant(KIND), KIND, "The kind of this configuration."),
        METADATA,
        ConfigField::new("spec", FieldType::Mapping(&SPEC), "{probes: Remove}", SPEC.doc),
    ],
};

/// A `ConfigMap` as a whole.
pub(super) static CONFIG_MAP: MappingType = MappingType {
    name: "ConfigMap",
    doc: "The same configuration as a ConfigMap: one selector, and the other fields that fit into a string.",
    fields: &[
        ConfigField::new("apiVersion", Constant("v1"), "v1", "The version of the ConfigMap."),
        ConfigField::new("kind", Constant("ConfigMap"), "ConfigMap", "The kind, `ConfigMap`."),
        METADATA,
        ConfigField::new(
            "data",
            FieldType::Mapping(&DATA),
            "{kind: Job}",
            "The fields, all of them strings.",
        ),
    ],
};

const METADATA: ConfigField = ConfigField::new(
    "metadata",
    Free,
    "{name: nightly}",
    "Name, labels and annotations. They do not affect the conversion, but kustomize reads from the annotation \
     `config.kubernetes.io/function` how to run the function.",
);

static STRINGS: FieldType = String;

static SPEC: MappingType = MappingType {
    name: "Spec",
    doc: "Which objects are converted, and how.",
    fields: &[
        ConfigField::new(
            "selectors",
            List(&FieldType::Mapping(&SELECTOR)),
            "[{kind: Job, name: nightly-.*}]",
            "The objects to convert: those that match any of these selectors.",
        )
        .default("every Pod, Job and CronJob"),
        ConfigField::new(
            "exclude",
            List(&FieldType::Mapping(&SELECTOR)),
            "[{namespace: kube-system}]",
            "Objects not to convert although `selectors` select them: those that match any of these selectors.",
        )
        .default("nothing"),
        ConfigField::new(
            "entrypointImage",
            String,
            "registry.example.com/mirror/entrypoint:v1.12.0",
            "The image of the entrypoint that makes a container wait for the previous one. Short for \
             `entrypoint.image`. Set it to a mirror if the cluster cannot pull from ghcr.io.",
        )
        .default(ENTRYPOINT_IMAGE),
        ConfigField::new(
            "entrypoint",
            FieldType::Mapping(&ENTRYPOINT),
            "{kind: Kueueleuleu, image: registry.example.com/kueueleuleu:0.1.0}",
            ENTRYPOINT.doc,
        ),
        ConfigField::new("strategy", OneOf(&Strategy::CHOICE), "InitContainers", Strategy::CHOICE.doc)
            .default("Entrypoint"),
        ConfigField::new(
            "revert",
            Boolean,
            "true",
            "Undo the conversion: restore selected objects to what they were before it.",
        )
        .default("false"),
        ConfigField::new(
            "check",
            Boolean,
            "true",
            "Change nothing, and fail if the conversion would change a selected object.",
        )
        .default("false"),
        ConfigField::new("probes", OneOf(&Probes::CHOICE), "Remove", Probes::CHOICE.doc).default("Keep"),
        ConfigField::new(
            "restartPolicy",
            OneOf(&RestartPolicy::CHOICE),
            "Never",
            "The policy for Pods whose `restartPolicy` is `Always`, also by default. Without this field such a Pod is \
             an error, because its containers would never end.",
        ),
        ConfigField::new(
            "sidecars",
            List(&STRINGS),
            "[istio-proxy, log-.*]",
            "The names of containers that run beside the steps, as regular expressions (RE2) that must match the whole \
             name. They become native sidecars (Kubernetes 1.29 and later): init containers with `restartPolicy: \
             Always`, before the first step, so that the pod can end.",
        ),
        ConfigField::new(
            "steps",
            List(&FieldType::Mapping(&STEP)),
            "[{name: test, timeout: 20m}]",
            "Options of individual steps. An object without a step of this name ignores the entry.",
        ),
        ConfigField::new(
            "startTimeout",
            String,
            "10m",
            "With `entrypoint.kind: Kueueleuleu`: how long a step waits for another step that shows no sign of life, as \
             a Go duration. Then the waiting step gives up and exits with code 198. `0`: it waits forever.",
        )
        .default("30m"),
        ConfigField::new("requests", OneOf(&Requests::CHOICE), "Max", Requests::CHOICE.doc).default("Sum"),
        ConfigField::new(
            "order",
            List(&STRINGS),
            "[fetch, lint, test]",
            "The order in which the steps run, if not that of the containers. It must name every step once.",
        ),
        ConfigField::new(
            "images",
            List(&FieldType::Mapping(&IMAGE)),
            "[{name: 'alpine:3.20', args: [/bin/sh]}]",
            "What images run, for containers without a `command`.",
        ),
        ConfigField::new("prepare", FieldType::Mapping(&PREPARE), "{imagePullPolicy: Always}", PREPARE.doc),
    ],
};

static SELECTOR: MappingType = MappingType {
    name: "SelectorSpec",
    doc: "A selector. An object must match all its fields; an absent or empty field matches everything.",
    fields: &[
        GROUP,
        VERSION,
        KIND_OF_OBJECT,
        NAME,
        NAMESPACE,
        API_VERSION_OF_OBJECT,
        LABEL_SELECTOR,
        ANNOTATION_SELECTOR,
        ConfigField::new(
            "labels",
            Strings,
            "{team: data}",
            "Labels that the object must have, with exactly these values. It may have others.",
        ),
        ConfigField::new(
            "annotations",
            Strings,
            "{run-mode: sequential}",
            "Annotations that the object must have, with exactly these values. It may have others.",
        ),
    ],
};

const GROUP: ConfigField = ConfigField::new(
    "group",
    String,
    "batch",
    "Regular expression (RE2) that the whole group must match: `batch` of `batch/v1`. The group of `v1` is empty, but \
     an empty `group` matches every group: use `apiVersion: v1` instead.",
);
const VERSION: ConfigField = ConfigField::new(
    "version",
    String,
    "v1",
    "Regular expression (RE2) that the whole version must match: `v1` of `batch/v1`.",
);
const KIND_OF_OBJECT: ConfigField = ConfigField::new(
    "kind",
    String,
    "Job|CronJob",
    "Regular expression (RE2) that the whole kind must match, for example `Job|CronJob`.",
);
const NAME: ConfigField = ConfigField::new(
    "name",
    String,
    "nightly-.*",
    "Regular expression (RE2) that the whole name must match, for example `nightly-.*`: the current name, or one from \
     before kustomize added a prefix or suffix. If an object has no name, its `generateName` must match.",
);
const NAMESPACE: ConfigField = ConfigField::new(
    "namespace",
    String,
    "etl",
    "Regular expression (RE2) that the whole namespace must match: the current one, or one from before kustomize set \
     another. An object without a namespace is in `default`.",
);
const API_VERSION_OF_OBJECT: ConfigField =
    ConfigField::new("apiVersion", String, "batch/v1", "Exactly this apiVersion, for example `batch/v1`.");
const LABEL_SELECTOR: ConfigField = ConfigField::new(
    "labelSelector",
    String,
    "'team in (data, ml), !legacy'",
    "Label selector in the grammar of `kubectl -l`, for example `team in (data, ml), !legacy`.",
);
const ANNOTATION_SELECTOR: ConfigField = ConfigField::new(
    "annotationSelector",
    String,
    "run-mode=sequential",
    "Selector for annotations, in the grammar of `labelSelector`, for example `run-mode=sequential`.",
);

static ENTRYPOINT: MappingType = MappingType {
    name: "EntrypointSpec",
    doc: "The entrypoint that makes a container wait for the previous one.",
    fields: &[
        ConfigField::new(
            "image",
            String,
            "registry.example.com/kueueleuleu:0.1.0",
            "The image that contains it. Required with `kind: Kueueleuleu`.",
        )
        .default("Tekton's"),
        ConfigField::new("kind", OneOf(&EntrypointKind::CHOICE), "Kueueleuleu", EntrypointKind::CHOICE.doc)
            .default("Tekton"),
    ],
};

static STEP: MappingType = MappingType {
    name: "StepSpec",
    doc: "Options of a step.",
    fields: &[
        ConfigField::new("name", String, "test", "The container's name.").required(),
        ConfigField::new(
            "timeout",
            String,
            "20m",
            "How long the step may run, as a Go duration such as `90s` or `1h30m`. Then it is killed and has failed.",
        )
        .default("no limit"),
        ConfigField::new("onError", OneOf(&OnError::CHOICE), "Continue", OnError::CHOICE.doc).default("Fail"),
        ConfigField::new(
            "needs",
            List(&STRINGS),
            "[fetch]",
            "The names of the steps that this step waits for. `[]`: it starts at once.",
        )
        .default("the previous step"),
        ConfigField::new("when", OneOf(&When::CHOICE), "Always", When::CHOICE.doc).default("OnSuccess"),
        ConfigField::new(
            "retries",
            Count,
            "3",
            "With `entrypoint.kind: Kueueleuleu`: how often its command is run again, in the same container, after it \
             failed, was killed or exceeded `timeout`.",
        )
        .default("0"),
        ConfigField::new(
            "retryDelay",
            String,
            "10s",
            "The pause before the first retry, as a Go duration. It doubles with each further retry, up to 5m.",
        )
        .default("0s"),
        ConfigField::new(
            "outputs",
            List(&STRINGS),
            "[VERSION]",
            "With `entrypoint.kind: Kueueleuleu`: the names of environment variables that the step sets for all steps \
             that wait for it, directly or indirectly. It must write each as a line `NAME=value` to the file \
             `$KUEUELEULEU_OUTPUT`.",
        ),
    ],
};

static IMAGE: MappingType = MappingType {
    name: "ImageSpec",
    doc: "What an image runs. As in Kubernetes, `command` and `args` of a container replace these, and a `command` \
          without `args` replaces both.",
    fields: &[
        ConfigField::new("name", String, "alpine:3.20", "The image, as it is written in the containers.").required(),
        ConfigField::new(
            "digest",
            String,
            "sha256:…",
            "The digest of the image that `command` and `args` were read from. `kueueleuleu images` writes and updates \
             entries that have one. A container whose image is pinned to another digest gets a warning.",
        )
        .pattern("^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"),
        ConfigField::new("command", List(&STRINGS), "[/usr/bin/tool]", "Its `ENTRYPOINT`."),
        ConfigField::new("args", List(&STRINGS), "[--help]", "Its `CMD`."),
    ],
};

static PREPARE: MappingType = MappingType {
    name: "PrepareSpec",
    doc: "The init container that copies the entrypoint, `kueueleuleu-prepare`.",
    fields: &[
        ConfigField::new(
            "resources",
            FieldType::Mapping(&RESOURCES),
            "{limits: {memory: 64Mi}}",
            "Its resources.",
        )
        .default("cpu, memory and ephemeral-storage of the first step"),
        ConfigField::new(
            "securityContext",
            Free,
            "{runAsUser: 1000}",
            "Its security context, as in the Kubernetes API.",
        )
        .default("one that the Pod Security Standard \"restricted\" admits"),
        ConfigField::new("imagePullPolicy", OneOf(&PullPolicy::CHOICE), "IfNotPresent", "Its pull policy.")
            .default("none, so that the cluster decides"),
    ],
};

static RESOURCES: MappingType = MappingType {
    name: "ResourcesSpec",
    doc: "The resources of a container.",
    fields: &[
        ConfigField::new("limits", Quantities, "{memory: 64Mi}", "How much it may use."),
        ConfigField::new("requests", Quantities, "{cpu: 10m}", "How much is reserved for it."),
    ],
};

static DATA: MappingType = MappingType {
    name: "Data",
    doc: "The fields of one selector, and the other fields that fit into a string.",
    fields: &[
        GROUP,
        VERSION,
        KIND_OF_OBJECT,
        NAME,
        NAMESPACE,
        API_VERSION_OF_OBJECT,
        LABEL_SELECTOR,
        ANNOTATION_SELECTOR,
        ConfigField::new(
            "entrypointImage",
            String,
            "registry.example.com/entrypoint:v1.12.0",
            "`spec.entrypointImage`.",
        ),
        ConfigField::new(
            "entrypointKind",
            OneOf(&EntrypointKind::CHOICE),
            "Kueueleuleu",
            "`spec.entrypoint.kind`.",
        ),
        ConfigField::new("strategy", OneOf(&Strategy::CHOICE), "InitContainers", "`spec.strategy`."),
        ConfigField::new("revert", OneOf(&FLAG), "'true'", "`spec.revert`, in quotes."),
        ConfigField::new("check", OneOf(&FLAG), "'true'", "`spec.check`, in quotes."),
        ConfigField::new("probes", OneOf(&Probes::CHOICE), "Remove", "`spec.probes`."),
        ConfigField::new("restartPolicy", OneOf(&RestartPolicy::CHOICE), "Never", "`spec.restartPolicy`."),
        ConfigField::new("startTimeout", String, "10m", "`spec.startTimeout`."),
        ConfigField::new("requests", OneOf(&Requests::CHOICE), "Max", "`spec.requests`."),
        ConfigField::new("sidecars", String, "'istio-proxy,log-.*'", "`spec.sidecars`, separated by commas."),
        ConfigField::new("order", String, "'fetch,lint,test'", "`spec.order`, separated by commas."),
        ConfigField::new(
            "prepareImagePullPolicy",
            OneOf(&PullPolicy::CHOICE),
            "IfNotPresent",
            "`spec.prepare.imagePullPolicy`.",
        ),
    ],
};

/// A boolean as a string.
static FLAG: Choice =
    Choice { name: "Flag", doc: "A boolean as a string.", values: &[("true", "Yes."), ("false", "No.")] };
