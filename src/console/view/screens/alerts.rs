//! Screen 6: alerts of all batches, what can be done about the one under the cursor, and how it escalates.

use super::empty;
use crate::console::lists::Contact;
use crate::console::safe_text::SafeText;
use crate::console::state::alerts;
use crate::console::state::app::App;
use crate::console::state::views::RowKey;
use crate::console::times;
use crate::console::view::alert_ways;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table::{self, Column, left, right};
use crate::model::{Alert, AlertStatus, AlertType, BatchId, EventKind, HIGHEST_LEVEL, Millis};
use ratatui::layout::Rect;

const COLUMNS: [Column; 6] =
    [left("id", 4), left("kind", 9), left("state", 22), right("level", 5), right("age", 9), left(" what", 0)];
const NARROW: [Column; 4] = [left("id", 4), left("kind", 8), left("state", 12), left("what", 0)];
/// From this width on the columns have their full width, and the rail its lines.
const WIDE: u16 = 100;
const LABEL: usize = 13;

/// Rows of the list with its head: what is left is about the alert under the cursor.
fn listed(count: usize, area: Rect) -> u16 {
    let most = if area.width >= WIDE { area.height / 3 } else { area.height * 2 / 5 };
    u16::try_from(count.max(1) + 1).unwrap_or(u16::MAX).min(most.max(2))
}

/// The rows that there are, and how many fit.
pub fn rows(app: &App, area: Rect) -> (Vec<RowKey>, usize) {
    let shown = alerts::shown(app);
    let height = usize::from(listed(shown.len(), area).saturating_sub(1));
    (shown.into_iter().map(alerts::key).collect(), height)
}

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    if alerts::all(app).is_empty() {
        return nothing(app, canvas, area);
    }
    let (shown, view) = (alerts::shown(app), &app.alerts);
    let wide = area.width >= WIDE;
    if let Some(alert) = shown.get(view.cursor).filter(|_| view.opened) {
        return scroll::pane(canvas, area, title(alert), about(app, alert, area, wide), view.pane_top);
    }
    let height = listed(shown.len(), area);
    let list = Rect { height, ..area };
    let matching = table::matching(shown.len(), alerts::all(app).len(), &view.filter);
    canvas.sides(list, 0, &table::head(if wide { &COLUMNS } else { &NARROW }), &matching);
    let body = below(list, 1);
    table::list(canvas, body, view, shown.len(), |n| (line(app, shown[n], wide), ""));
    let Some(alert) = shown.get(view.cursor) else {
        return canvas.line(body, 0, &StyledLine::new().faint("   no alert matches; Esc clears the filter"));
    };
    let rest = below(area, height + u16::from(wide));
    let end = StyledLine::from_span(Role::Key, "Enter").faint(" opens it");
    let inner = table::rule(canvas, rest, title(alert), end);
    canvas.lines(inner, &about(app, alert, inner, wide));
}

fn nothing(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let would_be = "Blocked files, failures, deadlines and lost workers would be here.";
    match (&app.lists.alerts.error, &app.lists.alerts.told) {
        (Some(why), _) => empty::draw(canvas, area, "The alerts cannot be read.", &[why.as_str()]),
        (None, None) if app.data.account.untold => empty::draw(canvas, area, "No alert is open.", &[would_be]),
        (None, None) => empty::draw(canvas, area, "The alerts are being read.", &[would_be]),
        (None, Some(_)) => empty::draw(canvas, area, "No alert is open.", &[would_be]),
    }
}

/// The sign and the role of an alert. What nobody has seen is red where it is grave.
fn sign(alert: &Alert) -> (Role, &'static str) {
    match (alert.status, alert.alert_type) {
        (AlertStatus::Resolved, _) => (Role::Faint, "·"),
        (AlertStatus::Acknowledged, _) => (Role::Caution, "◷"),
        (_, AlertType::Critical | AlertType::Error) => (Role::Bad, "!"),
        (_, AlertType::Warning) => (Role::Caution, "!"),
        (_, AlertType::Info) => (Role::Text, "!"),
    }
}

/// Its state in words: an acknowledgement shows when it ends.
fn state(app: &App, alert: &Alert) -> String {
    let left = alert.due.zip(app.shown_clock()).map(|(due, now)| minutes(due.since(now)));
    match (alert.status, left) {
        (AlertStatus::Acknowledged, Some(left)) => format!("acknowledged, {left} left"),
        (status, _) => status.to_string(),
    }
}

/// To the minute, and to the second in the last one.
fn minutes(ms: u64) -> String {
    if ms < 60_000 { times::seconds(ms) } else { format!("{}m", ms / 60_000) }
}

