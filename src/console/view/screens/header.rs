//! The first and the third row of every screen: where we are and whether it can be trusted; what the batch waits for, and
//! the figures of the system. What stands right has fixed slots and never gives way.

use crate::console::state::alerts;
use crate::console::state::app::{App, ConnectionState};
use crate::console::state::presence::Presence;
use crate::console::state::rollbacks;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::waiting;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// From this width on there are words and dots; below it, the short forms.
pub const WIDE: u16 = 100;
/// Below this width the round trip and the others who watch give way too.
const NARROW: u16 = 72;
const DOT: &str = " · ";
/// A clock that differs by so much is worth a word. Milliseconds.
const SKEW: i64 = 2_000;
/// Columns of "ARMED 14:32" and of "● LIVE  1 s".
const SLOT: usize = 11;
/// Columns of "◷ R7  5h 12m" and of "◷ 5h12m".
const DEADLINE: (usize, usize) = (12, 7);

/// Draws where we are, as whom, and how fresh it is.
pub fn place(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let right = freshness(app, area.width >= WIDE);
    let room = usize::from(area.width).saturating_sub(right.width() + 1);
    let left = standpoint(app).into_iter().reduce(|best, next| if best.width() <= room { best } else { next });
    canvas.sides(area, 0, &left.unwrap_or_default(), &right);
}

/// Environment, server, schema, account and rights, from the longest form to the shortest.
fn standpoint(app: &App) -> Vec<StyledLine> {
    let Some(server) = &app.data.server else { return Vec::new() };
    let environment = match server.environment.to_uppercase() {
        none if none.is_empty() => StyledLine::new().text(" "),
        // Never to be taken for what is now.
        name if app.replay.is_some() => StyledLine::from_span(Role::Strong, format!("({name}) ")),
        name => {
            let role = if app.is_production() { Role::BadBanner } else { Role::Strong };
            StyledLine::from_span(role, format!(" {name} ")).text(" ")
        }
    };
    let server_at = environment.clone().span(Role::Strong, &*server.label);
    // Of a long path its end says which database it is.
    let path = server.label.rsplit_once('/').map(|(_, last)| environment.span(Role::Strong, format!("…/{last}")));
    let brief = path.map(|path| path.text(format!("·{}", server.core)));
    let account = &app.data.account;
    let rights = match (account.may_command, account.may_decide) {
        (true, true) => ("may command, approve", "+cmd +appr"),
        (true, false) => ("may command", "+cmd"),
        (false, true) => ("may approve", "+appr"),
        (false, false) => ("may only look", "only looks"),
    };
    let user = account.name.split('@').next().unwrap_or_default();
    let version: Vec<&str> = server.version.split('.').take(2).collect();
    let core = server_at.clone().text(format!("{DOT}{}", server.core));
    let short = server_at.clone().text(format!("·{}", server.core));
    let whom = match app.replay {
        Some(_) => format!("{DOT}{}", account.name),
        None if account.untold => format!("{DOT}{}", account.name),
        None => format!("{DOT}{} {}", account.name, rights.0),
    };
    let with_user = |line: StyledLine| match app.replay {
        Some(_) => line,
        None if account.untold => line.text(format!("  {user}")),
        None => line.text(format!("  {user} {}", rights.1)),
    };
    let mut forms = vec![
        core.clone().text(format!("{DOT}{} {}{whom}", server.kind, version.join("."))),
        core.text(whom),
        with_user(short.clone()),
    ];
    forms.extend(brief.clone().map(with_user));
    // As whom goes before the schema does; the rights stand in what is READ-ONLY or ARMED.
    forms.extend((app.replay.is_none()).then(|| short.clone().text(format!("  {user}"))));
    forms.push(short);
    forms.extend(brief);
    forms.push(server_at);
    forms
}

