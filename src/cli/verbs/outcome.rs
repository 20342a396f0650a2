//! The end of a rollback that was asked for or decided about, and what one would do.

use super::super::context::Context;
use super::super::document::{RollbackDocument, rollback_document};
use super::super::project::Project;
use super::super::{CliError, Exit, ending, output};
use super::answer::RequestAnswer;
use super::send::POLL;
use crate::model::{
    BatchId, BlastChange, BlastFile, BlastRadius, Closed, Millis, Rollback, RollbackId, RollbackStatus, Undo, World,
};
use std::time::Instant;

/// A command or decision that was handed in.
pub(super) struct RequestRef {
    /// The number of the command or of the decision.
    pub id: i64,
    pub batch: BatchId,
    /// `rollback`, `approve`, `reject` or `override`.
    pub verb: &'static str,
}

/// It is in the table, and nobody has answered.
pub(super) async fn submitted(
    context: &Context,
    project: &mut Project,
    request: &RequestRef,
    rollback: Option<RollbackId>,
) -> Result<Exit, CliError> {
    let alive = project.worker().await?.alive;
    let why = if alive { None } else { Some("no worker is alive; it stands until one comes") };
    let document = match rollback {
        Some(id) => Some(document(project, request.batch, id).await?),
        None => None,
    };
    tell(context, request, "submitted", why, alive, document)?;
    Ok(if alive { Exit::Done } else { Exit::Blocked })
}

/// A check is let pass: its file waits for its turn, or the plan can be started.
pub(super) async fn let_pass(context: &Context, project: &mut Project, request: &RequestRef) -> Result<Exit, CliError> {
    let alive = project.worker().await?.alive;
    let words = match (request.batch == BatchId::SYSTEM, alive) {
        (true, _) => "the plan can be started now, by another account where four eyes are needed",
        (false, true) => "the file waits for its turn",
        (false, false) => "the file waits for its turn; `caribou migrate` or `caribou worker` runs it",
    };
    tell(context, request, "effective", Some(words), alive, None)?;
    Ok(Exit::Done)
}

/// The worker has not answered in time.
pub(super) async fn unanswered(
    context: &Context,
    project: &mut Project,
    request: &RequestRef,
) -> Result<Exit, CliError> {
    let alive = project.worker().await?.alive;
    tell(context, request, "submitted", Some("the worker has not answered in time; it stands"), alive, None)?;
    Ok(Exit::Blocked)
}

/// The worker said no.
pub(super) async fn refused(
    context: &Context,
    project: &mut Project,
    request: &RequestRef,
    reason: &str,
) -> Result<Exit, CliError> {
    let alive = project.worker().await?.alive;
    tell(context, request, "refused", Some(reason), alive, None)?;
    Ok(Exit::Refused)
}

fn tell(
    context: &Context,
    request: &RequestRef,
    status: &'static str,
    reason: Option<&str>,
    worker_alive: bool,
    rollback: Option<RollbackDocument>,
) -> Result<(), CliError> {
    let RequestRef { id, batch, verb } = request;
    if context.is_json() {
        let (id, batch, reason) = (*id, *batch, reason.map(str::to_owned));
        return output::json(&RequestAnswer { id, batch, verb, status, reason, worker_alive, rollback });
    }
    match reason {
        Some(reason) => output::text(&format!("{verb}: {status}: {}", output::safe_lines(reason))),
        None => output::text(&format!("{verb}: {status}")),
    }
}

/// Waits until the rollback waits for somebody, is closed or has ended, and says so.
pub(super) async fn follow(
    context: &Context,
    project: &mut Project,
    request: &RequestRef,
    id: RollbackId,
    until: Instant,
) -> Result<Exit, CliError> {
    loop {
        let rollback = rollback(project, request.batch, id).await?;
        let is_running = rollback.status == RollbackStatus::Running;
        let alive = project.worker().await?.alive;
        if is_running && alive && Instant::now() < until {
            tokio::time::sleep(POLL).await;
            continue;
        }
        let world = project.world(request.batch).await?;
        let files = rollback.files.iter().filter_map(|file| world.file(request.batch, *file));
        let certainty = Undo::certainty(files);
        let (status, words, exit) = match left_alone(&world, request.batch, &rollback) {
            Some(rows) => ("effective", format!("rollback {id} is completed, {rows}"), Exit::NeedsPerson),
            None => stands(&rollback, certainty, alive),
        };
        let document = document(project, request.batch, id).await?;
        let words = [vec![words], document.undo.clone()].concat().join("\n  ");
        tell(context, request, status, Some(&words), alive, Some(document))?;
        return Ok(exit);
    }
}

