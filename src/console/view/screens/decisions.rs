//! Screen 5: the rollbacks that wait for somebody, by their deadline, and what each would do.

use super::decision_radius;
use crate::console::feed::RollbackSummary;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::rollbacks;
use crate::console::state::views::{self, ListView};
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table::{self, Column, left, right};
use crate::model::{BlastRadius, Closed, Lapse, Mark, RollbackStatus};
use ratatui::layout::Rect;

/// Rollbacks listed at once, where the rest of the screen is needed for one of them.
const LISTED: u16 = 8;
/// Columns of a window's bar.
const BAR: u64 = 10;
/// From this width on all columns have room, and from the other one the bar.
const WIDE: u16 = 110;
const BARRED: u16 = 76;
const LABEL: usize = 14;

const COLUMNS: [Column; 8] = [
    left("time left", 20),
    left("of its window", 18),
    left("id", 4),
    left("class", 5),
    right("batch", 5),
    right("files", 5),
    right("would be lost", 14),
    left(" what for", 0),
];
const NARROW: [Column; 7] = [
    left("time left", 19),
    left("window", 10),
    left("id", 4),
    left("class", 5),
    right("files", 5),
    right("lost", 7),
    left(" what for", 0),
];
const SMALL: [Column; 5] =
    [left("time left", 19), left("id", 4), left("class", 5), right("lost", 7), left(" what for", 0)];

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let summaries = rollbacks::all(app);
    if summaries.is_empty() {
        return empty(canvas, area);
    }
    let cursor = app.decisions.cursor(&summaries);
    let rows = rows(summaries.len(), area);
    let mut view = ListView { cursor, top: app.decisions.top, ..ListView::default() };
    views::settle(&mut view.cursor, &mut view.top, summaries.len(), usize::from(rows));
    canvas.line(area, 0, &table::head(columns(area.width)));
    let list = Rect { height: rows, ..below(area, 1) };
    table::list(canvas, list, &view, summaries.len(), |n| (line(app, &summaries[n], area.width), ""));
    let rest = below(area, 1 + rows);
    let Some(summary) = summaries.get(cursor) else { return };
    match app.decisions.lookup_of(summary.rollback.id) {
        Some(lookup) => decision_radius::draw(app, summary, lookup, canvas, rest),
        None => about(app, summary, canvas, rest),
    }
}

fn empty(canvas: &mut Canvas<'_>, area: Rect) {
    let lines = [
        StyledLine::from_span(Role::Strong, "Nothing waits for a decision."),
        StyledLine::new(),
        StyledLine::new().faint("A finding of class B, C or D opens a window here, with its deadline."),
        StyledLine::new().faint("R on Board or Files, or :rollback, asks for one by hand."),
    ];
    let top = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..below(area, area.height / 3) };
    let lines: Vec<StyledLine> = lines.into_iter().flat_map(|line| line.wrap(usize::from(top.width))).collect();
    canvas.lines(top, &lines);
}

/// Rows of the list.
fn rows(summaries: usize, area: Rect) -> u16 {
    u16::try_from(summaries).unwrap_or(LISTED).min(LISTED).min(area.height / 3).max(1)
}

/// Number of lines that the blast radius can be scrolled.
pub fn most_scrolled(app: &App, area: Rect) -> usize {
    let summaries = rollbacks::all(app);
    let below = below(area, 1 + rows(summaries.len(), area));
    let selected = summaries.get(app.decisions.cursor(&summaries));
    let opened = selected.and_then(|summary| Some((summary, app.decisions.lookup_of(summary.rollback.id)?)));
    opened.map_or(0, |(summary, lookup)| decision_radius::most_scrolled(app, summary, lookup, below))
}

/// The columns that there is room for.
fn columns(width: u16) -> &'static [Column] {
    match width {
        WIDE.. => &COLUMNS,
        BARRED.. => &NARROW,
        _ => &SMALL,
    }
}

fn line(app: &App, summary: &RollbackSummary, width: u16) -> StyledLine {
    let rollback = &summary.rollback;
    let (icon, words, role) = stands(app, summary);
    let text = if rollback.is_open() { Role::Text } else { Role::Faint };
    let (lost, lost_role) = lost(app, summary);
    let cell = |text: String| SafeText::new(text);
    let reason = rollback.reason.lines().next().unwrap_or_default();
    let mut cells = vec![(role, cell(words))];
    if width >= BARRED {
        let (bar, class) = window(app, summary);
        let class = if width >= WIDE { format!(" {class}") } else { String::new() };
        cells.push((role, cell(format!("{bar}{class}"))));
    }
    cells.push((text, cell(format!("R{}", rollback.id))));
    cells.push((text, cell(rollback.class.to_string())));
    if width >= WIDE {
        cells.push((text, cell(rollback.batch.to_string())));
    }
    if width >= BARRED {
        cells.push((text, cell(summary.scope.len().to_string())));
    }
    cells.push((lost_role, cell(if width >= WIDE { lost } else { lost.trim_end_matches(" rows").to_owned() })));
    cells.push((text, cell(format!(" {reason}"))));
    table::row(columns(width), (role, icon), cells)
}

