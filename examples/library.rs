//! Converts a Pod from YAML with the library, and prints the result.
//!
//! `cargo run --example library --features api`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use k8s_openapi::api::core::v1::Pod;
use kueueleuleu::{Config, convert_pod};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: build
spec:
  restartPolicy: Never
  containers:
  - name: fetch
    image: alpine/git
    command: [git, clone, https://example.com/repository.git, /src]
  - name: test
    image: rust
    command: [cargo, test]
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pod: Pod = serde_yaml::from_str(POD)?;
    let converted = convert_pod(&pod, &Config::default())?;
    for warning in &converted.diagnostics {
        println!("# {}: {warning}", warning.severity);
    }
    println!("{}", serde_yaml::to_string(&converted.object)?);
    Ok(())
}
