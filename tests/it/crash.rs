//! kill -9, KILL, locks and rivals: what the journal says afterwards is what stands in the database, and nothing has run
//! twice.

mod one_writer;
mod successor;
mod within;

use crate::support::{Fresh, Project, Ran, Running, on_both_servers, on_every_server};
use caribou::database::{Database, Purpose, ServerKind, Session};
use caribou::model::{BatchId, BatchStatus, Event, EventKind, FileStatus, Seq};
use caribou::store::{Reader, Store, compare};
use nix::sys::signal::Signal;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A project with an installed schema, and eyes on its journal and its database.
pub(crate) struct Scene {
    pub(crate) project: Project,
    pub(crate) database: Arc<dyn Database>,
    pub(crate) store: Store,
}

impl Scene {
    pub(crate) async fn new(fresh: &Fresh) -> Scene {
        let project = Project::on(fresh);
        project.configure("[workers]\nlease_ttl = \"2s\"");
        project.run(&["schema", "install"]).exits(0);
        let database = fresh.database().await;
        Scene { project, store: Store::new(database.clone()), database }
    }

    pub(crate) fn migrate(&self) -> Running {
        Running::start(&mut self.project.command(&["migrate"]))
    }

    pub(crate) async fn events(&self) -> Vec<Event> {
        let mut reader = Reader::open(&self.store).await.unwrap();
        let mut all = reader.events(BatchId::SYSTEM, Seq(0), 10_000).await.unwrap();
        for batch in reader.batches(100).await.unwrap().iter().rev() {
            all.extend(reader.events(batch.batch_id, Seq(0), 10_000).await.unwrap());
        }
        reader.close().await;
        all
    }

    /// Waits until the journal is as wanted.
    pub(crate) async fn until<T>(&self, what: &str, found: impl Fn(&[Event]) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let events = self.events().await;
            if let Some(found) = found(&events) {
                return found;
            }
            let last = events.last().map(|e| e.kind.name());
            assert!(Instant::now() < deadline, "the journal never said: {what}; last {last:?} of {}", events.len());
        }
    }

    pub(crate) async fn session(&self) -> Box<dyn Session> {
        self.database.open(Purpose::File).await.unwrap()
    }

    /// A number; `None` when the table is not there.
    pub(crate) async fn number(&self, sql: &str) -> Option<i64> {
        let mut session = self.session().await;
        let rows = session.query_text(sql).await;
        session.close().await;
        rows.ok().and_then(|rows| rows.first().map(|row| row.get_i64(0)))
    }

    /// The rows are what the journal says, in every batch.
    pub(crate) async fn agree(&self) {
        self.project.run(&["doctor"]).exits(0);
        let mut reader = Reader::open(&self.store).await.unwrap();
        for batch in reader.batches(100).await.unwrap() {
            let wrong = compare(&mut reader, batch.batch_id).await.unwrap();
            assert!(wrong.is_empty(), "{wrong:?}");
        }
        reader.close().await;
    }
}

/// The connection of a statement (from 0) that has started, once the server is really at it.
async fn running_statement(scene: &Scene, statement: u32) -> u64 {
    let connection = scene
        .until("a statement has started", |events| {
            events.iter().find_map(|e| match &e.kind {
                EventKind::StatementStarted { statement: n, connection, .. } if *n == statement => Some(*connection),
                _ => None,
            })
        })
        .await;
    let sql =
        format!("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {connection} AND INFO LIKE '%SLEEP%'");
    let deadline = Instant::now() + PATIENCE;
    while scene.number(&sql).await != Some(1) {
        assert!(Instant::now() < deadline, "connection {connection} never ran the statement");
    }
    connection
}

/// Name, migration, rollback script, how many rows its own table has afterwards, which of its tables to look at.
const FILES: [(&str, &str, &str); 4] = [
    ("0001_log", "CREATE TABLE log (file INT, note VARCHAR(9));\n", "DROP TABLE log;\n"),
    (
        "0002_a",
        "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n\
         INSERT INTO log VALUES (2, 'once');\n",
        "DELETE FROM log WHERE file = 2;\nDROP TABLE a;\n",
    ),
    (
        "0003_b",
        "CREATE TABLE b (id INT);\nBEGIN;\nINSERT INTO b VALUES (1);\nINSERT INTO log VALUES (3, 'once');\nCOMMIT;\n\
         INSERT INTO b VALUES (2);\nINSERT INTO b VALUES (3);\n",
        "DELETE FROM log WHERE file = 3;\nDROP TABLE b;\n",
    ),
    (
        "0004_c",
        "ALTER TABLE a ADD COLUMN c INT;\nINSERT INTO log VALUES (4, 'once');\n",
        "DELETE FROM log WHERE file = 4;\nALTER TABLE a DROP COLUMN c;\n",
    ),
];

