//! One migration file as the journal knows it.

use super::row::{Cell, Row, Table};
use super::*;
use serde::{Deserialize, Serialize};

/// Whether a statement changed the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is in force.
    Took,
    /// The database is as it was before it.
    None,
    /// Nobody can say; a person has to look.
    Unknown,
    /// It was in force and has been taken back.
    Undone,
}

/// What became of one forward statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRecord {
    pub effect: Effect,
    pub rows: u64,
    pub ms: u64,
    /// The server's warnings, counted.
    pub warnings: u32,
    /// It wrote rows, or may have, and nobody saw how many: it broke off in between, or a restart found out what became
    /// of it.
    #[serde(default)]
    pub uncounted: bool,
}

/// The statement under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    pub statement: u32,
    pub phase: Phase,
    /// The line of the file where it begins.
    pub line: u32,
    pub since: Millis,
    /// The server's id of the connection that runs it.
    pub connection: u64,
    /// 1 for the first try; lock waits raise it.
    pub attempt: u32,
    /// Whom it waited for at the last try.
    pub blockers: Vec<String>,
    /// Fingerprint of what it touches, taken before it was sent.
    pub fingerprint: String,
    /// What is kept of what it destroys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
}

/// How an idle file got there, if it ever ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Completed,
    RolledBack,
}

/// An undo under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    pub rollback: Option<RollbackId>,
    pub plan: UndoPlan,
    /// Steps of the plan that are done.
    pub done: u32,
    /// `Some(true)` when the fingerprint afterwards equals the one before.
    pub verified: Option<bool>,
}

impl Undo {
    /// The step to run next: its statement's index in the script of the undo, and the forward statements that it takes
    /// back.
    pub fn next_step(&self) -> Option<(u32, &[u32])> {
        let done = self.done as usize;
        let statement = match &self.plan {
            UndoPlan::Written { steps } => steps.get(done)?.statement,
            UndoPlan::Derived { steps, .. } => steps.get(done).map(|_| self.done)?,
            UndoPlan::Nothing | UndoPlan::Impossible { .. } => return None,
        };
        Some((statement, self.undone_by(done)))
    }

    /// The forward statements that a step takes back.
    pub fn undone_by(&self, step: usize) -> &[u32] {
        match &self.plan {
            UndoPlan::Written { steps } => steps.get(step).map_or(&[], |step| step.undoes.as_slice()),
            UndoPlan::Derived { steps, .. } => steps.get(step).map_or(&[], |step| step.undoes.as_slice()),
            UndoPlan::Nothing | UndoPlan::Impossible { .. } => &[],
        }
    }

    /// The indices, in the script of the undo, of the steps that are done.
    pub fn done_steps(&self) -> Vec<u32> {
        match &self.plan {
            UndoPlan::Written { steps } => steps.iter().take(self.done as usize).map(|step| step.statement).collect(),
            UndoPlan::Derived { .. } => (0..self.done).collect(),
            UndoPlan::Nothing | UndoPlan::Impossible { .. } => Vec::new(),
        }
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        match &self.plan {
            UndoPlan::Written { steps } => steps.len(),
            UndoPlan::Derived { steps, .. } => steps.len(),
            UndoPlan::Nothing | UndoPlan::Impossible { .. } => 0,
        }
    }

    /// Whether it has no step at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A file and where it is in its life.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub id: FileId,
    pub batch: BatchId,
    pub path: String,
    pub file_type: FileType,
    pub hash: Checksum,
    pub canonical: Checksum,
    pub source: Checksum,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    pub sort_order: u32,
    /// From 1; 0 where none is known.
    pub wave: u32,
    /// Statements of the migration.
    pub statements: u32,
    pub undo_statements: Option<u32>,
    /// What undoes its statements.
    pub coverage: UndoCoverage,
    pub depends_on: Vec<Dependency>,
    /// What it uses while it is under way, its rollback script included.
    pub locks: Locks,
    pub state: FileState,
    /// When it entered that state.
    pub moved_at: Millis,
    pub outcome: Option<Outcome>,
    /// One for each forward statement that has ended, in order.
    pub records: Vec<StatementRecord>,
    pub running: Option<Running>,
    /// What is still kept of what its statements destroyed.
    pub held: Vec<Held>,
    pub undo: Option<Undo>,
    /// How a person says that it stands, until it moves there.
    pub settled: Option<Outcome>,
    /// Fingerprint of what the file touches, before it ran.
    pub fingerprint: Option<String>,
    /// Why it is not moving, if it is held by itself.
    pub holds: Vec<(Hold, String)>,
    /// Somebody has to choose how it goes on after a crash; whether it can go on forward.
    pub crash: Option<Crash>,
    pub failure: Option<Failure>,
    pub retries: u32,
    /// Milliseconds spent in statements.
    pub processing_ms: u64,
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// A file that a crash left half-way, and about which somebody has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Crash {
    /// Whether it can go on where it stands.
    pub resumable: bool,
}

