//! The lease: one holder, a token that only grows, judged on the database's clock.

use super::{TTL, control, give, installed, journal, leased, submitted};
use crate::support::{Fresh, on_every_server, run_on};
use caribou::database::{ErrorKind, Purpose, ServerKind};
use caribou::model::{BatchId, FileId, Phase, Seq, Token};
use caribou::store::{Acquired, Journal, Lease, Reader, Receipt, StoreError, forget_receipts};
use std::time::Duration;

async fn a_second_worker_waits_and_takes_over(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    assert_eq!(Lease::current(&store, session.as_mut()).await.expect("an answer"), None);

    let first = leased(&store, TTL).await;
    assert_eq!(first.token, Token(1));
    assert!(first.predecessor.is_none());
    match Lease::acquire(&store, session.as_mut(), "second", 8, "server", TTL).await.expect("an answer") {
        Acquired::Busy { holder, connection, expires_in_ms, .. } => {
            assert_eq!((holder.as_str(), connection), ("worker@here:1", 7));
            assert!(expires_in_ms > 590_000 && expires_in_ms <= 600_000, "{expires_in_ms}");
        }
        held => panic!("two holders: {held:?}"),
    }
    let renewed = first.renew(session.as_mut()).await.expect("renewed");
    assert_eq!(renewed.expires.since(renewed.at), 600_000);

    first.release(session.as_mut()).await.expect("given back");
    let second = leased(&store, TTL).await;
    assert_eq!(second.token, Token(2));
    assert!(second.predecessor.is_none(), "it was given back in an orderly way");
    let error = first.renew(session.as_mut()).await.expect_err("it has moved on");
    assert!(error.is_lease_lost() && error.to_string().contains("token 1"), "{error}");
}

async fn an_expired_one_is_taken_and_names_its_predecessor(fresh: Fresh) {
    let store = installed(&fresh).await;
    let first = leased(&store, Duration::ZERO).await;
    let second = leased(&store, TTL).await;
    assert_eq!(second.token, Token(first.token.0 + 1));
    let before = second.predecessor.expect("the one that never gave it back");
    assert_eq!((before.token, before.connection), (first.token, 7));
}

async fn the_commit_of_a_lost_lease_writes_nothing(fresh: Fresh) {
    let store = installed(&fresh).await;
    let old_lease = leased(&store, Duration::ZERO).await;
    let mut old = Journal::open(&store, &old_lease).await.expect("a journal");
    give(&mut old, submitted(2));
    old.commit().await.expect("nobody else has it yet");

    let mut new = journal(&store).await;
    give(&mut old, submitted(3));
    let error = old.commit().await.expect_err("the lease has moved on");
    assert!(error.is_lease_lost(), "{error}");
    assert!(matches!(old.commit().await, Err(StoreError::Poisoned { .. })));

    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(reader.batches(10).await.expect("batches").len(), 1);
    assert_eq!(new.open_batches().await.expect("batches"), [BatchId(1)]);

    // The same where the new holder has used the numbers already.
    give(&mut new, submitted(1));
    new.commit().await.expect("it is the holder");
    assert_eq!(reader.files(BatchId(2)).await.expect("files").len(), 1);
}

/// The new holder cannot take the lease between the old one's check and its commit: the row is locked.
async fn the_lease_cannot_be_taken_within_a_commit(fresh: Fresh) {
    let store = installed(&fresh).await;
    let lease = leased(&store, Duration::ZERO).await;
    let schema = &fresh.schemas().orchestration;
    let mut within = store.database().open(Purpose::Journal).await.expect("a session");
    let (isolation, patience) = match fresh.kind {
        // A transaction that writes excludes every other.
        ServerKind::Sqlite => ("SELECT 1", "PRAGMA busy_timeout = 0"),
        _ => ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET innodb_lock_wait_timeout = 1"),
    };
    within.query_text(isolation).await.expect("set");
    within.begin().await.expect("a transaction");
    let insert = format!(
        "INSERT INTO {schema}.migration_events (batch_id, seq, payload, token) VALUES (0, 1, '{{}}', (SELECT token FROM \
         {schema}.migration_leases WHERE lease_name = 'worker' AND token = ?))"
    );
    within.execute(&insert, &[lease.token.0.into()]).await.expect("the check passes");
    let mut session = control(&store).await;
    session.query_text(patience).await.expect("set");
    let error = Lease::acquire(&store, session.as_mut(), "second", 8, "server", TTL).await.expect_err("it waits");
    assert_eq!(error.database().map(|e| e.kind), Some(ErrorKind::LockWait), "{error}");
    within.rollback().await.expect("rolled back");
    assert_eq!(leased(&store, TTL).await.token, Token(lease.token.0 + 1));
}

/// SQLite has no session whose end could be waited for: there an old token's receipt is refused, and with it the
/// statement in whose transaction it stands.
async fn a_statement_under_an_old_token_is_refused(fresh: Fresh) {
    let store = installed(&fresh).await;
    let old = leased(&store, Duration::ZERO).await;
    let receipt = |token, statement| Receipt {
        batch: BatchId(1),
        file: FileId(1),
        phase: Phase::Forward,
        statement,
        started: Seq(1),
        token,
    };
    let mut files = store.database().open(Purpose::File).await.expect("a session");
    files.run("CREATE TABLE t (id INT)").await.expect("a table");
    files.begin().await.expect("a transaction");
    files.run("INSERT INTO t VALUES (1)").await.expect("a row");
    // While it slept, another took over.
    let new = leased(&store, TTL).await;
    let error = receipt(old.token, 0).write(&store, files.as_mut()).await.expect_err("an old token");
    assert_eq!(error.database().map(|e| e.kind), Some(ErrorKind::Constraint), "{error}");
    files.rollback().await.expect("rolled back");

    files.begin().await.expect("a transaction");
    files.run("INSERT INTO t VALUES (2)").await.expect("a row");
    receipt(new.token, 1).write(&store, files.as_mut()).await.expect("the token of the holder");
    files.commit().await.expect("committed");
    // Nor does it take the receipts of the one after it away.
    let error = forget_receipts(&store, files.as_mut(), old.token).await.expect_err("an old token");
    assert_eq!(error.database().map(|e| e.kind), Some(ErrorKind::Constraint), "{error}");
    assert!(receipt(new.token, 1).is_there(&store, files.as_mut()).await.expect("an answer"));
    forget_receipts(&store, files.as_mut(), new.token).await.expect("the token of the holder");
    assert!(!receipt(new.token, 1).is_there(&store, files.as_mut()).await.expect("an answer"));
    let rows = files.query("SELECT id FROM t", &[]).await.expect("rows");
    assert_eq!(rows.iter().map(|row| row.get_i64(0)).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_statement_under_an_old_token_is_refused_on_sqlite() {
    run_on(ServerKind::Sqlite, a_statement_under_an_old_token_is_refused);
}

on_every_server!(
    a_second_worker_waits_and_takes_over,
    an_expired_one_is_taken_and_names_its_predecessor,
    the_commit_of_a_lost_lease_writes_nothing,
    the_lease_cannot_be_taken_within_a_commit,
);
