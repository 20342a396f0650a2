//! Several files under way: whatever the order in which their statements end.

use super::random::{any_files, any_script};
use super::*;
use proptest::prelude::*;

/// A batch with statements under way, whose ends come in any order.
struct Beside<'s> {
    ledger: Ledger,
    script: &'s Script,
    width: usize,
    running: Vec<(FileId, u32, Phase)>,
}

impl<'s> Beside<'s> {
    fn new(ledger: Ledger, script: &'s Script, width: usize) -> Beside<'s> {
        Beside { ledger, script, width, running: Vec::new() }
    }

    fn batch(&self) -> &Batch {
        &self.ledger.world.batches[&BATCH]
    }

    fn next(&self) -> Next {
        next(self.batch(), self.width)
    }

    /// Does one thing; a statement is sent, and goes on running.
    fn perform(&mut self, task: Task) {
        match task {
            Task::Run { file, statement, phase } => {
                let was_held = !self.batch().may_move();
                assert!(!was_held, "a statement is sent by a batch that is held");
                send(&mut self.ledger, (BATCH, file), statement, phase);
                self.running.push((file, statement, phase));
            }
            task => perform(&mut self.ledger, self.script, task),
        }
        self.no_two_clash();
    }

    /// One of the statements ends.
    fn end(&mut self, which: usize) {
        let (file, statement, phase) = self.running.remove(which % self.running.len());
        self.ledger.give(ended(self.script, (BATCH, file), statement, phase));
        self.no_two_clash();
    }

    fn no_two_clash(&self) {
        let under_way: Vec<&File> = self.batch().active().filter(|f| f.holds_locks()).collect();
        for (n, file) in under_way.iter().enumerate() {
            for other in &under_way[n + 1..] {
                let clash = file.clash(other).map(|c| c.to_string());
                assert_eq!(clash, None, "{} and {} are under way together", file.path, other.path);
            }
        }
        assert!(self.running.len() <= self.width.max(1), "{:?} at a time", self.running);
    }

    /// Until nothing is left to do but to wait for statements.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            match self.next() {
                Next::Do(task) => self.perform(task),
                Next::Exhausted => self.ledger.give(Input::Exhausted { batch: BATCH }),
                Next::Busy | Next::Held | Next::Ended => return,
            }
        }
        panic!("it never settled");
    }

    /// To the end, the first statement that was sent ending first.
    fn drive(&mut self) {
        self.settle();
        while !self.running.is_empty() {
            self.end(0);
            self.settle();
        }
    }

    fn running_files(&self) -> Vec<i64> {
        self.running.iter().map(|(file, ..)| file.0).collect()
    }

    fn state(&self, file: i64) -> FileState {
        self.batch().files[&FileId(file)].state
    }
}

/// A plan whose files use the named tables, `!` for those that they change; "?" is a file that may use anything.
fn plan(files: &[(FileType, u32, &[usize], &str)]) -> Submission {
    let plain: Vec<(FileType, u32, &[usize])> = files.iter().map(|(t, s, r, _)| (*t, *s, *r)).collect();
    let mut plan = submission(&plain);
    for (file, (.., uses)) in plan.files.iter_mut().zip(files) {
        file.locks = locks(uses);
    }
    plan
}

fn locks(uses: &str) -> Locks {
    if uses == "?" {
        return None;
    }
    let mut locks: Vec<ObjectLock> = Vec::new();
    for word in uses.split_whitespace() {
        let mode = if word.ends_with('!') { LockMode::Exclusive } else { LockMode::Shared };
        locks.push(ObjectLock { object: word.trim_end_matches('!').into(), mode, changes: None });
    }
    locks.sort();
    locks.dedup_by(|a, b| a.object == b.object);
    Some(locks)
}

fn started(plan: Submission) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@10.%".into(), command: None });
    ledger
}

