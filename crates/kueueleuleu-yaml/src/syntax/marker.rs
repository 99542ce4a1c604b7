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
