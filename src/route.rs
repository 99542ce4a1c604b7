//! Represents the path from the root of an object to a field: `spec.template.spec.containers[1]`.
//!
//! Knows keys and indexes; not what a key means.

use std::borrow::Cow;
use std::fmt;

/// One step of a [`Route`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a mapping.
    Key(Cow<'static, str>),
    /// An index into a sequence, from 0.
    Index(usize),
}

/// The path from the root of an object to one of its fields. Prints as Kubernetes prints field paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route(Vec<Segment>);

impl Route {
    /// The object itself.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The route along these keys.
    pub fn of(keys: &[&'static str]) -> Self {
        Self(keys.iter().map(|key| Segment::Key(Cow::Borrowed(key))).collect())
    }

    /// This route, extended by `key`.
    #[must_use]
    pub fn key(&self, key: impl Into<Cow<'static, str>>) -> Self {
        self.join(Segment::Key(key.into()))
    }

    /// This route, extended by the item `index`.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.join(Segment::Index(index))
    }

    /// This route, extended by `segment`.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments)
    }

    /// Whether this route equals `other`, or continues it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The segments, outermost first.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl FromIterator<Segment> for Route {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if key.contains(['.', '/']) => write!(f, "[{key}]")?,
                Segment::Key(key) if at == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_kubernetes_prints_field_paths() {
        let containers = Route::of(&["spec", "template", "spec", "containers"]);
        assert_eq!(
            containers.index(1).key("command").to_string(),
            "spec.template.spec.containers[1].command"
        );
        let annotation = Route::of(&["metadata", "annotations"]).key("example.com/a");
        assert_eq!(annotation.to_string(), "metadata.annotations[example.com/a]");
    }
}
