//! Batches and what goes wrong in them, at random.

use super::*;
use proptest::prelude::*;

pub(super) fn any_script() -> impl Strategy<Value = Script> {
    let files = || prop::collection::vec(1i64..6, 0..2);
    let statements = prop::collection::vec((1i64..6, 0u32..3), 0..2);
    (files(), files(), files(), statements, files(), files(), files()).prop_map(
        |(not_ready, check_before, check_after, statements, no_undo, undo_fails, undo_differs)| Script {
            not_ready,
            check_before,
            check_after,
            statements,
            no_undo,
            undo_fails,
            undo_differs,
            kept: Vec::new(),
            windows: Vec::new(),
        },
    )
}

pub(super) fn any_files() -> impl Strategy<Value = Vec<(FileType, u32, Vec<usize>)>> {
    let file = (prop::sample::select(vec![Doctrine, Doctrine, Module, FileType::Documentation]), 0u32..4);
    prop::collection::vec((file, prop::collection::vec(any::<prop::sample::Index>(), 0..2)), 1..6).prop_map(|files| {
        let place = |(n, ((t, s), on)): (usize, ((FileType, u32), Vec<prop::sample::Index>))| {
            let requires = if n == 0 { vec![] } else { on.iter().map(|i| i.index(n)).collect() };
            (t, s, requires)
        };
        files.into_iter().enumerate().map(place).collect()
    })
}

proptest! {
    /// Whatever goes wrong, the batch comes to an end, no file is left between states, the replayed journal gives the
    /// same world and the same rows, and what is not failed has no effects unless it completed.
    #[test]
    fn every_batch_ends_and_its_journal_tells_it_all(
        files in any_files(),
        script in any_script(),
        verbs in prop::collection::vec((0usize..40, 0usize..5), 0..6),
    ) {
        let borrowed: Vec<(FileType, u32, &[usize])> = files.iter().map(|(t, s, r)| (*t, *s, r.as_slice())).collect();
        let mut ledger = start(&borrowed);
        let mut steps = 0;
        let mut id = 0;
        loop {
            for (at, verb) in &verbs {
                if *at == steps {
                    id += 1;
                    let verb = [
                        Verb::Pause,
                        Verb::Resume,
                        Verb::Step { unit: StepUnit::Statement },
                        Verb::Step { unit: StepUnit::Transition },
                        Verb::Abort { keep_completed: false },
                    ][*verb].clone();
                    command(&mut ledger, id, verb);
                }
            }
            steps += 1;
            prop_assert!(steps < 5_000, "it never came to an end");
            match next(&ledger.world.batches[&BATCH], 1) {
                Next::Do(task) => perform(&mut ledger, &script, task),
                Next::Exhausted => ledger.give(Input::Exhausted { batch: BATCH }),
                Next::Held if steps < 50 => ledger.give(Input::Quiet { batch: BATCH }),
                Next::Held => { id += 1; command(&mut ledger, id, Verb::Resume); }
                Next::Ended => break,
                Next::Busy => panic!("every statement has ended"),
            }
        }
        let batch = &ledger.world.batches[&BATCH];
        prop_assert!(batch.status.is_final());
        prop_assert!(batch.active.is_empty());
        for file in batch.files.values() {
            let may_have_effects = file.state == Failed || file.outcome == Some(Outcome::Completed);
            prop_assert!(may_have_effects || !file.has_effects(), "{} has effects in {}", file.path, file.state);
        }
        for event in &ledger.events {
            if let EventKind::FileMoved { from, to, .. } = &event.kind {
                prop_assert!(check_transition(*from, *to).is_ok());
            }
        }
        let (world, tables) = replayed(&ledger);
        prop_assert_eq!(&world.batches, &ledger.world.batches);
        prop_assert_eq!(tables, replay(&ledger.events));
    }
}
