//! Board, Files and a file's view with what the worker sees on its server: progress, blockers, load.

use super::look::look;
use super::support::*;
use crate::console::feed::{FileText, Update};
use crate::console::state::message::{Input, Report};
use crate::console::state::story::Key;
use crate::console::view::screens::board::story;
use crate::console::view::theme::Role;
use crate::model::testing::Ledger;
use crate::model::{
    Category, Event, EventKind, Failure, FileId, Input as Fact, Live, LiveBlocker, LiveStatement, Load, Phase,
    SourceText, Stage, StepUnit, Verb,
};
use crossterm::event::KeyCode;
use ratatui::style::Modifier;

const SQL: &str = "-- orders\nCREATE TABLE orders (id INT PRIMARY KEY);\n\nALTER TABLE orders\n  MODIFY total BIGINT NOT NULL, -- cents\n  ADD INDEX by_day (customer_id, placed_ymdhis);\n\nDROP TABLE x;\n";

/// News with what the worker sees of the second file's second statement.
fn seen(ledger: &Ledger, second: i64, statement: LiveStatement) -> Update {
    let news = news(ledger);
    let clock = news.clock.plus(second as u64 * 1_000);
    let statement = LiveStatement { batch: BATCH, file: FileId(2), statement: 1, connection: Some(31), ..statement };
    let load = Load {
        at: clock,
        threads_running: Some(9),
        connections: Some(212),
        rows_written_per_s: Some(7_100),
        replica_lag_ms: Some(800),
        ..Load::default()
    };
    Update {
        clock,
        live: Some(Live { at: clock, parallel: Some(4), statements: vec![statement], load: Some(load) }),
        ..news
    }
}

fn copying(second: i64) -> LiveStatement {
    let stage = Stage {
        name: "copy to tmp table".into(),
        step: Some(1),
        steps: Some(2),
        done_permille: Some(610 + second as u32),
        rows_done: Some(4_100_000 + second as u64 * 7_100),
        rows_total: Some(6_800_000),
        left_ms: Some(350_000),
    };
    LiveStatement { elapsed_ms: 581_000, stage: Some(stage), ..LiveStatement::default() }
}

fn waiting() -> LiveStatement {
    let blocker = LiveBlocker {
        connection: 8093,
        account: "report@10.4.7.21".into(),
        object: "shop.orders".into(),
        lock: "metadata lock".into(),
        certain: true,
        transaction_ms: Some(724_000),
        last: Some("SELECT SUM(amount) FROM payments".into()),
        ..LiveBlocker::default()
    };
    LiveStatement { blocked_by: vec![blocker], ..LiveStatement::default() }
}

/// Answers what is asked for: the texts of the files that are looked at.
fn answer(desk: &mut Desk, file: i64) {
    let checksum = desk.app.data.world.file(BATCH, FileId(file)).unwrap().source.clone();
    let source = SourceText { checksum: checksum.clone(), path: "x".into(), up: SQL.into(), down: None, verify: None };
    desk.give(Input::Feed(Report::Source(checksum, Ok(Some(FileText { source, undo: Vec::new() })))));
}

fn desk(ledger: &Ledger, statement: fn(i64) -> LiveStatement) -> Desk {
    let mut desk = Desk::on(ledger);
    answer(&mut desk, 2);
    for second in 0..5 {
        desk.give(Input::Feed(Report::Update(Box::new(seen(ledger, second, statement(second))))));
    }
    desk
}

#[test]
fn a_running_statement_with_its_progress() {
    let mut desk = desk(&running(), copying);
    look("board_progress", &mut desk);
    let frame = desk.frame(120, 40);
    let style = |role| desk.app.theme.style(role);
    assert_eq!(style_of(&frame, "ALTER TABLE").fg, style(Role::Keyword).fg);
    assert_eq!(style_of(&frame, "━━━━").fg, style(Role::Active).fg);
    assert!(style_of(&frame, "6-22 min left").add_modifier.contains(Modifier::BOLD));
    desk.press("2j");
    answer(&mut desk, 2);
    look("files_progress", &mut desk);
    desk.key(KeyCode::Enter);
    answer(&mut desk, 2);
    look("file_progress", &mut desk);
}

#[test]
fn a_blocked_statement_with_who_is_in_its_way() {
    let mut desk = desk(&blocked(), |_| waiting());
    look("board_lock", &mut desk);
    let frame = desk.frame(120, 40);
    assert_eq!(style_of(&frame, "conn 8093").fg, desk.app.theme.style(Role::Bad).fg);
    assert_eq!(style_of(&frame, "12m 04s").fg, desk.app.theme.style(Role::Caution).fg);
    desk.press("y");
    assert!(desk.effects().iter().any(|effect| format!("{effect:?}").contains("KILL 8093")), "y copies what ends it");
    desk.press("2j");
    answer(&mut desk, 2);
    look("files_lock", &mut desk);
}

