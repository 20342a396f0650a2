//! All that stands in a schema.

use caribou::database::{Definition, ServerKind, Session};
use caribou::sql::{Dialect, ObjectKind, ObjectName, quote_identifier, quote_name};
use std::collections::BTreeMap;

/// Query for the programs of a schema.
const PROGRAMS: &str = "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? \
     UNION ALL SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? \
     UNION ALL SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? ORDER BY 1, 2";

/// Every object of a schema.
pub async fn objects(session: &mut dyn Session, core: &str) -> Vec<ObjectName> {
    let mut all = relations(session, core).await;
    if session.kind() == ServerKind::Sqlite {
        return all;
    }
    let values = [core.into(), core.into(), core.into()];
    for row in session.query(PROGRAMS, &values).await.expect("programs") {
        let kind = match row.get_text(0).as_str() {
            "PROCEDURE" => ObjectKind::Procedure,
            "FUNCTION" => ObjectKind::Function,
            "TRIGGER" => ObjectKind::Trigger,
            "EVENT" => ObjectKind::Event,
            other => panic!("a program of the kind {other}"),
        };
        all.push(ObjectName::qualified(kind, core, row.get_text(1)));
    }
    all
}

/// Tables, views and sequences. SQLite's session calls its schema `main`: there they are named without it.
async fn relations(session: &mut dyn Session, core: &str) -> Vec<ObjectName> {
    let mut all = session.relations(core).await.expect("relations");
    if session.kind() == ServerKind::Sqlite {
        for object in &mut all {
            object.schema = None;
        }
    }
    all
}

/// The definitions of all that stands in a schema.
pub async fn definitions(session: &mut dyn Session, core: &str) -> Vec<Definition> {
    let objects = objects(session, core).await;
    session.inspect(&objects).await.expect("definitions")
}

/// The rows of every table, each as text by column.
pub type Rows = BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>;

/// All rows of all tables.
pub async fn rows(session: &mut dyn Session, core: &str) -> Rows {
    let dialect = session.kind().dialect();
    let mut all = Rows::new();
    for table in relations(session, core).await {
        if table.kind != ObjectKind::Table {
            continue;
        }
        let columns = columns(session, &table, dialect).await;
        let list: Vec<String> = columns
            .iter()
            .map(|name| {
                let name = quote_identifier(name, dialect).expect("a name");
                if dialect.is_mysql_family() { format!("HEX(CONCAT({name}, ''))") } else { format!("quote({name})") }
            })
            .collect();
        let sql = format!("SELECT {} FROM {}", list.join(", "), quote_name(&table, dialect).expect("a name"));
        let found = session.query_text(&sql).await.expect("rows");
        let mut rows: Vec<BTreeMap<String, Option<String>>> = found
            .iter()
            .map(|row| columns.iter().cloned().enumerate().map(|(at, name)| (name, row.opt_text(at))).collect())
            .collect();
        rows.sort();
        all.insert(table.name, rows);
    }
    all
}

/// A table's columns, those that `*` leaves out too.
async fn columns(session: &mut dyn Session, table: &ObjectName, dialect: Dialect) -> Vec<String> {
    let name = quote_name(table, dialect).expect("a name");
    let (sql, at) = match dialect {
        Dialect::Sqlite => {
            let bare = quote_identifier(&table.name, dialect).expect("a name");
            (format!("PRAGMA table_xinfo({bare})"), 1)
        }
        _ => (format!("SHOW COLUMNS FROM {name}"), 0),
    };
    session.query_text(&sql).await.expect("columns").iter().map(|row| row.get_text(at)).collect()
}

/// Drops all that stands in a schema.
pub async fn empty(session: &mut dyn Session, core: &str) {
    let dialect = session.kind().dialect();
    if dialect.is_mysql_family() {
        session.run("SET foreign_key_checks = 0").await.expect("a setting");
        session.run("DROP TEMPORARY TABLE IF EXISTS n").await.expect("a drop");
    }
    let mut objects = objects(session, core).await;
    // Views last, triggers with their tables.
    objects.sort_by_key(|object| object.kind == ObjectKind::Table);
    for object in objects.iter().filter(|object| object.kind != ObjectKind::Trigger) {
        let kind = object.kind.as_str().to_uppercase();
        let name = quote_name(object, dialect).expect("a name");
        session.run(&format!("DROP {kind} IF EXISTS {name}")).await.expect("a drop");
    }
    if dialect.is_mysql_family() {
        session.run("SET foreign_key_checks = 1").await.expect("a setting");
    }
}
