//! Passes outputs of a command to later steps, as environment variables.
//!
//! A command writes `NAME=value`, or `NAME<<END` for several lines, to a file. The supervisor checks the file and
//! publishes the outputs in the directory of the step. A later step reads the directories of all steps that it waits
//! for, directly or indirectly; nothing is copied from step to step.
//!
//! ```text
//! VERSION=1.2
//! NOTES<<END
//! first line
//! second line
//! END
//! ```
//!
//! A step can write only to its own directory, so it can forge only its own outputs. Names that change how a later
//! command is found or loaded are rejected.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use kueueleuleu_protocol::output::{is_name, is_reserved};
use kueueleuleu_protocol::{LIVED, OUTPUT, OUTPUT_VARIABLE, POST_HEADER, PUBLISHED};

use crate::args::{Position, run_dir};
use crate::files;
use crate::log::say;
use crate::retry::number;

/// The largest size of the outputs of a step.
const LIMIT: usize = 64 * 1024;

/// Environment variables of a command.
pub(crate) type Variables = Vec<(OsString, OsString)>;

/// Removes the outputs that were published before the container was restarted.
pub(crate) fn clear(position: &Position) -> io::Result<()> {
    files::remove(&position.directory.join(PUBLISHED))
}

/// The outputs of one step.
#[derive(Debug)]
pub(crate) struct Outputs {
    names: Vec<String>,
    directory: PathBuf,
}

impl Outputs {
    /// The outputs with these names, in the directory of the step.
    pub(crate) fn new(names: Vec<String>, directory: &Path) -> Self {
        Self { names, directory: directory.to_path_buf() }
    }

    fn file(&self) -> PathBuf {
        self.directory.join(OUTPUT)
    }

    /// Empties the file before a try, and returns the environment variable with its path.
    pub(crate) fn offer(&self) -> io::Result<Variables> {
        if self.names.is_empty() {
            return Ok(Vec::new());
        }
        files::remove(&self.file())?;
        fs::File::create(self.file())?;
        Ok(vec![(OUTPUT_VARIABLE.into(), self.file().into())])
    }

    /// Publishes the outputs of the command, or returns what is wrong with them.
    pub(crate) fn publish(&self) -> Result<(), String> {
        if self.names.is_empty() {
            return Ok(());
        }
        let wrong = |error: io::Error| format!("`{}` cannot be read: {error}", self.file().display());
        let text = read(&self.file(), LIMIT + 1).map_err(wrong)?;
        if text.len() > LIMIT {
            return Err(format!("its outputs have more than {LIMIT} bytes"));
        }
        let found = parse(&text)?;
        let mut published = format!("{POST_HEADER}\n").into_bytes();
        for name in &self.names {
            let of_name = found.iter().rev().find(|(found, _)| found == name);
            let (_, value) = of_name.ok_or_else(|| format!("its output `{name}` is missing"))?;
            published.extend([name.as_bytes(), b"=", value, b"\0"].concat());
        }
        let file = self.directory.join(PUBLISHED);
        files::write(&file, &published)
            .map_err(|error| format!("`{}` cannot be written: {error}", file.display()))
    }
}

/// Parses the file of a command. If a name has several values, the last one counts.
fn parse(text: &[u8]) -> Result<Vec<(&str, Vec<u8>)>, String> {
    let mut found = Vec::new();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut lines = text.split(|&byte| byte == b'\n').zip(1..);
    while let Some((line, at)) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let malformed = || {
            let shown: String = String::from_utf8_lossy(line).chars().take(40).collect();
            format!(
                "line {at} of its outputs is neither `NAME=value` nor `NAME<<END`: `{}`",
                shown.escape_default()
            )
        };
        if text.contains(&0) {
            return Err("its outputs contain a NUL byte".to_owned());
        }
        let end = line.iter().position(|byte| b"=<".contains(byte)).ok_or_else(malformed)?;
        let name =
            std::str::from_utf8(&line[..end]).ok().filter(|name| is_name(name)).ok_or_else(malformed)?;
        let value = match (&line[end..], line[end..].strip_prefix(b"<<")) {
            ([b'=', value @ ..], _) => value.to_vec(),
            (_, Some(delimiter @ [_, ..])) => {
                let mut value: Vec<&[u8]> = Vec::new();
                loop {
                    let (line, _) = lines.next().ok_or_else(|| {
                        format!("the value of `{name}` in line {at} of its outputs has no end")
                    })?;
                    if line == delimiter {
                        break value.join(&b'\n');
                    }
                    value.push(line);
                }
            }
            _ => return Err(malformed()),
        };
        found.push((name, value));
    }
    Ok(found)
}

/// The outputs of all steps in `after`, and of the steps that these wait for. If several steps have an output of the
/// same name, the step with the highest index wins.
pub(crate) fn of_steps(root: &Path, after: &[usize]) -> Variables {
    let mut steps: Vec<usize> = Vec::new();
    let mut open = after.to_vec();
    while let Some(step) = open.pop() {
        if !steps.contains(&step) {
            steps.push(step);
            open.extend(awaited_by(&run_dir(root, step)));
        }
    }
    steps.sort_unstable();
    let mut all = Variables::new();
    for step in steps {
        for (name, value) in published(&run_dir(root, step).join(PUBLISHED)) {
            if is_name(&name) && !is_reserved(&name) {
                all.push((name.into(), OsString::from_vec(value)));
            } else {
                say(&format!("ignoring an output of step {step}: its name is not allowed"));
            }
        }
    }
    all
}

