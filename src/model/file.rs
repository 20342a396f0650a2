//! One migration file as the journal knows it.

use crate::model::{
    BatchId, Checksum, Dependency, Effect, Epoch, Expected, Failure, FileId, FileState, FileStatus, FileType, Held,
    Hold, Kept, Locks, Millis, Outcome, Overridden, Phase, PlannedFinding, RecordedDefinition, Repaired, RollbackId,
    UndoBy, UndoCoverage, UndoPart, UndoPlan,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Result of one forward statement.
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
    /// Connections that it waited for at the last try.
    pub blockers: Vec<String>,
    /// Fingerprint of what it touches, taken before it was sent.
    pub fingerprint: String,
    /// Data that is kept of what it destroys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// Its transaction stays open behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shares: bool,
}

/// A text that a statement ran and that the file's own text does not tell, and the definitions of what it changes and of
/// what refers to that, before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunText {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<RecordedDefinition>,
}

/// An undo under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    pub rollback: Option<RollbackId>,
    pub plan: UndoPlan,
    /// Steps of the plan that are done.
    pub done: u32,
    /// `Some(true)` when the fingerprint afterwards equals the one before.
    pub verified: Option<bool>,
    /// The parts that came before it and did not bring everything back.
    pub earlier: Vec<UndoPart>,
    /// Reason why it is not the end itself: the rest is to be derived.
    pub fell_short: Option<Failure>,
    /// Aspects that could not be compared afterwards.
    pub not_compared: Vec<String>,
}

impl Undo {
    /// Means by which it goes; `None` where it does nothing.
    pub fn by(&self) -> Option<UndoBy> {
        match self.plan {
            UndoPlan::Written { .. } => Some(UndoBy::Script),
            UndoPlan::Derived { .. } => Some(UndoBy::Derived),
            UndoPlan::Nothing | UndoPlan::Impossible { .. } => None,
        }
    }

    /// True if the rest can still be derived where it falls short: after the script statement by statement, and then, or
    /// at once, object by object.
    pub fn has_rest(&self) -> bool {
        let parts = if self.ran_script() { 3 } else { 2 };
        self.by().is_some() && self.earlier.len() + 1 < parts
    }

    /// It as a part that came before another.
    pub fn part(&self, why: Failure) -> Option<UndoPart> {
        let steps = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.by().map(|by| UndoPart { by, done: self.done, steps, why })
    }

    /// Tells what is to be said of it beside its end: the parts that did not lead back, whose the rest was, and what
    /// was not compared. Empty where it went as it was planned.
    pub fn story(&self) -> Vec<String> {
        let mut story: Vec<String> = self.earlier.iter().map(UndoPart::sentence).collect();
        if self.by() == Some(UndoBy::Derived) && !story.is_empty() {
            let done = if self.done as usize == self.len() { "all".to_owned() } else { self.done.to_string() };
            story.push(format!("the rest was derived from what stood before ({done} of {} steps done)", self.len()));
        }
        story.extend(self.not_compared.iter().map(|what| format!("not compared: {what}")));
        story
    }

