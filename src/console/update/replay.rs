//! A replay and its drill: keys, commands, and what the player says.

use super::actions;
use super::opening::show;
use crate::console::feed::{FeedError, Replayed, Steered};
use crate::console::state::action::{Action, Screen};
use crate::console::state::app::App;
use crate::console::state::dialog::edit;
use crate::console::state::key::Key;
use crate::console::state::message::{Effect, Request};
use crate::console::state::replay::{self, Asking, Replay};
use crate::console::view::replay_frame;
use crate::console::view::screens;
use crate::model::{BatchId, BatchStatus, Millis};
use crate::recording::{Order, Timeline, Transport, moment};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::path::PathBuf;

/// A feed has attached: to a recording, or to what happens now.
pub fn attached(app: &mut App, replayed: Option<Replayed>) {
    let was = app.replay.is_some();
    app.replay = replayed.map(Replay::new);
    if was || app.replay.is_some() {
        app.request = None;
        if app.replay.is_some() && !was {
            // What is played is seen on Board, wherever it was begun.
            show(app, Screen::Board);
        }
        app.lists = Default::default();
        app.board.forget();
    }
    ask(app);
}

/// The player stands somewhere else.
pub fn moved(app: &mut App, transport: Option<Transport>) {
    let (Some(replay), Some(transport)) = (&mut app.replay, transport) else { return };
    app.data.replay_rate = Some(transport.rate);
    app.data.clock = Some((transport.at, app.now.mono));
    replay.transport = transport;
    ask(app);
}

/// An order was obeyed, or not.
pub fn steered(app: &mut App, steered: Result<Steered, FeedError>) {
    match steered {
        Ok(Steered { opened, transport }) => {
            if let Some(opened) = opened {
                app.data.freeze =
                    opened.world.system.freeze.as_ref().and_then(crate::console::feed::Freeze::from_model);
                app.data.open(opened);
                app.decisions.due = true;
                (app.lists.checks.due, app.lists.alerts.due) = (true, true);
            }
            app.news_at = app.now.mono;
            moved(app, Some(transport));
        }
        Err(error) => app.notify(error.to_string()),
    }
}

/// Opens the question that the player has stopped at.
fn ask(app: &mut App) {
    let since = app.now.mono;
    let Some(replay) = &mut app.replay else { return };
    let stopped = replay.transport.stopped;
    let Some(drill) = &mut replay.drill else { return };
    let question = stopped.and_then(|stop| drill.sheet.asked_at(stop));
    match (question, &drill.asking) {
        (Some(question), Some(asking)) if asking.question == question => {}
        (Some(question), _) => {
            drill.asking = Some(Asking { question, choice: 0, line: Default::default(), since, aside: false });
        }
        (None, _) => drill.asking = None,
    }
}

/// The question that takes what is typed.
pub fn asking(app: &mut App) -> Option<&mut Asking> {
    app.replay.as_mut()?.drill.as_mut()?.asking.as_mut().filter(|asking| !asking.aside)
}

/// A key for the question or the score sheet of a drill; `None` where neither is open.
pub fn answer(app: &mut App, key: &KeyEvent) -> Option<Vec<Effect>> {
    if app.prompt.is_some() || app.dialog.is_some() || key.modifiers.contains(KeyModifiers::CONTROL) {
        return None;
    }
    let mono = app.now.mono;
    let drill = app.replay.as_mut()?.drill.as_mut()?;
    if let Some(cursor) = &mut drill.open {
        let last = drill.sheet.answers.len().saturating_sub(1);
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => drill.open = None,
            KeyCode::Down | KeyCode::Char('j') => *cursor = (*cursor + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => *cursor = cursor.saturating_sub(1),
            KeyCode::Enter => {
                let row = *cursor;
                if !drill.sheet.judge(row) {
                    app.notify("only an answer that was typed can be argued about");
                }
            }
            _ => return None,
        }
        return Some(Vec::new());
    }
    let asking = drill.asking.as_mut()?;
    if asking.aside {
        let back = matches!(key.code, KeyCode::Char('a')).then(|| asking.aside = false);
        return back.map(|()| Vec::new());
    }
    let choices = drill.sheet.questions.get(asking.question).map_or(0, |question| question.choices.len());
    let types = asking.choice == choices;
    match key.code {
        KeyCode::Esc => asking.aside = true,
        KeyCode::Down | KeyCode::Tab => asking.choice = (asking.choice + 1) % (choices + 1),
        KeyCode::Up | KeyCode::BackTab => asking.choice = (asking.choice + choices) % (choices + 1),
        KeyCode::Enter if types && asking.line.value().trim().is_empty() => {
            app.notify("type what you would do, or choose above");
        }
        KeyCode::Enter => {
            let asked = asking.clone();
            let choice = (!types).then_some(asked.choice);
            drill.sheet.answer(asked.question, choice, asked.line.value(), mono.saturating_sub(asked.since));
            drill.asking = None;
            return Some(vec![Effect::Ask(Request::Steer(Order::Release))]);
        }
        KeyCode::Char(':') if !types => return None,
        KeyCode::Char(c) if !types => {
            let place = (c as usize).checked_sub('a' as usize).filter(|place| *place <= choices);
            asking.choice = place.unwrap_or(asking.choice);
        }
        _ if types => edit(&mut asking.line, key),
        _ => {}
    }
    Some(Vec::new())
}

