//! Lists all fields of a configuration in one table, for both forms of it.
//!
//! The shape check reads the table. The JSON schema, `kueueleuleu explain` and the file of `kueueleuleu init` are
//! generated from it. To add a field, add a row here and a field in [`super::spec`], and check its meaning in
//! [`super::check`].

use super::choices::{EntrypointKind, OnError, Probes, PullPolicy, Requests, RestartPolicy, Strategy, When};
use super::table::Type::{self, Boolean, Constant, Count, Free, List, OneOf, Quantities, String, Strings};
use super::table::{Choice, Field, MappingType};
use super::{API_VERSION, ENTRYPOINT_IMAGE, KIND};

/// `SequentialContainers` as a whole.
pub(super) static SEQUENTIAL_CONTAINERS: MappingType = MappingType {
    name: "SequentialContainers",
    doc: "Makes the containers of Pods, Jobs and CronJobs run one after the other.",
    fields: &[
        Field::new(
            "apiVersion",
            Constant(API_VERSION),
            API_VERSION,
            "The API version of this configuration.",
        ),
        Field::new("kind", Constant(KIND), KIND, "The kind of this configuration."),
        METADATA,
        Field::new("spec", Type::Mapping(&SPEC), "{probes: Remove}", SPEC.doc),
    ],
};

/// A `ConfigMap` as a whole.
pub(super) static CONFIG_MAP: MappingType = MappingType {
    name: "ConfigMap",
    doc: "The same configuration as a ConfigMap: one selector, and the other fields that fit into a string.",
    fields: &[
        Field::new("apiVersion", Constant("v1"), "v1", "The version of the ConfigMap."),
        Field::new("kind", Constant("ConfigMap"), "ConfigMap", "The kind, `ConfigMap`."),
        METADATA,
        Field::new("data", Type::Mapping(&DATA), "{kind: Job}", "The fields, all of them strings."),
    ],
};

const METADATA: Field = Field::new(
    "metadata",
    Free,
    "{name: nightly}",
    "Name, labels and annotations. They do not affect the conversion, but kustomize reads from the annotation \
     `config.kubernetes.io/function` how to run the function.",
);

static STRINGS: Type = String;

static SPEC: MappingType = MappingType {
    name: "Spec",
    doc: "Which objects are converted, and how.",
    fields: &[
        Field::new(
            "selectors",
            List(&Type::Mapping(&SELECTOR)),
            "[{kind: Job, name: nightly-.*}]",
            "The objects to convert: those that match any of these selectors.",
        )
        .default("every Pod, Job and CronJob"),
        Field::new(
            "exclude",
            List(&Type::Mapping(&SELECTOR)),
            "[{namespace: kube-system}]",
            "Objects not to convert although `selectors` select them: those that match any of these selectors.",
        )
        .default("nothing"),
        Field::new(
            "entrypointImage",
            String,
            "registry.example.com/mirror/entrypoint:v1.12.0",
            "The image of the entrypoint that makes a container wait for the previous one. Short for \
             `entrypoint.image`. Set it to a mirror if the cluster cannot pull from ghcr.io.",
        )
        .default(ENTRYPOINT_IMAGE),
        Field::new(
            "entrypoint",
            Type::Mapping(&ENTRYPOINT),
            "{kind: Kueueleuleu, image: registry.example.com/kueueleuleu:0.1.0}",
            ENTRYPOINT.doc,
        ),
        Field::new("strategy", OneOf(&Strategy::CHOICE), "InitContainers", Strategy::CHOICE.doc)
            .default("Entrypoint"),
        Field::new(
            "revert",
            Boolean,
            "true",
            "Undo the conversion: restore selected objects to what they were before it.",
        )
        .default("false"),
        Field::new(
            "check",
            Boolean,
            "true",
            "Change nothing, and fail if the conversion would change a selected object.",
        )
        .default("false"),
        Field::new("probes", OneOf(&Probes::CHOICE), "Remove", Probes::CHOICE.doc).default("Keep"),
        Field::new(
            "restartPolicy",
            OneOf(&RestartPolicy::CHOICE),
            "Never",
            "The policy for Pods whose `restartPolicy` is `Always`, also by default. Without this field such a Pod is \
             an error, because its containers would never end.",
        ),
        Field::new(
            "sidecars",
            List(&STRINGS),
            "[istio-proxy, log-.*]",
            "The names of containers that run beside the steps, as regular expressions (RE2) that must match the whole \
             name. They become native sidecars (Kubernetes 1.29 and later): init containers with `restartPolicy: \
             Always`, before the first step, so that the pod can end.",
        ),
        Field::new(
            "steps",
            List(&Type::Mapping(&STEP)),
            "[{name: test, timeout: 20m}]",
            "Options of individual steps. An object without a step of this name ignores the entry.",
        ),
        Field::new(
            "startTimeout",
            String,
            "10m",
            "With `entrypoint.kind: Kueueleuleu`: how long a step waits for another step that shows no sign of life, as \
             a Go duration. Then the waiting step gives up and exits with code 198. `0`: it waits forever.",
        )
        .default("30m"),
        Field::new("requests", OneOf(&Requests::CHOICE), "Max", Requests::CHOICE.doc).default("Sum"),
        Field::new(
            "order",
            List(&STRINGS),
            "[fetch, lint, test]",
            "The order in which the steps run, if not that of the containers. It must name every step once.",
        ),
        Field::new(
            "images",
            List(&Type::Mapping(&IMAGE)),
            "[{name: 'alpine:3.20', args: [/bin/sh]}]",
            "What images run, for containers without a `command`.",
        ),
        Field::new("prepare", Type::Mapping(&PREPARE), "{imagePullPolicy: Always}", PREPARE.doc),
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
        Field::new(
            "labels",
            Strings,
            "{team: data}",
            "Labels that the object must have, with exactly these values. It may have others.",
        ),
        Field::new(
            "annotations",
            Strings,
            "{run-mode: sequential}",
            "Annotations that the object must have, with exactly these values. It may have others.",
        ),
    ],
};

