//! Screen 5: the rollbacks that wait for somebody, by their deadline, and what each would do.

use crate::console::feed::RollbackSummary;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::decisions::BlastLookup;
use crate::console::state::rollbacks;
use crate::console::state::views;
use crate::console::times;
use crate::console::view::blast;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::difference;
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{BlastChange, BlastFile, BlastRadius, Closed, Lapse, RollbackStatus};
use ratatui::layout::Rect;

/// Rollbacks listed at once, where the rest of the screen is needed for one of them.
const LISTED: u16 = 8;
/// Columns before the reason: time left, number, class, batch, files.
const COLUMNS: [(&str, usize); 5] = [("decide", 22), ("id", 4), ("class", 5), ("batch", 5), ("files", 5)];

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let summaries = rollbacks::all(app);
    if summaries.is_empty() {
        return empty(canvas, area);
    }
    let cursor = app.decisions.cursor(&summaries);
    let rows = rows(summaries.len(), area);
    let mut at = cursor;
    let mut top = app.decisions.top;
    views::settle(&mut at, &mut top, summaries.len(), usize::from(rows));
    let head = COLUMNS.iter().fold(StyledLine::from_span(Role::Title, " "), |words, (name, width)| {
        words.span(Role::Title, SafeText::new(*name).pad(width + 1))
    });
    canvas.line(area, 0, &head.span(Role::Title, "what for"));
    let list = Rect { height: rows, ..below(area, 1) };
    for (row, (n, summary)) in (0..rows).zip(summaries.iter().enumerate().skip(top)) {
        let words = line(app, summary);
        if n == cursor {
            canvas.bar(list, row, &words.all(Role::Selected), Role::Selected);
        } else {
            canvas.line(list, row, &words);
        }
    }
    if let Some(summary) = summaries.get(cursor) {
        about(app, summary, canvas, below(area, 1 + rows));
    }
}

fn empty(canvas: &mut Canvas<'_>, area: Rect) {
    let lines = [
        StyledLine::from_span(Role::Strong, "Nothing waits for a decision."),
        StyledLine::new()
            .faint("Rollbacks of class B, C and D would be here, by their deadline: what for, whose, how long."),
        StyledLine::new().faint("R on Board or Files, or :rollback, asks for one of what has run."),
    ];
    let top = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..below(area, area.height / 3) };
    let lines: Vec<StyledLine> = lines.into_iter().flat_map(|line| line.wrap(usize::from(top.width))).collect();
    canvas.lines(top, &lines);
}

fn line(app: &App, summary: &RollbackSummary) -> StyledLine {
    let rollback = &summary.rollback;
    let (time, role) = stands(app, summary);
    let cells = [
        time,
        rollback.id.to_string(),
        rollback.class.to_string(),
        rollback.batch.to_string(),
        summary.scope.len().to_string(),
    ];
    let mut words = StyledLine::new().text(" ");
    for (n, (cell, (_, width))) in cells.iter().zip(COLUMNS).enumerate() {
        let cell = SafeText::new(cell);
        // Numbers stand right.
        let cell = if matches!(n, 1 | 3 | 4) { cell.pad_start(width) } else { cell.pad(width) };
        words = words.span(if n == 0 { role } else { Role::Text }, cell).text(" ");
    }
    words.text(SafeText::new(rollback.reason.lines().next().unwrap_or_default()))
}

/// The time left, or how it ended: by word, symbol and role.
fn stands(app: &App, summary: &RollbackSummary) -> (String, Role) {
    let rollback = &summary.rollback;
    match (rollback.closed, rollback.status) {
        (Some(Closed::Rejected), _) => ("· rejected".into(), Role::Faint),
        (Some(Closed::Kept), _) => ("· lapsed, kept".into(), Role::Faint),
        (Some(Closed::Escalated), _) => ("! lapsed, escalated".into(), Role::Bad),
        (None, RollbackStatus::Running) if summary.held => ("? rows would be lost".into(), Role::Bad),
        (None, RollbackStatus::Running) => ("↺ running".into(), Role::Caution),
        (None, RollbackStatus::Completed) => ("✓ rolled back".into(), Role::Good),
        (None, RollbackStatus::Failed) => ("✗ failed".into(), Role::Bad),
        (None, RollbackStatus::Pending) => match rollback.decide_by.zip(app.shown_clock()) {
            Some((by, now)) if now >= by && app.is_orphaned() => ("! LAPSED, no worker".into(), Role::Bad),
            Some((by, now)) if now >= by => ("! LAPSED".into(), Role::Bad),
            Some((by, now)) => {
                let left = by.since(now);
                let whole = by.since(rollback.created_at).max(1);
                let role = if left * 10 < whole { Role::Bad } else { Role::Caution };
                (format!("◷ {} left", left_in_words(left)), role)
            }
            None => ("? no deadline".into(), Role::Caution),
        },
    }
}

