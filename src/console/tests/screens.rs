//! Looks of the screens in every state; at every size at all.

use super::deciding::{ROLLBACK, looked, radius};
use super::look::{SIZES, look};
use super::support::*;
use super::{alerts, checklist, checks, deciding, history, told};
use crate::console::feed::{FeedError, FeedFault, FileText, Freeze, Update};
use crate::console::lists::{CheckList, HistoryList, List, ListRequest};
use crate::console::state::message::Input;
use crate::console::state::message::Report;
use crate::console::state::options::{Options, Theme, ThemeName};
use crate::console::view::theme::Role;
use crate::model::testing::Ledger;
use crate::model::{Checksum, FileId, FreezeMeans, SourceText, StatementUndo, SystemStatus, UndoMethod};
use crossterm::event::KeyCode;
use ratatui::style::{Color, Modifier};

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
    let cold = Update { freeze: Some(freeze), watchers: vec![watcher("bob@10.%", None)], ..news(&running()) };
    frozen.give(Input::Feed(Report::Update(Box::new(cold))));
    let mut gone = Desk::apart(&Options::default());
    let error = FeedError::new(FeedFault::Gone, "prod-db1:3306 refused the connection [2002]");
    gone.give(Input::Feed(Report::Lost { error, again_ms: 6_000 }));
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
        ("gone", gone),
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

/// The lists of the screens, as the feed tells them.
pub(super) fn tell(desk: &mut Desk) {
    let batch = desk.app.data.batch;
    told::told(desk, ListRequest::Alerts, List::Alerts(alerts::list()));
    let history = HistoryList { batches: history::batches(), ..HistoryList::default() };
    told::told(desk, ListRequest::History, List::History(history));
    if batch.is_some() {
        let checks = CheckList { batch: BATCH, results: checks::results() };
        told::told(desk, ListRequest::Checks(BATCH), List::Checks(checks));
        let items = checklist::list(checklist::items(), Some("require"));
        told::told(desk, ListRequest::Checklist(BATCH), items);
    }
}

/// Every screen in every state that there is, but for those whose rows alone differ.
#[test]
fn every_screen_in_every_state() {
    for (state, mut desk) in scenes() {
        look(&format!("board_{state}"), &mut desk);
        if ["blocked", "rolling_back", "paused", "stepping"].contains(&state) {
            continue;
        }
        if state != "gone" {
            tell(&mut desk);
        }
        for (key, screen) in [
            ("2", "files"),
            ("3", "graph"),
            ("4", "validations"),
            ("5", "decisions"),
            ("6", "alerts"),
            ("7", "history"),
            ("8", "checklist"),
            ("9", "log"),
        ] {
            desk.press(key);
            look(&format!("{screen}_{state}"), &mut desk);
        }
    }
}

#[test]
fn decisions() {
    let mut desk = Desk::on(&windowed());
    desk.press("5");
    look("decisions_waiting", &mut desk);
    looked(&mut desk);
    look("decisions_radius", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("A");
    deciding::told(&mut desk, radius(Some(ROLLBACK)));
    desk.press("it is slow");
    look("dialog_approve", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("X");
    look("dialog_reject", &mut desk);
}

#[test]
fn a_file_opened() {
    for name in ["running", "rolling_back", "failed"] {
        let mut desk = scenes().into_iter().find(|(n, _)| *n == name).unwrap().1;
        open(&mut desk);
        look(&format!("file_{name}"), &mut desk);
    }
}

/// The dialog of each verb that a key or a command opens, on a screen where it makes sense.
#[test]
fn every_dialog() {
    let desk = |ledger: &Ledger| {
        let mut desk = Desk::on(ledger);
        tell(&mut desk);
        desk
    };
    let cases: [(&str, Ledger, &str, &str); 11] = [
        ("pause", running(), "P", ""),
        ("resume", paused(), "P", ""),
        ("step", paused(), "S", ""),
        ("break", running(), "2jjB", ""),
        ("freeze", running(), "F", ""),
        ("retry", stopped_before(), "T", ""),
        ("abort", running(), "", "abort"),
        ("settle", failed(), "", "settle 0002_orders.sql --as completed"),
        ("acknowledge", running(), "6A", ""),
        ("resolve", running(), "6X", ""),
        ("tick", running(), "8jjjA", ""),
    ];
    for (name, ledger, keys, command) in cases {
        let mut desk = desk(&ledger);
        desk.press(keys);
        if !command.is_empty() {
            desk.command(command);
        }
        assert!(desk.app.dialog.is_some(), "{name}: {}", desk.notice());
        look(&format!("dialog_{name}"), &mut desk);
    }
}

#[test]
fn help_and_palette() {
    let mut desk = Desk::on(&running());
    desk.press(":st");
    look("palette", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("2?");
    look("help_files", &mut desk);
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
    deciding::told(&mut approves, radius(Some(ROLLBACK)));
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