const GROUP: Field = Field::new(
    "group",
    String,
    "batch",
    "Regular expression (RE2) that the whole group must match: `batch` of `batch/v1`. The group of `v1` is empty, but \
     an empty `group` matches every group: use `apiVersion: v1` instead.",
);
const VERSION: Field = Field::new(
    "version",
    String,
    "v1",
    "Regular expression (RE2) that the whole version must match: `v1` of `batch/v1`.",
);
const KIND_OF_OBJECT: Field = Field::new(
    "kind",
    String,
    "Job|CronJob",
    "Regular expression (RE2) that the whole kind must match, for example `Job|CronJob`.",
);
const NAME: Field = Field::new(
    "name",
    String,
    "nightly-.*",
    "Regular expression (RE2) that the whole name must match, for example `nightly-.*`: the current name, or one from \
     before kustomize added a prefix or suffix. If an object has no name, its `generateName` must match.",
);
const NAMESPACE: Field = Field::new(
    "namespace",
    String,
    "etl",
    "Regular expression (RE2) that the whole namespace must match: the current one, or one from before kustomize set \
     another. An object without a namespace is in `default`.",
);
const API_VERSION_OF_OBJECT: Field =
    Field::new("apiVersion", String, "batch/v1", "Exactly this apiVersion, for example `batch/v1`.");
const LABEL_SELECTOR: Field = Field::new(
    "labelSelector",
    String,
    "'team in (data, ml), !legacy'",
    "Label selector in the grammar of `kubectl -l`, for example `team in (data, ml), !legacy`.",
);
const ANNOTATION_SELECTOR: Field = Field::new(
    "annotationSelector",
    String,
    "run-mode=sequential",
    "Selector for annotations, in the grammar of `labelSelector`, for example `run-mode=sequential`.",
);

static ENTRYPOINT: MappingType = MappingType {
    name: "EntrypointSpec",
    doc: "The entrypoint that makes a container wait for the previous one.",
    fields: &[
        Field::new(
            "image",
            String,
            "registry.example.com/kueueleuleu:0.1.0",
            "The image that contains it. Required with `kind: Kueueleuleu`.",
        )
        .default("Tekton's"),
        Field::new("kind", OneOf(&EntrypointKind::CHOICE), "Kueueleuleu", EntrypointKind::CHOICE.doc)
            .default("Tekton"),
    ],
};

