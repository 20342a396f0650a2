//! SQLite: the statements of a file share a transaction, as long as nobody stands between two of them.

use crate::crash::Scene;
use crate::support::{Fresh, Project, Ran, Running, run, run_on};
use caribou::database::ServerKind;
use caribou::model::{Effect, EventKind, UndoPlan};
use nix::sys::signal::Signal;
use std::path::Path;

/// Commits that a write-ahead log holds: frames of its present generation that end one.
fn commits(database: &Path) -> usize {
    let log = std::fs::read(database.with_extension("db-wal")).expect("the log");
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().expect("four bytes"));
    let (page, salt) = (number(8) as usize, (number(16), number(20)));
    let frames = (32..).step_by(24 + page).take_while(|at| at + 24 + page <= log.len());
    frames.take_while(|at| (number(at + 8), number(at + 12)) == salt).filter(|at| number(at + 4) != 0).count()
}

/// Commits of the journal and of core in a run of so many files of five statements.
async fn commits_of_run(files: u32) -> (usize, usize) {
    let fresh = Fresh::on(ServerKind::Sqlite);
    let project = Project::on(&fresh);
    project.run(&["schema", "install"]).exits(0);
    for n in 1..=files {
        let text = format!(
            "CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a INT);\nINSERT INTO t{n} VALUES (1, 1), (2, 2);\nALTER TABLE t{n} ADD \
             COLUMN b INT;\nCREATE INDEX i{n} ON t{n} (a);\nUPDATE t{n} SET b = a;\n"
        );
        project.migration(&format!("{n:04}_t.sql"), text);
    }
    let dir = fresh.sqlite_dir().expect("its files");
    let schemas = fresh.schemas();
    let [journal, core] = [&schemas.orchestration, &schemas.core].map(|name| dir.join(format!("{name}.db")));
    // The logs stay as long as somebody has them open.
    let database = fresh.database().await;
    let mut reader = database.open(caribou::database::Purpose::File).await.expect("a session");
    reader.query_text("SELECT COUNT(*) FROM sqlite_master").await.expect("core");
    let sql = format!("SELECT COUNT(*) FROM \"{}\".migration_events", schemas.orchestration);
    reader.query_text(&sql).await.expect("the journal");
    project.run(&["migrate"]).exits(0);
    let counts = (commits(&journal), commits(&core));
    reader.close().await;
    counts
}

#[test]
fn five_statements_are_one_transaction() {
    if !crate::support::is_wanted(ServerKind::Sqlite) {
        return;
    }
    run(async {
        let (few, many) = (commits_of_run(4).await, commits_of_run(8).await);
        let per_file = |few: usize, many: usize| many.saturating_sub(few) as f64 / 4.0;
        let (journal, core) = (per_file(few.0, many.0), per_file(few.1, many.1));
        eprintln!("SQLite, a file of five statements: {journal} commits of the journal, {core} of core");
        assert!((core - 1.0).abs() < 0.01, "{few:?}, {many:?}");
        // What takes longer is committed on its way, for people to see.
        assert!(journal <= 4.0, "{few:?}, {many:?}");
    });
}

const UP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);\nINSERT INTO t VALUES (1, 1), (2, 2), (3, 3);\nDELETE FROM t \
                  WHERE id = 2;\nCREATE INDEX i ON t (a);\n";

async fn a_failure_rolls_back_what_shares(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_t.sql", format!("{UP}INSERT INTO t VALUES (1, 9);\nCREATE TABLE u (a INT);\n"));
    scene.project.run(&["migrate"]).exits(1);
    let events: Vec<EventKind> = scene.events().await.into_iter().map(|event| event.kind).collect();
    let is = |wanted: &dyn Fn(&EventKind) -> bool| events.iter().any(wanted);
    assert!(is(&|k| matches!(k, EventKind::TransactionUndone { from: 0, effect: Effect::None, .. })), "{events:?}");
    let failed = |k: &EventKind| matches!(k, EventKind::StatementFailed { statement: 4, effect: Effect::None, .. });
    assert!(is(&failed), "{events:?}");
    assert!(is(&|k| matches!(k, EventKind::UndoPlanned { plan: UndoPlan::Nothing, .. })), "{events:?}");
    let ours = "SELECT COUNT(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite%'";
    assert_eq!(scene.number(ours).await, Some(0), "nothing of it, and nothing of ours");
    scene.agree().await;
}

async fn with_checked_keys_the_statement_is_named(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration(
        "0001_t.sql",
        "-- caribou: session=foreign_keys=1\nCREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p INT REFERENCES p \
         DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (99);\nCREATE TABLE z (a INT);\n",
    );
    scene.project.run(&["migrate"]).exits(1);
    let failed = |k: &EventKind| matches!(k, EventKind::StatementFailed { statement: 2, .. });
    assert!(scene.events().await.iter().any(|event| failed(&event.kind)));
    scene.agree().await;
}

async fn a_file_may_ask_for_a_transaction_a_statement(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let text = format!("-- caribou: transaction=statement\n{UP}INSERT INTO t VALUES (1, 9);\n");
    scene.project.migration("0001_t.sql", text);
    scene.project.run(&["migrate"]).exits(1);
    let events = scene.events().await;
    let lost = |k: &EventKind| matches!(k, EventKind::TransactionUndone { .. });
    assert!(!events.iter().any(|event| lost(&event.kind)), "each was committed, and is undone by itself");
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, None);
    scene.agree().await;
}

