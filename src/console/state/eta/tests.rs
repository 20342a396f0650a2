use super::super::time_left::Known;
use super::*;
use crate::console::feed::{Update, Worker};
use crate::console::state::message::{Input, Report};
use crate::console::tests::support::*;
use crate::model::testing::{Ledger, submission};
use crate::model::{Expected, ExpectedSource, FileType, Live, LiveBlocker, LiveStatement, Outcome, Phase, Stage, Verb};

/// Files with so many milliseconds for each of their statements, each after those named by place.
fn batch_of(files: &[(&[u64], &[usize])], source: ExpectedSource) -> Ledger {
    let shapes: Vec<(FileType, u32, &[usize])> =
        files.iter().map(|(ms, after)| (FileType::Doctrine, ms.len() as u32, *after)).collect();
    let mut submission = submission(&shapes);
    for (file, (ms, _)) in submission.files.iter_mut().zip(files) {
        file.expected = Some(Box::new(Expected::from_statements(source, ms.to_vec())));
    }
    submitted(submission)
}

const REHEARSED: ExpectedSource = ExpectedSource::Rehearsed { at: Millis(1) };

fn eta(desk: &Desk) -> Result<Left, String> {
    of_batch(&desk.app, desk.app.data.batch().unwrap())
}

fn middle(ledger: &Ledger) -> u64 {
    eta(&Desk::on(ledger)).unwrap().middle
}

/// What the worker sees of the statement that runs in a file.
fn seen(file: i64, statement: u32, stage: Option<Stage>, blocker: Option<u64>) -> Live {
    let blocked_by = blocker.into_iter().map(|connection| LiveBlocker { connection, ..LiveBlocker::default() });
    let statement = LiveStatement {
        batch: BATCH,
        file: FileId(file),
        phase: Phase::Forward,
        statement,
        elapsed_ms: 30_000,
        stage,
        blocked_by: blocked_by.collect(),
        ..LiveStatement::default()
    };
    Live { statements: vec![statement], ..Live::default() }
}

fn desk_with(ledger: &Ledger, live: Live) -> Desk {
    let mut desk = Desk::on(ledger);
    desk.give(Input::Feed(Report::Update(Box::new(Update { live: Some(live), ..news(ledger) }))));
    desk.wait(STANDS);
    desk.give(Input::Feed(Report::Update(Box::new(Update { live: desk.app.data.live.clone(), ..news(ledger) }))));
    desk
}

#[test]
fn the_range_and_the_word_follow_from_how_it_is_known() {
    let left = eta(&Desk::on(&batch_of(&[(&[60_000, 40_000], &[])], ExpectedSource::Guessed))).unwrap();
    assert_eq!((left.low, left.middle, left.high, left.known), (30_000, 100_000, 170_000, Known::Guessed));
    let left = eta(&Desk::on(&batch_of(&[(&[60_000], &[]), (&[40_000], &[0])], REHEARSED))).unwrap();
    assert_eq!((left.low, left.high, left.known.trust()), (70_000, 130_000, "fair"));
}

#[test]
fn only_the_path_that_decides_counts() {
    let ledger = batch_of(&[(&[50_000], &[]), (&[90_000], &[]), (&[60_000], &[0]), (&[5_000], &[1])], REHEARSED);
    let desk = Desk::on(&ledger);
    assert_eq!(eta(&desk).unwrap().middle, 110_000);
    assert_eq!(desk.app.forecast.path().collect::<Vec<_>>(), [FileId(1), FileId(3)]);
    let slot = desk.app.forecast.slot(FileId(4)).unwrap();
    assert_eq!((slot.start, slot.end, desk.app.forecast.is_on_path(FileId(4))), (90_000, 95_000, false));
}

#[test]
fn the_servers_own_progress_comes_before_what_was_expected() {
    let mut ledger = batch_of(&[(&[600_000, 10_000], &[])], REHEARSED);
    begin(&mut ledger, FileId(1));
    send(&mut ledger, FileId(1), 0, Phase::Forward);
    let stage = Stage { done_permille: Some(500), left_ms: Some(40_000), ..Stage::default() };
    let left = eta(&desk_with(&ledger, seen(1, 0, Some(stage), None))).unwrap();
    assert_eq!((left.middle, left.known, left.low), (50_000, Known::Measured, 36_000 + 7_000));
    let left = eta(&desk_with(&ledger, Live::default())).unwrap();
    assert_eq!((left.known, left.middle), (Known::Rehearsed, 610_000 - 7_000), "seven seconds of it are over");
}

