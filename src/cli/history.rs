//! `caribou history`: the batches there were.

use super::context::Context;
use super::document::{BatchDocument, percent};
use super::output;
use super::project::Project;
use super::{CliError, Exit};
use crate::model::{BatchId, BatchStatus, Millis, Ymdhis};
use crate::store::{BatchRow, SchemaState};
use clap::builder::PossibleValuesParser;
use std::collections::BTreeMap;

/// List the batches, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou history\n  caribou history --status failed --format json")]
pub(crate) struct History {
    /// At most so many batches
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Only batches with this status
    #[arg(long, value_parser = PossibleValuesParser::new(BatchStatus::ALL.iter().map(|s| s.as_str())))]
    status: Option<String>,
}

impl History {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let (batches, run_ends) = context.block_on(async {
            let mut project = Project::connect(context).await?;
            if project.state() == SchemaState::Absent {
                return Ok((Vec::new(), BTreeMap::new()));
            }
            let batches = project.batches(self.limit).await?;
            let run_ends = project.reader()?.run_ends(&batches).await?;
            Ok::<_, CliError>((batches, run_ends))
        })?;
        let wanted = |b: &&BatchRow| self.status.as_ref().is_none_or(|s| b.status.as_str() == s);
        let taken_back = taken_back(&batches);
        let batches: Vec<BatchDocument> =
            batches.iter().filter(wanted).map(|row| with(BatchDocument::from(row), &taken_back)).collect();
        if context.is_json() {
            output::json(&batches)?;
        } else if batches.is_empty() {
            output::text("No batch yet.")?;
        } else {
            let rows: Vec<Vec<String>> =
                batches.iter().map(|batch| row(batch, run_ends.get(&BatchId(batch.id)).copied())).collect();
            output::text(&output::table(&["batch", "name", "status", "files", "epoch", "started", "took"], &rows))?;
        }
        Ok(Exit::Done)
    }
}

/// Of the batches that have undone files of another one: that one, their own number and when they ended.
fn taken_back(rows: &[BatchRow]) -> BTreeMap<i64, (i64, Option<String>)> {
    let done = rows.iter().filter(|row| row.status == BatchStatus::Completed);
    let of = |row: &BatchRow| row.properties.get("compensates")?.get("batch")?.as_i64();
    // The newest come first, and the last of several counts.
    done.rev().filter_map(|row| Some((of(row)?, (row.batch_id.0, stamp(row.completed))))).collect()
}

fn with(batch: BatchDocument, taken_back: &BTreeMap<i64, (i64, Option<String>)>) -> BatchDocument {
    let Some((by, at)) = taken_back.get(&batch.id) else { return batch };
    BatchDocument { compensated_by: Some(*by), compensated_at: at.clone(), ..batch }
}

fn stamp(at: Ymdhis) -> Option<String> {
    at.to_millis().map(Millis::to_rfc3339)
}

fn row(batch: &BatchDocument, ran_until: Option<Millis>) -> Vec<String> {
    let parsed = |at: &Option<String>| at.as_deref().and_then(|t| chrono::DateTime::parse_from_rfc3339(t).ok());
    let (started, completed) = (parsed(&batch.started_at), parsed(&batch.completed_at));
    // The run: what was undone later is another time, and what lies between is none of either.
    let until = ran_until.map(|at| at.0).or_else(|| completed.map(|at| at.timestamp_millis()));
    let took = started.zip(until).map(|(from, to)| (to - from.timestamp_millis()).max(0).unsigned_abs());
    vec![
        batch.id.to_string(),
        output::safe(&batch.name),
        match batch.compensated_by {
            Some(by) => format!("{}, undone by {by}", batch.status),
            None => batch.status.clone(),
        },
        format!("{}/{}", batch.files_completed, batch.files_total),
        format!("{} to {}", batch.epoch_from, batch.epoch_to),
        started.map_or("-".to_owned(), |t| t.format("%Y-%m-%d %H:%M:%S").to_string()),
        took.map_or("-".to_owned(), whole_seconds),
    ]
}

/// A row has its times in whole seconds.
fn whole_seconds(ms: u64) -> String {
    match ms / 1000 {
        0 => "< 1 s".to_owned(),
        seconds @ 1..60 => format!("{seconds} s"),
        _ => output::took(ms),
    }
}

/// A batch as its row tells it.
impl From<&BatchRow> for BatchDocument {
    fn from(row: &BatchRow) -> BatchDocument {
        let holds = row.properties.get("holds").and_then(|h| h.as_object());
        BatchDocument {
            id: row.batch_id.0,
            name: row.name.clone(),
            status: row.status.to_string(),
            epoch_from: row.epoch_from.0,
            epoch_to: row.epoch_to.0,
            hold: holds.and_then(|h| h.keys().next().cloned()),
            files_total: row.total_files,
            files_completed: row.processed_files,
            files_failed: row.failed_files,
            percent: percent(row.processed_files, row.total_files),
            started_at: stamp(row.started),
            completed_at: stamp(row.completed),
            compensated_by: None,
            compensated_at: None,
        }
    }
}
