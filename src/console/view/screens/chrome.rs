//! The parts that are always visible: header, freeze banner, batch lines, tabs, footer.

use crate::console::safe_text::SafeText;
use crate::console::state::action::Screen;
use crate::console::state::app::{App, ConnectionState, RequestStage};
use crate::console::state::{eta, intent, rollbacks};
use crate::console::times;
use crate::console::view::badges;
use crate::console::view::theme::Role;
use crate::console::view::waiting;
use crate::console::view::widgets::bar;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::model::{AlertStatus, Batch, BatchStatus, FreezeMeans, SystemStatus};
use ratatui::layout::Rect;

const DOT: &str = " · ";
/// A clock that differs by more is worth a word. Milliseconds.
const SKEW: i64 = 2_000;
/// From this width on the freeze is told at length.
const WIDE: u16 = 100;

/// Draws where we are and as whom; then how it is.
pub fn header(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    canvas.line(area, 0, &fit(place(app), DOT, width));
    canvas.line(area, 1, &fit(health(app), DOT, width));
}

fn place(app: &App) -> Vec<(u8, StyledLine)> {
    let mut pieces = Vec::new();
    if let Some(server) = &app.data.server {
        if !server.environment.is_empty() {
            let role = if app.is_production() { Role::BadBanner } else { Role::Strong };
            pieces.push((9, StyledLine::from_span(role, server.environment.to_uppercase())));
        }
        pieces.push((8, StyledLine::from_span(Role::Strong, &*server.label)));
        pieces.push((3, StyledLine::new().text(format!("{} {}", server.kind, server.version))));
        pieces.push((5, StyledLine::new().text(format!("core {}", server.core))));
    }
    pieces.push((10, link(app)));
    pieces.push((7, may(app)));
    if !app.data.account.name.is_empty() {
        pieces.push((4, StyledLine::new().text(&*app.data.account.name)));
    }
    pieces
}

/// LIVE, STALE with its age, or connecting.
pub fn link(app: &App) -> StyledLine {
    match &app.connection {
        _ if app.held.is_some() => {
            let waiting = app.held.as_ref().map_or(0, |h| h.events.len());
            StyledLine::from_span(Role::CautionBanner, format!("VIEW HELD, {waiting} events since"))
        }
        ConnectionState::Connecting => StyledLine::from_span(Role::Caution, "CONNECTING"),
        ConnectionState::Lost { .. } if app.data.server.is_none() => {
            StyledLine::from_span(Role::BadBanner, "NOT CONNECTED")
        }
        _ if app.is_stale() => {
            StyledLine::from_span(Role::BadBanner, format!("STALE {}", times::seconds(app.age_ms())))
        }
        _ => StyledLine::from_span(Role::Good, "LIVE"),
    }
}

/// Tells what this console may do.
fn may(app: &App) -> StyledLine {
    let locked = app.read_only || app.data.read_only.is_some() || !app.data.account.may_command;
    match app.armed_ms() {
        _ if app.data.server.is_none() => StyledLine::new(),
        _ if locked => StyledLine::from_span(Role::Info, "READ-ONLY"),
        Some(left) => StyledLine::from_span(Role::CautionBanner, format!("ARMED {}", times::countdown(left))),
        None if app.is_production() => StyledLine::from_span(Role::Info, "READ-ONLY"),
        None => StyledLine::new(),
    }
}

