//! The worker as a library, on every database: what a plan made by hand becomes, and how operators are obeyed.

use crate::support::Fresh;
use caribou::database::{Database, Purpose, ServerKind};
use caribou::engine::{self, Ended, EngineError, EngineOptions, Work};
use caribou::model::{
    BatchId, BatchStatus, Checksum, Epoch, Event, EventKind, FileId, FileState, FileType, PlannedFile, SourceText,
    StepUnit, Submission, Verb,
};
use caribou::sql;
use caribou::store::{NewCommand, Reader, Store, compare, submit_command};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// A plan of doctrine files: name, migration, rollback script.
fn plan(database: &Arc<dyn Database>, files: &[(&str, &str, Option<&str>)]) -> Box<Submission> {
    let dialect = database.kind().dialect();
    let count = |text: &str| u32::try_from(sql::statements(text, dialect).unwrap().len()).unwrap();
    let mut submission = Submission { name: "by hand".into(), epoch_to: Epoch(1), ..Submission::default() };
    for (name, up, down) in files {
        let checksum = Checksum(format!("{name}-source"));
        submission.files.push(PlannedFile {
            path: (*name).to_owned(),
            file_type: FileType::Doctrine,
            hash: Checksum(format!("{name}-hash")),
            canonical: Checksum(format!("{name}-canonical")),
            source: checksum.clone(),
            epoch_from: Epoch(0),
            epoch_to: Epoch(1),
            wave: 0,
            again: None,
            statements: count(up),
            undo_statements: down.map(count),
            coverage: Default::default(),
            requires: Vec::new(),
            locks: None,
            expected: None,
            findings: Vec::new(),
        });
        submission.texts.push(SourceText {
            checksum,
            path: (*name).to_owned(),
            up: (*up).to_owned(),
            down: down.map(str::to_owned),
            verify: None,
        });
    }
    Box::new(submission)
}

struct Bench {
    store: Store,
    publish: broadcast::Sender<Event>,
    stop: watch::Sender<bool>,
}

impl Bench {
    async fn new(fresh: &Fresh) -> Bench {
        let store = Store::new(fresh.database().await);
        store.install().await.unwrap();
        Bench { store, publish: broadcast::channel(4096).0, stop: watch::channel(false).0 }
    }

    async fn drive(&self, files: &[(&str, &str, Option<&str>)]) -> Ended {
        let submission = plan(self.store.database(), files);
        self.work(Work::Submit { submission, operator: "tester".into() }).await
    }

    async fn work(&self, work: Work) -> Ended {
        let options = EngineOptions { poll: Duration::from_millis(20), ..EngineOptions::default() };
        engine::run(self.store.clone(), options, work, self.publish.clone(), self.stop.subscribe()).await.unwrap()
    }

    async fn ask(&self, batch: BatchId, verb: Verb) {
        let mut session = self.store.database().open(Purpose::Control).await.unwrap();
        submit_command(session.as_mut(), &self.store, &NewCommand::new(batch, verb)).await.unwrap();
        session.close().await;
    }

    /// The rows are what the journal says.
    async fn agree(&self, batch: BatchId) {
        let mut reader = Reader::open(&self.store).await.unwrap();
        let wrong = compare(&mut reader, batch).await.unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
        reader.close().await;
    }

    async fn states(&self, batch: BatchId) -> Vec<(FileState, u32)> {
        let mut reader = Reader::open(&self.store).await.unwrap();
        let world = reader.world(batch).await.unwrap().unwrap();
        reader.close().await;
        let batch = world.batch(batch).unwrap();
        batch.in_order().map(|f| (f.state, f.records.len() as u32)).collect()
    }
}

const A: (&str, &str, Option<&str>) =
    ("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\n", Some("DROP TABLE a;"));

