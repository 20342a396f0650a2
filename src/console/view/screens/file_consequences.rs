//! What would follow if a file failed where it stands, its checks, and what its server shows of it.

use crate::console::state::app::App;
use crate::console::state::consequences;
use crate::console::state::names;
use crate::console::times;
use crate::console::view::progress;
use crate::console::view::theme::Role;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Batch, File, FileId, ValidationStatus};

/// Files that are named.
const NAMED: usize = 8;
/// Checks that are listed.
const CHECKS: usize = 6;

/// Adds what would follow; nothing where it cannot fail any more.
pub fn if_it_fails(batch: &Batch, file: &File, lines: &mut Vec<StyledLine>) {
    let Some(told) = consequences::if_it_fails(batch, file) else { return };
    lines.push(StyledLine::from_span(Role::Strong, "If it fails or is aborted"));
    lines.extend(
        told.cut_off.map(|n| StyledLine::new().text(format!("the server undoes statement {} by itself", n + 1))),
    );
    lines.push(match told.undone.len() {
        0 if told.cut_off.is_none() => StyledLine::new().text("nothing of it stands yet"),
        0 => StyledLine::new().text("nothing else of it stands"),
        n => {
            let took = times::span(told.undone_ms);
            StyledLine::new().text(format!("then {} undone by us; forward it took {took}", are(n, "statement")))
        }
    });
    if told.without_undo > 0 {
        let text = format!("{} NOTHING that undoes them", have(told.without_undo as usize, "statement"));
        lines.push(StyledLine::from_span(Role::Bad, text));
    }
    lines.push(match told.others.len() {
        0 => StyledLine::new().text(format!("then class {}: no other file is undone", told.class)),
        n => {
            let files = are(n, "other file");
            let took = times::span(told.others_ms);
            let text = format!("then class {}: {files} undone, newest first; forward it took {took}", told.class);
            StyledLine::from_span(Role::Strong, text)
        }
    });
    let under_way = numbers(batch, &told.beside);
    lines.extend((!under_way.is_empty()).then(|| StyledLine::new().faint("also under way: ").text(under_way)));
    lines.extend(told.stops.then(|| StyledLine::new().text("nothing new starts after it")));
    let blocked = numbers(batch, &told.blocked);
    lines.extend((!blocked.is_empty()).then(|| StyledLine::new().faint("blocked by it: ").text(blocked)));
    lines.push(StyledLine::new());
}

fn numbers(batch: &Batch, files: &[FileId]) -> String {
    let named: Vec<&str> =
        files.iter().take(NAMED).filter_map(|id| batch.file(*id)).map(|file| names::number(&file.path)).collect();
    let more = files.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

fn are(n: usize, noun: &str) -> String {
    format!("{} {}", times::count(n, noun), if n == 1 { "is" } else { "are" })
}

fn have(n: usize, noun: &str) -> String {
    format!("{} {}", times::count(n, noun), if n == 1 { "has" } else { "have" })
}

/// Adds the checks of its last attempt: how many, and those that say something, what did not pass first.
pub fn checks(app: &App, file: &File, lines: &mut Vec<StyledLine>) {
    let Some(known) = app.data.tallies.of(file.id).filter(|known| known.all().all() > 0) else { return };
    lines.push(StyledLine::from_span(Role::Strong, "Checks"));
    let parts = [("before", known.before), ("during", known.during), ("after", known.after)];
    let parts = parts.into_iter().filter(|(_, results)| results.all() > 0);
    lines.push(parts.fold(StyledLine::new(), |line, (when, r)| {
        let role = if r.failed > 0 { Role::Bad } else { Role::Text };
        line.faint(format!("{when} ")).span(role, format!("{} ✓ {} ! {} ✗   ", r.passed, r.warned, r.failed))
    }));
    let recorded = app.data.recent.iter().rev().filter(|event| event.kind.file() == Some(file.id));
    let results = recorded.flat_map(|event| event.kind.validations());
    let mut told: Vec<(ValidationStatus, &str, &str)> =
        results.map(|result| (result.status, result.check, result.result.lines().next().unwrap_or_default())).collect();
    told.sort_by_key(|(status, ..)| *status == ValidationStatus::Passed);
    told.truncate(CHECKS);
    let longest = told.iter().map(|(_, check, _)| check.len()).max().unwrap_or_default();
    lines.extend(told.into_iter().map(|(status, check, result)| {
        let (sign, role) = match status {
            ValidationStatus::Passed => ("✓", Role::Faint),
            ValidationStatus::Warning => ("!", Role::Text),
            ValidationStatus::Failed => ("✗", Role::Bad),
        };
        StyledLine::from_span(role, format!("{sign} {check:<longest$}  ")).text(result)
    }));
    lines.push(StyledLine::new());
}

/// Adds the server's row for the connection that runs it.
pub fn connection(app: &App, file: &File, lines: &mut Vec<StyledLine>) {
    let Some(seen) = progress::live(app, file) else { return };
    let Some(connection) = seen.connection else { return };
    lines.push(StyledLine::from_span(Role::Strong, format!("Connection {connection}")));
    let doing = seen.stage.as_ref().map_or("it names no stage", |stage| stage.name.as_str());
    lines.push(StyledLine::new().text(format!("{doing}, {}", times::seconds(seen.elapsed_ms))));
    lines.push(StyledLine::new());
}
