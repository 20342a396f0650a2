//! Keys that ask for a change: what opens, what is sent, what is refused.

use super::support::*;
use crate::console::feed::{FeedError, FeedFault};
use crate::console::state::message::{Effect, Input};
use crate::console::state::message::{Report, Request};
use crate::console::state::options::Options;
use crate::console::state::request::RequestStage;
use crate::model::CommandRequest;
use crate::model::{
    BatchStatus, CommandId, Event, EventKind, Expectation, FileId, FileState, Millis, Seq, StepUnit, Verb,
};
use crossterm::event::KeyCode;

fn request(desk: &mut Desk) -> Option<CommandRequest> {
    desk.effects().into_iter().find_map(|e| match e {
        Effect::Ask(Request::Submit(request)) => Some(request),
        _ => None,
    })
}

#[test]
fn pause_goes_through_a_dialog_and_says_what_was_seen() {
    let mut desk = Desk::on(&running());
    desk.press("P");
    assert!(request(&mut desk).is_none(), "nothing is sent before it is accepted");
    let dialog = desk.app.dialog.as_ref().unwrap();
    assert!(dialog.target.as_str().contains("prod-db1 · lupopedia · batch 1 “spring release”"));
    assert!(dialog.account.as_str().contains("ana@10.%"));
    assert!(dialog.consequence[0].as_str().contains("statement 2 of 3 in migrations/0002_orders.sql ends first"));
    assert!(dialog.seen.as_str().contains("running, 1 of 3"));
    assert_eq!(dialog.command_line.as_ref().unwrap().as_str(), "caribou pause --batch 1");
    desk.key(KeyCode::Enter);
    assert!(desk.app.dialog.is_none() && request(&mut desk).is_none(), "Enter alone presses Cancel");
    desk.press("Py");
    let expects = Expectation::of_status(BatchStatus::Running);
    assert_eq!(request(&mut desk), Some(CommandRequest { batch: BATCH, verb: Verb::Pause, reason: None, expects }));
}

#[test]
fn keys_typed_ahead_of_the_dialog_do_nothing() {
    let mut desk = Desk::on(&running());
    for c in "Pyyy".chars() {
        desk.give(Input::Key(KeyCode::Char(c).into()));
    }
    assert!(desk.app.dialog.is_some() && request(&mut desk).is_none());
}

#[test]
fn p_resumes_what_is_held_and_step_steps() {
    let mut desk = Desk::on(&paused());
    desk.press("Py");
    assert_eq!(request(&mut desk).unwrap().verb, Verb::Resume);
    desk.press("Sy");
    assert_eq!(request(&mut desk).unwrap().verb, Verb::Step { unit: StepUnit::Statement });
    desk.command("step --transition");
    desk.press("y");
    assert_eq!(request(&mut desk).unwrap().verb, Verb::Step { unit: StepUnit::Transition });
    desk.command("pause");
    assert_eq!(desk.notice(), "it is paused already");
}

#[test]
fn abort_wants_a_reason_and_tells_what_is_undone() {
    let mut desk = Desk::on(&running());
    desk.command("abort");
    let told: Vec<String> = desk.app.dialog.as_ref().unwrap().consequence.iter().map(|l| l.to_string()).collect();
    let told = told.join("\n");
    assert!(told.contains("KILLS statement 2 of 3"), "{told}");
    assert!(told.contains("The server then rolls back that statement by itself"), "{told}");
    assert!(told.contains("1 statement is undone of the file under way"), "{told}");
    assert!(told.contains("1 completed file is rolled back too"), "{told}");
    desk.press("yes, really");
    assert!(request(&mut desk).is_none());
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    let request = request(&mut desk).unwrap();
    assert_eq!((request.verb, request.reason.as_deref()), (Verb::Abort { keep_completed: false }, Some("yes, really")));
    desk.command("abort --keep-completed");
    assert!(desk.app.dialog.as_ref().unwrap().consequence.iter().any(|l| l.as_str().contains("1 completed file kept")));
}

#[test]
fn retry_is_for_failed_files_without_effects() {
    let mut desk = Desk::on(&stopped_before());
    desk.press("2T");
    desk.press("mended");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    let sent = request(&mut desk).unwrap();
    assert_eq!(sent.verb, Verb::Retry { file: FileId(1) });
    assert_eq!(sent.expects.file, Some((FileId(1), FileState::Failed)));
    let mut desk = Desk::on(&failed());
    desk.press("2jT");
    assert!(desk.notice().contains("has effects that still stand"), "{}", desk.notice());
    desk.press("jT");
    assert!(desk.notice().contains("only a failed file can be retried"), "{}", desk.notice());
}

