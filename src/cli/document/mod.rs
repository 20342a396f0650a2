//! The JSON of `migrate`, `status` and `history`: stable names, RFC 3339 times, ids as numbers.

mod rollback;

pub(crate) use rollback::{AlertDocument, RollbackDocument, rollback_document};

use super::ending;
use super::frozen::Frozen;
use super::incidents::Incident;
use super::live::LiveDocument;
use super::warned::Warned;
use crate::model::{Batch, File, Hold, Millis, Overridden, Servers, System, World};
use crate::store::Page;
use serde::Serialize;
use std::collections::BTreeMap;

/// Document that `migrate` and `status` print. Its files may come while it is printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StatusDocument<Files = Vec<FileDocument>> {
    /// Null when there is none yet.
    pub batch: Option<BatchDocument>,
    pub files: Files,
    /// Files that are not among these; null where all are.
    pub more: Option<MoreDocument>,
    pub system: SystemDocument,
    pub worker: WorkerDocument,
    pub rollbacks: Vec<RollbackDocument>,
    pub alerts: Vec<AlertDocument>,
    /// Warnings of the checks after files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found_after: Vec<Warned>,
    /// Times without a worker, and an abort.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<Incident>,
    /// What the worker sees on its server now; null where no worker tells it.
    pub live: Option<LiveDocument>,
}

/// Files that a page does not hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct MoreDocument {
    pub files: u64,
    /// Of these, how many there are of each status.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Alerts about such files, which are not among the alerts either; `caribou alerts` lists them.
    #[serde(skip_serializing_if = "has_none_more")]
    pub alerts: u64,
    /// Command that lists them.
    pub see: String,
}

/// A batch; `history` prints a list of these.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BatchDocument {
    pub id: i64,
    pub name: String,
    pub status: String,
    pub epoch_from: i64,
    pub epoch_to: i64,
    /// Reason why it is not moving: the name of the hold.
    pub hold: Option<String>,
    pub files_total: u32,
    pub files_completed: u32,
    pub files_failed: u32,
    /// Of the files, 0 to 100 with two decimals.
    pub percent: f64,
    pub started_at: Option<String>,
    pub completed_at: Option<String>,
    /// The batch that has undone files of it since it completed (the last, where there are several), and when.
    pub compensated_by: Option<i64>,
    pub compensated_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FileDocument {
    pub id: i64,
    pub path: String,
    #[serde(rename = "type")]
    pub file_type: String,
    pub state: &'static str,
    pub status: &'static str,
    /// The statement under way or last ended, from 1; 0 before the first.
    pub statement: u32,
    pub statements: u32,
    pub error: Option<String>,
    pub retries: u32,
    pub ms: u64,
    /// Lines about its undo: whose the parts were, where it did not go in one; what was not compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<String>,
    /// Reason why it is not moving, if it is held by itself.
    pub hold: Option<HoldDocument>,
    /// Other connections that hold what its statement waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<String>,
    /// Rows that its undo left as others have made them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows_left_alone: Vec<String>,
    /// Definitions that its undo left as others have changed them, each as a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub definitions_left_alone: Vec<String>,
    /// Checks that stopped it, or would have, and that somebody lets pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overridden: Vec<OverriddenDocument>,
}

/// A check that is let pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OverriddenDocument {
    pub check: String,
    /// The account.
    pub by: String,
    pub reason: String,
}

/// Hold of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HoldDocument {
    /// The name of the hold.
    pub name: &'static str,
    pub reason: String,
    /// For one that stands in line: the path of the file just before it, and its own place, from 1.
    pub behind: Option<String>,
    pub place: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SystemDocument {
    pub status: &'static str,
    pub enforced: bool,
    pub reason: Option<String>,
    pub since: Option<String>,
    /// The account that asked for it, or the batch whose policy did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `read_only`, `write_lock` or `advisory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<&'static str>,
    /// How it is known that it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// Schemas and accounts that it hits, and who is not stopped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reach: Vec<String>,
    /// No worker watches over it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub left_behind: bool,
    /// The journal says frozen, and the server is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lifted: bool,
    /// Both servers, where the journal was written on another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_server: Option<Servers>,
    /// Warnings about it that nobody has resolved: a hook that fails, a history table that is not kept in step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertDocument>,
}

