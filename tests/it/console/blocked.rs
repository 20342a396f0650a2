//! Somebody holds a lock that the batch wants: who, since when and by which statement stands on the Board, and what ends it
//! can be copied.

use super::stage::{SIZES, Stage};
use crate::support::{Fresh, PrivateServer, on_mariadb};
use caribou::database::{Database, Purpose, connect};
use std::sync::Arc;

/// Options by which MariaDB lists metadata locks and keeps last statements, as MySQL does by itself.
const TELLS_ALL: [&str; 3] = [
    "--performance-schema=ON",
    "--performance-schema-consumer-events-statements-current=ON",
    "--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON",
];

/// Somebody with an account of their own, who may do everything.
async fn reporter(fresh: &Fresh, server: &PrivateServer) -> Arc<dyn Database> {
    server.ask("CREATE USER report@'%'; GRANT ALL ON *.* TO report@'%'").expect("an account");
    let mut target = fresh.target.clone();
    target.address_mut().expect("a server").user = "report".to_owned();
    connect(&target).await.expect("it may connect")
}

async fn whoever_holds_a_lock_is_named_and_ended(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &TELLS_ALL);
    let mut stage = Stage::new(Fresh::in_server(&server));
    stage.ask("CREATE TABLE held (id INT PRIMARY KEY)").await;
    let mut holder = reporter(stage.fresh(), &server).await.open(Purpose::File).await.expect("a session");
    holder.begin().await.expect("a transaction");
    holder.run("SELECT COUNT(*) FROM held").await.expect("it reads");
    let conn = holder.connection_id();
    stage.project.migration("001_held.sql", "ALTER TABLE held ADD COLUMN a INT;\n");
    stage.project.migration("002_herd.sql", "CREATE TABLE herd_2 (id INT);\n");
    stage.start_worker();
    stage.hand_over(&[]);
    let mut terminal = stage.console(&[], SIZES[1]);
    // The holder sits in its transaction: since when, and what it did last.
    let shot = terminal.wait("who holds it", |shot| {
        shot.shows(&format!("conn {conn}")) && shot.shows("its last: SELECT COUNT(*) FROM held")
    });
    let line = shot.line_with(&format!("held by conn {conn}")).unwrap_or_default();
    for words in ["metadata lock on", ".held", "report@", "open transaction", "no statement running"] {
        assert!(line.contains(words), "{words}: {}", shot.text());
    }
    assert!(shot.shows("blocked") && shot.shows("ALTER TABLE held ADD COLUMN a INT"), "{}", shot.text());
    let age = |shot: &crate::support::Shot| shot.line_with("open transaction");
    terminal.wait("a greater age", |now| now.shows("open transaction") && age(now) != age(&shot));

    // It runs something, still in its transaction: that is shown instead.
    let busy = tokio::spawn(async move {
        let ended = holder.run("SELECT SLEEP(300) AS it_sleeps").await;
        (holder, ended)
    });
    terminal.wait("what it runs", |shot| shot.shows("it runs: SELECT SLEEP(300) AS it_sleeps"));
    // On a small screen there is one line of it, which still names the holder.
    terminal.resize(SIZES[0].0, SIZES[0].1);
    terminal.wait("the short form", |shot| {
        shot.shows("[1 Board]2 Files") && shot.shows(&format!("conn {conn}")) && shot.shows("report@")
    });
    terminal.resize(SIZES[1].0, SIZES[1].1);

    // What ends it is copied as a statement, and a person runs it elsewhere.
    terminal.keys("y");
    terminal.wait_text("copied");
    let copied = terminal.copied().pop().expect("something was copied");
    let kill = server.ask(&format!("SELECT FROM_BASE64('{copied}')")).expect("base64");
    assert_eq!(kill.trim(), format!("KILL {conn}"));
    server.ask(kill.trim()).expect("it can be ended");
    drop(busy.await.expect("it ends"));
    let shot = terminal.wait("the batch, which goes on", |shot| shot.shows("2/2 files") && shot.shows("COMPLETED"));
    assert!(!shot.shows("held by"), "{}", shot.text());
}

/// Two hold what the batch wants, and one of them waits for a third: each is named, with what it does, until it is gone.
async fn a_chain_of_locks_is_read_to_its_end(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &TELLS_ALL);
    let mut stage = Stage::new(Fresh::in_server(&server));
    stage.ask("CREATE TABLE held (id INT PRIMARY KEY)").await;
    let last = stage.gate().await;
    let database = reporter(stage.fresh(), &server).await;
    let mut holders = Vec::new();
    for _ in 0..2 {
        let mut holder = database.open(Purpose::File).await.expect("a session");
        holder.begin().await.expect("a transaction");
        holder.run("SELECT COUNT(*) FROM held").await.expect("it reads");
        holders.push(holder);
    }
    let conns: Vec<u64> = holders.iter().map(|holder| holder.connection_id()).collect();
    stage.project.migration("001_held.sql", "ALTER TABLE held ADD COLUMN a INT;\n");
    stage.start_worker();
    stage.hand_over(&[]);
    let terminal = stage.console(&[], SIZES[1]);
    let names = |shot: &crate::support::Shot, conn: u64| shot.shows(&format!("held by conn {conn}"));
    terminal.wait("both holders", |shot| conns.iter().all(|conn| names(shot, *conn)));
    // One of them wants a row that somebody else's transaction has.
    let mut waits = holders.remove(0);
    let busy = tokio::spawn(async move {
        waits.run("UPDATE gate SET n = n + 1").await.expect("the row is let go");
        waits
    });
    terminal.wait("what it waits in", |shot| {
        let line = shot.lines().iter().position(|line| line.contains(&format!("held by conn {}", conns[0])));
        line.and_then(|n| shot.lines().get(n + 1).cloned()).is_some_and(|next| next.contains("it runs: UPDATE gate"))
    });
    last.open().await;
    let mut waited = busy.await.expect("it goes on");
    terminal.wait("what it did last", |shot| names(shot, conns[0]) && shot.shows("its last: UPDATE gate"));
    waited.rollback().await.expect("it ends");
    terminal.wait("the other holder alone", |shot| !names(shot, conns[0]) && names(shot, conns[1]));
    holders[0].rollback().await.expect("it ends");
    let shot = terminal.wait("the batch, which goes on", |shot| shot.shows("1/1 files") && shot.shows("COMPLETED"));
    assert!(!shot.shows("held by"), "{}", shot.text());
}

on_mariadb!(whoever_holds_a_lock_is_named_and_ended, a_chain_of_locks_is_read_to_its_end);
