//! Words and lines: phrases to avoid do not come back, documents have at most 120 columns, and the paths that they name
//! exist. `codespell` checks single words, with `.ci/words.txt`.

use crate::{pages, read, root};
use std::fs;
use std::path::{Path, PathBuf};

const COLUMNS: usize = 120;

/// All files with sentences in them, except inputs and outputs of tests.
fn files() -> Vec<PathBuf> {
    fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("tests/golden") {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "md") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    for directory in ["benches", "crates", "docs", "examples", "fuzz", "src", "tests"] {
        collect(&root().join(directory), &mut files);
    }
    files.extend(
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root().join(name)),
    );
    assert!(files.len() > 300, "{}", files.len());
    files
}

/// The words of a text in lower case, with the line of each. A phrase may go on in the next line of a comment.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start().trim_start_matches(['/', '!', '#']);
        let parts = line.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        words.extend(parts.map(|word| (number + 1, word.to_lowercase())));
    }
    words
}

#[test]
fn phrases_to_avoid_do_not_come_back() {
    let list = read(".ci/phrases.txt");
    let phrases: Vec<_> = list
        .lines()
        .map(|line| line.split_once("->").expect("PHRASE->INSTEAD"))
        .map(|(phrase, instead)| (phrase.split(' ').collect::<Vec<_>>(), instead))
        .collect();
    let mut found = Vec::new();
    for file in files() {
        let words = words(&fs::read_to_string(&file).unwrap());
        for (phrase, instead) in &phrases {
            for window in words.windows(phrase.len()) {
                if window.iter().map(|(_, word)| word).eq(phrase) {
                    let (name, phrase) = (file.strip_prefix(root()).unwrap().display(), phrase.join(" "));
                    found.push(format!("{name}:{}: {phrase}: write {instead}", window[0].0));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Tables, fenced blocks and links have the width that they need.
#[test]
fn documents_have_at_most_120_columns() {
    let mut wide = Vec::new();
    // The reference is generated, with a line for each description.
    for page in pages().into_iter().filter(|page| !page.ends_with("docs/reference.md")) {
        let text = fs::read_to_string(&page).unwrap();
        let mut is_fenced = false;
        for (number, line) in text.lines().enumerate() {
            is_fenced ^= line.trim_start().starts_with("```");
            let is_free = is_fenced || line.starts_with('|') || line.contains("https://");
            if !is_free && line.chars().count() > COLUMNS {
                wide.push(format!("{}:{}", page.display(), number + 1));
            }
        }
    }
    assert!(wide.is_empty(), "more than {COLUMNS} columns: {wide:#?}");
}

/// Both name files so that readers find them.
#[test]
fn paths_in_the_documents_for_contributors_exist() {
    let (mut count, mut missing) = (0, Vec::new());
    for name in ["docs/architecture.md", "CONTRIBUTING.md"] {
        for path in read(name).split('`').skip(1).step_by(2) {
            let is_path = path.contains('/') && !path.contains([' ', '*', '{']);
            count += usize::from(is_path);
            // The tools of CI are not in the repository.
            if is_path && !path.starts_with("target/") && !root().join(path).exists() {
                missing.push(format!("{name}: {path}"));
            }
        }
    }
    assert!(count > 40, "{count}");
    assert!(missing.is_empty(), "{missing:#?}");
}
