//! Rows of what an event has changed: the journal writes them in the transaction that appends the
//! events, and `doctor` compares them with the tables. Nothing else makes rows, so a projection is the replay.

use super::row::{Cell, Row};
use super::table::Table;
use crate::model::{
    Alert, Batch, BatchId, Change, Dependency, Event, EventKind, File, FileId, FileState, Freeze, Millis, Rollback,
    Validation, World, Ymdhis,
};

/// The longest text in the column of a reason or a title, in characters.
const LONGEST_TITLE: usize = 255;
/// The longest name of a check or a phase, in characters.
const LONGEST_NAME: usize = 100;

/// The rows of what an event has changed in the world, which has taken it in.
pub(crate) fn rows(world: &World, event: &Event, changes: &[Change]) -> Vec<Row> {
    changes.iter().flat_map(|change| rows_of_change(world, event, *change)).collect()
}

/// The row of a batch as it stands.
pub(super) fn batch(world: &World, batch: BatchId) -> Option<Row> {
    world.batch(batch).map(batch_row)
}

/// The row of a file as it stands.
pub(super) fn file(world: &World, batch: BatchId, file: FileId) -> Option<Row> {
    world.file(batch, file).map(file_row)
}

fn rows_of_change(world: &World, event: &Event, change: Change) -> Vec<Row> {
    let batch = world.batch(event.batch);
    let row = match change {
        Change::Batch => batch.map(batch_row),
        Change::File(id) => world.file(event.batch, id).map(file_row),
        Change::Dependencies(id) => return dependency_rows(event, id),
        Change::Validation(id) => event.kind.validations().find(|v| v.id == id).map(|v| validation_row(event, v)),
        Change::Rollback(id) => batch.and_then(|batch| batch.rollbacks.get(&id)).map(rollback_row),
        Change::Progress(_) => batch.and_then(|batch| progress_row(event, batch)),
        Change::Alert(id) if event.batch == BatchId::SYSTEM => world.system.alerts.get(&id).map(alert_row),
        Change::System(_) => world.system.freeze.as_ref().map(freeze_row),
        Change::Alert(id) => batch.and_then(|batch| batch.alerts.get(&id)).map(alert_row),
    };
    row.into_iter().collect()
}

fn cut(text: &str, most: usize) -> Cell {
    Cell::Text(text.chars().take(most).collect())
}

fn batch_row(batch: &Batch) -> Row {
    let properties = serde_json::json!({
        "plan": batch.plan,
        "policy": batch.policy,
        "started_by": batch.started_by,
        "compensates": batch.compensates,
        "holds": batch.holds,
    });
    let stamp = |at: Option<Millis>| Cell::Int(at.map_or(0, |m| Ymdhis::from(m).0));
    Row::new(
        Table::Batches,
        batch.id.0,
        vec![
            Cell::text(&batch.name),
            Cell::text(batch.status.as_str()),
            Cell::Int(batch.epoch_from.0),
            Cell::Int(batch.epoch_to.0),
            Cell::Int(batch.total_files.into()),
            Cell::Int(batch.processed().into()),
            Cell::Int(batch.count(FileState::Failed).into()),
            stamp(batch.started_at),
            stamp(batch.completed_at),
        ],
        &properties,
        batch.created_at,
        batch.updated_at,
    )
}

/// Makes the row of a file. State for which the deployed table has no column goes into `properties`.
fn file_row(file: &File) -> Row {
    let mut properties = serde_json::json!({
        "state_id": file.state.id(),
        "state": file.state,
        "wave": file.wave,
        "statements": file.statements,
        "statements_ended": file.records.len(),
        "undo_statements": file.undo_statements,
        "undo_coverage": file.coverage,
        "source": file.source,
        "canonical": file.canonical,
        "fingerprint": file.fingerprint,
        "running": file.running.as_ref().map(|r| r.statement),
        "holds": file.holds,
        "crash": file.crash,
    });
    // Most files never are, and have a row as it always was.
    if let Some(repaired) = &file.repaired {
        properties["repaired"] = serde_json::json!(repaired);
    }
    Row::new(
        Table::Files,
        file.id.0,
        vec![
            Cell::Int(file.batch.0),
            Cell::text(&file.path),
            Cell::text(file.file_type.as_str()),
            Cell::text(file.status().as_str()),
            Cell::text(&file.hash.0),
            Cell::Int(file.epoch_from.0),
            Cell::Int(file.epoch_to.0),
            Cell::int(file.processing_ms),
            file.failure.as_ref().map_or(Cell::Null, |f| Cell::Text(f.to_string())),
            Cell::Int(file.retries.into()),
            Cell::Int(file.sort_order.into()),
            Cell::Int(file.state.id()),
        ],
        &properties,
        file.created_at,
        file.updated_at,
    )
}

