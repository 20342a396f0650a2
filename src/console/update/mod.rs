//! The one place where the console's state changes: pure, from an input to effects.
//!
//! A key becomes an action by the keymap, and `actions` carries it out; a line of the palette goes through `palette`. What
//! would change something opens a dialog (`dialogs`, `rollback_dialogs`); only an accepted dialog makes a request.

mod accepting;
mod actions;
mod alert_dialogs;
mod board;
mod copying;
mod decisions;
mod dialogs;
mod following;
mod graph;
mod help;
mod lists;
mod lookup;
mod mouse;
mod opening;
mod override_dialog;
mod palette;
mod replay;
mod rollback_dialogs;
mod settle;
mod tick_dialog;

use crate::console::feed::{FeedError, FeedFault, FileText};
use crate::console::safe_text::SafeText;
use crate::console::state::action::{Action, Screen};
use crate::console::state::app::{App, ConnectionState};
use crate::console::state::dialog::{self, DialogOutcome};
use crate::console::state::filter::Filter;
use crate::console::state::guide::GuideView;
use crate::console::state::listing::Listing;
use crate::console::state::message::{Effect, Input, Now, Report, Request};
use crate::console::state::prompt::{PromptKind, PromptOutcome};
use crate::console::state::request::RequestStage;
use crate::console::state::rollbacks;
use crate::console::state::views::{HelpView, Source};
use crate::console::view::file_events;
use crate::model::Checksum;
use crate::sql::Dialect;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// Takes in one input at a moment.
pub fn update(app: &mut App, now: Now, input: Input) -> Vec<Effect> {
    app.now = now;
    expire(app);
    let changes = app.data.figures_due;
    let asked = app.dialog.is_some();
    let effects = match input {
        Input::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        // Esc and a letter that arrive together look like Alt and the letter; nothing here means Alt.
        Input::Key(key) if key.modifiers.contains(KeyModifiers::ALT) => {
            let mut effects = press(app, &KeyEvent::from(KeyCode::Esc));
            effects.extend(press(app, &KeyEvent::new(key.code, key.modifiers - KeyModifiers::ALT)));
            effects
        }
        Input::Key(key) => press(app, &key),
        Input::Paste(text) => {
            paste(app, &text);
            Vec::new()
        }
        Input::Wheel { down } => actions::act(app, if down { Action::Down } else { Action::Up }),
        Input::Click { column, row } => mouse::click(app, column, row),
        Input::Resize(width, height) => {
            app.size = (width, height);
            Vec::new()
        }
        Input::Tick => {
            app.data.pack();
            Vec::new()
        }
        Input::Painted => {
            if let Some(dialog) = &mut app.dialog {
                dialog.painted = true;
            }
            Vec::new()
        }
        Input::Feed(report) => hear(app, report),
        Input::Guide(words) => {
            let replay = words.replay;
            app.guide = Some(GuideView::new(words, now.mono));
            replay.map(|batch| replay::of_batch(app, batch)).unwrap_or_default()
        }
    };
    if !asked && app.dialog.is_some() {
        app.asked_at = app.clock();
        // What was said while it was looked up is over.
        app.notice = None;
    }
    let moved = app.data.figures_due || changes;
    settle::settle(app, moved);
    let mut effects = effects;
    effects.extend(tour(app));
    if app.data.server.is_some() && !app.is_stale() && !app.data.account.untold {
        let is_shown = app.screen == Screen::Decisions;
        let wanted = app.decisions.request(is_shown, &app.data.rollbacks, app.now.mono);
        effects.extend(wanted.map(Effect::Ask));
        effects.extend(decisions::look_at(app));
        if app.screen == Screen::Decisions && app.replay.is_none() {
            let summaries = rollbacks::all(app);
            effects.extend(app.decisions.question(&summaries, app.now.mono).map(Effect::Ask));
        }
        let wanted = app.lists.request(app.screen, app.data.batch, app.now.mono);
        effects.extend(wanted.map(|list| Effect::Ask(Request::List(list))));
        effects.extend(board::wanted_text(app));
    }
    effects
}

/// Goes on with the tour when its time has come, and not under something that the viewer reads.
fn tour(app: &mut App) -> Option<Effect> {
    let mono = app.now.mono;
    let is_covered = app.dialog.is_some() || app.prompt.is_some() || app.help.is_some() || app.held.is_some();
    let guide = app.guide.as_mut()?;
    if is_covered {
        guide.covered(mono);
    }
    let number = if guide.is_due(mono) { guide.go_on() } else { None };
    number.map(Effect::GoOn)
}

