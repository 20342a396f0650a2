//! What would follow if the file under the cursor failed, from the journal and the plan alone.

use super::rest::known_as;
use crate::console::state::app::App;
use crate::console::state::consequences::IfItFails;
use crate::console::state::names;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Batch, DependencyType, File, FileId, FileState, LockMode};
use ratatui::layout::Rect;

/// Files that are named in a row.
const NAMED: usize = 6;

/// Draws the pane.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(file) = app.graph.cursor.and_then(|id| batch.file(id)) else { return };
    let name = names::name(&file.path);
    let title = StyledLine::from_span(Role::Strong, format!("If {name} fails"));
    let inner = canvas.titled(area, title.faint("  (the file under the cursor)"));
    canvas.lines(inner, &lines(app, batch, file));
}

fn lines(app: &App, batch: &Batch, file: &File) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    match &app.graph.failure {
        Some(told) => {
            lines.push(blocked(batch, file, told));
            lines.push(undone(batch, told));
        }
        None => lines.push(over(app, batch, file)),
    }
    lines.push(needs(app, batch, file));
    lines
}

/// The file has ended, or it has failed or is being undone and others wait for it in vain.
fn over(app: &App, batch: &Batch, file: &File) -> StyledLine {
    let (what, role) = match file.state {
        FileState::RollingBack => (" it is being undone: ", Role::Caution),
        _ => (" it has failed: ", Role::Bad),
    };
    match app.graph.blocks.as_slice() {
        [] => StyledLine::new().faint(" it cannot fail any more"),
        files => StyledLine::new().span(role, what).text(format!(
            "{} cannot run: {}",
            times::count(files.len(), "file"),
            numbers(batch, files)
        )),
    }
}

/// Who cannot run, and by which class others stop.
fn blocked(batch: &Batch, file: &File, told: &IfItFails) -> StyledLine {
    let mut line = match told.blocked.len() {
        0 => StyledLine::new().text(" no file needs it"),
        n => StyledLine::new().text(format!(
            " {} cannot run: {}",
            times::count(n, "file"),
            numbers(batch, &told.blocked)
        )),
    };
    line = line.text(format!("; it is {}, so class {}", file.file_type, told.class));
    match told.beside.as_slice() {
        [] if told.stops => line.text(": nothing new starts"),
        [] => line.text(": independent files go on"),
        beside => line.text(format!(": {} at the next boundary", stops(batch, beside))),
    }
}

fn stops(batch: &Batch, files: &[FileId]) -> String {
    let verb = if files.len() == 1 { "stops" } else { "stop" };
    format!("{} {verb}", numbers(batch, files))
}

/// What is undone then, and how long it took.
fn undone(batch: &Batch, told: &IfItFails) -> StyledLine {
    let own = told.undone.len();
    let line = match (told.others.len(), own) {
        (0, 0) => return StyledLine::new().text(" nothing of it is in force, so nothing is undone"),
        (0, n) => StyledLine::new().text(format!(" then {} undone, the last first", of_it(n))),
        (n, _) => StyledLine::new().text(format!(
            " then {} undone too, newest first: {}",
            is_are(n, "other file"),
            numbers(batch, &told.others)
        )),
    };
    let ms = told.undone_ms + told.others_ms;
    let line = if ms > 0 { line.faint(format!("; what is undone took {}", times::span(ms))) } else { line };
    match told.without_undo {
        0 => line,
        n => line.span(Role::Bad, format!("; nothing undoes {} of it", times::count(n as usize, "statement"))),
    }
}

fn of_it(n: usize) -> String {
    format!("{} of it {}", times::count(n, "statement"), if n == 1 { "is" } else { "are" })
}

fn is_are(n: usize, noun: &str) -> String {
    format!("{} {}", times::count(n, noun), if n == 1 { "is" } else { "are" })
}

/// What it needs, what it locks, how its time is known.
fn needs(app: &App, batch: &Batch, file: &File) -> StyledLine {
    let required = file.depends_on.iter().filter(|d| d.kind != DependencyType::Conflict);
    let mut line = StyledLine::new().faint(" needs: ");
    let mut seen = Vec::new();
    for dependency in required {
        if seen.contains(&dependency.on) {
            continue;
        }
        seen.push(dependency.on);
        if seen.len() > NAMED {
            break;
        }
        line = match batch.file(dependency.on) {
            Some(on) => line.then(known_as(app, on)).text("  "),
            None => line.text(format!("{} (an earlier batch)  ", names::number(&dependency.path))),
        };
    }
    if seen.is_empty() {
        line = line.text("no file  ");
    }
    let locks = file.locks.as_ref().map(|locks| {
        let own = locks.iter().filter(|lock| lock.mode == LockMode::Exclusive);
        own.map(|lock| lock.object.to_string()).collect::<Vec<_>>().join(", ")
    });
    let line = line.faint("locks: ").text(match locks {
        Some(locks) if locks.is_empty() => "nothing".to_owned(),
        Some(locks) => locks,
        None => "anything: nothing runs beside it".to_owned(),
    });
    match &file.expected {
        Some(expected) => {
            line.faint("  expected: ").text(expected.words()).faint(format!(" ({})", expected.source.word()))
        }
        None => line.faint("  expected: ?"),
    }
}

fn numbers(batch: &Batch, files: &[FileId]) -> String {
    let number = |id: &FileId| batch.file(*id).map_or_else(|| id.to_string(), |f| names::number(&f.path).to_owned());
    let named: Vec<String> = files.iter().take(NAMED).map(number).collect();
    match files.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The same in one line.
pub fn in_short(app: &App, batch: &Batch, file: &File) -> Vec<StyledLine> {
    let number = names::number(&file.path);
    match &app.graph.failure {
        Some(told) => {
            let first = StyledLine::new().faint(format!(" if {number} fails:")).then(blocked(batch, file, told));
            vec![first, undone(batch, told)]
        }
        None => vec![StyledLine::new().faint(format!(" {number}:")).then(over(app, batch, file))],
    }
}
