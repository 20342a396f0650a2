//! Definitions and fingerprints.

use super::values::file_session;
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::database::{Purpose, Session, fingerprint, relations};
use caribou::sql::{ObjectKind, ObjectName};

async fn print(session: &mut dyn Session, objects: &[ObjectName]) -> String {
    fingerprint(&session.inspect(objects).await.expect("definitions"))
}

async fn up_and_down_give_the_same_fingerprint_and_a_change_another(fresh: Fresh) {
    let mut file = file_session(&fresh).await;
    let mut control = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let t = [ObjectName::new(ObjectKind::Table, "t")];
    let absent = print(control.as_mut(), &t).await;
    file.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20) DEFAULT 'x')").await.expect("DDL");
    let before = print(control.as_mut(), &t).await;
    assert_ne!(before, absent);
    for (up, down) in [
        ("ALTER TABLE t ADD COLUMN a INT", "ALTER TABLE t DROP COLUMN a"),
        ("CREATE INDEX i ON t (name)", if fresh.sqlite_dir().is_some() { "DROP INDEX i" } else { "DROP INDEX i ON t" }),
        ("ALTER TABLE t RENAME COLUMN name TO title", "ALTER TABLE t RENAME COLUMN title TO name"),
        ("ALTER TABLE t RENAME TO u", "ALTER TABLE u RENAME TO t"),
    ] {
        file.run(up).await.expect(up);
        assert_ne!(print(control.as_mut(), &t).await, before, "{up}");
        file.run(down).await.expect(down);
        assert_eq!(print(control.as_mut(), &t).await, before, "{down}");
    }
    file.run("INSERT INTO t (name) VALUES ('y')").await.ok();
    assert_eq!(print(control.as_mut(), &t).await, before, "rows do not matter");
    file.run("DROP TABLE t").await.expect("DDL");
    assert_eq!(print(control.as_mut(), &t).await, absent);
}

async fn views_are_inspected_whatever_they_are_asked_as(fresh: Fresh) {
    let mut file = file_session(&fresh).await;
    file.run("CREATE TABLE t (id INT)").await.expect("DDL");
    file.run("CREATE VIEW v AS SELECT id FROM t").await.expect("DDL");
    let mut control = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let core = fresh.schemas().core.clone();
    let objects = [
        ObjectName::new(ObjectKind::Table, "v"),
        ObjectName::qualified(ObjectKind::View, &core, "v"),
        ObjectName::new(ObjectKind::View, "t"),
        ObjectName::new(ObjectKind::Procedure, "p"),
        ObjectName::new(ObjectKind::Trigger, "g"),
        ObjectName::new(ObjectKind::Index, "i"),
        ObjectName::qualified(ObjectKind::Table, "not_there", "t"),
        ObjectName::new(ObjectKind::Schema, "not_there"),
        ObjectName::new(ObjectKind::Schema, &core),
    ];
    let found = control.inspect(&objects).await.expect("definitions");
    let there: Vec<bool> = found.iter().map(|definition| definition.text.is_some()).collect();
    assert_eq!(there, [true, true, false, false, false, false, false, false, true], "{found:#?}");
    assert_eq!(found[0].text, found[1].text);
    file.run("DROP TABLE t").await.expect("DDL");
    let broken = control.inspect(&objects[..2]).await.expect("definitions");
    assert!(broken.iter().all(|definition| definition.text.is_some()), "a broken view is still there: {broken:?}");
}

