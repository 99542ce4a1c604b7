//! What the kubelet does when a container has ended: its effective restart policy.
//!
//! A container's own `restartPolicy` comes before the pod's, and its `restartPolicyRules` come before both: the first rule
//! that names the exit code decides (Kubernetes 1.34). Knows nothing of steps that wait for each other.

use super::pod::{Container, Pod, RestartRule};
use crate::kinds::Kind;

/// The names of restart policies.
pub(super) const POLICIES: [(&str, Policy); 3] =
    [(ALWAYS, Policy::Always), ("OnFailure", Policy::OnFailure), (NEVER, Policy::Never)];
/// The policy of native sidecars, and of pods that do not say theirs.
pub(super) const ALWAYS: &str = "Always";
pub(super) const NEVER: &str = "Never";

/// A restart policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Always,
    OnFailure,
    Never,
}

/// The policy of a pod, and with it those of its containers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effective(Policy);

impl Effective {
    /// The policies in a pod. A Job must say its policy itself: one that does not is for an overlay to complete, and counts
    /// as `Never`.
    pub(super) fn of(kind: &Kind, pod: &Pod<'_>) -> Self {
        let default = if kind.pod.is_empty() { Policy::Always } else { Policy::Never };
        Self(pod.restart_policy.as_deref().and_then(named).unwrap_or(default))
    }

    /// The policy of a container, its rules left aside.
    pub(super) fn policy(self, container: &Container<'_>) -> Policy {
        container.restart_policy.and_then(named).unwrap_or(self.0)
    }

    /// Whether the kubelet starts a container again that ended with this code.
    pub(super) fn restarts(self, container: &Container<'_>, code: u8) -> bool {
        rule_for(container, code).is_some()
            || match self.policy(container) {
                Policy::Always => true,
                Policy::OnFailure => code != 0,
                Policy::Never => false,
            }
    }

    /// The failures after which the kubelet starts a container again.
    pub(super) fn retried(self, container: &Container<'_>) -> Codes {
        if container.restart_rules.is_empty() {
            return if self.restarts(container, 1) { Codes::all() } else { Codes::none() };
        }
        Codes(std::array::from_fn(|code| {
            code != 0 && u8::try_from(code).is_ok_and(|code| self.restarts(container, code))
        }))
    }
}

/// The rule of a container that has it restarted after this exit code. Without a `restartPolicy` beside them there are no
/// rules.
pub(super) fn rule_for<'c, 'v>(container: &'c Container<'v>, code: u8) -> Option<&'c RestartRule<'v>> {
    container.restart_policy?;
    container.restart_rules.iter().find(|rule| rule.matches(code))
}

/// The policy of this name.
pub(super) fn named(name: &str) -> Option<Policy> {
    POLICIES.into_iter().find(|(known, _)| *known == name).map(|(_, policy)| policy)
}

/// A set of exit codes of failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Codes([bool; 256]);

impl Codes {
    fn none() -> Self {
        Self([false; 256])
    }

    fn all() -> Self {
        Self(std::array::from_fn(|code| code != 0))
    }

    /// Whether no failure is among them.
    pub(super) fn is_empty(&self) -> bool {
        !self.0.contains(&true)
    }

    /// Whether every failure is among them.
    pub(super) fn is_all(&self) -> bool {
        !self.0[1..].contains(&false)
    }

    /// In the operators of `restartPolicyRules`, the shorter one: `In:42,43` or `NotIn:3`.
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
            let mut all = if is { Codes::none() } else { Codes::all() };
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
