//! What is always visible: header, freeze banner, batch lines, tabs, footer (`6-console`, Always visible).

use crate::console::action::Screen;
use crate::console::app::{App, Link, Stage};
use crate::console::theme::Role;
use crate::console::widgets::bar;
use crate::console::widgets::pen::Pen;
use crate::console::widgets::words::{Words, fit};
use crate::console::{decisions, eta, marks, orders, times, waiting};
use crate::model::{AlertStatus, Batch, BatchStatus};
use ratatui::layout::Rect;

const DOT: &str = " · ";
/// A clock that differs by more is worth a word. Milliseconds.
const SKEW: i64 = 2_000;

/// Where we are and as whom; then how it is.
pub fn header(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let width = usize::from(area.width);
    pen.line(area, 0, &fit(place(app), DOT, width));
    pen.line(area, 1, &fit(health(app), DOT, width));
}

fn place(app: &App) -> Vec<(u8, Words)> {
    let mut pieces = Vec::new();
    if let Some(server) = &app.data.server {
        if !server.environment.is_empty() {
            let role = if app.is_production() { Role::BadBanner } else { Role::Strong };
            pieces.push((9, Words::of(role, server.environment.to_uppercase())));
        }
        pieces.push((8, Words::of(Role::Strong, &*server.label)));
        pieces.push((3, Words::new().text(format!("{} {}", server.kind, server.version))));
        pieces.push((5, Words::new().text(format!("core {}", server.core))));
    }
    pieces.push((10, link(app)));
    pieces.push((7, may(app)));
    if !app.data.account.name.is_empty() {
        pieces.push((4, Words::new().text(&*app.data.account.name)));
    }
    pieces
}

/// LIVE, STALE with its age, or connecting.
pub fn link(app: &App) -> Words {
    match &app.link {
        _ if app.held.is_some() => {
            let waiting = app.held.as_ref().map_or(0, |h| h.events.len());
            Words::of(Role::CautionBanner, format!("VIEW HELD, {waiting} events since"))
        }
        Link::Connecting => Words::of(Role::Caution, "CONNECTING"),
        Link::Lost { .. } if app.data.server.is_none() => Words::of(Role::BadBanner, "NOT CONNECTED"),
        _ if app.is_stale() => Words::of(Role::BadBanner, format!("STALE {}", times::seconds(app.age_ms()))),
        _ => Words::of(Role::Good, "LIVE"),
    }
}

/// What this console may do.
fn may(app: &App) -> Words {
    let locked = app.read_only || app.data.read_only.is_some() || !app.data.account.may_command;
    match app.armed_ms() {
        _ if app.data.server.is_none() => Words::new(),
        _ if locked => Words::of(Role::Info, "READ-ONLY"),
        Some(left) => Words::of(Role::CautionBanner, format!("ARMED {}", times::countdown(left))),
        None if app.is_production() => Words::of(Role::Info, "READ-ONLY"),
        None => Words::new(),
    }
}

fn health(app: &App) -> Vec<(u8, Words)> {
    let mut pieces = Vec::new();
    if let (Link::Lost { error, again_at }, true) = (&app.link, app.is_stale()) {
        let left = times::seconds(again_at.saturating_sub(app.now.mono));
        pieces.push((10, Words::of(Role::Bad, format!("{error}; next try in {left}"))));
    }
    if app.data.server.is_some() {
        pieces.push((9, worker(app)));
        if let Some(worker) = app.data.worker.as_ref() {
            pieces.push((2, Words::new().faint(&*worker.holder)));
        }
        pieces.push((4, Words::new().text(format!("rtt {}", times::round_trip(app.data.round_trip_us)))));
        pieces.push((5, Words::new().text(format!("data {} old", times::seconds(app.age_ms())))));
    }
    if let Some(now) = app.clock() {
        pieces.push((6, Words::new().text(format!("{} UTC", times::clock(now)))));
    }
    if app.data.skew_ms.abs() > SKEW && app.data.clock.is_some() {
        let ahead = if app.data.skew_ms > 0 { "behind" } else { "ahead" };
        let text = format!("this machine is {} {ahead}", times::span(app.data.skew_ms.unsigned_abs()));
        pieces.push((4, Words::of(Role::Caution, text)));
    }
    pieces.push((8, deadline(app)));
    pieces.push((7, alerts(app)));
    if !app.data.watchers.is_empty() {
        pieces.push((1, Words::new().faint(format!("also watching: {}", app.data.watchers.join(", ")))));
    }
    pieces
}