fn line(app: &App, alert: &Alert, wide: bool) -> StyledLine {
    let (role, icon) = sign(alert);
    let text = if alert.status == AlertStatus::Resolved { Role::Faint } else { Role::Text };
    let age = app.shown_clock().map_or_else(String::new, |now| times::seconds(now.since(alert.created_at)));
    let batch = match alert.batch {
        BatchId::SYSTEM => String::new(),
        id if app.data.batch == Some(id) => String::new(),
        id => format!("batch {id}: "),
    };
    let what = format!("{batch}{}", alerts::title(app, alert, wide));
    let kind = (role, alert.alert_type.to_string());
    let id = (text, format!("A{}", alert.id));
    let cells = match wide {
        true => vec![
            id,
            kind,
            (text, state(app, alert)),
            (text, alert.level.to_string()),
            (Role::Faint, age),
            (text, format!(" {what}")),
        ],
        false => vec![id, kind, (text, alert.status.to_string()), (text, what)],
    };
    let cells = cells.into_iter().map(|(role, text)| (role, SafeText::new(text))).collect();
    table::row(if wide { &COLUMNS } else { &NARROW }, (role, icon), cells)
}

fn title(alert: &Alert) -> StyledLine {
    let (role, _) = sign(alert);
    StyledLine::from_span(Role::Strong, format!("A{}", alert.id))
        .text("  ")
        .span(role, alert.alert_type.as_str())
        .text(format!("  since {}", times::stamp(alert.created_at)))
}

fn about(app: &App, alert: &Alert, area: Rect, wide: bool) -> Vec<StyledLine> {
    let width = usize::from(area.width);
    let mut told: Vec<(&'static str, StyledLine)> = Vec::new();
    let mut add = |label: &'static str, texts: Vec<String>| {
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        told.extend(labels.zip(texts.into_iter().map(|text| StyledLine::new().text(text))));
    };
    let message = alert.message.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
    add("what", std::iter::once(alert.title.clone()).chain(message).collect());
    if !wide {
        add("state", vec![format!("{}, level {}", state(app, alert), alert.level)]);
    }
    add("who", alert_ways::who(app, alert));
    add("what to do", alert_ways::ways(app, alert));
    let mut lines = table::facts(told, LABEL, width);
    if wide {
        lines.push(StyledLine::new());
        lines.extend(escalation(app, alert, width));
        lines.push(StyledLine::new());
        lines.push(headline("Its way", "", width));
        lines.extend(way(app, alert));
        lines.push(StyledLine::new());
        lines.extend(contacts(app, width));
    } else {
        lines.push(
            StyledLine::new().text(" ").faint(SafeText::new("escalation").pad(LABEL)).then(short_rail(app, alert)),
        );
        lines.extend(way(app, alert));
    }
    lines
}

fn headline(title: &str, remark: &str, width: usize) -> StyledLine {
    let head = StyledLine::new().faint("─ ").span(Role::Strong, title);
    let head = if remark.is_empty() { head.text(" ") } else { head.text("  ").text(remark).text(" ") };
    let rule = width.saturating_sub(head.width());
    head.faint("─".repeat(rule))
}

/// Time until it is at each level from 1 on, as far as it rises by itself; `None` where it never does, or where nobody
/// on this screen knows how fast.
fn rises(app: &App, alert: &Alert) -> Vec<(u32, Option<u64>)> {
    let policy = app.data.batch().filter(|batch| batch.id == alert.batch).and_then(|batch| batch.policy.alerts);
    let is_new = matches!(alert.status, AlertStatus::New | AlertStatus::Escalated);
    let first = alert.due.zip(app.shown_clock()).map(|(due, now)| due.since(now)).filter(|_| alert.rises && is_new);
    (1..=HIGHEST_LEVEL)
        .map(|level| {
            let steps = level.checked_sub(alert.level.max(1)).filter(|steps| *steps > 0);
            let left = steps.zip(first).and_then(|(steps, first)| match steps {
                1 => Some(first),
                n => policy.map(|policy| first + policy.rises * u64::from(n - 1)),
            });
            (level, left)
        })
        .collect()
}

/// Tells what keeps it from rising, or for how long an acknowledgement does.
fn quiet(app: &App, alert: &Alert) -> String {
    let policy = app.data.batch().filter(|batch| batch.id == alert.batch).and_then(|batch| batch.policy.alerts);
    match alert.status {
        AlertStatus::Resolved => "it is over".to_owned(),
        AlertStatus::Acknowledged => format!("{}; then it fires again", state(app, alert)),
        _ if !alert.rises => "it does not rise by itself".to_owned(),
        _ => match policy {
            Some(policy) => {
                format!("quiet once somebody acknowledges, for {}", times::span(policy.ack_expires))
            }
            None => "quiet once somebody acknowledges".to_owned(),
        },
    }
}

