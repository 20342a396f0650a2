//! Lists that a screen asks for when it is opened, and what they tell. They are read again now and then while the screen
//! is on; what the journal says meanwhile comes on top by itself.

use crate::model::{
    Alert, BatchId, BatchStatus, Category, Checksum, Class, Closed, Epoch, Event, FileId, Millis, RollbackId,
    RollbackStatus, ValidationId, ValidationPhase, ValidationStatus,
};

/// Most results of checks that are read of a batch; the worst come first.
pub const CHECK_RESULTS: usize = 5_000;
/// Most batches that History looks back on.
pub const HISTORY_BATCHES: usize = 200;
/// Most rollbacks that Decisions looks back on.
pub const DECIDED: usize = 20;

/// A list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRequest {
    Checks(BatchId),
    Alerts,
    History,
    Checklist(BatchId),
    /// Rollbacks about which nothing is to be decided any more.
    Decided,
}

/// A list as it was told.
#[derive(Debug, Clone, PartialEq)]
pub enum List {
    Checks(CheckList),
    Alerts(AlertList),
    History(HistoryList),
    Checklist(Checklist),
    /// The newest first, at most [`DECIDED`].
    Decided(Vec<DecidedRollback>),
}

/// The results of a batch's checks, the worst first and then the newest, at most [`CHECK_RESULTS`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckList {
    pub batch: BatchId,
    pub results: Vec<CheckResult>,
}

/// The result of one check, with its evidence as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    pub id: ValidationId,
    /// `None` for a check of the whole batch.
    pub file: Option<FileId>,
    pub phase: ValidationPhase,
    pub check: String,
    pub status: ValidationStatus,
    pub class: Option<Class>,
    pub result: String,
    /// Milliseconds that it took.
    pub ms: u64,
    pub at: Millis,
}

impl CheckResult {
    /// The results that an event records; none for an event of another kind.
    pub fn of(event: &Event) -> impl Iterator<Item = CheckResult> {
        event.kind.validations().map(|result| CheckResult {
            id: result.id,
            file: result.file,
            phase: result.phase,
            check: result.check.to_owned(),
            status: result.status,
            class: result.class,
            result: result.result.to_owned(),
            ms: result.ms,
            at: event.at,
        })
    }
}

/// The alerts of all batches and of the system, what was told of them, and who is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertList {
    pub alerts: Vec<Alert>,
    pub told: Vec<Told>,
    /// Hooks of this console's own configuration; `None` where it cannot be read.
    pub contacts: Option<Vec<Contact>>,
}

/// A delivery of an alert that has come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub alert: crate::model::AlertId,
    pub hook: String,
    pub attempts: u32,
    /// Time when it was told.
    pub at: Option<Millis>,
    /// Reason why it was given up; `None` if it arrived.
    pub error: Option<String>,
}

/// Somebody who is told of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub hook: String,
    /// Name of who is reached, for people.
    pub who: Option<String>,
    /// `command`, `webhook` or `mail`.
    pub way: &'static str,
    /// The level from which it is told, from 1.
    pub level: u32,
}

/// The batches there were, the newest first, at most [`HISTORY_BATCHES`], and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryList {
    pub batches: Vec<PastBatch>,
    /// The file that took longest, and its milliseconds.
    pub longest: Option<(String, u64)>,
    /// The file that was tried again most often, and how often.
    pub most_retried: Option<(String, u64)>,
}

/// A batch among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastBatch {
    pub id: BatchId,
    pub name: String,
    pub status: BatchStatus,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    pub total_files: u32,
    pub completed_files: u32,
    /// Files that ran and were undone.
    pub undone_files: u32,
    pub started_at: Option<Millis>,
    pub completed_at: Option<Millis>,
    /// End of its run, where what was undone of it ended it again.
    pub ran_until: Option<Millis>,
    pub by: Option<String>,
    pub rollbacks: Vec<PastRollback>,
    pub failures: Vec<PastFailure>,
}

/// A rollback of a batch among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRollback {
    pub id: RollbackId,
    pub class: Class,
    pub reason: String,
    pub status: RollbackStatus,
    pub closed: Option<Closed>,
    pub decided_by: Option<String>,
    pub ms: u64,
    pub at: Millis,
}

/// A rollback about which nothing is to be decided any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedRollback {
    pub batch: BatchId,
    pub rollback: PastRollback,
    /// Reason that was given with the decision.
    pub said: Option<String>,
}

/// A failure of a file of a batch among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastFailure {
    pub path: String,
    pub category: Category,
    /// In words, with statement and line.
    pub what: String,
    pub at: Millis,
}

/// The checklist of a batch as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checklist {
    pub batch: BatchId,
    pub plan: Checksum,
    /// `policy.checklist` of this console's configuration; `None` where it cannot be read.
    pub policy: Option<&'static str>,
    pub items: Vec<ChecklistItem>,
}

/// Time at which an item counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChecklistPhase {
    Before,
    During,
    After,
}

/// An item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistItem {
    pub phase: ChecklistPhase,
    /// The word by which it is ticked.
    pub key: &'static str,
    pub title: &'static str,
    /// True where only a person can know.
    pub is_of_person: bool,
    /// `None` where it is not asked for now.
    pub done: Option<bool>,
    pub evidence: String,
    /// The person who ticked it, and when.
    pub ticked: Option<(String, Millis)>,
}
