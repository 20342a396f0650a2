//! The demo without a terminal: the acts one after the other, their decisions made by the program, and a report.

use super::super::document::{StatusDocument, WorkerDocument};
use super::super::signals::Interrupts;
use super::super::{CliError, Exit, ending, output};
use super::acts::{ACTS, AGAIN, Act, Beside, TOTAL};
use super::again::{self, Again};
use super::lock::WriteLock;
use super::project::DemoProject;
use super::stage::{Played, Stage};
use crate::model::{BatchId, BatchStatus, Hold, RollbackStatus, StepUnit, Verb, World};
use serde::Serialize;
use std::path::PathBuf;

/// Steps that are granted one by one, before a breakpoint is set behind the next statement.
const STEPS: u32 = 2;

pub(super) async fn play(demo: &mut DemoProject) -> Result<Exit, CliError> {
    let mut interrupts = Interrupts::new()?;
    let mut stage = Stage::open(demo, true).await?;
    let played = interrupts.unless(acts(&mut stage)).await;
    let world = stage.close().await?;
    match played {
        Some(played) => {
            let played = played?;
            let again = again::play(demo, &world, played.get(AGAIN.act)).await?;
            report(demo, &world, &played, &again)
        }
        None => Ok(Exit::Interrupted),
    }
}

async fn acts(stage: &mut Stage<'_>) -> Result<Vec<Played>, CliError> {
    let mut played = Vec::new();
    for (number, act) in (1..).zip(&ACTS) {
        output::say(&format!("\nAct {number}. {}.", act.title));
        let submission = stage.demo.plan(act).await?;
        let animals = stage.demo.animals(act).await?;
        let lock = match act.beside {
            Beside::Lock => Some(WriteLock::take(&stage.demo.project.store).await?),
            Beside::Nothing | Beside::Decision | Beside::Steps => None,
        };
        let batch = stage.begin(submission).await?;
        if let Some(lock) = lock {
            stage.until_waited(batch, 1).await?;
            lock.let_go().await?;
        }
        let mut is_as_told = true;
        if act.beside == Beside::Steps {
            is_as_told = step_to_a_breakpoint(stage, batch).await?;
        }
        stage.until_ended(batch).await?;
        if act.beside == Beside::Decision {
            is_as_told = approve(stage, act, batch).await?;
        }
        let mut ended = stage.played(act, batch, animals).await?;
        ended.as_told &= is_as_told;
        played.push(ended);
    }
    Ok(played)
}

/// Steps twice, sets a breakpoint before the last statement, and goes on to it and from it. True if it held there.
async fn step_to_a_breakpoint(stage: &mut Stage<'_>, batch: BatchId) -> Result<bool, CliError> {
    for _ in 0..STEPS {
        stage.ask(batch, Verb::Step { unit: StepUnit::Statement }).await?;
    }
    let file = stage.batch(batch).and_then(|b| b.in_order().next()).map(|f| (f.id, f.statements));
    let Some((file, statements)) = file else { return Ok(false) };
    let last = statements.saturating_sub(1);
    stage.ask(batch, Verb::Break { file, statement: Some(last), clear: false }).await?;
    stage.ask(batch, Verb::Resume).await?;
    let is_held = |world: &World| world.batch(batch).is_some_and(|b| b.holds.contains_key(&Hold::Paused));
    while !is_held(&stage.world) && !stage.is_ended(batch) {
        stage.next().await?;
    }
    let done = stage.batch(batch).and_then(|b| b.file(file)).map_or(0, |f| f.records.len());
    stage.ask(batch, Verb::Resume).await?;
    Ok(u32::try_from(done) == Ok(last))
}

/// Approves the rollback that waits for somebody. True if it has undone the file.
async fn approve(stage: &mut Stage<'_>, act: &Act, batch: BatchId) -> Result<bool, CliError> {
    stage.approve(act, batch).await?;
    Ok(stage.rollback(batch).is_some_and(|r| r.status == RollbackStatus::Completed))
}

