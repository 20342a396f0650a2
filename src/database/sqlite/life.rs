//! The lock on a file by which other processes of this machine see that a worker lives. SQLite's own locks are not held
//! between transactions, and nothing of them may be opened and closed beside SQLite.

use super::files;
use crate::database::LifeMark;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Number of times that the lock is tried, and the pause between two: who looks holds it for a moment.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(5);

fn path(dir: &Path, orchestration: &str) -> PathBuf {
    let mut name = files::path(dir, orchestration).into_os_string();
    name.push("-worker");
    name.into()
}

/// The token, and the run of the machine: after another start no lock says anything of what was before.
fn mark_of(token: i64) -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(format!("{token} {}", boot.trim()))
}

/// Marks this process as the one that holds the lease of that token; `None` where that cannot be, which only makes a
/// successor wait.
pub(super) fn mark(dir: &Path, orchestration: &str, token: i64) -> Option<LifeMark> {
    let text = mark_of(token)?;
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path(dir, orchestration)).ok()?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => {
                let written =
                    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
                return written.ok().map(|()| LifeMark::new(file));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// True if the process that was marked with that token has ended. False when that is not known.
pub(super) fn has_ended(dir: &Path, orchestration: &str, token: i64) -> bool {
    let (Some(expected), Ok(mut file)) = (mark_of(token), File::open(path(dir, orchestration))) else { return false };
    let mut text = String::new();
    file.try_lock_shared().is_ok() && file.read_to_string(&mut text).is_ok() && text == expected
}
