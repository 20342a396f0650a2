//! The state of everything, rebuilt from events and from nothing else.

use crate::model::{
    Alert, AlertId, Batch, BatchId, Change, Event, EventKind, File, FileId, Freeze, Ids, Millis, Submission,
    SystemStatus, Token,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lease of a worker, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub token: Token,
    pub holder: String,
    pub connection: u64,
    pub server: String,
    pub since: Millis,
    /// True if files run as the worker's own account.
    pub files_as_worker: bool,
}

/// The server that the journal was written on, and another one that was found in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Servers {
    pub known: String,
    pub found: String,
}

/// State of the system that is not of one batch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct System {
    pub lease: Option<Lease>,
    pub status: Option<(SystemStatus, String)>,
    /// The last freeze, standing or over.
    pub freeze: Option<Freeze>,
    /// Set while everything holds because the journal was written on another server.
    pub other: Option<Servers>,
    /// Alerts that are of no batch.
    pub alerts: BTreeMap<AlertId, Alert>,
}

impl System {
    /// The system's status.
    pub fn system_status(&self) -> SystemStatus {
        self.freeze.as_ref().map_or(SystemStatus::Normal, |freeze| freeze.status)
    }

    /// The freeze that keeps others from writing, or may.
    pub fn frozen(&self) -> Option<&Freeze> {
        self.freeze.as_ref().filter(|freeze| freeze.stands())
    }
}

/// Everything the journal says, for the batches that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct World {
    pub system: System,
    pub batches: BTreeMap<BatchId, Batch>,
    /// The highest keys given so far. A worker seeds them from the tables, since it does not load every batch.
    pub ids: Ids,
}

impl World {
    /// An empty world in which the next keys follow these.
    pub fn with_ids(ids: Ids) -> World {
        World { ids, ..World::default() }
    }

    /// A batch, if it is known here.
    pub fn batch(&self, id: BatchId) -> Option<&Batch> {
        self.batches.get(&id)
    }

    /// A file of a batch.
    pub fn file(&self, batch: BatchId, file: FileId) -> Option<&File> {
        self.batch(batch).and_then(|b| b.file(file))
    }

    /// Takes an event in, and says what it has changed of its batch, or of the system.
    ///
    /// An event about a batch or file that is not known here changes nothing: a reader may have asked for
    /// one batch only.
    pub fn apply(&mut self, event: &Event) -> Vec<Change> {
        use EventKind::*;
        match &event.kind {
            BatchCreated { .. } => self.create_batch(event),
            LeaseTaken { token, holder, connection, server, files_as_worker, .. } => {
                let lease = Lease {
                    token: *token,
                    holder: holder.clone(),
                    connection: *connection,
                    server: server.clone(),
                    since: event.at,
                    files_as_worker: *files_as_worker,
                };
                self.system.lease = Some(lease);
                Vec::new()
            }
            LeaseReleased { .. } => {
                self.system.lease = None;
                Vec::new()
            }
            ServerChanged { known, found, .. } => {
                self.system.other = Some(Servers { known: known.clone(), found: found.clone() });
                Vec::new()
            }
            ServerAccepted { .. } => {
                self.system.other = None;
                Vec::new()
            }
            FreezeChanged { state, .. } => {
                Ids::saw(&mut self.ids.state, state.0);
                let change = Freeze::apply(&mut self.system.freeze, event);
                self.system.status = self.system.freeze.as_ref().map(|f| (f.status, f.reason.clone()));
                change.into_iter().collect()
            }
            AlertRaised { .. } | AlertChanged { .. } if event.batch == BatchId::SYSTEM => {
                saw_keys(&mut self.ids, &event.kind);
                Alert::apply(&mut self.system.alerts, event).into_iter().collect()
            }
            _ => self.apply_to_batch(event),
        }
    }

    fn create_batch(&mut self, event: &Event) -> Vec<Change> {
        Ids::saw(&mut self.ids.batch, event.batch.0);
        match Batch::created(event) {
            Some(batch) => {
                self.batches.insert(event.batch, batch);
                vec![Change::Batch]
            }
            None => Vec::new(),
        }
    }

    fn apply_to_batch(&mut self, event: &Event) -> Vec<Change> {
        let World { batches, ids, .. } = self;
        saw_keys(ids, &event.kind);
        batches.get_mut(&event.batch).map(|b| b.apply(event)).unwrap_or_default()
    }
}

fn saw_keys(ids: &mut Ids, kind: &EventKind) {
    use EventKind::*;
    match kind {
        FilePlanned { file, depends_on, .. } => {
            Ids::saw(&mut ids.file, file.0);
            for d in depends_on {
                Ids::saw(&mut ids.dependency, d.id.0);
            }
        }
        RollbackOpened { rollback, .. } => Ids::saw(&mut ids.rollback, rollback.0),
        ValidationRecorded { .. } | ChecksPassed { .. } => {
            kind.validations().for_each(|validation| Ids::saw(&mut ids.validation, validation.id.0));
        }
        AlertRaised { alert, .. } => Ids::saw(&mut ids.alert, alert.0),
        ProgressNoted { progress, .. } => Ids::saw(&mut ids.progress, progress.0),
        _ => {}
    }
}

impl World {
    /// True if a plan no longer fits: files were added since it was made, so that some might run twice; something is
    /// being undone; or the system has gone to a higher epoch. A plan that did not look is taken as it is.
    pub fn has_moved_on(&self, plan: &Submission) -> bool {
        let Some(seen) = plan.after else { return false };
        let is_taken_back = self.batches.values().any(|b| b.compensates.is_some() && !b.status.is_final());
        FileId(self.ids.file) > seen || is_taken_back || plan.epoch_from < self.highest_epoch()
    }
}
