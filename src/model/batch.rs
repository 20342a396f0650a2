//! A batch: files applied as one unit.

use super::row::{Cell, Row, Table};
use super::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Why a file or a batch is not moving; never a state (`2-lifecycle`, Nouns).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    Paused,
    Stepping,
    Blocked,
    Throttled,
    AwaitingApproval,
}

impl Hold {
    /// The word in JSON and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Hold::Paused => "paused",
            Hold::Stepping => "stepping",
            Hold::Blocked => "blocked",
            Hold::Throttled => "throttled",
            Hold::AwaitingApproval => "awaiting_approval",
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What was decided when the batch was planned; it goes with the batch, whoever drives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether independent files go on after a failure (`on_failure = stop | continue`). Unset: they stop after a
    /// doctrine file, and go on after any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_on_failure: Option<bool>,
    /// Hold before the first statement.
    #[serde(default)]
    pub step: bool,
    /// Statements that nothing undoes may run: whoever started the batch has read which they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_irreversible: bool,
    /// Session variables for the connections that run files, as `SET` assignments in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<(String, String)>,
    /// Name of the layout that the files were read by.
    #[serde(default)]
    pub layout: String,
    #[serde(default)]
    pub windows: Windows,
    /// Whoever started the batch does not decide about its rollbacks. The worker sets it, from what the server says:
    /// no client chooses it for itself.
    #[serde(default)]
    pub four_eyes: bool,
    /// What an automatic class A rollback does when it would destroy rows that others wrote.
    #[serde(default)]
    pub data_loss: DataLoss,
    #[serde(default)]
    pub after_crash: AfterCrash,
    /// How many files may be under way at a time, where whoever started it said so; else the worker decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
}

/// What happens to a file that a crash left half-way (`2-lifecycle`, scenario 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterCrash {
    /// `policy.on_crash`.
    pub then: OnCrash,
    /// The longest undo that begins unasked, in milliseconds; what ran tells how long it may take (`crash.max_undo`).
    pub max_undo: u64,
}

impl Default for AfterCrash {
    fn default() -> Self {
        AfterCrash { then: OnCrash::Rollback, max_undo: 10 * 60 * 1000 }
    }
}

/// `policy.on_crash`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnCrash {
    /// It is undone.
    #[default]
    Rollback,
    /// Somebody chooses.
    Hold,
}

/// `class_a.data_loss`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataLoss {
    /// Somebody has to approve it first.
    #[default]
    Hold,
    Proceed,
}

impl Policy {
    /// Whether the batch goes on after a file of this type has failed.
    pub fn continues_after(&self, file_type: FileType) -> bool {
        self.continue_on_failure.unwrap_or(file_type != FileType::Doctrine)
    }
}

/// Where an operator wants the batch to hold: before a file, or before one of its statements (from 0).
pub type Breakpoint = (FileId, Option<u32>);

/// A held batch may go on until the unit has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub unit: StepUnit,
}

/// A row of `migration_progress`, throttled: it is for readers without the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub phase: String,
    pub total_phases: u32,
    /// From 1.
    pub phase_index: u32,
    pub files_in_phase: u32,
    pub files_completed_in_phase: u32,
    /// Hundredths of a percent, 0 to 10,000.
    pub percent_hundredths: u32,
    pub remaining_seconds: u32,
}

/// A row of `migration_alerts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub id: AlertId,
    pub batch: BatchId,
    pub file: Option<FileId>,
    pub alert_type: AlertType,
    pub title: String,
    pub message: String,
    pub status: AlertStatus,
    pub level: u32,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl Alert {
    /// Takes in an event about one of these alerts; its row.
    pub(super) fn apply(alerts: &mut BTreeMap<AlertId, Alert>, event: &Event) -> Option<Row> {
        match &event.kind {
            EventKind::AlertRaised { alert, file, alert_type, title, message } => {
                let raised = Alert {
                    id: *alert,
                    batch: event.batch,
                    file: *file,
                    alert_type: *alert_type,
                    title: title.clone(),
                    message: message.clone(),
                    status: AlertStatus::New,
                    level: 0,
                    created_at: event.at,
                    updated_at: event.at,
                };
                let row = raised.row();
                alerts.insert(*alert, raised);
                Some(row)
            }
            EventKind::AlertChanged { alert, status, level, alert_type } => {
                let alert = alerts.get_mut(alert)?;
                alert.alert_type = alert_type.unwrap_or(alert.alert_type);
                alert.status = *status;
                alert.level = *level;
                alert.updated_at = event.at;
                Some(alert.row())
            }
            _ => None,
        }
    }

    pub(super) fn row(&self) -> Row {
        let cells = vec![
            Cell::Int(self.batch.0),
            Cell::Int(self.file.map_or(0, |f| f.0)),
            Cell::text(self.alert_type.as_str()),
            Cell::Text(self.title.chars().take(255).collect()),
            Cell::text(&self.message),
            Cell::text(self.status.as_str()),
            Cell::int(self.level.into()),
        ];
        Row::new(Table::Alerts, self.id.0, cells, &serde_json::json!({}), self.created_at, self.updated_at)
    }
}