fn health(app: &App) -> Vec<(u8, StyledLine)> {
    let mut pieces = Vec::new();
    if let (ConnectionState::Lost { error, again_at }, true) = (&app.connection, app.is_stale()) {
        let left = times::seconds(again_at.saturating_sub(app.now.mono));
        pieces.push((10, StyledLine::from_span(Role::Bad, format!("{error}; next try in {left}"))));
    }
    if app.data.server.is_some() {
        pieces.push((9, worker(app)));
        if let Some(worker) = app.data.worker.as_ref() {
            pieces.push((2, StyledLine::new().faint(&*worker.holder)));
        }
        pieces.push((6, account(app)));
        pieces.push((4, StyledLine::new().text(format!("rtt {}", times::round_trip(app.data.round_trip_us)))));
        pieces.push((5, StyledLine::new().text(format!("data {} old", times::seconds(app.age_ms())))));
    }
    if let Some(now) = app.clock() {
        pieces.push((6, StyledLine::new().text(format!("{} UTC", times::clock(now)))));
    }
    if app.data.skew_ms.abs() > SKEW && app.data.clock.is_some() {
        let ahead = if app.data.skew_ms > 0 { "behind" } else { "ahead" };
        let text = format!("this machine is {} {ahead}", times::span(app.data.skew_ms.unsigned_abs()));
        pieces.push((4, StyledLine::from_span(Role::Caution, text)));
    }
    pieces.push((8, deadline(app)));
    pieces.push((7, alerts(app)));
    if !app.data.watchers.is_empty() {
        pieces.push((1, StyledLine::new().faint(format!("also watching: {}", app.data.watchers.join(", ")))));
    }
    pieces
}

fn worker(app: &App) -> StyledLine {
    match &app.data.worker {
        _ if app.is_stale() => StyledLine::from_span(Role::Caution, "worker unknown"),
        Some(worker) if worker.alive => StyledLine::new()
            .text("worker ")
            .span(Role::Good, "alive")
            .text(format!(" {}", times::seconds(worker.age_ms))),
        Some(worker) => StyledLine::from_span(Role::BadBanner, "NO WORKER")
            .text(format!(" silent {}", times::seconds(worker.age_ms))),
        None if app.data.read_only.is_some() => StyledLine::new(),
        // Nobody is missed where nothing is to be driven.
        None if !app.is_under_way() => StyledLine::new().faint("no worker"),
        None => StyledLine::from_span(Role::BadBanner, "NO WORKER"),
    }
}

/// A warning where a file may do whatever the worker may.
fn account(app: &App) -> StyledLine {
    match app.data.world.system.lease.as_ref().filter(|lease| lease.files_as_worker) {
        Some(_) => StyledLine::from_span(Role::Caution, "files run as the worker"),
        None => StyledLine::new(),
    }
}

/// The next decision that is due.
fn deadline(app: &App) -> StyledLine {
    let Some(((rollback, by), now)) = rollbacks::next_deadline(app).zip(app.shown_clock()) else {
        return StyledLine::new();
    };
    match by.since(now) {
        0 => StyledLine::from_span(Role::BadBanner, format!("rollback {rollback} LAPSED")),
        left => StyledLine::from_span(Role::Caution, format!("decide rollback {rollback} in {}", times::seconds(left))),
    }
}

fn alerts(app: &App) -> StyledLine {
    let new = |b: &Batch| b.alerts.values().filter(|a| a.status == AlertStatus::New).count();
    match app.data.batch().map_or(0, new) {
        0 => StyledLine::new(),
        1 => StyledLine::from_span(Role::Bad, "1 alert"),
        n => StyledLine::from_span(Role::Bad, format!("{n} alerts")),
    }
}

