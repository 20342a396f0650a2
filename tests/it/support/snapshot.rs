//! All that stands in a core schema: definitions and rows, read by plain queries of the stories' own.

use super::Fresh;
use caribou::database::{Purpose, Row, ServerKind, Session};
use caribou::sql::quote_identifier;
use std::collections::BTreeMap;

/// Contents by name: `table a`, `rows a`, `trigger t`, …
pub type Snapshot = BTreeMap<String, String>;

/// Definitions beside tables, as (kind, query of name and text).
const OTHERS: [(&str, &str); 5] = [
    (
        "view",
        "SELECT table_name, CONCAT_WS(' | ', view_definition, check_option, is_updatable, security_type) \
         FROM information_schema.views WHERE table_schema = DATABASE()",
    ),
    (
        "trigger",
        "SELECT trigger_name, CONCAT_WS(' | ', action_timing, event_manipulation, event_object_table, action_statement, \
         action_order) FROM information_schema.triggers WHERE event_object_schema = DATABASE()",
    ),
    (
        "routine",
        "SELECT routine_name, CONCAT_WS(' | ', routine_type, routine_definition, is_deterministic, sql_data_access, \
         security_type, routine_comment) FROM information_schema.routines WHERE routine_schema = DATABASE()",
    ),
    (
        "parameter",
        "SELECT CONCAT(specific_name, '.', ordinal_position), CONCAT_WS(' | ', parameter_mode, parameter_name, \
         dtd_identifier) FROM information_schema.parameters WHERE specific_schema = DATABASE()",
    ),
    (
        "event",
        "SELECT event_name, CONCAT_WS(' | ', event_definition, event_type, execute_at, interval_value, interval_field, \
         status, on_completion, event_comment) FROM information_schema.events WHERE event_schema = DATABASE()",
    ),
];

/// Takes down everything in the core schema.
pub async fn snapshot(fresh: &Fresh) -> Snapshot {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let taken = match fresh.kind {
        ServerKind::Sqlite => of_sqlite(session.as_mut()).await,
        ServerKind::MariaDb | ServerKind::MySql => of_server(session.as_mut(), &fresh.schemas().core).await,
    };
    session.close().await;
    taken
}

async fn of_server(session: &mut dyn Session, core: &str) -> Snapshot {
    ask(session, &format!("USE {}", quoted(core))).await;
    let mut taken = Snapshot::new();
    let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
                  AND table_type = 'BASE TABLE' ORDER BY 1";
    for table in ask(session, tables).await {
        let table = table.get_text(0);
        let created = ask(session, &format!("SHOW CREATE TABLE {}", quoted(&table))).await;
        taken.insert(format!("table {table}"), without_counter(&created[0].get_text(1)));
        taken.insert(format!("rows {table}"), rows(session, &table).await);
    }
    for (kind, query) in OTHERS {
        for row in ask(session, query).await {
            taken.insert(format!("{kind} {}", row.get_text(0)), row.get_text(1));
        }
    }
    taken
}

async fn of_sqlite(session: &mut dyn Session) -> Snapshot {
    let mut taken = Snapshot::new();
    let all =
        "SELECT type, name, coalesce(sql, '') FROM main.sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2";
    for row in ask(session, all).await {
        let (kind, name) = (row.get_text(0), row.get_text(1));
        if kind == "table" {
            let columns = ask(session, &format!("SELECT * FROM pragma_table_info('{name}', 'main')")).await;
            taken.insert(format!("table {name}"), lines(&columns));
            taken.insert(format!("rows {name}"), rows(session, &name).await);
        } else {
            taken.insert(format!("{kind} {name}"), row.get_text(2));
        }
    }
    taken
}

async fn rows(session: &mut dyn Session, table: &str) -> String {
    let mut found: Vec<String> =
        ask(session, &format!("SELECT * FROM {}", quoted(table))).await.iter().map(line).collect();
    found.sort();
    found.join("\n")
}

fn lines(rows: &[Row]) -> String {
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(row: &Row) -> String {
    let value = |index| format!("{:?}", row.get(index));
    (0..row.len()).map(value).collect::<Vec<_>>().join(", ")
}

/// The next value of a counter is no part of a table's shape.
fn without_counter(text: &str) -> String {
    let words = text.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT="));
    words.collect::<Vec<_>>().join(" ")
}

async fn ask(session: &mut dyn Session, sql: &str) -> Vec<Row> {
    session.query_text(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn quoted(name: &str) -> String {
    // Both servers and SQLite take backquotes.
    quote_identifier(name, caribou::sql::Dialect::MySql).expect("a name")
}
