//! A batch as its journal tells it: all that a report says, in a form for machines.

use super::super::document::{AlertDocument, BatchDocument, RollbackDocument, rollback_document};
use super::changes::{ObjectChange, changes};
use super::measured::{self, BaselineReport, ProbeReport};
use crate::model::{Batch, Event, EventKind, File, FileId, Millis, Place, UndoCoverage, ValidationStatus, World};
use serde::Serialize;
use std::collections::BTreeMap;

/// The report of a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Report {
    pub batch: BatchDocument,
    /// Checksum of the plan that it was made from.
    pub plan: String,
    pub started_by: Option<String>,
    /// Milliseconds from its first file to its end.
    pub ms: Option<u64>,
    /// Reason of its end, where one was given.
    pub reason: Option<String>,
    /// Batch that it undoes, where it is the compensation of one.
    pub compensates: Option<i64>,
    /// Workers that drove it, with the server that each found.
    pub workers: Vec<WorkerReport>,
    pub files: Vec<FileReport>,
    pub changes: Vec<ObjectChange>,
    pub findings: Vec<FindingReport>,
    /// Checks that found nothing.
    pub checks_passed: u32,
    pub probes: Vec<ProbeReport>,
    pub undo: Vec<UndoReport>,
    pub rollbacks: Vec<RollbackDocument>,
    /// What people asked for and decided, in its order.
    pub said: Vec<SaidReport>,
    /// Rows and definitions that an undo left as others have made them.
    pub rows_left_alone: Vec<RowReport>,
    pub alerts: Vec<AlertDocument>,
    /// Null where none was taken.
    pub baseline: Option<BaselineReport>,
    /// Version of the program that made the report.
    pub caribou: &'static str,
}

/// A worker and the server that it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WorkerReport {
    pub holder: String,
    pub since: String,
    /// Identity of the server.
    pub server: String,
    /// Kind and version of the server; empty where the journal does not tell.
    pub version: String,
    /// Version of the program; empty where the journal does not tell.
    pub caribou: String,
}

/// A file and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FileReport {
    pub id: i64,
    pub path: String,
    #[serde(rename = "type")]
    pub file_type: &'static str,
    pub status: &'static str,
    pub statements: u32,
    /// Statements that are in force.
    pub in_force: u32,
    /// Rows that its statements changed.
    pub rows: u64,
    pub began_at: Option<String>,
    /// Milliseconds from its turn to its last state.
    pub ms: Option<u64>,
    /// Milliseconds spent in statements.
    pub statement_ms: u64,
    pub retries: u32,
    pub error: Option<String>,
    /// Whose the parts of its undo were, where it did not go in one.
    pub undo: Vec<String>,
}

/// A finding that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FindingReport {
    /// Path of the file; `None` for one on the batch.
    pub file: Option<String>,
    pub phase: &'static str,
    pub check: String,
    pub status: &'static str,
    pub class: Option<&'static str>,
    pub result: String,
}

/// The undo that remains of a file that is completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UndoReport {
    pub file: String,
    /// Its statements counted by what undoes them.
    pub coverage: UndoCoverage,
    /// Rows that are kept of what it destroyed, about.
    pub kept_rows: u64,
    pub kept_bytes: u64,
    /// The first moment at which some of that may be let go.
    pub until: Option<String>,
}

/// Something that a person asked for or decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SaidReport {
    pub at: String,
    pub by: Option<String>,
    pub what: String,
    pub reason: Option<String>,
}

/// A row or a definition that an undo left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RowReport {
    pub file: String,
    pub row: String,
}

/// The journal of a batch, and that of the system.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Journals<'a> {
    pub batch: &'a [Event],
    pub system: &'a [Event],
    /// What earlier batches measured, the newest first.
    pub earlier: &'a [Event],
}