/// Whoever planned read while others worked, and knows of their files, but not of what became of them.
async fn a_plan_of_files_that_have_run_is_stale(fresh: Fresh) {
    let bench = Bench::new(&fresh).await;
    bench.drive(&[A]).await;
    for (file, is_stale) in [(A, true), (("0003_c.sql", "CREATE TABLE c (id INT);", None), false)] {
        let mut submission = plan(bench.store.database(), &[file]);
        submission.after = Some(FileId(1));
        submission.epoch_from = Epoch(1);
        let work = Work::Submit { submission, operator: "tester".into() };
        let stop = bench.stop.subscribe();
        let ended = engine::run(bench.store.clone(), EngineOptions::default(), work, bench.publish.clone(), stop).await;
        assert_eq!(matches!(ended, Err(EngineError::StalePlan)), is_stale, "{}: {ended:?}", file.0);
    }
    bench.agree(BatchId(1)).await;
}

async fn a_plan_is_driven_to_its_end(fresh: Fresh) {
    let bench = Bench::new(&fresh).await;
    let mut events = bench.publish.subscribe();
    let ended = bench.drive(&[A, ("0002_b.sql", "ALTER TABLE a ADD COLUMN b INT;", None)]).await;
    assert_eq!(ended, Ended::Batch { id: BatchId(1), status: BatchStatus::Completed, needs_person: false });
    bench.agree(BatchId(1)).await;
    let mut finished = 0;
    while let Ok(event) = events.try_recv() {
        finished += usize::from(matches!(event.kind, EventKind::StatementFinished { .. }));
    }
    assert_eq!(finished, 3, "what is published is what was done");
}

async fn a_failure_rolls_back_by_the_written_scripts(fresh: Fresh) {
    let bench = Bench::new(&fresh).await;
    let bad = "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO b VALUES (1);\nINSERT INTO b VALUES (1);\n";
    let ended = bench.drive(&[A, ("0002_b.sql", bad, Some("DELETE FROM b; DROP TABLE b;"))]).await;
    assert_eq!(ended, Ended::Batch { id: BatchId(1), status: BatchStatus::RolledBack, needs_person: false });
    bench.agree(BatchId(1)).await;
}

async fn an_undo_arrives_where_its_script_does_not(fresh: Fresh) {
    let bench = Bench::new(&fresh).await;
    // The script brings the column back without its values, and nullable.
    let trigger = match fresh.kind {
        ServerKind::Sqlite => "CREATE TRIGGER x AFTER UPDATE ON a BEGIN SELECT 1; END;",
        ServerKind::MariaDb | ServerKind::MySql => "CREATE TRIGGER x AFTER UPDATE ON a FOR EACH ROW SET @x = 1;",
    };
    let table = format!("CREATE TABLE a (id INT PRIMARY KEY, n INT NOT NULL);\n{trigger}");
    let first = ("0001_a.sql", table.as_str(), None);
    assert!(matches!(bench.drive(&[first]).await, Ended::Batch { status: BatchStatus::Completed, .. }));
    let (up, down) =
        ("ALTER TABLE a DROP COLUMN n;\nINSERT INTO nowhere VALUES (1);", "ALTER TABLE a ADD COLUMN n INT;");
    let ended = bench.drive(&[("0002_b.sql", up, Some(down))]).await;
    assert_eq!(ended, Ended::Batch { id: BatchId(2), status: BatchStatus::RolledBack, needs_person: false });
    bench.agree(BatchId(2)).await;
}

async fn operators_are_obeyed(fresh: Fresh) {
    let bench = Bench::new(&fresh).await;
    let mut submission = plan(bench.store.database(), &[A, ("0002_b.sql", "CREATE TABLE b (id INT);", None)]);
    submission.policy.step = true;
    let work = Work::Submit { submission, operator: "tester".into() };
    let script = async {
        let mut events = bench.publish.subscribe();
        // Each command is sent when the one before it is effective.
        let mut verbs = vec![Verb::Step { unit: StepUnit::Statement }, Verb::Pause, Verb::Resume].into_iter();
        loop {
            let event = events.recv().await.unwrap();
            let go = match event.kind {
                EventKind::BatchCreated { .. } | EventKind::CommandEffective { .. } => true,
                EventKind::CommandRefused { reason, .. } => panic!("refused: {reason}"),
                _ => false,
            };
            if go {
                match verbs.next() {
                    Some(verb) => bench.ask(event.batch, verb).await,
                    None => break,
                }
            }
        }
    };
    let (ended, ()) = tokio::join!(bench.work(work), script);
    assert_eq!(ended, Ended::Batch { id: BatchId(1), status: BatchStatus::Completed, needs_person: false });
    bench.agree(BatchId(1)).await;
}

