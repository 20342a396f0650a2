//! Replicas that are far behind already when a file would make them lag more.

use super::context::CheckContext;
use super::count::PATIENCE;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Warn;
use crate::database::{CONNECTIONS_HIDDEN, DbError};

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
    if replicas.asked.is_empty() {
        let seen = match replicas.connected {
            Some(0) => return Ok(outcome),
            Some(connected) => format!(
                "how far {connected} connected replicas are behind: throttle.replicas names none that could be asked"
            ),
            None => format!("whether replicas are connected: {CONNECTIONS_HIDDEN}"),
        };
        outcome.undecided.push(Violation::new(seen));
    }
    Ok(outcome)
}
