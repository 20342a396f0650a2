//! Contents of the panes of a rollback: its blast radius as it was looked up last.

use crate::console::feed::RollbackSummary;
use crate::console::state::app::App;
use crate::console::state::names;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::{difference, table};
use crate::model::{BlastChange, BlastFile, BlastRadius, BlastStatement, Class, Rows};

const LABEL: usize = 9;

/// A title with a rule behind it, as a line among others.
pub(super) fn headline(title: &str, remark: &str, width: usize) -> StyledLine {
    let head = StyledLine::new().faint("─ ").span(Role::Strong, title);
    let head = if remark.is_empty() { head.text(" ") } else { head.faint(format!("  {remark} ")) };
    let rule = width.saturating_sub(head.width());
    head.faint("─".repeat(rule))
}

/// What would be lost first, then what would be done.
pub(super) fn if_you_approve(
    app: &App,
    summary: &RollbackSummary,
    radius: &BlastRadius,
    width: usize,
) -> Vec<StyledLine> {
    let mut told: Vec<(&'static str, StyledLine)> = labelled("LOST", lost(radius));
    let statements: usize = radius.files.iter().map(|file| file.statements.len()).sum();
    let undone = format!(
        "{}, {}, about {}",
        times::count(radius.files.len(), "file"),
        times::count(statements, "statement"),
        times::span(radius.estimated_ms)
    );
    told.push(("UNDONE", StyledLine::new().text(undone)));
    told.extend(labelled("KEPT", kept(radius)));
    told.push(("THEN", StyledLine::new().text(then(app, summary, radius))));
    table::facts(told, LABEL, width)
}

/// Lines under one label.
fn labelled(label: &'static str, lines: Vec<StyledLine>) -> Vec<(&'static str, StyledLine)> {
    std::iter::once(label).chain(std::iter::repeat("")).zip(lines).collect()
}

/// What others would lose, red: their rows, and what they have made or changed; or that nothing would be lost, green.
fn lost(radius: &BlastRadius) -> Vec<StyledLine> {
    let bad = |text: String| StyledLine::from_span(Role::Bad, text);
    let rows = match radius.rows_lost() {
        Some(0) => None,
        Some(1) => Some("1 row that others have written since".to_owned()),
        Some(rows) => Some(format!("{} rows that others have written since", times::thousands(rows))),
        None => Some("? not counted: this account cannot read what others have written since".to_owned()),
    };
    let each = radius.files.iter().flat_map(|file| &file.lost).map(Rows::sentence);
    let lines: Vec<StyledLine> = rows.into_iter().chain(each).chain(radius.objects_lost().cloned()).map(bad).collect();
    if !lines.is_empty() {
        return lines;
    }
    vec![StyledLine::from_span(Role::Good, "nothing: no row that others have written since, nothing that they made")]
}

/// What others have written, made or changed since and keep.
fn kept(radius: &BlastRadius) -> Vec<StyledLine> {
    let rows = radius.rows_left_alone.filter(|rows| *rows > 0).map(|rows| match rows {
        1 => "1 row that others have changed since stays as it is".to_owned(),
        rows => format!("{} rows that others have changed since stay as they are", times::thousands(rows)),
    });
    rows.into_iter().chain(radius.objects_left_alone().cloned()).map(|text| StyledLine::new().text(text)).collect()
}

/// One file of the undo, with what others would lose.
pub(super) fn file_line(file: &BlastFile) -> StyledLine {
    let head = StyledLine::from_span(Role::Caution, "↺ ").span(Role::Strong, names::name(&file.path));
    if let Some(why) = &file.reason {
        return head.span(Role::Bad, format!("  cannot be undone: {why}"));
    }
    let how = format!("  {}  {}  ", file.method, times::count(file.statements.len(), "statement"));
    let rows = file.rows_written_since.zip(file.rows_left_alone).map(|(rows, left)| rows.saturating_sub(left));
    match (rows, file.objects_lost.len()) {
        (Some(0), 0) => head.text(how).faint("nothing lost"),
        (Some(0), objects) => {
            head.text(how).span(Role::Bad, format!("! {} of others lost", times::count(objects, "object")))
        }
        (Some(rows), objects) => {
            let rows = if rows == 1 { "1 row".to_owned() } else { format!("{} rows", times::thousands(rows)) };
            let and = if objects > 0 { format!(", {}", times::count(objects, "object")) } else { String::new() };
            head.text(how).span(Role::Bad, format!("! {rows}{and} of others lost"))
        }
        (None, _) => head.text(how).span(Role::Bad, "? not counted: this account cannot read the rows"),
    }
}

/// What others would lose with a file, each in a sentence.
pub(super) fn lost_with(file: &BlastFile) -> impl Iterator<Item = StyledLine> {
    let rows = file.lost.iter().map(Rows::sentence);
    let told = rows.chain(file.objects_lost.iter().cloned());
    told.map(|lost| StyledLine::from_span(Role::Bad, format!("    ! {lost}")))
}

/// The batch that stands for it, and what it waits for.
pub(super) fn then(app: &App, summary: &RollbackSummary, radius: &BlastRadius) -> String {
    let epochs = format!("epoch {} → {}", radius.epoch_from, radius.epoch_to);
    let how = if summary.rollback.class == Class::A { "the epoch goes back" } else { "a batch of its own" };
    let under_way = app.data.batch().filter(|batch| !batch.status.is_final() && batch.id != summary.rollback.batch);
    let waits = under_way.map_or_else(String::new, |batch| format!("; waits until batch {} has ended", batch.id));
    format!("{how}, {epochs}{waits}")
}

/// The files in the order of the undo, each with its statements, and what others would lose with it.
pub(super) fn undo(radius: &BlastRadius) -> Vec<StyledLine> {
    let mut lines: Vec<StyledLine> = Vec::new();
    for file in &radius.files {
        lines.push(StyledLine::new().text(" ").then(file_line(file)));
        lines.extend(file.statements.iter().map(statement));
        lines.extend(objects(file));
        lines.extend(lost_with(file));
    }
    if lines.is_empty() {
        lines.push(StyledLine::new().faint(" nothing of its scope stands any more"));
    }
    lines
}

fn statement(statement: &BlastStatement) -> StyledLine {
    let undoes: Vec<String> = statement.undoes.iter().map(|n| (n + 1).to_string()).collect();
    let undoes = if undoes.is_empty() { String::new() } else { format!(" undoes {}", undoes.join(", ")) };
    let sql = statement.sql.split_whitespace().collect::<Vec<_>>().join(" ");
    StyledLine::new().faint(format!("  {:>3}{undoes}  ", statement.index + 1)).text(sql)
}

fn objects(file: &BlastFile) -> Option<StyledLine> {
    let took = times::span(file.estimated_ms);
    (!file.objects.is_empty()).then(|| {
        StyledLine::new().faint("      touches ").text(file.objects.join(", ")).faint(format!("; forward took {took}"))
    })
}

/// Each definition that changes, as it stands now against the one that it goes back to.
pub(super) fn definitions(radius: &BlastRadius) -> Vec<StyledLine> {
    let change = |change: &BlastChange| {
        let mut lines = vec![StyledLine::from_span(Role::Caution, " ↺ ").span(Role::Strong, &*change.object)];
        lines.extend(change.remark.iter().map(|why| StyledLine::from_span(Role::Caution, format!("   ! {why}"))));
        lines.extend(change.lines().map(difference::line));
        lines
    };
    let lines: Vec<StyledLine> = radius.changes.iter().flat_map(change).collect();
    if lines.is_empty() { vec![StyledLine::new().faint(" no definition changes")] } else { lines }
}

/// The questions that an undo depends on, each with a sign.
pub(super) fn can_be_undone(app: &App, summary: &RollbackSummary, radius: &BlastRadius) -> Vec<StyledLine> {
    let good = |text: String| StyledLine::from_span(Role::Good, " ✓ ").text(text);
    let bad = |text: String| StyledLine::from_span(Role::Bad, " ✗ ").text(text);
    let look = |text: String| StyledLine::from_span(Role::Caution, " ! ").text(text);
    let mut lines = Vec::new();
    match radius.impossible().count() {
        0 => lines.push(good("every file has its undo".into())),
        n => lines.push(bad(format!("nothing undoes {}", times::count(n, "file")))),
    }
    match radius.in_the_way.as_slice() {
        [] => lines.push(good("no later batch stands on it".into())),
        ways => lines.extend(ways.iter().map(|way| bad(way.clone()))),
    }
    lines.extend(radius.written_to_since.iter().map(|file| look(file.clone())));
    let (holds, asked) = (radius.fit.holds(), radius.fit.asked);
    match asked {
        0 => lines.push(good("it depends on no question to the data".into())),
        _ if holds == asked => lines.push(good(format!("data fit the old definition ({holds} of {asked} questions)"))),
        _ => lines.push(bad(format!("data do not fit the old definition ({holds} of {asked} questions)"))),
    }
    lines.extend(radius.fit.misfits.iter().map(|rows| bad(format!("it would fail: {}", rows.sentence()))));
    let changed = radius.changes.iter().filter(|change| change.remark.is_some()).count();
    match changed {
        0 => lines.push(good("the schema is as the batch left it".into())),
        n => lines.push(look(format!("{} not as the batch left it, or not to be told", times::count(n, "object")))),
    }
    if let Some(batch) = app.data.batch().filter(|b| !b.status.is_final() && b.id != summary.rollback.batch) {
        lines.push(look(format!("batch {} is under way: an approval waits, its deadline does not move", batch.id)));
    }
    lines
}
