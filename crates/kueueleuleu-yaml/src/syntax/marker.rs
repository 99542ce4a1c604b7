//! Recognizes document markers: the lines `---` and `...`.

/// A document marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// `---`, followed by nothing or a comment.
    Start,
    /// `...`, followed by nothing or a comment.
    End,
    /// A marker that is followed by something else, such as `--- a`.
    Odd,
}

/// The marker at the start of the line at `at`.
pub(super) fn marker(bytes: &[u8], at: usize) -> Option<Marker> {
    let rest = bytes.get(at..)?;
    let marker = match rest.get(..3)? {
        b"---" => Marker::Start,
        b"..." => Marker::End,
        _ => return None,
    };
    let rest = &rest[3..];
    let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
    match rest.get(blanks) {
        None | Some(b'\n' | b'\r') => Some(marker),
        Some(b'#') if blanks > 0 => Some(marker),
        Some(b'\t') => Some(Marker::Odd),
        Some(_) => (blanks > 0).then_some(Marker::Odd),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_alone_or_has_a_blank_after_it() {
        for (text, found) in [("---", Marker::Start), ("...", Marker::End)] {
            for after in ["", "\n", "\r\n", "  \n", " # comment", "  "] {
                assert_eq!(marker(format!("a\n{text}{after}").as_bytes(), 2), Some(found), "{after:?}");
            }
            for after in [" a", "\ta", "\t# comment", "  - a"] {
                assert_eq!(marker(format!("{text}{after}").as_bytes(), 0), Some(Marker::Odd), "{after:?}");
            }
            for after in ["a", "#", "-", ":\n"] {
                assert_eq!(marker(format!("{text}{after}").as_bytes(), 0), None, "{after:?}");
            }
        }
        assert_eq!(marker(b"--", 0), None);
        assert_eq!(marker(b"---", 4), None);
    }
}
