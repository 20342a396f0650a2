//! A batch: files applied as one unit.

use crate::model::{
    Alert, AlertId, BatchId, BatchStatus, Brief, Checksum, CommandId, Compensates, DependencyType, Epoch, File, FileId,
    FileState, Files, Hold, MeasuredProbe, Millis, Outcome, Policy, Progress, ProgressId, Rollback, RollbackId,
    RollbackStatus, StepUnit, Undo, Verb,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Place at which an operator wants the batch to hold: before a file, or before one of its statements (from 0).
pub type Breakpoint = (FileId, Option<u32>);

/// A held batch may go on until the unit has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub unit: StepUnit,
}

/// A batch and everything in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    pub name: String,
    pub status: BatchStatus,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    /// Checksum of the plan that it was made from.
    pub plan: Checksum,
    pub policy: Policy,
    /// Batch and rollback that it undoes, if it is a compensating batch: then it has no files of its own.
    pub compensates: Option<Compensates>,
    /// The account that started it.
    pub started_by: Option<String>,
    /// As announced; the files themselves follow.
    pub total_files: u32,
    /// In the order in which they start.
    pub order: Vec<FileId>,
    pub files: Files,
    /// Idle files that have not run, by their place in the order.
    pub waiting: BTreeSet<(u32, FileId)>,
    /// Files in the states 2 to 7.
    pub active: BTreeSet<FileId>,
    /// Number of files that stand in each state, by its number less one.
    pub counts: [u32; 8],
    /// Files that have completed and are not rolled back.
    pub completed: u32,
    pub holds: BTreeMap<Hold, String>,
    pub grant: Option<Grant>,
    pub breakpoints: BTreeSet<Breakpoint>,
    /// Set by an abort: nothing new starts; `Some(true)` keeps what has completed.
    pub aborting: Option<bool>,
    /// A failure after which nothing new starts.
    pub stopped: bool,
    pub rollbacks: BTreeMap<RollbackId, Rollback>,
    pub alerts: BTreeMap<AlertId, Alert>,
    /// Time within which it should end, in milliseconds, and the alert that it has not.
    pub expected_ms: Option<u64>,
    pub prolonged: Option<AlertId>,
    /// Commands accepted and not yet effective.
    pub commands: BTreeMap<CommandId, Verb>,
    pub progress: Option<(ProgressId, Progress)>,
    /// Probes as they were before its first file ran, where they were measured.
    pub probes_before: Option<Vec<MeasuredProbe>>,
    /// Probes as they were after its last file, where they were measured.
    #[serde(default)]
    pub probes_after: Option<Vec<MeasuredProbe>>,
    /// Validations by their status: passed, failed, warning.
    pub validations: [u32; 3],
    pub started_at: Option<Millis>,
    pub completed_at: Option<Millis>,
    /// End of its run, before what was undone of it then or later.
    #[serde(default)]
    pub ran_until: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl Batch {
    /// The file, which must be one of the batch.
    pub fn file(&self, id: FileId) -> Option<&File> {
        self.files.get(&id)
    }

    /// The files in short, in the order in which they start.
    pub fn briefs(&self) -> impl DoubleEndedIterator<Item = Brief<'_>> {
        self.order.iter().filter_map(|id| self.files.brief(*id))
    }

    /// The files in the order in which they start.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = &File> {
        self.order.iter().filter_map(|id| self.files.get(id))
    }

    /// The files that have failed, or did before they were undone, in the order in which they start.
    pub fn failures(&self) -> Vec<&File> {
        let failed = self.files.awake().filter(|file| file.state == FileState::Failed || file.failure.is_some());
        let mut failed: Vec<&File> = failed.collect();
        failed.sort_by_key(|file| (file.sort_order, file.id));
        failed
    }

    /// The certainty that what was undone is as before, in words that follow "undone".
    pub fn certainty(&self) -> &'static str {
        Undo::words_of(self.files.briefs().any(|brief| brief.facts.is_uncertain))
    }

    /// Number of files that stand in a state.
    pub fn count(&self, state: FileState) -> u32 {
        self.counts[state as usize - 1]
    }

    /// The files in the states 2 to 7, in the order of their keys.
    pub fn active(&self) -> impl Iterator<Item = &File> {
        self.active.iter().filter_map(|id| self.files.get(id))
    }

    /// True if the batch may move: not held, or granted a step. No step goes past a hold that awaits an approval.
    pub fn may_move(&self) -> bool {
        if self.holds.contains_key(&Hold::AwaitingApproval) {
            return false;
        }
        self.grant.is_some() || !(self.holds.contains_key(&Hold::Paused) || self.holds.contains_key(&Hold::Stepping))
    }

    /// True if nothing of a file is to begin, since the server is busy or a replica lags. What is undone goes on.
    pub fn is_throttled(&self) -> bool {
        self.holds.contains_key(&Hold::Throttled)
    }

    /// The files about which somebody has to decide after a crash.
    pub fn crashed(&self) -> impl Iterator<Item = &File> {
        self.active().filter(|file| file.crash.is_some())
    }

    /// The rollback that is being carried out.
    pub fn running_rollback(&self) -> Option<&Rollback> {
        self.rollbacks.values().find(|r| r.status == RollbackStatus::Running)
    }

    /// The file that a rollback comes to next: in its order, the first that stands and that it has not tried. `None` when
    /// there is none, and when one could not be undone: what stands before it is then for a person to judge.
    pub fn next_to_undo(&self, rollback: &Rollback) -> Option<&File> {
        let mut files = rollback.files.iter().filter_map(|id| self.files.get(id));
        if files.clone().any(|f| f.state == FileState::Failed && rollback.begun.contains(&f.id)) {
            return None;
        }
        files.find(|f| f.stands() && !rollback.begun.contains(&f.id))
    }

    /// The required dependency, in this batch, that keeps a file from starting.
    pub fn blocked_by(&self, file: &File) -> Option<&File> {
        self.required(file).find(|on| on.outcome != Some(Outcome::Completed))
    }

    /// The files of this batch that a file needs.
    fn required(&self, file: &File) -> impl Iterator<Item = &File> {
        let required = file.depends_on.iter().filter(|d| d.kind == DependencyType::Required);
        required.filter_map(move |d| self.files.get(&d.on))
    }

    /// The file whose turn is next: the first in order that waits for nothing but its turn.
    pub fn next_waiting(&self) -> Option<&File> {
        let waiting = self.waiting.iter().filter_map(|(_, id)| self.files.get(id));
        waiting.into_iter().find(|f| self.blocked_by(f).is_none())
    }

    /// The file that comes next once those under way have ended: the first in order that waits for nothing else.
    pub fn next_up(&self) -> Option<&File> {
        let waiting = self.waiting.iter().filter_map(|(_, id)| self.files.get(id));
        let is_near = |on: &File| on.outcome == Some(Outcome::Completed) || self.active.contains(&on.id);
        waiting.into_iter().find(|file| self.required(file).all(is_near))
    }

    /// True if a statement is running now.
    pub fn is_running_statement(&self) -> bool {
        self.active().any(|f| f.running.is_some())
    }

    /// The rollbacks that have undone files of it after it had completed, each as a batch of its own.
    pub fn taken_back(&self) -> impl Iterator<Item = (&Rollback, BatchId)> {
        let done = self.rollbacks.values().filter(|r| r.status == RollbackStatus::Completed);
        done.filter_map(|r| r.compensated_by.map(|by| (r, by)))
    }

    /// Files that have completed; of a compensating batch, those that it has undone.
    pub fn processed(&self) -> u32 {
        let is_compensated = self.compensates.is_some() && self.status == BatchStatus::Completed;
        if is_compensated { self.total_files } else { self.completed }
    }
}