async fn an_end_of_the_process_pauses_safely_and_another_goes_on(fresh: Fresh) {
    let bench = Bench::new(&fresh).await;
    let mut submission = plan(bench.store.database(), &[A]);
    submission.policy.step = true;
    let mut events = bench.publish.subscribe();
    let stopping = async {
        while !matches!(events.recv().await.unwrap().kind, EventKind::BatchCreated { .. }) {}
        bench.stop.send_replace(true);
    };
    let (ended, ()) = tokio::join!(bench.work(Work::Submit { submission, operator: "tester".into() }), stopping);
    assert_eq!(ended, Ended::Stopped { batch: Some(BatchId(1)) });
    assert_eq!(bench.states(BatchId(1)).await, [(FileState::Idle, 0)]);
    bench.stop.send_replace(false);
    bench.ask(BatchId(1), Verb::Resume).await;
    let ended = bench.work(Work::Continue { batch: BatchId(1) }).await;
    assert_eq!(ended, Ended::Batch { id: BatchId(1), status: BatchStatus::Completed, needs_person: false });
    bench.agree(BatchId(1)).await;
}

async fn a_second_worker_waits_and_takes_over(fresh: Fresh) {
    let bench = Bench::new(&fresh).await;
    let mut submission = plan(bench.store.database(), &[A]);
    submission.policy.step = true;
    let mut events = bench.publish.subscribe();
    let options =
        EngineOptions { lease: Duration::from_secs(1), poll: Duration::from_millis(20), ..EngineOptions::default() };
    let first = EngineOptions { holder: "first".into(), ..options.clone() };
    let work = Work::Submit { submission, operator: "tester".into() };
    let first =
        tokio::spawn(engine::run(bench.store.clone(), first, work, bench.publish.clone(), bench.stop.subscribe()));
    while !matches!(events.recv().await.unwrap().kind, EventKind::BatchCreated { .. }) {}
    // While the first is alive, one that does not wait is told who holds the lease.
    let ended = bench.work(Work::Forever).await;
    assert!(matches!(&ended, Ended::Busy { holder, .. } if holder == "first"), "{ended:?}");
    let second = EngineOptions { holder: "second".into(), ..options };
    let second =
        tokio::spawn(engine::supervise(bench.store.clone(), second, bench.publish.clone(), bench.stop.subscribe()));
    // The first ends without a word: its lease expires.
    first.abort();
    let taken = loop {
        match events.recv().await.unwrap().kind {
            EventKind::LeaseTaken { holder, token, .. } if holder == "second" => break token,
            _ => {}
        }
    };
    assert!(taken.0 > 1, "the token only grows");
    bench.ask(BatchId(1), Verb::Resume).await;
    while !matches!(events.recv().await.unwrap().kind, EventKind::BatchEnded { status: BatchStatus::Completed, .. }) {}
    bench.stop.send_replace(true);
    assert_eq!(second.await.unwrap().unwrap(), Ended::Stopped { batch: None });
    bench.agree(BatchId(1)).await;
}

crate::support::on_every_server!(
    a_second_worker_waits_and_takes_over,
    a_plan_is_driven_to_its_end,
    a_plan_of_files_that_have_run_is_stale,
    a_failure_rolls_back_by_the_written_scripts,
    an_undo_arrives_where_its_script_does_not,
    operators_are_obeyed,
    an_end_of_the_process_pauses_safely_and_another_goes_on,
);