fn worker(app: &App) -> Words {
    match &app.data.worker {
        _ if app.is_stale() => Words::of(Role::Caution, "worker unknown"),
        Some(worker) if worker.alive => {
            Words::new().text("worker ").say(Role::Good, "alive").text(format!(" {}", times::seconds(worker.age_ms)))
        }
        Some(worker) => {
            Words::of(Role::BadBanner, "NO WORKER").text(format!(" silent {}", times::seconds(worker.age_ms)))
        }
        None if app.data.read_only.is_some() => Words::new(),
        // Nobody is missed where nothing is to be driven.
        None if !app.is_under_way() => Words::new().faint("no worker"),
        None => Words::of(Role::BadBanner, "NO WORKER"),
    }
}

/// The next decision that is due.
fn deadline(app: &App) -> Words {
    let Some(((rollback, by), now)) = decisions::next_deadline(app).zip(app.shown_clock()) else { return Words::new() };
    match by.since(now) {
        0 => Words::of(Role::BadBanner, format!("rollback {rollback} LAPSED")),
        left => Words::of(Role::Caution, format!("decide rollback {rollback} in {}", times::seconds(left))),
    }
}

fn alerts(app: &App) -> Words {
    let new = |b: &Batch| b.alerts.values().filter(|a| a.status == AlertStatus::New).count();
    match app.data.batch().map_or(0, new) {
        0 => Words::new(),
        1 => Words::of(Role::Bad, "1 alert"),
        n => Words::of(Role::Bad, format!("{n} alerts")),
    }
}

/// The freeze over the full width.
pub fn banner(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let Some(freeze) = &app.data.freeze else { return };
    let by = freeze.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    let since = match (freeze.since, app.clock()) {
        (Some(since), Some(now)) => format!(" for {}", times::seconds(now.since(since))),
        _ => String::new(),
    };
    let means = if freeze.enforced { "enforced by the server" } else { "ADVISORY: writes are not blocked" };
    let text = format!(" {}{by}{since}: {} ({means})", freeze.status.as_str().to_uppercase(), freeze.reason);
    pen.bar(area, 0, &Words::of(Role::BadBanner, text), Role::BadBanner);
}

/// The batch, and what it waits for.
pub fn batch(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let width = usize::from(area.width);
    let Some(batch) = app.data.batch() else {
        pen.line(area, 0, &Words::new().faint("no batch"));
        return;
    };
    let mut mark = marks::batch(batch.status);
    if app.is_orphaned() && batch.status == BatchStatus::Running {
        // Running is what its row says; whether anything does, nobody knows.
        mark = marks::Mark { sign: "?", role: Role::Bad, ..mark };
    }
    let completed = format!("{}/{} files", batch.completed, batch.total_files);
    let progress = bar::progress(batch.completed, batch.total_files, (width / 10).clamp(8, 20));
    let name = format!("batch {} “{}”", batch.id, batch.name);
    let mut pieces = vec![
        (7, Words::of(Role::Strong, name)),
        (3, Words::new().text(format!("epoch {} → {}", batch.epoch_from, batch.epoch_to))),
        (9, Words::of(mark.role, format!("{} {}", mark.sign, mark.word)).then(holds(batch)).then(taken_back(batch))),
        (8, progress.text(" ").text(completed)),
        (4, pace(app)),
        (5, estimate(app, batch)),
    ];
    if !batch.status.is_final() && app.data.newest_batch.is_some_and(|n| n > batch.id) {
        pieces.push((6, Words::of(Role::Caution, "a newer batch exists (:batches)")));
    }
    pen.line(area, 0, &fit(pieces, DOT, width));
    pen.line(area, 1, &Words::new().faint("waiting on: ").then(waiting::on(app)));
}

/// What holds the batch, beside its status: a hold is no state.
fn holds(batch: &Batch) -> Words {
    let held = batch.holds.keys().filter(|_| !batch.status.is_final());
    held.fold(Words::new(), |words, hold| words.text(", ").say(Role::Caution, hold.as_str().to_uppercase()))
}

