//! Tests of what the batch waits for, told in words.

use super::support::*;
use crate::console::view::waiting;
use crate::model::testing::Ledger;
use crate::model::{FileId, StepUnit, Verb};

fn waits(ledger: &Ledger) -> String {
    waiting::on(&Desk::on(ledger).app).to_plain()
}

#[test]
fn waiting_on_names_the_one_thing() {
    let mut aborted = running();
    command(&mut aborted, 1, Verb::Abort { keep_completed: false });
    let mut held = running();
    command(&mut held, 1, Verb::Pause);
    let cases = [
        (running(), "0002 statement 2/3, running for 2 s"),
        (
            blocked(),
            "0002 statement 2/3, a lock held by connection 88 of app@10.0.0.5: SELECT * FROM orders, for 95 s; attempt 3, since 4 s",
        ),
        (rolling_back(), "0002 undo statement 3/3, running for 2 s"),
        (aborted, "0002 statement 2/3 being KILLED, 3 s; then all is undone"),
        (held, "0002 statement 2/3, running for 4 s, then it holds"),
        (failed(), "a person: 0002 failed, 1 statement in force (Enter tells what to do)"),
        (stopped_before(), "a person: T retries 0001; it failed and changed nothing"),
        (completed(), "nothing: all files are completed"),
        (planned(&[1]), "the worker, to begin 0001_users.sql"),
        (stepping(), "step mode: S runs 0001 statement 2/2, P lets it run"),
        (undo_in_steps(false), "step mode: S UNDOES 0001 step 1/1, P undoes the rest"),
        (undo_in_steps(true), "step mode: S verifies the undo of 0001, P undoes the rest"),
        (Ledger::default(), "nothing: there is no batch"),
    ];
    for (ledger, words) in cases {
        assert_eq!(waits(&ledger), words);
    }
    let paused = waits(&paused());
    assert!(paused.starts_with("an operator: paused by bob@10.% at "), "{paused}");
    assert!(paused.ends_with("an operator paused it (P resumes)"), "{paused}");
}

#[test]
fn a_step_under_way_is_not_a_hold() {
    let mut ledger = stepping();
    command(&mut ledger, 6, Verb::Step { unit: StepUnit::Statement });
    assert_eq!(waits(&ledger), "0001_users.sql: its next statement");
    assert_eq!(state_of(&ledger, 1), crate::model::FileState::Migrating);
    let breakpoint = {
        let mut ledger = planned(&[2]);
        begin(&mut ledger, FileId(1));
        let of = crate::model::Input::BreakpointReached { batch: BATCH, file: FileId(1), statement: Some(1) };
        ledger.give(of);
        ledger
    };
    assert_eq!(waits(&breakpoint), "an operator: breakpoint at migrations/0001_users.sql:2 (P resumes)");
}
