//! Time that is left of a statement and of a file, and how that is known: measured by the server, expected from a
//! rehearsal or an earlier run, or guessed.

use super::app::App;
use super::time_left::{Known, Left};
use crate::console::state::names;
use crate::model::{Batch, File, FileId, FileState, Live, LiveStatement, Millis, Outcome, Phase, Running};

/// The time that is left of the statement that runs.
///
/// # Errors
/// The reason why it is not known.
pub fn of_statement(app: &App, file: &File) -> Result<Left, String> {
    let Some(running) = &file.running else { return Ok(Left::default()) };
    let place = || format!("{} statement {}", names::number(&file.path), running.statement + 1);
    if running.phase == Phase::Undo {
        return Err(format!("{} is being undone", names::number(&file.path)));
    }
    if let Some(left) = measured(app.data.live.as_ref(), file, running) {
        return Ok(left);
    }
    let Some(expected) = &file.expected else { return Err(format!("nothing tells how long {} takes", place())) };
    let elapsed = app.shown_clock().map_or(0, |now| now.since(running.since));
    let ms = expected.of_statement(running.statement, file.statements);
    let left = Left::begun(ms, Known::from_source(expected.source), elapsed);
    left.ok_or_else(|| format!("{} takes longer than expected", place()))
}

/// What the server's own progress tells.
fn measured(live: Option<&Live>, file: &File, running: &Running) -> Option<Left> {
    let seen = live?.statement(file.batch, file.id)?;
    let is_this = seen.statement == running.statement && seen.phase == running.phase;
    seen.left_ms().filter(|_| is_this).map(|(low, high)| Left::measured(low, high))
}

/// The time that is left of a file. `around`: milliseconds that a file takes beside its statements.
///
/// # Errors
/// The reason why it is not known.
pub fn of_file(app: &App, file: &File, around: u64) -> Result<Left, String> {
    if file.crash.is_some() {
        return Err(format!("somebody has to choose about {}", names::number(&file.path)));
    }
    // Of a file that has not begun nothing was measured: others took so long.
    let known = if file.begun_at.is_some() { Known::Measured } else { Known::Guessed };
    let mut left = Left::part(left_around(app, file, around), known).then(of_statement(app, file)?);
    let begun = file.records.len() + usize::from(file.running.is_some());
    let next = u32::try_from(begun).unwrap_or(u32::MAX);
    if next < file.statements {
        let Some(expected) = &file.expected else {
            return Err(format!("nothing tells how long {} takes", names::number(&file.path)));
        };
        let known = Known::from_source(expected.source);
        for statement in next..file.statements {
            left = left.then(Left::part(expected.of_statement(statement, file.statements), known));
        }
    }
    Ok(left)
}

/// What is left of the time that a file takes beside its statements.
fn left_around(app: &App, file: &File, around: u64) -> u64 {
    let Some((begun, now)) = file.begun_at.filter(|_| file.state != FileState::Idle).zip(app.shown_clock()) else {
        return around;
    };
    let running = file.running.as_ref().map_or(0, |running| now.since(running.since));
    around.saturating_sub(now.since(begun).saturating_sub(file.processing_ms).saturating_sub(running))
}

/// Files that have completed by which the time around their statements is judged.
const JUDGED: usize = 49;

/// The milliseconds that a file of this batch takes beside its statements: the median of those that have completed last.
/// 0 before the first.
pub fn around_statements(batch: &Batch) -> u64 {
    let facts = batch.files.briefs().map(|brief| brief.facts).filter(|file| file.outcome == Some(Outcome::Completed));
    let mut completed: Vec<(Millis, FileId)> = facts.map(|file| (file.moved_at, file.id)).collect();
    if completed.len() > JUDGED {
        completed.select_nth_unstable_by_key(JUDGED, |place| std::cmp::Reverse(*place));
        completed.truncate(JUDGED);
    }
    let around = |file: &File| Some(file.moved_at.since(file.begun_at?).saturating_sub(file.processing_ms));
    let mut spent: Vec<u64> = completed.iter().filter_map(|(_, id)| batch.file(*id)).filter_map(around).collect();
    spent.sort_unstable();
    spent.get(spent.len() / 2).copied().unwrap_or(0)
}

/// What a statement waits for that somebody else holds; `None` where it does not wait.
pub fn blocked(app: &App, file: &File) -> Option<String> {
    let running = file.running.as_ref()?;
    let seen = app.data.live.as_ref().and_then(|live| live.statement(file.batch, file.id));
    let is_current = |seen: &&LiveStatement| seen.statement == running.statement && seen.phase == running.phase;
    match seen.filter(is_current) {
        Some(seen) if !seen.blocked_by.is_empty() || seen.blockers_unknown.is_some() => {
            Some(match seen.blocked_by.first() {
                Some(first) => format!("lock of conn {}", first.connection),
                None => "a lock".to_owned(),
            })
        }
        // The worker has looked since the last try, and nobody is in its way.
        Some(_) => None,
        None => (!running.blockers.is_empty()).then(|| "a lock".to_owned()),
    }
}
