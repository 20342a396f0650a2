//! Tables that should stand there, read from the very files that make it: one column a line.

use super::{Result, Store};
use crate::database::ServerKind;

/// A table as `assets/schema` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableSpec {
    /// `orchestration` or `ephemeral`: the role, not the configured name.
    pub schema: String,
    /// Without prefix.
    pub name: String,
    /// Name and definition.
    pub columns: Vec<(String, String)>,
    /// The columns of its primary key.
    pub key: String,
    /// Further indexes: name, columns.
    pub indexes: Vec<(String, String)>,
}

const MYSQL: [&str; 3] = [
    include_str!("../../assets/schema/mysql/eight.sql"),
    include_str!("../../assets/schema/mysql/added.sql"),
    include_str!("../../assets/schema/mysql/ephemeral.sql"),
];
const SQLITE: [&str; 3] = [
    include_str!("../../assets/schema/sqlite/eight.sql"),
    include_str!("../../assets/schema/sqlite/added.sql"),
    include_str!("../../assets/schema/sqlite/ephemeral.sql"),
];

/// The three routines, and the files that create them. SQLite has none.
pub(super) const PROCEDURES: [(&str, &str); 3] = [
    ("submit_command", include_str!("../../assets/schema/mysql/submit_command.sql")),
    ("submit_decision", include_str!("../../assets/schema/mysql/submit_decision.sql")),
    ("touch_session", include_str!("../../assets/schema/mysql/touch_session.sql")),
];

/// Every table, in the order in which they are made.
pub(super) fn expected(kind: ServerKind) -> Vec<TableSpec> {
    files(kind).iter().flat_map(|file| statements(file)).fold(Vec::new(), |mut tables, statement| {
        match table(statement) {
            Some(spec) => tables.push(spec),
            None => index(statement, &mut tables),
        }
        tables
    })
}

fn files(kind: ServerKind) -> &'static [&'static str; 3] {
    match kind {
        ServerKind::Sqlite => &SQLITE,
        ServerKind::MariaDb | ServerKind::MySql => &MYSQL,
    }
}

/// The statements of our own files: each ends with a semicolon at the end of a line.
fn statements(file: &str) -> impl Iterator<Item = &str> {
    file.split(";\n").map(without_comments).filter(|statement| !statement.is_empty())
}

fn without_comments(statement: &str) -> &str {
    let mut rest = statement.trim();
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
    }
    rest
}

fn table(statement: &str) -> Option<TableSpec> {
    let rest = statement.strip_prefix("CREATE TABLE IF NOT EXISTS {")?;
    let (name, body) = rest.split_once("} (\n")?;
    let (schema, name) = name.split_once('.')?;
    let mut spec = TableSpec {
        schema: schema.to_owned(),
        name: name.to_owned(),
        columns: Vec::new(),
        key: String::new(),
        indexes: Vec::new(),
    };
    for line in body.lines().filter(|line| line.starts_with("  ")) {
        let line = line.trim().trim_end_matches(',');
        if let Some(key) = line.strip_prefix("PRIMARY KEY (") {
            spec.key = key.trim_end_matches(')').to_owned();
        } else if let Some((name, columns)) = line.strip_prefix("KEY ").and_then(|rest| rest.split_once(" (")) {
            spec.indexes.push((name.to_owned(), columns.trim_end_matches(')').to_owned()));
        } else if let Some((column, definition)) = line.split_once(' ') {
            spec.columns.push((column.to_owned(), definition.to_owned()));
        }
    }
    Some(spec)
}

/// SQLite's indexes are statements of their own.
fn index(statement: &str, tables: &mut [TableSpec]) {
    let parts = statement.strip_prefix("CREATE INDEX IF NOT EXISTS {").and_then(|rest| {
        let (name, rest) = rest.split_once("} ON {table.")?;
        let (table, columns) = rest.split_once("} (")?;
        Some((name.split_once('.')?.1, table, columns.trim_end_matches(')')))
    });
    if let Some((name, table, columns)) = parts
        && let Some(spec) = tables.iter_mut().find(|spec| spec.name == table)
    {
        spec.indexes.push((name.to_owned(), columns.to_owned()));
    }
}

impl TableSpec {
    /// The configured name of its schema.
    pub(super) fn schema_name<'a>(&self, store: &'a Store) -> &'a str {
        if self.schema == "ephemeral" { &store.schemas().ephemeral } else { &store.schemas().orchestration }
    }

    /// Its full name, quoted.
    pub(super) fn full_name(&self, store: &Store) -> Result<String> {
        store.fill(&format!("{{{}.{}}}", self.schema, self.name))
    }

    /// The statement that makes it.
    pub(super) fn create(&self, store: &Store) -> Result<String> {
        let text = files(store.kind()).iter().flat_map(|file| statements(file));
        let head = format!("CREATE TABLE IF NOT EXISTS {{{}.{}}} (", self.schema, self.name);
        let text = text.into_iter().find(|statement| statement.starts_with(&head)).unwrap_or_default();
        store.fill(text)
    }
}

impl Store {
    /// The names of the orchestration schema's tables, as they stand there.
    pub fn own_tables(&self) -> Vec<String> {
        let orchestration = expected(self.kind()).into_iter().filter(|table| table.schema == "orchestration");
        orchestration.map(|table| format!("{}{}", self.prefix(), table.name)).collect()
    }
}

/// The longest text of a column, in bytes, where a longer one is cut rather than refused. A path is never cut.
pub(super) fn longest(column: &str) -> Option<usize> {
    const TEXT: usize = 65_535;
    match column {
        "error_message" | "validation_result" | "dependency_description" | "user_message" | "alert_message" => {
            Some(TEXT)
        }
        _ => None,
    }
}

/// The text as the column takes it: cut at a character's boundary.
pub(super) fn fitted<'a>(column: &str, text: &'a str) -> &'a str {
    match longest(column) {
        Some(most) if text.len() > most => &text[..text.floor_char_boundary(most)],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::projection::Table;

    #[test]
    fn the_files_describe_the_eight_tables_column_for_column() {
        for kind in [ServerKind::Sqlite, ServerKind::MariaDb] {
            let tables = expected(kind);
            assert_eq!(tables.len(), 8 + 10 + 5);
            for table in Table::ALL {
                let spec = tables.iter().find(|t| t.name == table.name()).expect("the table");
                assert_eq!(spec.key, table.key());
                let names: Vec<&str> = spec.columns.iter().map(|(name, _)| name.as_str()).collect();
                let model: Vec<&str> = std::iter::once(table.key()).chain(table.columns().map(|c| c.name)).collect();
                assert_eq!(names, model, "{kind} {}", table.name());
            }
        }
    }

    #[test]
    fn both_dialects_have_the_same_tables_columns_and_indexes() {
        let shape = |kind| -> Vec<_> {
            let names = |t: TableSpec| {
                (t.schema, t.name, t.key, t.indexes, t.columns.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
            };
            expected(kind).into_iter().map(names).collect()
        };
        assert_eq!(shape(ServerKind::Sqlite), shape(ServerKind::MySql));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = "ä".repeat(40_000);
        assert_eq!(fitted("error_message", &text).len(), 65_534);
        assert_eq!(fitted("file_path", &text).len(), 80_000);
    }
}
