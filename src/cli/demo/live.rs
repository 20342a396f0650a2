//! The demo in the console: the acts play in the background of this process, the viewer watches, decides and steps.

use super::super::console::{self, ConsoleMode};
use super::super::context::Context;
use super::super::feed::StoreFeed;
use super::super::{CliError, Exit, ending, output};
use super::acts::{ACTS, AGAIN, Act, Beside, TOTAL};
use super::lock::WriteLock;
use super::narrator::{Comes, Narrator};
use super::project::DemoProject;
use super::stage::Stage;
use crate::model::{BatchId, BatchStatus, Closed, Rollback, RollbackStatus, Verb};
use std::time::Duration;

/// Time to read what is said before the first act.
const BEFORE: Duration = Duration::from_secs(12);
/// Time that an act's end stays before the next one begins, so that it can be read.
const READING: Duration = Duration::from_secs(15);
/// Time after which a batch that waits for steps goes on by itself.
const STEPPING: Duration = Duration::from_secs(60);
/// Time that the replay stays before the end is told.
const AGAIN_FOR: Duration = Duration::from_secs(40);
/// Tries after which the lock is let go.
const TRIES: u32 = 2;

const DECIDE: &str = "It stands, with a window of 60 s: yours to decide, else it stays.";
const LOOK_AROUND: &str = "Look around as you like; :q leaves. `caribou init` begins your own.";

pub(super) async fn play(demo: &mut DemoProject) -> Result<Exit, CliError> {
    let (mut narrator, guide) = Narrator::new();
    let context = Context::for_project(demo.directory.dir(), demo.context.format)?;
    let feed = StoreFeed::new(demo.project.store.clone(), None).following().informed(context.config()?);
    let mut stage = Stage::open(demo, false).await?;
    narrator.say(0, ACTS[0].words.before, ACTS[0].words.look);
    let mode = ConsoleMode { embedded: true, guide: Some(guide), ..ConsoleMode::default() };
    let mut failed = None;
    let acting = async {
        if let Err(error) = acts(&mut stage, &mut narrator).await {
            narrator.end("the demo cannot go on", &error.to_string(), LOOK_AROUND);
            failed = Some(error);
        }
        std::future::pending().await
    };
    let shown = tokio::select! {
        shown = console::show(&context, feed, mode) => shown,
        never = acting => never,
    };
    stage.close().await?;
    shown?;
    farewell(demo).await?;
    failed.map_or(Ok(Exit::Done), Err)
}

/// Plays one act after the other.
async fn acts(stage: &mut Stage<'_>, narrator: &mut Narrator) -> Result<(), CliError> {
    let mut played = Vec::new();
    let mut said = (ACTS[0].words.before.to_owned(), ACTS[0].words.look, BEFORE);
    for (number, act) in ACTS.iter().enumerate() {
        let what = format!("act {}", number + 1);
        let comes = Comes { what: &what, does: "begins", after: said.2 };
        // The end of the act before is still on the screen, under its own title.
        narrator.until_wanted(number.saturating_sub(1), &said.0, said.1, comes).await;
        narrator.say(number, act.words.during, act.words.look);
        let (batch, words) = act_in_console(stage, narrator, number, act).await?;
        played.push(batch);
        said = (words, act.words.look_after, READING);
    }
    let what = format!("act {TOTAL}");
    let comes = Comes { what: &what, does: "begins", after: said.2 };
    narrator.until_wanted(ACTS.len() - 1, &said.0, said.1, comes).await;
    if let Some(batch) = played.get(AGAIN.act) {
        let comes = Comes { what: "the tour", does: "ends", after: AGAIN_FOR };
        narrator.until_replayed(*batch, comes).await;
    }
    narrator.end("that was all", "Everything that you have seen stands in the journal.", LOOK_AROUND);
    Ok(())
}

/// Plays an act, and says how it ended.
async fn act_in_console(
    stage: &mut Stage<'_>,
    narrator: &mut Narrator,
    number: usize,
    act: &'static Act,
) -> Result<(BatchId, String), CliError> {
    let submission = stage.demo.plan(act).await?;
    let animals = stage.demo.animals(act).await?;
    let batch = match act.beside {
        Beside::Lock => {
            let lock = WriteLock::take(&stage.demo.project.store).await?;
            let batch = stage.begin(submission).await?;
            stage.until_waited(batch, TRIES).await?;
            lock.let_go().await?;
            narrator.say(number, "The lock is let go after two tries.", act.words.look);
            batch
        }
        _ => stage.begin(submission).await?,
    };
    if act.beside == Beside::Steps {
        step_or_wait(stage, narrator, number, act, batch).await?;
    }
    stage.until_ended(batch).await?;
    if act.beside == Beside::Decision && stage.rollback(batch).is_some_and(Rollback::is_open) {
        narrator.say(number, DECIDE, act.words.look);
        stage.until_decided(act, batch).await?;
    }
    let played = stage.played(act, batch, animals).await?;
    let status = stage.batch(batch).map(|b| b.status);
    let words = match (played.as_told, act.beside, stage.rollback(batch)) {
        (false, ..) => otherwise(status),
        (true, Beside::Decision, Some(rollback)) => decided(rollback).to_owned(),
        (true, ..) => act.words.after.to_owned(),
    };
    Ok((batch, words))
}

/// The words of an act whose batch did not end as it was meant to: whoever watches may have had another mind.
fn otherwise(status: Option<BatchStatus>) -> String {
    format!("It ended otherwise than told: {}.", status.map_or("unknown".to_owned(), |s| s.to_string()))
}

fn decided(rollback: &Rollback) -> &'static str {
    match (rollback.status, &rollback.closed) {
        (RollbackStatus::Completed, _) => "Approved: it is undone, by a batch of its own.",
        (_, Some(Closed::Rejected)) => "Rejected: it stays.",
        (RollbackStatus::Failed, _) => "Approved, and the undo failed.",
        _ => "Nobody decided in time: it stays.",
    }
}

/// Waits for the viewer's steps; after a time the batch goes on.
async fn step_or_wait(
    stage: &mut Stage<'_>,
    narrator: &mut Narrator,
    number: usize,
    act: &'static Act,
    batch: BatchId,
) -> Result<(), CliError> {
    let comes = Comes { what: "the batch", does: "goes on", after: STEPPING };
    loop {
        tokio::select! {
            ended = stage.until_ended(batch) => return ended,
            () = narrator.until_wanted(number, act.words.during, act.words.look, comes) => {}
        }
        stage.ask(batch, Verb::Resume).await?;
    }
}

/// Tells what there was, once the console is gone.
async fn farewell(demo: &mut DemoProject) -> Result<(), CliError> {
    for row in demo.project.batches(2 * ACTS.len()).await?.iter().rev() {
        let world = demo.project.world(row.batch_id).await?;
        if let Some(batch) = world.batch(row.batch_id) {
            output::text(&ending::headline(batch))?;
        }
    }
    if !demo.directory.is_kept() {
        output::say(
            "The demo's project is removed; `caribou demo --keep DIR` keeps it. `caribou init` begins your own.",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::acts::ROOM;

    #[test]
    fn what_is_said_beside_the_acts_is_seen_whole_on_a_screen_of_80_columns() {
        for words in [DECIDE, LOOK_AROUND] {
            assert!(words.len() <= ROOM, "{words}");
        }
    }
}
