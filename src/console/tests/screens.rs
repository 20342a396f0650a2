//! Looks of the screens: at three sizes, in every theme, at every size at all.

use super::deciding::{ROLLBACK, looked, radius, told};
use super::support::*;
use crate::console::feed::{FileText, Freeze, Update};
use crate::console::state::app::App;
use crate::console::state::message::Input;
use crate::console::state::message::Report;
use crate::console::state::options::{Options, Theme, ThemeName};
use crate::console::view::theme::Role;
use crate::model::testing::Ledger;
use crate::model::{Checksum, FileId, FreezeMeans, SourceText, StatementUndo, SystemStatus, UndoMethod};
use crossterm::event::KeyCode;
use ratatui::style::{Color, Modifier};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

const SQL: &str = "-- orders, and who placed them\nCREATE TABLE orders (\n  id INT PRIMARY KEY AUTO_INCREMENT,\n  placed_ymdhis BIGINT NOT NULL DEFAULT 0 /* UTC */\n) ENGINE = InnoDB;\n\nINSERT INTO orders (placed_ymdhis)\nSELECT created_ymdhis FROM users WHERE name <> 'it''s me';\n\nALTER TABLE orders ADD COLUMN total DECIMAL(10,2);\n";

/// The scenes that every screen is looked at in.
fn scenes() -> Vec<(&'static str, Desk)> {
    let on = |ledger: &Ledger| Desk::on(ledger);
    let mut stale = on(&running());
    stale.wait(9_000);
    let mut no_worker = on(&running());
    let gone = Update { worker: Some(vanished()), ..news(&running()) };
    no_worker.give(Input::Feed(Report::Update(Box::new(gone))));
    let mut frozen = on(&running());
    let freeze = Freeze {
        status: SystemStatus::Frozen,
        reason: "spring release".into(),
        by: Some("ana@10.%".into()),
        since: None,
        means: FreezeMeans::ReadOnly,
        lifted: false,
    };
    let cold = Update { freeze: Some(freeze), watchers: vec!["bob@10.%".into()], ..news(&running()) };
    frozen.give(Input::Feed(Report::Update(Box::new(cold))));
    vec![
        ("running", on(&running())),
        ("blocked", on(&blocked())),
        ("rolling_back", on(&rolling_back())),
        ("failed", on(&failed())),
        ("paused", on(&paused())),
        ("stepping", on(&stepping())),
        ("completed", on(&completed())),
        ("stale", stale),
        ("no_worker", no_worker),
        ("frozen", frozen),
        ("empty", Desk::on(&Ledger::default())),
    ]
}

fn open(desk: &mut Desk) {
    desk.press("2j");
    desk.key(KeyCode::Enter);
    let checksum = desk.app.detail.as_ref().map_or(Checksum::default(), |d| d.checksum.clone());
    let text = SourceText {
        checksum: checksum.clone(),
        path: "x".into(),
        up: SQL.into(),
        down: Some("ALTER TABLE orders DROP COLUMN total;\nDELETE FROM orders;\nDROP TABLE orders;\n".into()),
        verify: None,
    };
    let undone = |method, why: Option<&str>| StatementUndo { method, why: why.map(str::to_owned) };
    let undo = vec![
        undone(UndoMethod::Derived, None),
        undone(UndoMethod::Kept, None),
        undone(UndoMethod::None, Some("what it does cannot be told from its text")),
    ];
    desk.give(Input::Feed(Report::Source(checksum, Ok(Some(FileText { source: text, undo })))));
}

fn snapshot(name: &str, desk: &mut Desk) {
    for (width, height) in SIZES {
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), desk.screen(width, height));
    }
}

#[test]
fn board() {
    for (name, mut desk) in scenes() {
        snapshot(&format!("board_{name}"), &mut desk);
    }
}

#[test]
fn files() {
    for name in ["running", "failed"] {
        let mut desk = scenes().into_iter().find(|(n, _)| *n == name).unwrap().1;
        desk.press("2");
        snapshot(&format!("files_{name}"), &mut desk);
    }
}

