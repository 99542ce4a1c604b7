//! Limits the size of a text, because spans have 32 bits.

use crate::diagnostic::{Error, Rule};

/// The size limit of a text in bytes.
const MAX_TEXT: usize = 1 << 30;

/// Rejects a text that is longer than [`MAX_TEXT`].
pub(crate) fn refuse_huge(text: &str) -> Result<(), Error> {
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    let error = Error::new(
        Rule::TooLarge,
        format!("the input has {} bytes; more than 1 GiB is not read", text.len()),
    );
    Err(error.help("split it"))
}
