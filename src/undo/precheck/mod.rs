//! The check that a table's rows, as they are now, fit the definition to which an undo brings it back, and
//! which values go on the way: questions to the data, each a query that counts (docs/design/undo.md, Arriving).
//!
//! Nothing is asked that both definitions answer alike. What a definition does not tell is not asked: no question is no
//! promise.

mod data_check;
mod default_value;
mod server;
mod sqlite;

pub(crate) use data_check::{Question, QuestionKind, RenamedColumn};

use super::inverse::NoInverse;
use crate::sql::{Dialect, ObjectName, quote_name};
use data_check::DataCheck;

/// The questions about a table that stands as `now` and goes back to `goal`.
///
/// # Errors
/// The place where one of the definitions does not read as a table's.
pub fn questions(
    table: &ObjectName,
    (now, goal): (&str, &str),
    renamed: &[RenamedColumn],
    dialect: Dialect,
) -> Result<Vec<Question>, NoInverse> {
    let check = DataCheck { table: quote_name(table, dialect)?, label: table.to_string(), dialect, renamed };
    match dialect {
        Dialect::Sqlite => sqlite::questions(&check, now, goal),
        Dialect::MySql | Dialect::MariaDb => server::questions(&check, now, goal),
    }
}

/// The questions whether the rows of a table of MySQL or MariaDB have the parents that its definition names.
///
/// # Errors
/// The definition does not read as a table's.
pub fn keys(table: &ObjectName, definition: &str, dialect: Dialect) -> Result<Vec<Question>, NoInverse> {
    let renamed: &[RenamedColumn] = &[];
    let check = DataCheck { table: quote_name(table, dialect)?, label: table.to_string(), dialect, renamed };
    server::keys(&check, table, definition)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ObjectKind;

    fn asked(now: &str, goal: &str, renamed: &[RenamedColumn]) -> Vec<(String, bool)> {
        let table = ObjectName::new(ObjectKind::Table, "t");
        let found = questions(&table, (now, goal), renamed, Dialect::MySql).unwrap();
        found.into_iter().map(|question| (question.sql, question.loses)).collect()
    }

    fn table(body: &str) -> String {
        format!("CREATE TABLE `t` (\n{body}\n) ENGINE=InnoDB")
    }

    #[test]
    fn what_both_answer_alike_is_not_asked() {
        let same = table("  `a` int NOT NULL,\n  `b` varchar(9) DEFAULT NULL,\n  PRIMARY KEY (`a`)");
        assert_eq!(asked(&same, &same, &[]), []);
    }

    #[test]
    fn narrower_types_and_not_null_stop_and_a_column_that_goes_loses() {
        let now = table("  `a` bigint DEFAULT NULL,\n  `b` varchar(40) DEFAULT NULL,\n  `c` int NOT NULL DEFAULT '7'");
        let goal = table("  `a` tinyint unsigned NOT NULL,\n  `b` varchar(20) DEFAULT NULL");
        let count = "SELECT COUNT(*) FROM `t` AS t WHERE";
        assert_eq!(
            asked(&now, &goal, &[]),
            [
                (format!("{count} t.`a` IS NULL"), false),
                (format!("{count} t.`a` NOT BETWEEN 0 AND 255"), false),
                (format!("{count} CHAR_LENGTH(t.`b`) > 20"), false),
                (format!("{count} NOT (t.`c` <=> '7')"), true),
            ]
        );
    }

    #[test]
    fn keys_and_checks_are_asked_under_the_names_of_now() {
        let now = table("  `a` int DEFAULT NULL,\n  `m` int DEFAULT NULL");
        let goal = table(
            "  `a` int DEFAULT NULL,\n  `n` int DEFAULT NULL,\n  UNIQUE KEY `u` (`n`),\n  CONSTRAINT `f` FOREIGN KEY (`a`) \
             REFERENCES `p` (`id`)",
        );
        let found = asked(&now, &goal, &[RenamedColumn { now: "m".into(), before: "n".into() }]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].0.contains("GROUP BY t.`m` HAVING"), "{found:?}");
        assert!(found[1].0.contains("NOT EXISTS (SELECT 1 FROM `p` AS p WHERE p.`id` = t.`a`)"), "{found:?}");
    }
}
