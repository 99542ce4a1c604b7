//! Round trips of real manifests: the examples, the inputs of the golden cases, manifests in common styles, and a
//! collection beside the repository, if present.
//!
//! Each manifest is converted as it is and in other styles, with each strategy. `kubectl` and `serde_yaml` must read
//! the result as the object that the typed conversion returns, and a revert must restore the bytes.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests read files, report what they skip, and fail in their helpers"
)]

#[path = "kubectl/reader.rs"]
mod reader;
#[path = "corpus/styles.rs"]
mod styles;

use kueueleuleu::config::{Config, Entrypoint, Probes, Strategy};
use kueueleuleu::{Converter, Rule, convert_json};
use serde::Deserialize as _;
use similar::{Algorithm, DiffOp};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const NOTHING: &str = "\
apiVersion: kueueleuleu.dev/v1alpha1
kind: SequentialContainers
spec: {selectors: [{name: no-such-thing}]}
";

/// All texts in the examples and in the collection. Files that are not UTF-8 are left out.
fn texts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("examples"), &mut files);
    assert!(!files.is_empty(), "no example found");
    let corpus = root.parent().unwrap().join("shared/corpus");
    if corpus.is_dir() {
        collect(&corpus, &mut files);
    } else {
        // libtest shows what `eprintln!` prints for failed tests only.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} does not exist", corpus.display());
    }
    files.sort();
    files.into_iter().filter_map(|file| fs::read_to_string(&file).ok().map(|text| (file, text))).collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known))
        {
            files.push(path);
        }
    }
}

#[test]
fn a_file_with_nothing_selected_is_preserved_byte_for_byte() {
    for (file, text) in texts() {
        let mut converter = Converter::new(Config::from_yaml(NOTHING).unwrap());
        match converter.documents(&text) {
            Ok(same) => {
                assert!(!same.is_changed(), "{}", file.display());
                assert!(same.text() == text, "{}", file.display());
                assert!(same.diagnostics.is_empty(), "{}: {:?}", file.display(), same.diagnostics);
            }
            Err(error) => assert!(error.diagnostics()[0].span.is_some(), "{}: {error}", file.display()),
        }
    }
}

#[test]
fn a_conversion_only_adds_lines() {
    let entrypoint = Config::default();
    let init_containers =
        Config::default().with_strategy(Strategy::InitContainers).with_probes(Probes::Remove);
    let (mut count, mut refusals) = (0, 0);
    for (file, text) in texts() {
        for (text, config) in
            [(text.clone(), &entrypoint), (as_jobs(&text), &entrypoint), (as_jobs(&text), &init_containers)]
        {
            let Ok(converted) = Converter::new(config.clone()).documents(&text) else { continue };
            refusals += converted.diagnostics.len();
            for diagnostic in &converted.diagnostics {
                assert!(diagnostic.span.is_some(), "{}: {diagnostic:?}", file.display());
            }
            if converted.is_changed() {
                count += 1;
                check(&file, &text, &converted.text(), config);
            }
        }
    }
    eprintln!("{count} texts converted, {refusals} diagnostics");
    assert!(count > 0, "no text was converted");
}

/// Turns Deployments into Jobs, and adds a second container: most real pods belong to Deployments and have one
/// container. A Job has its pod template at the same place.
fn as_jobs(text: &str) -> String {
    let kinds = ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"];
    let text = text.replace("apps/v1", "batch/v1").replace("\"apps/v1\"", "\"batch/v1\"");
    let text = kinds.iter().fold(text, |text, kind| {
        text.replace(&format!("kind: {kind}"), "kind: Job").replace(&format!("\"{kind}\""), "\"Job\"")
    });
    let mut out = String::new();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        out += line;
        let next = lines.peek().map_or("", |next| next.trim_end());
        if line.trim() == "containers:" && next.trim_start().starts_with("- ") {
            let indent = next.len() - next.trim_start().len();
            out.extend([&" ".repeat(indent), "- {name: another, image: x, command: [x]}\n"]);
        }
    }
    out
}

