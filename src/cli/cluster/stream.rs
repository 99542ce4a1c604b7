//! Cuts a stream of JSON values, one after the other, into the texts of the values.
//!
//! Knows strings and brackets only: whether a value is right is seen when it is read.

/// Collects bytes until a value is complete.
#[derive(Debug, Default)]
pub(super) struct Values {
    bytes: Vec<u8>,
    depth: usize,
    is_string: bool,
    is_escaped: bool,
}

impl Values {
    /// Takes a piece of the stream, and returns the values that end in it. Each is an object or a list.
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

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn values_are_cut_wherever_the_pieces_end() {
        let texts = [r#"{"a": "}\"]\\", "b": [{}]}"#, "[]", "{\n \"ü\": {\"{\": 1}\n}"];
        let stream = texts.join("\n");
        for size in 1..stream.len() {
            let mut values = Values::default();
            let cut: Vec<_> = stream.as_bytes().chunks(size).flat_map(|piece| values.push(piece)).collect();
            assert_eq!(cut, texts, "{size}");
        }
    }
}
