//! Work on the parts of a large text, side by side.
//!
//! Knows threads, not what is done in them.

use std::panic::resume_unwind;
use std::thread;

/// What a thread should have to do at least, in bytes of text: starting one takes as long as converting a few KB.
const WORTHWHILE: usize = 1 << 17;

/// In how many parts a text of this length is worth to be cut here.
pub(super) fn worthwhile(length: usize) -> usize {
    match length / WORTHWHILE {
        // How many cores there are takes a look at the system, which most texts are not worth.
        0 | 1 => 1,
        parts => thread::available_parallelism().map_or(1, |cores| parts.min(cores.get())),
    }
}

/// Does the same with all parts, each in a thread of its own. `None` where the system gives none.
pub(super) fn side_by_side<P: Send, T: Send>(parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Option<Vec<T>> {
    thread::scope(|scope| {
        let work = &work;
        let threads =
            parts.into_iter().map(|part| thread::Builder::new().spawn_scoped(scope, move || work(part)));
        let threads = threads.collect::<Result<Vec<_>, _>>().ok()?;
        Some(threads.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic))).collect())
    })
}