fn check(file: &Path, old: &str, new: &str, config: &Config) {
    let file = file.display();
    // An earlier conversion and removed probes are lines that go on purpose. The other checks still apply.
    let was_converted =
        ["/tekton/bin/entrypoint", "/kueueleuleu/bin/entrypoint"].iter().any(|binary| old.contains(binary));
    let keeps_lines = config.probes() == Probes::Keep && !was_converted;
    if let Some(lost) = lost_line(old, new).filter(|_| keeps_lines) {
        panic!("{file}: the line `{lost}` is lost");
    }
    if documents(old).is_ok() {
        assert!(documents(new).is_ok(), "{file}: {:?}", documents(new));
    }
    let run = |text: &str, config: Config| Converter::new(config).documents(text).unwrap().text();
    assert!(run(new, config.clone()) == new, "{file}: running again changes it");
    let reverted = run(new, config.clone().with_revert(true));
    // Unless the configuration chooses them, entrypoint and image of an earlier run stay. A revert removes them.
    let again = match documents(old).ok().and_then(|documents| documents.iter().find_map(prepare_image)) {
        Some(image) if old.contains("/kueueleuleu/bin/entrypoint") => {
            run(&reverted, config.clone().with_entrypoint(Entrypoint::kueueleuleu(image)))
        }
        Some(image) => run(&reverted, config.clone().with_entrypoint_image(image)),
        None => run(&reverted, config.clone()),
    };
    // Another tool, such as kpt, may have sorted the keys of a converted file. A revert then loses the place of ours.
    let same = if was_converted { documents(&again).ok() == documents(new).ok() } else { again == new };
    assert!(same, "{file}: converting, reverting and converting differs");
}

fn documents(text: &str) -> Result<Vec<serde_yaml::Value>, serde_yaml::Error> {
    serde_yaml::Deserializer::from_str(text).map(serde_yaml::Value::deserialize).collect()
}

/// The image of the entrypoint in a document that an earlier run converted.
fn prepare_image(document: &serde_yaml::Value) -> Option<String> {
    match document {
        serde_yaml::Value::Mapping(fields) if field(fields, "name") == Some("kueueleuleu-prepare") => {
            field(fields, "image").map(str::to_owned)
        }
        serde_yaml::Value::Mapping(fields) => fields.values().find_map(prepare_image),
        serde_yaml::Value::Sequence(items) => items.iter().find_map(prepare_image),
        _ => None,
    }
}

fn field<'v>(fields: &'v serde_yaml::Mapping, key: &str) -> Option<&'v str> {
    fields.get(key)?.as_str()
}

/// A line that vanished: it has not moved as a whole, and is none of the lines that a conversion may change: `command`,
/// `args`, flow style, and aliases of mounts, which are written out because each step gets its own mounts.
fn lost_line<'t>(old: &'t str, new: &'t str) -> Option<&'t str> {
    let [old, new] = [old, new].map(|text| text.lines().collect::<Vec<_>>());
    let removed = similar::capture_diff_slices(Algorithm::Myers, &old, &new)
        .into_iter()
        .filter(|op| matches!(op, DiffOp::Delete { .. } | DiffOp::Replace { .. }))
        .flat_map(|op| op.old_range());
    let bare = |line: &str| line.trim().trim_start_matches("- ").trim_end_matches(',').to_owned();
    let there: Vec<String> = new.iter().map(|line| bare(line)).collect();
    let may_change = |line: &str| {
        let key = bare(line);
        let rewritten = ["command:", "args:", "volumeMounts: *"].iter().any(|start| key.starts_with(start));
        rewritten || key.contains(['[', ']', '{', '}'])
    };
    removed.map(|at| old[at]).find(|line| !may_change(line) && !there.contains(&bare(line)))
}

/// Where a manifest comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Source {
    Examples,
    Golden,
    Own,
    Collection,
}

/// The manifests of a source, by their names.
fn manifests(source: Source) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let collection = root.parent().unwrap().join("shared/corpus");
    let directory = match source {
        Source::Examples => root.join("examples"),
        Source::Golden => root.join("tests/golden"),
        Source::Own => root.join("tests/corpus"),
        Source::Collection => collection,
    };
    if !directory.is_dir() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} does not exist", directory.display());
        return Vec::new();
    }
    let mut files = Vec::new();
    collect(&directory, &mut files);
    files.sort();
    let is_input = |file: &PathBuf| match source {
        Source::Golden => file.file_stem().is_some_and(|stem| stem == "input"),
        _ => true,
    };
    let name = |file: &Path| file.strip_prefix(&directory).unwrap().display().to_string();
    let files = files.into_iter().filter(is_input);
    files.filter_map(|file| Some((name(&file), fs::read_to_string(&file).ok()?))).collect()
}

const STRATEGIES: [&str; 3] = ["Tekton", "Kueueleuleu", "InitContainers"];

fn config(strategy: &str) -> Config {
    let spec = match strategy {
        "Kueueleuleu" => "entrypoint: {kind: Kueueleuleu, image: registry.example.com/kueueleuleu:v1}",
        "InitContainers" => "strategy: InitContainers",
        _ => "strategy: Entrypoint",
    };
    let text =
        format!("apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec: {{{spec}}}\n");
    Config::from_yaml(&text).unwrap()
}

