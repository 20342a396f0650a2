//! Replicas that are far behind already when a file would make them lag more.

use super::context::CheckContext;
use super::count::PATIENCE;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Warn;
use crate::database::{self, DbError, Purpose, Session, Target, connected_replicas, replica_lag};
use std::time::Duration;

pub(super) const REPLICATION_LAG: Check = Check::pre(
    "replication_lag",
    [Warn, Warn],
    CheckFn::Database(|c| Box::pin(replication_lag(c))),
)
.within(PATIENCE)
.told(
    "No replica (throttle.replicas) is further behind than checks.replica_lag.",
    "what takes a minute here takes a minute there, and everything behind it waits: who reads there reads the past",
    "wait until they have caught up; throttle.max_lag waits by itself, before each file",
);

/// Replicas as they were seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Replicas {
    /// Each that was asked, with the time that it is behind, or why nobody knows it.
    asked: Vec<(String, Result<Duration, String>)>,
    /// Those that are connected to the server.
    connected: u64,
}

impl Replicas {
    /// Asks each, and the server how many there are.
    ///
    /// # Errors
    /// The server's own; a replica that cannot be asked is one of which nobody knows how far it is behind.
    pub(super) async fn ask(session: &mut dyn Session, targets: &[Target]) -> Result<Replicas, DbError> {
        let mut asked = Vec::new();
        for target in targets {
            asked.push((target.label(), lag(target).await));
        }
        Ok(Replicas { asked, connected: connected_replicas(session).await? })
    }
}

async fn lag(target: &Target) -> Result<Duration, String> {
    let asked = async {
        let database = database::connect(target).await?;
        let mut session = database.open(Purpose::Control).await?;
        session.answer_within(Some(Duration::from_secs(PATIENCE)));
        let lag = replica_lag(session.as_mut()).await;
        session.close().await;
        database.close().await;
        lag
    };
    match asked.await {
        Ok(Some(ms)) => Ok(Duration::from_millis(ms)),
        Ok(None) => Err("it does not say: see whether it replicates".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

async fn replication_lag(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let changes = |s: &crate::sql::Statement| !s.analysis.kind.is_harmless();
    if !context.file.dialect.is_mysql_family() || !context.file.statements().iter().any(changes) {
        return Ok(CheckOutcome::idle());
    }
    let (targets, limit) = (&context.settings.replicas, context.settings.replica_lag);
    let replicas = context.known.surroundings.replicas(context.session, targets).await?;
    let mut outcome = CheckOutcome::of(replicas.asked.len(), "replica", Vec::new());
    for (name, lag) in &replicas.asked {
        match lag {
            Ok(lag) if *lag > limit => outcome.violations.push(Violation {
                policy: Some("checks.replica_lag".to_owned()),
                ..Violation::new(format!(
                    "the replica {name} is {} s behind, more than {} s",
                    lag.as_secs(),
                    limit.as_secs()
                ))
                .asked(format!("SHOW REPLICA STATUS on {name}"))
            }),
            Ok(_) => {}
            Err(why) => {
                outcome.undecided.push(Violation::new(format!("how far the replica {name} is behind: {why}")));
            }
        }
    }
    if replicas.asked.is_empty() && replicas.connected > 0 {
        let seen = format!(
            "how far {} connected replicas are behind: throttle.replicas names none that could be asked",
            replicas.connected
        );
        outcome.undecided.push(Violation::new(seen));
    }
    Ok(outcome)
}
