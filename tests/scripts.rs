//! Tests that a script fails if any of its commands fails.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests start processes and write files"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// Runs a script with these programs first on `PATH`, and returns whether it succeeded.
fn succeeds(script: &str, programs: &[(&str, &str)]) -> bool {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in programs {
        let path = directory.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", directory.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(script));
    command.env("PATH", path).output().unwrap().status.success()
}

/// Without `pipefail`, the script made an incomplete image and succeeded.
#[test]
fn a_failing_tar_fails_the_test_images() {
    // It has our image, and accepts any other.
    let podman = r#"case "$*" in *inspect*kueueleuleu:test) "$REPOSITORY/scripts/source-hash";; *) cat > /dev/null;; esac"#;
    let podman = podman.replace("$REPOSITORY", env!("CARGO_MANIFEST_DIR"));
    let busybox = r#"[ "$1" != --list ] || echo sh"#;
    let with_tar = |tar| succeeds("test-images", &[("podman", &podman), ("busybox", busybox), ("tar", tar)]);
    assert!(with_tar("exit 0"));
    assert!(!with_tar("exit 1"));
}
