//! No reader stops a worker, whatever it locks.

use super::Cast;
use crate::support::{Fresh, Project, Running, on_both_servers};
use caribou::database::{Session, barrier_name};
use caribou::store::Role;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Statements by which an observer may lock with nothing but SELECT.
const LOCKING: [&str; 4] = [
    "SELECT * FROM {o}.migration_leases LOCK IN SHARE MODE",
    "SELECT * FROM {o}.migration_events LOCK IN SHARE MODE",
    "SELECT * FROM {o}.migration_receipts LOCK IN SHARE MODE",
    "SELECT * FROM {o}.migration_files LOCK IN SHARE MODE",
];

/// Locks again whenever its connection was ended, until told to stop. Counts how often it was.
async fn hold(cast: Arc<Cast>, statements: Vec<String>, stop: Arc<AtomicBool>, ended: Arc<AtomicU32>) {
    while !stop.load(Ordering::Relaxed) {
        let mut session = cast.by_hand(Role::Observer).await;
        let held = lock(session.as_mut(), &statements, &stop).await;
        if held.is_err() {
            ended.fetch_add(1, Ordering::Relaxed);
        }
        drop(session);
    }
}

async fn lock(
    session: &mut dyn Session,
    statements: &[String],
    stop: &AtomicBool,
) -> Result<(), caribou::database::DbError> {
    session.begin().await?;
    for sql in statements {
        session.query_text(sql).await?;
    }
    while !stop.load(Ordering::Relaxed) {
        session.query_text("SELECT SLEEP(0.1)").await?;
    }
    session.rollback().await
}

async fn share_locks_are_taken_from_readers(fresh: Fresh) {
    let cast = Arc::new(Cast::of(fresh).await);
    let project = Project::on(&cast.fresh);
    project.configure("[workers]\nlease_ttl = \"15s\"");
    for n in 1..=3 {
        let sql = format!("CREATE TABLE t{n} (id INT PRIMARY KEY);\nINSERT INTO t{n} VALUES (1);\n");
        project.migration(&format!("000{n}_t.sql"), sql);
    }
    let (stop, ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut readers = Vec::new();
    for locking in LOCKING {
        let statements = vec![locking.replace("{o}", cast.orchestration())];
        readers.push(tokio::spawn(hold(cast.clone(), statements, stop.clone(), ended.clone())));
    }
    // All of them hold before anything begins.
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{}' AND INFO LIKE '%SLEEP%'",
        cast.name(Role::Observer)
    );
    while cast.number(&sql).await < LOCKING.len() as i64 {}
    let log = project.path("log");
    let words = ["migrate", "--log-file", log.to_str().expect("a path")];
    let migrating = Running::start(&mut cast.command(&project, Role::Worker, &words));
    let ran = tokio::task::spawn_blocking(move || migrating.wait()).await.expect("it ends");
    assert_eq!(ran.code, Some(0), "{ran:?}\n{}", std::fs::read_to_string(&log).unwrap_or_default());
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.expect("a reader");
    }
    assert!(ended.load(Ordering::Relaxed) > 0, "their connections were ended");
}

/// The names of the session locks can be guessed: whoever holds one is ended, and comes too late with the next.
async fn guessed_locks_are_taken_from_their_holders(fresh: Fresh) {
    let cast = Arc::new(Cast::of(fresh).await);
    let project = Project::on(&cast.fresh);
    project.migration("0001_t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\n");
    let (stop, ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let names: Vec<String> = ["files", "files.1", "journal", "lease.1", "heartbeat.1"]
        .iter()
        .map(|purpose| barrier_name(purpose, cast.orchestration()))
        .collect();
    let mut holders = Vec::new();
    for name in names {
        for _ in 0..3 {
            let statements = vec![format!("SELECT GET_LOCK('{name}', 600)")];
            holders.push(tokio::spawn(hold(cast.clone(), statements, stop.clone(), ended.clone())));
        }
    }
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{}' AND INFO LIKE '%SLEEP%'",
        cast.name(Role::Observer)
    );
    while cast.number(&sql).await < 5 {}
    let migrating = Running::start(&mut cast.command(&project, Role::Worker, &["migrate"]));
    let ran = tokio::task::spawn_blocking(move || migrating.wait()).await.expect("it ends");
    ran.exits(0);
    stop.store(true, Ordering::Relaxed);
    for holder in holders {
        holder.await.expect("a holder");
    }
    assert!(ended.load(Ordering::Relaxed) > 0, "their connections were ended");
}

on_both_servers!(share_locks_are_taken_from_readers, guessed_locks_are_taken_from_their_holders);
