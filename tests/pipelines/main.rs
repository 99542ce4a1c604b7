//! Runs `examples/` and `functions.yaml` with the real programs: kustomize (in `kubectl`), kpt, the docker client,
//! Helm, pre-commit, and the command of the Argo CD plugin.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests write files, start processes, and fail in their helpers"
)]

mod argocd;
mod console;
mod docker;
mod examples;
mod functions;
mod github;
mod helm;
mod kustomize;
mod machine;
mod pre_commit;
#[path = "../cli/run.rs"]
mod run;
mod selectors;