/// The steps that a step waits for. It writes them to [`LIVED`] itself.
fn awaited_by(directory: &Path) -> Vec<usize> {
    let text = read(&directory.join(LIVED), LIMIT).unwrap_or_default();
    let text = String::from_utf8(text).unwrap_or_default();
    text.trim_end().split(',').filter_map(number).collect()
}

fn published(file: &Path) -> Vec<(String, Vec<u8>)> {
    let text = read(file, 2 * LIMIT).unwrap_or_default();
    let Some(entries) = text.strip_prefix(POST_HEADER.as_bytes()).and_then(|rest| rest.strip_prefix(b"\n"))
    else {
        return Vec::new();
    };
    let entries = entries.split(|&byte| byte == 0).filter(|entry| !entry.is_empty());
    let pair = |entry: &[u8]| {
        let mut halves = entry.splitn(2, |&byte| byte == b'=');
        let name = String::from_utf8_lossy(halves.next()?).into_owned();
        Some((name, halves.next()?.to_vec()))
    };
    entries.filter_map(pair).collect()
}

/// Reads at most `most` bytes of a regular file.
fn read(file: &Path, most: usize) -> io::Result<Vec<u8>> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits()).unwrap_or_default();
    let open = fs::OpenOptions::new().read(true).custom_flags(flags).open(file)?;
    if !open.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = Vec::new();
    open.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, of_steps, parse, published, read};
    use crate::args::run_dir;
    use kueueleuleu_protocol::{LIVED, POST_HEADER, PUBLISHED};
    use rustix::fs::{CWD, Mode, mkfifoat};
    use std::fs;
    use std::os::unix::fs::symlink;

    /// A command can put either in the place of its outputs.
    #[test]
    fn links_and_pipes_are_not_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let [file, link, pipe] = ["file", "link", "pipe"].map(|name| directory.path().join(name));
        fs::write(&file, "A=1").expect("a file");
        symlink(&file, &link).expect("a link");
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).expect("a pipe");
        assert_eq!(read(&file, 2).expect("a file"), b"A=");
        assert!(read(&link, 2).is_err() && read(&pipe, 2).is_err());
    }

    /// The published form of outputs is longer than what the command wrote.
    #[test]
    fn outputs_of_the_greatest_length_are_found() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("outputs");
        let value = "x".repeat(LIMIT);
        fs::write(&file, format!("{POST_HEADER}\nA={value}\0B=1\0")).expect("a file");
        let found = published(&file);
        assert_eq!(found, [("A".to_owned(), value.into_bytes()), ("B".to_owned(), b"1".to_vec())]);
    }

    /// Step 3 waits for step 2, which waits for step 1. Nobody waits for step 0.
    #[test]
    fn a_step_gets_the_outputs_of_all_steps_before_it_and_of_no_other() {
        let root = tempfile::tempdir().expect("a directory");
        for (step, after) in ["", "", "1\n", "2\n"].into_iter().enumerate() {
            let directory = run_dir(root.path(), step);
            fs::create_dir_all(&directory).expect("a directory");
            fs::write(directory.join(LIVED), after).expect("a file");
            let outputs = format!("{POST_HEADER}\nSTEP{step}=x\0BOTH={step}\0");
            fs::write(directory.join(PUBLISHED), outputs).expect("a file");
        }
        let variables = |after: &[usize]| {
            let found = of_steps(root.path(), after).into_iter();
            found.map(|(name, value)| format!("{}={}", name.display(), value.display())).collect::<Vec<_>>()
        };
        assert_eq!(variables(&[2]), ["STEP1=x", "BOTH=1", "STEP2=x", "BOTH=2"]);
        assert_eq!(variables(&[0]), ["STEP0=x", "BOTH=0"]);
        assert_eq!(variables(&[]), [""; 0]);
    }

    fn values(text: &str) -> Result<Vec<(String, String)>, String> {
        let found = parse(text.as_bytes())?;
        let text = |value: Vec<u8>| String::from_utf8(value).expect("UTF-8");
        Ok(found.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect())
    }

    #[test]
    fn single_and_multi_line_values_are_parsed() {
        let cases: [(&str, &[(&str, &str)]); 8] = [
            ("", &[]),
            ("A=1\n", &[("A", "1")]),
            ("A=1\n\nB=x=y<<z", &[("A", "1"), ("B", "x=y<<z")]),
            ("A=\n", &[("A", "")]),
            ("A= ü \n", &[("A", " ü ")]),
            ("A<<END\none\n\nB=2\nEND\n", &[("A", "one\n\nB=2")]),
            ("A<<=\n=\nA=2\n", &[("A", ""), ("A", "2")]),
            ("A<<END\nEND\n", &[("A", "")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> =
                expected.iter().map(|&(name, value)| (name.into(), value.into())).collect();
            assert_eq!(values(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn errors_name_the_malformed_line() {
        let malformed = |at: usize, line: &str| {
            format!("line {at} of its outputs is neither `NAME=value` nor `NAME<<END`: `{line}`")
        };
        for (text, message) in [
            ("A=1\nhello\n", malformed(2, "hello")),
            ("=1", malformed(1, "=1")),
            ("1A=1", malformed(1, "1A=1")),
            ("A B=1", malformed(1, "A B=1")),
            ("A<<\nx", malformed(1, "A<<")),
            ("A<B=1", malformed(1, "A<B=1")),
            ("A=1\nB<<END\nx", "the value of `B` in line 2 of its outputs has no end".to_owned()),
            ("A=1\0", "its outputs contain a NUL byte".to_owned()),
        ] {
            assert_eq!(values(text), Err(message), "{text:?}");
        }
    }
}
