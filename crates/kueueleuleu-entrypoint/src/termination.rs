//! Writes the termination message, in Tekton's JSON: when the step started, and why it ended.
//!
//! The message is informational, so its errors do not change the outcome of a step.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use kueueleuleu_protocol::{TRIES, calendar};
use rustix::fs::OFlags;

use crate::outcome::{Run, Verdict};

/// Tekton's `InternalTektonResultType`.
const INTERNAL: u8 = 3;

/// Replaces the content of `path` with the message. Tekton's binary appends instead: after some 35 restarts, the limit
/// of 4096 bytes is reached, and the step can never succeed.
///
/// The file is not replaced by a rename, because `path` may be the file that the kubelet mounts.
pub(crate) fn write(path: &Path, run: &Run, verdict: Verdict) -> io::Result<()> {
    // Non-blocking, so that a FIFO without a reader does not block the supervisor.
    let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o644).custom_flags(nonblock);
    options.open(path)?.write_all(message(run, verdict).as_bytes())
}

/// Writes the number of tries to the termination message of the container if there were several, unless the command
/// wrote a message.
pub(crate) fn write_tries(path: &Path, tries: u32) -> io::Result<()> {
    if tries < 2 {
        return Ok(());
    }
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits()).unwrap_or_default();
    let mut file = fs::OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    let found = file.metadata()?;
    if found.is_file() && found.len() == 0 {
        file.write_all(format!("{TRIES}{tries}\n").as_bytes())?;
    }
    Ok(())
}

fn message(run: &Run, verdict: Verdict) -> String {
    let mut entries = vec![("StartedAt", timestamp(run.started))];
    entries.extend(run.reason().map(|reason| ("Reason", reason.to_owned())));
    if let Verdict::Go(code @ 1..) = verdict {
        entries.push(("ExitCode", code.to_string()));
    }
    if run.tries > 1 {
        entries.push(("Tries", run.tries.to_string()));
    }
    let entry =
        |(key, value): &(&str, String)| format!(r#"{{"key":"{key}","value":"{value}","type":{INTERNAL}}}"#);
    format!("[{}]", entries.iter().map(entry).collect::<Vec<_>>().join(","))
}

/// The time in RFC 3339, in UTC, with milliseconds. Times before 1970 become 1970.
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = calendar::date(i64::try_from(days).unwrap_or_default());
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        since.subsec_millis()
    )
}

#[cfg(test)]
mod tests {
    use super::{message, timestamp, write_tries};
    use crate::outcome::{Ending, Predecessors, Run, Verdict};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn dates() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_795_466_699_488, "2026-11-23T20:44:59.488Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn tries_are_written_unless_the_command_wrote_a_message() {
        let directory = std::env::temp_dir().join(format!("kueueleuleu-tries-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let file = directory.join("termination-log");
        assert!(write_tries(&file, 3).is_err() && !file.exists());
        std::fs::write(&file, "").expect("a file");
        write_tries(&file, 1).expect("nothing to write");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "");
        write_tries(&file, 2).expect("an empty file");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "kueueleuleu: tries: 2\n");
        std::fs::write(&file, "").expect("a file");
        write_tries(&file, 3).expect("an empty file");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "kueueleuleu: tries: 3\n");
        write_tries(&file, 4).expect("a file");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "kueueleuleu: tries: 3\n");
        // The command may have put a link in its place.
        let (link, target) = (directory.join("link"), directory.join("target"));
        std::fs::write(&target, "").expect("a file");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        assert!(write_tries(&link, 3).is_err());
        assert_eq!(std::fs::read_to_string(&target).expect("a file"), "");
        std::fs::remove_dir_all(&directory).expect("its removal");
    }

    #[test]
    fn the_message_contains_the_code_of_an_ignored_failure() {
        let run = Run {
            started: UNIX_EPOCH,
            ending: Ending::Exited(7),
            stopped: None,
            predecessors: Predecessors::AllSucceeded,
            tries: 1,
        };
        assert_eq!(
            message(&run, Verdict::Go(7)),
            r#"[{"key":"StartedAt","value":"1970-01-01T00:00:00.000Z","type":3},{"key":"ExitCode","value":"7","type":3}]"#
        );
    }
}
