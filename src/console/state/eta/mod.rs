//! Time that the batch still takes, along the path that decides its end; and its pace.

use super::app::App;
use super::forecast::{Forecast, is_to_come};
use super::left;
use super::presence::Presence;
use super::time_left::{Known, Left};
use crate::console::state::names;
use crate::console::times;
use crate::model::{Batch, DependencyType, File, FileId, Hold, Millis, PARALLEL, Part, Schedule, schedule};
use std::collections::HashMap;

/// Files that may wait for each of them to be thought through.
const FORESEEN: usize = 5_000;
/// Milliseconds for which a forecast stands: numbers that change each second cannot be read.
const STANDS: u64 = 5_000;
/// The same of a reason why there is none.
const REASON_STANDS: u64 = 500;

/// Milliseconds by which what is told of the clock may differ from one second to the next.
const CLOCKS_DIFFER: u64 = 1_000;

/// Makes the forecast anew where the last one is old, or of another batch.
pub fn settle(app: &mut App) {
    let Some(batch) = app.data.batch() else {
        app.forecast = Forecast::default();
        return;
    };
    // The first one may be made before the database's clock is known.
    let had_no_clock = app.forecast.at == Millis::default() && app.shown_clock().is_some();
    let is_new = app.forecast.batch != batch.id || app.forecast.eta.is_none() || had_no_clock;
    // A number stands still to be read. A reason names a file, and the next second that may be another one.
    let stands = if matches!(app.forecast.eta, Some(Err(_))) { REASON_STANDS } else { STANDS };
    if is_new || app.now.mono.saturating_sub(app.forecast.made) >= stands || has_jumped(app, stands) {
        app.forecast = forecast(app, batch);
    }
}

/// True if the time that a replay shows is another than the forecast's: it has begun, or somebody seeks in it.
fn has_jumped(app: &App, stands: u64) -> bool {
    let at = app.forecast.at;
    app.replay.is_some()
        && app.shown_clock().is_some_and(|now| at.since(now) > CLOCKS_DIFFER || now.since(at) > stands + CLOCKS_DIFFER)
}

/// The time that the batch still takes.
///
/// # Errors
/// That there is none, and why: `no ETA while stale`.
pub fn of_batch(app: &App, batch: &Batch) -> Result<Left, String> {
    if let Some(why) = standstill(app, batch) {
        return Err(format!("no ETA {why}"));
    }
    app.forecast.eta.clone().unwrap_or_else(|| Err("no ETA yet".to_owned()))
}

/// Reason why the batch does not move, or nobody knows whether it does.
fn standstill(app: &App, batch: &Batch) -> Option<String> {
    let holds = |hold| batch.holds.contains_key(&hold);
    let crashed = || batch.crashed().next();
    Some(match () {
        () if app.is_stale() => "while stale".to_owned(),
        () if batch.running_rollback().is_some() || batch.aborting.is_some() => "while it is undone".to_owned(),
        () if batch.stopped => "after a failure: nothing new starts".to_owned(),
        () if crashed().is_some() => {
            format!("until somebody chooses about {}", crashed().map_or("a file", |file| names::number(&file.path)))
        }
        () if holds(Hold::AwaitingApproval) => "until somebody approves".to_owned(),
        () if holds(Hold::Paused) => "while paused".to_owned(),
        () if holds(Hold::Stepping) => "while stepping".to_owned(),
        () if matches!(app.presence(), Presence::Missing { .. }) => "without a worker".to_owned(),
        () if holds(Hold::Blocked) => "until the batch before it has ended".to_owned(),
        () if batch.is_throttled() => "while the server is busy".to_owned(),
        () => return None,
    })
}

/// Number of files that may be under way at a time; while nobody has said it, what is usual.
fn width(app: &App, batch: &Batch) -> usize {
    app.parallel(batch).unwrap_or(PARALLEL as usize).max(batch.active.len())
}

