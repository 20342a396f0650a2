//! Trying again while somebody holds a lock, or an abort meant for the statement before comes late.

use super::EngineError;
use crate::database::{DbError, ErrorKind};
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
    /// The error itself, if it is another or the patience is over.
    pub(super) async fn with(self, error: EngineError) -> Result<(), EngineError> {
        const BETWEEN: Duration = Duration::from_millis(50);
        let again = |error: &DbError| matches!(error.kind, ErrorKind::LockWait | ErrorKind::Interrupted);
        if !error.database().is_some_and(again) || Instant::now() >= self.deadline {
            return Err(error);
        }
        tokio::time::sleep(BETWEEN).await;
        Ok(())
    }
}