async fn counters_do_not_matter_and_routines_are_seen(fresh: Fresh) {
    let mut file = file_session(&fresh).await;
    file.run("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT, KEY by_n (n)) COMMENT 'a; b'")
        .await
        .expect("DDL");
    file.run("CREATE PROCEDURE p() SELECT 1").await.expect("DDL");
    file.run("CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1").await.expect("DDL");
    file.run("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1").await.expect("DDL");
    file.run("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1").await.expect("DDL");
    let mut control = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let objects = [
        (ObjectKind::Table, "t", "CREATE TABLE"),
        (ObjectKind::Procedure, "p", "PROCEDURE"),
        (ObjectKind::Function, "f", "FUNCTION"),
        (ObjectKind::Trigger, "g", "TRIGGER"),
        (ObjectKind::Event, "e", "EVENT"),
        (ObjectKind::Index, "by_n", "BTREE"),
    ];
    let names: Vec<ObjectName> = objects.iter().map(|(kind, name, _)| ObjectName::new(*kind, *name)).collect();
    let before = control.inspect(&names).await.expect("definitions");
    for (definition, (_, _, word)) in before.iter().zip(objects) {
        let text = definition.text.as_deref().unwrap_or_default();
        assert!(text.contains(word) && !text.contains("AUTO_INCREMENT="), "{definition:?}");
    }
    file.run("INSERT INTO t (n) VALUES (1), (2)").await.expect("DML");
    assert_eq!(control.inspect(&names).await.expect("definitions"), before);
}

async fn relations_are_listed(fresh: Fresh) {
    let database = fresh.database().await;
    let core = fresh.schemas().core.clone();
    let mut control = database.open(Purpose::Control).await.expect("a session");
    assert_eq!(control.relations("not_there").await, Ok(Vec::new()));
    let mut file = file_session(&fresh).await;
    file.run("CREATE TABLE b (id INT)").await.expect("DDL");
    file.run("CREATE VIEW a AS SELECT id FROM b").await.expect("DDL");
    for session in [&mut control, &mut file] {
        let found = session.relations(&core).await.expect("relations");
        let expected =
            [ObjectName::qualified(ObjectKind::View, &core, "a"), ObjectName::qualified(ObjectKind::Table, &core, "b")];
        assert_eq!(found, expected);
    }
}

async fn schemas_are_created_once_and_named_alike(fresh: Fresh) {
    let database = fresh.database().await;
    let undo = fresh.schemas().undo.clone();
    let mut journal = database.open(Purpose::Journal).await.expect("a session");
    assert_eq!(journal.schema_exists(&undo).await, Ok(false));
    for _ in 0..2 {
        for schema in fresh.schemas().all() {
            journal.create_schema(schema).await.expect("a schema");
            assert_eq!(journal.schema_exists(schema).await, Ok(true));
        }
    }
    for schema in [&fresh.schemas().orchestration, &fresh.schemas().ephemeral, &undo] {
        journal.execute(&format!("CREATE TABLE {schema}.j (id INT)"), &[]).await.expect("DDL");
    }
    let mut file = file_session(&fresh).await;
    let receipts = format!("INSERT INTO {}.j VALUES (?)", fresh.schemas().orchestration);
    file.begin().await.expect("begin");
    file.execute(&receipts, &[1.into()]).await.expect("a receipt");
    file.commit().await.expect("commit");
}

/// By what stands in the schema files are ordered that do not name it.
async fn it_is_seen_what_stands_on_what(fresh: Fresh) {
    let mut file = file_session(&fresh).await;
    for sql in [
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER, FOREIGN KEY (p) REFERENCES p (id))",
        "CREATE TABLE log (n INT)",
        "CREATE VIEW v AS SELECT id FROM c",
        "CREATE TRIGGER g AFTER INSERT ON p FOR EACH ROW BEGIN INSERT INTO log VALUES (1); END",
    ] {
        file.run(sql).await.expect(sql);
    }
    let mut reader = fresh.database().await.open(Purpose::Reader).await.expect("a session");
    let found = relations(reader.as_mut(), &fresh.schemas().core).await.expect("relations");
    let mut pairs: Vec<(String, String)> = found.into_iter().map(|one| (one.object.name, one.on.name)).collect();
    pairs.sort();
    let expected = [("c", "p"), ("p", "log"), ("v", "c")].map(|(one, other)| (one.to_owned(), other.to_owned()));
    assert_eq!(pairs, expected);
}

on_every_server!(
    it_is_seen_what_stands_on_what,
    up_and_down_give_the_same_fingerprint_and_a_change_another,
    views_are_inspected_whatever_they_are_asked_as,
    relations_are_listed,
    schemas_are_created_once_and_named_alike,
);
on_both_servers!(counters_do_not_matter_and_routines_are_seen);