/// Thinks the rest of the batch through.
pub fn forecast(app: &App, batch: &Batch) -> Forecast {
    if app.data.part.is_some() || batch.waiting.len() > FORESEEN {
        let at = app.shown_clock().unwrap_or_default();
        let eta = Some(by_pace(app));
        return Forecast { made: app.now.mono, at, batch: batch.id, eta, ..Forecast::default() };
    }
    let around = left::around_statements(batch);
    let files = to_come(batch);
    let left: Vec<Result<Left, String>> = files.iter().map(|file| left::of_file(app, file, around)).collect();
    let places: HashMap<FileId, usize> = files.iter().enumerate().map(|(place, file)| (file.id, place)).collect();
    let schedule = schedule(&parts(&files, &left, &places), width(app, batch));
    let mut on_path = vec![false; files.len()];
    schedule.path.iter().for_each(|place| on_path[*place] = true);
    let eta = along(app, &files, &left, &schedule);
    let mut bars: Vec<usize> = (0..files.len()).collect();
    let start = |place: usize| schedule.slots[place].map_or(u64::MAX, |slot| slot.start);
    bars.sort_by_key(|place| (!on_path[*place], start(*place), *place));
    Forecast {
        made: app.now.mono,
        at: app.shown_clock().unwrap_or_default(),
        batch: batch.id,
        bars: bars.iter().map(|place| files[*place].id).collect(),
        files: files.iter().map(|file| file.id).collect(),
        left,
        schedule,
        places,
        on_path,
        eta: Some(eta),
    }
}

/// The time that very many files take: as long as those that have completed took.
fn by_pace(app: &App) -> Result<Left, String> {
    let waiting = app.data.figures.waiting;
    match files_per_minute(app).filter(|pace| *pace > 0.0) {
        Some(pace) => Ok(Left::part((f64::from(waiting) * 60_000.0 / pace) as u64, Known::Guessed)),
        None => Err(format!("no ETA: {} wait, and none has completed yet", times::count(waiting as usize, "file"))),
    }
}

/// The files that will still run: those under way, then those whose turn comes. None while it is undone, and where
/// nothing new starts.
fn to_come(batch: &Batch) -> Vec<&File> {
    if batch.running_rollback().is_some() || batch.aborting.is_some() || batch.stopped {
        return Vec::new();
    }
    let mut active: Vec<&File> = batch.active().filter(|file| is_to_come(file)).collect();
    active.sort_by_key(|file| (file.sort_order, file.id));
    active.extend(batch.still_to_come());
    active
}

fn parts<'a>(files: &[&'a File], left: &[Result<Left, String>], places: &HashMap<FileId, usize>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = files
        .iter()
        .zip(left)
        .map(|(file, left)| Part {
            ms: left.as_ref().map_or(0, |left| left.middle),
            // One in preparing may still wait for what it locks.
            begun: file.holds_locks(),
            after: Vec::new(),
            locks: Some(&file.locks),
        })
        .collect();
    for (place, file) in files.iter().enumerate() {
        for dependency in &file.depends_on {
            let Some(on) = places.get(&dependency.on).copied() else { continue };
            let (first, then) = match dependency.kind {
                DependencyType::Conflict => (on.min(place), on.max(place)),
                _ => (on, place),
            };
            parts[then].after.push(first);
        }
    }
    parts
}

/// The sum along the path.
fn along(app: &App, files: &[&File], left: &[Result<Left, String>], schedule: &Schedule) -> Result<Left, String> {
    // A file whose time nobody knows may decide the end, wherever it stands.
    if let Some(Err(why)) = left.iter().find(|left| left.is_err()) {
        return Err(format!("no ETA: {why}"));
    }
    let mut sum = Left::default();
    for place in &schedule.path {
        if let Some(what) = left::blocked(app, files[*place]) {
            return Err(format!("no ETA while {} waits for {what}", names::number(&files[*place].path)));
        }
        if let Ok(left) = &left[*place] {
            sum = sum.then(*left);
        }
    }
    Ok(sum)
}

/// Number of files completed per minute since the batch began; `None` before the first.
pub fn files_per_minute(app: &App) -> Option<f64> {
    let (batch, now) = (app.data.batch()?, app.shown_clock()?);
    let elapsed = now.since(batch.started_at?).max(1);
    (batch.completed > 0).then(|| f64::from(batch.completed) * 60_000.0 / elapsed as f64)
}

#[cfg(test)]
mod tests;
