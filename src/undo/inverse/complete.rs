//! Statements beside a table's own: what columns need that their definitions alone do not make of them, and the mode in
//! which a server takes zero dates.

use super::column::{Charset, Column};
use super::table::Table;
use super::types::NoInverse;
use crate::sql::{Dialect, quote_identifier};

/// Statements that make of columns what their definitions alone do not: they inherited a character set that is no longer
/// their table's, or have no default although they can be NULL.
pub(crate) fn complete_columns(
    table: &str,
    columns: &[Column],
    before: &Table,
    dialect: Dialect,
) -> Result<Vec<String>, NoInverse> {
    let mut statements = Vec::new();
    for column in columns {
        let Charset::InheritedOnce(charset) = &column.charset else { continue };
        let name = quote_identifier(&column.name, dialect)?;
        statements.push(format!(
            "ALTER TABLE {table} DEFAULT CHARACTER SET {charset}, MODIFY COLUMN {name} {}",
            column.inheriting()?
        ));
    }
    if !statements.is_empty() {
        let clause = before.options.charset_clause();
        let clause = clause.ok_or_else(|| NoInverse::because("the table had no default character set"))?;
        statements.push(format!("ALTER TABLE {table} {clause}"));
    }
    let mut drops = Vec::new();
    for column in columns.iter().filter(|column| column.dropped_default) {
        if dialect == Dialect::MariaDb {
            return Err(NoInverse::because(format!(
                "{} has no default though it can be NULL, which nothing brings about for certain",
                column.name
            )));
        }
        drops.push(format!("ALTER COLUMN {} DROP DEFAULT", quote_identifier(&column.name, dialect)?));
    }
    if !drops.is_empty() {
        statements.push(format!("ALTER TABLE {table} {}", drops.join(", ")));
    }
    Ok(statements)
}

/// The statements under a sql_mode that takes zero dates, and is otherwise the session's.
pub(crate) fn with_zero_dates(statements: Vec<String>) -> Vec<String> {
    let mut mode = "@@SESSION.sql_mode".to_owned();
    for word in ["NO_ZERO_DATE", "NO_ZERO_IN_DATE", "TRADITIONAL"] {
        mode = format!("REPLACE({mode}, '{word}', '')");
    }
    let mut all = vec![format!("SET @caribou_sql_mode = @@SESSION.sql_mode, SESSION sql_mode = {mode}")];
    all.extend(statements);
    all.push("SET SESSION sql_mode = @caribou_sql_mode".to_owned());
    all
}
