//! The result of a run of a program.

use std::process::Output;

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { status: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Asserts all three at once.
    #[track_caller]
    #[allow(dead_code, reason = "`tests/pipelines` asserts less")]
    pub(crate) fn is(&self, status: i32, stdout: &str, stderr: &str) {
        let expected = Self { status: Some(status), stdout: stdout.to_owned(), stderr: stderr.to_owned() };
        assert_eq!(self, &expected, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
    }
}
