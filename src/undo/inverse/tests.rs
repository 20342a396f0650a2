//! Derivations whose statements are known; that they do what they are to do is shown on servers in `tests/it/inverse`.

use super::*;
use crate::sql::{ObjectKind, analyse};

/// The statements that undo `sql`, which led `t` from one definition to the other.
fn alter(sql: &str, before: &str, after: &str, dialect: Dialect) -> Result<Inverse, NoInverse> {
    let object = ObjectName::new(ObjectKind::Table, "t");
    let text = |parts: &str| format!("CREATE TABLE `t` (\n  {parts}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
    let (before, after) = (text(before), text(after));
    let change = Change { object: &object, before: Some(&before), after: Some(&after) };
    inverse(&analyse(sql, dialect), &[change], dialect)
}

#[test]
fn an_altered_table_is_led_back_in_one_statement() {
    for (sql, before, after, back) in [
        ("ALTER TABLE t ADD b INT", "`a` int NOT NULL", "`a` int NOT NULL,\n  `b` int NOT NULL", "DROP COLUMN `b`"),
        (
            "ALTER TABLE t DROP b",
            "`a` int NOT NULL,\n  `b` int NOT NULL,\n  `c` int NOT NULL",
            "`a` int NOT NULL,\n  `c` int NOT NULL",
            "ADD COLUMN `b` int NOT NULL AFTER `a`",
        ),
        ("ALTER TABLE t RENAME COLUMN a TO b", "`a` int NOT NULL", "`b` int NOT NULL", "RENAME COLUMN `b` TO `a`"),
        (
            "ALTER TABLE t CHANGE a b BIGINT",
            "`a` int NOT NULL",
            "`b` bigint NOT NULL",
            "CHANGE COLUMN `b` `a` int NOT NULL",
        ),
        (
            "ALTER TABLE t MODIFY c INT FIRST",
            "`a` int NOT NULL,\n  `b` int NOT NULL,\n  `c` int NOT NULL",
            "`c` int NOT NULL,\n  `a` int NOT NULL,\n  `b` int NOT NULL",
            "MODIFY COLUMN `c` int NOT NULL AFTER `b`",
        ),
        (
            "ALTER TABLE t DROP KEY x",
            "`a` int NOT NULL,\n  KEY `x` (`a`),\n  KEY `y` (`a`)",
            "`a` int NOT NULL,\n  KEY `y` (`a`)",
            "DROP KEY `y`, ADD KEY `x` (`a`), ADD KEY `y` (`a`)",
        ),
    ] {
        let inverse = alter(sql, before, after, Dialect::MySql).unwrap();
        assert_eq!(inverse.statements, [format!("ALTER TABLE `t` {back}")], "{sql}");
    }
}

#[test]
fn a_schema_that_is_not_named_goes_back_by_the_name_in_its_definition() {
    let object = ObjectName::new(ObjectKind::Schema, "");
    let text = |set: &str| format!("CREATE DATABASE `a``b` /*!40100 DEFAULT CHARACTER SET {set} */");
    let (before, after) = (text("utf8mb4"), text("latin1"));
    let change = Change { object: &object, before: Some(&before), after: Some(&after) };
    let inverse =
        inverse(&analyse("ALTER DATABASE CHARSET latin1", Dialect::MySql), &[change], Dialect::MySql).unwrap();
    assert_eq!(inverse.statements, ["ALTER DATABASE `a``b` /*!40100 DEFAULT CHARACTER SET utf8mb4 */"]);
}

#[test]
fn without_a_rename_in_the_statement_a_column_is_another() {
    let inverse =
        alter("ALTER TABLE t DROP a, ADD b INT", "`a` int NOT NULL", "`b` int NOT NULL", Dialect::MariaDb).unwrap();
    assert_eq!(inverse.statements, ["ALTER TABLE `t` DROP COLUMN `b`, ADD COLUMN `a` int NOT NULL"]);
    let table = ObjectName::new(ObjectKind::Table, "t");
    assert_eq!(inverse.lost, [Lost::Column { table, column: "a".to_owned() }]);
}

#[test]
fn a_unique_key_waits_for_the_values_of_its_column() {
    let before = "`a` int NOT NULL,\n  `b` int NOT NULL,\n  UNIQUE KEY `u` (`b`)";
    let inverse = alter("ALTER TABLE t DROP b", before, "`a` int NOT NULL", Dialect::MySql).unwrap();
    assert_eq!(inverse.statements, ["ALTER TABLE `t` ADD COLUMN `b` int NOT NULL"]);
    assert_eq!(inverse.after_values, ["ALTER TABLE `t` ADD UNIQUE KEY `u` (`b`)"]);
}

#[test]
fn what_is_not_certain_has_a_reason() {
    for (sql, reason) in [
        ("UPDATE t SET a = 1", "more than definitions"),
        ("CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')", "outside every schema"),
        ("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", "was taken"),
        ("ALTER TABLE t DISCARD TABLESPACE", "tablespace"),
    ] {
        let refused =
            alter(sql, "`a` int NOT NULL", "`a` int NOT NULL,\n  `b` int NOT NULL", Dialect::MySql).unwrap_err();
        assert!(refused.why.contains(reason), "{sql}: {refused}");
    }
}
