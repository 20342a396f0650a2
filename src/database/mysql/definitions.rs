//! Definitions as SHOW CREATE gives them, made canonical.

use crate::database::{DbError, Definition, ErrorKind, Row, Session, Value};
use crate::model::Place;
use crate::sql::{Dialect, MadeUnder, ObjectKind, ObjectName, quote_identifier};

/// Question for the definition of a kind of object: the statement's head, and the columns that make its text.
fn question(kind: ObjectKind) -> (&'static str, &'static [&'static str]) {
    match kind {
        // A view where a table is asked for answers as a view.
        ObjectKind::Table => ("SHOW CREATE TABLE", &["Create Table", "Create View"]),
        ObjectKind::View => ("SHOW CREATE VIEW", &["Create View"]),
        ObjectKind::Trigger => ("SHOW CREATE TRIGGER", &["sql_mode", "SQL Original Statement"]),
        ObjectKind::Procedure => ("SHOW CREATE PROCEDURE", &["sql_mode", "Create Procedure"]),
        ObjectKind::Function => ("SHOW CREATE FUNCTION", &["sql_mode", "Create Function"]),
        ObjectKind::Event => ("SHOW CREATE EVENT", &["sql_mode", "time_zone", "Create Event"]),
        ObjectKind::Schema => ("SHOW CREATE DATABASE", &["Create Database"]),
        ObjectKind::Sequence => ("SHOW CREATE SEQUENCE", &["Create Table"]),
        ObjectKind::Index => ("", &[]),
    }
}

/// Indexes of a name, whatever their table: a statement's index is named without it only in the analysis.
const INDEXES: &str = "SELECT TABLE_NAME, NON_UNIQUE, INDEX_TYPE, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART, COLLATION \
     FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND INDEX_NAME = ? ORDER BY TABLE_NAME, SEQ_IN_INDEX";

/// The definition of one object; one round trip.
pub(super) async fn inspect(session: &mut dyn Session, core: &str, object: &ObjectName) -> Result<Definition, DbError> {
    let schema = object.schema.as_deref().unwrap_or(core);
    let text = match object.kind {
        ObjectKind::Index => index(session, schema, &object.name).await?,
        _ => shown(session, schema, object).await?,
    };
    Ok(Definition { object: object.clone(), text })
}

async fn index(session: &mut dyn Session, schema: &str, name: &str) -> Result<Option<String>, DbError> {
    let rows = session.query(INDEXES, &[schema.into(), name.into()]).await?;
    let line = |row: &Row| {
        let parts: Vec<String> = (0..row.len()).map(|i| row.opt_text(i).unwrap_or_else(|| "-".to_owned())).collect();
        parts.join(" ")
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    Ok(if lines.is_empty() { None } else { Some(lines.join("\n")) })
}

async fn shown(session: &mut dyn Session, schema: &str, object: &ObjectName) -> Result<Option<String>, DbError> {
    let (head, columns) = question(object.kind);
    let is_current = object.kind == ObjectKind::Schema && object.name.is_empty();
    let name = quote_identifier(if is_current { schema } else { &object.name }, Dialect::MySql)?;
    let sql = match object.kind {
        ObjectKind::Schema => format!("{head} {name}"),
        _ => format!("{head} {}.{name}", quote_identifier(schema, Dialect::MySql)?),
    };
    let rows = match session.query_text(&sql).await {
        Ok(rows) => rows,
        Err(error) if error.kind == ErrorKind::MissingObject => return Ok(None),
        // MariaDB: unknown sequence, or a table that is none.
        Err(error) if matches!(error.code.as_deref(), Some("4089" | "4091")) => return Ok(None),
        Err(error) => return Err(error.doing(format!("inspect the {} {object}", object.kind))),
    };
    let Some(row) = rows.first() else { return Ok(None) };
    let texts: Vec<String> = columns.iter().filter_map(|column| row.named(column)).filter_map(Value::as_text).collect();
    // The body is the last of the columns; the server hides it from accounts without the privilege.
    let hidden = columns.last().and_then(|column| row.named(column)).is_some_and(|value| *value == Value::Null);
    if texts.is_empty() || hidden {
        let message = "the server does not show its definition to this account";
        return Err(DbError::new(ErrorKind::Privilege, format!("inspect the {} {object}", object.kind), message));
    }
    let text = without_parked(&without_counter(&texts.join("\n")));
    Ok(Some(made_under(row, object.kind, text, session.kind().dialect())))
}

/// The text with what a view or a program was made under: before the text of a program, with its other settings, and
/// behind that of a view.
fn made_under(row: &Row, kind: ObjectKind, text: String, dialect: Dialect) -> String {
    let value = |column: &str| row.named(column).and_then(Value::as_text);
    let Some((charset, collation)) = value("character_set_client").zip(value("collation_connection")) else {
        return text;
    };
    let Some(line) = (MadeUnder { charset, collation }).line(dialect) else { return text };
    match kind {
        ObjectKind::Table | ObjectKind::View => format!("{text}\n{line}"),
        _ => match text.find("\nCREATE ") {
            Some(at) => format!("{}\n{line}{}", &text[..at], &text[at..]),
            None => text,
        },
    }
}

/// A table's text without ` AUTO_INCREMENT=n`, which stands directly after the engine in the options, on the last line
/// that begins with `) `: texts in comments have their line ends escaped.
fn without_counter(text: &str) -> String {
    const COUNTER: &str = " AUTO_INCREMENT=";
    let start = text.rfind("\n) ").and_then(|line| {
        let engine = line + text[line..].find(" ENGINE=")? + " ENGINE=".len();
        Some(engine + text[engine..].find(' ')?)
    });
    match start {
        Some(start) if text[start..].starts_with(COUNTER) => {
            let rest = text[start + COUNTER.len()..].trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{}{rest}", &text[..start])
        }
        _ => text.to_owned(),
    }
}

/// A table's text without columns that are parked in it: to whoever asks how it is defined, they are dropped. Each column
/// has a line of its own.
fn without_parked(text: &str) -> String {
    let is_parked = |line: &&str| {
        let name = line.strip_prefix("  `").and_then(|rest| rest.split('`').next());
        name.is_some_and(Place::is_parked)
    };
    if !text.lines().any(|line| is_parked(&line)) {
        return text.to_owned();
    }
    let mut lines: Vec<&str> = text.lines().filter(|line| !is_parked(line)).collect();
    let last = lines.iter().position(|line| line.starts_with(')')).and_then(|close| close.checked_sub(1));
    if let Some(last) = last.and_then(|at| lines.get_mut(at)) {
        *last = last.trim_end_matches(',');
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{without_counter, without_parked};

    #[test]
    fn a_parked_column_is_not_there() {
        let parked = "`parked$u1_2_0_0_0_20261203224512` int DEFAULT 7 /*!80023 INVISIBLE */";
        let bare = "CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB";
        assert_eq!(without_parked(&format!("CREATE TABLE `t` (\n  `a` int,\n  {parked}\n) ENGINE=InnoDB")), bare);
        assert_eq!(without_parked(&format!("CREATE TABLE `t` (\n  {parked},\n  `a` int\n) ENGINE=InnoDB")), bare);
        assert_eq!(without_parked(bare), bare);
    }

    #[test]
    fn only_the_counter_of_the_table_is_taken_out() {
        let head = "CREATE TABLE `t` (\n  `a` int COMMENT ' ENGINE=x AUTO_INCREMENT=7'\n)";
        for (options, expected) in [
            (" ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4", " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"),
            (" ENGINE=InnoDB COMMENT='x AUTO_INCREMENT=3'", " ENGINE=InnoDB COMMENT='x AUTO_INCREMENT=3'"),
            (
                " /*!50100 TABLESPACE `s` */ ENGINE=InnoDB AUTO_INCREMENT=3\n/*!50100 PARTITION BY KEY (a) */",
                " /*!50100 TABLESPACE `s` */ ENGINE=InnoDB\n/*!50100 PARTITION BY KEY (a) */",
            ),
            (" ENGINE=InnoDB", " ENGINE=InnoDB"),
        ] {
            assert_eq!(without_counter(&format!("{head}{options}")), format!("{head}{expected}"));
        }
    }
}
