//! The facts of a table on SQLite, from its pragmas.

use super::table::{ColumnFacts, ForeignKey, Found, ObjectNameKey, TableFacts, TriggerFacts};
use crate::database::{Row, Session, Value};
use crate::sql::{Dialect, ObjectName, identifiers, quote_identifier, trigger};
use crate::store::Result;

/// Names of the rowid; a column of the same name hides it.
const ROWID: [&str; 3] = ["rowid", "_rowid_", "oid"];

pub(crate) async fn facts(session: &mut dyn Session, table: &ObjectName) -> Result<Found> {
    let schema = table.schema.clone().filter(|schema| !schema.eq_ignore_ascii_case("main"));
    let alias = schema.as_deref().unwrap_or("main");
    if table.schema.is_none() && !master(session, "temp", &table.name).await?.is_empty() {
        return Ok(Found::Temporary);
    }
    // One that the file had attached is gone with its session.
    let attached = "SELECT 1 FROM pragma_database_list WHERE name = ? COLLATE NOCASE";
    if schema.is_some() && session.query(attached, &[alias.into()]).await?.is_empty() {
        return Ok(Found::Missing);
    }
    let found = master(session, alias, &table.name).await?;
    let Some(row) = found.first() else { return Ok(Found::Missing) };
    let sql = row.get_text(2);
    let virtual_table = sql.get(..14).is_some_and(|head| head.eq_ignore_ascii_case("CREATE VIRTUAL"));
    if row.get_text(0) != "table" || virtual_table {
        return Ok(Found::NoTable);
    }
    let mut facts = TableFacts {
        schema: schema.clone(),
        name: row.get_text(1),
        transactional: true,
        engine: "SQLite".to_owned(),
        replaces: replaces(&sql),
        ..TableFacts::default()
    };
    let of: [Value; 2] = [facts.name.as_str().into(), alias.into()];
    let columns = session.query("SELECT name, type, hidden, pk FROM pragma_table_xinfo(?, ?)", &of).await?;
    facts.columns = columns.iter().map(column).collect();
    // Asked of one schema: the function of that name reads all of them, and a transaction of the file that has read ours
    // could not write its receipt once the journal has gone on.
    let list = format!("PRAGMA {}.table_list({})", quoted(alias)?, quoted(&facts.name)?);
    let list = session.query_text(&list).await?;
    key(&mut facts, &columns, list.iter().any(|row| row.named("wr").is_some_and(|wr| wr.as_i64() == Some(1))));
    facts.uniques = uniques(session, &of).await?;
    facts.triggers = triggers(session, alias, &facts.name).await?;
    for key in foreign_keys(session, &schema, alias).await? {
        if key.table.1.eq_ignore_ascii_case(&facts.name) {
            facts.parents.push(key.clone());
        }
        if key.parent.1.eq_ignore_ascii_case(&facts.name) {
            facts.children.push(key);
        }
    }
    Ok(Found::Table(Box::new(facts)))
}

/// True if a key of a table says that a new row takes the place of those that stand against it.
fn replaces(sql: &str) -> bool {
    let words = identifiers(sql, Dialect::Sqlite);
    let says = |three: &[String]| {
        three.iter().zip(["ON", "CONFLICT", "REPLACE"]).all(|(word, wanted)| word.eq_ignore_ascii_case(wanted))
    };
    words.windows(3).any(says)
}

fn quoted(name: &str) -> Result<String> {
    Ok(quote_identifier(name, Dialect::Sqlite)?)
}

async fn master(session: &mut dyn Session, alias: &str, name: &str) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT type, name, sql FROM {}.sqlite_master WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE",
        quoted(alias)?
    );
    Ok(session.query(&sql, &[name.into()]).await?)
}

fn column(row: &Row) -> ColumnFacts {
    ColumnFacts {
        name: row.get_text(0),
        data_type: row.get_text(1).to_ascii_lowercase(),
        column_type: row.get_text(1),
        generated: row.get_i64(2) != 0,
        ..ColumnFacts::default()
    }
}

