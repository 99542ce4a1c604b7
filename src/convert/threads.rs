//! Work on the parts of a large text, side by side.
//!
//! Knows threads, not what is done in them.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What a thread should have to do at least, in bytes of text: starting one takes as long as converting a few KB.
const WORTHWHILE: usize = 1 << 17;
/// How many parts there are for each thread: one that gets on faster takes more of them.
const SHARES: usize = 8;

/// On how many threads a text of this length is worth to be worked on here.
pub(super) fn worthwhile(length: usize) -> usize {
    match length / WORTHWHILE {
        // How many cores there are takes a look at the system, which most texts are not worth.
        0 | 1 => 1,
        parts => thread::available_parallelism().map_or(1, |cores| parts.min(cores.get())),
    }
}

/// In how many parts a text is to be cut for so many threads.
pub(super) fn parts(threads: usize) -> usize {
    if threads > 1 { threads * SHARES } else { 1 }
}

/// Does the same with all parts, on as many threads as there are states, or as the system gives.
pub(super) fn side_by_side<S: Send, P: Send, T: Send>(
    states: Vec<S>,
    parts: impl IntoIterator<Item = P, IntoIter: Send>,
    work: impl Fn(&mut S, P) -> T + Sync,
) -> Vec<T> {
    let parts = Mutex::new(parts.into_iter().enumerate());
    let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let thread = |mut state: S| {
        let numbered = std::iter::from_fn(next).map(|(number, part)| (number, work(&mut state, part)));
        numbered.collect::<Vec<_>>()
    };
    let thread = &thread;
    thread::scope(|scope| {
        let mut states = states.into_iter();
        let own = states.next();
        let others = states
            .map_while(|state| thread::Builder::new().spawn_scoped(scope, move || thread(state)).ok())
            .collect::<Vec<_>>();
        let mut done = own.map(thread).unwrap_or_default();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done.sort_by_key(|(number, _)| *number);
        done.into_iter().map(|(_, done)| done).collect()
    })
}