fn dependency_rows(event: &Event, file: FileId) -> Vec<Row> {
    let EventKind::FilePlanned { depends_on, .. } = &event.kind else { return Vec::new() };
    (0..).zip(depends_on).map(|(order, dependency)| dependency_row(event, file, dependency, order)).collect()
}

fn dependency_row(event: &Event, file: FileId, d: &Dependency, order: i64) -> Row {
    let cells = vec![
        Cell::Int(file.0),
        Cell::Int(d.on.0),
        Cell::text(d.kind.as_str()),
        Cell::text(&d.description),
        Cell::Int(order),
    ];
    Row::new(Table::Dependencies, d.id.0, cells, &serde_json::json!({ "path": d.path }), event.at, event.at)
}

fn validation_row(event: &Event, result: Validation<'_>) -> Row {
    let cells = vec![
        Cell::Int(event.batch.0),
        Cell::Int(result.file.map_or(0, |f| f.0)),
        Cell::text(result.phase.as_str()),
        cut(result.check, LONGEST_NAME),
        Cell::text(result.status.as_str()),
        Cell::text(result.result),
        Cell::int(result.ms),
    ];
    let properties = serde_json::json!({ "class": result.class });
    Row::new(Table::ValidationLog, result.id.0, cells, &properties, event.at, event.at)
}

/// A window that was closed without a rollback keeps `pending`, since the column has no word for it: its row is deleted
/// softly, and says how it was closed in `properties.decision`.
fn rollback_row(rollback: &Rollback) -> Row {
    let properties = serde_json::json!({
        "files": rollback.files,
        "decide_by": rollback.decide_by.map(Millis::to_rfc3339),
        "decision": rollback.closed,
        "opened_by": rollback.opened_by,
        "decided_by": rollback.decided_by,
        "compensated_by": rollback.compensated_by,
    });
    let row = Row::new(
        Table::RollbackLog,
        rollback.id.0,
        vec![
            Cell::Int(rollback.batch.0),
            Cell::Int(rollback.file.map_or(0, |f| f.0)),
            Cell::text(rollback.class.as_str()),
            cut(&rollback.reason, LONGEST_TITLE),
            Cell::text(rollback.status.as_str()),
            Cell::int(rollback.files.len() as u64),
            Cell::int(rollback.ms),
            rollback.error.as_ref().map_or(Cell::Null, |e| Cell::text(e)),
        ],
        &properties,
        rollback.created_at,
        rollback.updated_at,
    );
    if rollback.closed.is_some() { row.deleted(rollback.updated_at) } else { row }
}

fn progress_row(event: &Event, batch: &Batch) -> Option<Row> {
    let (id, done) = batch.progress.as_ref()?;
    let percent = done.percent_hundredths;
    let cells = vec![
        Cell::Int(batch.id.0),
        cut(&done.phase, LONGEST_NAME),
        Cell::Int(done.total_phases.into()),
        Cell::Int(done.phase_index.into()),
        Cell::Int(done.files_in_phase.into()),
        Cell::Int(done.files_completed_in_phase.into()),
        Cell::Text(format!("{}.{:02}", percent / 100, percent % 100)),
        Cell::int(done.remaining_seconds.into()),
    ];
    Some(Row::new(Table::Progress, id.0, cells, &serde_json::json!({}), batch.created_at, event.at))
}

fn alert_row(alert: &Alert) -> Row {
    let cells = vec![
        Cell::Int(alert.batch.0),
        Cell::Int(alert.file.map_or(0, |f| f.0)),
        Cell::text(alert.alert_type.as_str()),
        cut(&alert.title, LONGEST_TITLE),
        Cell::text(&alert.message),
        Cell::text(alert.status.as_str()),
        Cell::int(alert.level.into()),
    ];
    let properties = match alert.due {
        Some(due) => serde_json::json!({ "due_ms": due }),
        None => serde_json::json!({}),
    };
    Row::new(Table::Alerts, alert.id.0, cells, &properties, alert.created_at, alert.updated_at)
}

/// The row of a freeze: it is of the system, so `batch_id` is 0, and the batch whose policy asked stands in `properties`
/// with everything else that is known of it.
fn freeze_row(freeze: &Freeze) -> Row {
    let told = format!("{}; {}, since {}", freeze.status, freeze.means.sentence(), freeze.since.to_rfc3339());
    let cells = vec![
        Cell::Int(BatchId::SYSTEM.0),
        Cell::text(freeze.status.as_str()),
        cut(&freeze.reason, LONGEST_TITLE),
        Cell::Text(serde_json::json!(freeze.reach).to_string()),
        Cell::Text(told),
    ];
    let properties = serde_json::json!({ "freeze": freeze });
    Row::new(Table::SystemState, freeze.state.0, cells, &properties, freeze.since, freeze.updated)
}
