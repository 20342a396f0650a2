//! Time that is left of a statement and of a file, and how that is known: measured by the server, expected from a
//! rehearsal or an earlier run, or guessed.

use super::app::App;
use crate::console::state::names;
use crate::model::{Batch, ExpectedSource, File, FileState, Live, LiveStatement, Outcome, Phase, Running, Stage};

/// Way in which a time is known, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Known {
    /// By the server's own progress, or as what this batch has taken so far.
    #[default]
    Measured,
    Rehearsed,
    LastRun,
    Guessed,
}

impl Known {
    fn from_source(source: ExpectedSource) -> Known {
        match source {
            ExpectedSource::Rehearsed { .. } => Known::Rehearsed,
            ExpectedSource::LastRun { .. } => Known::LastRun,
            ExpectedSource::Guessed => Known::Guessed,
        }
    }

    /// Percent by which it may be wrong, either way.
    fn spread(self) -> u64 {
        match self {
            Known::Measured => 10,
            Known::Rehearsed | Known::LastRun => 30,
            Known::Guessed => 70,
        }
    }

    /// The trust in it.
    pub fn trust(self) -> &'static str {
        match self {
            Known::Measured => "good",
            Known::Rehearsed | Known::LastRun => "fair",
            Known::Guessed => "low",
        }
    }

    /// The word behind a time.
    #[allow(dead_code, reason = "Graph says it")]
    pub fn word(self) -> &'static str {
        match self {
            Known::Measured => "measured",
            Known::Rehearsed => "rehearsed",
            Known::LastRun => "as the last run",
            Known::Guessed => "guessed",
        }
    }
}

/// Time that is left, in milliseconds: between `low` and `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    pub low: u64,
    pub middle: u64,
    pub high: u64,
    /// How the largest part of it is known.
    pub known: Known,
    /// Milliseconds of that part.
    largest: u64,
}

impl Left {
    /// A part that takes so long.
    pub fn part(ms: u64, known: Known) -> Left {
        let spread = ms.saturating_mul(known.spread()) / 100;
        Left { low: ms - spread, middle: ms, high: ms.saturating_add(spread), known, largest: ms }
    }

    /// What is left of a part that has gone on for so long; `None` where it takes longer than it may.
    fn begun(ms: u64, known: Known, elapsed: u64) -> Option<Left> {
        let whole = Left::part(ms, known);
        let high = whole.high.max(ms.saturating_add(GRACE)).checked_sub(elapsed).filter(|left| *left > 0)?;
        let (low, middle) = (whole.low.saturating_sub(elapsed), ms.saturating_sub(elapsed));
        Some(Left { low, middle, high, known, largest: middle })
    }

    /// This and then that.
    pub fn then(self, next: Left) -> Left {
        let (known, largest) = match next.largest > self.largest {
            true => (next.known, next.largest),
            false => (self.known, self.largest),
        };
        Left {
            low: self.low.saturating_add(next.low),
            middle: self.middle.saturating_add(next.middle),
            high: self.high.saturating_add(next.high),
            known,
            largest,
        }
    }
}

/// Milliseconds by which a short statement may be late before that is worth a word.
const GRACE: u64 = 2_000;
/// Thousandths of a stage that are done before its pace tells anything.
const TELLING: u64 = 20;

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
    if seen.statement != running.statement || seen.phase != running.phase {
        return None;
    }
    let stage = seen.stage.as_ref()?;
    let ms = if is_last(stage) { stage.left_ms.or_else(|| by_pace(seen, stage)) } else { by_pace(seen, stage) };
    ms.map(|ms| Left::part(ms, Known::Measured))
}

fn is_last(stage: &Stage) -> bool {
    stage.step.zip(stage.steps).is_none_or(|(step, steps)| step >= steps)
}

/// The rest at the pace of all stages so far.
fn by_pace(seen: &LiveStatement, stage: &Stage) -> Option<u64> {
    let (step, steps) = stage.step.zip(stage.steps).unwrap_or((1, 1));
    let done = u64::from(step.saturating_sub(1)) * 1_000 + u64::from(stage.done_permille?);
    let all = u64::from(steps.max(step)) * 1_000;
    (done >= TELLING).then(|| seen.elapsed_ms.saturating_mul(all.saturating_sub(done)) / done)
}

/// True if it will still run forward, or does.
pub fn is_to_come(file: &File) -> bool {
    match file.state {
        FileState::Idle => file.outcome.is_none(),
        FileState::Failed | FileState::RollingBack => false,
        _ => true,
    }
}

/// The time that is left of a file. `around`: milliseconds that a file takes beside its statements.
///
/// # Errors
/// The reason why it is not known.
pub fn of_file(app: &App, file: &File, around: u64) -> Result<Left, String> {
    if file.crash.is_some() {
        return Err(format!("somebody has to choose about {}", names::number(&file.path)));
    }
    let mut left = Left::part(left_around(app, file, around), Known::Measured).then(of_statement(app, file)?);
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
    let mut completed: Vec<&File> =
        batch.files.values().filter(|file| file.outcome == Some(Outcome::Completed)).collect();
    completed.sort_unstable_by_key(|file| std::cmp::Reverse((file.moved_at, file.id)));
    let around = |file: &&File| Some(file.moved_at.since(file.begun_at?).saturating_sub(file.processing_ms));
    let mut spent: Vec<u64> = completed.iter().take(JUDGED).filter_map(around).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_as_wide_as_the_time_is_uncertain() {
        let range = |left: Left| (left.low, left.middle, left.high);
        assert_eq!(range(Left::part(1_000, Known::Measured)), (900, 1_000, 1_100));
        assert_eq!(range(Left::part(1_000, Known::LastRun)), (700, 1_000, 1_300));
        let both = Left::part(1_000, Known::Guessed).then(Left::part(2_000, Known::Rehearsed));
        assert_eq!((range(both), both.known.trust()), ((1_700, 3_000, 4_300), "fair"));
        assert_eq!(both.then(Left::part(100, Known::Measured)).known, Known::Rehearsed, "the largest part counts");
    }

    #[test]
    fn what_has_begun_has_its_rest_and_none_once_it_is_late() {
        let rest = |elapsed| Left::begun(100_000, Known::Rehearsed, elapsed).map(|l| (l.low, l.middle, l.high));
        assert_eq!(rest(60_000), Some((10_000, 40_000, 70_000)));
        assert_eq!(rest(110_000), Some((0, 0, 20_000)));
        assert_eq!(rest(130_000), None);
        assert_eq!(Left::begun(5, Known::Guessed, 1_000).map(|l| l.high), Some(1_005), "a short one may be late");
    }

    #[test]
    fn the_pace_of_all_stages_tells_the_rest() {
        let stage = |step, steps, done| Stage { step, steps, done_permille: Some(done), ..Stage::default() };
        let seen = LiveStatement { elapsed_ms: 60_000, ..LiveStatement::default() };
        assert_eq!(by_pace(&seen, &stage(None, None, 600)), Some(40_000));
        assert_eq!(by_pace(&seen, &stage(Some(1), Some(2), 500)), Some(180_000));
        assert_eq!(by_pace(&seen, &stage(Some(1), Some(2), 3)), None, "too early to tell");
        assert!(is_last(&stage(Some(2), Some(2), 1)) && !is_last(&stage(Some(1), Some(2), 1)));
    }
}
