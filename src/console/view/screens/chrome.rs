//! The parts around a screen that tell and offer: freeze banner, footer.

use crate::console::safe_text::SafeText;
use crate::console::state::action::{Action, Screen};
use crate::console::state::app::App;
use crate::console::state::in_flight;
use crate::console::state::intent::{self, CommandIntent};
use crate::console::state::keymap::Binding;
use crate::console::state::request::{LastRequest, RequestStage};
use crate::console::state::rollbacks;
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
    let place = app.data.server.as_ref().map_or("the server", |server| server.label.as_str());
    let (text, then) = match freeze.status {
        _ if freeze.lifted => {
            let text = format!("{since}, and LIFTED: applications can write to {place} again");
            (text, "the next worker journals it".to_owned())
        }
        _ if is_lost => {
            let hit = match freeze.means {
                FreezeMeans::ReadOnly => format!("applications cannot write to {place}"),
                _ => "nobody watches over it".to_owned(),
            };
            let how = if intent::makes_sense(app, Action::Freeze) { "F" } else { "thaw --emergency" };
            (format!("{since}, and NO WORKER: {hit}"), format!("{how} ends it, without a worker"))
        }
        SystemStatus::Emergency => (format!("{since}{by}: “{}”", freeze.reason), "F says that it is over".to_owned()),
        _ => {
            (format!("{since}{by}: “{}”", freeze.reason), format!("{}{}", means(freeze.means, area.width), thaws(app)))
        }
    };
    let role = if is_lost || freeze.status == SystemStatus::Emergency { Role::BadBanner } else { Role::CautionBanner };
    let width = usize::from(area.width);
    let right = StyledLine::from_span(role, format!(" {then} "));
    let room = width.saturating_sub(right.width() + 1);
    let left = SafeText::new(format!(" {status}{text}")).cut(room);
    let left = StyledLine::from_span(role, left).fill_to(room);
    canvas.bar(area, 0, &left.then(right), role);
}

/// The key that ends a freeze, where this account may press it.
fn thaws(app: &App) -> &'static str {
    if intent::may_not_command(app).is_none() { " · F thaws" } else { "" }
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
    let own = app.request.as_ref();
    let words = match (notice(app, area.width).into_iter().next(), own) {
        (Some(notice), _) => notice,
        (None, Some(request)) if request.stage != RequestStage::Effective => way_of(request),
        (None, own) => of_others(app).or_else(|| own.map(way_of)).unwrap_or_default(),
    };
    canvas.line(area, 0, &words);
}

/// The way of the last command of this console, with the time of its end.
fn way_of(request: &LastRequest) -> StyledLine {
    let (way, role) = way(&request.stage);
    let at = request.answered_at.filter(|_| !request.is_on_its_way()).map(times::clock);
    let line = StyledLine::new().faint("last command: ").text(&*request.words).span(role, format!(" {way}"));
    match at {
        Some(at) => line.faint(format!(" {at}")),
        None => line,
    }
}

/// The last request of somebody else that is not in effect yet.
fn of_others(app: &App) -> Option<StyledLine> {
    let all = in_flight::of_others(app);
    let last = all.last()?;
    let by = last.by.as_deref().unwrap_or("the worker");
    let ago = app.shown_clock().map(|now| format!(" {} ago", times::seconds(now.since(last.at)))).unwrap_or_default();
    let way = match last.accepted {
        true => format!("accepted{ago}, not yet in effect"),
        false if app.worker_is_alive() => format!("sent{ago}, waiting for the worker"),
        false => format!("sent{ago}; nobody takes it without a worker"),
    };
    let more = if all.len() > 1 { format!("  +{} more on their way", all.len() - 1) } else { String::new() };
    let line = StyledLine::new().faint("in flight: ").text(&*last.words).faint(format!(" by {by} · "));
    Some(line.span(Role::Active, way).faint(more))
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
    let all = offered(app, area.width).into_iter().fold(StyledLine::new(), |line, (_, words)| line.then(words));
    canvas.sides(area, 0, &all, &leave(area.width));
}

/// The action of the key in a column of the footer, on a screen of that width.
pub fn key_at(app: &App, width: u16, column: u16) -> Option<Action> {
    if usize::from(column) + leave(width).width() >= usize::from(width) {
        return Some(Action::Leave);
    }
    let mut end = 0;
    let found = offered(app, width).into_iter().find(|(_, words)| {
        end += words.width();
        usize::from(column) < end
    });
    found.and_then(|(action, _)| action)
}

fn leave(width: u16) -> StyledLine {
    StyledLine::from_span(Role::Key, ":q").text(if width >= WIDE { " leave" } else { "" })
}

