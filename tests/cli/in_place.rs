//! `--in-place`: each file is either old or new, and the command says which.

use crate::support::{Dir, Mount, POD, Run, SERVICE, converted, skipped, tool};
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn only_files_with_changes_are_rewritten() {
    let dir = Dir::new(&[("a.yaml", POD), ("b.yaml", SERVICE), ("c.yaml", "")]);
    let inode = |name: &str| {
        fs::metadata(dir.path(name)).map(|metadata| (metadata.ino(), metadata.mtime_nsec())).unwrap()
    };
    let (a, b) = (inode("a.yaml"), inode("b.yaml"));
    dir.run(&["-q", "-i", "-f", "."]).is(0, "", "");
    assert_eq!((dir.read("a.yaml"), dir.read("b.yaml")), (converted(POD), SERVICE.to_owned()));
    assert_ne!(inode("a.yaml"), a);
    assert_eq!(inode("b.yaml"), b);
    assert_eq!(dir.names(), ["a.yaml", "b.yaml", "c.yaml"]);
    let a = inode("a.yaml");
    dir.run(&["-q", "--in-place", "-f", "."]).is(0, "", "");
    assert_eq!(inode("a.yaml"), a, "the second run has nothing to do");
}

#[test]
fn mode_and_owner_are_preserved() {
    let dir = Dir::new(&[("a.yaml", POD)]);
    let path = dir.path("a.yaml");
    if let Err(error) = chown(&path, Some(12345), Some(54321)) {
        skipped(&format!("chown is not allowed here: {error}"));
    }
    fs::set_permissions(&path, Permissions::from_mode(0o2764)).unwrap();
    let kept =
        || fs::metadata(&path).map(|metadata| (metadata.mode(), metadata.uid(), metadata.gid())).unwrap();
    let before = kept();
    dir.run(&["-q", "-i", "-f", "a.yaml"]).is(0, "", "");
    assert_eq!(kept(), before);
    assert_eq!(dir.read("a.yaml"), converted(POD));
}

#[test]
fn a_symlink_is_preserved_and_its_target_is_rewritten_once() {
    let dir = Dir::new(&[("real/a.yaml", POD), ("here/b.yaml", SERVICE)]);
    symlink("../real/a.yaml", dir.path("here/a.yaml")).unwrap();
    dir.run(&["-q", "-i", "-f", "here", "-f", "real/a.yaml"]).is(0, "", "");
    assert!(fs::symlink_metadata(dir.path("here/a.yaml")).unwrap().is_symlink());
    assert_eq!(dir.read("real/a.yaml"), converted(POD));
}

#[test]
fn a_read_only_file_is_an_error_and_none_is_written() {
    let dir = Dir::new(&[("a.yaml", POD), ("b.yaml", POD)]);
    fs::set_permissions(dir.path("b.yaml"), Permissions::from_mode(0o444)).unwrap();
    let error =
        "error: `b.yaml` is read-only; no file was written\n  help: make it writable: `chmod u+w b.yaml`\n";
    dir.run(&["-i", "-f", "a.yaml", "-f", "b.yaml"]).is(2, "", error);
    assert_eq!((dir.read("a.yaml").as_str(), dir.names().len()), (POD, 2));
}