/// To the second in the last hour of all; days are enough before.
fn left_in_words(ms: u64) -> String {
    if ms < 3_600_000 { times::countdown(ms) } else { times::span(ms) }
}

fn about(app: &App, summary: &RollbackSummary, canvas: &mut Canvas<'_>, area: Rect) {
    let rollback = &summary.rollback;
    let lookup = app.decisions.lookup_of(rollback.id);
    let mut title = StyledLine::from_span(Role::Title, format!("Rollback {} of batch {}", rollback.id, rollback.batch));
    if lookup.is_some() {
        title = title.span(Role::Selected, " ◆ blast radius ");
    }
    let lines = match lookup {
        Some(lookup) => radius(lookup),
        None => facts(app, summary),
    };
    scroll::pane(canvas, area, title, lines, lookup.map_or(0, |l| l.top));
}

/// Rows of the list.
fn rows(summaries: usize, area: Rect) -> u16 {
    u16::try_from(summaries).unwrap_or(LISTED).min(LISTED).min(area.height / 3).max(1)
}

/// Number of lines that the blast radius can be scrolled.
pub fn most_scrolled(app: &App, area: Rect) -> usize {
    let Some(lookup) = &app.decisions.lookup else { return 0 };
    let below = below(area, 1 + rows(rollbacks::all(app).len(), area));
    scroll::most(radius(lookup), below)
}

/// Lists what is known of it without asking the database.
fn facts(app: &App, summary: &RollbackSummary) -> Vec<StyledLine> {
    let rollback = &summary.rollback;
    let fact = |label: &str, text: String| StyledLine::new().faint(format!("{label:<12}")).text(text);
    let by = rollback.opened_by.clone().unwrap_or_else(|| "a finding or a failure".into());
    let mut lines = vec![
        fact("what for", rollback.reason.clone()),
        fact(
            "batch",
            format!("{} “{}”, class {}: {}", rollback.batch, summary.batch_name, rollback.class, scope_of(summary)),
        ),
        fact("opened", format!("{} by {by}", times::stamp(rollback.created_at))),
    ];
    if let Some(deadline) = rollback.decide_by.filter(|_| rollback.is_awaiting()) {
        let then = match summary.on_lapse {
            Lapse::Keep => "then the files stay",
            Lapse::Escalate => "then the files stay, and a person has to look",
            Lapse::Rollback => "then it is rolled back",
        };
        lines.push(fact("decide by", format!("{}, {then}", times::stamp(deadline))));
    }
    if summary.is_undecided() {
        lines.push(fact("who decides", who(summary)));
        lines.push(match rollbacks::cannot_decide(app, summary) {
            Some(why) => StyledLine::new().faint(format!("{:<12}", "you")).span(Role::Caution, why),
            None => fact("you", "may approve or reject it".into()),
        });
    }
    if let Some(by) = &rollback.decided_by {
        lines.push(fact("decided", format!("by {by}")));
    }
    if let Some(batch) = rollback.compensated_by {
        lines.push(fact("as", format!("batch {batch}, which stands for it in history")));
    }
    if let Some(error) = &rollback.error {
        lines.push(StyledLine::new().faint(format!("{:<12}", "error")).span(Role::Bad, &**error));
    }
    lines.push(StyledLine::from_span(Role::Strong, "in the order of the undo"));
    lines.extend(summary.scope.iter().map(|(_, path)| StyledLine::new().text(format!("  ↺ {path}"))));
    let key = |action| app.keymap.key_for(action);
    use crate::console::state::action::Action::{Approve, Enter, Reject};
    if summary.is_undecided() && rollbacks::cannot_decide(app, summary).is_none() {
        let keys = format!("{} what it would do, {} approve, {} reject", key(Enter), key(Approve), key(Reject));
        lines.push(StyledLine::new().faint(keys));
    }
    lines
}

