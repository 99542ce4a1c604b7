//! Computes the effective restart policy of a container: whether the kubelet restarts it after an exit code.
//!
//! The `restartPolicy` of a container overrides that of the pod, and its `restartPolicyRules` override both: the first
//! rule that names the exit code decides (Kubernetes 1.34). Knows nothing about steps that wait for each other.

use super::pod::{Container, Pod, RestartRule};
use crate::kinds::Kind;

/// The names of restart policies.
pub(super) const POLICIES: [(&str, Restarts); 3] =
    [(ALWAYS, Restarts::Always), ("OnFailure", Restarts::OnFailure), (NEVER, Restarts::Never)];
/// The policy of native sidecars, and the default of pods.
pub(super) const ALWAYS: &str = "Always";
pub(super) const NEVER: &str = "Never";

/// A restart policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restarts {
    Always,
    OnFailure,
    Never,
}

/// The policy of a pod, from which those of its containers follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effective(Restarts);

impl Effective {
    /// The policies in a pod. The API requires a policy in a Job, so a Job without one still lacks an overlay. It
    /// counts as `Never`.
    pub(super) fn of(kind: &Kind, pod: &Pod<'_>) -> Self {
        let default = if kind.pod.is_empty() { Restarts::Always } else { Restarts::Never };
        Self(pod.restart_policy.as_deref().and_then(named).unwrap_or(default))
    }

    /// The policy of a container, without its rules.
    pub(super) fn policy(self, container: &Container<'_>) -> Restarts {
        container.restart_policy.and_then(named).unwrap_or(self.0)
    }

    /// Whether the kubelet restarts a container that exited with this code.
    pub(super) fn restarts(self, container: &Container<'_>, code: u8) -> bool {
        rule_for(container, code).is_some()
            || match self.policy(container) {
                Restarts::Always => true,
                Restarts::OnFailure => code != 0,
                Restarts::Never => false,
            }
    }

    /// The exit codes of failures after which the kubelet restarts a container.
    pub(super) fn retried(self, container: &Container<'_>) -> ExitCodeSet {
        if container.restart_rules.is_empty() {
            return if self.restarts(container, 1) { ExitCodeSet::all() } else { ExitCodeSet::none() };
        }
        ExitCodeSet(std::array::from_fn(|code| {
            code != 0 && u8::try_from(code).is_ok_and(|code| self.restarts(container, code))
        }))
    }
}

/// The rule by which the kubelet restarts a container after this exit code. Kubernetes accepts rules only beside a
/// `restartPolicy`.
pub(super) fn rule_for<'c, 'v>(container: &'c Container<'v>, code: u8) -> Option<&'c RestartRule<'v>> {
    container.restart_policy?;
    container.restart_rules.iter().find(|rule| rule.matches(code))
}

/// The policy of this name.
pub(super) fn named(name: &str) -> Option<Restarts> {
    POLICIES.into_iter().find(|(known, _)| *known == name).map(|(_, policy)| policy)
}

/// A set of exit codes of failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExitCodeSet([bool; 256]);

impl ExitCodeSet {
    fn none() -> Self {
        Self([false; 256])
    }

    fn all() -> Self {
        Self(std::array::from_fn(|code| code != 0))
    }

    /// Whether the set is empty.
    pub(super) fn is_empty(&self) -> bool {
        !self.0.contains(&true)
    }

    /// Whether the set contains every failure.
    pub(super) fn is_all(&self) -> bool {
        !self.0[1..].contains(&false)
    }

    /// The set with the operators of `restartPolicyRules`, whichever is shorter: `In:42,43` or `NotIn:3`.
    pub(super) fn rule(&self) -> String {
        let of = |wanted: bool| (1..256).filter(move |&code| self.0[code] == wanted);
        let (operator, wanted) =
            if of(true).count() <= of(false).count() { ("In", true) } else { ("NotIn", false) };
        let codes: Vec<_> = of(wanted).map(|code| code.to_string()).collect();
        format!("{operator}:{}", codes.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_as_rules() {
        let with = |codes: &[usize], is: bool| {
            let mut all = if is { ExitCodeSet::none() } else { ExitCodeSet::all() };
            for &code in codes {
                all.0[code] = is;
            }
            all.rule()
        };
        assert_eq!(with(&[42, 7], true), "In:7,42");
        assert_eq!(with(&[42, 7], false), "NotIn:7,42");
        assert_eq!((with(&[], true), with(&[], false)), ("In:".to_owned(), "NotIn:".to_owned()));
    }
}
