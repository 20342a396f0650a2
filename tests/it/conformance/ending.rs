//! Statements that are stopped, connections that end, barriers.

use super::values::file_session;
use crate::support::{Fresh, PrivateServer, on_both_servers, on_every_server};
use caribou::database::{
    Database, ErrorKind, Purpose, ServerKind, barrier_holder, barrier_name, release_barrier, take_barrier,
};
use std::sync::Arc;
use std::time::Duration;

/// A statement that runs for minutes unless it is stopped.
fn long_statement(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Sqlite => {
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1e10) SELECT MAX(n) FROM c"
        }
        _ => {
            "SELECT COUNT(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b, \
              information_schema.COLUMNS c WHERE SHA2(CONCAT(a.COLUMN_NAME, b.COLUMN_NAME, c.COLUMN_NAME), 512) = 'x'"
        }
    }
}

/// Runs it, and stops it once it runs. Until then there is nothing to stop, so the request is repeated.
async fn stopped(fresh: &Fresh) -> ErrorKind {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    let connection = session.connection_id();
    let stopper = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if database.interrupt(connection).await != Ok(true) {
                return;
            }
        }
    });
    let error = session.run(long_statement(fresh.kind)).await.expect_err("it was stopped");
    stopper.abort();
    drop(stopper.await);
    // One more request may have come after the end.
    session.ping().await.expect("the session goes on");
    let rows = match session.query("SELECT 1", &[]).await {
        Ok(rows) => rows,
        Err(_) => session.query("SELECT 1", &[]).await.expect("the session goes on"),
    };
    assert_eq!(rows[0].get_i64(0), 1);
    error.kind
}

async fn a_long_statement_is_interrupted(fresh: Fresh) {
    let kind = tokio::time::timeout(Duration::from_secs(60), stopped(&fresh)).await.expect("it ends");
    assert_eq!(kind, ErrorKind::Interrupted);
}

async fn a_session_that_is_gone_is_not_connected(fresh: Fresh) {
    let database = fresh.database().await;
    let session = database.open(Purpose::File).await.expect("a session");
    let id = session.connection_id();
    assert_eq!(database.is_connected(id).await, Ok(true));
    session.close().await;
    gone(&database, id).await;
    assert_eq!(database.interrupt(id).await, Ok(false));
}

/// Waits until the server has let go of a connection.
async fn gone(database: &Arc<dyn Database>, id: u64) {
    for _ in 0..100 {
        if database.is_connected(id).await == Ok(false) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("connection {id} is still there");
}

async fn a_killed_connection_is_lost(fresh: Fresh) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    let id = session.connection_id();
    assert_eq!(database.kill(id).await, Ok(true));
    gone(&database, id).await;
    let error = session.run("SELECT 1").await.expect_err("it was killed");
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{error}");
    let error = session.ping().await.expect_err("it was killed");
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{error}");
    assert_eq!(database.kill(id).await, Ok(false));
}

async fn a_server_that_dies_in_the_middle_is_a_lost_connection(fresh: Fresh) {
    let mut server = PrivateServer::own(fresh.kind, &[]);
    let own = Fresh::in_server(&server);
    let mut session = file_session(&own).await;
    let killer = tokio::task::spawn_blocking(move || {
        // Long enough for the statement to have begun; if it has not, the result is the same.
        std::thread::sleep(Duration::from_millis(300));
        server.kill();
    });
    let error = session.run("SELECT SLEEP(60)").await.expect_err("the server died");
    killer.await.expect("killed");
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{error}");
    let error = caribou::database::connect(&own.target).await.expect_err("the server died");
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{error}");
}

async fn a_barrier_is_held_by_one_session_until_it_ends(fresh: Fresh) {
    let database = fresh.database().await;
    let name = barrier_name("files", &fresh.schemas().core);
    let mut old = database.open(Purpose::File).await.expect("a session");
    let mut new = database.open(Purpose::File).await.expect("a session");
    assert_eq!(barrier_holder(new.as_mut(), &name).await, Ok(None));
    assert_eq!(take_barrier(old.as_mut(), &name, Duration::ZERO).await, Ok(true));
    assert_eq!(barrier_holder(new.as_mut(), &name).await, Ok(Some(old.connection_id())));
    assert_eq!(take_barrier(new.as_mut(), &name, Duration::ZERO).await, Ok(false));
    assert_eq!(release_barrier(new.as_mut(), &name).await, Ok(false));
    database.kill(old.connection_id()).await.expect("killed");
    assert_eq!(take_barrier(new.as_mut(), &name, Duration::from_secs(10)).await, Ok(true));
    assert_eq!(release_barrier(new.as_mut(), &name).await, Ok(true));
}

on_every_server!(a_long_statement_is_interrupted, a_session_that_is_gone_is_not_connected);
on_both_servers!(
    a_killed_connection_is_lost,
    a_server_that_dies_in_the_middle_is_a_lost_connection,
    a_barrier_is_held_by_one_session_until_it_ends,
);
