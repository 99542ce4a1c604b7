//! Runs the steps of `action.yml` as a runner would.

use crate::console;
use crate::machine::{Workplace, repository};

/// Runs the README of the example.
pub(crate) fn readme(directory: &str) {
    let place = Workplace::copy_of(directory);
    place.program("action", &repository().join("packaging/github-action/run"));
    console::run(directory, &place);
}
