//! Reads texts with the real kustomize.

#![expect(clippy::disallowed_types, reason = "tests start processes")]

use crate::reader::Kubectl;
use serde_json::Value;
use std::fs;
use std::process::Command;

/// Reads texts with `kubectl kustomize`. Each text has one object, and no two objects have the same name.
pub(crate) fn read<T: AsRef<str>>(kubectl: &Kubectl, texts: &[T]) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..texts.len()).map(|at| format!("{at:06}.yaml")).collect();
    for (name, text) in names.iter().zip(texts) {
        fs::write(dir.path().join(name), text.as_ref()).unwrap();
    }
    fs::write(dir.path().join("kustomization.yaml"), format!("resources: [{}]\n", names.join(", "))).unwrap();
    let built = Command::new(&kubectl.0).args(["kustomize", "."]).current_dir(&dir).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    kubectl.read(&[String::from_utf8(built.stdout).unwrap()]).remove(0).unwrap()
}
