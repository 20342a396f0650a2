//! The sessions that there are, so that one can be interrupted and a vanished one told from a living one.

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Number of sessions one process can count before their ids repeat: ids are process id × this + number.
const PER_PROCESS: u64 = 1 << 24;

/// Numbers sessions over all databases of this process.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// The sessions of one database in this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Running {
    flags: Arc<Mutex<HashMap<u64, Arc<AtomicBool>>>>,
}

/// A session's entry; leaving is dropping it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: u64,
    /// Set to stop the running statement.
    pub(super) stop: Arc<AtomicBool>,
    all: Running,
}

impl Running {
    /// Enters a new session.
    pub(super) fn enter(&self) -> Entry {
        let number = u64::from(NEXT.fetch_add(1, Ordering::Relaxed)) % PER_PROCESS;
        let id = u64::from(std::process::id()) * PER_PROCESS + number;
        let stop = Arc::new(AtomicBool::new(false));
        self.flags.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&stop));
        Entry { id, stop, all: self.clone() }
    }

    /// Asks the session's statement to stop. False when it is not one of this process.
    pub(super) fn interrupt(&self, id: u64) -> bool {
        let flags = self.flags.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stop) = flags.get(&id) else {
            return false;
        };
        stop.store(true, Ordering::Relaxed);
        true
    }

    /// True if the session is one of this process, or its process still lives. SQLite's locks end with their process.
    pub(super) fn is_alive(&self, id: u64) -> bool {
        let process = id / PER_PROCESS;
        if process == u64::from(std::process::id()) {
            return self.flags.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id);
        }
        let Ok(process) = i32::try_from(process) else {
            return false;
        };
        process > 0 && kill(Pid::from_raw(process), None) != Err(Errno::ESRCH)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.all.flags.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_alive_until_it_is_dropped() {
        let running = Running::default();
        let entry = running.enter();
        let id = entry.id;
        assert!(running.is_alive(id) && running.interrupt(id));
        assert!(entry.stop.load(Ordering::Relaxed));
        drop(entry);
        assert!(!running.is_alive(id) && !running.interrupt(id));
    }

    #[test]
    fn a_session_of_another_process_lives_with_it() {
        let running = Running::default();
        assert!(running.is_alive(PER_PROCESS), "process 1 always runs");
        assert!(!running.is_alive(u64::from(u32::MAX >> 1) * PER_PROCESS + 1));
        assert!(!running.is_alive(7));
    }
}
