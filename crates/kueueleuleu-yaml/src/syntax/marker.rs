//! The lines between documents: `---` and `...`.

/// What a line that is no content says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// `---`, and nothing or a comment behind it.
    Start,
    /// `...`, and nothing or a comment behind it.
    End,
    /// One of these with something else behind it.
    Odd,
}

/// The marker that the line at `at` begins with.
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
