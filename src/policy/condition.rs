//! A condition of a policy, which both the mutation and the validation have.

/// A condition on a pod.
pub(super) struct Condition {
    /// Its name among the match conditions.
    pub(super) name: &'static str,
    /// The expression that is true where the pod is as it must be.
    pub(super) holds: String,
    /// The expression that says what is wrong, and what to do.
    pub(super) message: String,
}
