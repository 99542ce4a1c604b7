//! Processes the parts of a large text in parallel.
//!
//! Knows threads, not what they do.

use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// The least text for a thread, in bytes: starting a thread takes as long as converting a few KB.
const WORTHWHILE: usize = 1 << 17;
/// The number of parts for each thread. A thread that is done with one takes the next, so a fast thread takes more.
const SHARES: usize = 32;

/// The number of threads for a text of this length, at most `allowed`; 0 allows one for each core.
pub(super) fn worthwhile(length: usize, allowed: usize) -> usize {
    match (length / WORTHWHILE, allowed) {
        (0 | 1, _) => 1,
        // Counting the cores takes system calls, so it is not done for small texts.
        (parts, 0) => thread::available_parallelism().map_or(1, |cores| parts.min(cores.get())),
        (parts, allowed) => parts.min(allowed),
    }
}

/// The number of parts into which a text is cut for this many threads.
pub(super) fn parts(threads: usize) -> usize {
    if threads > 1 { threads * SHARES } else { 1 }
}

/// Applies `work` to all parts, on one thread for each state, or on fewer if the system does not start as many. The
/// results are in the order of the parts.
pub(super) fn parallel_map<S: Send, P: Send, T: Send>(
    states: Vec<S>,
    parts: impl IntoIterator<Item = P, IntoIter: Send>,
    work: impl Fn(&mut S, P) -> T + Sync,
) -> Vec<T> {
    // This thread only waits: if it worked too, the system might not run a new thread for some ms.
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
