//! Decides which names outputs may have. An output is an environment variable that one step sets for another.

/// Whether a name is valid for a shell variable: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a variable affects which programs run, or is set by Kubernetes or the supervisor.
pub fn is_reserved(name: &str) -> bool {
    name == "PATH" || ["LD_", "KUBERNETES_", "KUEUELEULEU_"].iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::{is_name, is_reserved};

    #[test]
    fn names_are_valid_shell_variables() {
        assert!(is_name("_a1") && !is_name("") && !is_name("1a") && !is_name("a-b") && !is_name("ä"));
        assert!(is_reserved("LD_PRELOAD") && !is_reserved("LDFLAGS"));
    }
}
