//! A server all of whose connections are taken: asked again, and told what is waited for.

use super::exit::CliError;
use super::output;
use std::time::{Duration, Instant};

/// Pause between two tries.
const BETWEEN: Duration = Duration::from_millis(200);
/// Interval at which it is said again that there is none.
const TOLD: Duration = Duration::from_secs(10);

/// Tries until the server has a connection free, for so long. Any other error ends it.
///
/// # Errors
/// The last one.
pub(crate) async fn until_connected<T>(
    within: Duration,
    mut attempt: impl AsyncFnMut() -> Result<T, CliError>,
) -> Result<T, CliError> {
    let begun = Instant::now();
    let mut told: Option<Instant> = None;
    loop {
        let error = match attempt().await {
            Err(error) if error.is_server_full() && begun.elapsed() < within => error,
            ended => return ended,
        };
        if told.is_none_or(|at| at.elapsed() >= TOLD) {
            let left = within.saturating_sub(begun.elapsed()).as_secs().max(1);
            output::say(&format!("{error}; waiting for a connection, for {left} s more at the most"));
            if told.is_none() {
                error.hints.iter().for_each(|hint| output::say(&format!("  {hint}")));
            }
            told = Some(Instant::now());
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{DbError, ErrorKind};

    fn full() -> CliError {
        DbError::new(ErrorKind::ConnectionLost, "connect", "Too many connections").with_code("1040").into()
    }

    #[tokio::test]
    async fn only_a_full_server_is_waited_for() {
        let mut tries = 0;
        let ended = until_connected(Duration::from_secs(5), async || {
            tries += 1;
            if tries < 4 { Err(full()) } else { Ok(tries) }
        });
        assert_eq!(ended.await, Ok(4));
        let mut tries = 0;
        let lost = || CliError::from(DbError::new(ErrorKind::ConnectionLost, "connect", "refused"));
        let ended = until_connected(Duration::from_secs(5), async || {
            tries += 1;
            Err::<(), _>(lost())
        });
        assert_eq!((ended.await, tries), (Err(lost()), 1));
        assert_eq!(until_connected(Duration::ZERO, async || Err::<(), _>(full())).await, Err(full()));
    }
}
