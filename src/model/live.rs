//! What the worker sees on its server while it works: how far a statement is, who is in its way, how busy the server is.
//! It is true for the moment, decides nothing, and is not in the journal.

use super::{BatchId, FileId, Millis, Phase};
use serde::{Deserialize, Serialize};

/// One look at the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Live {
    /// Time of the look, on the database's clock.
    pub at: Millis,
    /// Number of files that may be under way at a time in the batch that is driven; `None` where nobody says.
    pub parallel: Option<u32>,
    /// Statements that have run for longer than a second, in the order in which they were sent.
    pub statements: Vec<LiveStatement>,
    /// Load of the server; `None` before the first look, and where no server is (SQLite).
    pub load: Option<Load>,
}

/// A statement that is under way, as its server sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LiveStatement {
    pub batch: BatchId,
    pub file: FileId,
    pub phase: Phase,
    /// Number within the file, as in the journal.
    pub statement: u32,
    /// Connection that runs it; `None` on SQLite, which has none.
    pub connection: Option<u64>,
    /// Time since it was sent, the waits between its tries included.
    pub elapsed_ms: u64,
    /// Stage of the server's work; `None` where the server names none.
    pub stage: Option<Stage>,
    /// Reason, in a sentence, why the stage or how far it is cannot be known.
    pub stage_unknown: Option<String>,
    /// Those that hold what it waits for, the oldest first. Empty when it does not wait.
    pub blocked_by: Vec<LiveBlocker>,
    /// Reason, in a sentence, why nobody knows who is in its way, or whether all of these are. It waits where there is
    /// one.
    pub blockers_unknown: Option<String>,
    /// Reason, in a sentence, why nobody knows whether it waits for anybody.
    pub waits_unknown: Option<String>,
}

/// Stage of the server's work on a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Stage {
    /// The server's word for it: `copy to tmp table`, `Waiting for table metadata lock`.
    pub name: String,
    /// Number of the stage, from 1, and of all stages, where the server counts them.
    pub step: Option<u32>,
    pub steps: Option<u32>,
    /// Done of this stage (of the whole where stages are not counted), in thousandths.
    pub done_permille: Option<u32>,
    /// Rows that are done and all of them: about, from the server's estimate of the table.
    pub rows_done: Option<u64>,
    pub rows_total: Option<u64>,
    /// Time that the stage still takes at the pace that was measured.
    pub left_ms: Option<u64>,
}

/// A session that holds what a statement waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LiveBlocker {
    pub connection: u64,
    /// `user@host`, as the server says it.
    pub account: String,
    /// Object that is locked: `shop.payments`.
    pub object: String,
    /// Kind of lock: `metadata lock`, `row lock`.
    pub lock: String,
    /// False where the server does not list its locks, and it only may be the one: it has a transaction open.
    pub certain: bool,
    /// Age of its open transaction.
    pub transaction_ms: Option<u64>,
    /// Statement that it runs, shortened.
    pub runs: Option<String>,
    /// Statement that it ran last, where it runs none; shortened. Not every server keeps it.
    pub last: Option<String>,
    /// Time for which it has run nothing.
    pub idle_ms: Option<u64>,
}

/// Load of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Load {
    /// Time of the look, on the database's clock: it is taken less often than the rest.
    pub at: Millis,
    /// Statements that run, ours among them.
    pub threads_running: Option<u64>,
    pub connections: Option<u64>,
    /// Rows that were inserted, updated and deleted in a second, since the look before.
    pub rows_written_per_s: Option<u64>,
    /// How far the slowest of the replicas that are watched is behind.
    pub replica_lag_ms: Option<u64>,
    /// Reason, in a sentence, why the server's own figures are missing.
    pub unknown: Option<String>,
    /// Reason, in a sentence, why no replica's lag is known.
    pub lag_unknown: Option<String>,
}

impl Live {
    /// The statement of a file that is under way, if it runs for longer than a second.
    pub fn statement(&self, batch: BatchId, file: FileId) -> Option<&LiveStatement> {
        self.statements.iter().find(|s| s.batch == batch && s.file == file)
    }

    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.load.is_none()
    }
}

/// Thousandths of a stage that are done before its pace tells anything.
const TELLING: u64 = 20;

impl LiveStatement {
    /// Milliseconds that the whole statement still takes, at the least and at the most, as its server's progress tells. Of
    /// the last stage what was measured; while stages are still to come, at the least what the one under way takes, and at
    /// the most as long as if each took the same time.
    pub fn left_ms(&self) -> Option<(u64, u64)> {
        let stage = self.stage.as_ref()?;
        let is_last = stage.step.zip(stage.steps).is_none_or(|(step, steps)| step >= steps);
        let by_pace = self.left_by_pace(stage);
        match stage.left_ms.or(by_pace.filter(|_| is_last)) {
            Some(ms) if is_last => Some((ms, ms)),
            Some(ms) => Some((ms, by_pace?.max(ms))),
            None => None,
        }
    }

    fn left_by_pace(&self, stage: &Stage) -> Option<u64> {
        let (step, steps) = stage.step.zip(stage.steps).unwrap_or((1, 1));
        let done = u64::from(step.saturating_sub(1)) * 1_000 + u64::from(stage.done_permille?);
        let all = u64::from(steps.max(step)) * 1_000;
        (done >= TELLING).then(|| self.elapsed_ms.saturating_mul(all.saturating_sub(done)) / done)
    }
}

impl LiveBlocker {
    /// True if it has a transaction open and runs nothing: somebody left it.
    pub fn gone_idle(&self) -> bool {
        self.runs.is_none() && self.transaction_ms.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_that_are_to_come_make_a_range() {
        let left = |step, steps, done, left_ms| {
            let stage = Stage { step, steps, done_permille: Some(done), left_ms, ..Stage::default() };
            LiveStatement { elapsed_ms: 60_000, stage: Some(stage), ..LiveStatement::default() }.left_ms()
        };
        assert_eq!(left(None, None, 600, None), Some((40_000, 40_000)));
        assert_eq!(left(Some(1), Some(2), 500, Some(55_000)), Some((55_000, 180_000)), "the second stage comes too");
        assert_eq!(left(Some(2), Some(2), 500, Some(55_000)), Some((55_000, 55_000)));
        assert_eq!(left(Some(1), Some(2), 3, None), None, "too early to tell");
    }
}