static STEP: MappingType = MappingType {
    name: "StepSpec",
    doc: "Options of a step.",
    fields: &[
        Field::new("name", String, "test", "The container's name.").required(),
        Field::new(
            "timeout",
            String,
            "20m",
            "How long the step may run, as a Go duration such as `90s` or `1h30m`. Then it is killed and has failed.",
        )
        .default("no limit"),
        Field::new("onError", OneOf(&OnError::CHOICE), "Continue", OnError::CHOICE.doc).default("Fail"),
        Field::new(
            "needs",
            List(&STRINGS),
            "[fetch]",
            "The names of the steps that this step waits for. `[]`: it starts at once.",
        )
        .default("the previous step"),
        Field::new("when", OneOf(&When::CHOICE), "Always", When::CHOICE.doc).default("OnSuccess"),
        Field::new(
            "retries",
            Count,
            "3",
            "With `entrypoint.kind: Kueueleuleu`: how often its command is run again, in the same container, after it \
             failed, was killed or exceeded `timeout`.",
        )
        .default("0"),
        Field::new(
            "retryDelay",
            String,
            "10s",
            "The pause before the first retry, as a Go duration. It doubles with each further retry, up to 5m.",
        )
        .default("0s"),
        Field::new(
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
        Field::new("name", String, "alpine:3.20", "The image, as it is written in the containers.").required(),
        Field::new(
            "digest",
            String,
            "sha256:…",
            "The digest of the image that `command` and `args` were read from. `kueueleuleu images` writes and updates \
             entries that have one. A container whose image is pinned to another digest gets a warning.",
        )
        .pattern("^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"),
        Field::new("command", List(&STRINGS), "[/usr/bin/tool]", "Its `ENTRYPOINT`."),
        Field::new("args", List(&STRINGS), "[--help]", "Its `CMD`."),
    ],
};

static PREPARE: MappingType = MappingType {
    name: "PrepareSpec",
    doc: "The init container that copies the entrypoint, `kueueleuleu-prepare`.",
    fields: &[
        Field::new("resources", Type::Mapping(&RESOURCES), "{limits: {memory: 64Mi}}", "Its resources.")
            .default("cpu, memory and ephemeral-storage of the first step"),
        Field::new(
            "securityContext",
            Free,
            "{runAsUser: 1000}",
            "Its security context, as in the Kubernetes API.",
        )
        .default("one that the Pod Security Standard \"restricted\" admits"),
        Field::new("imagePullPolicy", OneOf(&PullPolicy::CHOICE), "IfNotPresent", "Its pull policy.")
            .default("none, so that the cluster decides"),
    ],
};

static RESOURCES: MappingType = MappingType {
    name: "ResourcesSpec",
    doc: "The resources of a container.",
    fields: &[
        Field::new("limits", Quantities, "{memory: 64Mi}", "How much it may use."),
        Field::new("requests", Quantities, "{cpu: 10m}", "How much is reserved for it."),
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
        Field::new(
            "entrypointImage",
            String,
            "registry.example.com/entrypoint:v1.12.0",
            "`spec.entrypointImage`.",
        ),
        Field::new(
            "entrypointKind",
            OneOf(&EntrypointKind::CHOICE),
            "Kueueleuleu",
            "`spec.entrypoint.kind`.",
        ),
        Field::new("strategy", OneOf(&Strategy::CHOICE), "InitContainers", "`spec.strategy`."),
        Field::new("revert", OneOf(&FLAG), "'true'", "`spec.revert`, in quotes."),
        Field::new("check", OneOf(&FLAG), "'true'", "`spec.check`, in quotes."),
        Field::new("probes", OneOf(&Probes::CHOICE), "Remove", "`spec.probes`."),
        Field::new("restartPolicy", OneOf(&RestartPolicy::CHOICE), "Never", "`spec.restartPolicy`."),
        Field::new("startTimeout", String, "10m", "`spec.startTimeout`."),
        Field::new("requests", OneOf(&Requests::CHOICE), "Max", "`spec.requests`."),
        Field::new("sidecars", String, "'istio-proxy,log-.*'", "`spec.sidecars`, separated by commas."),
        Field::new("order", String, "'fetch,lint,test'", "`spec.order`, separated by commas."),
        Field::new(
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