/// The rail in time: `●` where it stands.
fn escalation(app: &App, alert: &Alert, width: usize) -> Vec<StyledLine> {
    let station = (width.saturating_sub(2) / HIGHEST_LEVEL as usize).clamp(20, 36);
    let (mut levels, mut rail, mut names) =
        (StyledLine::new().text(" "), StyledLine::new().text(" "), StyledLine::new().text(" "));
    for (level, left) in rises(app, alert) {
        let is_here = alert.level.max(1) == level && alert.status != AlertStatus::Resolved;
        levels = levels.faint(SafeText::new(format!("level {level}")).pad(station));
        let (mark, role) = match (is_here, left) {
            (true, _) => ("● now".to_owned(), Role::Caution),
            (false, Some(left)) => (format!("○ in {}", times::seconds(left)), Role::Text),
            (false, None) if level < alert.level => ("✓ was there".to_owned(), Role::Faint),
            (false, None) => ("○ not by itself".to_owned(), Role::Faint),
        };
        let mark = SafeText::new(mark);
        let dashes = if level < HIGHEST_LEVEL { station.saturating_sub(mark.width() + 2) } else { 0 };
        rail = rail.span(role, &mark).text(" ").faint("─".repeat(dashes)).text(" ");
        names = names.text(SafeText::new(told_at(app, level)).cut(station - 1).pad(station));
    }
    vec![headline("Escalation", &quiet(app, alert), width), levels, rail, names]
}

/// Who is told once it is at a level.
fn told_at(app: &App, level: u32) -> String {
    let Some(contacts) = contacts_of(app) else { return "?".to_owned() };
    let names: Vec<String> =
        contacts.iter().filter(|c| c.level == level).map(|c| format!("{}: {}", c.hook, c.way)).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

fn contacts_of(app: &App) -> Option<&[Contact]> {
    app.lists.alerts.told.as_ref()?.contacts.as_deref()
}

/// The rail in one line.
fn short_rail(app: &App, alert: &Alert) -> StyledLine {
    let next = rises(app, alert).into_iter().find_map(|(level, left)| Some((level, left?)));
    let line = StyledLine::from_span(Role::Caution, "●").text(format!(" level {}", alert.level));
    match next {
        Some((level, left)) => line.text(format!(" ── ○ level {level} in {}", times::seconds(left))),
        None => line.faint(format!(", {}", quiet(app, alert))),
    }
}

/// What has happened to it, the newest first: as the journal on the screen tells, and what was told of it.
fn way(app: &App, alert: &Alert) -> Vec<StyledLine> {
    let mut steps: Vec<(Millis, String, Role)> = Vec::new();
    for event in app.data.recent.iter() {
        if let EventKind::AlertChanged { alert: id, status, level, .. } = &event.kind
            && *id == alert.id
        {
            let by = event.operator.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
            steps.push((event.at, format!("{status}{by}, level {level}"), Role::Text));
        }
    }
    let told = app.lists.alerts.told.iter().flat_map(|list| &list.told).filter(|told| told.alert == alert.id);
    for told in told {
        let (text, role) = match &told.error {
            None => (format!("✓ told by {}", told.hook), Role::Text),
            Some(why) => (
                format!("✗ {} was not told, {}: {why}", told.hook, times::count(told.attempts as usize, "attempt")),
                Role::Bad,
            ),
        };
        steps.push((told.at.unwrap_or(alert.created_at), text, role));
    }
    steps.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    steps.push((alert.created_at, "raised".to_owned(), Role::Text));
    let now = app.shown_clock();
    steps
        .into_iter()
        .map(|(at, text, role)| {
            let when = times::when(at, now, app.relative);
            StyledLine::new().text(" ").faint(SafeText::new(when).pad_start(8)).text("  ").span(role, text)
        })
        .collect()
}

fn contacts(app: &App, width: usize) -> Vec<StyledLine> {
    let mut lines = vec![headline("Contacts", "as they are configured here", width)];
    let Some(contacts) = contacts_of(app) else {
        lines.push(StyledLine::new().faint(" ? the configuration is not known here"));
        return lines;
    };
    if contacts.is_empty() {
        lines.push(StyledLine::from_span(
            Role::Caution,
            " nobody is told of alerts: set [alerts.hooks.NAME] in caribou.toml",
        ));
    }
    for contact in contacts {
        let told = app.lists.alerts.told.iter().flat_map(|list| &list.told).rfind(|told| told.hook == contact.hook);
        let last = match told {
            None => StyledLine::new().faint("told nothing lately"),
            Some(told) => {
                let at = told.at.map_or_else(|| "?".to_owned(), times::stamp);
                let (sign, role) = if told.error.is_none() { ("✓", Role::Text) } else { ("✗", Role::Bad) };
                StyledLine::new().faint("last told ").text(at).text("  ").span(role, sign)
            }
        };
        let line = StyledLine::new()
            .text(format!(" level {}  ", contact.level))
            .text(SafeText::new(&contact.hook).pad(14))
            .text(SafeText::new(contact.who.clone().unwrap_or_default()).pad(16))
            .text(SafeText::new(contact.way).pad(10));
        lines.push(line.then(last));
    }
    lines
}
