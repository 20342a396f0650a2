//! Screen 8: what has to be so before, while and after a batch runs, each item with its evidence.

use super::empty;
use crate::console::lists::{Checklist, ChecklistItem, ChecklistPhase};
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::checklist::{self, PHASES};
use crate::console::state::views::RowKey;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::console::view::widgets::table;
use ratatui::layout::Rect;

/// From this height on the three phases stand below each other, from this width on beside each other; else Tab goes
/// from one to the next.
const TALL: u16 = 24;
const WIDE: u16 = 160;
const LABEL: usize = 13;
/// Rows of the evidence of the item under the cursor, with its title; at least so many, or there is none.
const EVIDENCE: u16 = 7;
const LEAST: u16 = 3;
/// From this height on the list gives way to the evidence.
const ROOMY: u16 = 14;

/// The phase that has the screen to itself, where not all have room.
fn only(app: &App, area: Rect) -> Option<ChecklistPhase> {
    let has_room = area.height >= TALL && stacked(app) + 2 <= area.height || area.width >= WIDE;
    (!has_room).then(|| PHASES[app.checklist.pane % PHASES.len()].0)
}

/// Rows that the phases take below each other: each with its title, and a blank between two.
fn stacked(app: &App) -> u16 {
    let rows = |(phase, _)| 2 + checklist::shown(app, Some(phase)).len().max(1);
    let all: usize = PHASES.into_iter().map(rows).sum();
    u16::try_from(all.saturating_sub(1)).unwrap_or(u16::MAX)
}

/// The list, and the evidence of the item under the cursor below it.
fn panes(app: &App, area: Rect) -> (Rect, Rect) {
    let body = Rect { height: area.height.saturating_sub(2), ..below(area, 1) };
    let needed = |phase| 1 + u16::try_from(checklist::shown(app, Some(phase)).len().max(1)).unwrap_or(u16::MAX);
    let list = match only(app, area) {
        Some(phase) => needed(phase),
        None if area.width >= WIDE => PHASES.into_iter().map(|(phase, _)| needed(phase)).max().unwrap_or(1) + 1,
        None => stacked(app).saturating_add(1),
    };
    let free = body.height.saturating_sub(list);
    let free = if body.height >= ROOMY { free.max(LEAST + 1) } else { free };
    let evidence = if free < LEAST { 0 } else { free.min(EVIDENCE) };
    let list = body.height - evidence;
    (Rect { height: list, ..body }, below(body, list))
}

/// The rows that there are, and how many fit.
pub fn rows(app: &App, area: Rect) -> (Vec<RowKey>, usize) {
    let shown = checklist::shown(app, only(app, area));
    let height = usize::from(panes(app, area).0.height.saturating_sub(1));
    (shown.into_iter().map(|(place, _)| checklist::key(place)).collect(), height)
}

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(list) = checklist::told(app) else { return nothing(app, canvas, area) };
    if let Some(item) = checklist::selected(app).filter(|_| app.checklist.opened) {
        let title = StyledLine::from_span(Role::Strong, item.title);
        return scroll::pane(canvas, area, title, about(app, item, area), app.checklist.pane_top);
    }
    canvas.line(area, 0, &summary(app, list, usize::from(area.width)));
    let (body, evidence) = panes(app, area);
    match only(app, area) {
        Some(phase) => {
            section(app, canvas, body, phase, true);
        }
        None if area.width >= WIDE => {
            let third = area.width / 3;
            for (n, (phase, _)) in (0..).zip(PHASES) {
                section(app, canvas, Rect { x: area.x + n * third, width: third - 1, ..body }, phase, false);
            }
        }
        None => {
            let mut rest = body;
            for (phase, _) in PHASES {
                rest = below(section(app, canvas, rest, phase, false), 1);
            }
        }
    }
    if let Some(item) = checklist::selected(app).filter(|_| evidence.height > 0) {
        let title = StyledLine::from_span(Role::Strong, "Evidence").text("  ").text(item.title);
        let end = StyledLine::from_span(Role::Key, "Enter").faint(" full screen");
        let inner = table::rule(canvas, evidence, title, end);
        canvas.lines(inner, &about(app, item, inner));
    }
    canvas.line(area, area.height.saturating_sub(1), &legend(area.width));
}

fn nothing(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let would_be = "What has to be so before, while and after a batch runs, each with its evidence.";
    match &app.lists.checklist.error {
        Some(why) => empty::draw(canvas, area, "The checklist cannot be read.", &[why.as_str()]),
        None if app.data.batch.is_none() => {
            let before = "`caribou checklist` shows it for the plan that waits.";
            empty::draw(canvas, area, "No batch has been made yet.", &[would_be, before]);
        }
        None => empty::draw(canvas, area, "The checklist is being read.", &[would_be]),
    }
}

/// Whose checklist it is, how much of it is done, and what that stops.
fn summary(app: &App, list: &Checklist, width: usize) -> StyledLine {
    let batch = app.data.batch().map_or_else(String::new, |batch| format!(" “{}”", batch.name));
    let (done, all) = checklist::counts(list.items.iter());
    let policy = match list.policy {
        Some(word) => format!("policy.checklist = {word}"),
        None => "policy.checklist is not known here".to_owned(),
    };
    let head = StyledLine::from_span(Role::Strong, format!(" Checklist of batch {}{batch}", list.batch));
    let mut pieces = vec![(9, head)];
    if !app.checklist.filter.is_empty() {
        pieces.push((8, StyledLine::from_span(Role::Caution, format!("matching /{}", app.checklist.filter.0))));
    }
    pieces.push((3, StyledLine::new().faint(policy)));
    let stops = match app.data.batch().is_some_and(|batch| batch.status.is_final()) {
        true => "the batch has ended",
        false => "nothing open stops a batch that was begun",
    };
    let state = format!("{done} of {all} done; {stops}");
    let short = format!("{done} of {all} done");
    let left = fit(pieces, "  ", width.saturating_sub(short.len() + 2));
    let right = if left.width() + state.len() + 2 <= width { state } else { short };
    let column = width.saturating_sub(right.len() + 1);
    left.fill_to(column).text(right)
}

