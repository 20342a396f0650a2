//! Actions carried out.

use super::board;
use super::copying;
use super::decisions;
use super::dialogs;
use super::graph;
use super::help;
use super::lists;
use super::lookup::lookup;
use super::opening::{open_file, show};
use super::override_dialog;
use super::rollback_dialogs;
use crate::console::state::action::{Action, Places, Screen};
use crate::console::state::app::App;
use crate::console::state::decisions::{BlastLookup, NextDialog};
use crate::console::state::guide::GuideView;
use crate::console::state::intent::{self, CommandIntent};
use crate::console::state::message::{Effect, LogKey, Request};
use crate::console::state::overrides;
use crate::console::state::presence::Presence;
use crate::console::state::prompt::{Prompt, PromptKind};
use crate::console::state::rollbacks;
use crate::console::state::views::{DetailView, HelpView, Pane, Picker};
use crate::console::view::layout;
use crate::model::{AlertStatus, Class, FileId, RollbackId, RollbackSubject, StepUnit, Verdict};

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
        Action::Palette => app.prompt = Some(Prompt::command(&app.lately)),
        Action::Filter => filter(app),
        Action::NextMatch => next_match(app, true),
        Action::PreviousMatch => next_match(app, false),
        Action::Help => app.help = if app.help.is_some() { None } else { Some(HelpView::default()) },
        Action::Copy => return copying::copy(app),
        Action::Wrap => app.wrap = !app.wrap,
        Action::Times => app.relative = !app.relative,
        Action::Sort if app.screen == Screen::History => app.past_order = app.past_order.next(),
        Action::Sort => app.files.sort = app.files.sort.next(),
        Action::Mouse => {
            app.mouse = !app.mouse;
            return vec![Effect::Mouse(app.mouse)];
        }
        Action::HoldView => hold_view(app),
        Action::Leave => return leave(app),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Step => ask(app, CommandIntent::Step(StepUnit::Statement)),
        Action::PauseResume => ask(app, CommandIntent::PauseOrResume),
        Action::Breakpoint => breakpoint(app),
        Action::Retry => retry(app),
        Action::RollBack => {
            let files: Vec<FileId> = app.selected_file().into_iter().collect();
            let class = if files.is_empty() { Class::A } else { Class::B };
            return roll_back(app, files, class, false);
        }
        Action::Override => {
            let stopped = overrides::under_cursor(app);
            override_dialog::open(app, stopped);
        }
        Action::Freeze => ask(app, CommandIntent::FreezeOrThaw),
        Action::Approve => return rule(app, Verdict::Approve, None),
        Action::Reject => return rule(app, Verdict::Reject, None),
        Action::Acknowledge => lists::alert(app, AlertStatus::Acknowledged, None),
        Action::ResolveAlert => lists::alert(app, AlertStatus::Resolved, None),
        Action::EscalateAlert => lists::alert(app, AlertStatus::Escalated, None),
        Action::Tick => lists::tick(app, None),
    }
    Vec::new()
}

/// Opens the dialog for a wish, or says why there is none.
pub fn ask(app: &mut App, intent: CommandIntent) {
    match dialogs::dialog(app, intent) {
        Ok(dialog) => app.dialog = Some(dialog),
        Err(why) => app.notify(why),
    }
}

/// Decides about a rollback: the one under the cursor, or the one of a number. An approval opens its dialog once it is
/// known what it would do.
pub fn rule(app: &mut App, verdict: Verdict, id: Option<RollbackId>) -> Vec<Effect> {
    if let Some(id) = id {
        if !rollbacks::all(app).iter().any(|w| w.rollback.id == id) {
            app.notify(format!("there is no rollback {id} that is open"));
            return Vec::new();
        }
        show(app, Screen::Decisions);
        app.decisions.selected = Some(id);
    }
    let Some(summary) = rollbacks::selected(app) else {
        app.notify(rollbacks::nothing_to_decide(app));
        return Vec::new();
    };
    let refused = intent::locked(app).or_else(|| rollbacks::cannot_decide(app, &summary));
    match (refused, verdict) {
        (Some(why), _) => app.notify(why),
        (None, Verdict::Approve) => return lookup(app, &summary, Some(NextDialog::Approve)),
        (None, Verdict::Reject) => match rollback_dialogs::decision(app, &summary, verdict, None) {
            Ok(dialog) => app.dialog = Some(dialog),
            Err(why) => app.notify(why),
        },
    }
    Vec::new()
}

