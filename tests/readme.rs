//! What the README and the book show is what the program does.
#![expect(clippy::disallowed_methods, reason = "a test writes the configuration that it passes")]

use assert_cmd::Command;

const README: &str = include_str!("../README.md");
const CONFIGURATION: &str = include_str!("../docs/configuration.md");

/// The text of the first fenced block that begins with `start`.
fn block<'t>(page: &'t str, start: &str) -> &'t str {
    let at = page.find(start).unwrap_or_else(|| panic!("the page has no {start:?}"));
    let rest = &page[at + start.len()..];
    &rest[..rest.find("```").expect("a block has an end")]
}

#[test]
fn the_diff_is_what_the_command_prints() {
    let image = "registry.example.com/kueueleuleu:v1";
    let ours = ["--entrypoint-kind", "Kueueleuleu", "--entrypoint-image", image];
    let mut command = Command::cargo_bin("kueueleuleu").unwrap();
    let output = command.args(["-f", "examples/hello.yaml", "--diff"]).args(ours).output();
    assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), block(README, "```diff\n"));
}

#[test]
fn the_configuration_is_one_that_is_accepted() {
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = block(CONFIGURATION, "```yaml\napiVersion: kueueleuleu.dev/v1alpha1");
    std::fs::write(config.path(), format!("apiVersion: kueueleuleu.dev/v1alpha1{text}")).unwrap();
    let mut command = Command::cargo_bin("kueueleuleu").unwrap();
    command.args(["-f", "examples/hello.yaml", "--config"]).arg(config.path());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && stderr.starts_with("warning: selectors[0]"), "{stderr}");
}
