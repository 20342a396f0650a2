//! Screen 5: the rollbacks that wait for somebody, by their deadline, and what each would do.

use crate::console::app::App;
use crate::console::decisions::{self, Look};
use crate::console::feed::Window;
use crate::console::ruling;
use crate::console::safe_text::SafeText;
use crate::console::theme::Role;
use crate::console::times;
use crate::console::views;
use crate::console::widgets::difference;
use crate::console::widgets::pen::{Pen, below};
use crate::console::widgets::scroll;
use crate::console::widgets::words::Words;
use crate::model::{BlastChange, BlastFile, BlastRadius, Closed, Lapse, RollbackStatus};
use ratatui::layout::Rect;

/// Rollbacks listed at once, where the rest of the screen is needed for one of them.
const LISTED: u16 = 8;
/// Columns before the reason: time left, number, class, batch, files.
const COLUMNS: [(&str, usize); 5] = [("decide", 22), ("id", 4), ("class", 5), ("batch", 5), ("files", 5)];

/// Draws the screen.
pub fn draw(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let windows = decisions::windows(app);
    if windows.is_empty() {
        return empty(pen, area);
    }
    let cursor = app.decisions.cursor(&windows);
    let rows = rows(windows.len(), area);
    let mut at = cursor;
    let mut top = app.decisions.top;
    views::settle(&mut at, &mut top, windows.len(), usize::from(rows));
    let head = COLUMNS.iter().fold(Words::of(Role::Title, " "), |words, (name, width)| {
        words.say(Role::Title, SafeText::of(*name).pad(width + 1))
    });
    pen.line(area, 0, &head.say(Role::Title, "what for"));
    let list = Rect { height: rows, ..below(area, 1) };
    for (row, (n, window)) in (0..rows).zip(windows.iter().enumerate().skip(top)) {
        let words = line(app, window);
        if n == cursor {
            pen.bar(list, row, &words.all(Role::Selected), Role::Selected);
        } else {
            pen.line(list, row, &words);
        }
    }
    if let Some(window) = windows.get(cursor) {
        about(app, window, pen, below(area, 1 + rows));
    }
}

fn empty(pen: &mut Pen<'_>, area: Rect) {
    let lines = [
        Words::of(Role::Strong, "Nothing waits for a decision."),
        Words::new()
            .faint("Rollbacks of class B, C and D would be here, by their deadline: what for, whose, how long."),
        Words::new().faint("R on Board or Files, or :rollback, asks for one of what has run."),
    ];
    let top = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..below(area, area.height / 3) };
    let lines: Vec<Words> = lines.into_iter().flat_map(|line| line.wrap(usize::from(top.width))).collect();
    pen.lines(top, &lines);
}

fn line(app: &App, window: &Window) -> Words {
    let rollback = &window.rollback;
    let (time, role) = stands(app, window);
    let cells = [
        time,
        rollback.id.to_string(),
        rollback.class.to_string(),
        rollback.batch.to_string(),
        window.scope.len().to_string(),
    ];
    let mut words = Words::new().text(" ");
    for (n, (cell, (_, width))) in cells.iter().zip(COLUMNS).enumerate() {
        let cell = SafeText::of(cell);
        // Numbers stand right.
        let cell = if matches!(n, 1 | 3 | 4) { cell.pad_start(width) } else { cell.pad(width) };
        words = words.say(if n == 0 { role } else { Role::Text }, cell).text(" ");
    }
    words.text(SafeText::of(rollback.reason.lines().next().unwrap_or_default()))
}

