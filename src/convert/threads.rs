//! Work on the parts of a large text, side by side.
//!
//! Knows threads, not what is done in them.

use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// What a thread should have to do at least, in bytes of text: starting one takes as long as converting a few KB.
const WORTHWHILE: usize = 1 << 17;
/// How many parts there are for each thread: one that gets on faster takes more of them.
const SHARES: usize = 32;

/// How many threads a text of this length is worth, of as many as are allowed; 0 allows one for each core.
pub(super) fn worthwhile(length: usize, allowed: usize) -> usize {
    match (length / WORTHWHILE, allowed) {
        (0 | 1, _) => 1,
        // How many cores there are takes a look at the system, which most texts are not worth.
        (parts, 0) => thread::available_parallelism().map_or(1, |cores| parts.min(cores.get())),
        (parts, allowed) => parts.min(allowed),
    }
}

/// In how many parts a text is to be cut for so many threads.
pub(super) fn parts(threads: usize) -> usize {
    if threads > 1 { threads * SHARES } else { 1 }
}

/// Does the same with all parts, on as many threads as there are states, or as the system gives.
pub(super) fn parallel_map<S: Send, P: Send, T: Send>(
    states: Vec<S>,
    parts: impl IntoIterator<Item = P, IntoIter: Send>,
    work: impl Fn(&mut S, P) -> T + Sync,
) -> Vec<T> {
    // A system may leave a new thread for some ms behind the one that began it, if that one goes on: so it waits.
    let others = if states.len() > 1 { states.len() } else { 0 };
    let states = Mutex::new(states);
    let parts = Mutex::new(parts.into_iter().enumerate());
    let thread = || {
        let Some(mut state) = lock(&states).pop() else { return Vec::new() };
        let next = || lock(&parts).next();
        std::iter::from_fn(next).map(|(number, part)| (number, work(&mut state, part))).collect()
    };
    thread::scope(|scope| {
        let begin = |_| thread::Builder::new().spawn_scoped(scope, thread).ok();
        let others: Vec<_> = (0..others).map_while(begin).collect();
        let mut done = if others.is_empty() { thread() } else { Vec::new() };
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done.sort_by_key(|(number, _)| *number);
        done.into_iter().map(|(_, done)| done).collect()
    })
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