/// READ-ONLY or ARMED, LIVE with the age of the data, and the database's clock; or how old all of it is.
fn freshness(app: &App, wide: bool) -> StyledLine {
    let clock = app.shown_clock().map(times::clock);
    let clock = clock.map(|clock| if wide { format!("{clock} UTC") } else { format!("{clock}Z") });
    let dot = if wide { DOT } else { " " };
    if app.replay.is_some() {
        let at = app.clock().map_or_else(|| "?".into(), |at| at.to_utc().format("%-d %b %H:%M:%S UTC").to_string());
        return StyledLine::from_span(Role::UnrealBanner, format!("REPLAY  {at}"));
    }
    if app.data.server.is_some() && app.is_stale() {
        let last = if wide { "last known " } else { "" };
        let age = times::seconds(app.age_ms());
        let known = clock.map_or_else(String::new, |clock| format!("{DOT}{last}{clock}"));
        return StyledLine::from_span(Role::BadBanner, format!("STALE {age:>7}{known}"));
    }
    let mut line = StyledLine::new();
    if let Some(may) = may(app) {
        line = line.then(may).faint(dot);
    }
    line = line.then(link(app));
    match clock {
        Some(clock) => line.faint(dot).text(clock).then(skew(app)),
        // Its slot is kept until the database has told the time.
        None if app.data.server.is_some() => {
            let clock = if wide { "00:00:00 UTC" } else { "00:00:00Z" };
            line.text(" ".repeat(dot.chars().count() + clock.len()))
        }
        None => line,
    }
}

/// The age of what is shown, or that there is no connection yet.
fn link(app: &App) -> StyledLine {
    match &app.connection {
        ConnectionState::Connecting => StyledLine::from_span(Role::Caution, "CONNECTING"),
        _ if app.data.server.is_none() => StyledLine::from_span(Role::BadBanner, "NOT CONNECTED"),
        _ => StyledLine::from_span(Role::Good, "● LIVE").faint(format!(" {:>2} s", app.age_ms() / 1000)),
    }
}

/// A clock of this machine that is not the database's.
fn skew(app: &App) -> StyledLine {
    // This machine is behind where the database's clock is ahead.
    match -app.data.skew_ms {
        near if near.abs() < SKEW || app.data.clock.is_none() => StyledLine::new(),
        ms => {
            let sign = if ms < 0 { '-' } else { '+' };
            let span = times::seconds(ms.unsigned_abs());
            StyledLine::from_span(Role::Caution, format!(" {sign}{span}"))
        }
    }
}

/// Tells whether anything can be changed from here, and for how long.
fn may(app: &App) -> Option<StyledLine> {
    app.data.server.as_ref().filter(|_| !app.data.account.untold)?;
    let account = &app.data.account;
    let locked = app.read_only || app.data.read_only.is_some() || !(account.may_command || account.may_decide);
    let read_only = || Some(StyledLine::from_span(Role::Strong, format!("{:>SLOT$}", "READ-ONLY")));
    match app.armed_ms() {
        _ if locked => read_only(),
        Some(left) => {
            let left = if left > 3_599_000 { format!("{}m", left.div_ceil(60_000)) } else { times::countdown(left) };
            Some(StyledLine::from_span(Role::Caution, format!("ARMED {left:>5}")))
        }
        None if app.is_production() => read_only(),
        None => None,
    }
}

/// Draws what the batch waits for, and the figures of the system.
pub fn waiting(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let right = figures(app, area.width);
    let label = match area.width >= WIDE {
        _ if waiting::is_told_alone(app) => "",
        true => "waiting on: ",
        false => "on: ",
    };
    canvas.sides(area, 0, &StyledLine::new().faint(label).then(waiting::on(app)), &right);
}

