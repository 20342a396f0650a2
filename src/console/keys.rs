//! What each action does.

use super::action::{Action, Places, Screen};
use super::app::{App, Effect};
use super::decisions::{Look, Subject, Then};
use super::feed::Window;
use super::link::Request;
use super::orders::{self, Wish};
use super::prompt::{Prompt, PromptKind};
use super::safe_text::SafeText;
use super::sentence;
use super::views::{DetailView, LogKey, Pane};
use super::{decisions, layout, ruling, update, waiting};
use crate::model::{Class, FileId, RollbackId, StepUnit, Verdict};

/// What the wheel does where the mouse is on.
pub const WHEEL_DOWN: Action = Action::Down;
/// The other way.
pub const WHEEL_UP: Action = Action::Up;

/// Carries out an action.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Up
        | Action::Down
        | Action::Left
        | Action::Right
        | Action::Top
        | Action::Bottom
        | Action::PageUp
        | Action::PageDown
        | Action::HalfUp
        | Action::HalfDown => return moved(app, action),
        Action::Enter => return enter(app),
        Action::Back | Action::ClosePane => close(app, action),
        Action::NextPane => return next_pane(app),
        Action::Show(screen) => show(app, screen),
        Action::PreviousScreen => show(app, app.previous),
        Action::Palette => app.prompt = Some(Prompt::new(PromptKind::Command, "")),
        Action::Filter => filter(app),
        Action::NextMatch => next_match(app, true),
        Action::PreviousMatch => next_match(app, false),
        Action::Help => app.help = if app.help.is_some() { None } else { Some(0) },
        Action::Copy => return copy(app),
        Action::Wrap => app.wrap = !app.wrap,
        Action::Times => app.relative = !app.relative,
        Action::Sort => app.files.sort = app.files.sort.next(),
        Action::Mouse => {
            app.mouse = !app.mouse;
            return vec![Effect::Mouse(app.mouse)];
        }
        Action::HoldView => hold_view(app),
        Action::Leave => return leave(app),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Step => ask(app, Wish::Step(StepUnit::Statement)),
        Action::PauseResume => ask(app, Wish::PauseOrResume),
        Action::Breakpoint => breakpoint(app),
        Action::Retry => retry(app),
        Action::RollBack => {
            let files: Vec<FileId> = selected(app).into_iter().collect();
            let class = if files.is_empty() { Class::A } else { Class::B };
            return roll_back(app, files, class, false);
        }
        Action::Approve => return rule(app, Verdict::Approve, None),
        Action::Reject => return rule(app, Verdict::Reject, None),
    }
    Vec::new()
}

/// Opens the dialog for a wish, or says why there is none.
pub fn ask(app: &mut App, wish: Wish) {
    match orders::dialog(app, wish) {
        Ok(dialog) => app.dialog = Some(dialog),
        Err(why) => app.say(why),
    }
}

/// Decides about a rollback: the one under the cursor, or the one of a number. An approval opens its dialog once it is
/// known what it would do.
pub fn rule(app: &mut App, verdict: Verdict, id: Option<RollbackId>) -> Vec<Effect> {
    if let Some(id) = id {
        if !decisions::windows(app).iter().any(|w| w.rollback.id == id) {
            app.say(format!("there is no rollback {id} that is open"));
            return Vec::new();
        }
        show(app, Screen::Decisions);
        app.decisions.selected = Some(id);
    }
    let Some(window) = decisions::selected(app) else {
        app.say("nothing waits for a decision");
        return Vec::new();
    };
    let refused = orders::locked(app).or_else(|| decisions::cannot_decide(app, &window));
    match (refused, verdict) {
        (Some(why), _) => app.say(why),
        (None, Verdict::Approve) => return look(app, &window, Some(Then::Approve)),
        (None, Verdict::Reject) => match ruling::decision(app, &window, verdict, None) {
            Ok(dialog) => app.dialog = Some(dialog),
            Err(why) => app.say(why),
        },
    }
    Vec::new()
}

/// Looks up what a rollback would do. Its batch is opened with it, so that what becomes of it is seen.
fn look(app: &mut App, window: &Window, then: Option<Then>) -> Vec<Effect> {
    let (batch, id) = (window.rollback.batch, window.rollback.id);
    app.decisions.selected = Some(id);
    let subject = Subject::Rollback(id);
    app.decisions.look = Some(Look { batch, subject: subject.clone(), told: None, then, top: 0 });
    let open = (app.data.batch != Some(batch)).then_some(Effect::Ask(Request::Open(batch)));
    open.into_iter().chain([Effect::Ask(Request::Blast(batch, subject))]).collect()
}

