//! Round trips of real manifests: this project's examples, and a collection beside the repository, where it is there.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests read files, say what they skip, and fail in their helpers"
)]

use kueueleuleu::Converter;
use kueueleuleu::config::{Config, Entrypoint, Probes, Strategy};
use serde::Deserialize as _;
use similar::{Algorithm, DiffOp};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const NOTHING: &str = "\
apiVersion: kueueleuleu.dev/v1alpha1
kind: SequentialContainers
spec: {selectors: [{name: no-such-thing}]}
";

/// All texts in the examples and in the collection. Not every file need be UTF-8.
fn texts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("examples"), &mut files);
    assert!(!files.is_empty(), "no example found");
    let corpus = root.parent().unwrap().join("shared/corpus");
    if corpus.is_dir() {
        collect(&corpus, &mut files);
    } else {
        // Not by `eprintln!`, which is shown for failed tests only.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is not there", corpus.display());
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
fn a_file_in_which_nothing_is_selected_comes_back_byte_for_byte() {
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
fn a_converted_file_is_the_old_one_with_new_lines() {
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
    eprintln!("{count} texts converted, {refusals} things refused");
    assert!(count > 0, "not even the examples were converted");
}

/// Real pods are most often those of Deployments, whose templates are where a Job has its, and of one container.
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
    // Where a rewrite is taken off, and where probes are, lines go on purpose; what follows is asked all the same.
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
    // Without a chosen entrypoint and image those of an earlier run stay, and a revert forgets them.
    let again = match documents(old).ok().and_then(|documents| documents.iter().find_map(prepare_image)) {
        Some(image) if old.contains("/kueueleuleu/bin/entrypoint") => {
            run(&reverted, config.clone().with_entrypoint(Entrypoint::kueueleuleu(image)))
        }
        Some(image) => run(&reverted, config.clone().with_entrypoint_image(image)),
        None => run(&reverted, config.clone()),
    };
    // In a converted file others may have sorted the keys, as kpt does: where ours stood is lost with them.
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

/// A line that is neither there any more, nor has moved as a whole, nor was a `command` or `args` or in flow style, nor
/// an alias of mounts: mounts are added to each step alone, so there it is written out.
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
