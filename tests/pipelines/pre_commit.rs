//! Tests `.pre-commit-hooks.yaml` with the real pre-commit. The repository of the hook has only that file, so nothing
//! is downloaded.

use crate::console;
use crate::machine::{Workplace, repository, tool};

/// Runs the README of the example.
pub(crate) fn readme(directory: &str) {
    if tool("pre-commit").is_none() || tool("git").is_none() {
        return;
    }
    let mut place = Workplace::copy_of(directory);
    for (key, value) in [
        ("GIT_AUTHOR_NAME", "somebody"),
        ("GIT_AUTHOR_EMAIL", "somebody@example.com"),
        ("GIT_COMMITTER_NAME", "somebody"),
        ("GIT_COMMITTER_EMAIL", "somebody@example.com"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("TERM", "dumb"),
    ] {
        place.set(key, value);
    }
    let hooks = repository().join(".pre-commit-hooks.yaml");
    let version = env!("CARGO_PKG_VERSION");
    let home = place.home();
    place
        .bash(&format!(
            "set -e; mkdir {home}/hooks; cd {home}/hooks; git init --quiet; cp {hooks} .; git add .; \
             git commit --quiet --message hooks; git tag v{version}; \
             git config --global url.file://{home}/hooks.insteadOf https://github.com/kueueleuleu/kueueleuleu",
            home = home.display(),
            hooks = hooks.display(),
        ))
        .passed();
    console::run(directory, &place);
}