/// The time left, or how it ended: sign, words and role.
fn stands(app: &App, summary: &RollbackSummary) -> (&'static str, String, Role) {
    let rollback = &summary.rollback;
    match (rollback.closed, rollback.status) {
        (Some(Closed::Rejected), _) => ("·", "rejected".into(), Role::Faint),
        (Some(Closed::Kept), _) => ("·", "lapsed, kept".into(), Role::Faint),
        (Some(Closed::Escalated), _) => ("!", "lapsed, escalated".into(), Role::Bad),
        (None, RollbackStatus::Running) if summary.held => ("?", "rows would be lost".into(), Role::Bad),
        (None, RollbackStatus::Running) => ("↺", "running".into(), Role::Caution),
        (None, RollbackStatus::Completed) => ("✓", "rolled back".into(), Role::Good),
        (None, RollbackStatus::Failed) => ("✗", "failed".into(), Role::Bad),
        (None, RollbackStatus::Pending) => match rollback.decide_by.zip(app.shown_clock()) {
            Some((by, now)) if now >= by && app.is_orphaned() => ("!", "LAPSED, no worker".into(), Role::Bad),
            Some((by, now)) if now >= by => ("!", "LAPSED".into(), Role::Bad),
            Some((by, now)) => {
                let left = by.since(now);
                let is_last_tenth = left * 10 < by.since(rollback.created_at).max(1);
                // Seconds in the last tenth, and in the last hour of all.
                let words = if is_last_tenth || left < 3_600_000 { times::countdown(left) } else { times::span(left) };
                ("◷", words, if is_last_tenth { Role::Bad } else { Role::Caution })
            }
            None => ("?", "no deadline".into(), Role::Caution),
        },
    }
}

/// The part of the window that is left, and how long it is; empty where nothing is waited for.
fn window(app: &App, summary: &RollbackSummary) -> (String, String) {
    let rollback = &summary.rollback;
    let open = rollback.decide_by.zip(app.shown_clock()).filter(|_| rollback.is_awaiting());
    let Some((by, now)) = open else { return (String::new(), String::new()) };
    let whole = by.since(rollback.created_at).max(1);
    let left = by.since(now).min(whole);
    let full = usize::try_from((left * BAR).div_ceil(whole)).unwrap_or(0);
    let rest = usize::try_from(BAR).unwrap_or(0).saturating_sub(full);
    (format!("{}{}", "━".repeat(full), "─".repeat(rest)), format!("{} {}", rollback.class, length(whole)))
}

/// Length of a window: days, hours, or what it is.
fn length(ms: u64) -> String {
    const HOUR: u64 = 3_600_000;
    match ms {
        ms if ms % (24 * HOUR) == 0 && ms > 24 * HOUR => format!("{} d", ms / (24 * HOUR)),
        ms if ms % HOUR == 0 => format!("{} h", ms / HOUR),
        ms => times::span(ms),
    }
}

/// Rows that would be lost, as it was asked last; `?` until it was.
fn lost(app: &App, summary: &RollbackSummary) -> (String, Role) {
    if !summary.is_undecided() {
        return (String::new(), Role::Faint);
    }
    match app.decisions.radius_of(summary.rollback.id) {
        Some((Ok(radius), _)) => match radius.rows_lost() {
            Some(0) => ("none".into(), Role::Faint),
            Some(rows) => (format!("{} rows", times::thousands(rows)), Role::Bad),
            None => ("?".into(), Role::Bad),
        },
        Some((Err(_), _)) | None => ("?".into(), Role::Faint),
    }
}

fn about(app: &App, summary: &RollbackSummary, canvas: &mut Canvas<'_>, area: Rect) {
    let rollback = &summary.rollback;
    let title = StyledLine::from_span(Role::Title, format!("R{}", rollback.id)).text(format!(
        "  roll back {} of batch {} “{}”  class {}",
        times::count(summary.scope.len(), "file"),
        rollback.batch,
        summary.batch_name,
        rollback.class
    ));
    let end = StyledLine::from_span(Role::Key, "Enter").faint(" blast radius, diff");
    let inner = table::rule(canvas, area, title, end);
    let width = usize::from(area.width);
    let mut lines = table::facts(facts(app, summary), LABEL, width);
    if summary.is_undecided() {
        lines.extend(if_approved(app, summary, width));
        lines.push(decision_radius::headline("If rejected, or nobody decides", "", width));
        lines.extend(table::facts([("", StyledLine::new().text(if_rejected(summary)))], 0, width));
    } else {
        lines.push(decision_radius::headline("In the order of the undo", "", width));
        lines.extend(summary.scope.iter().map(|(_, path)| StyledLine::new().text(format!(" ↺ {path}"))));
    }
    let hidden = lines.len().saturating_sub(usize::from(inner.height));
    canvas.lines(inner, &lines);
    if let Some(more) = scroll::more(0, hidden)
        && inner.height > 0
    {
        let words = StyledLine::from_span(Role::Caution, more);
        let column = inner.width.saturating_sub(u16::try_from(words.width()).unwrap_or(0));
        canvas.line(Rect { x: inner.x + column, width: inner.width - column, ..inner }, inner.height - 1, &words);
    }
}

