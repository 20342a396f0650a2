//! The statement under way as its server sees it: its text, its stage with bar, rows and pace, and who is in its way.

use super::highlight;
use super::theme::Role;
use super::widgets::bar;
use super::widgets::styled_line::{StyledLine, fit};
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::left;
use crate::console::state::texts::Text;
use crate::console::times;
use crate::model::{File, LiveBlocker, LiveStatement, Phase, Running, Stage, UndoAct, UndoPlan};

/// Columns of a stage's name where there is little room.
const SHORT: usize = 12;
/// Columns of the curve of the pace.
const CURVE: usize = 12;
/// Seconds for which what a worker saw counts as now, in milliseconds.
const FRESH: u64 = 10_000;

/// What the server shows of a file's statement now; `None` where nothing is known, or it was another statement.
pub fn live<'a>(app: &'a App, file: &File) -> Option<&'a LiveStatement> {
    let running = file.running.as_ref().filter(|_| !app.is_orphaned())?;
    let live = app.data.live.as_ref()?;
    let is_fresh = app.shown_clock().is_none_or(|now| now.since(live.at) < FRESH);
    let statement = live.statement(file.batch, file.id).filter(|_| is_fresh)?;
    (statement.statement == running.statement && statement.phase == running.phase).then_some(statement)
}

/// The place of the running statement: `statement 3/4`, `step 1/2`.
pub fn place(file: &File, running: &Running) -> String {
    match running.phase {
        Phase::Forward => format!("statement {}/{}", running.statement + 1, file.statements),
        Phase::Undo => match &file.undo {
            Some(undo) => format!("step {}/{}", undo.done + 1, undo.len()),
            None => format!("step {}", running.statement + 1),
        },
    }
}

/// The text of a statement of a file's migration or of its undo, on one line; `None` where it is not here.
pub fn sql(app: &App, file: &File, phase: Phase, statement: u32, columns: usize) -> Option<StyledLine> {
    if phase == Phase::Undo
        && let Some(UndoPlan::Derived { steps, .. }) = file.undo.as_ref().map(|undo| &undo.plan)
    {
        let step = steps.get(statement as usize)?;
        return Some(act(&step.act));
    }
    match (app.data.batch()?.file(file.id).and_then(|f| app.texts.text(&f.source))?, phase) {
        (Text::Here { up, .. }, Phase::Forward) => highlight::on_one_line(up, statement, columns),
        (Text::Here { down: Some(down), .. }, Phase::Undo) => highlight::on_one_line(down, statement, columns),
        _ => None,
    }
}

/// A step of a derived undo in one line.
pub fn act(act: &UndoAct) -> StyledLine {
    StyledLine::new().text(match act {
        UndoAct::Run { sql } => sql.split_whitespace().collect::<Vec<_>>().join(" "),
        UndoAct::DropSchema { schema } => format!("the schema {schema} is dropped, if nothing stands in it"),
        UndoAct::Restore { changes } => changes.words(),
        UndoAct::PutBack { kept } => format!("what was kept of {} in {} is put back", kept.table, kept.place),
    })
}

/// The time that is left of a file's statement; `None` where nobody knows.
pub fn left(app: &App, file: &File) -> Option<String> {
    let left = left::of_statement(app, file).ok().filter(|_| file.running.is_some())?;
    Some(format!("{} left", left.words()))
}

/// The name of a stage, and which of how many it is.
fn stage_name(stage: &Stage) -> String {
    match (stage.step, stage.steps) {
        (Some(step), Some(steps)) => format!("{} {step}/{steps}", stage.name),
        _ => stage.name.clone(),
    }
}

/// The stage in one line of so many columns: name, bar, percent, rows, pace, time left. `None` where the server tells
/// nothing of it yet.
pub fn stage(app: &App, file: &File, width: usize) -> Option<StyledLine> {
    let statement = live(app, file)?;
    let Some(stage) = &statement.stage else {
        let why = statement.stage_unknown.as_ref()?;
        return Some(StyledLine::new().faint(format!("how far it is: ? {why}")));
    };
    let wide = width >= 100;
    let left = left(app, file).map_or_else(StyledLine::new, |left| StyledLine::from_span(Role::Strong, left));
    let Some(permille) = stage.done_permille else {
        return Some(StyledLine::new().faint(stage_name(stage)).ending_at(width, left));
    };
    let name = match (wide, stage_name(stage)) {
        (true, name) => SafeText::new(name).pad(22),
        (false, name) if name.len() <= SHORT => SafeText::new(name).pad(SHORT),
        (false, name) => {
            // `copy 1/2`: its first word and which of how many it is.
            let first = name.split(' ').next().unwrap_or_default();
            let step = stage.step.zip(stage.steps).map_or_else(String::new, |(step, steps)| format!(" {step}/{steps}"));
            SafeText::new(format!("{first}{step}")).pad(SHORT)
        }
    };
    let bar = bar::progress(permille.min(1_000), 1_000, if wide { 26 } else { 18.min(width / 4) });
    let percent = SafeText::new(format!("{} %", permille / 10)).pad_start(5);
    let line = StyledLine::new().faint(name).text(" ").then(bar).text(" ").span(Role::Strong, percent);
    let line = line.then(rows(stage, wide));
    let room = width.saturating_sub(line.width() + 2);
    let ending = fit(vec![(5, pace(app, file, statement)), (9, left)], "   ", room);
    Some(line.ending_at(width, ending))
}

