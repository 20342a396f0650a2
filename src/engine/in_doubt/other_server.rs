//! A lease taken on another server than the one that the journal was written on (`docs/design/servers.md`, "Barrier"):
//! until a person has accepted it, this worker runs nothing, ends nobody's connection and lets no time run out.

use crate::engine::worker::Worker;
use crate::engine::{EngineError, Work};
use crate::model::{Input, Servers};

/// Waits for the acceptance where the work can wait for it. True when there is nothing to wait for any more, false when
/// the worker has to end before.
///
/// # Errors
/// [`EngineError::OtherServer`] for work that cannot wait; the journal says by then what was found.
pub(crate) async fn settled(
    worker: &mut Worker,
    work: &Work,
    found: String,
    connection: u64,
) -> Result<bool, EngineError> {
    let Some(known) = worker.journal.known_server().await?.filter(|known| *known != found) else {
        return Ok(true);
    };
    let servers = Servers { known, found };
    if worker.journal.world().system.other.as_ref() != Some(&servers) {
        let (token, holder) = (worker.journal.token(), worker.inspector.options.holder.clone());
        worker.apply_input(Input::OtherServer { token, holder, connection, servers: servers.clone() })?;
        worker.commit().await?;
    }
    tracing::warn!(
        known = servers.known,
        found = servers.found,
        "another server than the journal's: holding everything"
    );
    let is_last = |worker: &Worker| match work {
        Work::AnswerCommand { command } => worker.last_command >= *command,
        Work::AnswerDecision { decision } => worker.last_decision >= *decision,
        _ => false,
    };
    match work {
        Work::Forever | Work::AnswerCommand { .. } | Work::AnswerDecision { .. } => {}
        Work::Submit { .. } | Work::Continue { .. } => return Err(EngineError::OtherServer(servers)),
    }
    while worker.journal.world().system.other.is_some() {
        if worker.is_stopped() || is_last(worker) {
            return Ok(false);
        }
        worker.wait_for_work().await?;
    }
    Ok(true)
}
