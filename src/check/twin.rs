//! Empty twin of a table, on which the server is asked what a statement would do, and by which means.
//!
//! A twin stands for a moment only: a temporary one, or, where the means are asked for, one in a schema of our own.

use super::means::Means;
use crate::database::{DbError, Session};
use crate::sql::{Dialect, ObjectKind, ObjectName, Statement, StatementKind, quote_name};
use crate::undo::{Word, words};
use std::time::Duration;

/// The name of every twin, before the number of its connection.
const PREFIX: &str = "caribou_twin_";

/// A twin that stands.
#[derive(Debug)]
pub(super) struct Twin {
    name: ObjectName,
    /// Quoted.
    quoted: String,
    temporary: bool,
}

impl Twin {
    /// A temporary twin: no other session sees it, and no foreign key of the table is on it.
    pub(super) async fn temporary(
        session: &mut dyn Session,
        table: &ObjectName,
        dialect: Dialect,
    ) -> Result<Twin, DbError> {
        let twin = Twin::named(session, table.schema.as_deref().unwrap_or_default(), true, dialect)?;
        let sql = format!("CREATE TEMPORARY TABLE {} LIKE {}", twin.quoted, quote_name(table, dialect)?);
        session.run(&sql).await?;
        Ok(twin)
    }

    /// A twin in a schema of ours, with everything that the table's definition says.
    pub(super) async fn in_schema(
        session: &mut dyn Session,
        (table, definition): (&ObjectName, &str),
        schema: &str,
        dialect: Dialect,
    ) -> Result<Option<Twin>, DbError> {
        let twin = Twin::named(session, schema, false, dialect)?;
        let Some(sql) = renamed(definition, "TABLE", &twin.quoted, table, dialect) else { return Ok(None) };
        session.run(&format!("DROP TABLE IF EXISTS {}", twin.quoted)).await?;
        session.run(&sql).await?;
        Ok(Some(twin))
    }

    fn named(session: &dyn Session, schema: &str, temporary: bool, dialect: Dialect) -> Result<Twin, DbError> {
        let name = ObjectName::qualified(ObjectKind::Table, schema, format!("{PREFIX}{}", session.connection_id()));
        let quoted = quote_name(&name, dialect)?;
        Ok(Twin { name, quoted, temporary })
    }

    /// Its definition, as a table's that is not temporary.
    pub(super) async fn definition(&self, session: &mut dyn Session) -> Result<String, DbError> {
        let rows = session.query_text(&format!("SHOW CREATE TABLE {}", self.quoted)).await?;
        let text = rows.first().map(|row| row.get_text(1)).unwrap_or_default();
        Ok(text.replacen("CREATE TEMPORARY TABLE", "CREATE TABLE", 1))
    }

    /// The statement, meant for the twin; nothing where it cannot be.
    pub(super) fn statement(&self, statement: &Statement, table: &ObjectName, dialect: Dialect) -> Option<String> {
        let keyword = if statement.analysis.kind == StatementKind::AlterTable { "TABLE" } else { "ON" };
        renamed(statement.plain(), keyword, &self.quoted, table, dialect)
    }

    /// The same by certain means.
    pub(super) fn by(text: &str, means: Means, kind: StatementKind) -> String {
        format!("{text}{}", means.clause(kind))
    }

    /// InnoDB's number of the table, which changes when it is rebuilt; nothing where the account may not see it.
    pub(super) async fn number(&self, session: &mut dyn Session, dialect: Dialect) -> Option<u64> {
        let view = if dialect == Dialect::MariaDb { "INNODB_SYS_TABLES" } else { "INNODB_TABLES" };
        let name = format!("{}/{}", self.name.schema.as_deref().unwrap_or_default(), self.name.name);
        let sql = format!("SELECT TABLE_ID FROM information_schema.{view} WHERE NAME = ?");
        let rows = session.query(&sql, &[name.as_str().into()]).await.ok()?;
        rows.first().map(|row| row.get_u64(0))
    }

    /// Takes it down.
    pub(super) async fn drop(self, session: &mut dyn Session) -> Result<(), DbError> {
        let temporary = if self.temporary { "TEMPORARY " } else { "" };
        session.run(&format!("DROP {temporary}TABLE IF EXISTS {}", self.quoted)).await.map(drop)
    }
}

