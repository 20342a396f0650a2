//! What stands in the place of what is under way once a batch has ended: what happened, and what can be done now.

use crate::console::state::action::{Action, Screen};
use crate::console::state::app::App;
use crate::console::state::intent;
use crate::console::state::overrides::{self, Stopped};
use crate::console::state::{names, rollbacks};
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::difference;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table;
use crate::console::view::{letting_pass, progress, sentence, standing};
use crate::model::{
    Batch, BatchStatus, EventKind, Failure, File, FileId, FileState, Lapse, Outcome, Phase, Rollback, Undo,
};
use ratatui::layout::Rect;

/// Lines of a difference that are shown.
const DIFFERENCE: usize = 6;
/// Failed or undone files that are told of.
const FILES: usize = 3;

/// True if the Board tells how it ended.
pub fn tells(batch: &Batch) -> bool {
    batch.status.is_final() && batch.active.is_empty()
}

/// The two parts: what happened, and what can be done.
fn parts(app: &App, batch: &Batch, width: usize) -> [Vec<StyledLine>; 2] {
    let happened = match batch.status {
        BatchStatus::Completed => completed(app, batch),
        _ => went_wrong(app, batch, width),
    };
    [happened, can_be_done(app, batch).into_iter().flat_map(|choice| choice.wrap(width)).collect()]
}

/// Rows that it takes, with the titles.
pub fn needed(app: &App, batch: &Batch, width: u16) -> u16 {
    let lines: usize = parts(app, batch, usize::from(width)).iter().map(|part| part.len() + 2).sum();
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// Draws both parts; the blank between them goes first where there is little room.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let [happened, can] = parts(app, batch, usize::from(area.width));
    let title = StyledLine::from_span(Role::Strong, "What happened");
    let title = match first_failed(batch) {
        Some(file) => title.faint("  ").text(sentence::name(&file.path)),
        None => title,
    };
    let inner = table::rule(canvas, area, title, StyledLine::new());
    let room = usize::from(inner.height);
    // Where there is little room, a line for each choice: what happened stands there too.
    let can = if happened.len() + can.len() < room { can } else { can_be_done(app, batch) };
    // What can be done is what the reader came for.
    let kept = room.saturating_sub(can.len() + 1).max(1);
    let air = usize::from(happened.len() + 1 + can.len() + 1 < room);
    let shown = happened.len().min(kept);
    canvas.lines(inner, &happened[..shown]);
    let rest = below(inner, u16::try_from(shown + air).unwrap_or(u16::MAX));
    if rest.height > 1 {
        let title = StyledLine::from_span(Role::Strong, "What you can do");
        let inner = table::rule(canvas, rest, title, StyledLine::new());
        canvas.lines(inner, &can);
    }
}

fn first_failed(batch: &Batch) -> Option<&File> {
    let failures = batch.failures();
    let failed = failures.iter().copied().find(|file| file.state == FileState::Failed);
    failed.or_else(|| failures.into_iter().find(|file| file.failure.is_some()))
}

fn completed(app: &App, batch: &Batch) -> Vec<StyledLine> {
    let took = batch.run_ms(None).map(times::span);
    let took = took.map_or_else(String::new, |took| format!(" in {took}"));
    // All had completed once, whatever has been undone since.
    let files = times::count(batch.total_files as usize, "file");
    let done = if batch.compensates.is_some() { "undone" } else { "completed" };
    let mut lines = vec![StyledLine::from_span(Role::Good, " ✓ ").span(Role::Strong, format!("{files} {done}{took}"))];
    lines.extend((batch.compensates.is_none()).then(|| ran(app, batch)));
    lines.extend(windows(app, batch));
    if let Some((rollback, by)) = batch.taken_back().last() {
        let files = times::count(rollback.files.len(), "file");
        let text = format!(" ↶ {files} undone since, by batch {by} at {}", times::stamp(rollback.updated_at));
        lines.push(StyledLine::from_span(Role::Caution, text));
    }
    lines
}

/// Statements and checks, those that did not pass apart.
fn ran(app: &App, batch: &Batch) -> StyledLine {
    if let Some(reading) = app.data.being_read() {
        return StyledLine::new().faint(format!("   {reading}"));
    }
    let statements = usize::try_from(app.data.figures.statements_run).unwrap_or(usize::MAX);
    let [passed, failed, warned] = batch.validations;
    let checks = times::count(passed as usize, "check");
    let mut line = StyledLine::new().text(format!("   {}, {checks} passed", times::count(statements, "statement")));
    if failed > 0 {
        line = line.text(", ").span(Role::Bad, format!("{failed} FAILED"));
    }
    if warned > 0 {
        line = line.text(", ").span(Role::Caution, format!("{warned} warned"));
    }
    match app.data.figures.warnings {
        0 => line,
        n => {
            line.text(format!(", {} of the server", times::count(usize::try_from(n).unwrap_or(usize::MAX), "warning")))
        }
    }
}