/// One phase; returns the area below it.
fn section(app: &App, canvas: &mut Canvas<'_>, area: Rect, phase: ChecklistPhase, alone: bool) -> Rect {
    let Some(list) = checklist::told(app) else { return area };
    let name = PHASES.iter().find(|(known, _)| *known == phase).map_or("", |(_, name)| name);
    let (done, all) = checklist::counts(list.items.iter().filter(|item| item.phase == phase));
    let title = StyledLine::from_span(Role::Strong, name).text(format!("  {done} of {all}"));
    let end = if alone { StyledLine::from_span(Role::Key, "Tab").faint(" next") } else { StyledLine::new() };
    let inner = table::rule(canvas, area, title, end);
    let shown = checklist::shown(app, Some(phase));
    let top = if alone { app.checklist.top } else { 0 };
    let mut row = 0;
    for (place, item) in shown.iter().skip(top) {
        let words = line(item, usize::from(inner.width));
        if app.checklist.selected() == Some(checklist::key(*place)) {
            let words = StyledLine::new().text("›").then(words).all(Role::Selected);
            canvas.bar(inner, row, &words, Role::Selected);
        } else {
            canvas.line(inner, row, &StyledLine::new().text(" ").then(words));
        }
        row += 1;
    }
    if shown.is_empty() {
        canvas.line(inner, 0, &StyledLine::new().faint("   no item matches"));
        row = 1;
    }
    below(inner, row)
}

/// The sign of an item and its role.
fn sign(item: &ChecklistItem) -> (Role, &'static str) {
    match (item.done, item.is_of_person) {
        (Some(true), _) => (Role::Good, "✓"),
        (Some(false), true) => (Role::Caution, "?"),
        (Some(false), false) => (Role::Caution, "!"),
        (None, _) => (Role::Faint, "·"),
    }
}

fn line(item: &ChecklistItem, width: usize) -> StyledLine {
    let (role, icon) = sign(item);
    let text = if item.done.is_none() { Role::Faint } else { Role::Text };
    let when = item.ticked.as_ref().map_or_else(String::new, |(_, at)| times::clock(*at));
    let title = if width >= 100 { 32 } else { 31.min(width / 2) };
    let room = width.saturating_sub(title + 4 + if when.is_empty() { 1 } else { when.len() + 2 });
    StyledLine::from_span(role, icon)
        .text(" ")
        .span(text, SafeText::new(item.title).pad(title))
        .text(" ")
        .span(text, SafeText::new(evidence(item)).pad(room))
        .text(" ")
        .faint(when)
}

/// Evidence in one line: who ticked it, or what was found.
fn evidence(item: &ChecklistItem) -> String {
    match &item.ticked {
        Some((by, _)) => format!("{by} stands by it"),
        None if item.is_of_person && item.done == Some(false) => "a person ticks it: A".to_owned(),
        None if checklist::is_to_come(item) => "to come".to_owned(),
        None => item.evidence.clone(),
    }
}

fn about(app: &App, item: &ChecklistItem, area: Rect) -> Vec<StyledLine> {
    let (role, icon) = sign(item);
    let state = match (item.done, item.is_of_person) {
        (Some(true), _) => "done",
        (Some(false), true) => "waits for a person",
        (Some(false), false) => "not as it should be",
        (None, _) if checklist::is_to_come(item) => "to come",
        (None, _) => "over",
    };
    let found = if checklist::is_to_come(item) {
        "it is looked at when its time comes".to_owned()
    } else {
        item.evidence.clone()
    };
    let kind = if item.is_of_person { "a person" } else { "what is found" };
    let mut told = vec![
        ("state", StyledLine::from_span(role, format!("{icon} {state}"))),
        ("evidence", StyledLine::new().text(found)),
        ("judged by", StyledLine::new().text(kind)),
    ];
    if let Some((by, at)) = &item.ticked {
        told.push(("ticked", StyledLine::new().text(format!("by {by} at {}", times::stamp(*at)))));
    }
    if item.is_of_person {
        let verb = if item.ticked.is_some() { "untick" } else { "tick" };
        told.push(("same", StyledLine::new().text(format!("caribou checklist {verb} {}", item.key))));
    }
    if let Some(list) = checklist::told(app) {
        told.push(("plan", StyledLine::new().faint(list.plan.0.clone())));
    }
    table::facts(told, LABEL, usize::from(area.width))
}

fn legend(width: u16) -> StyledLine {
    let (wrong, over, person) = match width >= 70 {
        true => ("not as it should be", "to come, or over", "waits for a person"),
        false => ("wrong", "to come", "for a person"),
    };
    let pieces = [
        ("✓", Role::Good, "done"),
        ("!", Role::Caution, wrong),
        ("·", Role::Faint, over),
        ("?", Role::Caution, person),
    ];
    pieces.into_iter().fold(StyledLine::new().text(" "), |line, (sign, role, word)| {
        line.span(role, sign).faint(format!(" {word}   "))
    })
}
