//! The table of all fields of a configuration, in both forms.
//!
//! The shape check reads it, and the JSON schema, `kueueleuleu explain` and the file of `kueueleuleu init` are made from
//! it. A new field is a row here, a field of the type in [`super::spec`], and what it means in [`super::check`].

use super::choices::{EntrypointKind, OnError, Probes, PullPolicy, Requests, RestartPolicy, Strategy, When};
use super::table::Type::{self, Boolean, Constant, Count, Free, List, OneOf, Quantities, String, Strings};
use super::table::{Choice, Field, Object};
use super::{API_VERSION, ENTRYPOINT_IMAGE, KIND};

/// `SequentialContainers` as a whole.
pub(super) static SEQUENTIAL_CONTAINERS: Object = Object {
    name: "SequentialContainers",
    doc: "Which Pods, Jobs and CronJobs get containers that run one after the other, and how.",
    fields: &[
        Field::new("apiVersion", Constant(API_VERSION), API_VERSION, "The version of this declaration."),
        Field::new("kind", Constant(KIND), KIND, "The kind of this declaration."),
        METADATA,
        Field::new("spec", Type::Object(&SPEC), "{probes: Remove}", SPEC.doc),
    ],
};

/// A `ConfigMap` as a whole.
pub(super) static CONFIG_MAP: Object = Object {
    name: "ConfigMap",
    doc: "The fields of `SequentialContainers` that fit into a string, with those of one selector.",
    fields: &[
        Field::new("apiVersion", Constant("v1"), "v1", "The version of the ConfigMap."),
        Field::new("kind", Constant("ConfigMap"), "ConfigMap", "The kind, `ConfigMap`."),
        METADATA,
        Field::new("data", Type::Object(&DATA), "{kind: Job}", "The fields, all of them strings."),
    ],
};

const METADATA: Field = Field::new(
    "metadata",
    Free,
    "{name: nightly}",
    "The declaration's name, labels and annotations. Nothing in it changes what is done, but kustomize reads from the \
     annotation `config.kubernetes.io/function` how to run the function.",
);

static STRINGS: Type = String;

static SPEC: Object = Object {
    name: "Spec",
    doc: "What is selected and how it is rewritten.",
    fields: &[
        Field::new(
            "selectors",
            List(&Type::Object(&SELECTOR)),
            "[{kind: Job, name: nightly-.*}]",
            "What is selected: an object that matches any of these.",
        )
        .default("every Pod, Job and CronJob"),
        Field::new(
            "exclude",
            List(&Type::Object(&SELECTOR)),
            "[{namespace: kube-system}]",
            "What is not selected although `selectors` match: an object that matches any of these.",
        )
        .default("nothing"),
        Field::new(
            "entrypointImage",
            String,
            "registry.example.com/mirror/entrypoint:v1.12.0",
            "The image of the entrypoint that makes a container wait for the previous one. The short spelling of \
             `entrypoint.image`. Name a mirror here where the cluster cannot pull from ghcr.io.",
        )
        .default(ENTRYPOINT_IMAGE),
        Field::new(
            "entrypoint",
            Type::Object(&ENTRYPOINT),
            "{kind: Kueueleuleu, image: registry.example.com/kueueleuleu:0.1.0}",
            ENTRYPOINT.doc,
        ),
        Field::new("strategy", OneOf(&Strategy::CHOICE), "InitContainers", Strategy::CHOICE.doc)
            .default("Entrypoint"),
        Field::new(
            "revert",
            Boolean,
            "true",
            "Undo the conversion: selected objects come out as they were before it.",
        )
        .default("false"),
        Field::new(
            "check",
            Boolean,
            "true",
            "Change nothing, and fail if a selected object is not as it would be after the conversion.",
        )
        .default("false"),
        Field::new("probes", OneOf(&Probes::CHOICE), "Remove", Probes::CHOICE.doc).default("Keep"),
        Field::new(
            "restartPolicy",
            OneOf(&RestartPolicy::CHOICE),
            "Never",
            "The policy for Pods whose policy is `Always`, or would be because they have none. Without it such a Pod \
             is an error, because its containers would never end.",
        ),
        Field::new(
            "sidecars",
            List(&STRINGS),
            "[istio-proxy, log-.*]",
            "The names of containers that run beside the steps, as regular expressions that match as a whole. They \
             become native sidecars (Kubernetes 1.29 and later): init containers with `restartPolicy: Always`, before \
             the first step, so that the pod can end.",
        ),
        Field::new(
            "steps",
            List(&Type::Object(&STEP)),
            "[{name: test, timeout: 20m}]",
            "What is different about single steps. An entry whose name an object lacks is left out there.",
        ),
        Field::new(
            "startTimeout",
            String,
            "10m",
            "With `entrypoint.kind: Kueueleuleu`: how long a step that another one waits for may show no sign of life, as \
             a Go duration. Then it has failed for the steps that wait for it, which end with exit code 198. `0`: they \
             wait for ever.",
        )
        .default("30m"),
        Field::new("requests", OneOf(&Requests::CHOICE), "Max", Requests::CHOICE.doc).default("Sum"),
        Field::new(
            "order",
            List(&STRINGS),
            "[fetch, lint, test]",
            "The order in which the steps run, where it is not that of the containers: every step, once.",
        ),
        Field::new(
            "images",
            List(&Type::Object(&IMAGE)),
            "[{name: 'alpine:3.20', args: [/bin/sh]}]",
            "What images run whose containers have no `command`.",
        ),
        Field::new("prepare", Type::Object(&PREPARE), "{imagePullPolicy: Always}", PREPARE.doc),
    ],
};

