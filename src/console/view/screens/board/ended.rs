//! What stands in the place of what is under way once a batch has ended: what happened, and what can be done now.

use crate::console::state::action::Action;
use crate::console::state::app::App;
use crate::console::state::names;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::difference;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table;
use crate::console::view::{progress, sentence, standing};
use crate::model::{Batch, BatchStatus, EventKind, Failure, File, FileId, FileState, Outcome, Phase, Undo};
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
    [happened, can_be_done(app, batch)]
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
    let failed = batch.in_order().find(|file| file.state == FileState::Failed);
    failed.or_else(|| batch.in_order().find(|file| file.failure.is_some()))
}

fn completed(app: &App, batch: &Batch) -> Vec<StyledLine> {
    let figures = &app.data.figures;
    let took = batch.started_at.zip(batch.completed_at).map(|(from, to)| times::span(to.since(from)));
    let files = times::count(batch.processed() as usize, "file");
    let took = took.map_or_else(String::new, |took| format!(" in {took}"));
    let mut lines =
        vec![StyledLine::from_span(Role::Good, " ✓ ").span(Role::Strong, format!("{files} completed{took}"))];
    let warned = match figures.warnings {
        0 => String::new(),
        n => format!(", {}", times::count(usize::try_from(n).unwrap_or(usize::MAX), "warning")),
    };
    let statements = times::count(usize::try_from(figures.statements_ended).unwrap_or(usize::MAX), "statement");
    lines.push(StyledLine::new().text(format!("   {statements}, {} checks passed{warned}", batch.validations[0])));
    if let Some((rollback, by)) = batch.taken_back().last() {
        let files = times::count(rollback.files.len(), "file");
        let text = format!(" ↶ {files} undone since, by batch {by} at {}", times::stamp(rollback.updated_at));
        lines.push(StyledLine::from_span(Role::Caution, text));
    }
    lines
}

fn went_wrong(app: &App, batch: &Batch, width: usize) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    let told = |file: &&File| file.failure.is_some();
    for file in batch.in_order().filter(told).take(FILES) {
        if let Some(failure) = &file.failure {
            what_failed(app, file, failure, width, &mut lines);
        }
        undone(app, file, &mut lines);
    }
    let undone = app.data.figures.rolled_back as usize;
    let stays = batch.completed as usize;
    let mut stands = Vec::new();
    stands.extend((stays > 0).then(|| format!("{} completed and in force", times::count(stays, "file"))));
    stands.extend(
        (undone > 0).then(|| format!("{} undone {}", times::count(undone, "file"), Undo::certainty(batch.in_order()))),
    );
    stands.extend((app.data.figures.waiting > 0).then(|| format!("{} never began", app.data.figures.waiting)));
    lines.push(StyledLine::new().faint("   now: ").text(stands.join(" · ")));
    lines
}

fn what_failed(app: &App, file: &File, failure: &Failure, width: usize, lines: &mut Vec<StyledLine>) {
    lines.extend(StyledLine::new().text(" ").then(standing::failure(file, failure)).wrap(width));
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
            lines.push(StyledLine::from_span(Role::Bad, format!("   in force: its statements {stands}")));
        }
        if !doubt.is_empty() {
            lines.push(StyledLine::from_span(Role::Bad, format!(" ? in doubt: its statements {doubt}")));
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

/// The choices that would be accepted now, with what follows.
fn can_be_done(app: &App, batch: &Batch) -> Vec<StyledLine> {
    let key = |action| app.keymap.key_for(action);
    let choice = |keys: &str, text: String| {
        StyledLine::new().text(" ").span(Role::Key, format!("{keys:<8}")).text(" ").text(text)
    };
    let mut lines = Vec::new();
    // Of a replay, and of what nobody can change from here, only what can be looked at.
    let changes = app.data.read_only.is_none() && !app.read_only;
    let failed = batch.in_order().filter(|file| changes && file.state == FileState::Failed).take(FILES);
    for file in failed {
        let number = names::number(&file.path);
        if file.has_effects() {
            let text = format!("orders the undo of {number} again; mend by hand first what is in its way");
            lines.push(choice(&key(Action::RollBack), text));
            lines.push(choice(
                ":settle",
                format!("{number} --as completed, or --as rolled_back: you say how it stands"),
            ));
        } else {
            lines.push(choice(&key(Action::Retry), format!("tries {number} again: nothing of it stands")));
        }
    }
    if let Some(newest) = app.data.newest_batch.filter(|newest| *newest > batch.id) {
        lines.push(choice(":open", format!("{newest} shows the newer batch")));
    }
    let stands = changes && batch.completed > 0 && batch.taken_back().next().is_none();
    if stands {
        let files = times::count(batch.completed as usize, "completed file");
        lines.push(choice(&key(Action::RollBack), format!("undoes what has run: {files}")));
    }
    if batch.status != BatchStatus::Completed {
        let failed = first_failed(batch).and_then(|file| Some((file, file.failure.as_ref()?.category)));
        let text = match failed {
            Some((file, category)) if category.is_of_file() => {
                let name = sentence::name(&file.path);
                format!("mend {name}; `caribou migrate` then makes a new batch of what has not run")
            }
            _ => "`caribou migrate` makes a new batch of what has not run".to_owned(),
        };
        lines.push(choice("", text));
    }
    let first = first_failed(batch);
    let enter = key(Action::Enter);
    lines.push(match first {
        Some(file) => choice(&enter, format!("shows {}: SQL, definitions, every event", names::number(&file.path))),
        None => choice("2", "shows the files, 7 the batches".to_owned()),
    });
    lines
}
