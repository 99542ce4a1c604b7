//! Defines a condition of the policies, which the mutation and the validation share.

/// A condition on a pod.
pub(super) struct Condition {
    /// Its name among the match conditions.
    pub(super) name: &'static str,
    /// The expression that is true if the pod satisfies the condition.
    pub(super) holds: String,
    /// The expression for the message otherwise: what is wrong, and how to fix it.
    pub(super) message: String,
}