/// A pipe as the last input makes the command wait after it has read the files.
#[test]
fn a_file_that_changes_meanwhile_is_an_error_and_none_is_written() {
    let dir = Dir::new(&[("a.yaml", POD), ("b.yaml", POD)]);
    let Some(made) = tool(Command::new("mkfifo").arg(dir.path("pipe"))) else { return };
    made.is(0, "", "");
    let mut command = dir.command(&["-i", "-f", "a.yaml", "-f", "b.yaml", "-f", "pipe"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = File::options().write(true).open(dir.path("pipe")).unwrap();
    dir.write("b.yaml", SERVICE);
    pipe.write_all(SERVICE.as_bytes()).unwrap();
    drop(pipe);
    let error = "error: `b.yaml` was changed by another process in the meantime; no file was written\n  help: run the command again\n";
    Run::of(&child.wait_with_output().unwrap()).is(2, "", error);
    assert_eq!((dir.read("a.yaml").as_str(), dir.read("b.yaml").as_str()), (POD, SERVICE));
    assert_eq!(dir.names(), ["a.yaml", "b.yaml", "pipe"]);
}

#[test]
fn a_pipe_cannot_be_rewritten_in_place() {
    let dir = Dir::new(&[]);
    let Some(made) = tool(Command::new("mkfifo").arg(dir.path("pipe"))) else { return };
    made.is(0, "", "");
    let child =
        dir.command(&["-i", "-f", "pipe"]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    fs::write(dir.path("pipe"), POD).unwrap();
    let error =
        "error: `pipe` is not a regular file, so it cannot be rewritten in place; no file was written\n";
    Run::of(&child.wait_with_output().unwrap()).is(2, "", error);
}

#[test]
fn a_full_disk_is_an_error_and_none_is_written() {
    let dir = Dir::new(&[("disk/x", "")]);
    let Some(_mount) = Mount::new(&["-t", "tmpfs", "-o", "size=64k", "tmpfs"], dir.path("disk")) else {
        return;
    };
    dir.write("disk/a.yaml", POD);
    let mut filler = File::create(dir.path("disk/filler")).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
    let error = "error: could not write `disk/a.yaml`: no space left on device; no file was written\n";
    dir.run(&["-i", "-f", "disk/a.yaml"]).is(2, "", error);
    assert_eq!(dir.read("disk/a.yaml"), POD);
    assert_eq!(fs::read_dir(dir.path("disk")).unwrap().count(), 2);
}

/// A file that is a mount point cannot be replaced. The command learns that only after it has written other files.
#[test]
fn an_error_in_the_middle_names_the_files_that_were_written() {
    let dir = Dir::new(&[("a.yaml", POD), ("b.yaml", POD), ("c.yaml", POD)]);
    dir.write("source", POD);
    let Some(_mount) = Mount::new(&["--bind", &dir.path("source").display().to_string()], dir.path("b.yaml"))
    else {
        return;
    };
    let error = "error: could not write `b.yaml`: device or resource busy; written: `a.yaml`; not written: `b.yaml`, `c.yaml`\n";
    dir.run(&["-i", "-f", "."]).is(2, "", error);
    assert_eq!(
        (dir.read("a.yaml"), dir.read("b.yaml"), dir.read("c.yaml")),
        (converted(POD), POD.into(), POD.into())
    );
    assert_eq!(dir.names(), ["a.yaml", "b.yaml", "c.yaml", "source"]);
}

#[test]
fn killed_at_any_point_it_leaves_each_file_old_or_new() {
    let new = converted(POD);
    let names: Vec<String> = (0..40).map(|at| format!("{at:02}.yaml")).collect();
    let (mut old_seen, mut new_seen, mut mixed) = (0, 0, 0);
    for round in 0..40 {
        let dir = Dir::new(&names.iter().map(|name| (name.as_str(), POD)).collect::<Vec<_>>());
        let mut child = dir.command(&["-i", "-f", "."]).stdin(Stdio::null()).spawn().unwrap();
        if round % 2 == 0 {
            std::thread::sleep(Duration::from_micros(round * 500));
        } else {
            // All renames take only a moment, so the test waits for the first.
            while dir.read("00.yaml") != new && child.try_wait().unwrap().is_none() {}
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let news = names.iter().map(|name| dir.read(name)).filter(|text| *text == new).count();
        let olds = names.iter().map(|name| dir.read(name)).filter(|text| text == POD).count();
        assert_eq!(olds + news, names.len(), "round {round}: a file is neither old nor new");
        (old_seen, new_seen) = (old_seen + olds, new_seen + news);
        mixed += usize::from(olds > 0 && news > 0);
        // The next run does not read leftover files as manifests, and completes the work.
        for name in dir.names().iter().filter(|name| !names.contains(name)) {
            assert_eq!(name.rsplit_once('.').map(|(_, extension)| extension), Some("tmp"), "{name}");
        }
        dir.run(&["-q", "-i", "-f", "."]).is(0, "", "");
        assert!(names.iter().all(|name| dir.read(name) == new));
    }
    assert!(old_seen > 0 && new_seen > 0, "{old_seen} files were old, {new_seen} new: no kill came in time");
    eprintln!("killed 40 times: {old_seen} files were old, {new_seen} new; {mixed} times both");
}

/// On SIGINT, SIGTERM and SIGHUP the command removes its temporary files, but not those of another run.
#[test]
fn a_signal_leaves_no_temporary_file() {
    use nix::sys::signal::{Signal, kill};
    use std::os::unix::process::ExitStatusExt as _;
    let names: Vec<String> = (0..300).map(|at| format!("{at:03}.yaml")).collect();
    let mut caught = 0;
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().cycle().take(9) {
        let dir = Dir::new(&names.iter().map(|name| (name.as_str(), POD)).collect::<Vec<_>>());
        dir.write(".kueueleuleu-other.tmp", "");
        let mut child = dir.command(&["-q", "-i", "-f", "."]).stdin(Stdio::null()).spawn().unwrap();
        while dir.names().len() < names.len() + 20 && child.try_wait().unwrap().is_none() {}
        if child.try_wait().unwrap().is_none() {
            kill(nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        }
        let status = child.wait().unwrap();
        if status.signal() == Some(signal as i32) {
            caught += 1;
        }
        let left: Vec<String> = dir.names().into_iter().filter(|name| !names.contains(name)).collect();
        assert_eq!(left, [".kueueleuleu-other.tmp"]);
    }
    assert!(caught > 0, "no signal came in time");
}
