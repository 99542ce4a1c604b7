//! Writes and reads posts: the files `out` or `out.err`, `exitCode` and `started` that tell other steps how a step
//! ended.
//!
//! This module knows the names, contents and order of these files, but not why a step ended. Tekton's binary also
//! creates the directories `results` and `artifacts`, which we do not need.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use kueueleuleu_protocol::{ERR_SUFFIX, EXIT_CODE, OVERDUE, POST_HEADER, STARTED, STARTUP};

use crate::args::Author;
use crate::files::{beside, parent, remove, with_suffix, write};
use crate::outcome::{StepOutcome, Verdict};

/// The longest post that is read.
const LONGEST: u64 = 256;

/// The files of one step. Without a post file, no step waits for it, and nothing is written.
pub(crate) struct Post {
    out: Option<PathBuf>,
    exit_code: Option<PathBuf>,
}

impl Post {
    /// The files in these directories, which are created later.
    pub(crate) fn new(out: Option<&Path>, step_metadata_dir: Option<&Path>) -> Self {
        Self {
            out: out.map(Path::to_path_buf),
            exit_code: step_metadata_dir.map(|directory| directory.join(EXIT_CODE)),
        }
    }

    /// Whether the step already succeeded before the container was restarted, which means that only its exit code was
    /// lost. A file of that name that a command wrote does not count.
    pub(crate) fn done(&self) -> bool {
        self.out
            .as_ref()
            .is_some_and(|out| matches!(read(out, Author::Supervisor), Ok(Some(Posted::Succeeded))))
    }

    /// Creates the directories, and removes the files of the container's previous run.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        for file in [&self.out, &self.exit_code].into_iter().flatten() {
            fs::create_dir_all(parent(file))?;
        }
        let err = self.out.as_ref().map(|out| with_suffix(out, ERR_SUFFIX));
        let beside = |name| self.out.as_ref().map(|out| out.with_file_name(name));
        let [started, startup, overdue] = [STARTED, STARTUP, OVERDUE].map(beside);
        let left = [started, startup, overdue, self.out.clone(), err, self.exit_code.clone()];
        left.iter().flatten().try_for_each(|file| remove(file))
    }

    /// Writes the file for probes, just before the command is started. Errors are ignored: the command is more
    /// important than its probes.
    pub(crate) fn start(&self) {
        if let Some(out) = &self.out {
            let started = out.with_file_name(STARTED);
            // On a full disk, there is still space for a new name, but not for bytes.
            let _ =
                write(&started, std::process::id().to_string().as_bytes()).or_else(|_| write(&started, b""));
        }
    }

    /// Posts the outcome for the next steps. An `exitCode` that does not fit on the disk is not an error, because no
    /// step waits for it.
    pub(crate) fn notify(&self, outcome: StepOutcome) -> io::Result<()> {
        let StepOutcome { code, verdict } = outcome;
        if let (Verdict::Go(real), Some(exit_code)) = (verdict, &self.exit_code) {
            let _ = write(exit_code, real.to_string().as_bytes());
        }
        let Some(out) = &self.out else { return Ok(()) };
        let contents = format!("{POST_HEADER}\n{code}\n");
        let file = match verdict {
            Verdict::Go(_) => out.clone(),
            Verdict::Stop => with_suffix(out, ERR_SUFFIX),
        };
        // On a full disk, there is still space for a new name, and the target of a short link is stored with the name.
        write(&file, contents.as_bytes()).or_else(|_| link(&file, contents.trim_end()))
    }
}

/// Writes a post as the target of a dangling symbolic link.
fn link(file: &Path, contents: &str) -> io::Result<()> {
    let new = beside(file);
    remove(&new)?;
    let linked = symlink(contents, &new).and_then(|()| fs::rename(&new, file));
    if linked.is_err() {
        let _ = fs::remove_file(&new);
    }
    linked
}

/// The post of another step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Posted {
    /// The step succeeded.
    Succeeded,
    /// The step failed, with the exit code of its container if the post contains it.
    Failed(Option<u8>),
}

/// Reads the post at `out`. If both files exist, the success counts.
///
/// An error is permanent, such as a directory that this user may not read.
pub(crate) fn read(out: &Path, author: Author) -> io::Result<Option<Posted>> {
    if contents(out, author)?.is_some() {
        return Ok(Some(Posted::Succeeded));
    }
    let failure = contents(&with_suffix(out, ERR_SUFFIX), author)?;
    Ok(failure.map(|contents| Posted::Failed(code(&contents))))
}