/// What stands of each file: its own table's rows (or column), and its rows in the log.
async fn stands(scene: &Scene, file: usize) -> (Option<i64>, i64) {
    let own = match file {
        1 => scene.number("SELECT COUNT(*) * 0 FROM log").await,
        2 => scene.number("SELECT COUNT(*) FROM a").await,
        3 => scene.number("SELECT COUNT(*) FROM b").await,
        _ => scene.number("SELECT COUNT(c) FROM a").await,
    };
    (own, scene.number(&format!("SELECT COUNT(*) FROM log WHERE file = {file}")).await.unwrap_or(0))
}

async fn each_file_is_as_journalled(scene: &Scene, seed: u64) {
    let done = [(Some(0), 0), (Some(2), 1), (Some(3), 1), (Some(0), 1)];
    let mut reader = Reader::open(&scene.store).await.unwrap();
    for row in reader.history_files().await.unwrap() {
        let n = FILES.iter().position(|f| row.path.starts_with(f.0)).unwrap();
        let stands = stands(scene, n + 1).await;
        let world = reader.world(row.batch_id).await.unwrap().unwrap();
        let file = world.file(row.batch_id, row.file_id).unwrap();
        match row.status {
            FileStatus::Completed => assert_eq!(stands, done[n], "seed {seed}: {} is completed", row.path),
            FileStatus::Pending | FileStatus::RolledBack => {
                assert_eq!(stands, (None, 0), "seed {seed}: {} is {}", row.path, row.status);
                assert!(!file.has_effects(), "seed {seed}: {}", row.path);
            }
            FileStatus::Failed => {
                assert!(file.has_effects(), "seed {seed}: {} failed, and nothing says what stands", row.path);
                assert!(stands.1 <= 1, "seed {seed}: {} ran twice", row.path);
                eprintln!("seed {seed}: {}", file.failure.as_ref().map(ToString::to_string).unwrap_or_default());
            }
            FileStatus::Processing => panic!("seed {seed}: {} is still under way", row.path),
        }
    }
    reader.close().await;
}

/// `CARIBOU_CRASH_SEED` begins the seeds elsewhere, `CARIBOU_CRASH_ROUNDS` says how many there are.
fn seeds() -> impl Iterator<Item = u64> {
    let number =
        |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let first = number("CARIBOU_CRASH_SEED", 1);
    first..first + number("CARIBOU_CRASH_ROUNDS", 10)
}

fn kill_9_at_any_moment_leaves_what_the_journal_says(kind: ServerKind) {
    for seed in seeds() {
        crate::support::run_on(kind, move |fresh| kill_9_round(fresh, seed));
    }
}

/// Whether the newest batch has ended: all is done, or it was this run that ended it.
fn has_ended(events: &[Event], before: usize) -> bool {
    let newest = events.last().map(|e| e.batch);
    events.iter().rev().take_while(|e| Some(e.batch) == newest).any(|e| match &e.kind {
        EventKind::BatchEnded { status, .. } => *status == BatchStatus::Completed || events.len() > before + 2,
        _ => false,
    })
}

async fn kill_9_round(fresh: Fresh, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let scene = Scene::new(&fresh).await;
    for (name, up, down) in FILES {
        scene.project.migration(&format!("{name}.sql"), up).migration(&format!("{name}.rollback.sql"), down);
    }
    let kills = random.usize(1..3);
    eprintln!("seed {seed}: {kills} kills");
    for _ in 0..kills {
        let mut running = scene.migrate();
        let before = scene.events().await.len();
        let more = before + random.usize(1..50);
        // It may have ended before: then the kill hits nothing, which is one of the moments.
        let over = |events: &[Event]| events.len() >= more || has_ended(events, before);
        scene.until("so many events", |events| over(events).then_some(())).await;
        running.kill();
    }
    let mut ran = scene.project.run(&["migrate"]);
    for _ in 0..8 {
        if ran.code != Some(1) {
            break;
        }
        ran = scene.project.run(&["migrate"]);
    }
    assert!(matches!(ran.code, Some(0 | 2 | 3)), "seed {seed}: it ends with {ran:?}");
    each_file_is_as_journalled(&scene, seed).await;
    scene.agree().await;
}

mod kill_9 {
    use caribou::database::ServerKind;

    #[test]
    fn sqlite() {
        super::kill_9_at_any_moment_leaves_what_the_journal_says(ServerKind::Sqlite);
    }

    #[test]
    fn mariadb() {
        super::kill_9_at_any_moment_leaves_what_the_journal_says(ServerKind::MariaDb);
    }

    #[test]
    fn mysql() {
        super::kill_9_at_any_moment_leaves_what_the_journal_says(ServerKind::MySql);
    }
}

pub(crate) fn exits(ran: Ran, codes: &[i32]) -> Ran {
    assert!(ran.code.is_some_and(|code| codes.contains(&code)), "{ran:?}");
    ran
}

