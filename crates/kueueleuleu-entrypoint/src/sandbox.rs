//! The lives of a pod: whether its steps are to run again although they have run.
//!
//! The init container runs again in two cases, with the volume as it was. After `RestartAllContainers` the pod lives on in its
//! sandbox, and all steps run again. After a restart of the node, or when the sandbox was lost, the pod gets a new one, and
//! steps that have succeeded must *not* run again. So the volume records the sandbox, and a new life begins only in the same
//! one.
//!
//! Knows how a sandbox is told, and the names of what a life leaves behind.

use std::fs;
use std::io;
use std::path::Path;

use kueueleuleu_protocol::{
    ERR_SUFFIX, LIVED, OUT, OUTPUT, OVERDUE, PUBLISHED, SANDBOX, STARTED, STARTUP, TERMINATION,
};

use crate::args::run_dir;
use crate::files::{remove, write};
use crate::log::say;

/// Namespaces that all containers of a sandbox share. Their inodes are taken again by later ones, but hardly all three.
const NAMESPACES: [&str; 3] = ["net", "ipc", "uts"];
/// Files that the runtime makes for each sandbox: where they lie says which one it is.
const OF_RUNTIME: [&str; 2] = ["/etc/hostname", "/etc/resolv.conf"];

/// Begins a new life in the sandbox of the last one: forgets what the steps did. Elsewhere they keep it.
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
    // Last: whoever is killed before this does it again.
    write(&record, now.as_bytes())
}

/// Removes what a step left behind, and returns whether that was anything. Its FIFO stays, which nobody holds.
fn forget(directory: &Path) -> io::Result<bool> {
    let err = format!("{OUT}{ERR_SUFFIX}");
    let mut forgot = false;
    // The success first: without it a step runs again, whatever else is left.
    for name in [OUT, &err, LIVED, STARTED, STARTUP, OVERDUE, OUTPUT, PUBLISHED, TERMINATION] {
        let file = directory.join(name);
        forgot |= fs::symlink_metadata(&file).is_ok();
        remove(&file)?;
    }
    Ok(forgot)
}

/// What tells this sandbox from all others.
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

/// Where a file of the runtime lies, in a line of `mountinfo`: `ID PARENT MAJOR:MINOR ROOT MOUNT-POINT …`.
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
    fn the_runtimes_directory_of_a_sandbox_is_in_its_mounts() {
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