/// What a revert restored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Reverted {
    /// The bytes of the original.
    Exactly,
    /// The values, but a flow list that got a comment or a mapping stays a block list, and the brackets of an empty list
    /// are beside its key. docs/edit-and-undo.md lists these.
    WithOtherLayout,
    /// The values, but aliases stay written out.
    WithAliasesWrittenOut,
    /// The values, but for a key whose value was null.
    WithoutNulls,
    /// Something else.
    Otherwise,
}

/// A conversion and its revert.
struct Done {
    source: Source,
    name: String,
    style: &'static str,
    strategy: &'static str,
    input: String,
    output: String,
    reverted: Reverted,
}

/// Converts and reverts a text. Returns `None` if nothing changes, or if the text has errors.
fn convert(
    source: Source,
    name: &str,
    (style, input): (&'static str, String),
    strategy: &'static str,
) -> Option<Done> {
    let config = config(strategy);
    let what = format!("{name}, {style}, {strategy}");
    let converted = Converter::new(config.clone()).documents(&input).ok()?;
    if !converted.is_changed() || converted.has_errors() {
        return None;
    }
    let output = converted.text();
    let again = Converter::new(config.clone()).documents(&output).unwrap().text();
    assert!(again == output, "{what}: running again changes it");
    let revert =
        |text: &str| Converter::new(config.clone().with_revert(true)).documents(text).unwrap().text();
    let back = revert(&output);
    let copies = converted.diagnostics.iter().any(|diagnostic| diagnostic.rule == Rule::AliasWrittenOut);
    let reverted = if back == input {
        Reverted::Exactly
    } else if copies {
        Reverted::WithAliasesWrittenOut
    } else if without_layout(&back) == without_layout(&input) {
        Reverted::WithOtherLayout
    } else if without_nulls(&back) == without_nulls(&input) {
        Reverted::WithoutNulls
    } else {
        Reverted::Otherwise
    };
    // A file that was already converted is not an original.
    if input.contains("/tekton/bin")
        || input.contains("/kueueleuleu/bin")
        || input.contains("kueueleuleu.dev/")
        || input.contains("norbjd.github.io")
    {
        return None;
    }
    if source != Source::Golden {
        agrees(&what, &input, &output, &config);
    }
    Some(Done { source, name: name.to_owned(), style, strategy, input, output, reverted })
}

/// Compares the output, as `serde_yaml` reads it, with the conversion of the input's values.
fn agrees(what: &str, input: &str, output: &str, config: &Config) {
    let (Some(old), Some(new)) = (styles::read(input), styles::read(output)) else { return };
    for (old, new) in old.iter().zip(new) {
        let Ok(expected) = convert_json(old, config) else { continue };
        assert_eq!(reader::without_empties(&new), reader::without_empties(&expected.object), "{what}");
    }
}

/// The text without the layout of its lists.
fn without_layout(text: &str) -> String {
    let bare = |line: &str| {
        let mut line = line.trim();
        while let Some(rest) = line.strip_prefix("- ") {
            line = rest.trim_start();
        }
        line.chars().filter(|c| !c.is_whitespace() && !"[]{},".contains(*c)).collect::<String>()
    };
    text.lines().map(bare).collect()
}

/// The lines of a text, except keys whose value is null.
fn without_nulls(text: &str) -> Vec<&str> {
    let is_null = |line: &&str| {
        let line = line.trim();
        line.ends_with(':') || line.ends_with("null") || line.ends_with('~') || line.ends_with("null,")
    };
    text.lines().filter(|line| !is_null(line)).collect()
}

fn all() -> Vec<Done> {
    let mut done = Vec::new();
    for source in [Source::Examples, Source::Own, Source::Golden, Source::Collection] {
        for (name, text) in manifests(source) {
            let text = if source == Source::Collection { as_jobs(&text) } else { text };
            let mut styles = styles::of(&text);
            if matches!(source, Source::Golden | Source::Collection) {
                styles.truncate(1);
            }
            for style in styles {
                for strategy in STRATEGIES {
                    done.extend(convert(source, &name, style.clone(), strategy));
                }
            }
        }
    }
    done
}

#[test]
fn every_style_is_converted_and_reverted() {
    let done = all();
    let mut shares: BTreeMap<(Source, &str, &str), BTreeMap<Reverted, usize>> = BTreeMap::new();
    let mut otherwise = Vec::new();
    for one in &done {
        *shares.entry((one.source, one.style, one.strategy)).or_default().entry(one.reverted).or_default() +=
            1;
        if one.reverted == Reverted::Otherwise {
            otherwise.push(format!("{}, {}, {}", one.name, one.style, one.strategy));
        }
    }
    for ((source, style, strategy), kinds) in &shares {
        let all: usize = kinds.values().sum();
        let count = |kind| kinds.get(&kind).copied().unwrap_or(0);
        let exactly = count(Reverted::Exactly);
        let _ = writeln!(
            std::io::stderr(),
            "{source:?}, {style}, {strategy}: {exactly} of {all} come back byte for byte; {kinds:?}"
        );
        let what = format!("{source:?}, {style}, {strategy}: {kinds:?}\n{}", otherwise.join("\n"));
        match source {
            Source::Examples => assert_eq!(exactly, all, "{what}"),
            Source::Own | Source::Collection => {
                assert!(exactly * 100 >= all * 95, "{what}");
                assert_eq!(count(Reverted::Otherwise), 0, "{what}");
            }
            // Many of these are about exceptions.
            Source::Golden => {}
        }
    }
    assert!(done.len() > 1000, "{} conversions", done.len());
    kubectl_agrees(&done);
}

/// Compares each output, as kubectl reads it, with the conversion of the input's values.
fn kubectl_agrees(done: &[Done]) {
    let Some(kubectl) = reader::Kubectl::find() else { return };
    for strategy in STRATEGIES {
        let cases = done.iter().filter(|one| one.strategy == strategy && one.source != Source::Golden);
        let case = |one: &Done| reader::Case {
            name: format!("{}, {}, {}", one.name, one.style, one.strategy),
            input: one.input.clone(),
            output: one.output.clone(),
        };
        let cases: Vec<_> = cases.map(case).collect();
        let config = config(strategy);
        let outcome = reader::compare(&kubectl, &cases, |_, json| {
            let document = |document| {
                let value: serde_json::Value = serde_yaml::from_str(document).ok()?;
                let object = convert_json(&value, &config).ok()?.object;
                Some(format!("# JSON\n{object:#}\n---\n"))
            };
            json.split("---\n").map(document).collect::<Option<String>>()
        });
        assert!(outcome.wrong.is_empty(), "{}: {}", outcome.wrong.len(), outcome.wrong[0]);
        assert!(outcome.unread.len() * 20 < cases.len(), "kubectl cannot read {:?}", outcome.unread);
    }
}

/// The inserted lines, and the number of inserted and deleted lines.
fn changes<'t>(old: &'t str, new: &'t str) -> (Vec<&'t str>, usize) {
    let [old, new] = [old, new].map(|text| text.lines().collect::<Vec<_>>());
    let (mut inserted, mut count) = (Vec::new(), 0);
    for op in similar::capture_diff_slices(Algorithm::Myers, &old, &new) {
        if !matches!(op, DiffOp::Equal { .. }) {
            count += op.old_range().len() + op.new_range().len();
            inserted.extend_from_slice(&new[op.new_range()]);
        }
    }
    (inserted, count)
}