#[test]
fn there_is_none_where_it_cannot_be_known_and_the_reason_is_said() {
    let of = |ledger: &Ledger| eta(&Desk::on(ledger)).unwrap_err();
    let ledger = batch_of(&[(&[600_000], &[]), (&[10_000], &[])], REHEARSED);
    let with = |verb: Verb| {
        let mut ledger = batch_of(&[(&[600_000], &[])], REHEARSED);
        command(&mut ledger, 5, verb);
        of(&ledger)
    };
    assert_eq!(with(Verb::Pause), "no ETA while paused");
    assert_eq!(of(&stepping()), "no ETA while stepping");
    assert_eq!(of(&rolling_back()), "no ETA while it is undone");
    assert_eq!(of(&planned(&[1, 1])), "no ETA: nothing tells how long 0001 takes");
    let mut desk = Desk::on(&ledger);
    desk.wait(9_000);
    assert_eq!(eta(&desk).unwrap_err(), "no ETA while stale");
    let mut desk = Desk::on(&ledger);
    let gone = Worker { holder: "w1".into(), alive: false, age_ms: 48_000 };
    desk.give(Input::Feed(Report::Update(Box::new(Update { worker: Some(gone), ..news(&ledger) }))));
    assert_eq!(eta(&desk).unwrap_err(), "no ETA without a worker");
}

#[test]
fn a_lock_of_somebody_else_matters_on_the_path_alone() {
    let mut ledger = batch_of(&[(&[600_000], &[]), (&[10_000], &[])], REHEARSED);
    for file in [1, 2] {
        begin(&mut ledger, FileId(file));
        send(&mut ledger, FileId(file), 0, Phase::Forward);
    }
    assert!(eta(&desk_with(&ledger, seen(2, 0, None, Some(8093)))).is_ok());
    let why = eta(&desk_with(&ledger, seen(1, 0, None, Some(8093)))).unwrap_err();
    assert_eq!(why, "no ETA while 0001 waits for lock of conn 8093");
}

#[test]
fn what_takes_much_longer_than_expected_has_no_number() {
    let mut ledger = batch_of(&[(&[10_000], &[])], REHEARSED);
    begin(&mut ledger, FileId(1));
    send(&mut ledger, FileId(1), 0, Phase::Forward);
    ledger.pass(60_000);
    ledger.append(Vec::new());
    let mut desk = Desk::on(&ledger);
    let later = Update { clock: ledger.now(), ..news(&ledger) };
    desk.wait(STANDS);
    desk.give(Input::Feed(Report::Update(Box::new(later))));
    desk.wait(STANDS);
    assert_eq!(eta(&desk).unwrap_err(), "no ETA: 0001 statement 1 takes longer than expected");
}

#[test]
fn it_is_made_anew_at_most_each_five_seconds() {
    let mut desk = Desk::on(&batch_of(&[(&[60_000], &[])], REHEARSED));
    let made = desk.app.forecast.made;
    desk.wait(4_000);
    assert_eq!(desk.app.forecast.made, made);
    desk.wait(1_000);
    assert_eq!(desk.app.forecast.made, made + 5_000);
}

#[test]
fn what_files_take_beside_their_statements_is_learned_from_those_that_completed() {
    let mut ledger = batch_of(&[(&[400], &[]), (&[400], &[0]), (&[400], &[1])], REHEARSED);
    assert_eq!(middle(&ledger), 1_200);
    complete(&mut ledger, FileId(1));
    let done = ledger.world.file(BATCH, FileId(1)).unwrap();
    let around = done.moved_at.since(done.begun_at.unwrap()) - done.processing_ms;
    assert!(around > 5_000, "the ledger's clock moves a second with each event: {around}");
    assert_eq!(middle(&ledger), 2 * (400 + around));
}

#[test]
fn at_random_the_middle_is_the_sum_on_a_chain_and_falls_as_files_complete() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let n = random.usize(1..9);
        let times: Vec<Vec<u64>> =
            (0..n).map(|_| (0..random.usize(1..4)).map(|_| random.u64(1..90_000)).collect()).collect();
        let before: Vec<Vec<usize>> = (0..n).map(|place| place.checked_sub(1).into_iter().collect()).collect();
        let files: Vec<(&[u64], &[usize])> = times.iter().zip(&before).map(|(ms, on)| (&ms[..], &on[..])).collect();
        let mut ledger = batch_of(&files, REHEARSED);
        let mut rest: u64 = times.iter().flatten().sum();
        assert_eq!(middle(&ledger), rest, "seed {seed}");
        for (place, ms) in times.iter().enumerate() {
            let last = middle(&ledger);
            let around = left::around_statements(ledger.world.batch(BATCH).unwrap());
            complete(&mut ledger, FileId(place as i64 + 1));
            rest -= ms.iter().sum::<u64>();
            assert_eq!(ledger.world.file(BATCH, FileId(place as i64 + 1)).unwrap().outcome, Some(Outcome::Completed));
            let now = left::around_statements(ledger.world.batch(BATCH).unwrap());
            let to_come = (n - place - 1) as u64;
            assert_eq!(middle(&ledger), rest + to_come * now, "seed {seed}");
            // What is learned of the time beside the statements may add to it; the rest only falls.
            assert!(rest < last.saturating_sub((to_come + 1) * around), "seed {seed}");
        }
    }
}