/// A key that moves through the recording; `None` where it means what it means everywhere.
pub fn press(app: &mut App, key: &KeyEvent) -> Option<Vec<Effect>> {
    app.replay.as_ref()?;
    if app.picker.is_some() {
        return None;
    }
    let key = Key::from_event(key)?;
    if let Some(screen) = replay::screen(key) {
        return Some(actions::act(app, Action::Show(screen)));
    }
    replay::key(key).map(|order| vec![Effect::Ask(Request::Steer(order))])
}

/// A click on the transport line, which goes there; `None` anywhere else.
pub fn click(app: &App, column: u16, row: u16) -> Option<Vec<Effect>> {
    let replay = app.replay.as_ref()?;
    let line = replay_frame::frame(app)?.line.filter(|line| line.y == row)?;
    let columns = screens::replay::line_width(replay, line.width);
    let column = column.checked_sub(line.x).filter(|column| *column < columns)?;
    let at = screens::replay::moment_at(replay, column, columns);
    Some(vec![Effect::Ask(Request::Steer(Order::Seek(at)))])
}

/// Asks for the replay of a batch, where it has ended.
pub fn of_batch(app: &mut App, batch: BatchId) -> Vec<Effect> {
    let runs = app.data.world.batch(batch).is_some_and(|b| b.status == BatchStatus::Running);
    match (&app.replay, runs) {
        (Some(_), _) => app.notify("this is a replay already; :live leaves it"),
        (None, true) => app.notify("it runs now: what has happened so far is on these screens"),
        (None, false) => return vec![Effect::Ask(Request::Replay(batch))],
    }
    Vec::new()
}

/// A command of the palette that is about replays; `None` where it is another.
pub fn command(app: &mut App, word: &str, arguments: &[&str]) -> Option<Vec<Effect>> {
    if word == "replay" {
        let named = arguments.first().map(|n| n.parse().map(BatchId));
        return Some(match (named, app.data.batch) {
            (Some(Ok(batch)), _) | (None, Some(batch)) => of_batch(app, batch),
            _ => said(app, "which batch? :replay 12".into()),
        });
    }
    if !["seek", "mark", "live", "score", "save"].contains(&word) {
        return None;
    }
    let Some(replay) = &mut app.replay else {
        return Some(said(app, format!("{word}: nothing is replayed here; :replay 12 plays a past batch again")));
    };
    let line = &replay.tape.timeline;
    let text = arguments.join(" ");
    Some(match word {
        "live" => vec![Effect::Ask(Request::Live)],
        "seek" => match part(&text, line).or_else(|| moment(&text, line.begin(), line.end())) {
            Some(at) => vec![Effect::Ask(Request::Steer(Order::Seek(at)))],
            None => {
                let clock = |at: Millis| at.to_utc().format("%H:%M:%S").to_string();
                let (begin, end) = (clock(line.begin()), clock(line.end()));
                said(app, format!("seek: it is from {begin} to {end}; :seek 14:32, :seek 14:32:07 or :seek 70%"))
            }
        },
        "mark" if text.is_empty() => said(app, "mark: what is to be noted? :mark here it began".into()),
        "mark" => vec![Effect::Ask(Request::Steer(Order::Mark(text)))],
        "score" => {
            let none = replay.drill.as_mut().map(|drill| drill.open = Some(0)).is_none();
            if none {
                said(app, "score: this is no drill; `caribou replay FILE --drill` is one".into())
            } else {
                Vec::new()
            }
        }
        _ => save(app, &text),
    })
}

/// The moment at so many percent of the played time.
fn part(text: &str, line: &Timeline) -> Option<Millis> {
    let percent: u64 = text.strip_suffix('%')?.trim().parse().ok().filter(|percent| *percent <= 100)?;
    Some(line.recorded_at(line.total().saturating_mul(percent) / 100))
}

fn save(app: &mut App, path: &str) -> Vec<Effect> {
    let today = app.now.wall;
    let sheet = app.replay.as_ref().and_then(|replay| replay.drill.as_ref()).map(|drill| drill.sheet.markdown(today));
    match sheet {
        None => said(app, "save: this is no drill, there is no sheet".into()),
        Some(_) if path.is_empty() => said(app, "save: as which file? :save drill.md".into()),
        Some(text) => vec![Effect::Save(PathBuf::from(path), text)],
    }
}

fn said(app: &mut App, text: String) -> Vec<Effect> {
    app.notify(text);
    Vec::new()
}
