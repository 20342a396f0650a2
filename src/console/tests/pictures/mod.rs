//! The pictures of the README: the screens on one story, drawn as SVG, and compared with those in `assets/screenshots`.

mod story;
mod svg;

use super::replay::Theatre;
use super::support::*;
use super::told::told;
use crate::console::feed::{Attached, FileText, Server, Update};
use crate::console::lists::{List, ListRequest};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::state::options::Options;
use crate::model::testing::Ledger;
use crate::model::{Millis, RollbackSubject};
use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use std::path::{Path, PathBuf};

const SIZE: (u16, u16) = (120, 40);
/// The variable that asks for new pictures, and the command that sets it.
const WRITE: &str = "CARIBOU_WRITE_PICTURES";
const COMMAND: &str = "CARIBOU_WRITE_PICTURES=1 cargo test --lib pictures";
/// Looks of the worker at its server before the picture is taken, and the time between two.
const LOOKS: u64 = 120;
const BETWEEN: u64 = 5_000;

/// Answers what the console asks for, until it asks for nothing more.
fn answered(desk: &mut Desk) {
    loop {
        let effects = desk.effects();
        let mut asked = false;
        for effect in effects {
            let Effect::Ask(request) = effect else { continue };
            asked |= answer(desk, request);
        }
        if !asked {
            return;
        }
    }
}

/// True if it was a question that the story has an answer to.
fn answer(desk: &mut Desk, request: Request) -> bool {
    let now = desk.app.clock().unwrap_or_default();
    match request {
        Request::Source(key) => {
            let text = story::text(&key.0).map(|source| FileText { source, undo: Vec::new() });
            desk.give(Input::Feed(Report::Source(key, Ok(text))));
        }
        Request::BlastRadius(batch, subject @ RollbackSubject::Opened(_)) => {
            desk.give(Input::Feed(Report::BlastRadius(batch, subject, Box::new(Ok(story::radius())))));
        }
        Request::List(wanted @ ListRequest::Alerts) => told(desk, wanted, List::Alerts(story::alerts(now))),
        Request::List(wanted @ ListRequest::History) => told(desk, wanted, List::History(story::history(now))),
        _ => return false,
    }
    true
}

/// The console on the batch at work, after the worker has looked at its server for a while.
fn at_work() -> Desk {
    let ledger = story::at_work();
    let mut desk = on(&ledger);
    let end = desk.now.wall;
    for before in (0..LOOKS).rev().map(|look| look * BETWEEN) {
        let live = story::seen(Millis(end.0 - i64::try_from(before).unwrap_or_default()), before);
        let update = Update { live: Some(live), clock: end, ..news(&ledger) };
        desk.give(Input::Feed(Report::Update(Box::new(update))));
    }
    answered(&mut desk);
    desk
}

/// The console attached to the story's server.
fn on(ledger: &Ledger) -> Desk {
    let attached = attached(ledger);
    let server = Server { core: "shop".into(), environment: String::new(), ..attached.server.clone() };
    let mut desk = Desk::apart(&Options::default());
    desk.now = at(ledger, 1_000);
    desk.give(Input::Feed(Report::Attached(Box::new(Attached { server, ..attached }))));
    desk.give(Input::Feed(Report::Update(Box::new(news(ledger)))));
    answered(&mut desk);
    desk
}

fn shown(mut desk: Desk, keys: &str, enter: bool) -> Buffer {
    desk.give(Input::Resize(SIZE.0, SIZE.1));
    desk.press(keys);
    answered(&mut desk);
    if enter {
        desk.key(KeyCode::Enter);
        answered(&mut desk);
    }
    desk.frame(SIZE.0, SIZE.1)
}

fn replayed(ledger: &Ledger) -> Buffer {
    let mut theatre = Theatre::new(ledger, false);
    theatre.keys("]]");
    answered(&mut theatre.desk);
    theatre.desk.frame(SIZE.0, SIZE.1)
}

/// The pictures by their names.
fn pictures() -> Vec<(&'static str, Buffer)> {
    let to_decide = || on(&story::to_decide());
    vec![
        ("board", shown(at_work(), "1", false)),
        ("files", shown(at_work(), "2jjj", false)),
        ("file", shown(at_work(), "2jjj", true)),
        ("graph", shown(at_work(), "3", false)),
        ("decisions", shown(to_decide(), "5", true)),
        ("alerts", shown(at_work(), "6", false)),
        ("history", shown(at_work(), "7", false)),
        ("replay", replayed(&failed())),
    ]
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screenshots").join(name).with_extension("svg")
}

#[test]
fn the_pictures_are_what_the_screens_are() {
    let mut old = Vec::new();
    for (name, buffer) in pictures() {
        let drawn = svg::svg(&buffer);
        assert!(!drawn.contains('\u{1b}'), "{name}");
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(path(name), &drawn).expect("a picture can be written");
        } else if std::fs::read_to_string(path(name)).ok().as_ref() != Some(&drawn) {
            old.push(name);
        }
    }
    assert!(
        old.is_empty(),
        "{old:?} in assets/screenshots are not what the screens are now; make them anew: {COMMAND}"
    );
}

#[test]
fn the_folder_holds_the_pictures_and_nothing_else() {
    let folder = path("any").parent().map(Path::to_owned).expect("a folder");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("the pictures")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    let mut wanted: Vec<String> = pictures().iter().map(|(name, _)| format!("{name}.svg")).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}