/// The contents of a post, or `None` if the file is not a post of this author.
fn contents(file: &Path, author: Author) -> io::Result<Option<String>> {
    // Usually the file does not exist, and `stat` is the cheapest way to find out.
    let found = match (fs::symlink_metadata(file), author) {
        (Ok(found), _) => found,
        (Err(error), _)
            if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) =>
        {
            return Ok(None);
        }
        (Err(error), _) => return Err(error),
    };
    let text = if found.is_symlink() {
        fs::read_link(file).map(|target| target.to_string_lossy().into_owned())
    } else if found.is_file() {
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits()).unwrap_or_default();
        let opened = fs::OpenOptions::new().read(true).custom_flags(flags).open(file);
        let mut text = String::new();
        opened.and_then(|open| open.take(LONGEST).read_to_string(&mut text)).map(|_| text)
    } else {
        Ok(String::new())
    };
    let text = text.unwrap_or_default();
    let is_ours = text.lines().next() == Some(POST_HEADER);
    // For `Author::Anybody`, the file only has to exist, and `exists` follows links.
    Ok((is_ours || author == Author::Anybody && file.exists()).then_some(text))
}

/// The exit code in a post: its second line.
fn code(contents: &str) -> Option<u8> {
    contents.strip_prefix(POST_HEADER)?.lines().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Author, Posted, read};
    use rustix::fs::{CWD, Mode, mkfifoat};
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn seen(make: impl Fn(&Path), author: Author) -> Option<Posted> {
        let directory = tempfile::TempDir::new().expect("a directory");
        make(directory.path());
        read(&directory.path().join("out"), author).expect("a look")
    }

    fn write(name: &'static str, contents: &'static str) -> impl Fn(&Path) {
        move |directory| fs::write(directory.join(name), contents).expect("a file")
    }

    #[test]
    fn only_a_supervisors_post_counts() {
        let ours = |make: &dyn Fn(&Path)| seen(make, Author::Supervisor);
        assert_eq!(ours(&|_| {}), None);
        assert_eq!(ours(&write("out", "kueueleuleu\n0\n")), Some(Posted::Succeeded));
        assert_eq!(ours(&write("out.err", "kueueleuleu\n7\n")), Some(Posted::Failed(Some(7))));
        assert_eq!(ours(&write("out.err", "kueueleuleu\n")), Some(Posted::Failed(None)));
        assert_eq!(
            ours(&|at| symlink("kueueleuleu\n0", at.join("out")).expect("a link")),
            Some(Posted::Succeeded)
        );
        // By accident.
        for accident in [write("out", ""), write("out", "kueueleuleu2\n"), write("out.err", "error: 7\n")] {
            assert_eq!(ours(&accident), None);
        }
        assert_eq!(ours(&|at| fs::create_dir(at.join("out")).expect("a directory")), None);
        assert_eq!(ours(&|at| symlink("/etc/passwd", at.join("out")).expect("a link")), None);
        let fifo = |at: &Path| mkfifoat(CWD, at.join("out"), Mode::RUSR).expect("a FIFO");
        assert_eq!(ours(&fifo), None);
    }

    #[test]
    fn a_post_that_cannot_be_read_is_an_error_and_a_missing_one_is_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let [looped, file] = ["loop", "file"].map(|name| directory.path().join(name));
        symlink(&looped, &looped).expect("a link");
        fs::write(&file, "").expect("a file");
        for author in [Author::Supervisor, Author::Anybody] {
            assert!(read(&looped.join("out"), author).is_err());
            for missing in [directory.path().join("missing"), file.clone()] {
                assert_eq!(read(&missing.join("out"), author).expect("no post"), None);
            }
        }
    }

    #[test]
    fn a_file_of_anybody_counts_by_its_presence() {
        let any = |make: &dyn Fn(&Path)| seen(make, Author::Anybody);
        for present in [write("out", ""), write("out", "built"), write("out", "kueueleuleu\n0\n")] {
            assert_eq!(any(&present), Some(Posted::Succeeded));
        }
        assert_eq!(
            any(&|at| symlink("/etc/passwd", at.join("out")).expect("a link")),
            Some(Posted::Succeeded)
        );
        assert_eq!(any(&|at| symlink("/nonexistent", at.join("out")).expect("a link")), None);
        assert_eq!(
            any(&|at| symlink("kueueleuleu\n0", at.join("out")).expect("a link")),
            Some(Posted::Succeeded)
        );
        assert_eq!(any(&write("out.err", "")), Some(Posted::Failed(None)));
        assert_eq!(any(&write("out.err", "kueueleuleu\n9\n")), Some(Posted::Failed(Some(9))));
    }
}
