//! Admission of a probe: one statement, and one that only reads.

use crate::sql::{Dialect, How, ObjectKind, StatementKind, read};

/// The tables that a probe reads, in lower case and without their schema.
///
/// # Errors
/// Reason why it is not admitted, to follow "the probe".
pub fn admit(sql: &str, dialect: Dialect) -> Result<Vec<String>, String> {
    let script = read(sql, dialect).map_err(|error| format!("cannot be read: {error}"))?;
    if let Some(command) = script.client_commands.first() {
        return Err(format!("holds an order to a command-line client in its line {}", command.line));
    }
    let statement = match script.statements.as_slice() {
        [one] => one,
        [] => return Err("holds no statement".to_owned()),
        several => return Err(format!("holds {} statements, and must be one", several.len())),
    };
    let analysis = &statement.analysis;
    if analysis.kind != StatementKind::Select {
        return Err(format!("must be a SELECT, and this is {}", analysis.kind));
    }
    if let Some(touch) = analysis.touches.iter().find(|touch| touch.how != How::Reads) {
        return Err(format!("must only read, and this {} {}", touch.how.as_str(), touch.object.name));
    }
    let tables = analysis.touches.iter().filter(|touch| touch.object.kind == ObjectKind::Table);
    Ok(tables.map(|touch| touch.object.name.to_lowercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_statement_that_reads_is_admitted() {
        for dialect in [Dialect::MariaDb, Dialect::MySql, Dialect::Sqlite] {
            let admitted = |sql| admit(sql, dialect);
            assert_eq!(
                admitted("SELECT * FROM Orders o JOIN shop.items i ON i.o = o.id;"),
                Ok(vec!["orders".into(), "items".into()])
            );
            assert_eq!(admitted("WITH d AS (SELECT 1) SELECT * FROM d"), Ok(Vec::new()));
            for (sql, why) in [
                ("DELETE FROM t WHERE a = 1", "must be a SELECT"),
                ("SELECT 1; SELECT 2", "holds 2 statements"),
                ("SELECT 1; DROP TABLE t", "holds 2 statements"),
                ("", "holds no statement"),
                ("SELECT 'a", "cannot be read"),
                ("SET @a = 1", ""),
                ("WITH d AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM d)", "must be a SELECT"),
            ] {
                let refused = admitted(sql).expect_err(sql);
                assert!(refused.contains(why), "{sql}: {refused}");
            }
        }
        let refused = admit("SELECT * FROM t INTO OUTFILE '/tmp/x'", Dialect::MySql).expect_err("it writes a file");
        assert!(refused.contains("must be a SELECT"), "{refused}");
    }
}