/// What is known of it without asking the database.
fn facts(app: &App, summary: &RollbackSummary) -> Vec<(&'static str, StyledLine)> {
    let rollback = &summary.rollback;
    let fact = |text: String| StyledLine::new().text(text);
    let by = rollback.opened_by.clone().unwrap_or_else(|| "a finding or a failure".into());
    let mut facts = vec![
        ("what for", fact(rollback.reason.clone())),
        ("opened", fact(format!("{} by {by}", times::stamp(rollback.created_at)))),
    ];
    if let Some(deadline) = rollback.decide_by.filter(|_| rollback.is_awaiting()) {
        let then = match summary.on_lapse {
            Lapse::Keep => "after that the files stay",
            Lapse::Escalate => "after that the files stay, and a person has to look",
            Lapse::Rollback => "after that it is rolled back",
        };
        facts.push(("decide by", fact(format!("{} on the database's clock; {then}", times::stamp(deadline)))));
    }
    match rollback.warned {
        Some(Mark::Half) => facts.push(("warned", fact("at half of the window".into()))),
        Some(Mark::NineTenths) => facts.push(("warned", fact("at half and at nine tenths of the window".into()))),
        None => {}
    }
    if summary.is_undecided() {
        facts.push(("who decides", fact(who(summary))));
        facts.push((
            "you",
            match rollbacks::cannot_decide(app, summary) {
                Some(why) => StyledLine::from_span(Role::Caution, why),
                None => fact("may approve and reject".into()),
            },
        ));
        if !app.data.watchers.is_empty() {
            facts.push(("also looking", fact(format!("{} at this console's batches", app.data.watchers.join(", ")))));
        }
    }
    if let Some(by) = &rollback.decided_by {
        facts.push(("decided", fact(format!("by {by}"))));
    }
    if let Some(batch) = rollback.compensated_by {
        facts.push(("as", fact(format!("batch {batch}, which stands for it in history"))));
    }
    if let Some(error) = &rollback.error {
        facts.push(("error", StyledLine::from_span(Role::Bad, &**error)));
    }
    facts
}

fn who(summary: &RollbackSummary) -> String {
    match (&summary.started_by, summary.four_eyes) {
        (Some(by), true) => {
            format!("an approver who is not {by} (started batch {}; four eyes)", summary.rollback.batch)
        }
        _ => "an approver".to_owned(),
    }
}

/// What it would do, as it was asked last.
fn if_approved(app: &App, summary: &RollbackSummary, width: usize) -> Vec<StyledLine> {
    let asked = app.decisions.radius_of(summary.rollback.id);
    let age = asked.as_ref().map_or_else(
        || "being asked".to_owned(),
        |(_, at)| format!("asked {} ago", times::seconds(app.now.mono.saturating_sub(*at))),
    );
    let mut lines = vec![decision_radius::headline("If approved", &age, width)];
    let told = match asked {
        Some((Ok(radius), _)) => approved(app, summary, radius),
        Some((Err(why), _)) => vec![("", StyledLine::from_span(Role::Bad, why))],
        None => vec![("undone", StyledLine::new().faint("? it is being looked up"))],
    };
    lines.extend(table::facts(told, LABEL, width));
    lines
}

fn approved(app: &App, summary: &RollbackSummary, radius: &BlastRadius) -> Vec<(&'static str, StyledLine)> {
    let mut told = Vec::new();
    if let Some(why) = &radius.refused {
        told.push(("REFUSED", StyledLine::from_span(Role::Bad, format!("as things stand: {why}"))));
    }
    let labels = std::iter::once("undone").chain(std::iter::repeat(""));
    told.extend(labels.zip(radius.files.iter().map(decision_radius::file_line)));
    told.push(("then", StyledLine::new().text(decision_radius::then(app, summary, radius))));
    told.push((
        "takes",
        StyledLine::new().text(format!("about {}, as long as it took to do", times::span(radius.estimated_ms))),
    ));
    match radius.in_the_way.as_slice() {
        [] => told.push(("stands on it", StyledLine::new().text("nothing later"))),
        ways => {
            let labels = std::iter::once("stands on it").chain(std::iter::repeat(""));
            told.extend(labels.zip(ways.iter().map(|way| StyledLine::from_span(Role::Bad, &**way))));
        }
    }
    told
}

fn if_rejected(summary: &RollbackSummary) -> String {
    match summary.on_lapse {
        Lapse::Rollback => {
            "rejected: the files stay. If nobody decides, it is rolled back when the window lapses.".to_owned()
        }
        Lapse::Keep | Lapse::Escalate => {
            "the files stay; what was kept to undo them may go, and then it cannot be undone any more".to_owned()
        }
    }
}