/// The rollbacks of the batch about which somebody is to decide.
fn undecided<'b>(app: &App, batch: &'b Batch) -> impl Iterator<Item = &'b Rollback> {
    let lapsed = |r: &Rollback| app.clock().is_some_and(|now| r.has_lapsed(now));
    let open: Vec<&Rollback> = batch.rollbacks.values().filter(|r| r.is_awaiting() && !lapsed(r)).collect();
    open.into_iter()
}

/// What a check has found that somebody has to decide about.
fn windows(app: &App, batch: &Batch) -> Vec<StyledLine> {
    let told = |r: &Rollback| {
        let what = format!("R{} of class {}: {}", r.id, r.class, names::in_one_line(&r.reason));
        StyledLine::from_span(Role::Caution, " ◷ ").text(what)
    };
    undecided(app, batch).map(told).take(FILES).collect()
}

fn went_wrong(app: &App, batch: &Batch, width: usize) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    for file in batch.failures().into_iter().filter(|file| file.failure.is_some()).take(FILES) {
        if let Some(failure) = &file.failure {
            what_failed(app, file, failure, width, &mut lines);
        }
        undone(app, file, &mut lines);
    }
    let undone = app.data.figures.rolled_back as usize;
    let stays = batch.completed as usize;
    let mut stands = Vec::new();
    stands.extend((stays > 0).then(|| format!("{} completed and in force", times::count(stays, "file"))));
    stands.extend((undone > 0).then(|| format!("{} undone {}", times::count(undone, "file"), batch.certainty())));
    stands.extend((app.data.figures.waiting > 0).then(|| format!("{} never began", app.data.figures.waiting)));
    lines.push(StyledLine::new().faint("   now: ").text(stands.join(" · ")));
    lines
}

fn what_failed(app: &App, file: &File, failure: &Failure, width: usize, lines: &mut Vec<StyledLine>) {
    lines.extend(standing::failure_lines(file, failure, width));
    if let Some(sql) = failure.statement.and_then(|n| progress::sql(app, file, Phase::Forward, n, width)) {
        lines.push(StyledLine::new().text("   ").then(sql));
    }
}

/// What became of what the file had done.
fn undone(app: &App, file: &File, lines: &mut Vec<StyledLine>) {
    let list = |which: Vec<u32>| which.iter().map(|n| (n + 1).to_string()).collect::<Vec<_>>().join(", ");
    if file.state == FileState::Failed {
        let (stands, doubt) = (list(file.in_force().collect()), list(file.in_doubt().collect()));
        if !stands.is_empty() {
            let noun = if file.in_force().count() == 1 { "statement" } else { "statements" };
            lines.push(StyledLine::from_span(Role::Bad, format!("   in force: its {noun} {stands}")));
        }
        if !doubt.is_empty() {
            let noun = if file.in_doubt().count() == 1 { "statement" } else { "statements" };
            lines.push(StyledLine::from_span(Role::Bad, format!(" ? in doubt: its {noun} {doubt}")));
        }
        if stands.is_empty() && doubt.is_empty() {
            lines.push(StyledLine::new().text("   nothing of it stands"));
        }
        let why = file.failure.as_ref().and_then(|failure| failure.undo.as_ref());
        lines.extend(why.map(|why| StyledLine::from_span(Role::Caution, " ↺ ").text(format!("not undone: {why}"))));
        lines.extend(differs(app, file.id).into_iter().take(DIFFERENCE));
    } else if file.outcome == Some(Outcome::RolledBack) {
        let text = format!(" ↶ undone {}", Undo::certainty([file]));
        lines.push(StyledLine::from_span(Role::Caution, text).text(": all of it is as before"));
    }
}

/// What differs from before, after an undo that was not equal.
pub fn differs(app: &App, file: FileId) -> Vec<StyledLine> {
    let verified = app.data.recent.iter().rev().find_map(|event| match &event.kind {
        EventKind::UndoVerified { file: of, equal: false, difference, .. } if *of == file => difference.as_deref(),
        _ => None,
    });
    verified.into_iter().flat_map(str::lines).map(difference::line).collect()
}

/// A choice: its key or command, and what follows.
fn choice(keys: &str, text: String) -> StyledLine {
    StyledLine::new().text(" ").span(Role::Key, keys).fill_to(11).text(text)
}

