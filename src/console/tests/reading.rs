//! Keys that only look: screens, filters, holding still, leaving.

use super::support::*;
use crate::console::feed::{FeedError, FeedFault, FileText};
use crate::console::state::action::Screen;
use crate::console::state::app::ConnectionState;
use crate::console::state::message::{Effect, Input};
use crate::console::state::message::{Report, Request};
use crate::console::state::options::{Exit, Options};
use crate::model::{FileId, Phase, SourceText};
use crossterm::event::KeyCode;

const SQL: &str = "-- orders\nCREATE TABLE orders (\n  id INT PRIMARY KEY\n);\nINSERT INTO orders VALUES (1);\nUPDATE orders SET id = 2;\n";

fn open_second(desk: &mut Desk) {
    desk.press("2j");
    desk.key(KeyCode::Enter);
    let asked = desk.effects().into_iter().find_map(|e| match e {
        Effect::Ask(Request::Source(checksum)) => Some(checksum),
        _ => None,
    });
    let checksum = asked.unwrap();
    let text = SourceText {
        checksum: checksum.clone(),
        path: "x".into(),
        up: SQL.into(),
        down: Some("DROP TABLE orders;\n".into()),
        verify: None,
    };
    let text = FileText { source: text, undo: Vec::new() };
    desk.give(Input::Feed(Report::Source(checksum, Ok(Some(text)))));
}

#[test]
fn esc_goes_back_and_never_out() {
    let mut desk = Desk::on(&running());
    open_second(&mut desk);
    assert!(desk.app.detail.is_some());
    for _ in 0..5 {
        desk.key(KeyCode::Esc);
    }
    assert!(desk.app.detail.is_none());
    desk.press("q");
    assert!(desk.notice().contains(":q or Ctrl-C"));
    assert_eq!(desk.effects(), []);
}

#[test]
fn esc_and_a_key_that_arrive_together_are_both_heard() {
    use crossterm::event::{KeyEvent, KeyModifiers};
    let mut desk = Desk::on(&running());
    open_second(&mut desk);
    desk.give(Input::Key(KeyEvent::new(KeyCode::Char('9'), KeyModifiers::ALT)));
    assert!(desk.app.detail.is_none());
    assert_eq!(desk.app.screen, Screen::Log);
}

#[test]
fn batches_are_chosen_from_a_list() {
    use crate::console::feed::BatchSummary;
    use crate::model::{BatchId, BatchStatus, Epoch, Millis};
    let mut desk = Desk::on(&running());
    desk.command("batches");
    assert_eq!(desk.effects(), [Effect::Ask(Request::Batches)]);
    let batch = |id| BatchSummary {
        id: BatchId(id),
        name: format!("release {id}"),
        status: BatchStatus::Completed,
        epoch_from: Epoch(1),
        epoch_to: Epoch(2),
        total_files: 7,
        completed_files: 7,
        failed_files: 0,
        started_at: Some(Millis(1_768_471_445_000)),
        completed_at: None,
    };
    desk.give(Input::Feed(Report::Batches(Ok(vec![batch(2), batch(1)]))));
    let screen = desk.screen(80, 24);
    assert!(screen.contains("release 1") && screen.contains("2026-01-15 10:04"), "{screen}");
    desk.press("j");
    desk.key(KeyCode::Enter);
    assert_eq!(desk.effects(), [Effect::Ask(Request::Open(BatchId(1)))]);
}

#[test]
fn enter_on_the_board_opens_the_file_under_way() {
    let mut desk = Desk::on(&running());
    desk.key(KeyCode::Enter);
    assert_eq!(desk.app.detail.as_ref().map(|d| d.file), Some(FileId(2)));
    assert_eq!(desk.app.screen, Screen::Files);
}

#[test]
fn screens_by_number_and_the_previous_one() {
    let mut desk = Desk::on(&running());
    desk.press("9");
    assert_eq!(desk.app.screen, Screen::Log);
    desk.press("2");
    desk.press("-");
    assert_eq!(desk.app.screen, Screen::Log);
    for screen in Screen::all() {
        desk.press(&screen.number().to_string());
        assert_eq!(desk.app.screen, screen);
    }
    desk.command("board");
    assert_eq!(desk.app.screen, Screen::Board);
}

#[test]
fn a_filter_works_while_it_is_typed_and_inverts() {
    let mut desk = Desk::on(&running());
    desk.press("2/orders");
    assert_eq!(desk.app.files.rows, [FileId(2)]);
    desk.key(KeyCode::Enter);
    assert_eq!(desk.app.files.rows, [FileId(2)]);
    desk.key(KeyCode::Esc);
    assert_eq!(desk.app.files.rows.len(), 3);
    desk.press("/!completed");
    assert_eq!(desk.app.files.rows, [FileId(2), FileId(3)]);
    desk.key(KeyCode::Esc);
    assert_eq!(desk.app.files.rows.len(), 3, "Esc while typing takes it back");
}

#[test]
fn the_cursor_stays_on_its_file_when_the_order_changes() {
    let mut desk = Desk::on(&failed());
    desk.press("2j");
    assert_eq!(desk.app.files.selected(), Some(FileId(2)));
    for _ in 0..4 {
        desk.press("s");
        assert_eq!(desk.app.files.selected(), Some(FileId(2)));
    }
    desk.press("sg");
    assert_eq!(desk.app.files.selected(), Some(FileId(2)), "by state, what needs a person is first");
}