#[test]
fn a_failed_file_has_the_servers_message_under_its_statement() {
    let mut desk = Desk::on(&failed());
    desk.press("2j");
    answer(&mut desk, 2);
    look("files_failed_lower", &mut desk);
    desk.key(KeyCode::Enter);
    answer(&mut desk, 2);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("failed: 1146 Table 'core.nowhere' doesn't exist"), "{screen}");
    let frame = desk.frame(120, 40);
    assert_eq!(style_of(&frame, "failed: 1146").fg, desk.app.theme.style(Role::Bad).fg);
}

#[test]
fn a_line_of_the_story_unfolds_and_the_cursor_stays_on_it() {
    let mut ledger = planned(&[1, 1, 1, 1]);
    complete(&mut ledger, FileId(1));
    let mut desk = Desk::on(&ledger);
    desk.screen(120, 40);
    desk.press("j");
    assert_eq!(desk.app.board.at, Some((Key::File(FileId(1)), 0)));
    desk.key(KeyCode::Enter);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("2 checks before passed in 2 ms"), "passed checks are one line: {screen}");
    let known = ledger.events.len();
    complete(&mut ledger, FileId(2));
    let events: Vec<Event> = ledger.events[known..].to_vec();
    desk.give(Input::Feed(Report::Update(Box::new(Update { events, ..news(&ledger) }))));
    assert_eq!(desk.app.board.at, Some((Key::File(FileId(1)), 0)));
    desk.key(KeyCode::Enter);
    assert!(!desk.screen(120, 40).contains("2 checks before passed"));
    desk.press("/state:waiting");
    assert!(desk.screen(120, 40).contains("no line matches"));
    desk.key(KeyCode::Esc);
    desk.key(KeyCode::Esc);
    desk.command("events");
    assert!(desk.screen(120, 40).contains("─ Journal"));
}

/// However long a run is, and whatever is tried again: a line for each file, and one for what happened around them.
#[test]
fn the_story_has_no_more_rows_than_files_and_system_events() {
    let files = 40;
    let mut ledger = planned(&vec![2; files]);
    let mut desk = Desk::on(&ledger);
    let mut random = fastrand::Rng::with_seed(11);
    let mut command_id = 100;
    let mut known = ledger.events.len();
    for file in 1..=files as i64 {
        begin(&mut ledger, FileId(file));
        for statement in 0..2 {
            let verb = [Verb::Pause, Verb::Resume, Verb::Step { unit: StepUnit::Statement }, Verb::Resume];
            for verb in verb.into_iter().take(random.usize(..5)) {
                command_id += 1;
                command(&mut ledger, command_id, verb);
            }
            send(&mut ledger, FileId(file), statement, Phase::Forward);
            for attempt in 1..=random.u32(..4) {
                let failure = Failure::new(Category::LockWait, "Lock wait timeout exceeded");
                let (batch, file) = (BATCH, FileId(file));
                ledger.give(Fact::Waited { batch, file, attempt, ms: 1, failure, blockers: Vec::new() });
            }
            done(&mut ledger, FileId(file));
        }
        ledger.give(Fact::CheckedAfter { batch: BATCH, file: FileId(file), findings: Vec::new() });
        ledger.give(Fact::Recorded { batch: BATCH, file: FileId(file) });
        let events: Vec<Event> = ledger.events[known..].to_vec();
        known = ledger.events.len();
        desk.give(Input::Feed(Report::Update(Box::new(Update { events, ..news(&ledger) }))));
        let batch = desk.app.data.batch().unwrap();
        let rows = story::rows(&desk.app, batch).count();
        let of_system = |e: &&Event| e.kind.file().is_none() && !matches!(e.kind, EventKind::AlertRaised { .. });
        let system = ledger.events.iter().filter(of_system).count();
        assert!(rows <= file as usize + system, "{rows} rows for {file} files and {system} events");
        let of_files = desk.app.data.story.keys().filter(|key| matches!(key, Key::File(_))).count();
        assert_eq!(of_files, file as usize, "one line a file");
    }
}

/// The worker says how many files may be under way, and that nobody knows whether one waits.
#[test]
fn the_worker_says_how_many_files_have_room_and_what_it_cannot_see() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    let statement = |waits_unknown: Option<&str>| LiveStatement {
        batch: BATCH,
        file: FileId(2),
        statement: 1,
        waits_unknown: waits_unknown.map(str::to_owned),
        ..LiveStatement::default()
    };
    let mut tell = |parallel, why| {
        let live = Live { at: news(&ledger).clock, parallel, statements: vec![statement(why)], load: None };
        desk.give(Input::Feed(Report::Update(Box::new(Update { live: Some(live), ..news(&ledger) }))));
        desk.screen(120, 40)
    };
    let screen = tell(Some(2), Some("the account lacks PROCESS"));
    assert!(screen.contains("1 file under way, room for 2"), "{screen}");
    assert!(screen.contains("whether it waits for a lock: ? the account lacks PROCESS"), "{screen}");
    let screen = tell(None, None);
    assert!(!screen.contains("room for") && !screen.contains("whether it waits"), "{screen}");
}
