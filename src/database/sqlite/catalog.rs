//! The objects in the files, and the identity of these.

use super::{errors, rows};
use crate::database::{DbError, ErrorKind, Row};
use crate::sql::{Dialect, ObjectKind, ObjectName, quote_identifier};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Prefix of our own tables in core. They stand there while a batch runs, and are nobody's business: no list of core's
/// tables has them.
pub const OURS_IN_CORE: &str = "caribou$";

async fn list(connection: &mut SqliteConnection, doing: impl FnOnce() -> String) -> Result<Vec<Row>, DbError> {
    let found = sqlx::query("PRAGMA database_list").fetch_all(connection).await;
    let found = found.map_err(|error| errors::running(error, doing()))?;
    let mut reader = rows::Reader::default();
    Ok(found.iter().map(|row| reader.read(row)).collect())
}

/// The names under which a connection sees its files; what is in memory has none.
pub(super) async fn files(connection: &mut SqliteConnection) -> Result<Vec<String>, DbError> {
    let rows = list(connection, || "list the files".to_owned()).await?;
    Ok(rows.iter().filter(|row| !row.get_text(2).is_empty()).map(|row| row.get_text(1)).collect())
}

/// The name under which a connection sees a schema: as attached, or `main` for a file that was opened itself.
pub(super) async fn alias(
    connection: &mut SqliteConnection,
    schema: &str,
    file: &Path,
) -> Result<Option<String>, DbError> {
    let rows = list(connection, || format!("look for the schema {schema}")).await?;
    if rows.iter().any(|row| row.get_text(1).eq_ignore_ascii_case(schema)) {
        return Ok(Some(schema.to_owned()));
    }
    let name = file.file_name();
    let is_main = |row: &&Row| row.get_text(1) == "main" && Path::new(&row.get_text(2)).file_name() == name;
    Ok(rows.iter().find(is_main).map(|_| "main".to_owned()))
}

/// The tables and views of the schema seen under `alias`; not those of ours that stand in core for a while.
pub(super) async fn relations(
    connection: &mut SqliteConnection,
    alias: &str,
    schema: &str,
) -> Result<Vec<ObjectName>, DbError> {
    let alias = quote_identifier(alias, Dialect::Sqlite)?;
    let sql = format!(
        "SELECT name, type FROM {alias}.sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' \
         ESCAPE '\\' AND name NOT LIKE '{OURS_IN_CORE}%' ORDER BY name"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await;
    let found = found.map_err(|error| errors::running(error, format!("list the tables of {schema}")))?;
    let mut reader = rows::Reader::default();
    let object = |row: Row| {
        let kind = if row.get_text(1) == "view" { ObjectKind::View } else { ObjectKind::Table };
        ObjectName::qualified(kind, schema, row.get_text(0))
    };
    Ok(found.iter().map(|row| object(reader.read(row))).collect())
}

/// The file's inode and full path: a file that was copied or restored elsewhere is another one. VACUUM keeps both.
pub(super) fn identity(file: &Path) -> Result<String, DbError> {
    let wrong = |error: std::io::Error| {
        DbError::new(ErrorKind::Disk, format!("ask which file {} is", file.display()), error.to_string())
    };
    let path = file.canonicalize().map_err(wrong)?;
    let inode = path.metadata().map_err(wrong)?.ino();
    let digest = Sha256::digest(format!("{inode}\n{}", path.display()).as_bytes());
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sqlite:{short}"))
}