/// The book says how many lines of a Job change.
#[test]
fn diffs_are_short() {
    let (mut longest, mut lines, mut steps) = (0, 0, 0);
    let mut two_steps = None;
    for source in [Source::Examples, Source::Own] {
        for (name, text) in manifests(source) {
            let is_block = !name.starts_with("json") && !name.starts_with("kyaml");
            let Some(done) = convert(source, &name, ("as it is", text), "Kueueleuleu") else { continue };
            let Some(values) = styles::read(&done.input).filter(|_| is_block) else { continue };
            let (inserted, count) = changes(&done.input, &done.output);
            let width = |line: &str| line.chars().count();
            let widest = done.input.lines().map(width).max().unwrap_or(0);
            for line in inserted {
                assert!(width(line) <= widest.max(120), "{name}: {line}");
                longest = longest.max(width(line));
            }
            lines += count;
            steps += containers(&values);
            two_steps = two_steps.or((name == "hand-two-steps.yaml").then_some(count));
        }
    }
    let two_steps = two_steps.unwrap();
    let sentence = format!("A Job of two steps changes in {two_steps} lines");
    let _ = writeln!(
        std::io::stderr(),
        "{sentence}; {lines} lines for {steps} steps; the longest inserted line has {longest} columns"
    );
    assert!(two_steps <= 42, "{two_steps}");
    assert!(
        include_str!("../docs/entrypoint.md").contains(&sentence),
        "docs/entrypoint.md lacks: {sentence}"
    );
}

/// How many containers become steps.
fn containers(values: &[serde_json::Value]) -> usize {
    let count = |value: &serde_json::Value| {
        [
            "/spec/containers",
            "/spec/template/spec/containers",
            "/spec/jobTemplate/spec/template/spec/containers",
        ]
        .iter()
        .filter_map(|route| value.pointer(route)?.as_array())
        .map(Vec::len)
        .sum::<usize>()
    };
    values.iter().map(count).sum()
}
