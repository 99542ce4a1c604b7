//! The values of fields that are one of a few strings.
//!
//! Each is declared once: the type, the string and the description come from the same lines.

use super::table::Choice;
use serde::Deserialize;

/// Declares types whose values are strings, and the [`Choice`] of each. What follows `=` is the
/// default.
macro_rules! choices {
    ($(
        #[doc = $doc:literal]
        $name:ident $(= $default:ident)? {
            $(#[doc = $meaning:literal] $value:ident,)+
        }
    )+) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        pub enum $name {
            $(#[doc = $meaning] $value,)+
        }

        impl $name {
            pub(super) const CHOICE: Choice = Choice {
                name: stringify!($name),
                doc: $doc.trim_ascii_start(),
                values: &[$((stringify!($value), $meaning.trim_ascii_start()),)+],
            };

            /// As it is written in a configuration.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$value => stringify!($value),)+
                }
            }
        }

        $(impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        })?
    )+};
}

choices! {
    /// Which entrypoint program an image holds.
    EntrypointKind = Tekton {
        /// The `entrypoint` of Tekton Pipelines.
        Tekton,
        /// The `kueueleuleu-entrypoint` of this project.
        Kueueleuleu,
    }

    /// How the containers are made to run one after the other.
    Strategy = Entrypoint {
        /// An entrypoint in every container waits for the previous container.
        Entrypoint,
        /// All containers but the last become init containers, which Kubernetes runs one after the other.
        InitContainers,
        /// `Entrypoint` where every step has a `command` and the `restartPolicy` allows it, otherwise `InitContainers`.
        Auto,
    }

    /// What becomes of the probes of the containers.
    Probes = Keep {
        /// They stay. Our entrypoint holds them back until the step begins; with Tekton's they can kill a step that still waits.
        Keep,
        /// They are removed.
        Remove,
    }

    /// The policy for Pods whose policy is, or would be, `Always`.
    RestartPolicy {
        /// A container that ended is not started again.
        Never,
    }

    /// What a step's failure means for the next step.
    OnError = Fail {
        /// The steps after it are skipped, and the pod fails.
        Fail,
        /// The next step runs all the same, and the pod does not fail for it.
        Continue,
    }

    /// When a step runs.
    When = OnSuccess {
        /// All steps that it needs succeeded.
        OnSuccess,
        /// All steps that it needs have ended, however they ended; without `needs` these are all steps before it.
        Always,
    }

    /// How the requests of the steps, of which only one works at a time, add up to those of the pod.
    Requests = Sum {
        /// Each step keeps its requests, and the scheduler adds them up.
        Sum,
        /// Of each resource the largest request stays on its step; those of the other steps become zero.
        Max,
        /// The pod gets `resources` of its own, those of the largest step, and the requests of the steps become zero (Kubernetes 1.34 and later).
        PodLevel,
    }

    /// When an image is pulled.
    PullPolicy {
        /// Each time.
        Always,
        /// When it is not on the node yet.
        IfNotPresent,
        /// Not at all.
        Never,
    }
}