/// Worker that drives (`alive`), or that drove last; no holder where none is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WorkerDocument {
    pub alive: bool,
    pub holder: Option<String>,
    pub lease_age_ms: Option<u64>,
}

fn has_none_more(more: &u64) -> bool {
    *more == 0
}

impl StatusDocument {
    /// The document of one batch of a world, or of none.
    pub fn new(world: &World, batch: Option<&Batch>, worker: WorkerDocument) -> StatusDocument {
        let rollback = |b: &Batch| b.rollbacks.values().map(|r| rollback_document(world, b, r)).collect();
        StatusDocument {
            batch: batch.map(BatchDocument::from),
            files: batch.map(|b| b.in_order().map(|f| FileDocument::new(b, f)).collect()).unwrap_or_default(),
            more: None,
            system: SystemDocument::from(&world.system),
            worker,
            rollbacks: batch.map(rollback).unwrap_or_default(),
            alerts: batch
                .map(|b| b.alerts.values().filter(|a| !a.is_milestone()).map(AlertDocument::from).collect())
                .unwrap_or_default(),
            found_after: Vec::new(),
            incidents: Vec::new(),
            live: None,
        }
    }

    /// The document of a page of a batch.
    pub fn page(page: &Page, batch: Option<&Batch>, worker: WorkerDocument) -> StatusDocument {
        let files = batch.map(|b| page.files.iter().filter_map(|id| b.file(*id)).map(|f| FileDocument::new(b, f)));
        StatusDocument {
            files: files.map(Iterator::collect).unwrap_or_default(),
            more: batch.and_then(|batch| MoreDocument::from_page(page, batch)),
            ..StatusDocument::new(&page.world, batch, worker)
        }
    }
}

impl<Files> StatusDocument<Files> {
    /// The same with other files, which are all.
    pub fn with<Others>(self, files: Others) -> StatusDocument<Others> {
        let StatusDocument { batch, system, worker, rollbacks, alerts, found_after, incidents, live, .. } = self;
        StatusDocument { batch, files, more: None, system, worker, rollbacks, alerts, found_after, incidents, live }
    }
}

impl MoreDocument {
    fn from_page(page: &Page, batch: &Batch) -> Option<MoreDocument> {
        let more = page.more();
        let files = more.values().sum();
        let by_status = more.iter().map(|(status, count)| (status.as_str(), *count)).collect();
        let see = format!("caribou status {} --all", batch.id);
        (files > 0).then_some(MoreDocument { files, by_status, alerts: page.more_alerts, see })
    }
}

impl From<&Batch> for BatchDocument {
    fn from(batch: &Batch) -> BatchDocument {
        let taken_back = batch.taken_back().last();
        BatchDocument {
            id: batch.id.0,
            name: batch.name.clone(),
            status: batch.status.to_string(),
            epoch_from: batch.epoch_from.0,
            epoch_to: batch.epoch_to.0,
            hold: batch.holds.keys().next().filter(|_| !batch.status.is_final()).map(Hold::to_string),
            files_total: batch.total_files,
            files_completed: batch.processed(),
            files_failed: batch.count(crate::model::FileState::Failed),
            percent: percent(batch.processed(), batch.total_files),
            started_at: batch.started_at.map(Millis::to_rfc3339),
            completed_at: batch.completed_at.map(Millis::to_rfc3339),
            compensated_by: taken_back.map(|(_, by)| by.0),
            compensated_at: taken_back.map(|(rollback, _)| rollback.updated_at.to_rfc3339()),
        }
    }
}

/// Percentage of a batch that is in force: completed files of all its files, the same here, in `history`, in
/// `migration_progress` and in the console's bar. A whole hundredth is never said before it is reached.
pub(crate) fn percent(completed: u32, total: u32) -> f64 {
    (u64::from(completed) * 10_000 / u64::from(total.max(1))) as f64 / 100.0
}

