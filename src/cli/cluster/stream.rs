//! Splits a stream of JSON values into the texts of the values, and reads the objects in them.
//!
//! ```text
//! {"a": "}"}\n[1]    ->    {"a": "}"}  and  [1]
//! ```
//!
//! The splitting knows only strings and brackets. The parser finds errors in a value.

use crate::cli::input::Source;
use kueueleuleu::internals::status::{self, KubectlObject, ReadError};
use kueueleuleu::{Error, Rule};

/// Collects bytes until a value is complete.
#[derive(Debug, Default)]
pub(super) struct Values {
    bytes: Vec<u8>,
    depth: usize,
    is_string: bool,
    is_escaped: bool,
}

impl Values {
    /// Adds a piece of the stream, and returns the values that end in it. Each value is an object or an array.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<String> {
        let mut values = Vec::new();
        for &byte in piece {
            if self.depth == 0 && !matches!(byte, b'{' | b'[') {
                continue;
            }
            self.bytes.push(byte);
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.is_string => self.is_escaped = true,
                b'"' => self.is_string = !self.is_string,
                b'{' | b'[' if !self.is_string => self.depth += 1,
                b'}' | b']' if !self.is_string => self.depth -= 1,
                _ => {}
            }
            if self.depth == 0 {
                values.push(String::from_utf8_lossy(&std::mem::take(&mut self.bytes)).into_owned());
            }
        }
        values
    }
}

/// Reads the JSON values that `kubectl` wrote. A malformed one is never the user's fault, so it ends the run.
pub(crate) fn read_objects(
    source: &Source,
    mut each: impl FnMut(&KubectlObject<'_>) -> Result<(), ReadError>,
) -> Result<(), Error> {
    let mut values = Values::default().push(source.text.as_bytes()).into_iter();
    values.try_for_each(|value| status::objects(&value, &mut each)).map_err(|problem| {
        let problem = match problem {
            ReadError::Text(error) => error.to_string(),
            ReadError::Fields(problems) => {
                problems.first().map(|problem| problem.message.clone()).unwrap_or_default()
            }
        };
        Error::new(Rule::Cluster, format!("`{}` wrote output that cannot be parsed: {problem}", source.name))
    })
}

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn values_are_split_wherever_the_pieces_end() {
        let texts = [r#"{"a": "}\"]\\", "b": [{}]}"#, "[]", "{\n \"ü\": {\"{\": 1}\n}"];
        let stream = texts.join("\n");
        for size in 1..stream.len() {
            let mut values = Values::default();
            let cut: Vec<_> = stream.as_bytes().chunks(size).flat_map(|piece| values.push(piece)).collect();
            assert_eq!(cut, texts, "{size}");
        }
    }
}
