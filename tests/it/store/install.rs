//! Installing: from nothing, again, over an older one, over a newer one.

use super::{control, installed};
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::store::{Reader, SCHEMA_VERSION, SchemaState, Store, StoreError};

async fn from_nothing_and_again(fresh: Fresh) {
    let store = Store::new(fresh.database().await);
    assert_eq!(store.state().await.expect("a state"), SchemaState::Absent);
    assert!(matches!(Reader::open(&store).await, Err(StoreError::SchemaAbsent { .. })));
    assert!(!store.check().await.expect("a comparison").is_empty());

    let done = store.install().await.expect("installed");
    assert!(done.iter().any(|line| line.contains("migration_events")), "{done:#?}");
    assert_eq!(store.state().await.expect("a state"), SchemaState::Installed { version: SCHEMA_VERSION });
    assert_eq!(store.check().await.expect("a comparison"), []);

    assert_eq!(store.install().await.expect("again"), Vec::<String>::new());
    assert_eq!(store.check().await.expect("a comparison"), []);
}

async fn with_a_prefix(fresh: Fresh) {
    let store = Store::with_prefix(fresh.database().await, "lupo_");
    let done = store.install().await.expect("installed");
    assert!(done.iter().any(|line| line.ends_with("lupo_migration_files")), "{done:#?}");
    assert_eq!(store.check().await.expect("a comparison"), []);
    assert_eq!(store.install().await.expect("again"), Vec::<String>::new());
    let without = Store::new(fresh.database().await);
    assert_eq!(without.state().await.expect("a state"), SchemaState::Absent);
}

async fn a_newer_one_is_refused(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    let table = format!("{}.migration_schema_version", fresh.schemas().orchestration);
    let sql = format!("INSERT INTO {table} (version, program) VALUES (?, 'caribou 99')");
    session.execute(&sql, &[99.into()]).await.expect("a later version");
    assert_eq!(store.state().await.expect("a state"), SchemaState::Newer { version: 99 });
    for refused in [store.install().await.map(drop), Reader::open(&store).await.map(drop)] {
        let error = refused.expect_err("refused");
        assert!(matches!(error, StoreError::SchemaNewer { version: 99, .. }), "{error}");
    }
}

async fn an_interrupted_one_is_ended(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    let schema = &fresh.schemas().orchestration;
    for sql in [
        format!("DELETE FROM {schema}.migration_schema_version"),
        format!("DROP TABLE {schema}.migration_jobs"),
        format!("DROP TABLE {}.cache", fresh.schemas().ephemeral),
    ] {
        session.execute(&sql, &[]).await.expect("something is missing");
    }
    assert_eq!(store.state().await.expect("a state"), SchemaState::Older { version: 0 });
    assert!(matches!(Reader::open(&store).await, Err(StoreError::SchemaOlder { version: 0, .. })));
    let missing = store.check().await.expect("a comparison");
    assert_eq!(missing.len(), 2, "{missing:#?}");
    assert_eq!(store.install().await.expect("the rest").len(), 3);
    assert_eq!(store.check().await.expect("a comparison"), []);
}

/// Somebody else's procedure under our name, or ours of an earlier version.
async fn a_procedure_with_another_text_is_made_anew(fresh: Fresh) {
    let store = installed(&fresh).await;
    let (orchestration, core) = (&fresh.schemas().orchestration, &fresh.schemas().core);
    let may = format!("GRANT EXECUTE ON PROCEDURE {orchestration}.touch_session TO '{core}_may'@'%'");
    let mut session = control(&store).await;
    for sql in [
        format!("CREATE USER '{core}_may'@'%'"),
        format!("DROP PROCEDURE {orchestration}.touch_session"),
        format!("CREATE PROCEDURE {orchestration}.touch_session(IN a INT) BEGIN SELECT a; END"),
        may,
    ] {
        session.query_text(&sql).await.expect("root may");
    }
    let found = store.check().await.expect("a comparison");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].to_string().contains("touch_session is a procedure with another text"), "{}", found[0]);
    let done = store.install().await.expect("installed");
    assert_eq!(done.len(), 1, "{done:#?}");
    assert!(done[0].contains("replaced procedure"), "{done:#?}");
    assert_eq!(store.check().await.expect("a comparison"), []);
    assert_eq!(store.install().await.expect("again"), Vec::<String>::new());
    let granted = session.query_text(&format!("SHOW GRANTS FOR '{core}_may'@'%'")).await.expect("grants");
    let granted: Vec<String> = granted.iter().map(|row| row.get_text(0).replace('`', "")).collect();
    let kept = |line: &String| line.contains("EXECUTE ON PROCEDURE") && line.contains("touch_session");
    assert!(granted.iter().any(kept), "who might run it still may: {granted:?}");
    session.query_text(&format!("DROP USER '{core}_may'@'%'")).await.expect("root may");
}

on_both_servers!(a_procedure_with_another_text_is_made_anew);
on_every_server!(from_nothing_and_again, with_a_prefix, a_newer_one_is_refused, an_interrupted_one_is_ended);
