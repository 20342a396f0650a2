//! The one place where the console's state changes: pure, from an input to effects.

use super::action::Screen;
use super::app::{App, Effect, Input, LastOrder, Link, Now, Stage};
use super::dialog::{self, Pressed, Purpose};
use super::feed::{FeedFault, FileText, Ruling};
use super::link::{Report, Request};
use super::listing::Listing;
use super::prompt::{PromptKind, Typed};
use super::safe_text::SafeText;
use super::screens::{decisions as decisions_screen, file_detail};
use super::views::{Picker, Source};
use super::{commands, decisions, dialog_view, keys, layout, views};
use crate::model::{File, FileState, Phase};
use crate::sql::Dialect;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// Takes in one input at a moment.
pub fn update(app: &mut App, now: Now, input: Input) -> Vec<Effect> {
    app.now = now;
    expire(app);
    let changes = app.data.figures_due;
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
        Input::Wheel { down } => keys::act(app, if down { keys::WHEEL_DOWN } else { keys::WHEEL_UP }),
        Input::Resize(width, height) => {
            app.size = (width, height);
            Vec::new()
        }
        Input::Tick => Vec::new(),
        Input::Painted => {
            if let Some(dialog) = &mut app.dialog {
                dialog.painted = true;
            }
            Vec::new()
        }
        Input::Feed(report) => hear(app, report),
    };
    let moved = app.data.figures_due || changes;
    settle(app, moved);
    let mut effects = effects;
    if app.data.server.is_some() && !app.is_stale() {
        let wanted = app.decisions.request(app.screen == Screen::Decisions, app.now.mono);
        effects.extend(wanted.map(Effect::Ask));
    }
    effects
}

fn expire(app: &mut App) {
    let mono = app.now.mono;
    if app.notice.as_ref().is_some_and(|n| n.until <= mono) {
        app.notice = None;
    }
    if app.armed_until.is_some_and(|until| until <= mono) {
        app.armed_until = None;
        app.say("no longer armed: changes are locked again");
    }
}

/// Brings everything that depends on something else back in line.
fn settle(app: &mut App, moved: bool) {
    app.data.count();
    let rows = layout::files_rows(app);
    app.files.build(app.data.batch.and_then(|id| app.data.world.batch(id)), moved);
    app.files.settle(rows);
    app.board_scroll = app.board_scroll.min(app.data.recent.len().saturating_sub(1));
    let height = layout::sql_rows(app);
    if layout::regions(app).is_none() {
        // What cannot be seen cannot be accepted.
        app.dialog = None;
    }
    if let Some(dialog) = &mut app.dialog {
        dialog.top = dialog.top.min(dialog_view::most_scrolled(dialog, app.size));
    }
    let batches = app.data.batches.len();
    if let Some(picker) = &mut app.picker {
        views::settle(&mut picker.cursor, &mut picker.top, batches, rows.saturating_sub(4));
    }
    settle_panes(app);
    let Some(detail) = &mut app.detail else { return };
    let file = app.data.batch.and_then(|b| app.data.world.file(b, detail.file));
    if let Some(statement) = file.filter(|_| !detail.moved).and_then(statement_of_interest)
        && let Some(line) = detail.listing().and_then(|l| l.first_line(statement))
    {
        detail.line = line;
    }
    let lines = detail.listing().map_or(0, Listing::len);
    views::settle(&mut detail.line, &mut detail.top, lines, height);
}

/// Panes are not scrolled beyond their end: the way back up would seem dead.
fn settle_panes(app: &mut App) {
    let Some(content) = layout::regions(app).map(|regions| regions.content) else { return };
    let most = decisions_screen::most_scrolled(app, content);
    if let Some(look) = app.decisions.look.as_mut().filter(|look| look.told.is_some()) {
        look.top = look.top.min(most);
    }
    if app.detail.as_ref().is_some_and(|detail| detail.facts_top > 0) {
        let most = file_detail::most_scrolled(app, content);
        app.detail.iter_mut().for_each(|detail| detail.facts_top = detail.facts_top.min(most));
    }
}

