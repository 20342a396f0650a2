//! Statements of a script that change temporary objects only. A name is temporary from the statement that makes it so
//! until it is dropped or rolled back, of its own kind and in its own schema; in doubt it is the real one.

mod embedded;
mod server;

use super::{Dialect, Statement};

/// Notes of each statement whether all that it changes is temporary.
pub(super) fn mark(statements: &mut [Statement], dialect: Dialect) {
    match dialect {
        Dialect::Sqlite => embedded::mark(statements),
        Dialect::MySql | Dialect::MariaDb => server::mark(statements),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn of(dialect: Dialect, text: &str) -> Vec<bool> {
        statements(text, dialect).unwrap().iter().map(|statement| statement.analysis.is_temporary()).collect()
    }

    #[test]
    fn a_name_is_temporary_until_it_is_dropped() {
        for dialect in [Dialect::MySql, Dialect::MariaDb, Dialect::Sqlite] {
            let text = "CREATE TEMPORARY TABLE t (a INT); DELETE FROM t; DROP TABLE t; DELETE FROM t;";
            assert_eq!(of(dialect, text), [true, true, true, false], "{dialect:?}");
        }
        let never_made = "DROP TEMPORARY TABLE IF EXISTS t; DELETE FROM t;";
        assert_eq!(of(Dialect::MariaDb, never_made), [true, false]);
        let of_another = "CREATE TEMPORARY TABLE s.t (a INT); DELETE FROM t; DELETE FROM s.t;";
        assert_eq!(of(Dialect::MySql, of_another), [true, false, true]);
    }

    #[test]
    fn sqlite_says_by_the_schema_which_is_meant() {
        let text = "CREATE TEMP TABLE t (a); DELETE FROM main.t; DELETE FROM temp.T; DROP TABLE temp.t; DELETE FROM t";
        assert_eq!(of(Dialect::Sqlite, text), [true, false, true, true, false]);
        assert_eq!(of(Dialect::Sqlite, "CREATE TABLE temp.t (a); CREATE INDEX i ON t (a); DELETE FROM t"), [true; 3]);
        assert!(!of(Dialect::Sqlite, "BEGIN; CREATE TEMP TABLE t (a); ROLLBACK; DELETE FROM t")[3]);
        let renamed = "CREATE TEMP TABLE t (a); ALTER TABLE t RENAME TO u; DELETE FROM t; DELETE FROM u";
        assert_eq!(of(Dialect::Sqlite, renamed), [true, true, false, true]);
    }

    #[test]
    fn what_is_attached_without_a_file_is_temporary() {
        let text = "ATTACH ':memory:' AS m; CREATE TABLE m.t (a); DELETE FROM M.t; DELETE FROM t; ATTACH 'f' AS f; \
                    DELETE FROM f.t";
        assert_eq!(of(Dialect::Sqlite, text), [false, true, true, false, false, false]);
    }

    #[test]
    fn a_temporary_trigger_leaves_its_table_what_it_is() {
        let text = "CREATE TEMP TRIGGER tr AFTER UPDATE ON t BEGIN SELECT 1; END; DELETE FROM t; DROP TRIGGER tr";
        assert_eq!(of(Dialect::Sqlite, text), [true, false, true]);
    }

    #[test]
    fn one_table_of_sqlite_has_one_name() {
        let all = statements("CREATE TABLE main.X (a); DROP TABLE x", Dialect::Sqlite).unwrap();
        assert_eq!(all[0].analysis.touches[0].object, all[1].analysis.touches[0].object);
    }
}
