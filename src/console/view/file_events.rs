//! The events of a file as lines: passed checks that follow each other are one.

use super::sentence;
use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::state::app::App;
use crate::console::times;
use crate::model::{Batch, Event, EventKind, FileId, Millis, ValidationPhase, ValidationStatus};

/// Lines of a file that is unfolded.
pub const UNFOLDED: usize = 30;

/// One line.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    Event(&'a Event),
    /// Checks that all passed: the newest event of them, their number, and the time that they took.
    Passed {
        last: &'a Event,
        phase: ValidationPhase,
        checks: usize,
        ms: u64,
    },
}

/// True for what tells a reader something: what is noted for readers without the journal does not.
pub fn is_told(kind: &EventKind) -> bool {
    !matches!(kind, EventKind::ProgressNoted { .. })
}

/// The newest lines of a file, newest first, as far as its events are kept here.
pub fn of_file(app: &App, file: FileId, most: usize) -> Vec<Told<'_>> {
    let mut told: Vec<Told<'_>> = Vec::new();
    let events = app.data.recent.iter().rev().filter(|e| e.kind.file() == Some(file) && is_told(&e.kind));
    for event in events {
        let passed = passed(&event.kind);
        if let (Some(Told::Passed { phase, checks, ms, .. }), Some((of, more, took))) = (told.last_mut(), passed)
            && *phase == of
        {
            *checks += more;
            *ms += took;
            continue;
        }
        if told.len() == most {
            break;
        }
        told.push(match passed {
            Some((phase, checks, ms)) => Told::Passed { last: event, phase, checks, ms },
            None => Told::Event(event),
        });
    }
    told
}

/// The phase of checks that all passed, their number, and the time that they took.
fn passed(kind: &EventKind) -> Option<(ValidationPhase, usize, u64)> {
    let mut results = kind.validations().peekable();
    let phase = results.peek()?.phase;
    results.try_fold((phase, 0, 0), |(phase, checks, ms), result| {
        (result.status == ValidationStatus::Passed).then_some((phase, checks + 1, ms + result.ms))
    })
}

impl Told<'_> {
    /// Time of it.
    pub fn at(&self) -> Millis {
        match self {
            Told::Event(event) | Told::Passed { last: event, .. } => event.at,
        }
    }

    /// What it tells, without the file's name.
    pub fn words(&self, batch: &Batch) -> StyledLine {
        match self {
            Told::Event(event) => sentence::without_name(batch, event),
            Told::Passed { phase, checks, ms, .. } => {
                let (checks, when) = (times::count(*checks, "check"), phase.when());
                StyledLine::from_span(Role::Good, "✓").text(format!(" {checks} {when} passed in {}", times::span(*ms)))
            }
        }
    }
}
