//! A run told as it happens: one line for each thing that matters, and on a terminal a last line that moves.

use super::CliError;
use super::document::percent;
use super::ending;
use super::incidents;
use super::output::{self, Style, count, safe, styled, took};
use super::project::Project;
use crate::model::{
    AlertStatus, AlertType, Batch, BatchId, Cause, Event, EventKind, Failure, File, FileState, FreezeStep, Seq, System,
    Undo, World,
};
use std::io::{IsTerminal, Write};

/// Files of a batch that is kept small in memory, the events after which some of it is packed, and how much of it.
const MANY: usize = 2_000;
const PACKED_EACH: i64 = 64;
const PACKED: usize = 4;

/// A page of fewer events than these is the last before what is published.
const NEARLY: usize = 1_000;

/// Follows one batch on stderr.
pub(crate) struct Follower {
    world: World,
    batch: BatchId,
    /// The last event of the batch that is in the world.
    seq: Seq,
    /// True if events were missed that the journal has.
    is_behind: bool,
    /// True if there is a last line that moves.
    live: bool,
    drawn: bool,
}

impl Follower {
    /// Follows a batch whose world, up to an event, is known.
    pub fn new(world: World, batch: BatchId, seq: Seq) -> Follower {
        let live = std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        Follower { world, batch, seq, is_behind: false, live, drawn: false }
    }

    /// The batch as it stands.
    pub fn batch(&self) -> Option<&Batch> {
        self.world.batch(self.batch)
    }

    /// Takes an event in and tells it.
    pub fn take(&mut self, event: &Event) {
        if event.batch == self.batch && event.seq <= self.seq {
            return;
        }
        self.world.apply(event);
        if event.seq.0 % PACKED_EACH == 0 {
            self.world.batches.values_mut().filter(|batch| batch.order.len() > MANY).for_each(|b| b.files.pack(PACKED));
        }
        let line = match event.batch == self.batch {
            true => {
                self.seq = event.seq;
                self.batch().and_then(|batch| tell(batch, event))
            }
            false => tell_of_system(&self.world.system, event),
        };
        if let Some(line) = line {
            self.wipe();
            output::say(&line);
        }
    }

    /// Tells how the batch stands, to somebody who begins to follow it.
    pub fn tell_standing(&self) {
        let Some(batch) = self.batch() else { return };
        output::say(&format!("{} {:.0} %.", ending::headline(batch), percent(batch.completed, batch.total_files)));
        for (hold, reason) in &batch.holds {
            output::say(&line(hold.as_str(), Style::Caution, reason));
        }
    }

    /// Events were missed: what comes next is read from the journal.
    pub fn missed(&mut self) {
        self.is_behind = true;
    }

    /// True if the journal is to be read before what is published.
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Takes in the next page of the journal. What is told twice after this is passed over.
    ///
    /// A page, and not all that was missed: a worker of very many files writes on meanwhile, and whoever wants to end it is
    /// heard between two pages.
    pub async fn catch_up(&mut self, project: &mut Project) -> Result<(), CliError> {
        let page = project.events(self.batch, self.seq).await?;
        page.iter().for_each(|event| self.take(event));
        if page.len() < NEARLY {
            self.is_behind = false;
            self.world.system = project.system().await?;
        }
        Ok(())
    }

    /// The world, at the end.
    pub fn into_world(self) -> World {
        self.world
    }

    /// Draws the moving line, if there is one.
    pub fn draw(&mut self) {
        if !self.live {
            return;
        }
        if let Some(line) = self.batch().map(moving).map(|line| output::safe(&line)) {
            let width = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
            let line: String = line.chars().take(width.saturating_sub(1)).collect();
            drop(write!(std::io::stderr().lock(), "\r\x1b[K{line}"));
            self.drawn = true;
        }
    }

    /// Takes the moving line away.
    pub fn wipe(&mut self) {
        if std::mem::take(&mut self.drawn) {
            drop(write!(std::io::stderr().lock(), "\r\x1b[K"));
        }
    }
}

/// `12/40  31 %  0013_x.sql, statement 3 of 7`
fn moving(batch: &Batch) -> String {
    let done =
        format!("{}/{}  {:.0} %", batch.completed, batch.total_files, percent(batch.completed, batch.total_files));
    let held = batch.holds.iter().next().map(|(hold, reason)| format!("  {hold}: {}", safe(reason)));
    let active = batch.active().next().map(|f| match &f.running {
        Some(r) => format!("  {} {}, statement {} of {}", f.state, safe(&f.path), r.statement + 1, f.statements),
        None => format!("  {} {}", f.state, safe(&f.path)),
    });
    done + &held.or(active).unwrap_or_default()
}

