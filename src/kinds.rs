//! Lists the kinds that are converted, and where each has its pod.
//!
//! Knows API kinds and keys. To add a kind, add a line to [`KINDS`] and its keys to [`SHAPE`].

use kueueleuleu_yaml::syntax::Shape;

/// A kind of object whose pod is converted.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "Kubernetes calls it so")]
pub(crate) struct Kind {
    /// `apiVersion`.
    pub(crate) api_version: &'static str,
    /// `kind`.
    pub(crate) kind: &'static str,
    /// The keys that lead from the object to its pod. The value of the last key has the `metadata` and `spec` of the
    /// pod.
    pub(crate) pod: &'static [&'static str],
}

/// All kinds that are converted.
pub(crate) const KINDS: [Kind; 4] = [
    Kind { api_version: "v1", kind: "Pod", pod: &[] },
    Kind { api_version: "batch/v1", kind: "Job", pod: &["spec", "template"] },
    Kind { api_version: "batch/v1", kind: "CronJob", pod: &["spec", "jobTemplate", "spec", "template"] },
    // Removed in Kubernetes 1.25. It has the same fields.
    Kind { api_version: "batch/v1beta1", kind: "CronJob", pod: &["spec", "jobTemplate", "spec", "template"] },
];

/// The kind with this `apiVersion` and name, if it is converted.
pub(crate) fn find(api_version: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.api_version == api_version && known.kind == kind)
}

/// Whether the kind is a list of objects, and the kind of items that do not name theirs.
#[expect(clippy::option_option, reason = "no list, a list of any objects, a list of one kind")]
pub(crate) fn list_of(api_version: &str, kind: &str) -> Option<Option<&'static Kind>> {
    if (api_version, kind) == ("v1", "List") {
        return Some(None);
    }
    let item = kind.strip_suffix("List")?;
    find(api_version, item).map(Some)
}

/// The kind that a misspelled name means: in another case, in the plural, or the short name of kubectl.
pub(crate) fn meant(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| is_called(kind.kind, name)).or_else(|| {
        let short = [("po", "Pod"), ("cj", "CronJob")];
        let (_, kind) = short.into_iter().find(|(short, _)| name.eq_ignore_ascii_case(short))?;
        KINDS.iter().find(|known| known.kind == kind)
    })
}

/// The `apiVersion` and `kind` of the list that a misspelled `kind` means: in another case, or without an `apiVersion`.
pub(crate) fn list_meant(api_version: Option<&str>, kind: &str) -> Option<(&'static str, String)> {
    // A group with a dot belongs to a custom resource.
    let is_ours =
        api_version.is_none_or(|version| !version.split('/').next().unwrap_or_default().contains('.'));
    let (item, list) = kind.split_at_checked(kind.len().checked_sub("List".len())?)?;
    if !is_ours || !list.eq_ignore_ascii_case("List") {
        return None;
    }
    if item.is_empty() {
        return Some(("v1", "List".to_owned()));
    }
    KINDS
        .iter()
        .find(|kind| is_called(kind.kind, item))
        .map(|of| (of.api_version, format!("{}List", of.kind)))
}

fn is_called(kind: &str, name: &str) -> bool {
    let singular = name.strip_suffix(['s', 'S']).unwrap_or(name);
    name.eq_ignore_ascii_case(kind) || singular.eq_ignore_ascii_case(kind)
}

const ALL: &Shape = &Shape::ALL;
const KEYS: &Shape = &Shape::OPAQUE;

static META: Shape = Shape::of(&[
    ("name", KEYS),
    ("namespace", KEYS),
    ("labels", ALL),
    ("annotations", ALL),
    ("generateName", KEYS),
]);

static VARIABLE: Shape = Shape::of(&[("name", KEYS)]);

static CONTAINER: Shape = Shape::of(&[
    ("name", KEYS),
    ("image", KEYS),
    ("command", ALL),
    ("args", ALL),
    ("volumeMounts", ALL),
    ("resources", ALL),
    ("env", &VARIABLE),
    ("imagePullPolicy", KEYS),
    ("workingDir", KEYS),
    ("securityContext", ALL),
    ("restartPolicy", KEYS),
    ("restartPolicyRules", ALL),
    ("livenessProbe", ALL),
    ("readinessProbe", ALL),
    ("startupProbe", ALL),
    ("lifecycle", ALL),
    ("resizePolicy", ALL),
    ("stdin", KEYS),
    ("tty", KEYS),
]);

/// The specs of all kinds in one shape. A kind that lacks one of these keys never has it, so nothing is confused.
static SPEC: Shape = Shape::of(&[
    ("containers", &CONTAINER),
    ("restartPolicy", KEYS),
    ("volumes", ALL),
    ("resources", ALL),
    ("initContainers", &CONTAINER),
    ("template", &OBJECT),
    ("securityContext", ALL),
    ("nodeSelector", ALL),
    ("os", ALL),
    ("jobTemplate", &OBJECT),
    ("podFailurePolicy", ALL),
    ("hostNetwork", KEYS),
    ("hostIPC", KEYS),
    ("terminationGracePeriodSeconds", KEYS),
]);

static OBJECT: Shape = Shape::of(&[("metadata", &META), ("spec", &SPEC)]);

/// Results are not read, but new ones are appended to them.
static RESULT: Shape = Shape::of(&[("message", KEYS)]);

static OBJECT_OR_LIST: [(&str, &Shape); 5] =
    [("apiVersion", KEYS), ("kind", KEYS), ("metadata", &META), ("spec", &SPEC), ("items", &SHAPE)];

/// The fields of a document that are read: of an object that is converted, or of a list of objects.
pub static SHAPE: Shape = Shape::of(&OBJECT_OR_LIST).only("kind", is_of_interest);

/// The fields that are read of an item of a `ResourceList`.
pub(crate) static ITEM: Shape = Shape::of(&OBJECT_OR_LIST).only("kind", is_of_interest).item_by_item();

/// The fields that are read of a `ResourceList`.
pub(crate) static RESOURCE_LIST: Shape = Shape::of(&[
    ("apiVersion", KEYS),
    ("kind", KEYS),
    ("items", &ITEM),
    ("functionConfig", ALL),
    ("results", &RESULT),
]);

/// Whether objects of this kind are read: a kind that is converted, also misspelled, or any list.
fn is_of_interest(kind: &str) -> bool {
    let end = kind.len().saturating_sub("List".len());
    kind.as_bytes()[end..].eq_ignore_ascii_case(b"List") || meant(kind).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_kind_is_recognized() {
        for (name, kind) in
            [("pod", "Pod"), ("PODS", "Pod"), ("Cronjob", "CronJob"), ("jobs", "Job"), ("cj", "CronJob")]
        {
            assert_eq!(meant(name).map(|kind| kind.kind), Some(kind), "{name}");
        }
        for name in ["PodTemplate", "JobSet", "s", "", "Podss"] {
            assert!(meant(name).is_none(), "{name}");
        }
        let list = |version, kind| list_meant(version, kind).map(|(_, kind)| kind);
        assert_eq!(list(Some("v1"), "list").as_deref(), Some("List"));
        assert_eq!(list(None, "podList").as_deref(), Some("PodList"));
        assert_eq!(list(Some("a.example/v1"), "PodList"), None);
        assert_eq!(list(Some("v1"), "SecretList"), None);
        assert_eq!(list(None, "ist"), None);
    }
}
