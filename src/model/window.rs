//! Decision windows: how long, what follows when nobody decides, and what is due when.

use super::*;
use serde::{Deserialize, Serialize};
use std::fmt;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// What becomes of a window in which nobody decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// The files stay.
    #[default]
    Keep,
    /// The files stay, and a person has to look.
    Escalate,
    /// The rollback runs.
    Rollback,
}

impl Lapse {
    /// How the window is closed by it, if it is.
    pub fn closes(self) -> Option<Closed> {
        match self {
            Lapse::Keep => Some(Closed::Kept),
            Lapse::Escalate => Some(Closed::Escalated),
            Lapse::Rollback => None,
        }
    }
}

/// The decision windows of a batch, in milliseconds; the defaults are the seed's. They go with the batch, whoever drives
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    pub b: u64,
    pub c: u64,
    pub d: u64,
    #[serde(default)]
    pub on_lapse: Lapse,
}

impl Default for Windows {
    fn default() -> Windows {
        Windows { b: DAY, c: 7 * DAY, d: 30 * DAY, on_lapse: Lapse::Keep }
    }
}

impl Windows {
    /// How long the window of a class is; class A has none.
    pub fn of(&self, class: Class) -> Option<u64> {
        match class {
            Class::A => None,
            Class::B => Some(self.b),
            Class::C => Some(self.c),
            Class::D => Some(self.d),
        }
    }
}

/// When a window that is running out is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Half,
    NineTenths,
}

/// What is to be done at a time (`migration_jobs.job_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    WindowHalf,
    WindowNineTenths,
    WindowLapse,
}

impl JobKind {
    /// All of them.
    pub const ALL: [JobKind; 3] = [JobKind::WindowHalf, JobKind::WindowNineTenths, JobKind::WindowLapse];

    /// The word in `job_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            JobKind::WindowHalf => "window_half",
            JobKind::WindowNineTenths => "window_nine_tenths",
            JobKind::WindowLapse => "window_lapse",
        }
    }

    /// The kind spelled so, if there is one.
    pub fn parse(text: &str) -> Option<JobKind> {
        JobKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The part of a window, in tenths, after which it is due.
    fn tenths(self) -> u64 {
        match self {
            JobKind::WindowHalf => 5,
            JobKind::WindowNineTenths => 9,
            JobKind::WindowLapse => 10,
        }
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A row of `migration_jobs` about a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    pub batch: BatchId,
    pub rollback: RollbackId,
    pub kind: JobKind,
    pub due: Millis,
}

/// How many kinds of jobs there may ever be about one thing: the room in [`Job::key`].
const KINDS: i64 = 16;

impl Job {
    /// The row's key. Jobs follow from events, so their keys do too: a replay makes the same rows.
    pub fn key(rollback: RollbackId, kind: JobKind) -> i64 {
        rollback.0 * KINDS + kind as i64
    }

    /// The rollback that a key is about.
    pub fn rollback_of(key: i64) -> RollbackId {
        RollbackId(key / KINDS)
    }
}

/// What an event changes in `migration_jobs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobChange {
    /// Something will be due.
    Set(Job),
    /// It was done.
    Done(i64),
    /// Nothing of a rollback is due any more; what was done stays so.
    Cancelled(RollbackId),
}

/// The jobs that follow from an event: like the eight tables, they are a projection of the journal.
pub fn job_changes(event: &Event) -> Vec<JobChange> {
    use EventKind::*;
    match &event.kind {
        RollbackOpened { rollback, window: Some(window), .. } => {
            let due =
                |kind: JobKind| event.at.plus((*window / 10) * kind.tenths() + (*window % 10) * kind.tenths() / 10);
            let set = |kind| JobChange::Set(Job { batch: event.batch, rollback: *rollback, kind, due: due(kind) });
            JobKind::ALL.into_iter().map(set).collect()
        }
        WindowWarned { rollback, mark, .. } => {
            let kind = if *mark == Mark::Half { JobKind::WindowHalf } else { JobKind::WindowNineTenths };
            vec![JobChange::Done(Job::key(*rollback, kind))]
        }
        WindowLapsed { rollback, .. } => {
            vec![JobChange::Done(Job::key(*rollback, JobKind::WindowLapse)), JobChange::Cancelled(*rollback)]
        }
        DecisionAccepted { rollback, .. } | RollbackStarted { rollback, .. } => vec![JobChange::Cancelled(*rollback)],
        _ => Vec::new(),
    }
}