fn expire(app: &mut App) {
    let mono = app.now.mono;
    if app.notice.as_ref().is_some_and(|n| n.until <= mono) {
        app.notice = None;
    }
    if app.armed_until.is_some_and(|until| until <= mono) {
        app.armed_until = None;
        app.notify("no longer armed: changes are locked again");
    }
}

fn press(app: &mut App, key: &KeyEvent) -> Vec<Effect> {
    if app.moved_on.is_some() {
        if matches!(key.code, KeyCode::Enter | KeyCode::Esc | KeyCode::Char('q')) {
            app.moved_on = None;
        }
        return Vec::new();
    }
    if let Some(effects) = replay::answer(app, key) {
        return effects;
    }
    if let Some(dialog) = &mut app.dialog {
        return match dialog.press(key) {
            DialogOutcome::Nothing => Vec::new(),
            DialogOutcome::Cancelled => {
                app.dialog = None;
                Vec::new()
            }
            DialogOutcome::Accepted => accepting::accepted(app),
        };
    }
    if let Some(prompt) = &mut app.prompt {
        let kind = prompt.kind;
        let typed = prompt.press(key);
        let text = prompt.line.value().to_owned();
        return match typed {
            PromptOutcome::Editing => {
                preview(app, kind, text);
                Vec::new()
            }
            PromptOutcome::Cancelled => {
                app.prompt = None;
                preview(app, kind, String::new());
                Vec::new()
            }
            PromptOutcome::Entered(text) => {
                app.prompt = None;
                entered(app, kind, text)
            }
        };
    }
    if let Some(effects) = replay::press(app, key) {
        return effects;
    }
    let action = app.keymap.action(key, app.place());
    if let Some(guide) = app.guide.as_mut().filter(|_| action != Some(Action::Enter)) {
        guide.looked_around(app.now.mono);
    }
    match action {
        Some(action) => actions::act(app, action),
        None => {
            elsewhere(app, key);
            Vec::new()
        }
    }
}

/// Says of a key that changes something elsewhere where that is: it means nothing here.
fn elsewhere(app: &mut App, key: &KeyEvent) {
    let Some(binding) = app.keymap.elsewhere(key) else { return };
    let places: Vec<String> = Screen::all()
        .filter(|screen| binding.places.meet(screen.place()))
        .map(|screen| format!("{} ({})", screen.name(), screen.number()))
        .collect();
    let key = binding.keys.first().map(|k| k.to_string()).unwrap_or_default();
    let text = format!("{key} ({}) means nothing here: it is on {}", binding.word, places.join(", "));
    app.notify(text);
}

/// A filter is in force while it is typed.
fn preview(app: &mut App, kind: PromptKind, text: String) {
    match (kind, app.screen) {
        (PromptKind::Filter, _) if app.help.is_some() => {
            app.help_filter.0 = text;
            app.help = Some(HelpView { row: 0, ..HelpView::default() });
        }
        (PromptKind::Filter, Screen::Files) => app.files.filter.0 = text,
        (PromptKind::Filter, Screen::Graph) => app.graph.filter_by(Filter(text)),
        (PromptKind::Filter, _) if app.list().is_some() => {
            app.list().into_iter().for_each(|list| list.filter.0.clone_from(&text));
        }
        (PromptKind::Filter, _) => {
            app.board.filter.0 = text;
            app.board.top = 0;
        }
        (PromptKind::Command | PromptKind::Search, _) => {}
    }
}

fn entered(app: &mut App, kind: PromptKind, text: String) -> Vec<Effect> {
    match kind {
        PromptKind::Command => return palette::run(app, &text),
        PromptKind::Filter => preview(app, kind, text),
        PromptKind::Search => {
            let found = app.detail.as_mut().map(|detail| {
                detail.search = text;
                detail.find(true)
            });
            if found == Some(false) {
                app.notify("not found");
            }
        }
    }
    Vec::new()
}

fn paste(app: &mut App, text: &str) {
    if let Some(asking) = replay::asking(app) {
        dialog::paste(&mut asking.line, text);
    } else if let Some(dialog) = &mut app.dialog {
        let typing = dialog.typing().filter(|_| dialog.painted);
        if let Some(asked) = typing.and_then(|n| dialog.texts.get_mut(n)) {
            dialog::paste(&mut asked.line, text);
        }
    } else if let Some(prompt) = &mut app.prompt {
        dialog::paste(&mut prompt.line, text);
    }
}

