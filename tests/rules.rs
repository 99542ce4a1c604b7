//! Tests that `docs/rules.md` explains every rule, and that each of its examples breaks its rule.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files, start processes, and fail in their helpers"
)]

use kueueleuleu::config::Config;
use kueueleuleu::internals::{Outcomes, Tell};
use kueueleuleu::{Converter, Diagnostic, Error, Rule, Severity};
use std::fs;

/// Rules that no example in a text can break, and why.
const WITHOUT_EXAMPLE: [(Rule, &str); 7] = [
    (Rule::InvalidObject, "only the library's typed functions report it"),
    (Rule::LongArgument, "the example would have 128 KiB"),
    (Rule::ImageLookup, "it depends on a registry"),
    (Rule::AliasWrittenOut, "the layout of the edited text decides it"),
    (Rule::NoPods, "it depends on a cluster"),
    (Rule::Cluster, "it depends on kubectl"),
    (Rule::TooLarge, "the example would have 1 GiB"),
];

/// Rules whose example is a command line, with the files that it reads.
const FILES: [(&str, &[u8]); 4] = [
    ("pod.yaml", b"apiVersion: v1\nkind: Pod\n"),
    ("service.yaml", b"apiVersion: v1\nkind: Service\n"),
    ("latin1.yaml", b"# \xe4\n"),
    ("chart/templates/job.yaml", b"metadata: {name: {{ .Release.Name }}}\n"),
];

/// One section of the page.
struct Section<'t> {
    name: &'t str,
    text: &'t str,
}

impl<'t> Section<'t> {
    /// The fenced blocks in a language.
    fn blocks(&self, language: &str) -> Vec<&'t str> {
        let begins = format!("```{language}\n");
        self.text.split(&*begins).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
    }
}

fn page() -> String {
    fs::read_to_string("docs/rules.md").unwrap()
}

fn sections(page: &str) -> Vec<Section<'_>> {
    let sections = page.split("\n## `").skip(1);
    sections
        .map(|section| {
            let (name, text) = section.split_once("`\n").unwrap();
            Section { name, text }
        })
        .collect()
}

#[test]
fn every_rule_is_explained() {
    let page = page();
    let names: Vec<_> = sections(&page).iter().map(|section| section.name).collect();
    let rules: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names, rules, "the sections of docs/rules.md are the rules of src/rule.rs, in their order");
    for (section, rule) in sections(&page).iter().zip(Rule::ALL) {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = words(section.text);
        assert!(text.contains(&words(rule.summary())), "{rule} lacks its summary: {}", rule.summary());
        assert!(text.contains("**Cause.** ") && text.contains("**Fix.** "), "{rule} lacks a cause or a fix");
        let has_example = section.text.contains("```");
        let needs_none =
            WITHOUT_EXAMPLE.iter().any(|(known, _)| known == rule) || *rule == Rule::VerificationFailed;
        assert!(has_example != needs_none, "{rule} lacks an example, or is listed as a rule without one");
    }
}

#[test]
fn every_example_breaks_its_rule() {
    let page = page();
    for section in sections(&page) {
        let blocks = section.blocks("yaml");
        let (configs, inputs): (Vec<&str>, Vec<&str>) =
            blocks.into_iter().partition(|block| is_config(block));
        let Some(input) = inputs.first() else { continue };
        let found = diagnose(input, configs.first().copied());
        let found: Vec<_> = found.iter().filter(|found| found.rule.name() == section.name).collect();
        let severity = if section.text.trim_start().starts_with("An error") {
            Severity::Error
        } else if section.text.trim_start().starts_with("A warning") {
            Severity::Warning
        } else {
            Severity::Info
        };
        assert!(
            found.iter().any(|found| found.severity == severity),
            "the example of `{}` gives no diagnostic of severity {severity}: {found:?}",
            section.name
        );
    }
}

fn is_config(block: &str) -> bool {
    block.contains("kind: SequentialContainers") && !block.contains("kind: ResourceList")
}

/// All diagnostics for an input.
fn diagnose(input: &str, config: Option<&str>) -> Vec<Diagnostic> {
    let configs = match config.map_or(Ok(Vec::new()), Config::all_from_yaml) {
        Ok(configs) if configs.is_empty() => vec![Config::default()],
        Ok(configs) => configs.into_iter().map(|(config, _)| config).collect(),
        Err(error) => return error.into_diagnostics(),
    };
    let tell = Tell { other_kinds: true, outcomes: Outcomes::All };
    let mut converter = Converter::with_configs(configs).tell(tell);
    let diagnostics = |result: Result<_, Error>| match result {
        Ok(kueueleuleu::ConvertedText { diagnostics, .. }) => diagnostics,
        Err(error) => error.into_diagnostics(),
    };
    let mut all = diagnostics(converter.documents(input));
    if input.contains("kind: ResourceList") {
        all.extend(diagnostics(converter.resource_list(input)));
    }
    all.extend(converter.finish());
    all
}

#[test]
fn every_command_line_breaks_its_rule() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in FILES {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let page = page();
    let mut count = 0;
    for section in sections(&page) {
        for line in section.blocks("console") {
            let line = line.trim().strip_prefix("$ kueueleuleu ").unwrap();
            let (arguments, stdin) = match line.split_once("< ") {
                Some((arguments, file)) => (arguments, fs::read(dir.path().join(file)).unwrap()),
                None => (line, Vec::new()),
            };
            let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
            command.args(arguments.split_whitespace()).args(["--error-format=json"]).current_dir(dir.path());
            let output = command.write_stdin(stdin).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(stderr.contains(&format!("\"rule\":\"{}\"", section.name)), "{line}: {stderr}");
            count += 1;
        }
    }
    assert_eq!(count, 6, "console examples");
}
