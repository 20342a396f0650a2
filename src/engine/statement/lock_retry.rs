//! Trying again while somebody holds a lock, or an abort meant for the statement before comes late.

use crate::database::{DbError, ErrorKind};
use crate::engine::EngineError;
use std::time::{Duration, Instant};

/// Limit of the time that a lock is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LockRetry {
    deadline: Instant,
}

impl LockRetry {
    pub(crate) fn within(patience: Duration) -> LockRetry {
        LockRetry { deadline: Instant::now() + patience }
    }

    /// Waits for another try of what met this error, and left nothing.
    ///
    /// # Errors
    /// The error itself, if it is another or the patience is over.
    pub(crate) async fn wait_after(self, error: EngineError) -> Result<(), EngineError> {
        const BETWEEN: Duration = Duration::from_millis(50);
        let again = |error: &DbError| matches!(error.kind, ErrorKind::LockWait | ErrorKind::Interrupted);
        if !error.database().is_some_and(again) || Instant::now() >= self.deadline {
            return Err(error);
        }
        tokio::time::sleep(BETWEEN).await;
        Ok(())
    }
}
