//! The parts around a screen that tell and offer: freeze banner, footer.

use crate::console::safe_text::SafeText;
use crate::console::state::action::Action;
use crate::console::state::app::{App, RequestStage};
use crate::console::state::intent::{self, CommandIntent};
use crate::console::times;
use crate::console::view::screens::header::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{FreezeMeans, SystemStatus};
use ratatui::layout::Rect;

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
    let wide = area.width >= WIDE;
    let mut reading = Vec::new();
    let mut changing = Vec::new();
    for binding in app.keymap.at(app.place()).filter(|b| !b.changes || intent::makes_sense(app, b.action)) {
        if let (Some(hint), Some(key)) = (binding.hint, binding.keys.first()) {
            let words = StyledLine::from_span(Role::Key, key.to_string())
                .text(format!(" {}", hint_now(app, binding.action, hint)));
            let stays = binding.action == Action::Help;
            if binding.action == Action::HoldView && !wide {
                continue;
            }
            if binding.changes { changing.push((false, words)) } else { reading.push((stays, words)) }
        }
    }
    if app.is_production() && app.armed_ms().is_none() && !app.read_only && !app.is_stale() {
        changing.push((false, StyledLine::from_span(Role::Key, ":arm 15m").text(" to allow changes")));
    }
    let leave = StyledLine::from_span(Role::Key, ":q").text(if wide { " leave" } else { "" });
    let room = usize::from(area.width).saturating_sub(leave.width() + 1);
    canvas.sides(area, 0, &offered(reading, changing, wide, room), &leave);
}

/// The keys in a row, the changing ones after a wide gap; from the right they give way, but for those that stay.
fn offered(
    mut reading: Vec<(bool, StyledLine)>,
    mut changing: Vec<(bool, StyledLine)>,
    wide: bool,
    room: usize,
) -> StyledLine {
    let (between, gap) = if wide { ("  ", "    ") } else { (" ", "  ") };
    let row = |keys: &[(bool, StyledLine)]| {
        let words = keys.iter().map(|(_, words)| words.clone());
        words.reduce(|row, next| row.text(between).then(next)).unwrap_or_default()
    };
    loop {
        let line = match (row(&reading), row(&changing)) {
            (left, right) if right.width() == 0 => left,
            (left, right) => left.text(gap).then(right),
        };
        if line.width() <= room {
            return line;
        }
        let last = reading.iter().rposition(|(stays, _)| !stays);
        match (changing.pop(), last) {
            (Some(_), _) => {}
            (None, Some(last)) => drop(reading.remove(last)),
            (None, None) => return line,
        }
    }
}

/// The word of a key that does one of two things, whichever would be done now.
fn hint_now(app: &App, action: Action, usual: &'static str) -> &'static str {
    let verb = match action {
        Action::PauseResume => app.data.batch().and_then(|b| intent::verb(b, CommandIntent::PauseOrResume).ok()),
        Action::Freeze => intent::system_verb(app, CommandIntent::FreezeOrThaw).and_then(Result::ok),
        _ => None,
    };
    verb.map_or(usual, |verb| verb.name())
}