/// What has completed and does not stand any more: the status alone would say that all is well.
fn taken_back(batch: &Batch) -> Words {
    if batch.taken_back().next().is_none() {
        return Words::new();
    }
    let part = if batch.completed > 0 { "partly " } else { "" };
    Words::new().text(", ").say(Role::Caution, format!("↶ {part}TAKEN BACK"))
}

fn pace(app: &App) -> Words {
    let under_way = app.is_under_way();
    match eta::files_per_minute(app).filter(|_| under_way) {
        Some(pace) => Words::new().text(format!("{pace:.0} files/min")),
        None => Words::new(),
    }
}

fn estimate(app: &App, batch: &Batch) -> Words {
    if batch.status.is_final() {
        return match (batch.started_at, batch.completed_at) {
            (Some(from), Some(to)) => Words::new().text(format!("took {}", times::span(to.since(from)))),
            _ => Words::new(),
        };
    }
    match eta::left(app, batch) {
        Some((ms, confidence)) => {
            Words::new().text(format!("ETA {}", times::seconds(ms))).faint(format!(" ({})", confidence.as_str()))
        }
        None if !batch.may_move() => Words::new().faint("no ETA while held"),
        None => Words::new().faint("ETA unknown"),
    }
}

/// The screens by their numbers.
pub fn tabs(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let mut words = Words::new().faint("─");
    for screen in Screen::ALL {
        let label = format!(" {} {} ", screen.number(), screen.name());
        let role = if screen == app.screen { Role::Selected } else { Role::Text };
        words = words.say(role, label).faint("─");
    }
    let rule = usize::from(area.width).saturating_sub(words.width());
    pen.line(area, 0, &words.faint("─".repeat(rule)));
}

/// The last order's way, or what was last said.
pub fn last(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let words = match (notice(app, area.width).into_iter().next(), &app.order) {
        (Some(notice), _) => notice,
        (None, Some(order)) => {
            let (way, role) = way(&order.stage);
            Words::new().faint("last command: ").text(&*order.words).say(role, format!(" {way}"))
        }
        (None, None) => Words::new(),
    };
    pen.line(area, 0, &words);
}

/// A notice in as many lines as it takes. What was refused says at its end what to do about it.
fn notice(app: &App, width: u16) -> Vec<Words> {
    let notice = app.notice.as_ref().map(|n| Words::of(Role::Caution, &n.text));
    notice.map(|words| words.wrap(usize::from(width))).unwrap_or_default()
}

fn way(stage: &Stage) -> (String, Role) {
    match stage {
        Stage::Sending => ("is being sent".into(), Role::Text),
        Stage::Sent(id) => (format!("sent as {id}, waiting for the worker"), Role::Text),
        Stage::Decided(id) => (format!("handed in as {id}, waiting for the worker"), Role::Text),
        Stage::Accepted(id) => (format!("sent as {id} → accepted, not yet in effect"), Role::Active),
        Stage::Effective => ("sent → accepted → effective".into(), Role::Good),
        Stage::Refused(why) => (format!("refused: {why}"), Role::Bad),
        Stage::Failed(why) => (format!("could not be handed in: {why}"), Role::Bad),
    }
}

/// The keys that work here and now; for a while, the rest of a notice.
pub fn keys(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let rest = notice(app, area.width).into_iter().skip(1).reduce(Words::then);
    if let Some(rest) = rest {
        return pen.line(area, 0, &rest);
    }
    let mut pieces = Vec::new();
    for binding in app.keymap.at(app.place()).filter(|b| !b.changes || orders::makes_sense(app, b.action)) {
        if let (Some(hint), Some(key)) = (binding.hint, binding.keys.first()) {
            let weight = if binding.changes || hint == "help" { 5 } else { 3 };
            pieces.push((weight, Words::of(Role::Key, key.to_string()).text(" ").text(hint)));
        }
    }
    if app.is_production() && app.armed_ms().is_none() && !app.read_only {
        pieces.push((4, Words::of(Role::Key, ":arm 15m").text(" to allow changes")));
    }
    pieces.push((4, Words::of(Role::Key, ":q").text(" leave")));
    pen.line(area, 0, &fit(pieces, "  ", usize::from(area.width)));
}