fn report(demo: &DemoProject, world: &World, played: &[Played], again: &Again) -> Result<Exit, CliError> {
    let as_told = played.iter().all(|p| p.as_told) && again.as_told;
    if demo.context.is_json() {
        let mut acts: Vec<_> = played.iter().map(|p| act_document(world, p)).collect();
        let Again { as_told: went, events, .. } = again;
        acts.push(ActDocument::Replay { name: AGAIN.name, title: AGAIN.title, as_told: *went, events: *events });
        let project = demo.directory.is_kept().then(|| demo.directory.dir().to_owned());
        output::json(&DemoDocument { as_told, project, acts })?;
    } else {
        output::text(&human(world, played, again, as_told))?;
    }
    Ok(if as_told { Exit::Done } else { Exit::Failed })
}

/// The demo in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct DemoDocument {
    /// True if everything went as it is told.
    as_told: bool,
    /// Directory of the project, where it is kept.
    project: Option<PathBuf>,
    acts: Vec<ActDocument>,
}

/// An act, or the replay at the end.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum ActDocument {
    Act {
        name: &'static str,
        title: &'static str,
        /// Status with which its batch is to end.
        expected: BatchStatus,
        as_told: bool,
        /// Statements that were stepped through.
        steps: u32,
        lock_waits: u32,
        animals: Option<AnimalsDocument>,
        rollback: Option<RollbackStatus>,
        result: Box<StatusDocument>,
    },
    Replay {
        name: &'static str,
        title: &'static str,
        as_told: bool,
        events: u64,
    },
}

/// The rows of a table before and after an act.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AnimalsDocument {
    before: String,
    after: String,
}

fn act_document(world: &World, p: &Played) -> ActDocument {
    let Act { name, title, ends, .. } = p.act;
    ActDocument::Act {
        name,
        title,
        expected: *ends,
        as_told: p.as_told,
        steps: p.steps,
        lock_waits: p.waits,
        animals: p.animals.clone().map(|(before, after)| AnimalsDocument { before, after }),
        rollback: p.rollback,
        result: Box::new(StatusDocument::new(world, world.batch(p.batch), WorkerDocument::default())),
    }
}

fn human(world: &World, played: &[Played], again: &Again, as_told: bool) -> String {
    let mut text = "# The demo\n".to_owned();
    for (number, p) in (1..).zip(played) {
        text.push_str(&format!("\n## Act {number}: {}\n\n", p.act.title));
        match world.batch(p.batch) {
            Some(batch) => text.push_str(&ending::report(batch)),
            None => text.push_str("It did not happen."),
        }
        for line in beside(p) {
            text.push_str(&format!("\n\n{line}"));
        }
        text.push('\n');
    }
    let same = if again.as_told { "the same state as the batch itself" } else { "ANOTHER state than the batch itself" };
    let events = output::count(again.events, "event");
    text.push_str(&format!("\n## Act {TOTAL}: {}\n\n{events} recorded and played again, to {same}.\n", AGAIN.title));
    text.push_str(&match as_told {
        true => format!("\nAll {TOTAL} acts went as told.\n"),
        false => "\nNOT as told: see above.\n".to_owned(),
    });
    text
}

/// Lines about what went on beside the batch.
fn beside(p: &Played) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((before, after)) = &p.animals {
        let is = if before == after { "as before" } else { "NOT as before" };
        lines.push(format!("Before: {before}. After: {after}, {is}."));
    }
    match p.act.beside {
        Beside::Lock => lines.push(format!(
            "Another connection held the write lock and let go: statements waited {} for it, then ran.",
            times(p.waits)
        )),
        Beside::Decision => {
            let became = p.rollback.map_or_else(|| "never opened".to_owned(), |status| status.to_string());
            lines.push(format!("The demo approved its rollback, which is {became}."));
        }
        Beside::Steps => lines.push(format!(
            "The demo granted {}, set a breakpoint before the last statement, and went on from it.",
            output::count(p.steps.into(), "step")
        )),
        Beside::Nothing => {}
    }
    if p.act.ends == BatchStatus::RolledBack {
        lines.push("(This failure is part of the story.)".to_owned());
    }
    lines
}

fn times(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}
