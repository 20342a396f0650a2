//! Windows, decisions and compensating batches in any order: no epoch is partial, nothing is decided twice or after its
//! time, and nothing that was decided is lost.

use super::random::any_files;
use super::windows::*;
use super::*;
use proptest::prelude::*;

/// Something that happens from outside.
#[derive(Debug, Clone)]
enum Happens {
    /// The worker does so many steps.
    Works(usize),
    Passes(u64),
    /// The jobs that are due are dealt with.
    Due,
    /// A decision about one of the rollbacks, by one of two users, now or with what was seen at first.
    Decides {
        which: usize,
        by_ben: bool,
        approve: bool,
    },
    Asks {
        file: i64,
        class: Class,
        now: bool,
    },
    Submits,
    /// The worker dies; another takes over what is durable.
    Restarts,
}

fn happens() -> impl Strategy<Value = Happens> {
    let class = prop::sample::select(vec![Class::A, Class::B, Class::C, Class::D]);
    prop_oneof![
        4 => (1usize..40).prop_map(Happens::Works),
        2 => (0u64..DAY).prop_map(Happens::Passes),
        2 => Just(Happens::Due),
        4 => (0usize..4, any::<bool>(), any::<bool>())
            .prop_map(|(which, by_ben, approve)| Happens::Decides { which, by_ben, approve }),
        2 => (0i64..6, class, any::<bool>()).prop_map(|(file, class, now)| Happens::Asks { file, class, now }),
        1 => Just(Happens::Submits),
        1 => Just(Happens::Restarts),
    ]
}

/// Lists what is pending in `migration_jobs`, as the store keeps it.
fn jobs(ledger: &Ledger) -> Vec<Job> {
    let mut pending: std::collections::BTreeMap<i64, Job> = Default::default();
    for change in ledger.events.iter().flat_map(job_changes) {
        match change {
            JobChange::Set(job) => drop(pending.insert(Job::key(job.subject, job.kind), job)),
            JobChange::Done(key) => drop(pending.remove(&key)),
            JobChange::Cancelled(subject) => pending.retain(|_, job| job.subject != subject),
        }
    }
    pending.into_values().collect()
}

fn work(ledger: &mut Ledger, script: &Script, steps: usize) {
    for _ in 0..steps {
        let moving = ledger.world.batches.values().find(|b| !matches!(next(b, 1), Next::Ended | Next::Held));
        let Some((id, next)) = moving.map(|b| (b.id, next(b, 1))) else { return };
        match next {
            Next::Do(task) => perform_in(ledger, id, script, task),
            _ => ledger.give(Input::Exhausted { batch: id }),
        }
    }
}

fn happen(ledger: &mut Ledger, script: &Script, id: i64, what: &Happens, on_lapse: Lapse) {
    match what {
        Happens::Works(steps) => work(ledger, script, *steps),
        Happens::Passes(ms) => ledger.pass(*ms),
        Happens::Due => {
            let now = ledger.now();
            for Job { batch, subject, kind, .. } in jobs(ledger).into_iter().filter(|job| job.due <= now) {
                ledger.give(Input::Due { batch, subject, kind, now });
            }
        }
        Happens::Decides { which, by_ben, approve } => {
            let all: Vec<(BatchId, RollbackId)> =
                ledger.world.batches.values().flat_map(|b| b.rollbacks.keys().map(|r| (b.id, *r))).collect();
            let Some((batch, rollback)) = all.get(which % all.len().max(1)).copied() else { return };
            let verdict = if *approve { Verdict::Approve } else { Verdict::Reject };
            let decision = decision(ledger, id, batch, rollback, if *by_ben { BEN } else { ANA }, verdict);
            answer_to(ledger, decision).ok();
        }
        Happens::Asks { file, class, now } => {
            let files: Vec<i64> = if *file == 0 { vec![] } else { vec![*file] };
            rollback(ledger, id, &files, *class, *now);
        }
        Happens::Submits => {
            let is_open = ledger.world.batches.values().any(|b| !b.status.is_final());
            if !is_open && ledger.world.batches.len() < 6 {
                submit(ledger, &[(Module, 1, &[]), (Doctrine, 1, &[0])], true, on_lapse);
            }
        }
        Happens::Restarts => {
            let (world, _) = replayed(ledger);
            ledger.world.batches = world.batches;
            let left: Vec<BatchId> =
                ledger.world.batches.values().filter(|b| b.active().next().is_some()).map(|b| b.id).collect();
            for batch in left {
                ledger.give(Input::Restarted { batch, resumable: vec![], expensive: vec![] });
            }
        }
    }
}

