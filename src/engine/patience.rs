//! Trying again while somebody holds a lock.

use super::EngineError;
use crate::database::ErrorKind;
use std::time::{Duration, Instant};

/// Until when a lock is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    deadline: Instant,
}

impl Patience {
    pub(super) fn of(patience: Duration) -> Patience {
        Patience { deadline: Instant::now() + patience }
    }

    /// Waits for another try of what met this error, and left nothing.
    ///
    /// # Errors
    /// The error itself, if it is no lock's or the patience is over.
    pub(super) async fn with(self, error: EngineError) -> Result<(), EngineError> {
        const BETWEEN: Duration = Duration::from_millis(50);
        let locked = error.database().is_some_and(|error| error.kind == ErrorKind::LockWait);
        if !locked || Instant::now() >= self.deadline {
            return Err(error);
        }
        tokio::time::sleep(BETWEEN).await;
        Ok(())
    }
}
