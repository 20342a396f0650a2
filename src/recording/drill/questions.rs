//! Finding the questions of a recording.

use super::act::Act;
use crate::model::{
    AlertType, Batch, Event, EventKind, Failure, FileId, FileState, Hold, Millis, RollbackId, Verdict, World,
};
use crate::recording::{Recording, RecordingError};

/// A moment at which a person had to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Number of the events that have happened when it is asked.
    pub stop: u64,
    pub at: Millis,
    /// What happened, in a few words for the score sheet.
    pub title: String,
    /// The situation, line by line.
    pub situation: Vec<String>,
    /// In the order in which they are offered; what was done is among them.
    pub choices: Vec<Act>,
    pub done: Act,
    /// Account that did it; `None` where the worker did, or nobody.
    pub by: Option<String>,
    /// Time that they took, in milliseconds; `None` where nobody acted.
    pub their_ms: Option<u64>,
}

/// The cause of a question that is still without an answer.
#[derive(Debug, Clone)]
enum Cause {
    Failed(FileId),
    Waits(FileId),
    Window(RollbackId),
    Held(FileId),
}

struct Open {
    cause: Cause,
    question: Question,
}

/// All questions of a recording, in their order.
///
/// # Errors
/// [`RecordingError::Unreadable`].
pub fn questions(recording: &mut Recording) -> Result<Vec<Question>, RecordingError> {
    const CHUNK: u64 = 2_000;
    let mut finder = Finder { world: recording.world_after(0)?, open: Vec::new(), found: Vec::new() };
    let mut number = 0;
    loop {
        let events = recording.read(number..number + CHUNK)?;
        if events.is_empty() {
            break;
        }
        for event in events {
            finder.take(&event, number);
            number += 1;
        }
    }
    Ok(finder.end())
}

struct Finder {
    world: World,
    open: Vec<Open>,
    found: Vec<Question>,
}

impl Finder {
    fn take(&mut self, event: &Event, number: u64) {
        self.answer(event, number);
        self.world.apply(event);
        self.ask(event, number + 1);
    }

    /// Opens a question where an event is a cause of one.
    fn ask(&mut self, event: &Event, stop: u64) {
        use EventKind::*;
        let (cause, title, choices): (_, _, &[Act]) = match &event.kind {
            StatementFailed { file, statement, failure, .. } => {
                let title = format!("{}, statement {}", code(failure), statement + 1);
                (Cause::Failed(*file), title, &[Act::LetUndo, Act::Pause, Act::Retry, Act::Freeze])
            }
            StatementWaited { file, statement, attempt: 1, .. } => {
                let title = format!("lock wait, statement {}", statement + 1);
                (Cause::Waits(*file), title, &[Act::Wait, Act::Pause, Act::Abort, Act::Freeze])
            }
            RollbackOpened { rollback, class, window: Some(_), .. } => {
                let title = format!("window of class {class} opens");
                (Cause::Window(*rollback), title, &[Act::Approve, Act::Reject, Act::Wait, Act::Escalate])
            }
            CrashHeld { file, .. } => (
                Cause::Held(*file),
                "a crash left it half-way".into(),
                &[Act::Resume, Act::RollBack, Act::Settle, Act::Wait],
            ),
            _ => return,
        };
        let question = Question {
            stop,
            at: event.at,
            situation: situation(&self.world, event),
            title,
            choices: choices.to_vec(),
            done: Act::Wait,
            by: None,
            their_ms: None,
        };
        self.open.push(Open { cause, question });
    }

    /// Answers the questions that an event answers. An act that nothing has asked for is a question of its own.
    fn answer(&mut self, event: &Event, number: u64) {
        if let Some((act, about)) = operator_act(event) {
            let place = self.open.iter().rposition(|open| fits(&open.cause, about, act));
            match place {
                Some(place) => {
                    let mut open = self.open.remove(place);
                    open.question.by = event.operator.clone();
                    open.question.their_ms = Some(event.at.since(open.question.at));
                    self.close(open.question, act);
                }
                None => self.unasked(event, number, act),
            }
            return;
        }
        let worker = |cause: &Cause| by_the_worker(cause, event);
        while let Some((place, act)) =
            self.open.iter().enumerate().find_map(|(n, open)| worker(&open.cause).map(|act| (n, act)))
        {
            let open = self.open.remove(place);
            self.close(open.question, act);
        }
    }

    /// A question about an act of an operator, before it.
    fn unasked(&mut self, event: &Event, number: u64, act: Act) {
        if matches!(act, Act::Start) || self.found.iter().any(|question| question.stop == number) {
            return;
        }
        let mut choices = vec![Act::Wait, Act::Pause];
        if !choices.contains(&act) {
            choices.push(act);
        }
        choices.extend([Act::Abort].into_iter().filter(|other| *other != act));
        let question = Question {
            stop: number,
            at: event.at,
            title: "nobody has asked".into(),
            situation: stands(&self.world, event),
            choices,
            done: act,
            by: event.operator.clone(),
            their_ms: None,
        };
        self.found.push(question);
    }

    fn close(&mut self, question: Question, done: Act) {
        let mut choices = question.choices.clone();
        if !choices.contains(&done) {
            choices.insert(choices.len() / 2, done);
        }
        self.found.push(Question { choices, done, ..question });
    }

