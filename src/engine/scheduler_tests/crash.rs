//! Pauses, aborts and transactions across the end of a worker.

use super::*;

#[test]
fn an_abort_is_not_forgotten_by_a_crash() {
    let mut ledger = start(&[(Doctrine, 1, &[]), (Doctrine, 2, &[])]);
    command(&mut ledger, 1, Verb::Break { file: FileId(2), statement: Some(1), clear: false });
    drive(&mut ledger, &Script::default());
    command(&mut ledger, 2, Verb::Abort { keep_completed: false });
    ledger.give(Input::Restarted { batch: BATCH, resumable: vec![], expensive: vec![] });
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

/// A file of three statements whose worker ended after the first of them, and whose undo is not to begin unasked.
fn half_way(expensive: bool, resumable: bool) -> Ledger {
    let mut plan = submission(&[(Doctrine, 1, &[]), (Doctrine, 3, &[])]);
    if !expensive {
        plan.policy.after_crash.then = OnCrash::Hold;
    }
    let mut ledger = Ledger::default();
    ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana".into(), command: None });
    command(&mut ledger, 1, Verb::Break { file: FileId(2), statement: Some(1), clear: false });
    drive(&mut ledger, &Script::default());
    command(&mut ledger, 2, Verb::Resume);
    let expensive = if expensive { vec![(FileId(2), "its undo would destroy 3 rows".to_owned())] } else { vec![] };
    let resumable = if resumable { vec![FileId(2)] } else { vec![] };
    ledger.give(Input::Restarted { batch: BATCH, resumable: resumable.clone(), expensive: expensive.clone() });
    // Another worker finds it as it is, and asks nothing again.
    let before = ledger.events.len();
    ledger.give(Input::Restarted { batch: BATCH, resumable, expensive });
    assert_eq!(ledger.events.len(), before);
    drive(&mut ledger, &Script::default());
    let batch = &ledger.world.batches[&BATCH];
    assert_eq!(next(batch, 1), Next::Held);
    assert_eq!(batch.files[&FileId(2)].state, Migrating);
    assert!(batch.alerts.values().any(|a| a.alert_type == AlertType::Critical && a.title.contains("half-way")));
    ledger
}

#[test]
fn what_a_crash_left_half_way_goes_on_where_somebody_says_so() {
    for expensive in [false, true] {
        let mut ledger = half_way(expensive, true);
        command(&mut ledger, 3, Verb::Step { unit: StepUnit::Statement });
        assert_eq!(next(&ledger.world.batches[&BATCH], 1), Next::Held, "a step is no answer");
        command(&mut ledger, 4, Verb::Resume);
        command(&mut ledger, 5, Verb::Resume);
        drive(&mut ledger, &Script::default());
        assert_eq!(status(&ledger), BatchStatus::Completed);
        let ran = |e: &&Event| matches!(e.kind, EventKind::StatementStarted { file: FileId(2), .. });
        assert_eq!(ledger.events.iter().filter(ran).count(), 3, "nothing ran twice");
        let (world, tables) = replayed(&ledger);
        assert_eq!((world.batches, tables), (ledger.world.batches.clone(), replay(&ledger.events)));
    }
}

#[test]
fn what_a_crash_left_half_way_is_undone_where_somebody_says_so() {
    let mut ledger = half_way(true, false);
    command(&mut ledger, 3, Verb::Resume);
    let refused = |e: &Event| match &e.kind {
        EventKind::CommandRefused { reason, .. } => Some(reason.clone()),
        _ => None,
    };
    let reason = ledger.events.iter().find_map(refused).expect("it cannot go on");
    assert!(reason.contains("its session is gone"), "{reason}");
    let verb = Verb::RollBack { files: vec![], class: Class::A, now: false, accept_loss: false };
    let asked = Command {
        id: CommandId(4),
        batch: BATCH,
        operator: "ben".into(),
        verb,
        reason: Some("not worth it".into()),
        expects: Expectation::default(),
        submission: None,
    };
    ledger.give(Input::Commanded(asked));
    drive(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger), [FileStatus::Completed, FileStatus::RolledBack]);

    let mut ledger = half_way(true, false);
    command(&mut ledger, 3, Verb::Abort { keep_completed: false });
    drive(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack; 2]);
}