/// Whatever the moment, a crash leaves all that shares a transaction or nothing of it, and the file goes on.
async fn a_crash_leaves_all_or_nothing(_: Fresh) {
    let mut crashes = 0;
    let points =
        ["before_commit", "after_commit", "during", "before_receipt", "before_end", "after_statement", "before_home"];
    for point in points {
        for nth in 1.. {
            let fresh = Fresh::on(ServerKind::Sqlite);
            let scene = Scene::new(&fresh).await;
            scene.project.migration("0001_t.sql", UP);
            let what = format!("{point}:{nth}");
            let mut command = scene.project.command(&["migrate"]);
            let ran: Ran = command.env("CARIBOU_FAULT", &what).output().expect("the binary can be run").into();
            if ran.code.is_some() {
                ran.exits(0);
                break;
            }
            crashes += 1;
            let stands = scene.number("SELECT COUNT(*) FROM t").await;
            assert!(matches!(stands, None | Some(2)), "{what}: {stands:?}");
            let mut ran = scene.project.run(&["migrate"]);
            for _ in 0..3 {
                if ran.code == Some(0) {
                    break;
                }
                ran = scene.project.run(&["migrate"]);
            }
            let ran = ran.exits(0);
            assert_eq!(scene.number("SELECT SUM(id) FROM t").await, Some(4), "{what}: {ran:?}");
            assert_eq!(scene.number("SELECT COUNT(*) FROM sqlite_master WHERE name = 'i'").await, Some(1), "{what}");
            scene.agree().await;
        }
    }
    eprintln!("{crashes} crashes");
    assert!(crashes > 15, "{crashes}");
}

/// A first statement that takes long enough to be paused in, and two more.
const LONG: &str = "CREATE TABLE n (a INT);\nINSERT INTO n WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x \
                    < 4000000) SELECT x FROM c;\nCREATE TABLE u (a INT);\nINSERT INTO u VALUES (1);\n";

/// A worker that was asked to pause while it was at the long statement.
async fn paused(scene: &Scene, fault: Option<&str>) -> Running {
    scene.project.migration("0001_n.sql", LONG);
    let mut command = scene.project.command(&["migrate"]);
    command.envs(fault.map(|fault| ("CARIBOU_FAULT", fault)));
    let worker = Running::start(&mut command);
    let at_it = |k: &EventKind| matches!(k, EventKind::StatementStarted { statement: 1, .. });
    scene.until("it is at the long one", |e| e.iter().any(|e| at_it(&e.kind)).then_some(())).await;
    let asked = scene.project.run(&["pause", "--yes"]);
    assert!(matches!(asked.code, Some(0 | 4)), "{asked:?}");
    worker
}

async fn a_pause_commits_what_has_run(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let mut worker = paused(&scene, None).await;
    let committed = |k: &EventKind| matches!(k, EventKind::TransactionCommitted { from: 0, statement: 1, .. });
    scene.until("it is committed", |e| e.iter().any(|e| committed(&e.kind)).then_some(())).await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM n").await, Some(4_000_000));
    worker.kill();
    let again = scene.migrate();
    scene.project.run(&["resume", "--yes"]);
    again.wait().exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM u").await, Some(1));
    assert_eq!(scene.number("SELECT COUNT(*) FROM n").await, Some(4_000_000), "it has not run twice");
    scene.agree().await;
}

/// The end of the process between the commit in core and its note in the journal: the receipt tells.
async fn a_commit_that_nobody_noted_is_found(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    // Arrivals: the ends of two statements, then the commit.
    let worker = paused(&scene, Some("after_statement:3")).await;
    assert_eq!(worker.wait().code, None);
    assert_eq!(scene.number("SELECT COUNT(*) FROM n").await, Some(4_000_000), "it was committed");
    let again = scene.migrate();
    let committed = |k: &EventKind| matches!(k, EventKind::TransactionCommitted { from: 0, statement: 1, .. });
    scene.until("it is found committed", |e| e.iter().any(|e| committed(&e.kind)).then_some(())).await;
    scene.project.run(&["resume", "--yes"]);
    again.wait().exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM n").await, Some(4_000_000), "it has not run twice");
    scene.agree().await;
}

/// An interrupt pauses: what has run is committed, and the file goes on there.
async fn an_interrupt_commits_what_has_run(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_n.sql", LONG);
    let worker = scene.migrate();
    let at_it = |k: &EventKind| matches!(k, EventKind::StatementStarted { statement: 1, .. });
    scene.until("it is at the long one", |e| e.iter().any(|e| at_it(&e.kind)).then_some(())).await;
    worker.signal(Signal::SIGINT);
    worker.wait().exits(130);
    assert_eq!(scene.number("SELECT COUNT(*) FROM n").await, Some(4_000_000));
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM u").await, Some(1));
    scene.agree().await;
}

macro_rules! on_sqlite {
    ($($story:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $story() { super::run_on(super::ServerKind::Sqlite, super::$story); })*
        }
    };
}

on_sqlite!(
    a_failure_rolls_back_what_shares,
    with_checked_keys_the_statement_is_named,
    a_file_may_ask_for_a_transaction_a_statement,
    a_crash_leaves_all_or_nothing,
    a_pause_commits_what_has_run,
    a_commit_that_nobody_noted_is_found,
    an_interrupt_commits_what_has_run,
);