/// Words of the footer, each with what a press does; none for the blanks between.
type Offered = Vec<(Option<Action>, StyledLine)>;

/// The keys in a row, the changing ones after a wide gap; from the right they give way, but for help.
fn offered(app: &App, width: u16) -> Offered {
    let wide = width >= WIDE;
    let (between, gap) = if wide { ("  ", "    ") } else { (" ", "  ") };
    let room = usize::from(width).saturating_sub(leave(width).width() + 1);
    let (mut reading, mut changing) = here(app, wide);
    loop {
        let row = |keys: &Offered| {
            let blank = || (None, StyledLine::new().text(between));
            let pairs = keys.iter().enumerate();
            pairs.flat_map(|(n, key)| [blank()].into_iter().filter(move |_| n > 0).chain([key.clone()])).collect()
        };
        let (mut line, right): (Offered, Offered) = (row(&reading), row(&changing));
        if !right.is_empty() {
            line.push((None, StyledLine::new().text(gap)));
            line.extend(right);
        }
        if line.iter().map(|(_, words)| words.width()).sum::<usize>() <= room {
            return line;
        }
        let last = reading.iter().rposition(|(action, _)| *action != Some(Action::Help));
        match (changing.pop(), last) {
            (Some(_), _) => {}
            (None, Some(last)) => drop(reading.remove(last)),
            (None, None) => return line,
        }
    }
}

/// The keys that read and those that change something, as far as they work here and now.
fn here(app: &App, wide: bool) -> (Offered, Offered) {
    let (mut reading, mut changing) = (Vec::new(), Vec::new());
    let has_sense = |action| match action {
        Action::Enter => has_rows(app) && !app.shown_list().is_some_and(|list| list.opened),
        Action::Filter | Action::Sort => has_rows(app),
        _ => true,
    };
    let makes_sense = |b: &&Binding| if b.changes { intent::makes_sense(app, b.action) } else { has_sense(b.action) };
    for binding in app.keymap.at(app.place()).filter(makes_sense) {
        let Some((hint, key)) = binding.hint.zip(binding.keys.first()) else { continue };
        if binding.action == Action::HoldView && !wide {
            continue;
        }
        let words = format!(" {}", hint_now(app, binding.action, hint));
        let words = StyledLine::from_span(Role::Key, key.to_string()).text(words);
        let side = if binding.changes { &mut changing } else { &mut reading };
        side.push((Some(binding.action), words));
    }
    let short = intent::locked_in_short(app).or_else(|| undecidable(app));
    let changes = app.replay.is_none() && app.keymap.at(app.place()).any(|binding| binding.changes);
    if let Some(why) = short.filter(|_| changes) {
        changing.push((None, StyledLine::new().faint(why)));
    } else if app.is_production() && app.armed_ms().is_none() {
        changing.push((None, StyledLine::from_span(Role::Key, ":arm 15m").text(" to allow changes")));
    }
    (reading, changing)
}

/// True if there is a row on the screen that a key could be about. What no row passes any more can be filtered otherwise.
fn has_rows(app: &App) -> bool {
    match (app.screen, app.shown_list()) {
        (_, Some(list)) => !list.rows.is_empty() || !list.filter.is_empty(),
        (Screen::Decisions, _) => rollbacks::any(app),
        (Screen::Log, _) => true,
        _ => app.data.batch().is_some(),
    }
}

/// Reason why the rollback under the cursor cannot be decided from here, where it waits for somebody.
fn undecidable(app: &App) -> Option<&'static str> {
    let summary =
        rollbacks::selected(app).filter(|summary| app.screen == Screen::Decisions && summary.is_undecided())?;
    rollbacks::cannot_decide(app, &summary).map(|_| "A X not by you")
}

/// The word of a key that does one of two things, whichever would be done now.
fn hint_now(app: &App, action: Action, usual: &'static str) -> &'static str {
    let on_decisions = || app.screen == Screen::Decisions;
    let is_decided = || on_decisions() && !rollbacks::selected(app).is_some_and(|summary| summary.is_undecided());
    let is_open = || on_decisions() && app.decisions.lookup.is_some();
    let verb = match action {
        Action::Enter if is_decided() => return "its batch",
        Action::Enter if is_open() => return "ask again",
        Action::PauseResume => app.data.batch().and_then(|b| intent::verb(b, CommandIntent::PauseOrResume).ok()),
        Action::Freeze => intent::system_verb(app, CommandIntent::FreezeOrThaw).and_then(Result::ok),
        _ => None,
    };
    verb.map_or(usual, |verb| verb.name())
}
