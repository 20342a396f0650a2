//! Questions to servers: identity, facts, clock, blockers, progress.

use super::values::file_session;
use crate::support::{Fresh, PrivateServer, on_both_servers, on_every_server};
use caribou::database::{ErrorKind, Evidence, Purpose, ServerKind, activities, blockers, server_clock, server_facts};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

async fn a_server_is_itself_on_every_session_and_no_other(fresh: Fresh) {
    let identity = async |fresh: &Fresh| {
        let mut session = fresh.database().await.open(Purpose::Journal).await.expect("a session");
        session.server_identity().await.expect("an identity")
    };
    let one = identity(&fresh).await;
    assert_eq!(identity(&fresh).await, one);
    assert!(one.starts_with(fresh.kind.as_str()) && one.len() > 20, "{one}");
    let other = match fresh.sqlite_dir() {
        Some(_) => identity(&Fresh::on(fresh.kind)).await,
        None => identity(&Fresh::in_server(&PrivateServer::own(fresh.kind, &[]))).await,
    };
    assert_ne!(other, one);
}

async fn a_plain_server_may_be_migrated(fresh: Fresh) {
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let facts = server_facts(session.as_mut()).await.expect("facts");
    assert_eq!((facts.refusal(), facts.replication_known), (None, true), "{facts:?}");
}

async fn a_replica_is_refused(fresh: Fresh) {
    let server = PrivateServer::own(fresh.kind, &["--server-id=7", "--skip-slave-start"]);
    server
        .ask(match fresh.kind {
            caribou::database::ServerKind::MySql => {
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'db0', SOURCE_PORT = 3310, SOURCE_USER = 'r'"
            }
            _ => "CHANGE MASTER TO MASTER_HOST = 'db0', MASTER_PORT = 3310, MASTER_USER = 'r'",
        })
        .expect("a replica");
    let own = Fresh::in_server(&server);
    let mut session = own.database().await.open(Purpose::Control).await.expect("a session");
    let facts = server_facts(session.as_mut()).await.expect("facts");
    assert_eq!(facts.replicates_from, ["db0:3310"]);
    assert!(facts.refusal().is_some_and(|why| why.contains("db0:3310")));
}

async fn the_clock_is_in_utc_milliseconds(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    let here = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis() as i64;
    if fresh.sqlite_dir().is_none() {
        session.run("SET time_zone = '+05:00', timestamp = 1000").await.expect("a file's own settings");
    }
    let there = server_clock(session.as_mut()).await.expect("a time");
    assert!((there - here).abs() < 20_000, "{there} {here}");
}

async fn who_blocks_us_is_named(fresh: Fresh) {
    let mut holder = file_session(&fresh).await;
    holder.run("CREATE TABLE t (id INT)").await.expect("DDL");
    holder.begin().await.expect("begin");
    holder.run("INSERT INTO t VALUES (1)").await.expect("DML");
    let database = fresh.database().await;
    let mut waiting = database.open(Purpose::File).await.expect("a session");
    let mut beside = database.open(Purpose::Journal).await.expect("a session");
    beside.begin().await.expect("begin");
    let seen = format!("SELECT COUNT(*) FROM {}.t", fresh.schemas().core);
    beside.query_text(&seen).await.expect("a snapshot, as old as the holder's transaction");
    let mut control = database.open(Purpose::Control).await.expect("a session");
    let core = fresh.schemas().core.clone();
    let own = control.own_connections();
    assert!([&waiting, &beside].iter().all(|session| own.contains(&session.connection_id())), "{own:?}");
    let holds = holder.connection_id();
    let (altered, found) = tokio::join!(waiting.run("ALTER TABLE t ADD COLUMN a INT"), async {
        // The server's list of transactions is as old as its last reader, whoever that was.
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let found = blockers(control.as_mut(), &core, "t").await;
            let is_named = found.as_ref().is_ok_and(|all| all.iter().any(|blocker| blocker.connection == holds));
            if is_named || Instant::now() >= until {
                break found;
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    });
    assert_eq!(altered.expect_err("it is locked").kind, ErrorKind::LockWait);
    let found = found.expect("blockers");
    let blocker = found.iter().find(|blocker| blocker.connection == holder.connection_id());
    assert!(blocker.is_some_and(|blocker| blocker.account.starts_with("root@")), "{found:?}");
    assert!(found.iter().all(|blocker| !own.contains(&blocker.connection)), "{found:?}");
}

async fn with_its_plugin_mariadb_names_the_very_lock(fresh: Fresh) {
    if fresh.kind == ServerKind::MySql {
        return;
    }
    let server = PrivateServer::own(fresh.kind, &["--plugin-load-add=metadata_lock_info"]);
    // Debian ships the plugin beside the server's core, in a package that would start a service.
    let known = server.ask("SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'METADATA_LOCK_INFO'");
    if known.expect("an answer").trim() == "0" {
        eprintln!("NOT RUN on {}: the plugin metadata_lock_info is not installed", fresh.kind);
        return;
    }
    let own = Fresh::in_server(&server);
    let mut holder = file_session(&own).await;
    holder.run("CREATE TABLE t (id INT)").await.expect("DDL");
    holder.begin().await.expect("begin");
    holder.run("SELECT * FROM t").await.expect("a query");
    let mut control = own.database().await.open(Purpose::Control).await.expect("a session");
    let found = blockers(control.as_mut(), &own.schemas().core, "t").await.expect("blockers");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].connection, found[0].evidence), (holder.connection_id(), Evidence::MetadataLock));
    assert_eq!(blockers(control.as_mut(), &own.schemas().core, "u").await, Ok(Vec::new()));
}

async fn a_running_statement_shows_its_stage(fresh: Fresh) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    let mut control = database.open(Purpose::Control).await.expect("a session");
    let connection = session.connection_id();
    let idle = activities(control.as_mut(), &[connection]).await.expect("an answer");
    assert!(idle.shown.iter().all(|seen| seen.connection == connection && seen.stage.is_none()), "{idle:?}");
    let running = tokio::spawn(async move { session.run("SELECT SLEEP(30)").await });
    let mut stage = String::new();
    for _ in 0..100 {
        let found = activities(control.as_mut(), &[connection]).await.expect("an answer");
        if let Some(found) = found.shown.first().and_then(|seen| seen.stage.clone()) {
            stage = found;
            if stage.contains("sleep") || stage.contains("Sleep") {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(stage.to_lowercase().contains("sleep"), "{stage:?}");
    database.kill(connection).await.expect("killed");
    assert!(running.await.expect("it ended").is_err());
}

on_every_server!(
    a_server_is_itself_on_every_session_and_no_other,
    a_plain_server_may_be_migrated,
    the_clock_is_in_utc_milliseconds,
);
on_both_servers!(
    who_blocks_us_is_named,
    a_running_statement_shows_its_stage,
    a_replica_is_refused,
    with_its_plugin_mariadb_names_the_very_lock
);
