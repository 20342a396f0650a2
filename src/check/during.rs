//! Conditions that hold while a file runs: judged at the end of each statement, by what is known of it then.

use super::definition::{Check, CheckFn};
use super::ended::{EndedStatement, Tried};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Warn;
use crate::model::ExpectedSource;

pub(super) const SERVER_WARNINGS: Check =
    Check::during("server_warnings", [Warn, Warn], CheckFn::Statement(server_warnings)).told(
        "The server has no warning about a statement.",
        "a warning is often all that is ever told of a value that was cut, put to 0 or left out",
        "give the values in the form that the column has; switch the strict mode on (sql_mode)",
    );

pub(super) const STATEMENT_TIME: Check =
    Check::during("statement_time", [Warn, Warn], CheckFn::Statement(statement_time)).told(
        "A statement takes no longer than its rehearsal, or its last run, has led to expect; it never stops a file.",
        "what waits behind it waits longer than was planned, and the next statements may take longer as well",
        "look at what it met: more rows, another plan, locks of others; rehearse on data like this",
    );

pub(super) const LOCK_WAITS: Check = Check::during("lock_waits", [Warn, Warn], CheckFn::Statement(lock_waits)).told(
    "A statement of a file or of its undo is sent once: it meets no lock of others, and no deadlock; it never stops a file.",
    "whoever held the lock was held up as well, and one time the tries may not be enough",
    "run it when the named connections are quiet, or in smaller parts",
);

/// Factor by which a statement may be slower than expected, and milliseconds that are worth no word.
const SLOWER: u64 = 3;
const UNTOLD_MS: u64 = 1000;

fn server_warnings(ended: &EndedStatement<'_>) -> CheckOutcome {
    // A note says that there was nothing to do, as after IF EXISTS.
    let told = ended.warnings.iter().filter(|warning| !warning.starts_with("Note "));
    let violations = told.map(|warning| Violation::at(ended.statement, warning.as_str())).collect();
    CheckOutcome::of(ended.warnings.len(), "warning", violations)
}

fn statement_time(ended: &EndedStatement<'_>) -> CheckOutcome {
    let (Some(ms), Some(expected)) = (ended.ms, ended.expected) else { return CheckOutcome::idle() };
    if expected.source == ExpectedSource::Guessed {
        return CheckOutcome::idle();
    }
    let usual = expected.of_statement(ended.statement.index, ended.of);
    let is_slow = ms > usual.saturating_mul(SLOWER) && ms.saturating_sub(usual) >= UNTOLD_MS;
    let slow = is_slow.then(|| {
        let seen = format!("it took {ms} ms, where {usual} ms were expected ({})", expected.source.word());
        Violation { level: Some(Warn), ..Violation::at(ended.statement, seen) }
    });
    CheckOutcome::counted(1, "statement").with(slow.into_iter().collect())
}

fn lock_waits(ended: &EndedStatement<'_>) -> CheckOutcome {
    let violation = |tried: &Tried| {
        let by = match tried.blockers.as_slice() {
            [] => String::new(),
            blockers => format!("; in its way: {}", blockers.join("; ")),
        };
        let seen = format!("after {} ms it was refused and sent again: {}{by}", tried.ms, tried.failure.message);
        let violation = match ended.undoes {
            // Its line is none of the file's.
            true => Violation::new(format!("step {} of the undo: {seen}", ended.statement.index + 1)),
            false => Violation::at(ended.statement, seen),
        };
        Violation { level: Some(Warn), ..violation }
    };
    CheckOutcome::of(ended.tries.len(), "try", ended.tries.iter().map(violation).collect())
}