fn scope_of(summary: &RollbackSummary) -> &'static str {
    use crate::model::Class::{A, B, C, D};
    match summary.rollback.class {
        A => "the whole batch, back to where it began",
        B => "the affected files and all that depend on them",
        C => "the affected doctrine files and all that depend on them",
        D => "the affected documentation",
    }
}

fn who(summary: &RollbackSummary) -> String {
    match (&summary.started_by, summary.four_eyes) {
        (Some(by), true) => {
            format!("an approver (EXECUTE on submit_decision) who is not {by}, who started it (four eyes)")
        }
        _ => "an approver (EXECUTE on submit_decision)".into(),
    }
}

/// Tells what it would do, as it was looked up.
fn radius(lookup: &BlastLookup) -> Vec<StyledLine> {
    match &lookup.told {
        None => vec![StyledLine::new().faint("being looked up …")],
        Some(Err(why)) => vec![StyledLine::from_span(Role::Bad, why)],
        Some(Ok(radius)) => radius_lines(radius),
    }
}

fn radius_lines(radius: &BlastRadius) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    lines.extend(
        radius.refused.iter().map(|why| StyledLine::from_span(Role::Bad, format!("REFUSED as things stand: {why}"))),
    );
    lines.extend(radius.in_the_way.iter().map(|why| StyledLine::from_span(Role::Bad, format!("in the way: {why}"))));
    lines.push(StyledLine::from_span(Role::Strong, blast::rows(radius)));
    let lost = radius.files.iter().flat_map(|file| &file.lost);
    lines.extend(lost.map(|rows| StyledLine::from_span(Role::Bad, format!("  lost: {}", rows.sentence()))));
    if radius.fit.asked > 0 {
        let (holds, asked) = (radius.fit.holds(), radius.fit.asked);
        lines.push(
            StyledLine::new().text(format!("revertibility: {holds} of {asked} questions to the data speak for it")),
        );
    }
    let misfits = radius.fit.misfits.iter();
    lines.extend(misfits.map(|rows| StyledLine::from_span(Role::Bad, format!("  it would fail: {}", rows.sentence()))));
    lines.push(StyledLine::new().text(blast::epochs(radius)));
    for file in &radius.files {
        file_lines(file, &mut lines);
    }
    if radius.files.is_empty() {
        lines.push(StyledLine::new().faint("nothing of its scope stands any more"));
    }
    definitions(&radius.changes, &mut lines);
    lines
}

/// Each definition that changes, as it stands now against the one that it goes back to.
fn definitions(changes: &[BlastChange], lines: &mut Vec<StyledLine>) {
    if changes.is_empty() {
        return;
    }
    lines.push(StyledLine::from_span(Role::Strong, "definitions").faint(": - as they stand now, + as they go back to"));
    for change in changes {
        lines.push(StyledLine::new().text("↺ ").span(Role::Strong, &*change.object));
        lines.extend(change.remark.iter().map(|why| StyledLine::from_span(Role::Caution, format!("  ! {why}"))));
        lines.extend(change.lines().map(difference::line));
    }
}

fn file_lines(file: &BlastFile, lines: &mut Vec<StyledLine>) {
    let role = if file.reason.is_some() { Role::Bad } else { Role::Text };
    lines.push(StyledLine::from_span(role, "↺ ").span(Role::Strong, &*file.path).faint(format!(" {}", file.file_type)));
    match &file.reason {
        Some(why) => lines.push(StyledLine::from_span(Role::Bad, format!("  cannot be undone: {why}"))),
        None => {
            let rows = file.rows_written_since.map_or_else(String::new, |n| format!(", {n} rows written since"));
            let took = times::span(file.estimated_ms);
            let how = format!("  {}, {}", file.method, times::count(file.statements.len(), "statement"));
            lines.push(StyledLine::new().text(format!("{how}; it took {took}{rows}")));
            if !file.objects.is_empty() {
                lines.push(StyledLine::new().faint("  touches ").text(file.objects.join(", ")));
            }
        }
    }
    for statement in &file.statements {
        let undoes: Vec<String> = statement.undoes.iter().map(|n| (n + 1).to_string()).collect();
        let undoes = if undoes.is_empty() { String::new() } else { format!(" undoes {}", undoes.join(", ")) };
        let sql = statement.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(StyledLine::new().faint(format!("  {:>3}{undoes}  ", statement.index + 1)).text(sql));
    }
}