/// Asks for a rollback of what has run: its dialog opens once it is known what it would do.
pub fn roll_back(app: &mut App, files: Vec<FileId>, class: Class, now: bool) -> Vec<Effect> {
    if let Some(why) = intent::locked(app).or_else(|| intent::may_not_command(app)) {
        app.notify(why);
        return Vec::new();
    }
    let Some(batch) = app.data.batch().map(|b| b.id) else {
        app.notify("there is no batch to roll back");
        return Vec::new();
    };
    let subject = RollbackSubject::Proposed { files, class };
    let then = Some(NextDialog::RollBack { now });
    app.decisions.lookup = Some(BlastLookup::new(batch, subject.clone(), then));
    app.notify("looking up what the rollback would do …");
    vec![Effect::Ask(Request::BlastRadius(batch, subject))]
}

/// Leaves, unless a run in this process makes a question of it.
pub fn leave(app: &mut App) -> Vec<Effect> {
    // Where its worker has died nothing is left here to be paused; one that has just been started is not seen yet.
    if app.exit().pause && !matches!(app.presence(), Presence::Missing { .. }) {
        app.dialog = Some(dialogs::leave(app));
        return Vec::new();
    }
    vec![Effect::Leave(app.exit())]
}

fn breakpoint(app: &mut App) {
    let Some(file) = app.selected_file() else { return app.notify("there is no file under the cursor") };
    let statement = app.detail.as_ref().filter(|d| d.pane == Pane::Sql).and_then(DetailView::statement);
    ask(app, CommandIntent::Break(file, statement));
}