fn blocked(beside: &Beside<'_>, file: i64) -> Option<String> {
    let held = &beside.batch().files[&FileId(file)].holds;
    held.iter().find(|(hold, _)| *hold == Hold::Blocked).map(|(_, reason)| reason.clone())
}

#[test]
fn independent_files_start_in_order_and_run_beside_each_other() {
    let files: Vec<(FileType, u32, &[usize], &str)> =
        ["a!", "b!", "c!", "d!"].iter().map(|uses| (Doctrine, 2, &[][..], *uses)).collect();
    let script = Script::default();
    let mut beside = Beside::new(started(plan(&files)), &script, 3);
    beside.settle();
    assert_eq!(beside.running_files(), [1, 2, 3]);
    beside.end(1);
    beside.settle();
    assert_eq!(beside.running_files(), [1, 3, 2], "the second goes on with its next statement");
    beside.end(2);
    beside.settle();
    assert_eq!(beside.running_files(), [1, 3, 4], "one is done: the fourth takes its place");
    beside.drive();
    assert_eq!(statuses(&beside.ledger), [FileStatus::Completed; 4]);
}

#[test]
fn who_clashes_stands_in_line_and_goes_on_by_itself() {
    let files: Vec<(FileType, u32, &[usize], &str)> = vec![
        (Doctrine, 1, &[], "table t!"),
        (Doctrine, 1, &[], "table t! u"),
        (Doctrine, 1, &[], "table t!"),
        (Doctrine, 1, &[], "x!"),
    ];
    let script = Script::default();
    let mut beside = Beside::new(started(plan(&files)), &script, 4);
    beside.settle();
    assert_eq!(beside.running_files(), [1, 4]);
    assert_eq!(blocked(&beside, 2).as_deref(), Some("after 0001_file.sql: t"));
    assert_eq!(blocked(&beside, 3).as_deref(), Some("after 0002_file.sql: t"), "nobody overtakes");
    let third = &beside.batch().files[&FileId(3)];
    assert_eq!((third.state, beside.batch().queue(third).map(|q| q.place)), (Preparing, Some(2)));
    beside.end(0);
    beside.settle();
    assert_eq!(beside.running_files(), [4, 2]);
    assert_eq!(blocked(&beside, 2), None);
    beside.drive();
    assert_eq!(statuses(&beside.ledger), [FileStatus::Completed; 4]);
}

#[test]
fn a_declared_conflict_keeps_two_files_apart() {
    let mut plan = plan(&[(Doctrine, 1, &[], "a!"), (Doctrine, 1, &[0], "b!")]);
    plan.files[1].requires[0].kind = DependencyType::Conflict;
    let script = Script::default();
    let mut beside = Beside::new(started(plan), &script, 4);
    beside.settle();
    assert_eq!(beside.running_files(), [1]);
    assert_eq!(blocked(&beside, 2).as_deref(), Some("after 0001_file.sql: a declared conflict (declared)"));
    beside.drive();
    assert_eq!(status(&beside.ledger), BatchStatus::Completed);
}

#[test]
fn a_file_that_may_touch_anything_runs_alone() {
    let files: Vec<(FileType, u32, &[usize], &str)> =
        vec![(Doctrine, 1, &[], "a!"), (Doctrine, 1, &[], "?"), (Doctrine, 1, &[], "b!")];
    let script = Script::default();
    let mut beside = Beside::new(started(plan(&files)), &script, 4);
    for alone in [1, 2, 3] {
        beside.settle();
        assert_eq!(beside.running_files(), [alone]);
        beside.end(0);
    }
}

