//! Reads the texts under a directory.

use std::path::Path;

/// Adds the names and the texts of all wanted files under a directory, in order.
pub(crate) fn files(directory: &Path, is_wanted: fn(&Path) -> bool, texts: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, is_wanted, texts);
        } else if is_wanted(&path)
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            texts.push((path.display().to_string(), text));
        }
    }
}