fn retry(app: &mut App) {
    match app.selected_file().or_else(|| app.data.batch().and_then(intent::only_failed)) {
        Some(file) => ask(app, CommandIntent::Retry(file)),
        None => app.notify("which file? Files (2) has them all; put the cursor on the failed one"),
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
    if (app.help.is_some() && app.help_filter.take()) || app.help.take().is_some() || app.picker.take().is_some() {
        return;
    }
    match app.place() {
        Places::DETAIL => app.detail = None,
        Places::FILES if !app.files.filter.is_empty() => app.files.filter = Default::default(),
        Places::GRAPH if !app.graph.filter.is_empty() => app.graph.filter_by(Default::default()),
        Places::DECISIONS if decisions::close(app) => {}
        _ if app.list().is_some_and(|list| list.opened) => {
            app.list().into_iter().for_each(|list| (list.opened, list.pane_top) = (false, 0));
        }
        _ if app.list().is_some_and(|list| !list.filter.is_empty()) => {
            app.list().into_iter().for_each(|list| list.filter = Default::default());
        }
        Places::BOARD if board::close(app) => {}
        _ if action == Action::ClosePane => app.notify("nothing to close here; :q or Ctrl-C leaves the console"),
        _ => {}
    }
}

fn enter(app: &mut App) -> Vec<Effect> {
    if app.help.is_some() {
        return help::chosen(app).map(|action| act(app, action)).unwrap_or_default();
    }
    let on_board = app.place() == Places::BOARD;
    if let Some(picker) = &app.picker {
        return match app.data.batches.get(picker.cursor) {
            Some(batch) => vec![Effect::Ask(Request::Open(batch.id))],
            None => Vec::new(),
        };
    }
    if let Some(number) = app.guide.as_mut().filter(|_| on_board).and_then(GuideView::go_on) {
        return vec![Effect::GoOn(number)];
    }
    if app.list().is_some() {
        return lists::enter(app);
    }
    if app.place() == Places::DECISIONS {
        return decisions::enter(app);
    }
    if app.place() == Places::BOARD {
        return board::enter(app);
    }
    let file = match app.place() {
        Places::FILES => app.files.selected(),
        Places::GRAPH => app.graph.cursor,
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
    if let Some(list) = app.list() {
        list.pane = list.pane.wrapping_add(1);
        return Vec::new();
    }
    if app.place() == Places::BOARD {
        board::next_part(app);
    } else if app.place() == Places::DECISIONS {
        decisions::next_pane(app);
    } else if let Some(detail) = &mut app.detail {
        detail.pane = match detail.pane {
            Pane::Sql => Pane::Facts,
            Pane::Facts => Pane::Sql,
        };
    }
    Vec::new()
}

fn filter(app: &mut App) {
    let prompt = match app.place() {
        _ if app.help.is_some() => Prompt::new(PromptKind::Filter, &app.help_filter.0),
        Places::DETAIL => Prompt::new(PromptKind::Search, ""),
        Places::FILES => Prompt::new(PromptKind::Filter, &app.files.filter.0),
        Places::GRAPH => Prompt::new(PromptKind::Filter, &app.graph.filter.0),
        _ => {
            let typed = app.list().map(|list| list.filter.0.clone());
            Prompt::new(PromptKind::Filter, typed.as_ref().unwrap_or(&app.board.filter.0))
        }
    };
    app.prompt = Some(prompt);
}

fn next_match(app: &mut App, forward: bool) {
    if let Some(detail) = &mut app.detail {
        if detail.search.is_empty() {
            return app.notify("nothing is searched for: / begins");
        }
        if !detail.find(forward) {
            app.notify("not found");
        }
        return;
    }
    let rows = app.files.rows.len();
    if rows > 0 {
        app.files.cursor = (app.files.cursor + if forward { 1 } else { rows - 1 }) % rows;
    }
}

/// Distance that an action moves in a list: rows down, or up when negative.
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
    if app.help.is_some() {
        help::moved(app, action, distance(action, rows));
    } else if let Some(picker) = &mut app.picker {
        by(&mut picker.cursor, rows);
    } else if app.screen == Screen::Log {
        return log_key(action).into_iter().map(Effect::Log).collect();
    } else if let Some(list) = app.list() {
        list.move_by(distance(action, rows / 2));
    } else if app.screen == Screen::Decisions {
        decisions::moved(app, distance(action, rows / 2));
    } else if app.screen == Screen::Graph {
        graph::moved(app, action, distance(action, rows / 2));
    } else if app.screen == Screen::Board {
        board::moved(app, action, distance(action, rows / 2));
    } else if app.detail.is_some() {
        moved_in_detail(app, action);
    } else {
        by(&mut app.files.cursor, rows);
    }
    Vec::new()
}

fn moved_in_detail(app: &mut App, action: Action) {
    let page = layout::sql_rows(app);
    let file = app.detail.as_ref().and_then(|detail| app.data.batch()?.file(detail.file));
    let runs = file.is_some_and(|file| file.running.is_some());
    let Some(detail) = &mut app.detail else { return };
    match (action, detail.pane) {
        (Action::Left, _) => detail.left = detail.left.saturating_sub(8),
        (Action::Right, _) => detail.left = (detail.left + 8).min(4096),
        (_, Pane::Facts) => detail.facts_top = detail.facts_top.saturating_add_signed(distance(action, page)),
        // It follows what runs again.
        (Action::Bottom, Pane::Sql) if runs => detail.moved = false,
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

/// Opens the choice among batches, and asks for a fresh list.
pub fn batches(app: &mut App) -> Vec<Effect> {
    app.picker = Some(Picker::default());
    vec![Effect::Ask(Request::Batches)]
}
