//! Expired rows of the ephemeral schema: ours by default, all where it is set, never one that is alive.

use super::{control, installed};
use crate::crash::Scene;
use crate::support::{Fresh, Running, on_every_server};
use caribou::database::ServerKind;
use caribou::model::{BatchId, EventKind};
use caribou::store::{Reader, Store, purge};
use nix::sys::signal::Signal;

/// Rows of ours and of others, by table: expired, alive, and for ever.
async fn fill(store: &Store, schema: &str) {
    let mut session = control(store).await;
    for (table, key, kind, ours) in [
        ("sessions", "session_key", "session_role", "console"),
        ("cache", "cache_key", "cache_group", "caribou plans"),
        ("temp_data", "temp_key", "temp_type", "caribou check"),
    ] {
        for (name, group) in [("ours", ours), ("theirs", "php")] {
            for (age, expires) in [("old", 20_200_101_000_000_i64), ("young", 29_990_101_000_000), ("ever", 0)] {
                let sql = format!("INSERT INTO {schema}.{table} ({key}, {kind}, expires_ymdhis) VALUES (?, ?, ?)");
                let values = [format!("{name} {age}").into(), group.into(), expires.into()];
                session.execute(&sql, &values).await.expect("a row");
            }
        }
    }
    session.close().await;
}

async fn left(store: &Store, schema: &str, table: &str, key: &str) -> Vec<String> {
    let mut session = control(store).await;
    let rows = session.query(&format!("SELECT {key} FROM {schema}.{table} ORDER BY {key}"), &[]).await.expect("rows");
    session.close().await;
    rows.iter().map(|row| row.get_text(0)).collect()
}

async fn ours_go_and_then_all(fresh: Fresh) {
    let store = installed(&fresh).await;
    let schema = fresh.schemas().ephemeral.clone();
    fill(&store, &schema).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    let expected: Vec<(String, u64)> = ["sessions", "cache", "temp_data"].map(|table| (table.to_owned(), 1)).into();
    assert_eq!(reader.expired().await.expect("counts"), expected);
    let mut session = control(&store).await;
    assert_eq!(purge(session.as_mut(), &store, false).await.expect("purged"), expected);
    let stands = ["ours ever", "ours young", "theirs ever", "theirs old", "theirs young"];
    for (table, key) in [("sessions", "session_key"), ("cache", "cache_key"), ("temp_data", "temp_key")] {
        assert_eq!(left(&store, &schema, table, key).await, stands, "{table}");
    }
    assert_eq!(purge(session.as_mut(), &store, false).await.expect("purged"), []);
    assert_eq!(purge(session.as_mut(), &store, true).await.expect("purged"), expected);
    assert!(!left(&store, &schema, "cache", "cache_key").await.contains(&"theirs old".to_owned()));
    assert_eq!(reader.expired().await.expect("counts"), []);
    session.close().await;
    reader.close().await;
}

/// More rows than one chunk, and one that somebody else holds.
async fn many_go_in_chunks(fresh: Fresh) {
    let store = installed(&fresh).await;
    let schema = fresh.schemas().ephemeral.clone();
    let mut session = control(&store).await;
    let row = "('{n}', 'console', 20200101000000)";
    let rows: Vec<String> = (0..1_001).map(|n| row.replace("{n}", &format!("{n:05}"))).collect();
    let sql =
        format!("INSERT INTO {schema}.sessions (session_key, session_role, expires_ymdhis) VALUES {}", rows.join(", "));
    session.query_text(&sql).await.expect("rows");
    if fresh.kind != ServerKind::Sqlite {
        let mut other = control(&store).await;
        other.begin().await.expect("a transaction");
        other
            .execute(&format!("UPDATE {schema}.sessions SET seen_ms = 1 WHERE session_key = '00999'"), &[])
            .await
            .expect("a lock");
        session.query_text("SET SESSION innodb_lock_wait_timeout = 1").await.expect("set");
        let gone = purge(session.as_mut(), &store, false).await.expect("purged");
        assert_eq!(gone, [("sessions".to_owned(), 1_000)]);
        assert_eq!(left(&store, &schema, "sessions", "session_key").await, ["00999"], "whoever holds it keeps it");
        other.rollback().await.expect("let go");
        other.close().await;
    }
    let gone = purge(session.as_mut(), &store, false).await.expect("purged");
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!(left(&store, &schema, "sessions", "session_key").await, Vec::<String>::new());
    session.close().await;
}

/// By a worker, beside its work, and told once.
async fn a_worker_purges_and_says_so(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let schema = fresh.schemas().ephemeral.clone();
    fill(&scene.store, &schema).await;
    let doctor = scene.project.run(&["doctor"]).exits(0);
    assert!(doctor.stdout.contains("sessions 1, cache 1, temp_data 1"), "{doctor:?}");
    let worker = Running::start(&mut scene.project.command(&["worker"]));
    let purged = scene
        .until("the purge is journalled", |events| {
            events.iter().find_map(|e| match &e.kind {
                EventKind::EphemeralPurged { rows } => Some((e.batch, rows.clone())),
                _ => None,
            })
        })
        .await;
    let counted: Vec<(String, u64)> = ["cache", "sessions", "temp_data"].map(|table| (table.to_owned(), 1)).into();
    assert_eq!(purged, (BatchId::SYSTEM, counted));
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
    let doctor = scene.project.run(&["doctor"]).exits(0);
    assert!(doctor.stdout.contains("nothing that has expired"), "{doctor:?}");
    let told = scene.events().await.iter().filter(|e| matches!(e.kind, EventKind::EphemeralPurged { .. })).count();
    assert_eq!(told, 1);
    assert!(left(&scene.store, &schema, "cache", "cache_key").await.contains(&"theirs old".to_owned()), "not theirs");
}

on_every_server!(a_worker_purges_and_says_so, ours_go_and_then_all, many_go_in_chunks);
