//! Jobs, due at a time: a projection of the journal, like the eight tables.

use crate::model::{AlertId, AlertTimer, BatchId, Event, EventKind, Mark, Millis, RollbackId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Kind of job that is due at a time (`migration_jobs.job_type`). Kinds about the same sort of thing stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    WindowHalf,
    WindowNineTenths,
    WindowLapse,
    /// The batch runs longer than it was expected to.
    BatchProlonged,
    /// Nobody has acknowledged the alert: it rises by a level.
    AlertRises,
    /// An acknowledgement is over: the alert fires again.
    AckExpires,
}

impl JobKind {
    /// All of them.
    pub const ALL: [JobKind; 6] = [
        JobKind::WindowHalf,
        JobKind::WindowNineTenths,
        JobKind::WindowLapse,
        JobKind::BatchProlonged,
        JobKind::AlertRises,
        JobKind::AckExpires,
    ];

    /// The word in `job_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            JobKind::WindowHalf => "window_half",
            JobKind::WindowNineTenths => "window_nine_tenths",
            JobKind::WindowLapse => "window_lapse",
            JobKind::BatchProlonged => "batch_prolonged",
            JobKind::AlertRises => "alert_rises",
            JobKind::AckExpires => "ack_expires",
        }
    }

    /// The kind spelled so, if there is one.
    pub fn parse(text: &str) -> Option<JobKind> {
        JobKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The thing with that number that a job of this kind is about.
    fn subject(self, number: i64) -> JobSubject {
        match self {
            JobKind::WindowHalf | JobKind::WindowNineTenths | JobKind::WindowLapse => {
                JobSubject::Rollback(RollbackId(number))
            }
            JobKind::BatchProlonged => JobSubject::Batch(BatchId(number)),
            JobKind::AlertRises | JobKind::AckExpires => JobSubject::Alert(AlertId(number)),
        }
    }
}

/// The kinds of a window's jobs, each with the part of the window, in tenths, after which it is due.
const OF_WINDOW: [(JobKind, u64); 3] =
    [(JobKind::WindowHalf, 5), (JobKind::WindowNineTenths, 9), (JobKind::WindowLapse, 10)];

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The thing that a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobSubject {
    /// The decision window of a rollback.
    Rollback(RollbackId),
    Batch(BatchId),
    Alert(AlertId),
}

impl JobSubject {
    fn number(self) -> i64 {
        match self {
            JobSubject::Rollback(id) => id.0,
            JobSubject::Batch(id) => id.0,
            JobSubject::Alert(id) => id.0,
        }
    }

    /// The keys of all jobs that there may be about it, the first and the last.
    pub fn keys(self) -> (i64, i64) {
        let (first, last) = match self {
            JobSubject::Rollback(_) => (JobKind::WindowHalf, JobKind::WindowLapse),
            JobSubject::Batch(_) => (JobKind::BatchProlonged, JobKind::BatchProlonged),
            JobSubject::Alert(_) => (JobKind::AlertRises, JobKind::AckExpires),
        };
        (Job::key(self, first), Job::key(self, last))
    }
}

impl fmt::Display for JobSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobSubject::Rollback(id) => write!(f, "rollback {id}"),
            JobSubject::Batch(id) => write!(f, "batch {id}"),
            JobSubject::Alert(id) => write!(f, "alert {id}"),
        }
    }
}

/// A row of `migration_jobs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    pub batch: BatchId,
    pub subject: JobSubject,
    pub kind: JobKind,
    pub due: Millis,
}

/// Number of kinds of jobs there may ever be: the room in [`Job::key`].
const KINDS: i64 = 16;

impl Job {
    /// The row's key. Jobs follow from events, so their keys do too: a replay makes the same rows.
    pub fn key(subject: JobSubject, kind: JobKind) -> i64 {
        subject.number() * KINDS + kind as i64
    }

    /// The thing that a key is about, by the kind of its job.
    pub fn subject_of(key: i64, kind: JobKind) -> JobSubject {
        kind.subject(key / KINDS)
    }
}

/// Change that an event makes in `migration_jobs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobChange {
    /// Something will be due; in place of what was due before by the same key.
    Set(Job),
    /// It was done.
    Done(i64),
    /// Nothing about it is due any more; what was done stays so.
    Cancelled(JobSubject),
}

/// The jobs that follow from an event: like the eight tables, they are a projection of the journal.
pub fn job_changes(event: &Event) -> Vec<JobChange> {
    use EventKind::*;
    let set =
        |subject, kind, after| JobChange::Set(Job { batch: event.batch, subject, kind, due: event.at.plus(after) });
    match &event.kind {
        RollbackOpened { rollback, window: Some(window), .. } => {
            let after = |tenths: u64| (*window / 10) * tenths + (*window % 10) * tenths / 10;
            let subject = JobSubject::Rollback(*rollback);
            OF_WINDOW.into_iter().map(|(kind, tenths)| set(subject, kind, after(tenths))).collect()
        }
        WindowWarned { rollback, mark, .. } => {
            let kind = if *mark == Mark::Half { JobKind::WindowHalf } else { JobKind::WindowNineTenths };
            vec![JobChange::Done(Job::key(JobSubject::Rollback(*rollback), kind))]
        }
        WindowLapsed { rollback, .. } => {
            let subject = JobSubject::Rollback(*rollback);
            vec![JobChange::Done(Job::key(subject, JobKind::WindowLapse)), JobChange::Cancelled(subject)]
        }
        DecisionAccepted { rollback, .. } | RollbackStarted { rollback, .. } => {
            vec![JobChange::Cancelled(JobSubject::Rollback(*rollback))]
        }
        BatchExpected { within } => {
            vec![set(JobSubject::Batch(event.batch), JobKind::BatchProlonged, *within)]
        }
        BatchProlonged { .. } => {
            vec![JobChange::Done(Job::key(JobSubject::Batch(event.batch), JobKind::BatchProlonged))]
        }
        BatchEnded { .. } => vec![JobChange::Cancelled(JobSubject::Batch(event.batch))],
        AlertRaised { alert, timer, .. } => {
            timer.iter().map(|timer| timed(JobSubject::Alert(*alert), *timer, &set)).collect()
        }
        AlertChanged { alert, timer, .. } => {
            let subject = JobSubject::Alert(*alert);
            let next = timer.iter().map(|timer| timed(subject, *timer, &set));
            std::iter::once(JobChange::Cancelled(subject)).chain(next).collect()
        }
        _ => Vec::new(),
    }
}

fn timed(subject: JobSubject, timer: AlertTimer, set: &dyn Fn(JobSubject, JobKind, u64) -> JobChange) -> JobChange {
    match timer {
        AlertTimer::RisesIn(ms) => set(subject, JobKind::AlertRises, ms),
        AlertTimer::AckExpiresIn(ms) => set(subject, JobKind::AckExpires, ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_what_it_is_about() {
        for kind in JobKind::ALL {
            let subject = kind.subject(7);
            let key = Job::key(subject, kind);
            assert_eq!(Job::subject_of(key, kind), subject);
            let (first, last) = subject.keys();
            assert!((first..=last).contains(&key), "{kind}");
        }
    }

    #[test]
    fn things_of_different_sorts_with_the_same_number_share_no_key() {
        let keys: std::collections::BTreeSet<i64> =
            JobKind::ALL.into_iter().map(|kind| Job::key(kind.subject(3), kind)).collect();
        assert_eq!(keys.len(), JobKind::ALL.len());
    }
}