fn hear(app: &mut App, report: Report) -> Vec<Effect> {
    match report {
        Report::Attached(news) => {
            back_again(app);
            app.held = None;
            app.dialect = app.dialect.or_else(|| dialect(&news.server.kind));
            replay::attached(app, news.replay.clone());
            app.following.missed();
            app.data.attach(*news);
            app.lists.forget();
            app.files.forget();
            app.board.forget();
            app.texts.forget();
            app.detail = None;
            (app.decisions.due, app.decisions.told_open) = (true, None);
        }
        Report::Update(mut update) => {
            back_again(app);
            app.data.around(&mut update, app.now.mono, app.now.wall);
            replay::moved(app, update.transport.take());
            let scrolled = app.board.journal && app.board.top > 0 && app.board.filter.is_empty() && app.held.is_none();
            if scrolled {
                app.board.top += update.events.iter().filter(|e| file_events::is_told(&e.kind)).count();
            }
            let (read, whole) = (update.read, update.whole.take());
            update.events.into_iter().for_each(|e| app.take(e));
            if let Some((part, read)) = app.data.part.as_mut().zip(read) {
                part.read = read;
            }
            if let Some(whole) = whole {
                app.release_view();
                app.data.complete(*whole);
            }
            app.data.pack();
            return following::follow(app);
        }
        Report::Lost { error, again_ms } => {
            app.connection = ConnectionState::Lost { error, again_at: app.now.mono + again_ms };
        }
        Report::Submitted(answer) => submitted(app, answer.map(RequestStage::Sent)),
        Report::Decided(answer) => submitted(app, answer.map(RequestStage::Decided)),
        Report::Rollbacks(Ok(summaries)) => app.data.rollbacks = summaries,
        Report::Rollbacks(Err(error)) => app.notify(format!("the rollbacks cannot be read: {error}")),
        Report::BlastRadius(batch, subject, told) => {
            let told = told.map_err(|error| SafeText::new(format!("it cannot be looked up: {error}")));
            app.decisions.keep(&subject, told.clone(), app.now.mono);
            let wanted = app.decisions.lookup.as_mut().filter(|l| l.batch == batch && l.subject == subject);
            if let Some(lookup) = wanted {
                lookup.told = Some(told);
                crate::console::update::rollback_dialogs::arrived(app);
            }
        }
        Report::List(wanted, told) => {
            app.lists.take(app.now.mono, wanted, *told);
            if app.lists.has_come() {
                app.request.iter_mut().for_each(|request| request.stage = RequestStage::Effective);
            }
        }
        Report::Source(checksum, answer) => source(app, &checksum, answer),
        Report::Batches(Ok(batches)) => app.data.batches = batches,
        Report::Batches(Err(error)) => {
            app.picker = None;
            app.notify(format!("the batches cannot be read: {error}"));
        }
        Report::Opened(Ok(opened)) => {
            app.held = None;
            app.detail = None;
            app.picker = None;
            app.board.forget();
            app.following.opened(opened.batch, app.data.newest_batch);
            app.data.open(*opened);
        }
        Report::Steered(steered) => replay::steered(app, *steered),
        Report::NotReplayed(error) => app.notify(format!("no replay: {error}")),
        Report::Opened(Err(error)) => {
            app.following.missed();
            app.notify(format!("the batch cannot be opened: {error}"));
        }
    }
    Vec::new()
}

fn back_again(app: &mut App) {
    app.connection = ConnectionState::Live;
    app.news_at = app.now.mono;
}

fn submitted(app: &mut App, answer: Result<RequestStage, FeedError>) {
    let Some(request) = &mut app.request else { return };
    let remedy = answer.as_ref().err().and_then(|error| error.hint.as_ref());
    let remedy = remedy.map(|hint| format!("{}: {hint}", request.words));
    request.stage = match answer {
        Ok(stage) => stage,
        Err(error) if error.fault == FeedFault::Denied => RequestStage::Refused(error.to_string()),
        Err(error) => RequestStage::Failed(error.to_string()),
    };
    if let Some(remedy) = remedy {
        app.notify(remedy);
    }
}

fn source(app: &mut App, checksum: &Checksum, answer: Result<Option<FileText>, FeedError>) {
    let dialect = app.dialect.unwrap_or(Dialect::MariaDb);
    app.texts.take(checksum, &answer, dialect);
    let Some(detail) = app.detail.as_mut().filter(|d| d.checksum == *checksum) else { return };
    let listing = |text: &str| Box::new(Listing::new(text, dialect));
    detail.source = match answer {
        Ok(Some(FileText { source, undo })) => {
            Source::Here { up: listing(&source.up), down: source.down.as_deref().map(listing), undo }
        }
        Ok(None) => Source::Missing("the text of this file is not kept here".into()),
        Err(error) => Source::Missing(SafeText::new(format!("the text cannot be read: {error}"))),
    };
}

fn dialect(kind: &str) -> Option<Dialect> {
    Dialect::ALL.into_iter().find(|d| d.as_str().eq_ignore_ascii_case(kind))
}