#[test]
fn a_breakpoint_is_set_at_the_cursor_and_by_name() {
    let mut desk = Desk::on(&running());
    desk.press("2jjBy");
    let verb = Verb::Break { file: FileId(3), statement: None, clear: false };
    assert_eq!(request(&mut desk).unwrap().verb, verb);
    desk.command("break 0002:3");
    desk.press("y");
    let verb = Verb::Break { file: FileId(2), statement: Some(2), clear: false };
    assert_eq!(request(&mut desk).unwrap().verb, verb);
    desk.command("break 000");
    assert!(desk.notice().contains("say more"), "{}", desk.notice());
    desk.command("break 0002:0");
    assert!(desk.notice().contains("count from 1"), "{}", desk.notice());
}

#[test]
fn nothing_can_be_changed_from_a_stale_held_or_read_only_screen() {
    let ledger = running();
    let refused = |mut desk: Desk, why: &str| {
        desk.press("P");
        assert!(desk.app.dialog.is_none());
        assert!(desk.notice().contains(why), "{why}: {}", desk.notice());
    };
    let mut stale = Desk::on(&ledger);
    stale.wait(6_000);
    refused(stale, "STALE");
    let mut held = Desk::on(&ledger);
    held.press(" ");
    refused(held, "held still");
    refused(Desk::with(&ledger, attached(&ledger), &Options { read_only: true, ..Options::default() }), "--read-only");
    let mut legacy = attached(&ledger);
    legacy.read_only = Some("the schema is of 4.0.25".into());
    refused(Desk::with(&ledger, legacy, &Options::default()), "4.0.25");
    let mut observer = attached(&ledger);
    observer.account.may_command = false;
    refused(Desk::with(&ledger, observer, &Options::default()), "it lacks EXECUTE on submit_command");
}

#[test]
fn a_dialog_that_went_stale_sends_nothing() {
    let mut desk = Desk::on(&running());
    desk.press("P");
    desk.wait(6_000);
    desk.press("y");
    assert!(request(&mut desk).is_none() && desk.notice().contains("STALE"));
}

#[test]
fn production_must_be_armed_and_the_arming_ends() {
    let ledger = running();
    let production = || {
        let mut attached = attached(&ledger);
        attached.server.environment = "production".into();
        attached
    };
    let mut desk = Desk::with(&ledger, production(), &Options::default());
    assert!(desk.screen(120, 40).contains("READ-ONLY"));
    desk.press("P");
    assert!(desk.notice().contains(":arm 15m"));
    desk.command("arm 1m");
    assert!(desk.screen(120, 40).contains("ARMED  1:00"));
    desk.press("Py");
    assert!(request(&mut desk).is_some());
    desk.wait(4_000);
    desk.give(Input::Feed(Report::Update(Box::new(news(&ledger)))));
    desk.wait(57_000);
    desk.give(Input::Feed(Report::Update(Box::new(news(&ledger)))));
    assert!(desk.screen(120, 40).contains("READ-ONLY"));
    desk.press("P");
    assert!(desk.app.dialog.is_none());
    desk.command("arm 99h");
    assert!(desk.notice().contains("from 1m to 8h"));
    let mut fixed = Desk::with(&ledger, production(), &Options { read_only: true, ..Options::default() });
    fixed.command("arm 15m");
    assert!(fixed.notice().contains("cannot be armed"));
}

