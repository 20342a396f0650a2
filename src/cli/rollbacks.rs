//! `caribou rollbacks`: what waits for a decision, what runs, and what became of the others.

use super::batch_arg::BatchArg;
use super::context::Context;
use super::document::{RollbackDocument, rollback_document};
use super::project::Project;
use super::verbs::{ClassArg, left};
use super::{CliError, Exit, output};
use crate::model::{Class, Millis, Rollback, RollbackStatus, World};
use crate::store::SchemaState;
use serde::Serialize;

/// List rollbacks: the windows that wait for a decision, and what runs
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou rollbacks\n  caribou rollbacks --all --class B --format json")]
pub(crate) struct Rollbacks {
    #[command(flatten)]
    batch: BatchArg,
    /// Those that touch a file with this path, or an end of it
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
    /// Only this class
    #[arg(long, ignore_case = true)]
    class: Option<ClassArg>,
    /// Only this status: pending, running, completed or failed
    #[arg(long, value_parser = status)]
    status: Option<RollbackStatus>,
    /// Those that have ended too
    #[arg(long, short)]
    all: bool,
}

fn status(text: &str) -> Result<RollbackStatus, String> {
    RollbackStatus::parse(text).ok_or_else(|| "one of pending, running, completed, failed".to_owned())
}

/// Rollbacks in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RollbacksDocument {
    rollbacks: Vec<RollbackDocument>,
    worker_alive: bool,
}

impl Rollbacks {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let mut listed = Vec::new();
            let mut now = Millis(0);
            if project.state() != SchemaState::Absent {
                now = project.reader()?.now().await?;
                let everything = self.all || self.batch.given().is_some() || self.status.is_some();
                for batch in project.batches_with_rollbacks(!everything).await? {
                    if self.batch.given().is_none_or(|wanted| wanted == batch.0) {
                        let world = project.world(batch).await?;
                        listed.extend(self.listed(&world, everything));
                    }
                }
            }
            listed.sort_by_key(|(r, _)| (!r.is_open(), r.decide_by.is_none(), r.decide_by, r.id));
            let alive = project.worker().await?.alive;
            if context.is_json() {
                let rollbacks = listed.into_iter().map(|(_, document)| document).collect();
                output::json(&RollbacksDocument { rollbacks, worker_alive: alive })?;
            } else {
                output::text(&human(&listed, now, alive))?;
            }
            Ok(Exit::Done)
        })
    }

    fn listed(&self, world: &World, everything: bool) -> Vec<(Rollback, RollbackDocument)> {
        let class = self.class.map(Class::from);
        let fits = |rollback: &Rollback, document: &RollbackDocument| {
            (everything || rollback.is_open())
                && class.is_none_or(|class| class == rollback.class)
                && self.status.is_none_or(|status| status == rollback.status)
                && self.file.as_ref().is_none_or(|file| document.scope.iter().any(|path| path.ends_with(file.as_str())))
        };
        let all = world.batches.values().flat_map(|b| b.rollbacks.values().map(move |r| (b, r)));
        let documents = all.map(|(b, r)| (r.clone(), rollback_document(world, b, r)));
        documents.filter(|(rollback, document)| fits(rollback, document)).collect()
    }
}

fn human(listed: &[(Rollback, RollbackDocument)], now: Millis, worker_alive: bool) -> String {
    if listed.is_empty() {
        return "No rollback is open; --all lists those that have ended.".to_owned();
    }
    let row = |(rollback, document): &(Rollback, RollbackDocument)| {
        let stands = match rollback.closed {
            Some(closed) => closed.to_string(),
            None if document.held.is_some() => "held".to_owned(),
            None => rollback.status.to_string(),
        };
        let time = if rollback.is_awaiting() { left(rollback, now) } else { String::new() };
        vec![
            rollback.id.to_string(),
            rollback.batch.to_string(),
            rollback.class.to_string(),
            stands,
            time,
            output::safe(&output::shortened(&document.scope.join(", "), 40)),
            output::safe(&output::shortened(rollback.reason.lines().next().unwrap_or_default(), 60)),
        ]
    };
    let rows: Vec<Vec<String>> = listed.iter().map(row).collect();
    let mut text = output::table(&["id", "batch", "class", "status", "time", "scope", "reason"], &rows);
    let is_overdue = |r: &Rollback| r.is_awaiting() && r.has_lapsed(now);
    if !worker_alive && listed.iter().any(|(r, _)| is_overdue(r)) {
        text.push_str("\nNO WORKER is alive: what has lapsed waits for `caribou worker` to deal with it.");
    }
    text
}
