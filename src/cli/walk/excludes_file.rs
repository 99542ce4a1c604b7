//! Finds the user's excludes file, as git does: `core.excludesFile`, or `~/.config/git/ignore`.

use std::path::PathBuf;
use std::{env, fs};

/// The path of the file. The file may not exist.
pub(super) fn path() -> Option<PathBuf> {
    let in_home = |name: &str| env::home_dir().map(|home| home.join(name));
    let config = variable("XDG_CONFIG_HOME").or_else(|| in_home(".config"));
    let files = [
        variable("GIT_CONFIG_GLOBAL"),
        in_home(".gitconfig"),
        config.as_ref().map(|config| config.join("git/config")),
        variable("GIT_CONFIG_SYSTEM").or_else(|| Some("/etc/gitconfig".into())),
    ];
    match files.into_iter().flatten().find_map(|file| setting(&fs::read_to_string(file).ok()?)) {
        Some(path) => path.strip_prefix("~/").map_or_else(|| Some(path.as_str().into()), in_home),
        None => config.map(|config| config.join("git/ignore")),
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The last value of `excludesFile`. No other section than `[core]` has this key.
fn setting(config: &str) -> Option<String> {
    config.lines().rev().filter_map(|line| line.split_once('=')).find_map(|(key, value)| {
        let value = value.trim().trim_matches('"').trim();
        (key.trim().eq_ignore_ascii_case("excludesFile") && !value.is_empty()).then(|| value.to_owned())
    })
}
