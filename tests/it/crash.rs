//! kill -9, KILL, locks and rivals: what the journal says afterwards is what stands in the database, and nothing has run
//! twice.

mod blows;
mod choice;
mod early;
mod files;
mod held_undo;
mod matrix;
mod one_writer;
mod outage;
mod successor;
mod takeover;
mod within;

use crate::support::{Fresh, Project, Ran, Running, on_both_servers, on_every_server};
use caribou::database::{Database, Purpose, Session};
use caribou::model::{BatchId, Event, EventKind, Seq};
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
        project.configure("[workers]\nlease_ttl = \"3s\"");
        project.run(&["schema", "install"]).exits(0);
        Scene::of(project, fresh).await
    }

    async fn of(project: Project, fresh: &Fresh) -> Scene {
        let database = fresh.database().await;
        Scene { project, store: Store::new(database.clone()), database }
    }

    /// The same with connections of its own, after the server was started again.
    async fn again(self, fresh: &Fresh) -> Scene {
        Scene::of(self.project, fresh).await
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
pub(crate) async fn running_statement(scene: &Scene, statement: u32) -> u64 {
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
    files::write(&scene);
    let (one, two) = (scene.migrate(), scene.migrate());
    let (one, two) = (exits(one.wait(), &[0, 4]), exits(two.wait(), &[0, 4]));
    assert!(one.code == Some(0) || two.code == Some(0), "{one:?} {two:?}");
    files::are_as_journalled(&scene, 0).await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM log").await, Some(files::COUNT as i64 - 1));
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
    assert!(took < Duration::from_secs(1 + 5), "it took {took:?} with a lease of 1 s");
    scene.project.migration("0001_log.sql", files::file(1, fresh.kind).1);
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