/// Asks for a rollback of what has run: its dialog opens once it is known what it would do.
pub fn roll_back(app: &mut App, files: Vec<FileId>, class: Class, now: bool) -> Vec<Effect> {
    if let Some(why) = orders::locked(app).or_else(|| orders::may_not_command(app)) {
        app.say(why);
        return Vec::new();
    }
    let Some(batch) = app.data.batch().map(|b| b.id) else {
        app.say("there is no batch to roll back");
        return Vec::new();
    };
    let subject = Subject::Thought { files, class };
    let then = Some(Then::RollBack { now });
    app.decisions.look = Some(Look { batch, subject: subject.clone(), told: None, then, top: 0 });
    app.say("looking up what the rollback would do …");
    vec![Effect::Ask(Request::Blast(batch, subject))]
}

/// Leaves, unless a run in this process makes a question of it.
pub fn leave(app: &mut App) -> Vec<Effect> {
    if app.exit().pause {
        app.dialog = Some(orders::leave(app));
        return Vec::new();
    }
    vec![Effect::Leave(app.exit())]
}

/// Changes the screen; its panes stay as they were.
pub fn show(app: &mut App, screen: Screen) {
    app.help = None;
    app.picker = None;
    if screen != app.screen {
        app.previous = std::mem::replace(&mut app.screen, screen);
    }
}

/// The file that an action is about.
pub fn selected(app: &App) -> Option<FileId> {
    match (app.place(), &app.detail) {
        (Places::DETAIL, Some(detail)) => Some(detail.file),
        (Places::FILES, _) => app.files.selected(),
        _ => None,
    }
}

fn breakpoint(app: &mut App) {
    let Some(file) = selected(app) else { return app.say("there is no file under the cursor") };
    let statement = app.detail.as_ref().filter(|d| d.pane == Pane::Sql).and_then(DetailView::statement);
    ask(app, Wish::Break(file, statement));
}

fn retry(app: &mut App) {
    match selected(app).or_else(|| app.data.batch().and_then(orders::only_failed)) {
        Some(file) => ask(app, Wish::Retry(file)),
        None => app.say("which file? Files (2) has them all; put the cursor on the failed one"),
    }
}

fn hold_view(app: &mut App) {
    match app.held {
        Some(_) => app.release_view(),
        None => app.held = Some(Default::default()),
    }
}

/// Esc and q: one pane at a time, and never out of the console.
fn close(app: &mut App, action: Action) {
    if app.help.take().is_some() || app.picker.take().is_some() {
        return;
    }
    match app.place() {
        Places::DETAIL => app.detail = None,
        Places::FILES if !app.files.filter.is_empty() => app.files.filter = Default::default(),
        Places::DECISIONS if app.decisions.look.is_some() => app.decisions.look = None,
        Places::BOARD if !app.board_filter.is_empty() => app.board_filter = Default::default(),
        _ if action == Action::ClosePane => app.say("nothing to close here; :q or Ctrl-C leaves the console"),
        _ => {}
    }
}

/// Opens a file, and asks for its text.
pub fn open_file(app: &mut App, file: FileId) -> Vec<Effect> {
    let Some(file) = app.data.batch().and_then(|b| b.file(file)) else { return Vec::new() };
    let detail = DetailView::new(file);
    let ask = Effect::Ask(Request::Source(detail.checksum.clone()));
    app.detail = Some(detail);
    vec![ask]
}

fn enter(app: &mut App) -> Vec<Effect> {
    if let Some(picker) = &app.picker {
        return match app.data.batches.get(picker.cursor) {
            Some(batch) => vec![Effect::Ask(Request::Open(batch.id))],
            None => Vec::new(),
        };
    }
    if app.place() == Places::DECISIONS {
        let window = decisions::selected(app);
        return window.map(|w| look(app, &w, None)).unwrap_or_default();
    }
    let file = match app.place() {
        Places::FILES => app.files.selected(),
        Places::BOARD => app.data.batch().and_then(|b| b.active().next().map(|f| f.id).or(orders::only_failed(b))),
        _ => None,
    };
    let Some(file) = file else { return Vec::new() };
    show(app, Screen::Files);
    app.files.select(file);
    open_file(app, file)
}

fn next_pane(app: &mut App) -> Vec<Effect> {
    if app.place() == Places::LOG {
        return vec![Effect::Log(LogKey::HideKey)];
    }
    if let Some(detail) = &mut app.detail {
        detail.pane = match detail.pane {
            Pane::Sql => Pane::Facts,
            Pane::Facts => Pane::Sql,
        };
    }
    Vec::new()
}

fn filter(app: &mut App) {
    let prompt = match app.place() {
        Places::DETAIL => Prompt::new(PromptKind::Search, ""),
        Places::FILES => Prompt::new(PromptKind::Filter, &app.files.filter.0),
        _ => Prompt::new(PromptKind::Filter, &app.board_filter.0),
    };
    app.prompt = Some(prompt);
}

fn next_match(app: &mut App, forward: bool) {
    if let Some(detail) = &mut app.detail {
        if detail.search.is_empty() {
            return app.say("nothing is searched for: / begins");
        }
        if !detail.find(forward) {
            app.say("not found");
        }
        return;
    }
    let rows = app.files.rows.len();
    if rows > 0 {
        app.files.cursor = (app.files.cursor + if forward { 1 } else { rows - 1 }) % rows;
    }
}

