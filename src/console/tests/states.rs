//! Looks of dialogs and states that come by seldom: a rollback with what others would lose, what is let go, an emergency, a
//! busy server, what a crash left, a production that is not armed.

use super::deciding::{self, ROLLBACK, looked, radius};
use super::look::{SIZES, look};
use super::support::*;
use crate::console::feed::{Attached, BatchSummary, Freeze, Update};
use crate::console::state::message::{Input, Report};
use crate::console::state::offers;
use crate::console::state::options::Options;
use crate::console::state::prompt::COMMANDS;
use crate::console::view::theme::Role;
use crate::model::testing::Ledger;
use crate::model::{
    BatchId, BatchStatus, BlastRadius, Class, CommandId, Effect, Epoch, FileId, FreezeMeans, Held, Input as Fact,
    KeptKind, Millis, PrecheckResult, RequestKey, RollbackSubject, Rows, SystemStatus, UnansweredRequest,
};
use crossterm::event::KeyCode;

/// What a rollback would do where others have added and changed since: rows, a column, a key, a trigger that stays.
fn lossy(rollback: Option<crate::model::RollbackId>) -> BlastRadius {
    let mut told = BlastRadius { fit: PrecheckResult::default(), ..radius(rollback) };
    told.files[0].objects_lost = vec![
        "table lupopedia.totals: others have added column note varchar(200), which goes".into(),
        "table lupopedia.totals: others have added key by_note, which goes".into(),
    ];
    told.files[0].lost = vec![Rows { rows: 12, what: "of lupopedia.totals, which is dropped".into() }];
    told.files[1].objects_left_alone = vec!["trigger lupopedia.orders_audit stays: others have made it since".into()];
    (told.files[1].rows_written_since, told.files[1].rows_left_alone) = (Some(12), Some(12));
    (told.rows_written_since, told.rows_left_alone) = (Some(24), Some(12));
    told
}

/// The same where no row would be lost, but what others have made.
fn lossy_without_rows(rollback: Option<crate::model::RollbackId>) -> BlastRadius {
    let mut told = lossy(rollback);
    told.files[0].lost = Vec::new();
    (told.files[0].rows_written_since, told.files[1].rows_written_since) = (Some(0), Some(12));
    (told.rows_written_since, told.rows_left_alone) = (Some(12), Some(12));
    told
}

/// The answer to what a rollback would do.
fn deciding_about(desk: &mut Desk, subject: RollbackSubject, told: BlastRadius) {
    desk.give(Input::Feed(Report::BlastRadius(BATCH, subject, Box::new(Ok(told)))));
    desk.give(Input::Painted);
}

/// A desk that is asked to roll something back, and is told what that would do.
fn asked_back(line: &str, files: Vec<FileId>, class: Class, told: BlastRadius) -> Desk {
    let mut desk = Desk::on(&completed());
    desk.command(line);
    let subject = RollbackSubject::Proposed { files, class };
    deciding_about(&mut desk, subject, told);
    assert!(desk.app.dialog.is_some(), "{line}: {}", desk.notice());
    desk
}

#[test]
fn a_rollback_that_is_asked_for() {
    let mut desk = asked_back("rollback 0002 --class B", vec![FileId(2)], Class::B, radius(None));
    desk.press("slow since Tuesday");
    look("dialog_rollback", &mut desk);
    let lossy = BlastRadius { class: Class::A, epoch_from: Epoch(3), epoch_to: Epoch(0), ..lossy(None) };
    let mut desk = asked_back("rollback", Vec::new(), Class::A, lossy);
    look("dialog_rollback_lossy", &mut desk);
    for (width, height) in SIZES {
        // Whatever the size, what would be lost is what the eye comes to first.
        let screen = desk.screen(width, height);
        let lost = screen.find("LOST").unwrap_or_else(|| panic!("{width}x{height}: {screen}"));
        assert!(screen.find("undone by").is_none_or(|undone| lost < undone), "{screen}");
    }
}

