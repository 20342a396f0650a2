//! The time that a question of ours waits for a server that says nothing: a network that swallows everything closes no
//! connection. What a file runs is not asked for its time.

use std::future::Future;
use std::io;
use std::time::Duration;

/// The patience of one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Silence {
    /// Between two answers; `None` waits for ever.
    pub(super) limit: Option<Duration>,
    /// It was over once: what was asked may still be answered, to somebody else's question.
    broken: bool,
}

impl Silence {
    pub(super) fn limited_to(limit: Option<Duration>) -> Silence {
        Silence { limit, broken: false }
    }

    /// Waits for one answer.
    pub(super) async fn wait<T>(
        &mut self,
        answer: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let Some(limit) = self.limit else { return answer.await };
        if !self.broken
            && let Ok(answered) = tokio::time::timeout(limit, answer).await
        {
            return answered;
        }
        self.broken = true;
        let why = format!("the server has not answered for {} s", limit.as_secs_f32());
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, why)))
    }

    /// True if nothing is to be said to it any more.
    pub(super) fn is_broken(self) -> bool {
        self.broken
    }
}