/// The freeze over the full width: who, since when, by which means; and the worst case, that nobody watches over it.
pub fn banner(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(freeze) = &app.data.freeze else { return };
    let status = freeze.status.as_str().to_uppercase();
    let since = match (freeze.since, app.clock()) {
        (Some(since), Some(now)) => format!("  {}", times::seconds(now.since(since))),
        _ => String::new(),
    };
    let by = freeze.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    let is_lost = freeze.stands() && !app.worker_is_alive() && !app.is_stale();
    let (text, then) = match freeze.status {
        _ if is_lost => {
            let place = app.data.server.as_ref().map_or("the server", |server| server.label.as_str());
            let hit = match freeze.means {
                FreezeMeans::ReadOnly => format!("applications cannot write to {place}"),
                _ => "nobody watches over it".to_owned(),
            };
            (format!("{since}, and NO WORKER: {hit}"), "thaw --emergency ends it, without a worker".to_owned())
        }
        SystemStatus::Emergency => (format!("{since}{by}: “{}”", freeze.reason), "F says that it is over".to_owned()),
        _ => (format!("{since}{by}: “{}”", freeze.reason), format!("{} · F thaws", means(freeze.means, area.width))),
    };
    let role = if is_lost || freeze.status == SystemStatus::Emergency { Role::BadBanner } else { Role::CautionBanner };
    let width = usize::from(area.width);
    let right = StyledLine::from_span(role, format!(" {then} "));
    let room = width.saturating_sub(right.width() + 1);
    let left = SafeText::new(format!(" {status}{text}")).cut(room);
    let left = StyledLine::from_span(role, left).fill_to(room);
    canvas.bar(area, 0, &left.then(right), role);
}

/// The means in the words that there is room for.
fn means(means: FreezeMeans, width: u16) -> &'static str {
    let (long, short) = match means {
        FreezeMeans::ReadOnly => ("ENFORCED by read_only · whole server", "ENFORCED"),
        FreezeMeans::WriteLock => ("ENFORCED by the file's lock, while no file runs", "ENFORCED"),
        FreezeMeans::Advisory => ("ADVISORY: nothing stops writers", "ADVISORY"),
    };
    if width < WIDE { short } else { long }
}

/// The batch, and what it waits for.
pub fn batch(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let Some(batch) = app.data.batch() else {
        canvas.line(area, 0, &StyledLine::new().faint("no batch"));
        return;
    };
    let mut badge = badges::batch(batch.status);
    if app.is_orphaned() && batch.status == BatchStatus::Running {
        // Running is what its row says; whether anything does, nobody knows.
        badge = badges::Badge { icon: "?", role: Role::Bad, ..badge };
    }
    let completed = format!("{}/{} files", batch.completed, batch.total_files);
    let progress = bar::progress(batch.completed, batch.total_files, (width / 10).clamp(8, 20));
    let name = format!("batch {} “{}”", batch.id, batch.name);
    let mut pieces = vec![
        (7, StyledLine::from_span(Role::Strong, name)),
        (3, StyledLine::new().text(format!("epoch {} → {}", batch.epoch_from, batch.epoch_to))),
        (
            9,
            StyledLine::from_span(badge.role, format!("{} {}", badge.icon, badge.label))
                .then(holds(batch))
                .then(taken_back(batch)),
        ),
        (8, progress.text(" ").text(completed)),
        (4, pace(app)),
        (5, estimate(app, batch)),
    ];
    if !batch.status.is_final() && app.data.newest_batch.is_some_and(|n| n > batch.id) {
        pieces.push((6, StyledLine::from_span(Role::Caution, "a newer batch exists (:batches)")));
    }
    canvas.line(area, 0, &fit(pieces, DOT, width));
    canvas.line(area, 1, &StyledLine::new().faint("waiting on: ").then(waiting::on(app)));
}

/// Names what holds the batch, beside its status: a hold is no state.
fn holds(batch: &Batch) -> StyledLine {
    let held = batch.holds.keys().filter(|_| !batch.status.is_final());
    held.fold(StyledLine::new(), |words, hold| words.text(", ").span(Role::Caution, hold.as_str().to_uppercase()))
}

/// Says if what has completed does not stand any more: the status alone would say that all is well.
fn taken_back(batch: &Batch) -> StyledLine {
    if batch.taken_back().next().is_none() {
        return StyledLine::new();
    }
    let part = if batch.completed > 0 { "partly " } else { "" };
    StyledLine::new().text(", ").span(Role::Caution, format!("↶ {part}UNDONE"))
}

