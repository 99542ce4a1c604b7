//! Declares the fields whose value is one of a few strings.
//!
//! Each value is declared once: its type, its string and its description come from the same lines.

use super::table::Choice;
use serde::Deserialize;

/// Declares enums whose variants are strings of the configuration, and the [`Choice`] of each. The
/// variant after `=` is the default.
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
    /// Which entrypoint program the image contains.
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

    /// What happens to the probes of the containers.
    Probes = Keep {
        /// Probes stay. The `Kueueleuleu` entrypoint holds them back until the step begins; with Tekton's they can kill a step that still waits.
        Keep,
        /// Probes are removed.
        Remove,
    }

    /// The policy for Pods whose `restartPolicy` is `Always`, also by default.
    RestartPolicy {
        /// A container that has ended is not restarted.
        Never,
    }

    /// What a step's failure means for the next step.
    OnError = Fail {
        /// The steps after it are skipped, and the pod fails.
        Fail,
        /// The next step runs anyway, and this failure does not make the pod fail.
        Continue,
    }

    /// When a step runs.
    When = OnSuccess {
        /// When all steps that it needs have succeeded.
        OnSuccess,
        /// When all steps that it needs have ended, whether or not they succeeded. Without `needs`, it needs all previous steps.
        Always,
    }

    /// How the requests of the steps, which do not run at the same time, count towards those of the pod.
    Requests = Sum {
        /// Each step keeps its requests, and the scheduler adds them up.
        Sum,
        /// The step with the largest request of a resource keeps that request; those of the other steps become zero.
        Max,
        /// The pod gets its own `resources`, as large as the largest step needs, and the requests of the steps become zero (Kubernetes 1.34 and later).
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