#[test]
fn a_doctrine_failure_lets_statements_end_and_takes_their_files_back() {
    let files: Vec<(FileType, u32, &[usize], &str)> =
        ["a!", "b!", "c!", "d!"].iter().map(|uses| (Doctrine, 2, &[][..], *uses)).collect();
    let script = Script { statements: vec![(2, 0)], ..Script::default() };
    let mut beside = Beside::new(started(plan(&files)), &script, 3);
    beside.settle();
    beside.end(1);
    beside.settle();
    assert_eq!(beside.state(2), Idle, "nothing of it took effect: it is undone already");
    assert_eq!(beside.running_files(), [1, 3], "what runs comes to its statement's end");
    beside.end(0);
    beside.settle();
    assert_eq!(beside.state(1), RollingBack);
    assert_eq!(beside.running[1], (FileId(1), 0, Phase::Undo));
    beside.drive();
    let expected = [FileStatus::RolledBack, FileStatus::RolledBack, FileStatus::RolledBack, FileStatus::Pending];
    assert_eq!(statuses(&beside.ledger), expected, "the fourth never started");
    assert_eq!(status(&beside.ledger), BatchStatus::RolledBack);
}

#[test]
fn a_pause_lets_running_statements_end_and_none_starts() {
    let files: Vec<(FileType, u32, &[usize], &str)> =
        ["a!", "b!"].iter().map(|uses| (Doctrine, 2, &[][..], *uses)).collect();
    let script = Script::default();
    let mut beside = Beside::new(started(plan(&files)), &script, 4);
    beside.settle();
    command(&mut beside.ledger, 1, Verb::Pause);
    for left in [1, 0] {
        beside.end(0);
        beside.settle();
        assert_eq!((beside.running.len(), beside.next()), (left, Next::Held));
    }
    // A step is exactly one statement of one file.
    for (id, ended) in [(2, 3), (3, 4)] {
        command(&mut beside.ledger, id, Verb::Step { unit: StepUnit::Statement });
        beside.settle();
        assert_eq!(beside.running.len(), 1);
        beside.end(0);
        beside.settle();
        assert_eq!(beside.running.len(), 0);
        assert_eq!(beside.batch().files.values().map(|f| f.records.len()).sum::<usize>(), ended);
    }
    command(&mut beside.ledger, 4, Verb::Resume);
    beside.drive();
    assert_eq!(status(&beside.ledger), BatchStatus::Completed);
}

#[test]
fn a_crash_with_several_under_way_undoes_each_by_a_rollback_of_its_own() {
    let files: Vec<(FileType, u32, &[usize], &str)> =
        ["a!", "b!", "c!"].iter().map(|uses| (Doctrine, 2, &[][..], *uses)).collect();
    let script = Script::default();
    let mut beside = Beside::new(started(plan(&files)), &script, 3);
    beside.settle();
    for effect in [Effect::Took, Effect::None, Effect::Took] {
        let (file, ..) = beside.running.remove(0);
        let (evidence, definitions) = ("looked".into(), Vec::new());
        beside.ledger.give(Input::Decided { batch: BATCH, file, effect, evidence, definitions });
    }
    beside.ledger.give(Input::Restarted { batch: BATCH, resumable: vec![], expensive: vec![] });
    beside.drive();
    assert_eq!(statuses(&beside.ledger), [FileStatus::RolledBack; 3]);
    let batch = beside.batch();
    assert_eq!(batch.rollbacks.keys().copied().collect::<Vec<_>>(), [1, 2, 3].map(RollbackId));
    assert!(batch.rollbacks.values().all(|r| r.status == RollbackStatus::Completed));
    assert_eq!(batch.alerts.len(), 3);
}

