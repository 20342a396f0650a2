//! A table of SQLite made anew in its old form: the one that stands is renamed away, the old one made from its text and
//! filled from it. So it has its own name all along, and its text is what it was, letter by letter.

use crate::database::{DbError, OURS_IN_CORE, Row, Session};
use crate::sql::{Dialect, quote_identifier};
use crate::store::{Result, StoreError};

/// Names of the rowid; a column of the same name hides it.
const ROWID: [&str; 3] = ["rowid", "_rowid_", "oid"];

pub(crate) fn quoted(name: &str) -> Result<String> {
    Ok(quote_identifier(name, Dialect::Sqlite)?)
}

pub(crate) fn sql_error(error: DbError, name: &str) -> StoreError {
    StoreError::Database(error.doing(format!("making {name} again as it was written")))
}

/// A column as it is declared.
struct Column {
    name: String,
    declared: String,
    /// It takes no NULL, and has no default to take its place.
    needs_value: bool,
}

/// Makes the table what its text says. Columns that it has in common with the one that stands keep their values, and rows
/// their rowid; a column that comes back has what its kind allows until its values are put back.
pub(crate) async fn reform(session: &mut dyn Session, name: &str, text: &str) -> Result<()> {
    let old_name = format!("{OURS_IN_CORE}old_{name}");
    let (old, new) = (format!("main.{}", quoted(&old_name)?), format!("main.{}", quoted(name)?));
    let counter = counter(session, name).await?;
    session.execute(&format!("ALTER TABLE {new} RENAME TO {}", quoted(&old_name)?), &[]).await?;
    session.run(text).await.map_err(|error| sql_error(error, name))?;
    let (is, was) = (columns(session, &old_name).await?, columns(session, name).await?);
    let rowid = rowid(session, (&old_name, &is), (name, &was)).await?;
    let (mut into, mut from): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    if let Some(rowid) = rowid {
        into.push(rowid.to_owned());
        from.push(rowid.to_owned());
    }
    for column in &was {
        let quoted = quoted(&column.name)?;
        match is.iter().any(|other| other.name.eq_ignore_ascii_case(&column.name)) {
            true => from.push(quoted.clone()),
            false if column.needs_value => from.push(filler(&column.declared).to_owned()),
            false => continue,
        }
        into.push(quoted);
    }
    let fill = format!("INSERT OR ABORT INTO {new} ({}) SELECT {} FROM {old}", into.join(", "), from.join(", "));
    if !into.is_empty() {
        session.execute(&fill, &[]).await?;
    }
    session.execute(&format!("DROP TABLE {old}"), &[]).await?;
    match counter {
        Some(counter) => set_counter(session, name, counter).await,
        None => Ok(()),
    }
}

/// The columns that hold values: neither generated nor hidden.
async fn columns(session: &mut dyn Session, table: &str) -> Result<Vec<Column>> {
    let sql = "SELECT name, type, \"notnull\", dflt_value FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0";
    let column = |row: &Row| Column {
        name: row.get_text(0),
        declared: row.get_text(1),
        needs_value: row.get_i64(2) != 0 && row.opt_text(3).is_none(),
    };
    Ok(session.query(sql, &[table.into()]).await?.iter().map(column).collect())
}

/// A name of the rowid that is nobody's column in both, where both have one.
async fn rowid(
    session: &mut dyn Session,
    (old, is): (&str, &[Column]),
    (new, was): (&str, &[Column]),
) -> Result<Option<&'static str>> {
    for name in [old, new] {
        let list = session.query_text(&format!("PRAGMA main.table_list({})", quoted(name)?)).await?;
        if list.iter().any(|row| row.named("wr").is_some_and(|wr| wr.as_i64() == Some(1))) {
            return Ok(None);
        }
    }
    let is_free = |name: &&&str| !is.iter().chain(was).any(|column| column.name.eq_ignore_ascii_case(name));
    Ok(ROWID.iter().find(is_free).copied())
}

/// Gives a value that a row takes in place of one that is put back afterwards.
fn filler(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let number = ["INT", "REAL", "NUM", "DEC", "DOUB", "FLOA", "BOOL"].iter().any(|part| declared.contains(part));
    match () {
        () if number => "0",
        () if declared.contains("BLOB") => "x''",
        () => "''",
    }
}

/// Reads the AUTOINCREMENT of a table; `None` where it has none.
pub(crate) async fn counter(session: &mut dyn Session, table: &str) -> Result<Option<i64>> {
    let has = "SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_sequence'";
    if session.query(has, &[]).await?.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT seq FROM main.sqlite_sequence WHERE name = ? COLLATE NOCASE";
    Ok(session.query(sql, &[table.into()]).await?.first().map(|row| row.get_i64(0)))
}

/// Sets it. One of a table without any is refused by nobody, and read by nobody.
pub(crate) async fn set_counter(session: &mut dyn Session, table: &str, value: i64) -> Result<()> {
    let values = [value.into(), table.into()];
    let sql = "UPDATE main.sqlite_sequence SET seq = ? WHERE name = ? COLLATE NOCASE";
    if session.execute(sql, &values).await? == 0 {
        session.execute("INSERT INTO main.sqlite_sequence (seq, name) VALUES (?, ?)", &values).await?;
    }
    Ok(())
}