/// Drops the twins in a schema of ours that whoever made them left behind: as old as that at least, and of a connection
/// that this account does not see. Number of those dropped.
///
/// # Errors
/// The database's.
pub async fn drop_twins_left(session: &mut dyn Session, schema: &str, age: Duration) -> Result<u64, DbError> {
    let dialect = session.kind().dialect();
    if !dialect.is_mysql_family() {
        return Ok(0);
    }
    let sql = format!(
        "SELECT t.TABLE_NAME FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME LIKE \
         '{}%' AND t.CREATE_TIME <= NOW() - INTERVAL ? SECOND AND NOT EXISTS (SELECT 1 FROM \
         information_schema.PROCESSLIST p WHERE t.TABLE_NAME = CONCAT('{PREFIX}', p.ID))",
        PREFIX.replace('_', "\\_")
    );
    let rows = session.query(&sql, &[schema.into(), age.as_secs().into()]).await?;
    for row in &rows {
        let twin = ObjectName::qualified(ObjectKind::Table, schema, row.get_text(0));
        session.run(&format!("DROP TABLE IF EXISTS {}", quote_name(&twin, dialect)?)).await?;
    }
    Ok(rows.len() as u64)
}

/// The text with another name for the table behind the first such keyword, and with the table's schema before every name
/// that it refers to without one.
fn renamed(text: &str, keyword: &str, name: &str, table: &ObjectName, dialect: Dialect) -> Option<String> {
    let words = words(text, dialect).ok()?;
    let mut at = words.iter().position(|word| word.depth == 0 && word.is(keyword))? + 1;
    for skipped in ["IF", "NOT", "EXISTS"] {
        at += usize::from(words.get(at).is_some_and(|word| word.is(skipped)));
    }
    let (start, end) = span(&words, at)?;
    let schema = quote_name(&ObjectName::new(ObjectKind::Table, table.schema.as_deref()?), dialect).ok()?;
    let mut out = format!("{}{name}", &text[..start]);
    let mut done = end;
    for (index, _) in words.iter().enumerate().filter(|(_, word)| word.is("REFERENCES")) {
        let named = words.get(index + 1).filter(|word| word.is_name())?;
        if !words.get(index + 2).is_some_and(|word| word.is_symbol(".")) {
            out.push_str(&text[done..named.start]);
            out.push_str(&schema);
            out.push('.');
            done = named.start;
        }
    }
    out.push_str(&text[done..]);
    Some(out)
}

/// Gives the bytes from which to which a name with or without a schema reaches.
fn span(words: &[Word<'_>], at: usize) -> Option<(usize, usize)> {
    let first = words.get(at).filter(|word| word.is_name())?;
    let dotted = words.get(at + 1).is_some_and(|word| word.is_symbol("."));
    let last = if dotted { words.get(at + 2)? } else { first };
    Some((first.start, last.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_twin(text: &str, keyword: &str) -> Option<String> {
        let table = ObjectName::qualified(ObjectKind::Table, "core", "t");
        renamed(text, keyword, "`s`.`twin`", &table, Dialect::MySql)
    }

    #[test]
    fn a_statement_is_meant_for_the_twin_and_its_parents_stay_where_they_are() {
        for (text, keyword, wanted) in [
            ("ALTER TABLE t ADD a INT", "TABLE", "ALTER TABLE `s`.`twin` ADD a INT"),
            (
                "ALTER TABLE IF EXISTS core . `t` ADD `TABLE` INT",
                "TABLE",
                "ALTER TABLE IF EXISTS `s`.`twin` ADD `TABLE` INT",
            ),
            ("CREATE UNIQUE INDEX u ON t (a)", "ON", "CREATE UNIQUE INDEX u ON `s`.`twin` (a)"),
            (
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id), ADD FOREIGN KEY (b) REFERENCES x.q (id)",
                "TABLE",
                "ALTER TABLE `s`.`twin` ADD FOREIGN KEY (a) REFERENCES `core`.p (id), ADD FOREIGN KEY (b) REFERENCES x.q (id)",
            ),
            ("CREATE TABLE `t` (\n  `a` int\n)", "TABLE", "CREATE TABLE `s`.`twin` (\n  `a` int\n)"),
        ] {
            assert_eq!(on_twin(text, keyword).as_deref(), Some(wanted));
        }
        assert_eq!(on_twin("ALTER TABLE", "TABLE"), None);
    }
}
