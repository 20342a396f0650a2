//! A replay and a drill: looks, keys, refusals.

use super::look::{SIZES, look};
use super::support::*;
use crate::console::feed::{Account, Attached, Opened, Replayed, Server, Steered, Update};
use crate::console::state::action::Screen;
use crate::console::state::eta::settle;
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::state::options::Options;
use crate::console::view::theme::Role;
use crate::model::testing::Ledger;
use crate::model::{BatchId, Millis};
use crate::recording::drill::questions;
use crate::recording::{Drill, Facts, Order, Origin, Parts, Player, Recording, Speed, Tape, write};
use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use std::sync::Arc;

/// A recording of a ledger, and a console on it. The player stands in for its feed.
pub struct Theatre {
    pub desk: Desk,
    player: Player,
}

fn recorded(ledger: &Ledger) -> Recording {
    let origin = Origin {
        label: "prod-db1".into(),
        kind: "mariadb".into(),
        version: "10.11.19".into(),
        core: "shop".into(),
        environment: "production".into(),
        account: "ana@10.%".into(),
        ..Origin::default()
    };
    let name = ledger.world.batch(BATCH).map(|batch| batch.name.clone()).unwrap_or_default();
    let facts = Facts { origin, batch: BATCH, batch_name: name, batch_ended: true, ..Facts::default() };
    let parts = Parts { facts, events: ledger.events.clone(), ..Parts::default() };
    Recording::open(write(&parts).unwrap()).unwrap()
}

impl Theatre {
    /// At the beginning of the recording.
    pub fn new(ledger: &Ledger, drill: bool) -> Theatre {
        let mut recording = recorded(ledger);
        let drill = drill.then(|| Drill { trainee: Some("eva".into()), questions: questions(&mut recording).unwrap() });
        let stops = drill.iter().flat_map(|drill| drill.questions.iter().map(|q| q.stop)).collect();
        let mut player = Player::new(recording, Some(3_000), Speed::default(), stops).unwrap();
        let tape = Arc::new(Tape::new(&player, drill));
        let place = player.place(500).unwrap();
        let attached = Attached {
            server: Server { environment: "production".into(), ..attached(ledger).server },
            account: Account { name: "recorded by ana@10.%".into(), ..Account::default() },
            read_only: Some("this is a replay: what happened cannot be changed".into()),
            opened: Some(Opened { batch: BATCH, world: place.world, recent: place.recent, part: None }),
            replay: Some(Replayed { tape, transport: player.transport() }),
        };
        let mut desk = Desk::apart(&Options::default());
        desk.now = at(ledger, 1_000);
        desk.give(Input::Feed(Report::Attached(Box::new(attached))));
        let mut theatre = Theatre { desk, player };
        theatre.play(0);
        theatre.desk.effects.clear();
        theatre
    }

    /// Plays on for so many milliseconds.
    fn play(&mut self, ms: u64) {
        let events = self.player.advance(ms * 1000).unwrap();
        let transport = self.player.transport();
        self.desk.now.mono += ms;
        let update = Update { events, clock: transport.at, transport: Some(transport), ..Update::default() };
        self.desk.give(Input::Feed(Report::Update(Box::new(update))));
    }

    /// Lets the player obey what was asked for.
    fn obey(&mut self) {
        for effect in self.desk.effects() {
            let Effect::Ask(Request::Steer(order)) = effect else { continue };
            let moved = self.player.obey(&order).unwrap();
            let place = self.player.place(500).unwrap();
            let opened = moved.then_some(Opened { batch: BATCH, world: place.world, recent: place.recent, part: None });
            let steered = Steered { opened, transport: self.player.transport() };
            self.desk.give(Input::Feed(Report::Steered(Box::new(Ok(steered)))));
        }
    }

    /// Presses keys, and the player obeys.
    pub fn keys(&mut self, keys: &str) {
        self.desk.press(keys);
        self.obey();
    }

    fn event(&self) -> u64 {
        self.desk.app.replay.as_ref().unwrap().transport.event
    }
}

fn foreground(buffer: &Buffer, x: u16, y: u16) -> ratatui::style::Color {
    buffer[(x, y)].fg
}

#[test]
fn a_replay_at_every_size() {
    let mut theatre = Theatre::new(&failed(), false);
    theatre.keys("]]]");
    look("replay", &mut theatre.desk);
}

#[test]
fn a_replay_is_never_taken_for_what_is_now() {
    for (width, height) in SIZES {
        let mut theatre = Theatre::new(&running(), false);
        theatre.keys("5");
        let screen = theatre.desk.screen(width, height);
        assert!(screen.contains("REPLAY") && !screen.contains("LIVE"), "{screen}");
        let frame = theatre.desk.frame(width, height);
        let unreal = style_of(&frame, "REPLAY").fg;
        assert_eq!(unreal, theatre.desk.app.theme.style(Role::Unreal).fg);
        if width >= 64 && height >= 20 {
            let (right, bottom) = (width - 1, height - 1);
            for (x, y) in [(0, 0), (right, 0), (0, bottom), (right, bottom), (0, height / 2), (right, height / 2)] {
                assert!("╔╗╚╝║".contains(frame[(x, y)].symbol()), "{screen}");
                assert_eq!(Some(foreground(&frame, x, y)), unreal);
            }
            assert!(screen.contains("(PRODUCTION)"), "{screen}");
        }
    }
}

