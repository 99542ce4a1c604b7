//! Writes the policies as readable YAML: with comments, and with expressions in `|` blocks.
//!
//! Knows the fields of the admission API; not what the expressions mean.

use super::LABEL;
use super::condition::Condition;

/// A document under construction.
pub(super) struct PolicyDocument {
    text: String,
    /// The length of its longest expression, in characters.
    longest: usize,
}

impl PolicyDocument {
    /// Begins a document of the admission API, up to the first field of its `spec`.
    pub(super) fn new(version: &str, kind: &str, name: &str) -> Self {
        let text = format!(
            "---\napiVersion: admissionregistration.k8s.io/{version}\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n"
        );
        Self { text, longest: 0 }
    }

    /// Appends the document to a text. Returns the length of its longest expression, in characters.
    pub(super) fn write(self, out: &mut String) -> usize {
        out.push_str(&self.text);
        self.longest
    }

    pub(super) fn line(&mut self, indent: usize, text: &str) {
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub(super) fn comment(&mut self, indent: usize, text: &str) {
        self.line(indent, &format!("# {text}"));
    }

    /// Writes a field whose value is an expression of one or more lines.
    pub(super) fn block(&mut self, indent: usize, key: &str, text: &str) {
        self.longest = self.longest.max(text.chars().count());
        self.line(indent, &format!("{key}: |-"));
        let below = if key.starts_with("- ") { indent + 4 } else { indent + 2 };
        text.lines().for_each(|line| self.line(if line.is_empty() { 0 } else { below }, line));
    }

    /// Writes the requests to which the policy applies.
    pub(super) fn resources(&mut self, resource: &str, group: &str, operations: &[&str]) {
        self.line(2, "matchConstraints:");
        self.line(4, "resourceRules:");
        self.line(4, &format!("- apiGroups: [{}]", if group.is_empty() { "\"\"" } else { group }));
        self.line(6, "apiVersions: [v1]");
        self.line(6, &format!("operations: [{}]", operations.join(", ")));
        self.line(6, &format!("resources: [{resource}]"));
    }

    pub(super) fn match_conditions(&mut self, conditions: &[(&'static str, String)]) {
        self.line(2, "matchConditions:");
        for (name, expression) in conditions {
            self.line(2, &format!("- name: {name}"));
            self.block(4, "expression", expression);
        }
    }

    pub(super) fn variables(&mut self, variables: &[(&'static str, String)]) {
        self.line(2, "variables:");
        for (name, expression) in variables {
            self.line(2, &format!("- name: {name}"));
            self.block(4, "expression", expression);
        }
    }

    pub(super) fn validation(&mut self, rule: &Condition) {
        self.comment(2, rule.name);
        self.block(2, "- expression", &rule.holds);
        self.block(4, "messageExpression", &rule.message);
    }

    /// Writes selectors for our label.
    pub(super) fn selectors(&mut self, selectors: &[(&str, &str)]) {
        self.line(2, "matchResources:");
        for (selector, operator) in selectors {
            self.line(4, &format!("{selector}:"));
            self.line(6, "matchExpressions:");
            self.line(6, &format!("- {{key: {LABEL}, operator: {operator}, values: [\"true\"]}}"));
        }
    }
}
