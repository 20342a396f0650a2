//! Objects that a statement changes by name: definitions and rows; and whether rows can be rolled back.

use crate::database::Definition;
use crate::kept;
use crate::sql::{ObjectName, Statement};

/// Tells whether a table's rows can be rolled back. One that is not there any more has none.
pub(crate) fn has_transactions(table: &Definition) -> bool {
    table.text.as_deref().is_none_or(|text| engine(text).is_some_and(kept::is_transactional))
}

/// The engine of a table as SHOW CREATE TABLE tells it: among the options, behind the columns.
fn engine(text: &str) -> Option<&str> {
    let options = text.lines().find(|line| line.starts_with(')'))?;
    options.split(" ENGINE=").nth(1)?.split_whitespace().next()
}

/// Tells why rows in such a table stay whatever happens.
pub(crate) fn stays(table: &Definition) -> String {
    let kind =
        table.text.as_deref().and_then(engine).map(|engine| format!("is a {engine} table and ")).unwrap_or_default();
    format!("{} {kind}has no transactions: rows written to it stay, whatever failed after them", table.object)
}

/// The tables whose rows a statement writes.
pub(crate) fn written_tables(statement: &Statement) -> Vec<ObjectName> {
    statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()).collect()
}

/// The objects whose definitions a statement changes.
pub(crate) fn changed(statement: &Statement) -> Vec<ObjectName> {
    // Under LOCK TABLES, as dumps have it, MariaDB lets nobody else look at a table whose indexes were switched off.
    if !statement.analysis.kind.is_ddl()
        || statement.analysis.only_switches_indexes()
        || statement.analysis.is_temporary()
    {
        return Vec::new();
    }
    statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ObjectKind;

    #[test]
    fn switching_indexes_off_changes_no_definition() {
        let text = "ALTER TABLE t DISABLE KEYS; ALTER TABLE t ENABLE KEYS, ADD a INT; ALTER TABLE t ADD b INT";
        let statements = crate::sql::statements(text, crate::sql::Dialect::MariaDb).unwrap();
        let counts: Vec<usize> = statements.iter().map(|statement| changed(statement).len()).collect();
        assert_eq!(counts, [0, 1, 1]);
    }

    fn transactional(text: &str) -> bool {
        has_transactions(&Definition { object: ObjectName::new(ObjectKind::Table, "t"), text: Some(text.to_owned()) })
    }

    #[test]
    fn the_engine_of_a_table_is_the_one_of_its_options() {
        assert!(transactional("CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"));
        assert!(transactional("CREATE TABLE `t` (\n  `a` int\n) /*!50100 TABLESPACE `s` */ ENGINE=ROCKSDB"));
        assert!(!transactional("CREATE TABLE `t` (\n  `a` int\n) ENGINE=MyISAM COMMENT='was ENGINE=InnoDB'"));
        assert!(!transactional("CREATE TABLE `t` (\n  `a` int COMMENT ') ENGINE=InnoDB'\n) ENGINE=Aria"));
        assert!(!transactional("CREATE VIEW `t` AS select 1"));
    }
}