#[test]
fn decisions() {
    let mut desk = Desk::on(&windowed());
    desk.press("5");
    snapshot("decisions_waiting", &mut desk);
    looked(&mut desk);
    snapshot("decisions_radius", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("A");
    told(&mut desk, radius(Some(ROLLBACK)));
    desk.press("it is slow");
    snapshot("dialog_approve", &mut desk);
    insta::assert_snapshot!("dialog_approve_60x15", desk.screen(60, 15));
    let mut desk = Desk::on(&running());
    desk.press("5");
    snapshot("decisions_empty", &mut desk);
}

#[test]
fn a_file_opened() {
    for name in ["running", "rolling_back", "failed"] {
        let mut desk = scenes().into_iter().find(|(n, _)| *n == name).unwrap().1;
        open(&mut desk);
        snapshot(&format!("file_{name}"), &mut desk);
    }
}

#[test]
fn dialogs_help_palette_and_log() {
    let mut desk = Desk::on(&running());
    desk.command("abort");
    desk.press("lock storm");
    snapshot("dialog_abort", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("P");
    snapshot("dialog_pause", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press(":st");
    snapshot("palette", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("2?");
    snapshot("help_files", &mut desk);
}

/// A small screen leaves out what is least needed of a dialog, and nothing of what will follow.
#[test]
fn dialogs_on_a_small_screen_tell_the_whole_consequence() {
    let ledger = running();
    let mut desk = Desk::with(&ledger, attached(&ledger), &Options { embedded: true, ..Options::default() });
    desk.frame(60, 15);
    desk.command("abort");
    insta::assert_snapshot!("dialog_abort_60x15", desk.screen(60, 15));
    desk.key(KeyCode::Esc);
    desk.ctrl('c');
    insta::assert_snapshot!("dialog_leave_60x15", desk.screen(60, 15));
    desk.key(KeyCode::Esc);
    let gone = Update { worker: Some(vanished()), ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(gone))));
    desk.command("abort");
    insta::assert_snapshot!("dialog_abort_without_a_worker_60x15", desk.screen(60, 15));
    for _ in 0..20 {
        desk.key(KeyCode::Down);
    }
    assert!(desk.screen(60, 15).contains("NO WORKER"), "{}", desk.screen(60, 15));
    desk.frame(59, 15);
    assert!(desk.app.dialog.is_none(), "what cannot be seen cannot be accepted");
}

#[test]
fn too_small_is_one_line_with_state_and_size() {
    let mut desk = Desk::on(&running());
    insta::assert_snapshot!("tiny_59x5", desk.screen(59, 5));
    assert!(desk.screen(20, 3).starts_with("▶ 1/3"), "{}", desk.screen(20, 3));
}

#[test]
fn every_size_can_be_drawn() {
    let mut scenes = scenes();
    let mut opened = Desk::on(&rolling_back());
    open(&mut opened);
    opened.press("w");
    scenes.push(("opened", opened));
    let mut asked = Desk::on(&running());
    asked.command("abort");
    scenes.push(("asked", asked));
    let mut palette = Desk::on(&running());
    palette.press(":");
    scenes.push(("palette", palette));
    let mut help = Desk::on(&running());
    help.press("?");
    scenes.push(("help", help));
    let mut log = Desk::on(&running());
    log.press("9");
    scenes.push(("log", log));
    let mut waits = Desk::on(&windowed());
    looked(&mut waits);
    scenes.push(("waits", waits));
    let mut approves = Desk::on(&windowed());
    approves.press("5A");
    told(&mut approves, radius(Some(ROLLBACK)));
    scenes.push(("approves", approves));
    // Every size once, the scenes taking turns so that each comes by at every width and every height.
    let turns = scenes.len() as u16;
    for width in 1..=200u16 {
        for height in 1..=60u16 {
            scenes[usize::from((width + height) % turns)].1.frame(width, height);
        }
    }
}

#[test]
fn ascii_means_ascii() {
    let options = Options { ascii: true, ..Options::default() };
    for ledger in [running(), rolling_back(), failed()] {
        let mut desk = Desk::with(&ledger, attached(&ledger), &options);
        assert!(desk.screen(120, 40).is_ascii());
        open(&mut desk);
        let screen = desk.screen(120, 40);
        assert!(screen.is_ascii() && screen.contains(" +  420 ms   2 CREATE TABLE"), "{screen}");
        desk.press("P?");
        assert!(desk.screen(80, 24).is_ascii());
    }
}

#[test]
fn themes_colour_what_matters() {
    for theme in ThemeName::ALL {
        let ledger = failed();
        let mut desk = Desk::with(&ledger, attached(&ledger), &Options { theme, ..Options::default() });
        let frame = desk.frame(120, 40);
        let role = |role| Theme { name: theme, colour: true }.style(role).fg.unwrap_or(Color::Reset);
        assert_eq!(style_of(&frame, "✗ FAILED").fg, Some(role(Role::Bad)), "{theme:?}");
        assert_eq!(style_of(&frame, "LIVE").fg, Some(role(Role::Good)), "{theme:?}");
        assert!(frame.content().iter().all(|c| c.bg == Color::Reset), "the terminal's own background");
        desk.wait(9_000);
        let frame = desk.frame(120, 40);
        assert!(style_of(&frame, "STALE").add_modifier.contains(Modifier::REVERSED), "{theme:?}");
    }
}

#[test]
fn no_colour_is_no_colour() {
    let ledger = failed();
    let mut desk = Desk::with(&ledger, attached(&ledger), &Options { no_colour: true, ..Options::default() });
    for keys in ["1", "2", "9", "?"] {
        desk.press(keys);
        let frame = desk.frame(120, 40);
        assert!(frame.content().iter().all(|c| c.fg == Color::Reset && c.bg == Color::Reset), "{keys}");
    }
}

#[test]
fn hostile_names_stay_harmless_everywhere() {
    let mut ledger = Ledger::default();
    let mut plan = crate::model::testing::submission(&[(crate::model::FileType::Doctrine, 1, &[])]);
    plan.name = "\x1b]0;pwned\x07\u{202e}evil".into();
    plan.files[0].path = format!("a\x1b[2J\u{200b}漢字{}.sql", "x".repeat(5_000));
    let operator = "x\r\n\x1b[31m@%".to_owned();
    ledger.give(crate::model::Input::Submitted { submission: Box::new(plan), operator, command: None });
    begin(&mut ledger, FileId(1));
    let mut news_of = attached(&ledger);
    news_of.server.label = "db\x1b[1m\u{2066}".into();
    let mut desk = Desk::with(&ledger, news_of, &Options::default());
    for keys in ["1", "2", "B", "9"] {
        desk.press(keys);
        for (width, height) in SIZES {
            let frame = desk.frame(width, height);
            for cell in frame.content() {
                let bad = |c: char| {
                    c.is_control()
                        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                };
                assert!(!cell.symbol().chars().any(bad), "{:?}", cell.symbol());
            }
        }
    }
}

#[test]
fn a_hundred_thousand_files_are_drawn_by_their_visible_rows() {
    let ledger = planned(&vec![1; 100_000]);
    let mut desk = Desk::on(&ledger);
    desk.press("2G");
    let screen = desk.screen(120, 40);
    assert!(screen.contains("100000_"), "{screen}");
    let begun = std::time::Instant::now();
    let frames = 200;
    for _ in 0..frames {
        desk.press("k");
        desk.screen(120, 40);
    }
    let each = begun.elapsed() / frames;
    assert!(each.as_millis() < 100, "{each:?} a frame, unoptimised");
    fn is_small(app: &App) -> usize {
        app.data.recent.len()
    }
    assert!(is_small(&desk.app) <= crate::console::feed::RECENT_EVENTS + 100_000);
}
