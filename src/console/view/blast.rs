//! A blast radius in sentences.

use crate::console::times;
use crate::model::{BlastChange, BlastFile, BlastRadius, Class};

/// Statements of a file that the dialog names.
const STATEMENTS: usize = 3;
/// Definitions that the dialog names.
const DEFINITIONS: usize = 4;

/// A blast radius in sentences: what would be lost, what stands on it, the order of the undo, what it touches.
pub fn told(radius: &BlastRadius) -> Vec<String> {
    let statements: usize = radius.files.iter().map(|f| f.statements.len()).sum();
    // What is lost comes first: on a small screen the end of a dialog has to be scrolled to.
    let mut lines = vec![rows(radius)];
    lines.extend(radius.files.iter().flat_map(|f| &f.lost).map(|rows| format!("LOST: {}", rows.sentence())));
    lines.extend(radius.objects_lost().map(|told| format!("LOST: {told}.")));
    lines.extend(radius.fit.misfits.iter().map(|rows| format!("IT WOULD FAIL: {}", rows.sentence())));
    lines.extend(radius.written_to_since.iter().map(|file| format!("since: {file}")));
    lines.extend(radius.in_the_way.iter().map(|way| format!("IN THE WAY: {way}")));
    lines.push(epochs(radius));
    lines.push(format!(
        "{} undone by {}, in this order:",
        if radius.files.len() == 1 { "1 file is".to_owned() } else { format!("{} files are", radius.files.len()) },
        times::count(statements, "statement"),
    ));
    lines.extend(radius.files.iter().map(|f| format!("  {}", file_line(f))));
    lines.extend(radius.objects_left_alone().map(|told| format!("Left alone: {told}.")));
    lines.extend(definitions(radius));
    lines
}

/// The definitions that change, each with the lines that go and come. The difference itself is behind Enter on
/// Decisions: a dialog is no place to read it.
fn definitions(radius: &BlastRadius) -> Option<String> {
    let of = |change: &BlastChange| match (&change.diff, change.counts()) {
        (Some(_), _) if change.goes() => format!("{} goes", change.object),
        (Some(_), _) if change.comes() => format!("{} comes back", change.object),
        (Some(_), (go, come)) => format!("{} -{go} +{come}", change.object),
        (None, _) => format!("{} ?", change.object),
    };
    let first: Vec<String> = radius.changes.iter().take(DEFINITIONS).map(of).collect();
    let more = radius.changes.len().saturating_sub(first.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!first.is_empty()).then(|| format!("Definitions change, by lines: {}{more}.", first.join(", ")))
}

/// One file of a blast radius, in one line.
fn file_line(file: &BlastFile) -> String {
    let first: Vec<String> = file.objects.iter().take(STATEMENTS).cloned().collect();
    let more = file.objects.len().saturating_sub(first.len());
    let objects = match (first.len(), more) {
        (0, _) => String::new(),
        (_, 0) => format!(": {}", first.join(", ")),
        (_, more) => format!(": {} and {more} more", first.join(", ")),
    };
    match &file.reason {
        Some(reason) => format!("{} IMPOSSIBLE: {reason}", file.path),
        None => format!("{} {}, {}{objects}", file.path, file.method, times::count(file.statements.len(), "statement")),
    }
}

/// Tells what would be lost.
pub fn rows(radius: &BlastRadius) -> String {
    let stay = match radius.rows_left_alone {
        None | Some(0) => String::new(),
        Some(1) => " 1 row that others have changed since stays as it is.".to_owned(),
        Some(rows) => format!(" {rows} rows that others have changed since stay as they are."),
    };
    match radius.rows_lost() {
        // That nothing else is lost either stands there only where it is so.
        Some(0) if radius.objects_lost().next().is_some() => {
            format!("LOST is what others have made or changed since; of their rows none.{stay}")
        }
        Some(0) => format!("No row that others have written since would be lost.{stay}"),
        Some(1) => format!("1 row that others have written since would be LOST.{stay}"),
        Some(rows) => format!("{rows} rows that others have written since would be LOST.{stay}"),
        None => "Nobody knows how many rows others have written since; they would be LOST with what is undone.".into(),
    }
}

/// Tells the epoch before and afterwards, and how long the undo may take.
pub fn epochs(radius: &BlastRadius) -> String {
    let (from, to) = (radius.epoch_from, radius.epoch_to);
    let way = match radius.class {
        _ if from == to => format!("stays at {from}"),
        Class::A => format!("goes back from {from} to {to}"),
        _ => format!("goes on from {from} to {to}"),
    };
    let time = times::span(radius.estimated_ms);
    format!("The epoch {way}; it took {time} to do and may take as long to undo.")
}