#[test]
fn the_keys_move_through_time_and_nothing_is_changed() {
    let mut theatre = Theatre::new(&failed(), false);
    let all = theatre.player.recording().events();
    let begun = theatre.event();
    theatre.keys("..");
    assert_eq!(theatre.event(), begun + 2);
    theatre.keys(",");
    assert_eq!(theatre.event(), begun + 1);
    theatre.keys("}}}}}}}}}");
    assert!(theatre.event() > begun + 1 && theatre.event() < all);
    theatre.keys("{{{{{{{{{");
    assert_eq!(theatre.event(), begun);
    theatre.keys(">>");
    assert_eq!(theatre.desk.app.replay.as_ref().unwrap().transport.speed.to_string(), "4x");
    theatre.desk.key(KeyCode::Right);
    theatre.obey();
    assert_eq!(theatre.player.transport().played, 5_000);
    for verb in ["P", "S", "F", "R"] {
        theatre.desk.press(verb);
        assert!(theatre.desk.notice().contains("this is a replay"), "{verb}: {:?}", theatre.desk.notice());
        assert!(theatre.desk.app.dialog.is_none());
        let asked = theatre.desk.effects();
        let changes = |e: &Effect| matches!(e, Effect::Ask(Request::Submit(_) | Request::Decide(_)));
        assert!(!asked.iter().any(changes), "{verb}: {asked:?}");
    }
}

#[test]
fn a_replay_opens_on_the_board_and_offers_nothing_that_it_cannot_do() {
    let mut theatre = Theatre::new(&windowed(), false);
    theatre.desk.press("?");
    let help = theatre.desk.screen(120, 40);
    assert!(!help.contains("hold the view still"), "{help}");
    theatre.desk.key(crossterm::event::KeyCode::Esc);
    let ledger = windowed();
    let (attached, known) = (attached(&ledger), theatre.desk.app.replay.take().unwrap());
    let mut desk = Desk::on(&ledger);
    desk.press("7");
    let (tape, transport) = (known.tape.clone(), known.transport.clone());
    let replay = Some(Replayed { tape, transport });
    desk.give(Input::Feed(Report::Attached(Box::new(Attached { replay, ..attached }))));
    assert_eq!(desk.app.screen, crate::console::state::action::Screen::Board);
    desk.press("7");
    let history = desk.screen(120, 40);
    assert!(history.contains("No other batch is recorded here."), "{history}");
}

#[test]
fn a_command_seeks_marks_and_leaves() {
    let mut theatre = Theatre::new(&failed(), false);
    let at = theatre.desk.app.replay.as_ref().unwrap().tape.timeline.begin().plus(9_000);
    theatre.desk.command(&format!("seek {}", at.to_utc().format("%H:%M:%S")));
    assert_eq!(theatre.desk.effects(), [Effect::Ask(Request::Steer(Order::Seek(Millis(at.0 / 1000 * 1000))))]);
    theatre.desk.command("seek yesterday");
    assert!(theatre.desk.notice().starts_with("seek: it is from"), "{}", theatre.desk.notice());
    theatre.desk.command("mark look at this");
    assert_eq!(theatre.desk.effects(), [Effect::Ask(Request::Steer(Order::Mark("look at this".into())))]);
    theatre.desk.command("live");
    assert_eq!(theatre.desk.effects(), [Effect::Ask(Request::Live)]);
}

#[test]
fn a_past_batch_can_be_asked_for_and_a_running_one_not() {
    let mut desk = Desk::on(&completed());
    desk.command("replay 3");
    assert!(desk.effects().contains(&Effect::Ask(Request::Replay(BatchId(3)))));
    let mut desk = Desk::on(&running());
    desk.command("replay");
    assert!(desk.notice().contains("runs now"), "{}", desk.notice());
    desk.command("seek 10:00");
    assert!(desk.notice().contains("nothing is replayed"), "{}", desk.notice());
}

#[test]
fn a_drill_asks_and_does_not_tell_before() {
    let mut theatre = Theatre::new(&failed(), true);
    assert!(!theatre.desk.app.replay.as_ref().unwrap().tape.drill.as_ref().unwrap().questions.is_empty());
    theatre.play(3_600_000);
    look("drill", &mut theatre.desk);
    let stopped = theatre.event();
    theatre.play(3_600_000);
    theatre.keys("]");
    assert_eq!(theatre.event(), stopped, "the clock stands still while it is asked");
}

