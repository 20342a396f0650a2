//! The schema of core as SQLite holds it: the text of every table, view, index and trigger as it was written, and the
//! numbers that a file has for its applications.

use crate::database::{OURS_IN_CORE, ServerKind, Session};
use crate::model::SchemaLine;
use crate::store::Result;
use std::collections::BTreeMap;

/// Numbers of the file that its applications set, and that are part of what a migration changes.
pub const NUMBERS: [&str; 2] = ["user_version", "application_id"];

/// Every table and view by its name, each with its lines: itself first, then what goes with it.
///
/// # Errors
/// The database's.
pub async fn lines(session: &mut dyn Session) -> Result<BTreeMap<String, Vec<SchemaLine>>> {
    let mut found: BTreeMap<String, Vec<SchemaLine>> = BTreeMap::new();
    if session.kind() != ServerKind::Sqlite {
        return Ok(found);
    }
    let sql = format!(
        "SELECT type, name, sql, tbl_name FROM main.sqlite_master WHERE sql IS NOT NULL AND \
         substr(name, 1, 7) <> 'sqlite_' AND substr(name, 1, {}) <> '{OURS_IN_CORE}' ORDER BY type IN ('table', 'view') \
         DESC, type = 'trigger', name",
        OURS_IN_CORE.len(),
    );
    for row in session.query(&sql, &[]).await? {
        let line = SchemaLine { kind: row.get_text(0), name: row.get_text(1), sql: row.get_text(2) };
        let of = row.get_text(3);
        // What a line belongs to may be spelled in another case there.
        let owner = found.keys().find(|name| name.eq_ignore_ascii_case(&of)).cloned();
        let owner = if line.is_relation() { line.name.clone() } else { owner.unwrap_or(of) };
        found.entry(owner).or_default().push(line);
    }
    Ok(found)
}

/// One of the [`NUMBERS`].
///
/// # Errors
/// The database's.
pub async fn number(session: &mut dyn Session, name: &str) -> Result<i64> {
    let rows = session.query(&format!("PRAGMA main.{name}"), &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get_i64(0)))
}