async fn a_killed_file_connection_is_found_out(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let up = "CREATE TABLE t (id INT PRIMARY KEY);\nINSERT INTO t SELECT SLEEP(600);\n";
    scene.project.migration("0001_t.sql", up).migration("0001_t.rollback.sql", "DROP TABLE t;\n");
    let running = scene.migrate();
    let connection = running_statement(&scene, 1).await;
    scene.database.kill(connection).await.unwrap();
    running.wait().exits(1);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, None, "rolled back");
    scene.agree().await;
}

async fn a_killed_journal_connection_loses_nothing(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let up = "CREATE TABLE t (id INT);\nINSERT INTO t SELECT 1 + SLEEP(2);\n";
    scene.project.migration("0001_t.sql", up).migration("0001_t.rollback.sql", "DROP TABLE t;\n");
    let running = scene.migrate();
    let file = running_statement(&scene, 1).await;
    let ours = &scene.database.schemas().orchestration;
    let sql = format!("SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{ours}' AND ID <> {file}");
    let mut session = scene.session().await;
    for row in session.query_text(&sql).await.unwrap() {
        scene.database.kill(row.get_u64(0)).await.unwrap();
    }
    session.close().await;
    exits(running.wait(), &[4, 5]);
    // The statement in doubt is decided by its receipt: it was the last, so the file goes on from there.
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(1));
    scene.agree().await;
}

/// A table that another session reads in an open transaction, and a file that alters it.
async fn blocked(fresh: &Fresh) -> (Scene, Box<dyn Session>, Running) {
    let scene = Scene::new(fresh).await;
    let mut other = scene.session().await;
    other.run("CREATE TABLE t (id INT PRIMARY KEY)").await.unwrap();
    other.run("INSERT INTO t VALUES (1)").await.unwrap();
    other.run("START TRANSACTION").await.unwrap();
    other.run("SELECT * FROM t").await.unwrap();
    scene.project.migration("0001_t.sql", "ALTER TABLE t ADD COLUMN n INT;\n");
    let running = scene.migrate();
    let who = format!("connection {}", other.connection_id());
    scene
        .until("it waits, and for whom", |events| {
            let names = |b: &Vec<String>| b.iter().any(|b| b.contains(&who));
            events
                .iter()
                .find(|e| matches!(&e.kind, EventKind::StatementWaited { blockers, .. } if names(blockers)))
                .map(drop)
        })
        .await;
    (scene, other, running)
}

async fn a_metadata_lock_is_waited_for_and_its_holder_named(fresh: Fresh) {
    let (scene, mut other, running) = blocked(&fresh).await;
    other.run("COMMIT").await.unwrap();
    running.wait().exits(0);
    assert_eq!(scene.number("SELECT COUNT(n) FROM t").await, Some(0));
    scene.agree().await;
}

async fn an_abort_ends_the_wait_for_a_lock(fresh: Fresh) {
    let (scene, mut other, running) = blocked(&fresh).await;
    scene.project.run(&["abort", "--yes", "--reason", "too long"]).exits(0);
    running.wait().exits(1);
    other.run("COMMIT").await.unwrap();
    assert_eq!(scene.number("SELECT COUNT(n) FROM t").await, None, "nothing was altered");
    scene.agree().await;
}

async fn two_runs_at_once_apply_once(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    for (name, up, down) in FILES {
        scene.project.migration(&format!("{name}.sql"), up).migration(&format!("{name}.rollback.sql"), down);
    }
    let (one, two) = (scene.migrate(), scene.migrate());
    let (one, two) = (exits(one.wait(), &[0, 4]), exits(two.wait(), &[0, 4]));
    assert!(one.code == Some(0) || two.code == Some(0), "{one:?} {two:?}");
    each_file_is_as_journalled(&scene, 0).await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM log").await, Some(3));
    scene.agree().await;
}

async fn a_second_worker_takes_over_when_the_lease_has_run_out(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let worker = || Running::start(&mut scene.project.command(&["worker"]));
    let taken = |events: &[Event]| events.iter().filter(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).count();
    let mut first = worker();
    scene.until("the first has the lease", |events| (taken(events) == 1).then_some(())).await;
    let second = worker();
    second.wait_text("Working on");
    let began = Instant::now();
    first.kill();
    scene.until("the second has the lease", |events| (taken(events) == 2).then_some(())).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2 + 5), "it took {took:?} with a lease of 2 s");
    scene.project.migration("0001_log.sql", FILES[0].1);
    scene.project.run(&["migrate"]).exits(0);
    second.signal(Signal::SIGTERM);
    second.wait().exits(0);
    scene.agree().await;
}

on_both_servers!(
    a_killed_file_connection_is_found_out,
    a_killed_journal_connection_loses_nothing,
    a_metadata_lock_is_waited_for_and_its_holder_named,
    an_abort_ends_the_wait_for_a_lock,
);

on_every_server!(two_runs_at_once_apply_once, a_second_worker_takes_over_when_the_lease_has_run_out);