/// How far an action moves in a list: rows down, or up when negative.
fn distance(action: Action, page: usize) -> isize {
    let page = isize::try_from(page.max(1)).unwrap_or(isize::MAX / 4);
    match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::HalfUp => -(page / 2).max(1),
        Action::HalfDown => (page / 2).max(1),
        Action::Top => isize::MIN / 4,
        Action::Bottom => isize::MAX / 4,
        _ => 0,
    }
}

fn moved(app: &mut App, action: Action) -> Vec<Effect> {
    let rows = layout::files_rows(app);
    let by = |place: &mut usize, page: usize| *place = place.saturating_add_signed(distance(action, page));
    if let Some(help) = &mut app.help {
        by(help, rows);
    } else if let Some(picker) = &mut app.picker {
        by(&mut picker.cursor, rows);
    } else if app.screen == Screen::Log {
        return log_key(action).into_iter().map(Effect::Log).collect();
    } else if app.screen == Screen::Decisions {
        moved_in_decisions(app, action, rows);
    } else if app.screen == Screen::Board {
        by(&mut app.board_scroll, rows / 2);
    } else if app.detail.is_some() {
        moved_in_detail(app, action);
    } else {
        by(&mut app.files.cursor, rows);
    }
    Vec::new()
}

/// The list, or the blast radius where it is open.
fn moved_in_decisions(app: &mut App, action: Action, page: usize) {
    let by = distance(action, page / 2);
    if let Some(look) = &mut app.decisions.look {
        look.top = look.top.saturating_add_signed(by).min(10_000);
        return;
    }
    let windows = decisions::windows(app);
    let last = windows.len().saturating_sub(1);
    let at = app.decisions.cursor(&windows).saturating_add_signed(by).min(last);
    app.decisions.selected = windows.get(at).map(|w| w.rollback.id);
}

fn moved_in_detail(app: &mut App, action: Action) {
    let page = layout::sql_rows(app);
    let Some(detail) = &mut app.detail else { return };
    match (action, detail.pane) {
        (Action::Left, _) => detail.left = detail.left.saturating_sub(8),
        (Action::Right, _) => detail.left = (detail.left + 8).min(4096),
        (_, Pane::Facts) => detail.facts_top = detail.facts_top.saturating_add_signed(distance(action, page)),
        (_, Pane::Sql) => {
            detail.line = detail.line.saturating_add_signed(distance(action, page));
            detail.moved = true;
        }
    }
}

fn log_key(action: Action) -> Option<LogKey> {
    Some(match action {
        Action::Up => LogKey::UpKey,
        Action::Down => LogKey::DownKey,
        Action::Left => LogKey::LeftKey,
        Action::Right => LogKey::RightKey,
        Action::PageUp | Action::HalfUp => LogKey::PrevPageKey,
        Action::PageDown | Action::HalfDown => LogKey::NextPageKey,
        Action::Bottom => LogKey::EscapeKey,
        _ => return None,
    })
}

/// What is under the cursor, for the clipboard.
fn copy(app: &mut App) -> Vec<Effect> {
    let text = match app.place() {
        Places::DETAIL => app.detail.as_ref().and_then(|d| {
            let listing = d.listing()?;
            Some(d.statement().and_then(|n| listing.statement_text(n)).unwrap_or(listing.raw(d.line)).to_owned())
        }),
        Places::FILES => selected(app).and_then(|id| app.data.batch()?.file(id)).map(|f| f.path.clone()),
        Places::BOARD => Some(board_text(app)),
        Places::DECISIONS => {
            decisions::selected(app).map(|w| format!("rollback {}: {}", w.rollback.id, w.rollback.reason))
        }
        _ => None,
    };
    let Some(text) = text else {
        app.say("there is nothing to copy here");
        return Vec::new();
    };
    let text = SafeText::for_copy(&text);
    app.say(format!("copied {} characters", text.chars().count()));
    vec![Effect::Copy(text)]
}

fn board_text(app: &App) -> String {
    let mut lines = vec![format!("waiting on: {}", waiting::on(app).to_plain())];
    if let Some(batch) = app.data.batch() {
        lines.insert(0, format!("batch {} {}: {}", batch.id, batch.name, batch.status));
        let failures = batch.in_order().filter_map(|f| f.failure.as_ref().map(|e| format!("{}: {e}", f.path)));
        lines.extend(failures.take(20));
        let newest = app.data.recent.iter().rev().take(20);
        lines.extend(newest.map(|e| format!("{} {}", e.at.to_rfc3339(), sentence::of(batch, e).to_plain())));
    }
    lines.join("\n")
}

/// The choice among batches.
pub fn batches(app: &mut App) -> Vec<Effect> {
    update::pick(app)
}