impl File {
    /// `file_status`, which follows from state and outcome (`2-lifecycle`).
    pub fn status(&self) -> FileStatus {
        match (self.state, self.outcome) {
            (FileState::Idle, None) => FileStatus::Pending,
            (FileState::Idle, Some(Outcome::Completed)) => FileStatus::Completed,
            (FileState::Idle, Some(Outcome::RolledBack)) => FileStatus::RolledBack,
            (FileState::Failed, _) => FileStatus::Failed,
            _ => FileStatus::Processing,
        }
    }

    /// Statements that stand in the database, by index.
    pub fn in_force(&self) -> impl Iterator<Item = u32> + '_ {
        self.with_effect(Effect::Took)
    }

    /// Statements of which nobody can say whether they took effect.
    pub fn in_doubt(&self) -> impl Iterator<Item = u32> + '_ {
        self.with_effect(Effect::Unknown)
    }

    fn with_effect(&self, effect: Effect) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.records).filter(move |(_, r)| r.effect == effect).map(|(i, _)| i)
    }

    /// Whether anything the file did, or may have done, still stands.
    pub fn has_effects(&self) -> bool {
        self.running.is_some() || self.records.iter().any(|r| matches!(r.effect, Effect::Took | Effect::Unknown))
    }

    /// Whether a rollback has something to take back: it is completed, or failed with effects.
    pub fn stands(&self) -> bool {
        match self.state {
            FileState::Idle => self.outcome == Some(Outcome::Completed),
            FileState::Failed => self.has_effects(),
            _ => false,
        }
    }

    /// Index of the forward statement to run next, `None` when all have ended.
    pub fn next_statement(&self) -> Option<u32> {
        let next = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        (next < self.statements).then_some(next)
    }

    /// The statement from which the file could go on after a crash: all before it took effect, and of it and what comes
    /// after nothing did. `None` where something is in doubt.
    pub fn resume_point(&self) -> Option<u32> {
        // What the file has rolled back itself stands between statements that took effect.
        let took = self.records.iter().rposition(|r| r.effect == Effect::Took).map_or(0, |last| last + 1);
        let certain = self.records.iter().all(|r| matches!(r.effect, Effect::Took | Effect::None));
        (self.running.is_none() && certain).then(|| u32::try_from(took).unwrap_or(u32::MAX))
    }

    /// The file as a row of `migration_files`. What the deployed table has no column for stands in `properties`.
    pub fn row(&self) -> Row {
        let properties = serde_json::json!({
            "state_id": self.state.id(),
            "state": self.state,
            "wave": self.wave,
            "statements": self.statements,
            "statements_ended": self.records.len(),
            "undo_statements": self.undo_statements,
            "undo_coverage": self.coverage,
            "source": self.source,
            "canonical": self.canonical,
            "fingerprint": self.fingerprint,
            "running": self.running.as_ref().map(|r| r.statement),
            "holds": self.holds,
            "crash": self.crash,
        });
        Row::new(
            Table::Files,
            self.id.0,
            vec![
                Cell::Int(self.batch.0),
                Cell::text(&self.path),
                Cell::text(self.file_type.as_str()),
                Cell::text(self.status().as_str()),
                Cell::text(&self.hash.0),
                Cell::Int(self.epoch_from.0),
                Cell::Int(self.epoch_to.0),
                Cell::int(self.processing_ms),
                self.failure.as_ref().map_or(Cell::Null, |f| Cell::Text(f.to_string())),
                Cell::Int(self.retries.into()),
                Cell::Int(self.sort_order.into()),
                Cell::Int(self.state.id()),
            ],
            &properties,
            self.created_at,
            self.updated_at,
        )
    }
}