#[test]
fn the_last_commands_way_is_followed() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    let stage = |desk: &Desk| desk.app.request.clone().unwrap().stage;
    let tell = |desk: &mut Desk, seq, kind| {
        let event = Event { batch: BATCH, seq: Seq(seq), at: Millis(1), operator: None, kind };
        let mut update = news(&ledger);
        update.events = vec![event];
        desk.give(Input::Feed(Report::Update(Box::new(update))));
    };
    desk.press("Py");
    assert_eq!(stage(&desk), RequestStage::Sending);
    desk.give(Input::Feed(Report::Submitted(Ok(CommandId(9)))));
    assert_eq!(stage(&desk), RequestStage::Sent(CommandId(9)));
    tell(&mut desk, 100, EventKind::CommandAccepted { command: CommandId(8), verb: Verb::Pause, reason: None });
    assert_eq!(stage(&desk), RequestStage::Sent(CommandId(9)), "somebody else's");
    tell(&mut desk, 101, EventKind::CommandAccepted { command: CommandId(9), verb: Verb::Pause, reason: None });
    assert!(desk.screen(120, 40).contains("accepted, not yet in effect"));
    tell(&mut desk, 102, EventKind::CommandEffective { command: CommandId(9) });
    assert_eq!(stage(&desk), RequestStage::Effective);
    desk.press("Py");
    let error = FeedError::new(FeedFault::Gone, "the server has gone away");
    desk.give(Input::Feed(Report::Submitted(Err(error))));
    assert!(desk.screen(120, 40).contains("pause could not be handed in: the server has gone away"));
    desk.press("Py");
    desk.give(Input::Feed(Report::Submitted(Ok(CommandId(10)))));
    let reason = "moved on since you looked: the batch was running and is now completed".to_owned();
    tell(&mut desk, 103, EventKind::CommandRefused { command: CommandId(10), verb: Verb::Pause, reason });
    assert!(desk.screen(120, 40).contains("refused: moved on since you looked"));
}

#[test]
fn a_long_notice_is_told_to_its_end() {
    let mut desk = Desk::on(&running());
    desk.app
        .notify("batch 3 (act 3: corrected, in steps) is pending: roll back what stands on it first, then this one");
    let screen = desk.screen(80, 24);
    assert!(screen.ends_with("first, then this one") && screen.contains("batch 3 (act 3"), "{screen}");
}

#[test]
fn without_a_worker_the_dialog_says_that_nobody_answers() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    let mut update = news(&ledger);
    update.worker = None;
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    desk.press("P");
    let told = &desk.app.dialog.as_ref().unwrap().consequence;
    assert!(told.iter().any(|l| l.as_str().starts_with("NO WORKER")));
}

#[test]
fn what_somebody_else_has_done_meanwhile_is_not_asked_for_again() {
    let mut ledger = running();
    let mut desk = Desk::on(&ledger);
    desk.press("P");
    let known = ledger.events.len();
    command(&mut ledger, 5, Verb::Pause);
    let update = crate::console::feed::Update { events: ledger.events[known..].to_vec(), ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    desk.press("y");
    assert!(request(&mut desk).is_none());
    let moved = desk.app.moved_on.take().unwrap();
    assert_eq!(moved.now.as_str(), "it is paused already");
}

#[test]
fn buttons_say_what_they_do() {
    let label = |desk: &Desk| desk.app.dialog.as_ref().map(|dialog| dialog.accept.to_string());
    for (ledger, line, button) in [
        (running(), "abort", "Stop and undo 2 files"),
        (running(), "abort --keep-completed", "Stop and undo 1 file"),
        (running(), "step", "Run one statement"),
        (running(), "freeze", "Keep others from writing"),
        (paused(), "resume", "Go on"),
        (failed(), "settle 0002 --as rolled_back", "Count it as rolled back"),
        (stopped_before(), "retry 0001", "Run 0001_users.sql again"),
        (running(), "break 0003", "Pause there"),
    ] {
        let mut desk = Desk::on(&ledger);
        desk.command(line);
        assert_eq!(label(&desk).as_deref(), Some(button), "{line}: {}", desk.notice());
        let screen = desk.screen(120, 40);
        assert!(screen.contains(&format!("[ {button} ]")), "{screen}");
    }
}

#[test]
fn keys_that_are_taken_away_leave_the_footer_to_the_reason() {
    let ledger = running();
    let footer = |desk: &mut Desk| desk.screen(120, 40).lines().last().unwrap().to_owned();
    let mut observer = attached(&ledger);
    (observer.account.may_command, observer.account.may_decide) = (false, false);
    let mut desk = Desk::with(&ledger, observer, &Options::default());
    assert!(footer(&mut desk).contains("this account may only look") && !footer(&mut desk).contains("P pause"));
    desk.press("9");
    assert!(!footer(&mut desk).contains("may only look"), "no key changes anything there");
    let mut desk = Desk::on(&ledger);
    assert!(footer(&mut desk).contains("P pause"));
    desk.press(" ");
    assert!(footer(&mut desk).contains("no changes while the view is held"), "{}", footer(&mut desk));
}