/// Gives the line about an event, if it is worth one; the batch has taken it in already.
fn tell(batch: &Batch, event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::BatchCreated { name, total_files, .. } => {
            Some(format!("Batch {} ({}): {}", batch.id, safe(name), count(u64::from(*total_files), "file")))
        }
        EventKind::FileMoved { file, to, cause, failure, .. } => {
            moved(batch.file(*file)?, *to, *cause, failure.as_ref())
        }
        EventKind::StatementWaited { file, statement, attempt, failure, blockers, .. } => {
            let who = if blockers.is_empty() { String::new() } else { format!("; held by {}", blockers.join("; ")) };
            let text = format!(
                "{}, statement {}, try {attempt}: {}{who}",
                batch.file(*file)?.path,
                statement + 1,
                failure.message
            );
            Some(line("waiting", Style::Caution, &text))
        }
        EventKind::OutageEnded { outage } => {
            Some(line("outage", Style::Caution, &incidents::outage(batch, outage, event)))
        }
        EventKind::CrashHeld { reason, .. } => Some(line("half-way", Style::Wrong, reason)),
        EventKind::HoldPlaced { hold, file: Some(file), reason } => {
            Some(line(hold.as_str(), Style::Faint, &format!("{}  {reason}", batch.file(*file)?.path)))
        }
        EventKind::HoldPlaced { hold, reason, .. } => Some(line(hold.as_str(), Style::Caution, reason)),
        EventKind::HoldLifted { hold, .. } => Some(line("goes on", Style::Good, &format!("no longer {hold}"))),
        EventKind::CommandAccepted { verb, .. } if verb.name() != "run" => {
            let by = event.operator.as_deref().unwrap_or("someone");
            Some(line("accepted", Style::Faint, &format!("{verb}, asked for by {by}")))
        }
        // What nobody has to answer is told in other words already.
        EventKind::AlertRaised { status: AlertStatus::Resolved, .. } => None,
        EventKind::AlertRaised { title, .. } => Some(line("alert", Style::Wrong, title)),
        _ => None,
    }
}

/// Gives the line about an event of the system: whether others can write, and what is wrong.
fn tell_of_system(system: &System, event: &Event) -> Option<String> {
    if let EventKind::AlertRaised { status: AlertStatus::New, alert_type: AlertType::Warning, title, message, .. } =
        &event.kind
    {
        let why = message.lines().next().unwrap_or_default();
        return Some(line("alert", Style::Wrong, &format!("{title}: {why}")));
    }
    let EventKind::FreezeChanged { change, .. } = &event.kind else { return None };
    match change {
        FreezeStep::Proven { proof, .. } | FreezeStep::TakenOver { proof, .. } => {
            let means = system.frozen()?.means;
            let who =
                if means.is_enforced() { "others are kept from writing" } else { "others are asked not to write" };
            Some(line("frozen", Style::Caution, &format!("{who}; {}: {proof}", means.sentence())))
        }
        FreezeStep::Thawed { proof, .. } => {
            Some(line("thawed", Style::Good, &format!("others may write again: {proof}")))
        }
        FreezeStep::Overridden { reason } => Some(line("thawed", Style::Wrong, &format!("in an emergency: {reason}"))),
        FreezeStep::Begun { .. } | FreezeStep::ThawBegun { .. } | FreezeStep::EmergencyEnded { .. } => None,
    }
}

fn moved(file: &File, to: FileState, cause: Cause, failure: Option<&Failure>) -> Option<String> {
    let path = &file.path;
    Some(match (to, cause) {
        (FileState::Idle, Cause::Recorded) if file.begun_at.is_none() => {
            line("recorded", Style::Good, &format!("{path}  as run by another tool before"))
        }
        (FileState::Idle, Cause::Recorded) => {
            let statements = count(u64::from(file.statements), "statement");
            line("completed", Style::Good, &format!("{path}  {statements}, {}", took(file.processing_ms)))
        }
        (FileState::Idle, Cause::Undone) => {
            let parts: String =
                file.undo.iter().flat_map(|undo| undo.story()).map(|part| format!("; {part}")).collect();
            let certainty = Undo::certainty([file]);
            let how = ending::but_for(file).map_or(format!("undone {certainty}"), |rows| format!("undone, {rows}"));
            line("rolled back", Style::Caution, &format!("{path}  {how}{parts}"))
        }
        (FileState::Idle, Cause::Restarted | Cause::Aborted | Cause::WithBatch) => {
            line("waits again", Style::Faint, &format!("{path}  nothing was touched"))
        }
        (FileState::RollingBack | FileState::Failed, _) => {
            let why = failure.map_or_else(|| cause_in_words(cause).to_owned(), ToString::to_string);
            let word = if to == FileState::Failed { "failed" } else { "undoing" };
            line(word, Style::Wrong, &format!("{path}  {why}"))
        }
        _ => return None,
    })
}

fn cause_in_words(cause: Cause) -> &'static str {
    match cause {
        Cause::RollbackOrdered | Cause::WithBatch => "the batch is rolled back",
        Cause::Aborted => "an operator aborted it",
        Cause::Restarted => "a restart found it half-way",
        _ => "it could not go on",
    }
}

fn line(word: &str, style: Style, text: &str) -> String {
    format!("  {}{} {}", styled(word, style), " ".repeat(11_usize.saturating_sub(word.len())), safe(text))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// Every line that a story gives, told from its events.
    fn told(events: &[Event]) -> String {
        let mut world = World::default();
        let mut lines = Vec::new();
        for event in events {
            world.apply(event);
            lines.extend(world.batch(sample::BATCH).and_then(|b| tell(b, event)));
        }
        lines.join("\n")
    }

    #[test]
    fn a_run_is_told_line_by_line() {
        insta::assert_snapshot!(told(&sample::rolled_back().events));
    }

    #[test]
    fn the_moving_line_says_what_runs() {
        let world = sample::half_way().world;
        let line = moving(world.batch(sample::BATCH).unwrap());
        assert_eq!(line, "1/3  33 %  migrating 0002_orders.sql, statement 2 of 2");
    }
}
