//! Checks the documents: links resolve, generated pages and shown outputs are up to date, the changelog keeps its format,
//! and all files name the same version. `BLESS=1` writes the generated parts, and fails that run.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read and write files, and fail in their helpers"
)]

mod outputs;
mod words;

use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository, to which pages of the book link for files outside the book.
const REPOSITORY: &str = "https://github.com/kueueleuleu/kueueleuleu/";
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All Markdown files that people read.
fn pages() -> Vec<PathBuf> {
    fn collect(directory: &Path, depth: usize, pages: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && depth > 0 {
                collect(&path, depth - 1, pages);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    let mut pages = Vec::new();
    collect(root(), 0, &mut pages);
    for directory in ["docs", "examples", "crates"] {
        collect(&root().join(directory), 1, &mut pages);
    }
    pages.sort();
    assert!(pages.len() > 30, "{pages:?}");
    pages
}

/// The lines outside fenced blocks.
fn prose(text: &str) -> String {
    let mut is_fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced {
            prose += line;
            prose.push('\n');
        }
    }
    prose
}

/// The targets of inline links, `[text](target)`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let links = prose.match_indices("](").map(|(at, start)| {
        let rest = &prose[at + start.len()..];
        rest[..rest.find(')').expect("a link has an end")].to_owned()
    });
    links.collect()
}

/// The anchors of the headings, as GitHub and mdBook generate them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text)
        .lines()
        .filter_map(|line| Some(line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase()))
        .collect::<Vec<_>>();
    let anchor = |heading: &String| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.iter().map(anchor).collect()
}

#[test]
fn links_resolve() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let (target, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(target, anchor)| (target, Some(anchor)));
            let file = if let Some(path) = target.strip_prefix(REPOSITORY) {
                let path = path.strip_prefix("tree/main/").or_else(|| path.strip_prefix("blob/main/"));
                path.map(|path| root().join(path))
            } else if target.starts_with("https://") {
                None
            } else if target.is_empty() {
                Some(page.clone())
            } else {
                Some(page.parent().unwrap().join(target))
            };
            let Some(file) = file else { continue };
            let is_found = file.exists()
                && anchor.is_none_or(|anchor| anchors(&fs::read_to_string(&file).unwrap()).contains(anchor));
            // The book contains only the files in `docs`.
            let is_outside = page.starts_with(root().join("docs"))
                && !target.starts_with("https://")
                && target.contains("..");
            if !is_found || is_outside {
                broken.push(format!("{}: {link}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_book_has_every_page_once() {
    let listed = links(&read("docs/SUMMARY.md"));
    let mut pages: Vec<_> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.retain(|name| {
        Path::new(name).extension().is_some_and(|extension| extension == "md") && name != "SUMMARY.md"
    });
    pages.sort();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, pages);
}

/// Compares a page with its generated text.
fn is_generated(name: &str, text: &str) {
    let path = root().join(name);
    let is_same = fs::read_to_string(&path).is_ok_and(|present| present == text);
    if !is_same && std::env::var_os("BLESS").is_some() {
        fs::write(path, text).unwrap();
    }
    assert!(is_same, "{name} is out of date: BLESS=1 writes it");
}

#[test]
fn the_reference_matches_the_schema() {
    let schema: Value = serde_json::from_str(&read("docs/sequentialcontainers.schema.json")).unwrap();
    let mut text = format!(
        "# Reference\n\nGenerated from the [schema](sequentialcontainers.schema.json), which editors use. `kueueleuleu explain spec.steps` prints the \
         same in a terminal.\n\n## SequentialContainers\n\n{}\n",
        schema["description"].as_str().unwrap()
    );
    table(&mut text, &schema);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        write!(text, "\n## {name}\n\n{}\n", definition["description"].as_str().unwrap()).unwrap();
        if let Some(values) = definition["oneOf"].as_array() {
            text += "\n| value | |\n|---|---|\n";
            for value in values {
                writeln!(
                    text,
                    "| `{}` | {} |",
                    value["const"].as_str().unwrap(),
                    cell(value["description"].as_str().unwrap())
                )
                .unwrap();
            }
        } else {
            table(&mut text, definition);
        }
    }
    is_generated("docs/reference.md", &text);
}

/// Appends a table of the fields of an object.
fn table(text: &mut String, object: &Value) {
    *text += "\n| field | type | | example |\n|---|---|---|---|\n";
    let required: Vec<_> =
        object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, field) in object["properties"].as_object().unwrap() {
        let mark = if required.contains(&name.as_str()) { ", required" } else { "" };
        let example = &field["examples"][0];
        let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        let description = cell(field["description"].as_str().unwrap());
        writeln!(
            text,
            "| `{name}` | {}{mark} | {description} | `{}` |",
            kind(field),
            example.replace('|', "\\|")
        )
        .unwrap();
    }
}

