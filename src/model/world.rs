//! The state of everything, rebuilt from events and from nothing else.

use super::row::{Cell, Row, Table};
use super::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who holds the lease, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub token: Token,
    pub holder: String,
    pub connection: u64,
    pub server: String,
    pub since: Millis,
}

/// The server that the journal was written on, and another one that was found in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Servers {
    pub known: String,
    pub found: String,
}

/// What is not of one batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct System {
    pub lease: Option<Lease>,
    pub status: Option<(SystemStatus, String)>,
    /// Set while everything holds because the journal was written on another server.
    pub other: Option<Servers>,
    /// Alerts that are of no batch.
    pub alerts: BTreeMap<AlertId, Alert>,
}

/// Everything the journal says, for the batches that were asked for.
#[derive(Debug, Clone, Default, PartialEq)]
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

    /// Takes an event in, and returns the rows of the eight tables that it changed, whole.
    ///
    /// An event about a batch or file that is not known here changes nothing: a reader may have asked for
    /// one batch only.
    pub fn apply(&mut self, event: &Event) -> Vec<Row> {
        use EventKind::*;
        match &event.kind {
            BatchCreated { .. } => self.create_batch(event),
            LeaseTaken { token, holder, connection, server } => {
                let lease = Lease {
                    token: *token,
                    holder: holder.clone(),
                    connection: *connection,
                    server: server.clone(),
                    since: event.at,
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
            AlertRaised { .. } | AlertChanged { .. } if event.batch == BatchId::SYSTEM => {
                saw_keys(&mut self.ids, &event.kind);
                Alert::apply(&mut self.system.alerts, event).into_iter().collect()
            }
            SystemChanged { id, status, reason, components, message } => {
                Ids::saw(&mut self.ids.system_state, id.0);
                self.system.status = Some((*status, reason.clone()));
                vec![system_row(event, *id, *status, reason, components, message)]
            }
            _ => self.apply_to_batch(event),
        }
    }

    fn create_batch(&mut self, event: &Event) -> Vec<Row> {
        Ids::saw(&mut self.ids.batch, event.batch.0);
        match Batch::created(event) {
            Some(batch) => {
                let row = batch.row();
                self.batches.insert(event.batch, batch);
                vec![row]
            }
            None => Vec::new(),
        }
    }

    fn apply_to_batch(&mut self, event: &Event) -> Vec<Row> {
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
        ValidationRecorded { validation, .. } => Ids::saw(&mut ids.validation, validation.0),
        AlertRaised { alert, .. } => Ids::saw(&mut ids.alert, alert.0),
        ProgressNoted { progress, .. } => Ids::saw(&mut ids.progress, progress.0),
        _ => {}
    }
}

fn system_row(
    event: &Event,
    id: SystemStateId,
    status: SystemStatus,
    reason: &str,
    components: &[String],
    message: &str,
) -> Row {
    let cells = vec![
        Cell::Int(event.batch.0),
        Cell::text(status.as_str()),
        Cell::Text(reason.chars().take(255).collect()),
        Cell::Text(serde_json::json!(components).to_string()),
        Cell::text(message),
    ];
    Row::new(Table::SystemState, id.0, cells, &serde_json::json!({ "by": event.operator }), event.at, event.at)
}