/// The rowid, or the primary key of a table without one.
fn key(facts: &mut TableFacts, columns: &[Row], without_rowid: bool) {
    let mut primary: Vec<(i64, String)> =
        columns.iter().filter(|row| row.get_i64(3) > 0).map(|row| (row.get_i64(3), row.get_text(0))).collect();
    primary.sort();
    let primary: Vec<String> = primary.into_iter().map(|(_, name)| name).collect();
    if without_rowid {
        facts.key = primary;
        return;
    }
    let hidden = |name: &&str| facts.column(name).is_none();
    facts.key = ROWID.iter().copied().find(hidden).map(str::to_owned).into_iter().collect();
    if let [only] = primary.as_slice() {
        facts.rowid_column =
            facts.column(only).filter(|column| column.data_type == "integer").map(|column| column.name.clone());
    }
}

async fn uniques(session: &mut dyn Session, of: &[Value; 2]) -> Result<Vec<Vec<String>>> {
    let indexes =
        session.query("SELECT name FROM pragma_index_list(?, ?) WHERE \"unique\" AND NOT partial", of).await?;
    let mut uniques = Vec::new();
    for index in indexes {
        let of: [Value; 2] = [index.get_text(0).into(), of[1].clone()];
        let parts = session.query("SELECT name FROM pragma_index_info(?, ?) ORDER BY seqno", &of).await?;
        // An expression has no column.
        if let Some(columns) = parts.iter().map(|row| row.opt_text(0)).collect::<Option<Vec<String>>>() {
            uniques.push(columns);
        }
    }
    Ok(uniques)
}

/// The triggers of a table or view, those of the session among them.
pub(crate) async fn triggers(session: &mut dyn Session, alias: &str, table: &str) -> Result<Vec<TriggerFacts>> {
    let sql = format!(
        "SELECT name, sql FROM {}.sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE UNION ALL SELECT \
         name, sql FROM temp.sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE",
        quoted(alias)?
    );
    let rows = session.query(&sql, &[table.into()]).await?;
    let facts = |row: &Row| {
        let read = trigger(&row.get_text(1));
        TriggerFacts {
            name: row.get_text(0),
            event: read.as_ref().map_or(String::new(), |read| read.event.to_owned()),
            schema: None,
            writes: read.and_then(|read| read.writes),
            ..TriggerFacts::default()
        }
    };
    Ok(rows.iter().map(facts).collect())
}

/// All foreign keys of a schema.
async fn foreign_keys(session: &mut dyn Session, schema: &Option<String>, alias: &str) -> Result<Vec<ForeignKey>> {
    let sql = format!(
        "SELECT m.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_delete, f.on_update FROM {}.sqlite_master m, \
         pragma_foreign_key_list(m.name, ?) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq",
        quoted(alias)?
    );
    let rows = session.query(&sql, &[alias.into()]).await?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    for row in &rows {
        let (child, id) = (row.get_text(0), row.get_i64(1));
        if keys.last().is_none_or(|(last, key)| *last != id || key.table.1 != child) {
            let named = |name: String| -> ObjectNameKey { (schema.clone(), name) };
            let key = ForeignKey {
                table: named(child),
                parent: named(row.get_text(2)),
                on_delete: row.get_text(5),
                on_update: row.get_text(6),
                ..ForeignKey::default()
            };
            keys.push((id, key));
        }
        if let Some((_, key)) = keys.last_mut() {
            key.columns.push(row.get_text(3));
            // Without a column the parent's primary key is meant.
            key.parent_columns.extend(row.opt_text(4));
        }
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

#[cfg(test)]
mod tests {
    use super::replaces;

    #[test]
    fn a_key_that_takes_the_place_of_others_is_found() {
        assert!(replaces("CREATE TABLE t (a INT UNIQUE on /* x */ conflict\nreplace)"));
        assert!(!replaces("CREATE TABLE t (a INT UNIQUE ON CONFLICT IGNORE, b DEFAULT 'ON CONFLICT REPLACE')"));
    }
}