/// The type of a field, with a link if the type has its own section.
fn kind(field: &Value) -> String {
    if let Some(name) = field["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/")) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(choice) = field["anyOf"].as_array() {
        return kind(&choice[0]);
    }
    let name = field["type"].as_str().or_else(|| field["type"][0].as_str()).unwrap_or("string or number");
    match name {
        "array" => format!("list of {}", kind(&field["items"])),
        "object" if field["additionalProperties"].is_object() => {
            format!("map of {}", kind(&field["additionalProperties"]))
        }
        name => name.to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn the_changelog_follows_keep_a_changelog() {
    let text = read("CHANGELOG.md");
    let mut versions = Vec::new();
    for heading in text.lines().filter_map(|line| line.strip_prefix("## ")) {
        let (version, date) =
            heading.split_once(" - ").map_or((heading, None), |(version, date)| (version, Some(date)));
        let version = version
            .strip_prefix('[')
            .and_then(|version| version.strip_suffix(']'))
            .expect("a version is a link");
        assert!(text.contains(&format!("\n[{version}]: https://")), "[{version}] has no link");
        let is_date = |date: &str| {
            date.len() == 10
                && date.split('-').map(str::len).eq([4, 2, 2])
                && date.replace('-', "").bytes().all(|byte| byte.is_ascii_digit())
        };
        assert_eq!(version != "Unreleased", date.is_some_and(is_date), "{heading}");
        versions.push(version.to_owned());
    }
    assert_eq!(versions.first().map(String::as_str), Some("Unreleased"));
    for section in text.lines().filter_map(|line| line.strip_prefix("### ")) {
        assert!(
            ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"].contains(&section),
            "{section}"
        );
    }
    let numbers =
        |version: &String| version.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u64>>();
    assert!(versions[1..].windows(2).all(|pair| numbers(&pair[0]) > numbers(&pair[1])), "{versions:?}");
}

/// In the output of `scripts/version`, and in every file that cannot run it.
#[test]
fn the_version_is_the_same_everywhere() {
    let script = std::process::Command::new(root().join("scripts/version")).output();
    if cfg!(unix) {
        assert_eq!(String::from_utf8(script.unwrap().stdout).unwrap().trim(), VERSION);
    }
    for (name, line) in [
        ("README.md", format!(" Rust {} ", env!("CARGO_PKG_RUST_VERSION"))),
        ("Cargo.toml", format!("\nkueueleuleu-protocol = {{ version = \"={VERSION}\"")),
        ("Cargo.toml", format!("\nkueueleuleu-yaml = {{ version = \"={VERSION}\"")),
        ("Dockerfile", format!("\nARG VERSION={VERSION}\n")),
        ("functions.yaml", format!("kueueleuleu:v{VERSION}\n")),
        ("packaging/helm-plugin/plugin.yaml", format!("\nversion: {VERSION}\n")),
        ("packaging/github-action/run", format!("\nversion={VERSION}\n")),
        ("examples/gitlab-ci/kueueleuleu.gitlab-ci.yml", format!("KUEUELEULEU_VERSION: {VERSION}\n")),
        ("examples/gitlab-ci/README.md", format!("kueueleuleu/v{VERSION}/")),
        ("examples/pre-commit/.pre-commit-config.yaml", format!("rev: v{VERSION}\n")),
        ("examples/github-actions/check.yml", format!("kueueleuleu@v{VERSION}\n")),
        ("examples/github-actions/README.md", format!("kueueleuleu@v{VERSION}\n")),
        ("docs/entrypoint.md", format!("kueueleuleu:{VERSION} .\n")),
    ] {
        assert!(read(name).contains(&line), "{name} has no {line:?}");
    }
}

/// The README repeats figures of the table that `scripts/measure.sh` writes.
#[test]
fn the_figures_of_the_readme_are_measured() {
    let (readme, speed) = (read("README.md"), read("docs/speed.md"));
    let row = speed.lines().find(|line| line.starts_with("| 10,000 pods")).expect("a row of 10,000 pods");
    let words: Vec<_> = readme.split_whitespace().collect();
    let figures: Vec<_> = words.windows(2).filter(|pair| pair[1] == "ms").map(|pair| pair[0]).collect();
    assert!(figures.len() > 1, "{figures:?}");
    for figure in figures {
        assert!(row.contains(&format!(" {figure} ms")), "README.md has {figure} ms, docs/speed.md has {row}");
    }
}

/// `SchemaStore` must serve the schema from its `$id`.
#[test]
fn the_schemastore_entry_names_the_schema() {
    let schema: Value = serde_json::from_str(&read("docs/sequentialcontainers.schema.json")).unwrap();
    let entry: Value = serde_json::from_str(&read("packaging/schemastore/catalog-entry.json")).unwrap();
    assert_eq!(entry["url"], schema["$id"]);
}