/// The rows that a rollback left as others have made them.
fn left_alone(world: &World, batch: BatchId, rollback: &Rollback) -> Option<String> {
    let of = |id| Some((world.batch(batch)?.file(id)?.path.clone(), ending::but_for(world.batch(batch)?.file(id)?)?));
    let request = |(path, rows): (String, String)| format!("{rows} ({})", output::safe(&path));
    let rows: Vec<String> = rollback.files.iter().filter_map(|id| of(*id)).map(request).collect();
    (rollback.status == RollbackStatus::Completed && !rows.is_empty()).then(|| rows.join("; "))
}

/// In a word and in a sentence.
fn stands(rollback: &Rollback, certainty: &str, worker_alive: bool) -> (&'static str, String, Exit) {
    let id = rollback.id;
    let by = rollback.compensated_by.map_or_else(String::new, |b| format!(", as batch {b}"));
    let files = output::count(rollback.files.len() as u64, "file");
    match (rollback.status, rollback.closed) {
        (RollbackStatus::Pending, Some(Closed::Rejected)) => {
            ("effective", format!("rollback {id} is rejected; the files stay"), Exit::Done)
        }
        (RollbackStatus::Pending, Some(closed)) => {
            ("effective", format!("rollback {id} is closed: {closed}; the files stay"), Exit::Done)
        }
        (RollbackStatus::Pending, None) => {
            let until = rollback.decide_by.map_or_else(String::new, |at| format!(" until {}", at.to_rfc3339()));
            let words =
                format!("rollback {id} waits for a decision{until}: `caribou approve {id}`, `caribou reject {id}`");
            ("effective", words, Exit::Done)
        }
        (RollbackStatus::Completed, _) => {
            ("effective", format!("rollback {id} is completed{by}: {files} undone {certainty}"), Exit::Done)
        }
        (RollbackStatus::Failed, _) => {
            let why = rollback.error.clone().unwrap_or_default();
            ("effective", format!("rollback {id} failed{by}; a person is needed: {why}"), Exit::NeedsPerson)
        }
        (RollbackStatus::Running, _) if worker_alive => {
            ("accepted", format!("rollback {id} is running{by}; `caribou rollbacks` shows its end"), Exit::Blocked)
        }
        (RollbackStatus::Running, _) => {
            ("accepted", format!("rollback {id} has begun{by}; it goes on when a worker comes"), Exit::Blocked)
        }
    }
}

async fn rollback(project: &mut Project, batch: BatchId, id: RollbackId) -> Result<Rollback, CliError> {
    let world = project.world(batch).await?;
    let found = world.batch(batch).and_then(|b| b.rollbacks.get(&id)).cloned();
    found.ok_or_else(|| CliError::refused(format!("there is no rollback {id} in batch {batch}")))
}

async fn document(project: &mut Project, batch: BatchId, id: RollbackId) -> Result<RollbackDocument, CliError> {
    let world = project.world(batch).await?;
    let found = world.batch(batch).and_then(|b| Some((b, b.rollbacks.get(&id)?)));
    let (batch, rollback) = found.ok_or_else(|| CliError::refused(format!("there is no rollback {id}")))?;
    Ok(rollback_document(&world, batch, rollback))
}

/// Prints what a rollback would do.
pub(super) fn radius(context: &Context, radius: &BlastRadius) -> Result<(), CliError> {
    if context.is_json() { output::json(radius) } else { output::text(&radius_text(radius)) }
}