/// A batch and everything in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    pub id: BatchId,
    pub name: String,
    pub status: BatchStatus,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    /// Checksum of the plan that it was made from.
    pub plan: Checksum,
    pub policy: Policy,
    /// What it takes back, if it is a compensating batch: then it has no files of its own.
    pub compensates: Option<Compensates>,
    /// The account that started it.
    pub started_by: Option<String>,
    /// As announced; the files themselves follow.
    pub total_files: u32,
    /// In the order in which they start.
    pub order: Vec<FileId>,
    pub files: BTreeMap<FileId, File>,
    /// Idle files that have not run, by their place in the order.
    pub waiting: BTreeSet<(u32, FileId)>,
    /// Files in the states 2 to 7.
    pub active: BTreeSet<FileId>,
    /// How many files stand in each state, by its number less one.
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
    /// Commands accepted and not yet effective.
    pub commands: BTreeMap<CommandId, Verb>,
    pub progress: Option<(ProgressId, Progress)>,
    /// Validations by their status: passed, failed, warning.
    pub validations: [u32; 3],
    pub started_at: Option<Millis>,
    pub completed_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl Batch {
    /// The file, which must be one of the batch.
    pub fn file(&self, id: FileId) -> Option<&File> {
        self.files.get(&id)
    }

    /// The files in the order in which they start.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = &File> {
        self.order.iter().filter_map(|id| self.files.get(id))
    }

    /// How many files stand in a state.
    pub fn count(&self, state: FileState) -> u32 {
        self.counts[state as usize - 1]
    }

    /// The files in the states 2 to 7, in the order of their keys.
    pub fn active(&self) -> impl Iterator<Item = &File> {
        self.active.iter().filter_map(|id| self.files.get(id))
    }

    /// Whether the batch may move: not held, or granted a step. No step goes past a hold that awaits an approval.
    pub fn may_move(&self) -> bool {
        if self.holds.contains_key(&Hold::AwaitingApproval) {
            return false;
        }
        self.grant.is_some() || !(self.holds.contains_key(&Hold::Paused) || self.holds.contains_key(&Hold::Stepping))
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
        let required = file.depends_on.iter().filter(|d| d.kind == DependencyType::Required);
        required.filter_map(|d| self.files.get(&d.on)).find(|on| on.outcome != Some(Outcome::Completed))
    }

    /// The file whose turn is next: the first in order that waits for nothing but its turn.
    pub fn next_waiting(&self) -> Option<&File> {
        let waiting = self.waiting.iter().filter_map(|(_, id)| self.files.get(id));
        waiting.into_iter().find(|f| self.blocked_by(f).is_none())
    }

    /// Whether a statement is running now.
    pub fn is_running_statement(&self) -> bool {
        self.active().any(|f| f.running.is_some())
    }

    /// The rollbacks that have taken back files of it after it had completed, each as a batch of its own.
    pub fn taken_back(&self) -> impl Iterator<Item = (&Rollback, BatchId)> {
        let done = self.rollbacks.values().filter(|r| r.status == RollbackStatus::Completed);
        done.filter_map(|r| r.compensated_by.map(|by| (r, by)))
    }

    /// Files that have completed; of a compensating batch, those that it has taken back.
    pub fn processed(&self) -> u32 {
        let is_compensated = self.compensates.is_some() && self.status == BatchStatus::Completed;
        if is_compensated { self.total_files } else { self.completed }
    }

    pub(super) fn row(&self) -> Row {
        let properties = serde_json::json!({
            "plan": self.plan,
            "policy": self.policy,
            "started_by": self.started_by,
            "compensates": self.compensates,
            "holds": self.holds,
        });
        let stamp = |at: Option<Millis>| Cell::Int(at.map_or(0, |m| Ymdhis::from(m).0));
        Row::new(
            Table::Batches,
            self.id.0,
            vec![
                Cell::text(&self.name),
                Cell::text(self.status.as_str()),
                Cell::Int(self.epoch_from.0),
                Cell::Int(self.epoch_to.0),
                Cell::Int(self.total_files.into()),
                Cell::Int(self.processed().into()),
                Cell::Int(self.count(FileState::Failed).into()),
                stamp(self.started_at),
                stamp(self.completed_at),
            ],
            &properties,
            self.created_at,
            self.updated_at,
        )
    }
}