/// Lease, round trip, next deadline, open alerts, others who watch.
fn figures(app: &App, width: u16) -> StyledLine {
    if app.data.server.is_none() {
        return StyledLine::new();
    }
    let wide = width >= WIDE;
    let mut before = vec![worker(app, wide)];
    if width >= NARROW {
        before.push(round_trip(app));
    }
    let mut after = vec![alerts(app)];
    if width >= NARROW {
        let watching = match app.data.watchers.len() {
            0 => String::new(),
            n => format!("+{n}"),
        };
        after.push(StyledLine::new().faint(format!("{watching:<2}")));
    }
    let dot = if wide { DOT } else { " " };
    let join = |slots: Vec<StyledLine>| slots.into_iter().reduce(|line, slot| line.faint(dot).then(slot));
    let (before, after) = (join(before).unwrap_or_default(), join(after).unwrap_or_default());
    // The slot keeps its place where nothing is due, and has no dot of its own.
    match deadline(app, wide) {
        Some(due) => before.faint(dot).then(due).faint(dot).then(after),
        None => before.text(" ".repeat(slot_of_deadline(wide) + dot.chars().count())).faint(dot).then(after),
    }
}

fn worker(app: &App, wide: bool) -> StyledLine {
    let word = if wide { "worker" } else { "w" };
    let age = |ms| format!(" {:>4}", times::seconds(ms));
    match app.presence() {
        Presence::Unknown => StyledLine::new().faint(word).text("  ?  "),
        Presence::Alive { age_ms } => StyledLine::new().faint(word).text(age(age_ms)),
        Presence::Expected { since_ms } => StyledLine::new().faint("no worker").text(age(since_ms)),
        Presence::Idle => StyledLine::new().faint("no worker     "),
        Presence::Untold => StyledLine::new().faint(format!("{word}    -")),
        Presence::Missing { since_ms } => {
            StyledLine::from_span(Role::BadBanner, "NO WORKER").span(Role::Bad, age(since_ms))
        }
    }
}

fn round_trip(app: &App) -> StyledLine {
    let told =
        if app.is_stale() || app.replay.is_some() { "-".to_owned() } else { times::round_trip(app.data.round_trip_us) };
    StyledLine::new().faint("rtt").text(format!(" {told:>6}"))
}

fn slot_of_deadline(wide: bool) -> usize {
    if wide { DEADLINE.0 } else { DEADLINE.1 }
}

/// The next decision that is due.
fn deadline(app: &App, wide: bool) -> Option<StyledLine> {
    let ((rollback, by), now) = rollbacks::next_deadline(app).zip(app.shown_clock())?;
    let (role, left) = match by.since(now) {
        0 => (Role::Bad, "LAPSED".to_owned()),
        left => (Role::Caution, times::seconds(left)),
    };
    let close = left.replace(' ', "");
    let forms = match wide {
        true => [format!("R{rollback} {left:>7}"), format!("R{rollback} {left}"), format!("R{rollback} {close}")],
        false => [close.clone(), close.split_inclusive(['h', 'm']).next().unwrap_or(&close).to_owned(), "!".into()],
    };
    let room = slot_of_deadline(wide) - 2;
    let told = forms.iter().find(|form| form.chars().count() <= room).unwrap_or(&forms[2]);
    Some(StyledLine::from_span(role, format!("◷ {told:>room$}")))
}

/// Number of alerts that nobody has acknowledged.
pub fn open_alerts(app: &App) -> usize {
    alerts::open(app).len()
}

/// The number of open alerts in its slot; red where one is of what is on the screen.
pub fn alerts(app: &App) -> StyledLine {
    let open = alerts::open(app);
    let is_ours = open.iter().any(|alert| alerts::is_on_screen(app, alert));
    match open.len() {
        0 => StyledLine::new().faint("! ·"),
        n => StyledLine::from_span(if is_ours { Role::Bad } else { Role::Caution }, format!("!{n:>2}")),
    }
}

/// The next deadline in the one line of a screen that is too small.
pub fn short_deadline(app: &App) -> StyledLine {
    deadline(app, false).unwrap_or_default()
}