/// The statement that a reader looks for: the one that runs, the next one of a file that is held, the one that failed.
fn statement_of_interest(file: &File) -> Option<u32> {
    let running = file.running.as_ref().filter(|r| r.phase == Phase::Forward).map(|r| r.statement);
    let next = || file.next_statement().filter(|_| file.state == FileState::Migrating);
    let failed = || file.failure.as_ref().and_then(|failure| failure.statement);
    running.or_else(next).or_else(failed)
}

fn press(app: &mut App, key: &KeyEvent) -> Vec<Effect> {
    if let Some(dialog) = &mut app.dialog {
        return match dialog.press(key) {
            Pressed::Nothing => Vec::new(),
            Pressed::Cancelled => {
                app.dialog = None;
                Vec::new()
            }
            Pressed::Accepted => accepted(app),
        };
    }
    if let Some(prompt) = &mut app.prompt {
        let kind = prompt.kind;
        let typed = prompt.press(key);
        let text = prompt.line.value().to_owned();
        return match typed {
            Typed::Editing => {
                preview(app, kind, text);
                Vec::new()
            }
            Typed::Cancelled => {
                app.prompt = None;
                preview(app, kind, String::new());
                Vec::new()
            }
            Typed::Entered(text) => {
                app.prompt = None;
                entered(app, kind, text)
            }
        };
    }
    match app.keymap.action(key, app.place()) {
        Some(action) => keys::act(app, action),
        None => Vec::new(),
    }
}

/// A filter is in force while it is typed.
fn preview(app: &mut App, kind: PromptKind, text: String) {
    match (kind, app.screen) {
        (PromptKind::Filter, Screen::Files) => app.files.filter.0 = text,
        (PromptKind::Filter, _) => {
            app.board_filter.0 = text;
            app.board_scroll = 0;
        }
        (PromptKind::Command | PromptKind::Search, _) => {}
    }
}

fn entered(app: &mut App, kind: PromptKind, text: String) -> Vec<Effect> {
    match kind {
        PromptKind::Command => return commands::run(app, &text),
        PromptKind::Filter => preview(app, kind, text),
        PromptKind::Search => {
            let found = app.detail.as_mut().map(|detail| {
                detail.search = text;
                detail.find(true)
            });
            if found == Some(false) {
                app.say("not found");
            }
        }
    }
    Vec::new()
}

fn paste(app: &mut App, text: &str) {
    if let Some(dialog) = &mut app.dialog {
        let typing = dialog.typing().filter(|_| dialog.painted);
        if let Some(asked) = typing.and_then(|n| dialog.texts.get_mut(n)) {
            dialog::paste(&mut asked.line, text);
        }
    } else if let Some(prompt) = &mut app.prompt {
        dialog::paste(&mut prompt.line, text);
    }
}

/// The operator has accepted: what was seen is compared once more with what is there now.
fn accepted(app: &mut App) -> Vec<Effect> {
    let Some(dialog) = app.dialog.take() else { return Vec::new() };
    let reason = dialog.reason();
    match dialog.purpose {
        Purpose::Leave => vec![Effect::Leave(app.exit())],
        Purpose::Order(mut order) => {
            if let Some(why) = super::orders::locked(app) {
                app.say(why);
                return Vec::new();
            }
            order.reason = reason;
            app.order = Some(LastOrder { words: order.verb.name().to_owned(), stage: Stage::Sending });
            vec![Effect::Ask(Request::Submit(order))]
        }
        Purpose::Decide(mut ruling) => {
            if let Some(why) = moved_on(app, &ruling) {
                app.say(why);
                return Vec::new();
            }
            ruling.reason = reason;
            app.order = Some(LastOrder { words: ruling.verdict.to_string(), stage: Stage::Sending });
            vec![Effect::Ask(Request::Decide(ruling))]
        }
    }
}

/// Why a decision can no longer be handed in: what was seen is not what is there now.
fn moved_on(app: &App, ruling: &Ruling) -> Option<String> {
    if let Some(why) = super::orders::locked(app) {
        return Some(why);
    }
    let windows = decisions::windows(app);
    let Some(window) = windows.iter().find(|w| w.rollback.id == ruling.rollback) else {
        return Some(format!("moved on since you looked: rollback {} is no longer open", ruling.rollback));
    };
    if let Some(why) = decisions::cannot_decide(app, window) {
        return Some(format!("moved on since you looked: {why}"));
    }
    let (seen, is) = (ruling.seen.files.len(), window.scope.len());
    let same = ruling.seen.files == window.files();
    (!same).then(|| format!("moved on since you looked: it was about {seen} files and is now about {is}; look again"))
}