impl Report {
    /// Makes it from the journals; `None` where they hold no batch.
    pub(super) fn new(journals: Journals<'_>) -> Option<Report> {
        let mut world = World::default();
        for event in journals.batch {
            world.apply(event);
        }
        let batch = world.batches.values().next()?;
        let findings = findings(batch, journals.batch);
        let left_alone = |f: &File| {
            let path = f.path.clone();
            let both = f.left_alone.iter().chain(&f.definitions_left_alone);
            both.map(move |row| RowReport { file: path.clone(), row: row.clone() }).collect::<Vec<_>>()
        };
        let begun = begun(journals.batch);
        Some(Report {
            batch: BatchDocument::from(batch),
            plan: batch.plan.to_string(),
            started_by: batch.started_by.clone(),
            ms: batch.started_at.zip(batch.completed_at).map(|(from, to)| to.since(from)),
            reason: journals.batch.iter().rev().find_map(end_reason),
            compensates: batch.compensates.map(|of| of.batch.0),
            workers: workers(batch, journals.system),
            files: batch.in_order().map(|file| file_report(file, begun.get(&file.id).copied())).collect(),
            changes: changes(journals.batch),
            checks_passed: batch.validations[ValidationStatus::Passed as usize],
            findings,
            probes: measured::probes(journals.batch, journals.earlier),
            undo: batch.in_order().filter(|file| file.stands()).map(undo_report).collect(),
            rollbacks: batch.rollbacks.values().map(|r| rollback_document(&world, batch, r)).collect(),
            said: journals.batch.iter().filter_map(|event| said(batch, event)).collect(),
            rows_left_alone: batch.in_order().flat_map(left_alone).collect(),
            alerts: batch.alerts.values().map(AlertDocument::from).collect(),
            baseline: measured::baseline(journals.batch, journals.earlier),
            caribou: env!("CARGO_PKG_VERSION"),
        })
    }
}

fn end_reason(event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::BatchEnded { reason, .. } => reason.clone(),
        _ => None,
    }
}

/// The moment at which each file's turn came, the last time.
fn begun(events: &[Event]) -> BTreeMap<FileId, Millis> {
    let turn = |event: &Event| match event.kind {
        EventKind::FileMoved { file, cause: crate::model::Cause::Turn, .. } => Some((file, event.at)),
        _ => None,
    };
    events.iter().filter_map(turn).collect()
}

fn file_report(file: &File, begun: Option<Millis>) -> FileReport {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    FileReport {
        id: file.id.0,
        path: file.path.clone(),
        file_type: file.file_type.as_str(),
        status: file.status().as_str(),
        statements: file.statements,
        in_force: count(file.in_force().count()),
        rows: file.records.iter().map(|record| record.rows).sum(),
        began_at: begun.map(Millis::to_rfc3339),
        ms: begun.map(|from| file.moved_at.since(from)),
        statement_ms: file.processing_ms,
        retries: file.retries,
        error: file.failure.as_ref().map(ToString::to_string),
        undo: file.undo.as_ref().map(|undo| undo.story()).unwrap_or_default(),
    }
}

fn findings(batch: &Batch, events: &[Event]) -> Vec<FindingReport> {
    let finding = |event: &Event| {
        let EventKind::ValidationRecorded { file, phase, check, status, class, result, .. } = &event.kind else {
            return None;
        };
        (*status != ValidationStatus::Passed).then(|| FindingReport {
            file: file.and_then(|id| batch.file(id)).map(|file| file.path.clone()),
            phase: phase.as_str(),
            check: check.clone(),
            status: status.as_str(),
            class: class.map(crate::model::Class::as_str),
            result: result.clone(),
        })
    };
    events.iter().filter_map(finding).collect()
}

fn undo_report(file: &File) -> UndoReport {
    let ends = file.held.iter().filter_map(|held| Place::read(&held.place)?.0.until.to_millis());
    UndoReport {
        file: file.path.clone(),
        coverage: file.coverage,
        kept_rows: file.held.iter().map(|held| held.rows).sum(),
        kept_bytes: file.held.iter().map(|held| held.bytes).sum(),
        until: ends.min().map(Millis::to_rfc3339),
    }
}