impl FileDocument {
    pub fn new(batch: &Batch, file: &File) -> FileDocument {
        let ended = u32::try_from(file.records.len()).unwrap_or(u32::MAX);
        FileDocument {
            id: file.id.0,
            path: file.path.clone(),
            file_type: file.file_type.to_string(),
            state: file.state.as_str(),
            status: file.status().as_str(),
            statement: file.running.as_ref().map_or(ended, |r| r.statement + 1),
            statements: file.statements,
            error: file.failure.as_ref().map(ToString::to_string),
            retries: file.retries,
            ms: file.processing_ms,
            undo: file.undo.as_ref().map(|undo| undo.story()).unwrap_or_default(),
            hold: HoldDocument::from_file(batch, file),
            blockers: file.running.as_ref().map(|r| r.blockers.clone()).unwrap_or_default(),
            rows_left_alone: file.left_alone.iter().cloned().collect(),
            definitions_left_alone: file.definitions_left_alone.clone(),
            overridden: file.overridden.iter().map(OverriddenDocument::from).collect(),
        }
    }
}

impl From<(&String, &Overridden)> for OverriddenDocument {
    fn from((check, Overridden { by, reason }): (&String, &Overridden)) -> OverriddenDocument {
        OverriddenDocument { check: check.clone(), by: by.clone(), reason: reason.clone() }
    }
}

impl HoldDocument {
    fn from_file(batch: &Batch, file: &File) -> Option<HoldDocument> {
        let (hold, reason) = ending::file_holds(batch, file).next()?;
        let queue = batch.queue(file).filter(|_| hold == Hold::Blocked);
        Some(HoldDocument {
            name: hold.as_str(),
            reason,
            behind: queue.map(|queue| queue.behind.path.clone()),
            place: queue.map(|queue| queue.place),
        })
    }
}

impl From<&System> for SystemDocument {
    fn from(system: &System) -> SystemDocument {
        SystemDocument {
            status: system.status.as_ref().map_or("normal", |(status, _)| status.as_str()),
            enforced: false,
            reason: system.status.as_ref().map(|(_, reason)| reason.clone()).filter(|r| !r.is_empty()),
            since: None,
            by: None,
            means: None,
            proof: None,
            reach: Vec::new(),
            left_behind: false,
            lifted: false,
            other_server: system.other.clone(),
            alerts: Vec::new(),
        }
    }
}

impl SystemDocument {
    /// The same with what is found of a freeze.
    pub fn found(&mut self, frozen: &Frozen) {
        let Some(freeze) = &frozen.freeze else { return };
        self.status = freeze.status.as_str();
        self.enforced = frozen.is_enforced();
        self.reason = Some(freeze.reason.clone());
        self.since = Some(freeze.since.to_rfc3339());
        self.by = Some(freeze.asked_by());
        self.means = Some(freeze.means.as_str());
        self.proof = freeze.proof.clone();
        self.reach = freeze.reach.clone();
        self.left_behind = frozen.is_left_behind() && !frozen.is_lifted();
        self.lifted = frozen.is_lifted();
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn status_has_the_documented_shape() {
        let world = sample::half_way().world;
        let batch = world.batches.values().next();
        let worker = WorkerDocument { alive: true, holder: Some("ana@db1:77".into()), lease_age_ms: Some(120) };
        let document = StatusDocument::new(&world, batch, worker);
        insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
    }

    #[test]
    fn an_empty_world_is_a_document_too() {
        let document = StatusDocument::new(&World::default(), None, WorkerDocument::default());
        insta::assert_snapshot!(serde_json::to_string(&document).unwrap());
    }

    #[test]
    fn what_is_undone_does_not_count_as_progress() {
        let world = sample::rolled_back().world;
        let batch = world.batches.values().next().unwrap();
        assert_eq!(BatchDocument::from(batch).percent, 0.0);
    }
}
