//! Somebody at 80x24 at night: every sentence is true at that moment, none that decides is cut, every key that is told works.

use super::deciding::{looked, radius};
use super::support::*;
use crate::console::feed::Account;
use crate::console::state::message::{Effect, Request};
use crate::console::state::options::Options;
use crate::model::testing::{Ledger, submission};
use crate::model::{Category, Failure, FileId, FileType, Input as Fact, Phase, Verb};
use crossterm::event::KeyCode;

/// The screen on which nothing that decides may be cut.
const SMALL: (u16, u16) = (80, 24);

fn small(desk: &mut Desk) -> String {
    desk.screen(SMALL.0, SMALL.1)
}

/// The last two rows: what was said, and the keys.
fn foot(screen: &str) -> String {
    screen.lines().skip(usize::from(SMALL.1) - 2).collect::<Vec<_>>().join("\n")
}

fn asks_what_it_would_do(desk: &mut Desk) -> bool {
    desk.effects().into_iter().any(|effect| matches!(effect, Effect::Ask(Request::BlastRadius(..))))
}

/// Three files that need nothing of each other, one after the other, but for the second, which needs the first.
fn apart() -> Ledger {
    let doctrine = FileType::Doctrine;
    let mut plan = submission(&[(doctrine, 1, &[]), (doctrine, 1, &[0]), (doctrine, 1, &[])]);
    for (n, file) in plan.files.iter_mut().enumerate() {
        file.path = format!("migrations/{:04}_{}.sql", n + 1, ["users", "orders", "totals"][n]);
        file.wave = [1, 2, 1][n];
    }
    submitted(plan)
}

#[test]
fn a_rollback_that_runs_is_no_question() {
    let mut ledger = rolling_back();
    let mut desk = Desk::on(&ledger);
    desk.press("5");
    let screen = small(&mut desk);
    assert!(screen.contains("Enter opens its batch") && screen.contains("opened") && screen.contains("by a failure"));
    assert!(
        screen.contains("↺ migrations/0002_orders.sql") && screen.contains("· migrations/0001_users.sql"),
        "{screen}"
    );
    assert!(foot(&screen).contains("Enter its batch"), "{screen}");
    desk.effects();
    desk.key(KeyCode::Enter);
    assert!(!asks_what_it_would_do(&mut desk), "nobody has to decide about it");
    assert!(small(&mut desk).contains("[1 Board]"));

    done(&mut ledger, FileId(2));
    ledger.give(Fact::Verified {
        batch: BATCH,
        file: FileId(2),
        difference: None,
        not_compared: Vec::new(),
        left_alone: Vec::new(),
    });
    let mut desk = Desk::on(&ledger);
    desk.press("5");
    assert!(small(&mut desk).contains("↶ migrations/0002_orders.sql"), "{}", small(&mut desk));
}

#[test]
fn what_is_looked_at_closely_has_a_whole_title() {
    let mut desk = Desk::on(&windowed());
    looked(&mut desk);
    let screen = small(&mut desk);
    let title = screen.lines().nth(4).unwrap();
    assert!(title.contains("asked 0 s ago, Enter asks again") && !title.contains('…'), "{title}");
    assert!(foot(&screen).contains("Enter ask again"), "{screen}");
}

#[test]
fn rows_that_cannot_be_counted_say_why() {
    let mut desk = Desk::on(&windowed());
    looked(&mut desk);
    let mut unknown = radius(Some(super::deciding::ROLLBACK));
    unknown.rows_written_since = None;
    unknown.files[0].rows_written_since = None;
    super::deciding::told(&mut desk, unknown);
    let screen = small(&mut desk);
    assert!(screen.contains("? not counted: this account cannot read"), "{screen}");
    assert!(!screen.contains("nobody knows"), "{screen}");
}

#[test]
fn a_file_of_a_batch_that_has_ended_does_not_wait_for_its_turn() {
    let mut desk = Desk::on(&failed());
    desk.press("2G");
    let screen = small(&mut desk);
    assert!(screen.contains("never began") && !screen.contains("waits for its turn"), "{screen}");
    desk.press("1");
    let large = desk.screen(200, 60);
    assert!(large.contains("Never began  1 file") && !large.contains("─ Next"), "{large}");
}

#[test]
fn what_is_being_undone_has_not_failed_and_a_failure_is_told_whole() {
    let mut ledger = apart();
    begin(&mut ledger, FileId(1));
    send(&mut ledger, FileId(1), 0, Phase::Forward);
    let mut desk = Desk::on(&ledger);
    fails(&mut ledger, FileId(1), 0);
    let mut undoing = Desk::on(&ledger);
    undoing.press("3");
    let screen = small(&mut undoing);
    assert!(screen.contains("it is being undone: ") && !screen.contains("it has failed"), "{screen}");
    desk.press("3");
    let screen = small(&mut desk);
    assert!(screen.contains("class A") && !screen.contains('…'), "{screen}");
}

#[test]
fn the_file_that_comes_next_is_the_one_that_will() {
    let mut ledger = apart();
    begin(&mut ledger, FileId(1));
    send(&mut ledger, FileId(1), 0, Phase::Forward);
    let screen = small(&mut Desk::on(&ledger));
    assert!(screen.contains("next: 0002, after 0001"), "{screen}");
    complete_first(&mut ledger);
    assert_eq!(ledger.world.batch(BATCH).unwrap().next_waiting().map(|file| file.id), Some(FileId(2)), "and it does");
}

