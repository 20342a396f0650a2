//! Aborts and crashes: what they undo, and what stays.

use super::*;

/// The second of three doctrine files stands after its first statement when its worker ends.
fn crashed() -> Ledger {
    let mut ledger = start(&[(Doctrine, 1, &[]), (Doctrine, 3, &[]), (Doctrine, 1, &[])]);
    command(&mut ledger, 1, Verb::Break { file: FileId(2), statement: Some(1), clear: false });
    drive(&mut ledger, &Script::default());
    assert!(ledger.world.batches[&BATCH].holds.contains_key(&Hold::Paused));
    command(&mut ledger, 2, Verb::Resume);
    ledger.give(Input::Restarted { batch: BATCH, resumable: vec![FileId(2)], expensive: vec![] });
    ledger
}

#[test]
fn a_crash_rolls_back_the_file_it_hit_and_keeps_the_completed_ones() {
    let mut ledger = crashed();
    drive(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger), [FileStatus::Completed, FileStatus::RolledBack, FileStatus::Pending]);
    assert_eq!(status(&ledger), BatchStatus::Failed);
}

#[test]
fn an_abort_while_a_crash_is_undone_takes_the_whole_batch_back_unless_told_otherwise() {
    let (undone, pending) = (FileStatus::RolledBack, FileStatus::Pending);
    for (keep_completed, first, ends) in
        [(false, undone, BatchStatus::RolledBack), (true, FileStatus::Completed, BatchStatus::Failed)]
    {
        let mut ledger = crashed();
        command(&mut ledger, 3, Verb::Abort { keep_completed });
        drive(&mut ledger, &Script::default());
        assert_eq!(statuses(&ledger), [first, undone, pending], "keep_completed = {keep_completed}");
        assert_eq!(status(&ledger), ends);
    }
}

#[test]
fn an_abort_tries_each_completed_file_once() {
    let mut ledger = crashed();
    command(&mut ledger, 3, Verb::Abort { keep_completed: false });
    drive(&mut ledger, &Script { undo_fails: vec![1], ..Script::default() });
    assert_eq!(statuses(&ledger), [FileStatus::Failed, FileStatus::RolledBack, FileStatus::Pending]);
    assert_eq!(status(&ledger), BatchStatus::Failed);
}

#[test]
fn an_abort_rolls_back_what_has_completed_unless_told_otherwise() {
    for (keep_completed, expected) in
        [(false, [FileStatus::RolledBack, FileStatus::Pending]), (true, [FileStatus::Completed, FileStatus::Pending])]
    {
        let mut ledger = start(&[(Doctrine, 1, &[]), (Doctrine, 1, &[])]);
        command(&mut ledger, 1, Verb::Break { file: FileId(2), statement: None, clear: false });
        drive(&mut ledger, &Script::default());
        command(&mut ledger, 2, Verb::Abort { keep_completed });
        drive(&mut ledger, &Script::default());
        assert_eq!(statuses(&ledger), expected, "keep_completed = {keep_completed}");
        assert!(status(&ledger).is_final());
    }
}

#[test]
fn a_busy_server_holds_back_what_begins_and_nothing_that_goes_back() {
    let mut ledger = crashed();
    let throttled = |why: Option<&str>| Input::Throttled { batch: BATCH, why: why.map(str::to_owned) };
    ledger.give(throttled(Some("busy")));
    // The file that the crash hit is undone.
    drive(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger)[1], FileStatus::RolledBack);

    let mut ledger = start(&[(Doctrine, 2, &[]), (Doctrine, 1, &[])]);
    ledger.give(throttled(Some("busy")));
    ledger.give(throttled(Some("busier")));
    drive(&mut ledger, &Script::default());
    assert_eq!((next(&ledger.world.batches[&BATCH], 1), ledger.world.batches[&BATCH].completed), (Next::Held, 0));
    assert_eq!(ledger.world.batches[&BATCH].holds[&Hold::Throttled], "busy");
    let refused = ask(&mut ledger, 1, Verb::Resume, None).expect("nobody can lift it");
    assert!(refused.contains("goes on by itself: busy"), "{refused}");
    ledger.give(throttled(None));
    drive(&mut ledger, &Script::default());
    assert_eq!(status(&ledger), BatchStatus::Completed);
}