    /// Certainty that all is as before, in words that follow "undone": what was not compared is not verified. It is that
    /// of the least certain of several files.
    pub fn certainty<'f>(files: impl IntoIterator<Item = &'f File>) -> &'static str {
        Undo::words_of(files.into_iter().filter_map(|file| file.undo.as_ref()).any(|undo| undo.is_uncertain()))
    }

    /// True if something could not be compared afterwards.
    pub fn is_uncertain(&self) -> bool {
        !self.not_compared.is_empty()
    }

    /// The words of [`Undo::certainty`], where it is known whether something was not compared.
    pub fn words_of(is_uncertain: bool) -> &'static str {
        match is_uncertain {
            false => "and verified",
            true => "and verified but for what could not be compared",
        }
    }

    /// True if its author's script has run, wholly or in part.
    pub fn ran_script(&self) -> bool {
        let parts = self.earlier.iter().map(|part| part.by);
        parts.chain(self.by()).any(|by| by == UndoBy::Script)
    }

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

    /// The forward statements that a step undoes.
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

    /// Number of steps it has.
    pub fn len(&self) -> usize {
        match &self.plan {
            UndoPlan::Written { steps } => steps.len(),
            UndoPlan::Derived { steps, .. } => steps.len(),
            UndoPlan::Nothing | UndoPlan::Impossible { .. } => 0,
        }
    }

    /// True if it has no step at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A file and where it is in its life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Its statements counted by what undoes them.
    pub coverage: UndoCoverage,
    pub depends_on: Vec<Dependency>,
    /// Objects that it uses while it is under way, its rollback script included.
    pub locks: Locks,
    /// Time that it was expected to take when it was planned, where anything is known of that.
    pub expected: Option<Box<Expected>>,
    /// Findings of the plan that the checks before it take up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<PlannedFinding>,
    /// Checks that stopped its present run, or its last one, before it began.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stopped_by: BTreeSet<String>,
    /// Checks that somebody lets pass, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overridden: BTreeMap<String, Overridden>,
    pub state: FileState,
    /// Time when it entered that state.
    pub moved_at: Millis,
    /// Time when its present run, or its last one, began.
    pub begun_at: Option<Millis>,
    pub outcome: Option<Outcome>,
    /// One for each forward statement that has ended, in order.
    pub records: Vec<StatementRecord>,
    /// Texts that statements ran and that the file's own text does not tell; those of the rollback script come after the
    /// file's, as in [`File::numbered`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runs: BTreeMap<u32, String>,
    pub running: Option<Box<Running>>,
    /// The first statement of the transaction that several of the file's statements share, while that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<u32>,
    /// Data that is still kept of what its statements destroyed.
    pub held: Vec<Held>,
    pub undo: Option<Box<Undo>>,
    /// Rows that the undo left as others have made them since, each with its key and the reason.
    pub left_alone: BTreeSet<String>,
    /// Definitions that the undo left as others have changed them since, each as a sentence.
    pub definitions_left_alone: Vec<String>,
    /// Outcome that a person has declared for it after it failed, until it moves there.
    pub settled: Option<Outcome>,
    /// What a person has said of how it lies in the directory since it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired: Option<Box<Repaired>>,
    /// Fingerprint of what the file touches, before it ran.
    pub fingerprint: Option<String>,
    /// Reason why it is not moving, if it is held by itself.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// True if it can go on where it stands.
    pub resumable: bool,
}

impl File {
    /// The status that tables and documents show.
    pub fn status(&self) -> FileStatus {
        FileStatus::from_state(self.state, self.outcome)
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

    /// True if anything the file did, or may have done, still stands.
    pub fn has_effects(&self) -> bool {
        self.running.is_some() || self.records.iter().any(|r| matches!(r.effect, Effect::Took | Effect::Unknown))
    }

    /// True if a rollback has something to undo: it is completed, or failed with effects.
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

    /// The first of the statements that have run in a transaction which is not committed: they share it.
    pub fn uncommitted(&self) -> Option<u32> {
        self.shared.filter(|from| (*from as usize) < self.records.len())
    }

    /// The statement from which a file goes on that a crash left half-way and about which somebody has to decide; `None`
    /// where it cannot.
    pub fn resumes_at(&self) -> Option<u32> {
        self.resume_point().filter(|_| self.crash.is_some_and(|crash| crash.resumable))
    }

    /// The statement from which the file could go on after a crash: all before it took effect, and of it and what comes
    /// after nothing did. `None` where something is in doubt.
    pub fn resume_point(&self) -> Option<u32> {
        // What the file has rolled back itself stands between statements that took effect.
        let took = self.records.iter().rposition(|r| r.effect == Effect::Took).map_or(0, |last| last + 1);
        let certain = self.records.iter().all(|r| matches!(r.effect, Effect::Took | Effect::None));
        (self.running.is_none() && certain).then(|| u32::try_from(took).unwrap_or(u32::MAX))
    }
}