fn pace(app: &App) -> StyledLine {
    let under_way = app.is_under_way();
    match eta::files_per_minute(app).filter(|_| under_way) {
        Some(pace) => StyledLine::new().text(format!("{pace:.0} files/min")),
        None => StyledLine::new(),
    }
}

fn estimate(app: &App, batch: &Batch) -> StyledLine {
    if batch.status.is_final() {
        return match (batch.started_at, batch.completed_at) {
            (Some(from), Some(to)) => StyledLine::new().text(format!("took {}", times::span(to.since(from)))),
            _ => StyledLine::new(),
        };
    }
    match eta::left(app, batch) {
        Some((ms, confidence)) => {
            StyledLine::new().text(format!("ETA {}", times::seconds(ms))).faint(format!(" ({})", confidence.as_str()))
        }
        None if !batch.may_move() => StyledLine::new().faint("no ETA while held"),
        None => StyledLine::new().faint("ETA unknown"),
    }
}

/// The screens by their numbers.
pub fn tabs(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let mut words = StyledLine::new().faint("─");
    for screen in Screen::all() {
        let label = format!(" {} {} ", screen.number(), screen.name());
        let role = if screen == app.screen { Role::Selected } else { Role::Text };
        words = words.span(role, label).faint("─");
    }
    let rule = usize::from(area.width).saturating_sub(words.width());
    canvas.line(area, 0, &words.faint("─".repeat(rule)));
}

/// The last order's way, or what was last said.
pub fn last(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let words = match (notice(app, area.width).into_iter().next(), &app.request) {
        (Some(notice), _) => notice,
        (None, Some(request)) => {
            let (way, role) = way(&request.stage);
            StyledLine::new().faint("last command: ").text(&*request.words).span(role, format!(" {way}"))
        }
        (None, None) => StyledLine::new(),
    };
    canvas.line(area, 0, &words);
}

/// A notice in as many lines as it takes. What was refused says at its end what to do about it.
fn notice(app: &App, width: u16) -> Vec<StyledLine> {
    let notice = app.notice.as_ref().map(|n| StyledLine::from_span(Role::Caution, &n.text));
    notice.map(|words| words.wrap(usize::from(width))).unwrap_or_default()
}

fn way(stage: &RequestStage) -> (String, Role) {
    match stage {
        RequestStage::Sending => ("is being sent".into(), Role::Text),
        RequestStage::Sent(id) => (format!("sent as {id}, waiting for the worker"), Role::Text),
        RequestStage::Decided(id) => (format!("handed in as {id}, waiting for the worker"), Role::Text),
        RequestStage::Accepted(id) => (format!("sent as {id} → accepted, not yet in effect"), Role::Active),
        RequestStage::Effective => ("sent → accepted → effective".into(), Role::Good),
        RequestStage::Refused(why) => (format!("refused: {why}"), Role::Bad),
        RequestStage::Failed(why) => (format!("could not be handed in: {why}"), Role::Bad),
    }
}

/// The keys that work here and now; for a while, the rest of a notice.
pub fn keys(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let rest = notice(app, area.width).into_iter().skip(1).reduce(StyledLine::then);
    if let Some(rest) = rest {
        return canvas.line(area, 0, &rest);
    }
    let mut pieces = Vec::new();
    for binding in app.keymap.at(app.place()).filter(|b| !b.changes || intent::makes_sense(app, b.action)) {
        if let (Some(hint), Some(key)) = (binding.hint, binding.keys.first()) {
            let weight = if binding.changes || hint == "help" { 5 } else { 3 };
            pieces.push((weight, StyledLine::from_span(Role::Key, key.to_string()).text(" ").text(hint)));
        }
    }
    if app.is_production() && app.armed_ms().is_none() && !app.read_only {
        pieces.push((4, StyledLine::from_span(Role::Key, ":arm 15m").text(" to allow changes")));
    }
    pieces.push((4, StyledLine::from_span(Role::Key, ":q").text(" leave")));
    canvas.line(area, 0, &fit(pieces, "  ", usize::from(area.width)));
}
