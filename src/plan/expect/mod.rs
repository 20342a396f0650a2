//! Time that a plan may take: of each file and each of its statements as it was rehearsed, else as it ran last, else guessed from the rows of its
//! tables and the kind of its statements; and of the whole along the path that decides the end.

use super::effort::Effort;
use super::{ExpectedEnd, Plan, PlanFile, PlanStatement};
use crate::model::{BatchId, Checksum, DependencyType, Expected, ExpectedSource, Millis, On, Part, Schedule, schedule};
use crate::sql::{How, ObjectKind};
use std::collections::HashMap;

/// Milliseconds of the statements of a file in a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RehearsedTimes {
    pub at: Millis,
    pub statements: Vec<u64>,
}

/// Milliseconds of a file in the last run that completed; of its statements where a journal tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    pub batch: BatchId,
    pub ms: u64,
    pub statements: Vec<u64>,
}

/// Times that were measured here before.
#[derive(Debug, Clone, Default)]
pub struct MeasuredTimes {
    /// By the SHA-256 of a file's bytes.
    pub rehearsed: HashMap<Checksum, RehearsedTimes>,
    pub of_bytes: HashMap<Checksum, LastRun>,
    pub of_path: HashMap<String, LastRun>,
    /// Number of files that may be under way at a time.
    pub width: usize,
}

/// Milliseconds that every statement takes at the least: there and back, and the commit.
const FIXED: u64 = 5;
/// Rows in a millisecond, as measured with a million rows of 60 bytes on MariaDB 10.11 with its data in memory: written
/// anew by an ALTER, read for an index, changed one by one.
const COPIED: u64 = 200;
const READ: u64 = 1_000;
const CHANGED: u64 = 300;
/// Up to so many rows a rehearsal on empty tables tells how long a statement takes.
const FEW: u64 = 10_000;

impl Plan {
    /// Says of each file, and of the whole, how long it may take.
    pub fn expect(&mut self, measured: &MeasuredTimes) {
        let mut made = Made::default();
        for file in &mut self.files {
            let guesses: Guesses = file.statements.iter().map(|statement| guess(statement, &mut made)).collect();
            let (expected, reason) = match expected(file, measured, &guesses) {
                Ok(expected) => (Some(Box::new(expected)), None),
                Err(reason) => (None, Some(reason)),
            };
            (file.expected, file.expected_unknown) = (expected, reason);
            tell_statements(file, guesses);
        }
        self.expected = (!self.files.is_empty()).then(|| self.end(measured.width));
    }

    fn end(&self, width: usize) -> ExpectedEnd {
        let unknown =
            self.files.iter().filter_map(|file| Some(format!("{}: {}", file.path, file.expected_unknown.as_ref()?)));
        let unknown: Vec<String> = unknown.collect();
        let plan = self.schedule(width);
        let is_known = unknown.is_empty();
        let path = plan.path.iter().filter(|_| is_known).map(|place| self.files[*place].path.clone()).collect();
        ExpectedEnd { ms: is_known.then(|| plan.end()), width, path, unknown }
    }

    /// The files as they may begin and end; one whose time is not known takes none.
    fn schedule(&self, width: usize) -> Schedule {
        let part = |file: &PlanFile| Part {
            ms: file.expected.as_ref().map_or(0, |expected| expected.ms),
            locks: None,
            ..Part::default()
        };
        let mut parts: Vec<Part<'_>> = self.files.iter().map(part).collect();
        for (place, file) in self.files.iter().enumerate() {
            parts[place].locks = Some(&file.locks);
            for requirement in &file.requires {
                let On::Planned(on) = requirement.on else { continue };
                // Of two that are never at work together the earlier goes first.
                let (first, then) = match requirement.kind {
                    DependencyType::Conflict => (on.min(place), on.max(place)),
                    _ => (on, place),
                };
                parts[then].after.push(first);
            }
        }
        schedule(&parts, width)
    }
}