/// The time left, or how it ended: by word, symbol and role.
fn stands(app: &App, window: &Window) -> (String, Role) {
    let rollback = &window.rollback;
    match (rollback.closed, rollback.status) {
        (Some(Closed::Rejected), _) => ("· rejected".into(), Role::Faint),
        (Some(Closed::Kept), _) => ("· lapsed, kept".into(), Role::Faint),
        (Some(Closed::Escalated), _) => ("! lapsed, escalated".into(), Role::Bad),
        (None, RollbackStatus::Running) if window.held => ("? rows would be lost".into(), Role::Bad),
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

fn about(app: &App, window: &Window, pen: &mut Pen<'_>, area: Rect) {
    let rollback = &window.rollback;
    let look = app.decisions.look_at(rollback.id);
    let mut title = Words::of(Role::Title, format!("Rollback {} of batch {}", rollback.id, rollback.batch));
    if look.is_some() {
        title = title.say(Role::Selected, " ◆ blast radius ");
    }
    let lines = match look {
        Some(look) => radius(look),
        None => facts(app, window),
    };
    scroll::pane(pen, area, title, lines, look.map_or(0, |l| l.top));
}

/// Rows of the list.
fn rows(windows: usize, area: Rect) -> u16 {
    u16::try_from(windows).unwrap_or(LISTED).min(LISTED).min(area.height / 3).max(1)
}

/// How far the blast radius can be scrolled.
pub fn most_scrolled(app: &App, area: Rect) -> usize {
    let Some(look) = &app.decisions.look else { return 0 };
    let below = below(area, 1 + rows(decisions::windows(app).len(), area));
    scroll::most(radius(look), below)
}

/// What is known of it without asking the database.
fn facts(app: &App, window: &Window) -> Vec<Words> {
    let rollback = &window.rollback;
    let fact = |label: &str, text: String| Words::new().faint(format!("{label:<12}")).text(text);
    let by = rollback.opened_by.clone().unwrap_or_else(|| "a finding or a failure".into());
    let mut lines = vec![
        fact("what for", rollback.reason.clone()),
        fact(
            "batch",
            format!("{} “{}”, class {}: {}", rollback.batch, window.batch_name, rollback.class, scope_of(window)),
        ),
        fact("opened", format!("{} by {by}", times::stamp(rollback.created_at))),
    ];
    if let Some(deadline) = rollback.decide_by.filter(|_| rollback.is_awaiting()) {
        let then = match window.on_lapse {
            Lapse::Keep => "then the files stay",
            Lapse::Escalate => "then the files stay, and a person has to look",
            Lapse::Rollback => "then it is rolled back",
        };
        lines.push(fact("decide by", format!("{}, {then}", times::stamp(deadline))));
    }
    if window.is_undecided() {
        lines.push(fact("who decides", who(window)));
        lines.push(match decisions::cannot_decide(app, window) {
            Some(why) => Words::new().faint(format!("{:<12}", "you")).say(Role::Caution, why),
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
        lines.push(Words::new().faint(format!("{:<12}", "error")).say(Role::Bad, &**error));
    }
    lines.push(Words::of(Role::Strong, "in the order of the undo"));
    lines.extend(window.scope.iter().map(|(_, path)| Words::new().text(format!("  ↺ {path}"))));
    let key = |action| app.keymap.key_for(action);
    use crate::console::action::Action::{Approve, Enter, Reject};
    if window.is_undecided() && decisions::cannot_decide(app, window).is_none() {
        let keys = format!("{} what it would do, {} approve, {} reject", key(Enter), key(Approve), key(Reject));
        lines.push(Words::new().faint(keys));
    }
    lines
}

fn scope_of(window: &Window) -> &'static str {
    use crate::model::Class::{A, B, C, D};
    match window.rollback.class {
        A => "the whole batch, back to where it began",
        B => "the affected files and all that depend on them",
        C => "the affected doctrine files and all that depend on them",
        D => "the affected documentation",
    }
}

fn who(window: &Window) -> String {
    match (&window.started_by, window.four_eyes) {
        (Some(by), true) => {
            format!("an approver (EXECUTE on submit_decision) who is not {by}, who started it (four eyes)")
        }
        _ => "an approver (EXECUTE on submit_decision)".into(),
    }
}

/// What it would do, as it was looked up.
fn radius(look: &Look) -> Vec<Words> {
    match &look.told {
        None => vec![Words::new().faint("being looked up …")],
        Some(Err(why)) => vec![Words::of(Role::Bad, why)],
        Some(Ok(radius)) => of_radius(radius),
    }
}

fn of_radius(radius: &BlastRadius) -> Vec<Words> {
    let mut lines = Vec::new();
    lines.extend(radius.refused.iter().map(|why| Words::of(Role::Bad, format!("REFUSED as things stand: {why}"))));
    lines.extend(radius.in_the_way.iter().map(|why| Words::of(Role::Bad, format!("in the way: {why}"))));
    lines.push(Words::of(Role::Strong, ruling::rows(radius.rows_written_since)));
    let lost = radius.files.iter().flat_map(|file| &file.lost);
    lines.extend(lost.map(|rows| Words::of(Role::Bad, format!("  lost: {}", rows.sentence()))));
    if radius.fit.asked > 0 {
        let (holds, asked) = (radius.fit.holds(), radius.fit.asked);
        lines.push(Words::new().text(format!("revertibility: {holds} of {asked} questions to the data speak for it")));
    }
    let misfits = radius.fit.misfits.iter();
    lines.extend(misfits.map(|rows| Words::of(Role::Bad, format!("  it would fail: {}", rows.sentence()))));
    lines.push(Words::new().text(ruling::epochs(radius)));
    for file in &radius.files {
        of_file(file, &mut lines);
    }
    if radius.files.is_empty() {
        lines.push(Words::new().faint("nothing of its scope stands any more"));
    }
    definitions(&radius.changes, &mut lines);
    lines
}

/// Each definition that changes, as it stands now against the one that it goes back to.
fn definitions(changes: &[BlastChange], lines: &mut Vec<Words>) {
    if changes.is_empty() {
        return;
    }
    lines.push(Words::of(Role::Strong, "definitions").faint(": - as they stand now, + as they go back to"));
    for change in changes {
        lines.push(Words::new().text("↺ ").say(Role::Strong, &*change.object));
        lines.extend(change.remark.iter().map(|why| Words::of(Role::Caution, format!("  ! {why}"))));
        lines.extend(change.lines().map(difference::line));
    }
}

fn of_file(file: &BlastFile, lines: &mut Vec<Words>) {
    let role = if file.reason.is_some() { Role::Bad } else { Role::Text };
    lines.push(Words::of(role, "↺ ").say(Role::Strong, &*file.path).faint(format!(" {}", file.file_type)));
    match &file.reason {
        Some(why) => lines.push(Words::of(Role::Bad, format!("  cannot be undone: {why}"))),
        None => {
            let rows = file.rows_written_since.map_or_else(String::new, |n| format!(", {n} rows written since"));
            let took = times::span(file.estimated_ms);
            let how = format!("  {}, {}", file.method, times::count(file.statements.len(), "statement"));
            lines.push(Words::new().text(format!("{how}; it took {took}{rows}")));
            if !file.objects.is_empty() {
                lines.push(Words::new().faint("  touches ").text(file.objects.join(", ")));
            }
        }
    }
    for statement in &file.statements {
        let undoes: Vec<String> = statement.undoes.iter().map(|n| (n + 1).to_string()).collect();
        let undoes = if undoes.is_empty() { String::new() } else { format!(" undoes {}", undoes.join(", ")) };
        let sql = statement.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(Words::new().faint(format!("  {:>3}{undoes}  ", statement.index + 1)).text(sql));
    }
}
