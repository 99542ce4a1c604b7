//! Writes the help for an unknown name.

/// "did you mean", if a name in `accepted` is similar, and the accepted names.
pub(super) fn suggest(found: &str, accepted: &[&str]) -> String {
    match nearest(found, accepted) {
        Some(name) => format!("did you mean `{name}`? accepted: {}", list(accepted)),
        None => format!("accepted: {}", list(accepted)),
    }
}

/// Names in backquotes, separated by commas.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The accepted name that differs least, ignoring case; `None` if none is similar enough.
pub(super) fn nearest<'a>(found: &str, accepted: &[&'a str]) -> Option<&'a str> {
    let found = found.to_lowercase();
    let distances = accepted.iter().map(|name| (strsim::osa_distance(&found, &name.to_lowercase()), *name));
    distances
        .filter(|(distance, name)| *distance <= name.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