/// The choices that would be accepted now, with what follows.
fn can_be_done(app: &App, batch: &Batch) -> Vec<StyledLine> {
    // Of a replay, and of what nobody can change from here, only what can be looked at.
    let changes = app.data.read_only.is_none() && !app.read_only;
    let mut lines: Vec<StyledLine> = undecided(app, batch).take(FILES).map(|r| decide(app, r)).collect();
    if changes && intent::may_not_command(app).is_none() {
        lines.extend(mend(app, batch));
    } else if changes {
        lines.extend(past_checks(app, batch));
        lines.push(choice("", "an operator can retry, settle and roll back; this account may not".to_owned()));
    }
    if let Some(newest) = app.data.newest_batch.filter(|newest| *newest > batch.id) {
        lines.push(choice(":open", format!("{newest} shows the newer batch")));
    }
    if batch.status != BatchStatus::Completed {
        lines.push(choice("", again(batch)));
    }
    let enter = app.keymap.key_for(Action::Enter);
    lines.push(match first_failed(batch) {
        Some(file) => choice(&enter, format!("shows {}: SQL, definitions, every event", names::number(&file.path))),
        None => choice("2", "shows the files, 7 the batches".to_owned()),
    });
    lines
}

/// The decision that is due, and what follows where nobody takes it.
fn decide(app: &App, rollback: &Rollback) -> StyledLine {
    let summary = rollbacks::all(app).into_iter().find(|summary| summary.rollback.id == rollback.id);
    let then = match summary.map(|summary| summary.on_lapse) {
        Some(Lapse::Rollback) => "is undone",
        _ => "stays",
    };
    let by = rollback
        .decide_by
        .map_or_else(String::new, |by| format!("; if nobody does by {}, it {then}", times::stamp(by)));
    let files = times::count(rollback.files.len(), "file");
    let text = format!("decides about R{}, class {}, over {files}{by}", rollback.id, rollback.class);
    choice(&Screen::Decisions.number().to_string(), text)
}

/// What a person can do about what has failed, and about what stands: each key once.
fn mend(app: &App, batch: &Batch) -> Vec<StyledLine> {
    let key = |action| app.keymap.key_for(action);
    let failed: Vec<&File> =
        batch.failures().into_iter().filter(|file| file.state == FileState::Failed).take(FILES).collect();
    let (stuck, clean): (Vec<&File>, Vec<&File>) = failed.into_iter().partition(|file| file.has_effects());
    let numbers = |files: &[&File]| files.iter().map(|file| names::number(&file.path)).collect::<Vec<_>>().join(", ");
    let completed = if batch.taken_back().next().is_none() { batch.completed as usize } else { 0 };
    let files = times::count(completed, "completed file");
    let mut lines = Vec::new();
    match (stuck.is_empty(), completed) {
        (true, 0) => {}
        (true, _) => lines.push(choice(&key(Action::RollBack), format!("undoes what has run: {files}"))),
        (false, 0) => {
            let text = format!("orders the undo of {} again; mend first what is in its way", numbers(&stuck));
            lines.push(choice(&key(Action::RollBack), text));
        }
        (false, _) => {
            let text =
                format!("{} orders its undo again; mend first what is in its way", names::number(&stuck[0].path));
            lines.push(choice(":rollback", text));
            lines.push(choice(
                &key(Action::RollBack),
                format!("undoes all that stands: {}, and {files}", numbers(&stuck)),
            ));
        }
    }
    for file in stuck {
        let number = names::number(&file.path);
        lines.push(choice(":settle", format!("{number} --as completed, or --as rolled_back: you say how it stands")));
    }
    lines.extend(past_checks(app, batch));
    let retry = where_to_press(key(Action::Retry), intent::only_failed(batch).is_some());
    for file in clean {
        let number = names::number(&file.path);
        let again = if overrides::stops_again(file) { "what stopped it is asked anew" } else { "nothing of it stands" };
        lines.push(choice(&retry, format!("tries {number} again: {again}")));
    }
    lines
}

/// The ways past checks that stopped files before they ran.
fn past_checks(app: &App, batch: &Batch) -> Vec<StyledLine> {
    let stopped: Vec<&File> =
        batch.failures().into_iter().filter(|file| overrides::is_stopped(file)).take(FILES).collect();
    let ways = stopped.iter().filter_map(|file| letting_pass::way(app, batch, &Stopped::by_all(file)));
    ways.map(|(key, words)| choice(&where_to_press(key, stopped.len() == 1), words)).collect()
}

/// The key of a choice about a file: on Files, with the cursor on the file, where it could be about another too.
fn where_to_press(key: String, is_only: bool) -> String {
    if is_only || key.is_empty() { key } else { format!("{}, then {key}", Screen::Files.number()) }
}

/// What has to be done before what has not run can run.
fn again(batch: &Batch) -> String {
    let stuck = batch.failures().into_iter().find(|file| file.state == FileState::Failed && file.has_effects());
    let failed = first_failed(batch).and_then(|file| Some((file, file.failure.as_ref()?.category)));
    match (stuck, failed) {
        (Some(file), _) => {
            let number = names::number(&file.path);
            format!("mend {number}; `caribou migrate` refuses it until it is undone or settled")
        }
        (None, Some((file, category))) if category.is_of_file() => {
            let name = sentence::name(&file.path);
            format!("mend {name}; `caribou migrate` then makes a new batch of what has not run")
        }
        _ => "`caribou migrate` makes a new batch of what has not run".to_owned(),
    }
}