#[test]
fn what_is_held_is_shown_with_who_waits_for_it() {
    let files: Vec<(FileType, u32, &[usize], &str)> =
        vec![(Doctrine, 1, &[], "t! u"), (Doctrine, 1, &[], "u! x"), (Doctrine, 1, &[], "t!")];
    let script = Script::default();
    let mut beside = Beside::new(started(plan(&files)), &script, 4);
    beside.settle();
    let held = beside.batch().held_locks();
    let shown: Vec<(&str, &str, Vec<&str>)> = held
        .iter()
        .map(|lock| (lock.path.as_str(), lock.object.as_str(), lock.waiting.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(shown, [("0001_file.sql", "t", vec!["0003_file.sql"]), ("0001_file.sql", "u", vec!["0002_file.sql"])]);
}

#[test]
fn a_second_batch_is_shown_as_waiting_for_the_first() {
    let plan = || Box::new(plan(&[(Doctrine, 1, &[], "t!")]));
    let mut ledger = started(*plan());
    ledger.give(Input::Submitted { submission: plan(), operator: "bob@%".into(), command: None });
    let second = BatchId(2);
    let held = ledger.world.batches[&second].holds.get(&Hold::Blocked).cloned();
    assert_eq!(held.as_deref(), Some("after batch 1 (test), which is pending"));
    assert!(ledger.world.batches[&second].may_move(), "the hold says why nobody drives it, and stops nobody who does");
    ledger.give(Input::Driven { batch: second });
    assert!(ledger.world.batches[&second].holds.is_empty());
    ledger.give(Input::Driven { batch: BATCH });
    assert_eq!(ledger.events.last().map(|e| e.batch), Some(second), "the first waited for nobody");
}

fn any_uses() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["a", "b", "c", "a!", "b!", "c!", "d!"]);
    let some = prop::collection::vec(word, 0..3).prop_map(|words| words.join(" "));
    prop_oneof![12 => some, 1 => Just("?".to_owned())]
}

/// Next step, by a number: mostly a statement ends.
#[derive(Debug, Clone)]
enum Step {
    End(usize),
    Ask(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![8 => (0usize..8).prop_map(Step::End), 1 => (0usize..5).prop_map(Step::Ask)]
}

proptest! {
    /// Whatever clashes, fails, ends first and is asked for: the batch ends, no file is left between states, files that
    /// clash are never under way together, a held batch sends nothing, and the journal tells it all.
    #[test]
    fn every_batch_ends_whatever_the_order_of_the_outcomes(
        files in any_files(),
        uses in prop::collection::vec(any_uses(), 6),
        script in any_script(),
        width in 1usize..5,
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let listed: Vec<(FileType, u32, &[usize], &str)> =
            files.iter().zip(&uses).map(|((t, s, r), uses)| (*t, *s, r.as_slice(), uses.as_str())).collect();
        let mut beside = Beside::new(started(plan(&listed)), &script, width);
        let mut steps = steps.into_iter();
        for id in 1.. {
            prop_assert!(id < 2_000, "it never came to an end");
            beside.settle();
            if beside.next() == Next::Ended {
                break;
            }
            match steps.next() {
                Some(Step::Ask(verb)) => {
                    let verb = [
                        Verb::Pause,
                        Verb::Resume,
                        Verb::Step { unit: StepUnit::Statement },
                        Verb::Step { unit: StepUnit::Transition },
                        Verb::Abort { keep_completed: id % 2 == 0 },
                    ][verb].clone();
                    command(&mut beside.ledger, id, verb);
                }
                Some(Step::End(which)) if !beside.running.is_empty() => beside.end(which),
                None if !beside.running.is_empty() => beside.end(0),
                _ if beside.next() == Next::Held => {
                    beside.ledger.give(Input::Quiet { batch: BATCH });
                    command(&mut beside.ledger, id, Verb::Resume);
                }
                _ => {}
            }
        }
        let batch = beside.batch();
        prop_assert!(batch.status.is_final() && batch.active.is_empty() && beside.running.is_empty());
        prop_assert!(batch.rollbacks.values().all(|r| !r.is_open()), "{:?}", batch.rollbacks);
        for file in batch.files.values() {
            let may_have_effects = file.state == Failed || file.outcome == Some(Outcome::Completed);
            prop_assert!(may_have_effects || !file.has_effects(), "{} has effects in {}", file.path, file.state);
            prop_assert!(file.holds.is_empty(), "{} is held: {:?}", file.path, file.holds);
        }
        let (world, tables) = replayed(&beside.ledger);
        prop_assert_eq!(&world.batches, &beside.ledger.world.batches);
        prop_assert_eq!(tables, replay(&beside.ledger.events));
    }
}
