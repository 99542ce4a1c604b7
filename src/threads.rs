//! Work on the parts of a large text, side by side.
//!
//! Knows threads, not what is done in them.

use std::panic::resume_unwind;
use std::thread;

/// In how many parts of `least` bytes or more a text of this length is worth to be cut here.
pub(crate) fn worthwhile(length: usize, least: usize) -> usize {
    match length / least {
        // How many cores there are takes a look at the system, which most texts are not worth.
        0 | 1 => 1,
        parts => thread::available_parallelism().map_or(1, |cores| parts.min(cores.get())),
    }
}

/// Does the same with all parts, each in a thread of its own. `None` where the system gives none.
pub(crate) fn side_by_side<P: Send, T: Send>(parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Option<Vec<T>> {
    beside(parts, work, || ()).map(|(done, ())| done)
}

/// The same beside work of this thread's own, which is not begun where the system gives no threads.
pub(crate) fn beside<P: Send, T: Send, O>(
    parts: Vec<P>,
    work: impl Fn(P) -> T + Sync,
    own: impl FnOnce() -> O,
) -> Option<(Vec<T>, O)> {
    thread::scope(|scope| {
        let work = &work;
        let threads =
            parts.into_iter().map(|part| thread::Builder::new().spawn_scoped(scope, move || work(part)));
        let threads = threads.collect::<Result<Vec<_>, _>>().ok()?;
        let own = own();
        let joined = threads.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)));
        Some((joined.collect(), own))
    })
}