fn complete_first(ledger: &mut Ledger) {
    let (batch, file) = (BATCH, FileId(1));
    done(ledger, file);
    ledger.give(Fact::CheckedAfter { batch, file, findings: Vec::new() });
    ledger.give(Fact::Recorded { batch, file });
}

#[test]
fn of_several_failed_files_the_keys_are_told_where_they_work() {
    let mut ledger = apart();
    let (batch, files) = (BATCH, [FileId(1), FileId(3)]);
    for file in files {
        ledger.give(Fact::Turn { batch, file });
    }
    for file in files {
        ledger.give(Fact::Prepared { batch, file, result: Err(Failure::new(Category::Checksum, "it has changed")) });
    }
    ledger.give(Fact::Exhausted { batch });
    let mut desk = Desk::on(&ledger);
    let screen = small(&mut desk);
    assert!(
        screen.contains(" 2, then T tries 0001 again") && screen.contains(" 2, then T tries 0003 again"),
        "{screen}"
    );
    desk.press("O");
    assert_eq!(desk.notice(), "no check has stopped a file before it ran");
}

#[test]
fn whoever_may_only_look_is_not_told_to_arm() {
    let ledger = running();
    let mut attached = attached(&ledger);
    attached.server.environment = "production".into();
    attached.account = Account { may_command: false, may_decide: false, ..attached.account };
    let mut desk = Desk::with(&ledger, attached, &Options::default());
    desk.press("P");
    assert!(desk.notice().contains("may not ask for this: it lacks"), "{}", desk.notice());
    assert!(desk.app.dialog.is_none());
}

#[test]
fn an_arming_takes_the_place_of_the_refusal_before_it() {
    let ledger = running();
    let mut attached = attached(&ledger);
    attached.server.environment = "production".into();
    let mut desk = Desk::with(&ledger, attached, &Options::default());
    desk.press("P");
    desk.command("arm 15m");
    assert_eq!(desk.notice(), "armed for 15 min: changes are possible, each asks first");
}

#[test]
fn tabs_keep_their_names_as_long_as_they_can() {
    let mut desk = Desk::on(&windowed());
    desk.press("9");
    for width in [74, 76, 78, 80] {
        let screen = desk.screen(width, 24);
        let tabs = screen.lines().nth(3).unwrap();
        assert!(tabs.contains("1 Board 2 Files 3 Graph"), "{width}: {tabs}");
    }
}

#[test]
fn an_empty_screen_says_all_that_it_says_and_offers_nothing_of_a_row() {
    let mut desk = Desk::on(&Ledger::default());
    for screen in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] {
        desk.press(screen);
        let drawn = small(&mut desk);
        assert!(!drawn.contains('…'), "{drawn}");
        let keys = foot(&drawn);
        assert!(!["Enter open", "/ filter", "s sort"].iter().any(|key| keys.contains(key)), "{drawn}");
    }
}

#[test]
fn a_dialog_says_its_keys_also_beside_a_long_button() {
    let mut desk = Desk::on(&stepping());
    desk.press("S");
    let screen = small(&mut desk);
    assert!(screen.contains("[ Run one statement ]") && screen.contains("y does it · Esc"), "{screen}");
}

#[test]
fn the_help_of_the_log_tells_the_keys_of_the_log() {
    let mut desk = Desk::on(&running());
    desk.press("9?");
    let screen = small(&mut desk);
    assert!(screen.contains("show less of the target, or more"), "{screen}");
    assert!(!screen.contains("in the list of batches") && !screen.contains("Changing, each asks first"), "{screen}");
}

#[test]
fn as_whom_is_told_also_beside_a_long_name_of_a_server() {
    let ledger = running();
    let mut attached = attached(&ledger);
    attached.server.environment = "production".into();
    attached.server.label = "127.0.0.1:33917".into();
    attached.server.core = "shop".into();
    let mut desk = Desk::with(&ledger, attached, &Options::default());
    let screen = small(&mut desk);
    let first = screen.lines().next().unwrap();
    assert!(first.contains("127.0.0.1:33917·shop  ana"), "{first}");
}

#[test]
fn waves_between_which_the_order_goes_to_and_fro_have_no_lines() {
    let mut desk = Desk::on(&apart());
    desk.press("2");
    let screen = desk.screen(120, 40);
    assert!(!screen.contains("wave 1   0 of"), "{screen}");
}

#[test]
fn a_copy_that_is_short_is_told() {
    let mut desk = Desk::on(&running());
    desk.press("2y");
    assert_eq!(desk.notice(), "copied migrations/0001_users.sql");
}

#[test]
fn what_keeps_hold_of_the_keys_has_the_sign_of_a_cursor() {
    let mut desk = Desk::on(&failed());
    desk.press("2j");
    desk.key(KeyCode::Enter);
    assert!(small(&mut desk).contains("─ About it  Tab ↓"), "{}", small(&mut desk));
    desk.key(KeyCode::Tab);
    assert!(small(&mut desk).contains("─ › About it ↓"), "{}", small(&mut desk));
}

#[test]
fn an_earlier_end_of_a_batch_does_not_claim_what_came_later() {
    let mut ledger = stopped_before();
    let (batch, file) = (BATCH, FileId(1));
    command(&mut ledger, 5, Verb::Retry { file });
    ledger.give(Fact::Turn { batch, file });
    ledger.give(Fact::Prepared { batch, file, result: Err(Failure::new(Category::Checksum, "it has changed")) });
    ledger.give(Fact::Exhausted { batch });
    let screen = Desk::on(&ledger).screen(120, 40);
    assert_eq!(screen.matches("FAILED, 0 of 2 files").count(), 1, "{screen}");
}
