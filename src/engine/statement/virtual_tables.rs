//! Virtual tables of SQLite as the statements of a plan make and rename them: what a module holds is not kept, whatever
//! the table is called by then.

use crate::database::{DbError, ServerKind, Session};
use crate::sql::{How, ObjectKind, ObjectName, Statement, StatementKind};
use std::collections::BTreeSet;

/// Their names in core, in lower case.
#[derive(Debug, Default)]
pub(crate) struct VirtualTables(BTreeSet<String>);

impl VirtualTables {
    /// Those that stand now; none on a server.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn standing(session: &mut dyn Session) -> Result<VirtualTables, DbError> {
        if session.kind() != ServerKind::Sqlite {
            return Ok(VirtualTables::default());
        }
        let sql = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'";
        let rows = session.query(sql, &[]).await?;
        Ok(VirtualTables(rows.iter().map(|row| row.get_text(0).to_lowercase()).collect()))
    }

    /// A statement has run.
    pub(crate) fn advance(&mut self, statement: &Statement) {
        let analysis = &statement.analysis;
        if analysis.is_temporary() {
            return;
        }
        let mut is_renamed = false;
        for touch in analysis.touches.iter().filter(|touch| touch.object.kind == ObjectKind::Table) {
            let Some(name) = name_in_core(&touch.object) else { continue };
            match touch.how {
                How::RenamesFrom => is_renamed = self.0.remove(&name),
                How::Drops => {
                    self.0.remove(&name);
                }
                How::RenamesTo if is_renamed => {
                    self.0.insert(name);
                }
                How::Creates if analysis.kind == StatementKind::CreateTable && is_virtual(statement) => {
                    self.0.insert(name);
                }
                _ => {}
            }
        }
    }

    /// Reason why what a statement writes cannot be kept, if it writes into one of them.
    pub(crate) fn refuse(&self, statement: &Statement) -> Option<String> {
        let mut written = statement.analysis.touches.iter().filter(|touch| touch.how == How::Writes);
        let found = written.find(|touch| name_in_core(&touch.object).is_some_and(|name| self.0.contains(&name)))?;
        Some(format!("{} is a virtual table", found.object))
    }
}

fn name_in_core(object: &ObjectName) -> Option<String> {
    let of_core = object.schema.as_ref().is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
    of_core.then(|| object.name.to_lowercase())
}

fn is_virtual(statement: &Statement) -> bool {
    statement.plain().split_whitespace().nth(1).is_some_and(|word| word.eq_ignore_ascii_case("VIRTUAL"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, statements};

    #[test]
    fn a_virtual_table_stays_one_by_another_name() {
        let text = "CREATE VIRTUAL TABLE a USING fts5(x); ALTER TABLE A RENAME TO b; INSERT INTO b VALUES (1); \
                    INSERT INTO a VALUES (1); DROP TABLE b; INSERT INTO b VALUES (1)";
        let mut tables = VirtualTables::default();
        let mut refused = Vec::new();
        for statement in statements(text, Dialect::Sqlite).unwrap() {
            refused.extend(tables.refuse(&statement).map(|_| statement.index));
            tables.advance(&statement);
        }
        assert_eq!(refused, [2]);
    }
}