/// The time of a file, or why nobody knows it.
fn expected(file: &PlanFile, measured: &MeasuredTimes, guesses: &Guesses) -> Result<Expected, String> {
    let rehearsed = measured.rehearsed.get(&file.hash).filter(|times| {
        times.statements.len() == file.statements.len() && guesses.iter().zip(&file.statements).all(is_proved_empty)
    });
    if let Some(times) = rehearsed {
        let source = ExpectedSource::Rehearsed { at: times.at };
        return Ok(Expected::from_statements(source, times.statements.clone()));
    }
    if let Some(run) = measured.of_bytes.get(&file.hash).or_else(|| measured.of_path.get(&file.path)) {
        let source = ExpectedSource::LastRun { batch: run.batch };
        let is_same = run.statements.len() == file.statements.len() && !run.statements.is_empty();
        return Ok(match is_same {
            true => Expected::from_statements(source, run.statements.clone()),
            false => Expected::whole(source, run.ms),
        });
    }
    let of_statement = |(guess, statement): (&Result<Guess, String>, &PlanStatement)| match guess {
        Ok(guess) => Ok(guess.ms),
        Err(why) => Err(format!("statement {}: {why}", statement.index + 1)),
    };
    let statements: Result<Vec<u64>, String> = guesses.iter().zip(&file.statements).map(of_statement).collect();
    statements.map(|statements| Expected::from_statements(ExpectedSource::Guessed, statements))
}

/// Says of each statement what is known of it: the times of the file where they were measured one by one, else its guess.
fn tell_statements(file: &mut PlanFile, guesses: Guesses) {
    let measured = file.expected.as_deref().filter(|expected| expected.source != ExpectedSource::Guessed);
    for (at, (statement, guess)) in file.statements.iter_mut().zip(guesses).enumerate() {
        let known = measured.and_then(|known| Some(Expected::whole(known.source, *known.statements.get(at)?)));
        let found = known.map_or_else(|| guess.map(|guess| Expected::whole(ExpectedSource::Guessed, guess.ms)), Ok);
        (statement.expected, statement.expected_unknown) = match found {
            Ok(expected) => (Some(expected), None),
            Err(why) => (None, Some(why)),
        };
    }
}

/// True if a rehearsal, which has no rows, tells what the statement takes.
fn is_proved_empty((guess, statement): (&Result<Guess, String>, &PlanStatement)) -> bool {
    statement.effort == Effort::Own || guess.as_ref().is_ok_and(|guess| guess.rows <= FEW)
}

/// The guess of each statement of a file, or why there is none.
type Guesses = Vec<Result<Guess, String>>;

/// A guess, and the rows on which it stands.
struct Guess {
    ms: u64,
    rows: u64,
}

/// Tables that the plan makes, in lower case: true where it also brings rows into them that nobody has counted.
type Made = HashMap<String, bool>;

fn guess(statement: &PlanStatement, made: &mut Made) -> Result<Guess, String> {
    let name = |name: &str| name.to_lowercase();
    let changed = statement.objects.iter().find(|t| t.how.changes() && t.object.kind == ObjectKind::Table);
    let filled = changed.and_then(|touch| made.get(&name(&touch.object.name)).copied());
    let brings_rows = matches!(statement.effort, Effort::Others | Effort::Untold);
    for touch in statement.objects.iter().filter(|touch| touch.how.changes()) {
        if matches!(touch.how, How::Creates | How::RenamesTo) {
            made.insert(name(&touch.object.name), brings_rows);
        } else if let Some(filled) = made.get_mut(&name(&touch.object.name)) {
            *filled |= brings_rows;
        }
    }
    let kept = statement.undo_cost.map_or(0, |cost| cost.rows);
    let rate = match statement.effort {
        _ if statement.instant == Some(true) => return Ok(Guess::of_rows(kept, COPIED, 0)),
        Effort::Fixed => return Ok(Guess::of_rows(kept, COPIED, 0)),
        Effort::Copies => COPIED,
        Effort::Reads => READ,
        Effort::Changes => CHANGED,
        Effort::Others => return Err(untold("the rows that it copies are not counted")),
        Effort::Untold => return Err(untold("its text does not show what it does")),
        Effort::Own => return Err(untold("it works outside the database")),
    };
    // What is kept of rows that change was counted by the statement's own condition.
    let counted = statement.undo_cost.filter(|_| statement.effort == Effort::Changes).map(|cost| cost.rows);
    let rows = match (counted, statement.size) {
        (Some(rows), _) => rows,
        (None, Some(size)) if size.at_least => {
            return Err(untold("its table has more rows than were counted"));
        }
        (None, Some(size)) => size.rows.ok_or_else(|| untold("the rows of its table are not known"))?,
        (None, None) if filled == Some(false) => 0,
        (None, None) => return Err(untold("the rows of its table are not known")),
    };
    Ok(Guess::of_rows(rows, rate, kept))
}

impl Guess {
    fn of_rows(rows: u64, rate: u64, kept: u64) -> Guess {
        Guess { ms: FIXED + rows / rate + kept / COPIED, rows: rows.max(kept) }
    }
}

fn untold(why: &str) -> String {
    format!("{why}, and it was not measured here before")
}

#[cfg(test)]
mod tests;