static SELECTOR: Object = Object {
    name: "SelectorSpec",
    doc: "One entry: an object must match all fields that are given. A field that is absent or empty matches everything.",
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
            "Exactly these labels must be there; there may be more.",
        ),
        Field::new(
            "annotations",
            Strings,
            "{run-mode: sequential}",
            "Exactly these annotations must be there; there may be more.",
        ),
    ],
};

const GROUP: Field = Field::new(
    "group",
    String,
    "batch",
    "Regular expression (RE2) that the whole group must match: `batch` of `batch/v1`. The group of `v1` is empty, which \
     an empty `group` does not ask for: use `apiVersion: v1`.",
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
    "Regular expression (RE2) that the whole name must match, for example `nightly-.*`: the name it has, or one that it \
     had before kustomize added a prefix or suffix. An object without a name is matched by its `generateName`.",
);
const NAMESPACE: Field = Field::new(
    "namespace",
    String,
    "etl",
    "Regular expression (RE2) that the whole namespace must match: the one it has, or one that it had before kustomize \
     set another. An object without a namespace is in `default`.",
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
    "Selector of annotations in the same grammar as `labelSelector`, for example `run-mode=sequential`.",
);

static ENTRYPOINT: Object = Object {
    name: "EntrypointSpec",
    doc: "The entrypoint that makes a container wait for the previous one.",
    fields: &[
        Field::new(
            "image",
            String,
            "registry.example.com/kueueleuleu:0.1.0",
            "The image that holds it. With `kind: Kueueleuleu` it must be given.",
        )
        .default("Tekton's"),
        Field::new("kind", OneOf(&EntrypointKind::CHOICE), "Kueueleuleu", EntrypointKind::CHOICE.doc)
            .default("Tekton"),
    ],
};

static STEP: Object = Object {
    name: "StepSpec",
    doc: "What is different about a step.",
    fields: &[
        Field::new("name", String, "test", "The container's name.").required(),
        Field::new(
            "timeout",
            String,
            "20m",
            "How long it may run, as a Go duration such as `90s` or `1h30m`. Then it is killed, and has failed.",
        )
        .default("no limit"),
        Field::new("onError", OneOf(&OnError::CHOICE), "Continue", OnError::CHOICE.doc).default("Fail"),
        Field::new(
            "needs",
            List(&STRINGS),
            "[fetch]",
            "The names of the steps that it waits for. `[]`: it starts at once.",
        )
        .default("the step before it"),
        Field::new("when", OneOf(&When::CHOICE), "Always", When::CHOICE.doc).default("OnSuccess"),
        Field::new(
            "retries",
            Count,
            "3",
            "With `entrypoint.kind: Kueueleuleu`: how often its command is run again, in the same container, after it \
             failed, was killed or took longer than `timeout`.",
        )
        .default("0"),
        Field::new(
            "retryDelay",
            String,
            "10s",
            "The pause before the first of `retries`, as a Go duration. Then it is twice as long each time, at most 5m.",
        )
        .default("0s"),
        Field::new(
            "outputs",
            List(&STRINGS),
            "[VERSION]",
            "With `entrypoint.kind: Kueueleuleu`: the names of environment variables that it sets for all steps that wait \
             for it, also indirectly. It must write each as a line `NAME=value` to the file that `$KUEUELEULEU_OUTPUT` \
             names.",
        ),
    ],
};

static IMAGE: Object = Object {
    name: "ImageSpec",
    doc: "What an image runs. As in Kubernetes, `command` and `args` of a container take the place of these, and a \
          `command` without `args` of both.",
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

static PREPARE: Object = Object {
    name: "PrepareSpec",
    doc: "The init container that copies the entrypoint, `kueueleuleu-prepare`.",
    fields: &[
        Field::new("resources", Type::Object(&RESOURCES), "{limits: {memory: 64Mi}}", "Its resources.")
            .default("cpu, memory and ephemeral-storage of the first step"),
        Field::new(
            "securityContext",
            Free,
            "{runAsUser: 1000}",
            "Its security context, as Kubernetes has it.",
        )
        .default("one that the Pod Security Standard \"restricted\" admits"),
        Field::new("imagePullPolicy", OneOf(&PullPolicy::CHOICE), "IfNotPresent", "Its pull policy.")
            .default("none, so that the cluster decides"),
    ],
};

static RESOURCES: Object = Object {
    name: "ResourcesSpec",
    doc: "The resources of a container.",
    fields: &[
        Field::new("limits", Quantities, "{memory: 64Mi}", "How much it may use."),
        Field::new("requests", Quantities, "{cpu: 10m}", "How much is reserved for it."),
    ],
};

static DATA: Object = Object {
    name: "Data",
    doc: "The fields of one selector, and of the others those that fit into a string.",
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
