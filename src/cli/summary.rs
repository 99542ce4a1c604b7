//! The summary of a run in one line: `3 files changed, 12 unchanged, 1 skipped (template)`.

use std::fmt;

/// The number of files for each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub changed: usize,
    pub unchanged: usize,
    /// Templates.
    pub skipped: usize,
    /// Whether the files were only checked.
    pub would: bool,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = if self.changed == 1 { "file" } else { "files" };
        let changed = if self.would { "would change" } else { "changed" };
        write!(f, "{} {files} {changed}, {} unchanged", self.changed, self.unchanged)?;
        match self.skipped {
            0 => Ok(()),
            1 => write!(f, ", 1 skipped (template)"),
            skipped => write!(f, ", {skipped} skipped (templates)"),
        }
    }
}
