//! A worker that outlives a restart of the server and the loss of its lease.

use super::flag::turns_true;
use super::run::run;
use super::{Ended, EngineError, EngineOptions, Work};
use crate::database::ErrorKind;
use crate::model::Event;
use crate::store::Store;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Drives whatever comes until told to stop. When the database is gone or another worker has taken over, it waits,
/// with growing pauses, and begins again by taking the lease and recovering.
///
/// # Errors
/// [`EngineError`] for what waiting does not mend: privileges, a wrong schema, an earlier statement that does not
/// leave.
pub async fn supervise(
    store: Store,
    options: EngineOptions,
    publish: broadcast::Sender<Event>,
    mut stop: watch::Receiver<bool>,
) -> Result<Ended, EngineError> {
    let options = EngineOptions { wait_for_lease: true, ..options };
    let mut pause = FIRST_PAUSE;
    loop {
        let began = tokio::time::Instant::now();
        let error = match run(store.clone(), options.clone(), Work::Forever, publish.clone(), stop.clone()).await {
            Ok(ended) => return Ok(ended),
            Err(error) if is_temporary(&error) => error,
            Err(error) => return Err(error),
        };
        if began.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        tracing::warn!(%error, wait_ms = pause.as_millis() as u64, "the worker begins again");
        tokio::select! {
            () = turns_true(&mut stop) => return Ok(Ended::Stopped { batch: None }),
            () = tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Tells whether time may mend it.
fn is_temporary(error: &EngineError) -> bool {
    match error {
        EngineError::LeaseLost(_) | EngineError::StillRunning { .. } => true,
        EngineError::Database(error) => is_of_connection(error.kind),
        EngineError::Store(error) => {
            error.is_lease_lost() || error.database().is_some_and(|e| is_of_connection(e.kind))
        }
        _ => false,
    }
}

fn is_of_connection(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionLost | ErrorKind::Timeout | ErrorKind::LockWait | ErrorKind::Deadlock)
}
