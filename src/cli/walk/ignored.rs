//! Decides which paths `.gitignore`, `.kueueleuleuignore` and git's own excludes ignore.
//!
//! The order of precedence is that of [`SOURCES`], then the nearest directory, then the last line of a file.

use super::excludes_file;
use gix_ignore::glob::pattern::Case;
use gix_ignore::glob::{Pattern, wildmatch::Mode};
use std::path::{Component, Path, PathBuf};
use std::{env, fs};

/// The entries of a directory that bring patterns: two files, and `.git` with its file `info/exclude`.
const SOURCES: [&str; 3] = [".kueueleuleuignore", ".gitignore", GIT];
const GIT: &str = ".git";
const LISTS: usize = SOURCES.len() + 1;

/// Patterns in the syntax of `.gitignore`.
#[derive(Debug, Default)]
pub(super) struct Patterns(Vec<Pattern>);

impl Patterns {
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(gix_ignore::parse(text, false).map(|(pattern, ..)| pattern).collect())
    }

    /// The patterns of a file; none if the file does not exist or, as in git, cannot be read. A FIFO or a device may never
    /// end.
    fn read(file: Option<PathBuf>) -> Self {
        let file = file.filter(|file| fs::metadata(file).is_ok_and(|metadata| metadata.is_file()));
        file.and_then(|file| fs::read(file).ok()).map(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// Whether to ignore a path, according to the last pattern that matches it.
    pub(super) fn decide(&self, path: &[u8], is_directory: bool) -> Option<bool> {
        let name = path.iter().rposition(|&byte| byte == b'/').map(|slash| slash + 1);
        let (kind, mode) = (Some(is_directory), Mode::NO_MATCH_SLASH_LITERAL);
        let matching = self.0.iter().rev().find(|pattern| {
            pattern.matches_repo_relative_path(path.into(), name, kind, Case::Sensitive, mode)
        });
        matching.map(|pattern| !pattern.is_negative())
    }
}

/// The patterns of the current directory of a walk, and of the directories above it.
#[derive(Debug)]
pub(super) struct Ignored {
    /// The length of what precedes the paths of the walk, and what precedes them without links.
    root: usize,
    canonical: Vec<u8>,
    /// The patterns of each source and, last, of the user's excludes file. Each list has the length of the path that
    /// its patterns are relative to.
    lists: [Vec<(usize, Patterns)>; LISTS],
}

impl Ignored {
    /// The patterns of the directories above `root`.
    pub(super) fn above(root: &Path) -> Self {
        let canonical = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let lists = Default::default();
        let mut ignored = Self { root: within(root).len(), canonical: within(&canonical), lists };
        let working = env::current_dir().ok().filter(|working| canonical.starts_with(working));
        let relative_to = working.map_or(0, |working| within(&working).len());
        ignored.lists[SOURCES.len()].push((relative_to, Patterns::read(excludes_file::path())));
        let above: Vec<&Path> = canonical.ancestors().skip(1).collect();
        for directory in above.into_iter().rev() {
            ignored.add(directory, within(directory).len(), |_| true);
        }
        ignored
    }

    /// Adds the patterns of a directory. `has` tells whether it has an entry with this name. Returns the lengths of the
    /// lists before.
    pub(super) fn enter(&mut self, directory: &Path, has: impl Fn(&str) -> bool) -> [usize; LISTS] {
        let before = self.lists.each_ref().map(Vec::len);
        self.add(directory, self.canonical(&within(directory)).len(), has);
        before
    }

    /// Removes the patterns of the directory that was entered last.
    pub(super) fn leave(&mut self, before: [usize; LISTS]) {
        self.lists.iter_mut().zip(before).for_each(|(list, length)| list.truncate(length));
    }

    /// Whether to ignore a path, which is a [`text`], in the directory that was entered last.
    pub(super) fn contains(&self, path: &[u8], is_directory: bool) -> bool {
        let path = self.canonical(path);
        let mut nearest = self.lists.iter().flat_map(|list| list.iter().rev());
        let decision = nearest.find_map(|(length, patterns)| patterns.decide(&path[*length..], is_directory));
        decision.unwrap_or(false)
    }

    fn add(&mut self, directory: &Path, length: usize, has: impl Fn(&str) -> bool) {
        for (source, list) in SOURCES.into_iter().zip(&mut self.lists) {
            if has(source) {
                let file = if source == GIT { exclude(directory) } else { Some(directory.join(source)) };
                list.push((length, Patterns::read(file)));
            }
        }
    }

    fn canonical(&self, path: &[u8]) -> Vec<u8> {
        [&self.canonical, &path[self.root..]].concat()
    }
}

/// The excludes file of a repository.
fn exclude(directory: &Path) -> Option<PathBuf> {
    let mut git = directory.join(GIT);
    // In a worktree or a submodule, `.git` is a file with the path of the directory.
    if let Ok(link) = fs::read_to_string(&git) {
        git = directory.join(link.strip_prefix("gitdir: ")?.trim_end());
        if let Ok(common) = fs::read_to_string(git.join("commondir")) {
            git.push(common.trim_end());
        }
    }
    Some(git.join("info/exclude"))
}

/// A path as patterns see it: `./a//b` and `/a/b` are `a/b`.
pub(super) fn text(path: &Path) -> Vec<u8> {
    let mut text = within(path);
    text.pop();
    text
}

/// What precedes the paths in a directory: `a/b/` for `./a//b`, nothing for `.`.
fn within(directory: &Path) -> Vec<u8> {
    let mut text = Vec::with_capacity(directory.as_os_str().len() + 1);
    for part in directory.components() {
        if matches!(part, Component::Normal(_) | Component::ParentDir) {
            text.extend_from_slice(part.as_os_str().as_encoded_bytes());
            text.push(b'/');
        }
    }
    text
}