/// Tells what a rollback would do, for people.
pub(super) fn radius_text(radius: &BlastRadius) -> String {
    let files = output::count(radius.files.len() as u64, "file");
    let mut text = format!("Class {} rollback in batch {}: {files}, in this order.\n", radius.class, radius.batch);
    for file in &radius.files {
        text.push_str(&file_text(file));
    }
    text.push_str(&format!("\nEpoch: {} to {}.", radius.epoch_from, radius.epoch_to));
    text.push_str(&format!(" About {}, as long as it took.", output::took(radius.estimated_ms)));
    text.push_str(&since_text(radius));
    for lost in radius.files.iter().flat_map(|file| &file.lost) {
        text.push_str(&format!("\n  LOST: {}.", output::safe(&lost.sentence())));
    }
    for lost in radius.objects_lost() {
        text.push_str(&format!("\n  LOST, of others: {}.", output::safe(lost)));
    }
    for stays in radius.objects_left_alone() {
        text.push_str(&format!("\n  LEFT ALONE: {}.", output::safe(stays)));
    }
    if radius.fit.asked > 0 {
        let (asked, holds) = (output::count(u64::from(radius.fit.asked), "question"), radius.fit.holds());
        let speaks = if holds == 1 { "speaks" } else { "speak" };
        text.push_str(&format!("\nRevertibility: of {asked} to the data, {holds} {speaks} for the undo."));
    }
    for misfit in &radius.fit.misfits {
        text.push_str(&format!("\n  IT WOULD FAIL: {}.", output::safe(&misfit.sentence())));
    }
    text.push_str(&changes_text(&radius.changes));
    for file in &radius.written_to_since {
        text.push_str(&format!("\nSince: {}.", output::safe(file)));
    }
    for why in &radius.in_the_way {
        text.push_str(&format!("\nIn the way: {}.", output::safe(why)));
    }
    if let Some(refused) = &radius.refused {
        text.push_str(&format!("\n\nREFUSED as things stand: {}", output::safe(refused)));
    }
    text
}

/// Tells what of others would be lost, and what stays as they made it.
fn since_text(radius: &BlastRadius) -> String {
    let mut text = match radius.rows_lost() {
        Some(0) => "\nNothing was written since that would be lost.".to_owned(),
        Some(rows) => format!("\n{} WRITTEN SINCE would be lost.", output::count(rows, "row")),
        None => "\nWhether rows were written since that would be lost is not known.".to_owned(),
    };
    if let Some(rows) = radius.rows_left_alone.filter(|rows| *rows > 0) {
        let rows = output::count(rows, "row");
        text.push_str(&format!(
            "\n{rows} that others have changed since will be LEFT ALONE: not put back, and not lost."
        ));
    }
    text
}

/// The definitions that change, each as a difference.
fn changes_text(changes: &[BlastChange]) -> String {
    if changes.is_empty() {
        return "\nNo definition changes.".to_owned();
    }
    let mut text = "\n\nDefinitions: - as they stand now, + as they go back to.\n".to_owned();
    for change in changes {
        text.push_str(&format!("\n  {}\n", output::safe(&change.object)));
        let remark = change.remark.iter().map(|remark| format!("({remark})"));
        for line in remark.chain(change.lines().map(str::to_owned)) {
            text.push_str(&format!("      {}\n", output::safe(&line)));
        }
    }
    text
}

fn file_text(file: &BlastFile) -> String {
    let how = match &file.reason {
        Some(reason) => format!("CANNOT BE UNDONE: {}", output::safe(reason)),
        None => format!("undo: {}, {}", file.method, output::count(file.statements.len() as u64, "statement")),
    };
    let mut text = format!("\n  {}  {}; {how}\n", output::safe(&file.path), file.file_type);
    for statement in &file.statements {
        let line: String = statement.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        text.push_str(&format!("      {}\n", output::safe(&output::shortened(&line, 100))));
    }
    text
}

/// Tells how long there is to decide, from a moment of the database's clock.
pub(crate) fn left(rollback: &Rollback, now: Millis) -> String {
    match rollback.decide_by {
        None => "no deadline".to_owned(),
        Some(deadline) if rollback.has_lapsed(now) => format!("LAPSED {} ago", output::took(now.since(deadline))),
        Some(deadline) => format!("{} left", output::took(deadline.since(now))),
    }
}