    fn end(mut self) -> Vec<Question> {
        let open = std::mem::take(&mut self.open);
        open.into_iter().for_each(|open| self.close(open.question, Act::Wait));
        self.found.sort_by_key(|question| question.stop);
        self.found.dedup_by_key(|question| question.stop);
        self.found
    }
}

/// What an operator does with an event, and the file or rollback that it is about.
fn operator_act(event: &Event) -> Option<(Act, About)> {
    match &event.kind {
        EventKind::CommandAccepted { verb, .. } => event.operator.as_ref().map(|_| (Act::of_verb(verb), About::Batch)),
        EventKind::DecisionAccepted { rollback, verdict, .. } => {
            let act = if *verdict == Verdict::Approve { Act::Approve } else { Act::Reject };
            Some((act, About::Rollback(*rollback)))
        }
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Batch,
    Rollback(RollbackId),
}

/// True if an act can be an answer to a cause.
fn fits(cause: &Cause, about: About, act: Act) -> bool {
    match (cause, about) {
        (Cause::Window(id), About::Rollback(about)) => *id == about,
        (Cause::Window(_), About::Batch) => act == Act::Escalate,
        (_, About::Rollback(_)) => false,
        (_, About::Batch) => !matches!(act, Act::Acknowledge | Act::Resolve | Act::Tick | Act::Start),
    }
}

/// The end that a cause came to without an operator.
fn by_the_worker(cause: &Cause, event: &Event) -> Option<Act> {
    use EventKind::*;
    match (cause, &event.kind) {
        (Cause::Failed(file), FileMoved { file: moved, to, .. }) if file == moved => {
            Some(if *to == FileState::RollingBack { Act::LetUndo } else { Act::Wait })
        }
        (Cause::Waits(file), StatementFinished { file: ended, .. } | StatementFailed { file: ended, .. })
            if file == ended =>
        {
            Some(Act::Wait)
        }
        (Cause::Window(id), WindowLapsed { rollback, .. }) if id == rollback => Some(Act::Wait),
        (Cause::Held(file), CrashResumed { file: resumed, .. }) if file == resumed => Some(Act::Resume),
        _ => None,
    }
}

fn code(failure: &Failure) -> String {
    failure.code.clone().unwrap_or_else(|| format!("{:?}", failure.category).to_lowercase())
}

/// The situation after a cause, in lines.
fn situation(world: &World, event: &Event) -> Vec<String> {
    let batch = world.batch(event.batch);
    let name = |file: FileId| batch.and_then(|b| b.file(file)).map_or_else(|| file.to_string(), |f| f.path.clone());
    let of = |file: FileId| batch.and_then(|b| b.file(file)).map_or(0, |f| f.statements);
    let mut lines = match &event.kind {
        EventKind::StatementFailed { file, statement, failure, .. } => vec![
            format!("{}, statement {} of {} failed:", name(*file), statement + 1, of(*file)),
            format!("  {}", failure.message),
        ],
        EventKind::StatementWaited { file, statement, failure, blockers, .. } => {
            let mut lines = vec![
                format!("{}, statement {} of {} waits for a lock:", name(*file), statement + 1, of(*file)),
                format!("  {}", failure.message),
            ];
            lines.extend(blockers.iter().map(|blocker| format!("  held by {blocker}")));
            lines
        }
        EventKind::RollbackOpened { rollback, class, reason, files, .. } => {
            let mut lines = vec![format!("Rollback {rollback} of class {class} is open: somebody is to decide.")];
            lines.extend(reason.lines().map(|line| format!("  {line}")));
            lines.push(match files.len() {
                1 => "  It would undo 1 file.".to_owned(),
                n => format!("  It would undo {n} files."),
            });
            lines
        }
        EventKind::CrashHeld { file, reason, .. } => vec![format!("{}: {reason}", name(*file))],
        _ => Vec::new(),
    };
    lines.extend(stands(world, event));
    lines
}

/// How the batch and the system stand, in lines.
fn stands(world: &World, event: &Event) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(batch) = world.batch(event.batch).or_else(|| world.batches.values().next()) {
        lines.push(progress(batch));
        let holds: Vec<&str> = batch.holds.keys().map(|hold: &Hold| hold.as_str()).collect();
        if !holds.is_empty() {
            lines.push(format!("The batch is held: {}.", holds.join(", ")));
        }
        let grave = batch.alerts.values().filter(|a| a.alert_type == AlertType::Critical).count();
        if grave > 0 {
            lines.push(format!("Critical alerts so far: {grave}."));
        }
    }
    lines.push(match world.system.frozen() {
        Some(freeze) => format!("The system is frozen, {}.", freeze.means.sentence()),
        None => "Nobody has frozen anything.".into(),
    });
    lines
}

fn progress(batch: &Batch) -> String {
    let in_force: usize = batch.active().map(|file| file.records.len()).sum();
    let files = format!("{} of {} files have completed", batch.completed, batch.total_files);
    match in_force {
        0 => format!("{files}; nothing of a file under way has ended."),
        1 => format!("{files}; 1 statement of a file under way has ended."),
        n => format!("{files}; {n} statements of files under way have ended."),
    }
}