#[test]
fn what_others_would_lose_is_told_wherever_a_rollback_is_decided() {
    let mut desk = Desk::on(&windowed());
    desk.press("5");
    deciding::told(&mut desk, lossy(Some(ROLLBACK)));
    look("decisions_lossy", &mut desk);
    looked(&mut desk);
    deciding::told(&mut desk, lossy(Some(ROLLBACK)));
    look("decisions_radius_lossy", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("A");
    deciding::told(&mut desk, lossy(Some(ROLLBACK)));
    look("dialog_approve_lossy", &mut desk);
}

#[test]
fn nothing_is_said_to_be_lost_only_where_nothing_is() {
    let mut desk = Desk::on(&windowed());
    desk.press("5");
    deciding::told(&mut desk, lossy_without_rows(Some(ROLLBACK)));
    let screen = desk.screen(120, 40);
    let row = screen.lines().find(|line| line.contains("B 24 h")).unwrap().to_owned();
    assert!(row.contains("2 objects"), "{row}");
    assert!(screen.contains("! 2 objects of others lost") && screen.contains("column note varchar(200)"), "{screen}");
    let small = desk.screen(80, 24);
    assert!(small.contains("2 objs"), "{small}");
    looked(&mut desk);
    deciding::told(&mut desk, lossy_without_rows(Some(ROLLBACK)));
    let frame = desk.frame(120, 40);
    let screen = text(&frame);
    assert!(!screen.contains("LOST     nothing"), "{screen}");
    let bad = desk.app.theme.style(Role::Bad).fg;
    assert_eq!(style_of(&frame, "table lupopedia.totals: others have added column").fg, bad);
    assert!(screen.contains("KEPT     12 rows that others have changed since stay"), "{screen}");
    assert!(screen.contains("trigger lupopedia.orders_audit stays"), "{screen}");
}

#[test]
fn what_is_kept_is_let_go() {
    let mut ledger = completed();
    let held = |statement, table: &str, kind, rows| Held {
        statement,
        kind,
        table: table.into(),
        place: "k_1_2_1".into(),
        rows,
        bytes: 900,
    };
    let files = &mut ledger.world.batches.get_mut(&BATCH).unwrap().files;
    files.get_mut(&FileId(2)).unwrap().held =
        vec![held(1, "orders", KeptKind::Rows, 12), held(2, "order_items", KeptKind::Rows, 80_421)];
    let mut desk = Desk::on(&ledger);
    desk.command("discard --batch");
    look("dialog_discard", &mut desk);
}

/// News of a freeze of that status, with its worker or without.
fn frozen(ledger: &Ledger, status: SystemStatus, is_alone: bool) -> Desk {
    let mut desk = Desk::on(ledger);
    let freeze = Freeze {
        status,
        reason: "the importer must not race 0002".into(),
        by: Some("ana@10.%".into()),
        since: None,
        means: FreezeMeans::ReadOnly,
        lifted: false,
    };
    let worker = if is_alone { Some(vanished()) } else { news(ledger).worker };
    let update = Update { freeze: Some(freeze), worker, ..news(ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    desk
}

#[test]
fn an_emergency_and_its_end() {
    let mut desk = frozen(&running(), SystemStatus::Frozen, true);
    look("board_frozen_alone", &mut desk);
    desk.press("F");
    desk.press("orders are lost");
    look("dialog_thaw_emergency", &mut desk);
    let mut desk = frozen(&running(), SystemStatus::Emergency, false);
    look("board_emergency", &mut desk);
    desk.press("F");
    look("dialog_thaw_over", &mut desk);
}

#[test]
fn a_busy_server_holds_what_would_begin() {
    let mut ledger = planned(&[2, 3, 1]);
    complete(&mut ledger, FileId(1));
    let why = "replica lag 12.4 s, at most 5 s (throttle.max_lag)".to_owned();
    ledger.give(Fact::Throttled { batch: BATCH, why: Some(why) });
    let mut desk = Desk::on(&ledger);
    look("board_throttled", &mut desk);
    desk.press("2");
    look("files_throttled", &mut desk);
}

/// A file that a crash left half-way, and whose undo does not begin unasked.
fn crash_held() -> Ledger {
    let mut ledger = running();
    let (batch, file, effect, evidence) = (BATCH, FileId(2), Effect::None, "no receipt".to_owned());
    ledger.give(Fact::Decided { batch, file, effect, evidence, definitions: Vec::new() });
    let why = "its undo would take about 41 min (policy.max_undo = 10 min)".to_owned();
    ledger.give(Fact::Restarted { batch, resumable: vec![file], expensive: vec![(file, why)] });
    ledger
}

#[test]
fn what_a_crash_left_waits_for_a_person() {
    let mut desk = Desk::on(&crash_held());
    look("board_crash_held", &mut desk);
    desk.press("2j");
    look("files_crash_held", &mut desk);
    desk.key(KeyCode::Enter);
    look("file_crash_held", &mut desk);
    desk.press("3");
    look("graph_crash_held", &mut desk);
    desk.press("1P");
    let line = desk.app.dialog.as_ref().unwrap().command_line.clone().unwrap();
    assert_eq!(line.as_str(), "caribou resume --batch 1");
    look("dialog_resume_crash", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("S");
    assert!(desk.notice().contains("0002_orders.sql was left half-way: somebody has to choose"), "{}", desk.notice());
    desk.press("R");
    let subject = RollbackSubject::Proposed { files: Vec::new(), class: Class::A };
    deciding_about(&mut desk, subject, radius(None));
    let told = desk.app.dialog.as_ref().unwrap().consequence[0].to_string();
    assert_eq!(told, "It begins at once.", "four eyes or not: nothing of a window");
    look("dialog_rollback_crash", &mut desk);
}

#[test]
fn leaving_an_embedded_run_and_an_answer_that_comes_too_late() {
    let ledger = running();
    let mut desk = Desk::with(&ledger, attached(&ledger), &Options { embedded: true, ..Options::default() });
    desk.ctrl('c');
    look("dialog_leave", &mut desk);
    let mut ledger = running();
    let mut desk = Desk::on(&ledger);
    desk.press("P");
    deciding::goes_on(&mut desk, &mut ledger, paused_by_another());
    desk.press("y");
    assert!(desk.app.moved_on.is_some(), "{}", desk.notice());
    look("dialog_moved_on", &mut desk);
}

fn paused_by_another() -> Fact {
    Fact::Commanded(crate::model::Command {
        id: CommandId(9),
        batch: BATCH,
        operator: "bob@10.%".into(),
        verb: crate::model::Verb::Pause,
        reason: None,
        expects: Default::default(),
        submission: None,
    })
}

/// A console of somebody, on what runs.
fn of(change: impl Fn(&mut Attached), options: &Options) -> Desk {
    let ledger = running();
    let mut news = attached(&ledger);
    change(&mut news);
    Desk::with(&ledger, news, options)
}

#[test]
fn who_may_change_something_and_when() {
    let production = |news: &mut Attached| news.server.environment = "production".into();
    let mut desk = of(production, &Options::default());
    desk.press("P");
    look("board_not_armed", &mut desk);
    desk.command("arm 15m");
    desk.press("P");
    look("dialog_pause_production", &mut desk);
    look("board_read_only", &mut of(|_| (), &Options { read_only: true, ..Options::default() }));
    let observer = |news: &mut Attached| (news.account.may_command, news.account.may_decide) = (false, false);
    look("board_observer", &mut of(observer, &Options::default()));
}

#[test]
fn others_at_work_and_a_view_that_is_held() {
    let mut desk = Desk::on(&running());
    let request = UnansweredRequest {
        key: RequestKey::Command(CommandId(40)),
        at: Millis(news(&running()).clock.0 - 3_000),
        operator: "bob@10.%".into(),
        word: "pause".into(),
    };
    let watchers = vec![watcher("bob@10.%", None), watcher("caro@10.%", None)];
    let update = Update { unanswered: vec![request], watchers, ..news(&running()) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    look("board_in_flight", &mut desk);
    desk.press(" ");
    look("board_held_view", &mut desk);
}

#[test]
fn the_list_of_batches_and_lines_under_edit() {
    let mut desk = Desk::on(&running());
    desk.command("batches");
    let summary = |id: i64, name: &str, status| BatchSummary {
        id: BatchId(id),
        name: name.into(),
        status,
        epoch_from: Epoch(0),
        epoch_to: Epoch(3),
        total_files: 3,
        completed_files: 1,
        failed_files: 0,
        started_at: Some(Millis(1_768_471_445_000)),
        completed_at: None,
    };
    let batches = vec![
        summary(2, "spring release", BatchStatus::Running),
        summary(1, "a name that goes on and on, as the names of branches do", BatchStatus::RolledBack),
    ];
    desk.give(Input::Feed(Report::Batches(Ok(batches))));
    look("batches", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press(":");
    look("palette_empty", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("?");
    look("help_board", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("2/order");
    look("files_filtered", &mut desk);
}

/// Whatever command asks first has its dialog among the looks: at four sizes, in each theme.
#[test]
fn every_command_that_asks_has_been_looked_at() {
    let looks = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/tests/snapshots");
    let names: Vec<String> = std::fs::read_dir(looks)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let desk = Desk::on(&running());
    for command in COMMANDS.iter().filter(|command| offers::tier(&desk.app, command.word).is_some()) {
        let word = if command.word == "ack" { "acknowledge" } else { command.word };
        let look = format!("__look__dialog_{word}");
        assert!(names.iter().any(|name| name.contains(&look)), "{} has no look of its dialog", command.word);
    }
}
