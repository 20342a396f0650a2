//! A world for batches that have no journal: legacy rows, told as the events that would have led
//! there. Only to be looked at; a worker never drives such a batch.

use super::rows::{BatchRow, DependencyRow, FileRow, ValidationFilter};
use super::{Reader, Result};
use crate::model::{
    BatchId, BatchStatus, Category, Cause, Checksum, Dependency, Event, EventKind, Failure, FileState, FileStatus,
    Millis, Policy, Seq, World, Ymdhis,
};

/// Tells events one after another.
struct Teller {
    batch: BatchId,
    seq: Seq,
    world: World,
}

impl Teller {
    fn tell(&mut self, at: Ymdhis, kind: EventKind) {
        self.seq = self.seq.next();
        let at = at.to_millis().unwrap_or(Millis(0));
        self.world.apply(&Event { batch: self.batch, seq: self.seq, at, operator: None, kind });
    }
}

impl Reader {
    /// The world of one batch, from rows alone; `None` when there is no such batch.
    pub async fn legacy_world(&mut self, batch: BatchId) -> Result<Option<World>> {
        let Some(row) = self.batch(batch).await? else { return Ok(None) };
        let files = self.files(batch).await?;
        let dependencies = self.dependencies(batch).await?;
        let validations = self.validations(&ValidationFilter { batch, ..ValidationFilter::default() }).await?;
        let (rollbacks, alerts) = (self.rollbacks(batch).await?, self.alerts(Some(batch)).await?);

        let mut teller = Teller { batch, seq: Seq(0), world: World::default() };
        teller.tell(row.created, created(&row));
        for file in &files {
            teller.tell(file.created, planned(file, &files, &dependencies));
        }
        if row.status != BatchStatus::Pending {
            let at = if row.started.0 > 0 { row.started } else { row.created };
            teller.tell(at, EventKind::BatchStarted);
        }
        for file in &files {
            if let Some(moved) = moved(file) {
                teller.tell(file.updated, moved);
            }
        }
        for v in validations {
            let kind = EventKind::ValidationRecorded {
                validation: v.validation_id,
                file: v.file_id,
                phase: v.phase,
                check: v.check,
                status: v.status,
                class: None,
                result: v.result,
                ms: v.ms,
            };
            teller.tell(v.created, kind);
        }
        for r in rollbacks {
            let (rollback, reason) = (r.rollback_id, r.reason);
            let files = r.file_id.into_iter().collect();
            teller.tell(
                r.created,
                EventKind::RollbackOpened {
                    rollback,
                    file: r.file_id,
                    class: r.class,
                    reason,
                    files,
                    affected: Vec::new(),
                    window: None,
                    alert: None,
                    loss_accepted: false,
                },
            );
            teller.tell(r.updated, EventKind::RollbackEnded { rollback, status: r.status, error: r.error_message });
        }
        for a in alerts {
            let (alert, title, message) = (a.alert_id, a.title, a.message);
            teller.tell(a.created, EventKind::alert(alert, a.file_id, a.alert_type, title, message));
            let (alert_type, timer) = (None, None);
            let changed = EventKind::AlertChanged { alert, status: a.status, level: a.level, alert_type, timer };
            teller.tell(a.updated, changed);
        }
        if let Some(state) = self.system_state().await? {
            teller.world.system.status = Some((state.status, state.reason));
        }
        if row.status.is_final() {
            teller.tell(row.completed, EventKind::BatchEnded { status: row.status, reason: None });
        }
        // The row counted before anybody looked at the files.
        if let Some(told) = teller.world.batches.get_mut(&batch) {
            told.completed = told.completed.max(row.processed_files);
        }
        Ok(Some(teller.world))
    }
}

fn created(row: &BatchRow) -> EventKind {
    EventKind::BatchCreated {
        name: row.name.clone(),
        epoch_from: row.epoch_from,
        epoch_to: row.epoch_to,
        total_files: row.total_files,
        plan: Checksum::default(),
        policy: Policy::default(),
        compensates: None,
    }
}

fn planned(file: &FileRow, files: &[FileRow], dependencies: &[DependencyRow]) -> EventKind {
    let path_of = |id| files.iter().find(|f| f.file_id == id).map_or_else(String::new, |f| f.path.clone());
    let depends_on = dependencies.iter().filter(|d| d.file_id == file.file_id).map(|d| Dependency {
        id: d.dependency_id,
        on: d.on,
        path: path_of(d.on),
        kind: d.kind,
        description: d.description.clone(),
    });
    EventKind::FilePlanned {
        file: file.file_id,
        path: file.path.clone(),
        file_type: file.file_type,
        hash: file.hash.clone(),
        canonical: Checksum::default(),
        source: Checksum::default(),
        epoch_from: file.epoch_from,
        epoch_to: file.epoch_to,
        sort_order: file.sort_order,
        wave: 0,
        // Nobody wrote down how many there were.
        statements: 0,
        undo_statements: None,
        coverage: Default::default(),
        depends_on: depends_on.collect(),
        locks: None,
        expected: None,
        findings: Vec::new(),
    }
}

/// The one move that brings a file from idle to where its row says it is. A status that is final wins over the state,
/// which the engine of version 4.0.25 left where the file had been last; else the state does, since it is the finer of
/// the two.
fn moved(file: &FileRow) -> Option<EventKind> {
    let failure = file.error_message.as_ref().map(|message| Failure::new(Category::Internal, message.as_str()));
    let (to, cause) = match (file.state, file.status) {
        (_, FileStatus::Completed) => (FileState::Idle, Cause::Recorded),
        (_, FileStatus::RolledBack) => (FileState::Idle, Cause::Undone),
        (_, FileStatus::Failed) | (FileState::Failed, _) => (FileState::Failed, Cause::UndoFailed),
        (FileState::Idle, FileStatus::Processing) => (FileState::Preparing, Cause::Restarted),
        (FileState::Idle, FileStatus::Pending) => return None,
        (state, _) => (state, Cause::Restarted),
    };
    Some(EventKind::FileMoved { file: file.file_id, from: FileState::Idle, to, cause, failure })
}