/// Checks what must be so at every moment.
fn check_always(ledger: &Ledger) -> Result<(), TestCaseError> {
    for batch in ledger.world.batches.values() {
        // No partial epoch: a batch that has reached its epoch has all of its files, or what is missing was undone
        // by a rollback that stands in history as a batch of its own.
        if batch.status == BatchStatus::Completed && batch.compensates.is_none() {
            for file in batch.files.values().filter(|f| f.outcome != Some(Outcome::Completed)) {
                let compensated = batch.rollbacks.values().any(|r| {
                    r.files.contains(&file.id)
                        && r.compensated_by.is_some_and(|by| ledger.world.batches.contains_key(&by))
                });
                prop_assert!(
                    compensated,
                    "{} of batch {} is missing from epoch {}",
                    file.path,
                    batch.id,
                    batch.epoch_to
                );
            }
        }
        if let Some(of) = batch.compensates {
            let rollback = &ledger.world.batches[&of.batch].rollbacks[&of.rollback];
            let ended = match rollback.status {
                RollbackStatus::Completed => BatchStatus::Completed,
                RollbackStatus::Failed => BatchStatus::Failed,
                _ => BatchStatus::Running,
            };
            prop_assert_eq!(batch.status, ended);
            prop_assert!(batch.epoch_to > batch.epoch_from);
        }
        let running = batch.rollbacks.values().filter(|r| r.status == RollbackStatus::Running).count();
        prop_assert!(running <= 1, "two rollbacks at once");
    }
    Ok(())
}

/// Checks what the journal must tell in the end.
fn check_journal(ledger: &Ledger) -> Result<(), TestCaseError> {
    let (mut answered, mut started) = (Vec::new(), Vec::new());
    let mut reached = Epoch(0);
    for event in &ledger.events {
        match &event.kind {
            EventKind::DecisionAccepted { decision, rollback, judged, .. } => {
                answered.push(*decision);
                let rollback = &ledger.world.batches[&event.batch].rollbacks[rollback];
                prop_assert!(rollback.decide_by.is_none_or(|deadline| *judged < deadline), "decided after its time");
            }
            EventKind::DecisionRefused { decision, .. } => answered.push(*decision),
            EventKind::RollbackStarted { rollback, .. } => {
                prop_assert!(!started.contains(rollback), "rollback {rollback} began twice");
                started.push(*rollback);
            }
            EventKind::BatchEnded { status: BatchStatus::Completed, .. } => {
                let to = ledger.world.batches[&event.batch].epoch_to;
                prop_assert!(to > reached, "epoch {to} after {reached}");
                reached = to;
            }
            EventKind::BatchEnded { .. } => {
                // Class A: the only way back. Where it fails a person is needed, and the epoch is not reached either.
                let batch = &ledger.world.batches[&event.batch];
                if batch.compensates.is_none() {
                    reached = reached.min(batch.epoch_from);
                }
            }
            _ => {}
        }
    }
    let given = answered.len();
    answered.sort();
    answered.dedup();
    prop_assert_eq!(answered.len(), given, "a decision was answered twice");
    Ok(())
}

proptest! {
    /// Whatever happens, in whatever order: no partial epoch, no epoch twice, no decision after its time, none twice
    /// and none lost, and the replayed journal is the same world.
    #[test]
    fn whatever_order_it_happens_in(
        files in any_files(),
        windows in prop::collection::vec((1i64..6, prop::sample::select(vec![Class::B, Class::C, Class::D])), 0..3),
        undo_fails in prop::collection::vec(1i64..8, 0..2),
        happened in prop::collection::vec(happens(), 1..40),
        on_lapse in prop::sample::select(vec![Lapse::Keep, Lapse::Escalate, Lapse::Rollback]),
        four_eyes in any::<bool>(),
    ) {
        let script = Script { windows, undo_fails, ..Script::default() };
        let borrowed: Vec<(FileType, u32, &[usize])> = files.iter().map(|(t, s, r)| (*t, *s, r.as_slice())).collect();
        let mut ledger = Ledger::default();
        submit(&mut ledger, &borrowed, four_eyes, on_lapse);
        work(&mut ledger, &script, 10_000);
        for (id, what) in (1..).zip(&happened) {
            happen(&mut ledger, &script, id, what, on_lapse);
            check_always(&ledger)?;
        }
        check_journal(&ledger)?;
        let (world, tables) = replayed(&ledger);
        prop_assert_eq!(&world.batches, &ledger.world.batches);
        prop_assert_eq!(tables, replay(&ledger.events));
    }
}