fn hear(app: &mut App, report: Report) -> Vec<Effect> {
    match report {
        Report::Attached(news) => {
            back_again(app);
            app.held = None;
            app.dialect = app.dialect.or_else(|| dialect(&news.server.kind));
            app.data.attach(*news);
            app.files.forget();
            app.detail = None;
            app.decisions.due = true;
        }
        Report::Update(mut update) => {
            back_again(app);
            app.data.around(&mut update, app.now.mono, app.now.wall);
            let scrolled = app.board_scroll > 0 && app.board_filter.is_empty() && app.held.is_none();
            if scrolled {
                app.board_scroll += update.events.len();
            }
            update.events.into_iter().for_each(|e| app.take(e));
            return follow_first_batch(app);
        }
        Report::Lost { error, again_ms } => {
            app.link = Link::Lost { error, again_at: app.now.mono + again_ms };
        }
        Report::Submitted(answer) => submitted(app, answer.map(Stage::Sent)),
        Report::Decided(answer) => submitted(app, answer.map(Stage::Decided)),
        Report::Windows(Ok(windows)) => app.data.windows = windows,
        Report::Windows(Err(error)) => app.say(format!("the rollbacks cannot be read: {error}")),
        Report::Blast(batch, subject, told) => {
            let wanted = app.decisions.look.as_mut().filter(|l| l.batch == batch && l.subject == subject);
            if let Some(look) = wanted {
                look.told = Some(told.map_err(|error| SafeText::of(format!("it cannot be looked up: {error}"))));
                super::ruling::arrived(app);
            }
        }
        Report::Source(checksum, answer) => source(app, &checksum, answer),
        Report::Batches(Ok(batches)) => app.data.batches = batches,
        Report::Batches(Err(error)) => {
            app.picker = None;
            app.say(format!("the batches cannot be read: {error}"));
        }
        Report::Opened(Ok(opened)) => {
            app.held = None;
            app.detail = None;
            app.picker = None;
            app.board_scroll = 0;
            app.data.open(*opened);
        }
        Report::Opened(Err(error)) => app.say(format!("the batch cannot be opened: {error}")),
    }
    Vec::new()
}

fn back_again(app: &mut App) {
    app.link = Link::Live;
    app.news_at = app.now.mono;
}

/// Where there was no batch at all, the first one is opened by itself; later ones are only mentioned.
fn follow_first_batch(app: &mut App) -> Vec<Effect> {
    match app.data.newest_batch {
        Some(batch) if app.data.batch.is_none() => vec![Effect::Ask(Request::Open(batch))],
        _ => Vec::new(),
    }
}

fn submitted(app: &mut App, answer: Result<Stage, super::FeedError>) {
    let Some(order) = &mut app.order else { return };
    order.stage = match answer {
        Ok(stage) => stage,
        Err(error) if error.fault == FeedFault::Denied => Stage::Refused(error.to_string()),
        Err(error) => Stage::Failed(error.to_string()),
    };
}

fn source(app: &mut App, checksum: &crate::model::Checksum, answer: Result<Option<FileText>, super::FeedError>) {
    let dialect = app.dialect.unwrap_or(Dialect::MariaDb);
    let Some(detail) = app.detail.as_mut().filter(|d| d.checksum == *checksum) else { return };
    let listing = |text: &str| Box::new(Listing::new(text, dialect));
    detail.source = match answer {
        Ok(Some(FileText { source, undo })) => {
            Source::Here { up: listing(&source.up), down: source.down.as_deref().map(listing), undo }
        }
        Ok(None) => Source::Missing("the text of this file is not kept here".into()),
        Err(error) => Source::Missing(SafeText::of(format!("the text cannot be read: {error}"))),
    };
}

fn dialect(kind: &str) -> Option<Dialect> {
    Dialect::ALL.into_iter().find(|d| d.as_str().eq_ignore_ascii_case(kind))
}

/// Opens the choice among batches, asking for a fresh list.
pub fn pick(app: &mut App) -> Vec<Effect> {
    app.picker = Some(Picker::default());
    vec![Effect::Ask(Request::Batches)]
}