#[test]
fn an_answer_is_kept_with_its_time_and_the_sheet_shows_it() {
    let mut theatre = Theatre::new(&failed(), true);
    theatre.play(3_600_000);
    theatre.desk.wait(42_000);
    let choices = theatre.desk.app.replay.as_ref().unwrap().question().unwrap().0.choices.len();
    theatre.desk.press(char::from(b'a' + choices as u8).to_string().as_str());
    theatre.desk.key(KeyCode::Enter);
    assert!(theatre.desk.notice().contains("type what you would do"));
    theatre.desk.press("call the owner of the table");
    theatre.desk.key(KeyCode::Enter);
    theatre.obey();
    theatre.desk.command("score");
    let screen = theatre.desk.screen(120, 40);
    assert!(screen.contains("≈") && screen.contains("call the owner") && screen.contains("0:42"), "{screen}");
    look("drill_sheet", &mut theatre.desk);
    theatre.desk.key(KeyCode::Enter);
    let screen = theatre.desk.screen(120, 40);
    assert!(screen.contains("1 of 1 as they did"), "{screen}");
    theatre.desk.command("save sheet.md");
    let effects = theatre.desk.effects();
    let saved = effects.iter().find_map(|effect| match effect {
        Effect::Save(path, text) => Some((path.display().to_string(), text.clone())),
        _ => None,
    });
    let (path, text) = saved.unwrap();
    assert!(path == "sheet.md" && text.contains("| = |") && text.contains("Trainee: eva"), "{text}");
    theatre.desk.key(KeyCode::Esc);
    assert!(theatre.desk.app.replay.as_ref().unwrap().drill.as_ref().unwrap().open.is_none());
}

#[test]
fn the_clock_of_a_replay_goes_at_its_speed_and_stands_with_it() {
    let mut theatre = Theatre::new(&failed(), false);
    theatre.keys(">>");
    let before = theatre.desk.app.clock().unwrap();
    theatre.desk.wait(100);
    assert_eq!(theatre.desk.app.clock().unwrap().since(before), 400);
    theatre.keys(" ");
    let before = theatre.desk.app.clock().unwrap();
    theatre.desk.wait(2_000);
    assert_eq!(theatre.desk.app.clock(), Some(before));
}

#[test]
fn a_forecast_of_another_moment_is_made_anew() {
    let app = &mut Desk::on(&running()).app;
    app.replay = Theatre::new(&running(), false).desk.app.replay.take();
    settle(app);
    let now = app.forecast.at;
    for other in [Millis(now.0 + 60_000), Millis(now.0 - 60_000)] {
        app.forecast.at = other;
        settle(app);
        assert_eq!(app.forecast.at, now, "made at {other:?}");
    }
    app.forecast.at = Millis(now.0 - 100);
    settle(app);
    assert_eq!(app.forecast.at, Millis(now.0 - 100), "a number stands still to be read");
}

#[test]
fn a_question_is_put_aside_to_look_at_the_screens() {
    let mut theatre = Theatre::new(&failed(), true);
    theatre.play(3_600_000);
    theatre.desk.key(KeyCode::Esc);
    let screen = theatre.desk.screen(120, 40);
    assert!(screen.contains("the question waits") && !screen.contains("What do you do now?"), "{screen}");
    theatre.desk.press("2");
    theatre.desk.key(KeyCode::Enter);
    assert!(theatre.desk.app.detail.is_some(), "Enter opens a file meanwhile");
    theatre.desk.press("a");
    assert!(theatre.desk.screen(120, 40).contains("What do you do now?"));
}

#[test]
fn a_drill_hides_what_comes() {
    let mut theatre = Theatre::new(&failed(), true);
    theatre.play(3_600_000);
    theatre.desk.key(KeyCode::Esc);
    let screen = theatre.desk.screen(120, 40);
    assert!(!screen.contains("batch failed") && !screen.contains("next that matters"), "{screen}");
}

#[test]
fn a_click_on_the_line_goes_there() {
    let mut theatre = Theatre::new(&failed(), false);
    theatre.desk.frame(120, 40);
    theatre.desk.press("m");
    theatre.desk.effects.clear();
    let line = crate::console::view::replay_frame::frame(&theatre.desk.app).unwrap().line.unwrap();
    theatre.desk.give(Input::Click { column: line.right() - 1, row: line.y });
    theatre.obey();
    assert_eq!(theatre.event(), theatre.player.recording().events());
    theatre.desk.give(Input::Click { column: line.x, row: line.y });
    theatre.obey();
    assert_eq!(theatre.event(), 1);
}

#[test]
fn digits_are_screens_and_braces_are_tenths() {
    let mut theatre = Theatre::new(&failed(), false);
    theatre.keys("}");
    let played = |theatre: &Theatre| theatre.player.transport().played;
    let tenth = played(&theatre);
    theatre.keys("}}{");
    assert!(tenth > 0 && played(&theatre) == 2 * tenth, "{}", played(&theatre));
    let screen = theatre.desk.screen(120, 40);
    assert!(screen.contains("{ } tenths"), "{screen}");
    theatre.desk.key(KeyCode::F(2));
    assert_eq!(theatre.desk.app.screen, Screen::Files, "function keys do the same");
    theatre.keys("3");
    assert_eq!((theatre.desk.app.screen, played(&theatre)), (Screen::Graph, 2 * tenth));
    theatre.keys("0");
    assert_eq!(played(&theatre), 0);
    theatre.desk.command("seek 100%");
    theatre.obey();
    assert_eq!(theatre.event(), theatre.player.recording().events());
}