#[test]
fn a_view_that_is_held_does_not_move_and_counts() {
    let ledger = running();
    let mut later = running();
    let seen = later.events.len();
    done(&mut later, FileId(2));
    let mut desk = Desk::on(&ledger);
    desk.press(" ");
    let before = desk.app.data.world.clone();
    let mut update = news(&ledger);
    update.events = later.events[seen..].to_vec();
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    assert_eq!(desk.app.data.world, before);
    assert!(desk.screen(120, 40).contains("VIEW HELD, 1 event since"));
    desk.press(" ");
    assert_eq!(desk.app.data.world, later.world);
    assert_eq!(desk.effects(), [], "it never touches the migration");
}

#[test]
fn a_key_that_changes_something_elsewhere_says_where() {
    let mut desk = Desk::on(&running());
    desk.press("A");
    assert_eq!(desk.notice(), "A (approve) means nothing here: it is on Decisions (5)");
}

#[test]
fn leaving_asks_only_where_the_run_is_in_this_process() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    desk.ctrl('c');
    assert!(matches!(desk.effects().as_slice(), [Effect::Leave(Exit { pause: false, .. })]));
    desk.command("q");
    assert!(matches!(desk.effects().as_slice(), [Effect::Leave(_)]));
    let mut embedded = Desk::with(&ledger, attached(&ledger), &Options { embedded: true, ..Options::default() });
    embedded.ctrl('c');
    assert_eq!(embedded.effects(), []);
    assert!(embedded.screen(80, 24).contains("leaving pauses it safely"));
    embedded.key(KeyCode::Tab);
    embedded.key(KeyCode::Enter);
    assert!(matches!(embedded.effects().as_slice(), [Effect::Leave(Exit { pause: true, .. })]));
    let ended = completed();
    let mut ended = Desk::with(&ended, attached(&ended), &Options { embedded: true, ..Options::default() });
    ended.command("q");
    assert!(matches!(ended.effects().as_slice(), [Effect::Leave(Exit { pause: false, .. })]));
}

#[test]
fn a_lost_connection_keeps_the_last_state() {
    let mut desk = Desk::on(&running());
    desk.wait(8_000);
    let error = FeedError::new(FeedFault::Gone, "Can't connect to prod-db1:3306 (refused)");
    desk.give(Input::Feed(Report::Lost { error, again_ms: 4_000 }));
    let screen = desk.screen(120, 40);
    assert!(screen.contains("STALE     8 s") && screen.contains("next try in 4 s"), "{screen}");
    assert!(screen.contains("0002_orders.sql"), "the last state stays");
    desk.give(Input::Feed(Report::Update(Box::new(news(&running())))));
    assert_eq!(desk.app.connection, ConnectionState::Live);
    assert!(!desk.screen(120, 40).contains("STALE"));
}

#[test]
fn it_starts_without_a_server() {
    let mut desk = Desk::apart(&Options::default());
    assert!(desk.screen(80, 24).contains("Connecting"));
    let mut error = FeedError::new(FeedFault::Gone, "no server at prod-db1:3306");
    error.hint = Some("is it running?".into());
    desk.give(Input::Feed(Report::Lost { error, again_ms: 500 }));
    let screen = desk.screen(80, 24);
    assert!(screen.contains("NOT CONNECTED") && screen.contains("no server at prod-db1:3306"), "{screen}");
    assert!(screen.contains("is it running?"));
}

#[test]
fn what_is_under_the_cursor_is_copied() {
    let mut desk = Desk::on(&running());
    open_second(&mut desk);
    desk.press("gjy");
    let Some(Effect::Copy(text)) = desk.effects().pop() else { panic!("nothing was copied") };
    assert!(text.contains("CREATE TABLE orders"), "{text}");
    desk.press("q");
    desk.press("y");
    assert_eq!(desk.effects(), [Effect::Copy("migrations/0002_orders.sql".into())]);
}

#[test]
fn searching_in_a_file_goes_round() {
    let mut desk = Desk::on(&running());
    open_second(&mut desk);
    desk.press("g/ORDERS");
    desk.key(KeyCode::Enter);
    let line = |desk: &Desk| desk.app.detail.as_ref().unwrap().line;
    assert_eq!(line(&desk), 1);
    desk.press("nnn");
    assert_eq!(line(&desk), 0);
    desk.press("N");
    assert_eq!(line(&desk), 5);
    desk.press("/nowhere");
    desk.key(KeyCode::Enter);
    assert_eq!(desk.notice(), "not found");
}

#[test]
fn a_held_file_opens_at_its_next_statement() {
    let mut ledger = running();
    done(&mut ledger, FileId(2));
    let next = ledger.world.file(BATCH, FileId(2)).unwrap().next_statement();
    let mut desk = Desk::on(&ledger);
    open_second(&mut desk);
    assert!(next.is_some());
    assert_eq!(desk.app.detail.as_ref().unwrap().statement(), next);
}

#[test]
fn the_cursor_follows_the_running_statement_until_it_is_moved() {
    let mut ledger = running();
    let mut desk = Desk::on(&ledger);
    open_second(&mut desk);
    let line = |desk: &Desk| desk.app.detail.as_ref().unwrap().line;
    let tell = |desk: &mut Desk, ledger: &crate::model::testing::Ledger, seen: usize| {
        let mut update = news(ledger);
        update.events = ledger.events[seen..].to_vec();
        desk.give(Input::Feed(Report::Update(Box::new(update))));
    };
    let first = line(&desk);
    let seen = ledger.events.len();
    done(&mut ledger, FileId(2));
    send(&mut ledger, FileId(2), 2, Phase::Forward);
    tell(&mut desk, &ledger, seen);
    let second = line(&desk);
    assert!(second >= first, "{first} {second}");
    desk.press("g");
    tell(&mut desk, &ledger, ledger.events.len());
    assert_eq!(line(&desk), 0);
}
