//! Help for a name that is not known.

/// "did you mean", and what is accepted, for a name that is not among `accepted`.
pub(super) fn suggest(found: &str, accepted: &[&str]) -> String {
    match nearest(found, accepted) {
        Some(name) => format!("did you mean `{name}`? accepted: {}", list(accepted)),
        None => format!("accepted: {}", list(accepted)),
    }
}

/// Names in a row.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The accepted name that differs least, whatever the case; none if that would be guessing.
pub(super) fn nearest<'a>(found: &str, accepted: &[&'a str]) -> Option<&'a str> {
    let found = found.to_lowercase();
    let distances = accepted.iter().map(|name| (strsim::osa_distance(&found, &name.to_lowercase()), *name));
    distances
        .filter(|(distance, name)| *distance <= name.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