fn rows(stage: &Stage, wide: bool) -> StyledLine {
    match (stage.rows_done, stage.rows_total) {
        (Some(done), Some(total)) if wide => StyledLine::new()
            .text(format!("  ~{}", times::about(done)))
            .faint(format!(" of {} rows", times::about(total))),
        (Some(done), None) if wide => StyledLine::new().text(format!("  ~{}", times::about(done))).faint(" rows"),
        _ => StyledLine::new(),
    }
}

/// Rows per second, now and lately.
fn pace(app: &App, file: &File, statement: &LiveStatement) -> StyledLine {
    let history = &app.data.live_history;
    let pace: Vec<Option<u64>> =
        history.pace(file.batch, file.id, statement.phase, statement.statement).into_iter().map(|(_, n)| n).collect();
    let Some(now) = pace.iter().rev().flatten().next() else { return StyledLine::new() };
    StyledLine::new().text(format!("~{}/s ", times::about(*now))).then(bar::curve(&pace, 0, CURVE))
}

/// Reason why nobody knows whether it waits for anybody; `None` where that is known.
pub fn waits_unknown(app: &App, file: &File) -> Option<StyledLine> {
    let why = live(app, file)?.waits_unknown.as_ref()?;
    Some(StyledLine::new().faint(format!("whether it waits for a lock: ? {why}")))
}

/// Those who are in the way, in lines: who holds what, and what they do.
pub fn chain(app: &App, file: &File, wide: bool) -> Vec<StyledLine> {
    let Some(running) = &file.running else { return Vec::new() };
    let statement = live(app, file);
    let seen = statement.map(|s| s.blocked_by.as_slice()).unwrap_or_default();
    let mut lines: Vec<StyledLine> = seen.iter().flat_map(|blocker| held_by(blocker, wide)).collect();
    if let Some(why) = statement.and_then(|s| s.blockers_unknown.as_ref()) {
        lines.push(StyledLine::new().faint("└ ").span(Role::Bad, "? ").text(&**why));
    }
    if lines.is_empty() {
        // Nobody looks at this moment: what the last try has met.
        let met = |blocker: &String| StyledLine::new().faint("└ at the last try held by ").span(Role::Bad, &**blocker);
        lines.extend(running.blockers.iter().map(met));
    }
    if lines.is_empty() && running.attempt > 1 {
        lines.push(StyledLine::new().faint("└ ").span(Role::Bad, "? ").text("nobody can say who holds the lock"));
    }
    lines
}

fn held_by(blocker: &LiveBlocker, wide: bool) -> Vec<StyledLine> {
    let certain = if blocker.certain { "held by " } else { "perhaps held by " };
    let lock = if wide { blocker.lock.as_str() } else { blocker.lock.rsplit(' ').next().unwrap_or_default() };
    let gap = if wide { "  " } else { " " };
    let mut who = StyledLine::new().faint(format!("└ {lock} on ")).text(&*blocker.object);
    who = match wide {
        true => who.faint(format!(", {certain}")),
        false if blocker.certain => who.faint(": "),
        false => who.faint(", perhaps "),
    };
    who = who.span(Role::Bad, format!("conn {}", blocker.connection)).text(gap).span(Role::Bad, &*blocker.account);
    if let Some(ms) = blocker.transaction_ms {
        let words = match (wide, blocker.gone_idle()) {
            (true, _) => "  open transaction ",
            (false, true) => ", idle in trx ",
            (false, false) => ", in trx ",
        };
        who = who.faint(words).span(Role::Caution, times::seconds(ms));
    }
    let does = |words: &str, sql: &str| StyledLine::new().faint(format!("  {words}: ")).text(sql);
    if wide && blocker.gone_idle() {
        who = who.faint(", no statement running");
    }
    let runs = blocker.runs.as_deref().map(|sql| does("it runs", sql));
    let last = blocker.last.as_deref().map(|sql| does("its last", sql));
    std::iter::once(who).chain(runs.or(last)).collect()
}
