//! Pauses, aborts and transactions across the end of a worker.

use super::*;

#[test]
fn an_abort_is_not_forgotten_by_a_crash() {
    let mut ledger = start(&[(Doctrine, 1, &[]), (Doctrine, 2, &[])]);
    command(&mut ledger, 1, Verb::Break { file: FileId(2), statement: Some(1), clear: false });
    drive(&mut ledger, &Script::default());
    command(&mut ledger, 2, Verb::Abort { keep_completed: false });
    ledger.give(Input::Restarted { batch: BATCH, resumable: vec![] });
    drive(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack; 2]);
}

#[test]
fn a_pause_holds_although_a_step_was_granted_before() {
    let mut ledger = start(&[(Doctrine, 2, &[])]);
    command(&mut ledger, 1, Verb::Break { file: FileId(1), statement: Some(0), clear: false });
    drive(&mut ledger, &Script::default());
    command(&mut ledger, 2, Verb::Resume);
    command(&mut ledger, 3, Verb::Step { unit: StepUnit::Statement });
    command(&mut ledger, 4, Verb::Pause);
    assert_eq!(next(&ledger.world.batches[&BATCH], 1), Next::Held);
}

#[test]
fn a_transaction_lost_in_a_rollback_script_is_run_again_from_its_beginning() {
    let script = Script { check_after: vec![1], ..Script::default() };
    let mut ledger = start(&[(Doctrine, 3, &[])]);
    loop {
        match next(&ledger.world.batches[&BATCH], 1) {
            Next::Do(Task::Run { phase: Phase::Undo, statement: 0, .. }) => break,
            Next::Do(task) => perform(&mut ledger, &script, task),
            other => panic!("{other:?}"),
        }
    }
    let file = || ledger.world.file(BATCH, FileId(1)).unwrap().clone();
    let effects = |file: File| file.records.iter().map(|r| r.effect).collect::<Vec<_>>();
    assert_eq!(effects(file()), [Effect::Took, Effect::Undone, Effect::Undone]);
    // The transaction began with the first step that ran.
    let lost = |from, effect| Input::TransactionLost {
        batch: BATCH,
        file: FileId(1),
        phase: Phase::Undo,
        from,
        effect,
        evidence: "the connection is gone".into(),
    };
    let input = lost(2, Effect::None);
    ledger.give(input);
    let file = ledger.world.file(BATCH, FileId(1)).unwrap().clone();
    assert_eq!(effects(file.clone()), [Effect::Took, Effect::Took, Effect::Took]);
    assert_eq!(file.undo.unwrap().done, 0);
    drive(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack]);
}
