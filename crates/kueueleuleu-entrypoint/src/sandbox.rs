//! Decides, when the init container runs again, whether all steps must run again.
//!
//! The init container runs again in two cases, and the volume has its old content in both:
//!
//! ```text
//! RestartAllContainers                 the same sandbox    all steps run again
//! the node restarts, or the            a new sandbox       steps that succeeded must not run again
//! sandbox is lost
//! ```
//!
//! So a file on the volume describes the sandbox, and the state of the steps is removed only if the sandbox is the
//! same.

use std::fs;
use std::io;
use std::path::Path;

use kueueleuleu_protocol::{
    ERR_SUFFIX, LIVED, OUT, OUTPUT, OVERDUE, PUBLISHED, SANDBOX, STARTED, STARTUP, TERMINATION,
};

use crate::args::run_dir;
use crate::files::{remove, write};
use crate::log::say;

/// Namespaces that all containers of a sandbox share. A later sandbox may get the inode of one of them, but hardly of
/// all three.
const NAMESPACES: [&str; 3] = ["net", "ipc", "uts"];
/// Files that the container runtime creates for each sandbox. Their source paths identify the sandbox.
const OF_RUNTIME: [&str; 2] = ["/etc/hostname", "/etc/resolv.conf"];

/// Removes the state of all steps if the sandbox is the same as before. In a new sandbox, they keep it.
pub(crate) fn begin(root: &Path, steps: usize) -> io::Result<()> {
    let record = root.join(SANDBOX);
    let now = describe();
    if fs::read_to_string(&record).is_ok_and(|before| before == now) {
        let mut forgot = false;
        for step in 0..steps {
            forgot |= forget(&run_dir(root, step))?;
        }
        if forgot {
            say("all containers of the pod were restarted: every step runs again");
        }
    }
    // This comes last: if the process is killed before it, the next run repeats everything.
    write(&record, now.as_bytes())
}

/// Removes the files of a step, and returns whether there were any. Its FIFO is kept: nobody holds it.
fn forget(directory: &Path) -> io::Result<bool> {
    let err = format!("{OUT}{ERR_SUFFIX}");
    let mut forgot = false;
    // The success comes first: without it, the step runs again, whatever other files are left.
    for name in [OUT, &err, LIVED, STARTED, STARTUP, OVERDUE, OUTPUT, PUBLISHED, TERMINATION] {
        let file = directory.join(name);
        forgot |= fs::symlink_metadata(&file).is_ok();
        remove(&file)?;
    }
    Ok(forgot)
}

/// A text that identifies this sandbox.
fn describe() -> String {
    let mut text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    for name in NAMESPACES {
        let link = fs::read_link(format!("/proc/self/ns/{name}"));
        text.push_str(&link.map(|link| link.to_string_lossy().into_owned()).unwrap_or_default());
        text.push('\n');
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    mounts.lines().filter_map(origin).for_each(|origin| {
        text.push_str(origin);
        text.push('\n');
    });
    text
}

/// The source path of a file of the runtime, in a line of `mountinfo`: `ID PARENT MAJOR:MINOR ROOT MOUNT-POINT …`.
fn origin(line: &str) -> Option<&str> {
    let mut fields = line.split(' ').skip(3);
    let (root, mount_point) = (fields.next()?, fields.next()?);
    OF_RUNTIME.contains(&mount_point).then_some(root)
}

#[cfg(test)]
mod tests {
    use super::{forget, origin};
    use kueueleuleu_protocol::{OUT, STARTED};
    use std::fs;

    /// What a step left may be a directory, which a command can put there.
    #[test]
    fn what_a_step_left_is_forgotten_once() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join(OUT), "").expect("a file");
        fs::create_dir(directory.path().join(STARTED)).expect("a directory");
        assert!(forget(directory.path()).expect("both are removed"));
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 0);
        assert!(!forget(directory.path()).expect("nothing is left"));
    }

    #[test]
    fn mounts_show_the_runtimes_directory_of_a_sandbox() {
        let directory = "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/4f1c";
        let line = |root: &str, at: &str| {
            format!("923 912 254:1 {root} {at} rw,relatime - ext4 /dev/vda1 rw,discard")
        };
        let hostname = format!("{directory}/hostname");
        assert_eq!(origin(&line(&hostname, "/etc/hostname")), Some(&*hostname));
        assert_eq!(origin(&line("/var/lib/kubelet/pods/1/etc-hosts", "/etc/hosts")), None);
        assert_eq!(origin(""), None);
    }
}