/// Commands, decisions and what was settled, with who and why.
fn said(batch: &Batch, event: &Event) -> Option<SaidReport> {
    let path = |id: &FileId| batch.file(*id).map_or_else(|| id.to_string(), |file| file.path.clone());
    let (what, reason) = match &event.kind {
        EventKind::CommandAccepted { verb, reason, .. } => (verb.command_line(batch), reason.clone()),
        EventKind::CommandRefused { verb, reason, .. } => {
            (format!("{} (refused)", verb.command_line(batch)), Some(reason.clone()))
        }
        EventKind::DecisionAccepted { rollback, verdict, reason, .. } => {
            (format!("{verdict} rollback {rollback}"), reason.clone())
        }
        EventKind::DecisionRefused { rollback, verdict, reason, .. } => {
            (format!("{verdict} rollback {rollback} (refused)"), Some(reason.clone()))
        }
        EventKind::CheckOverridden { file, check, reason, .. } => {
            (format!("let {check} pass for {}", path(file)), Some(reason.clone()))
        }
        EventKind::OverrideRefused { reason, .. } => ("override (refused)".to_owned(), Some(reason.clone())),
        EventKind::FileSettled { file, outcome, reason } => {
            let outcome = format!("{outcome:?}").to_lowercase();
            (format!("settle {} as {outcome}", path(file)), Some(reason.clone()))
        }
        EventKind::FileRepaired { file, repair, reason } => {
            (format!("{} {}", path(file), repair.sentence()), Some(reason.clone()))
        }
        EventKind::KeptDiscarded { file, places, reason } => {
            (format!("let go {} kept tables of {}", places.len(), path(file)), Some(reason.clone()))
        }
        _ => return None,
    };
    Some(SaidReport { at: event.at.to_rfc3339(), by: event.operator.clone(), what, reason })
}

/// Workers that held the lease while the batch ran: the last before it began, and those until it ended.
fn workers(batch: &Batch, system: &[Event]) -> Vec<WorkerReport> {
    let from = batch.started_at.unwrap_or(batch.created_at);
    let to = batch.completed_at.unwrap_or(Millis(i64::MAX));
    let mut workers: Vec<(Millis, WorkerReport)> = Vec::new();
    for event in system.iter().filter(|event| event.at <= to) {
        let EventKind::LeaseTaken { holder, server, versions, .. } = &event.kind else { continue };
        let worker = WorkerReport {
            holder: holder.clone(),
            since: event.at.to_rfc3339(),
            server: server.clone(),
            version: versions.server.clone(),
            caribou: versions.caribou.clone(),
        };
        workers.retain(|(at, _)| *at > from || event.at > from);
        workers.push((event.at, worker));
    }
    workers.into_iter().map(|(_, worker)| worker).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::model::{BatchId, Seq, Token, Versions};

    fn lease(at: i64, holder: &str) -> Event {
        let kind = EventKind::LeaseTaken {
            token: Token(1),
            holder: holder.to_owned(),
            connection: 9,
            server: "ab".to_owned(),
            files_as_worker: false,
            versions: Versions { server: "mariadb 10.11.19".to_owned(), caribou: "0.1.0".to_owned() },
        };
        Event { batch: BatchId::SYSTEM, seq: Seq(at), at: Millis(at), operator: None, kind }
    }

    #[test]
    fn the_workers_of_a_batch_are_those_that_held_the_lease_meanwhile() {
        let story = sample::rolled_back();
        let batch = story.world.batches.values().next().expect("a batch");
        let (from, to) = (batch.started_at.expect("begun").0, batch.completed_at.expect("ended").0);
        let system =
            [lease(from - 9, "long ago"), lease(from - 1, "first"), lease(from + 1, "second"), lease(to + 1, "later")];
        let held = workers(batch, &system);
        let holders: Vec<&str> = held.iter().map(|worker| worker.holder.as_str()).collect();
        assert_eq!(holders, ["first", "second"]);
    }

    #[test]
    fn a_journal_without_a_batch_has_no_report() {
        assert_eq!(Report::new(Journals::default()), None);
    }
}
