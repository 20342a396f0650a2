//! Statements of SQLite that may share one transaction, as far as their texts tell.

use super::pragma::leaves_transactions_alone;
use super::{Statement, StatementKind};

/// Tells whether a statement may run in one transaction with those around it: what it does is the same there, and is
/// rolled back with it.
pub(crate) fn shares_transaction(statement: &Statement) -> bool {
    let analysis = &statement.analysis;
    (analysis.kind.is_ddl() || analysis.kind.is_dml()) && !analysis.is_temporary()
}

/// Tells whether a script governs its transactions itself, or may write to files that are not committed together with
/// core.
pub(crate) fn governs_transactions(statements: &[Statement]) -> bool {
    use StatementKind::{Attach, Detach, Pragma};
    let governs = |statement: &Statement| match statement.analysis.kind {
        Pragma => !leaves_transactions_alone(statement),
        kind => kind.is_transaction_control() || kind.is_opaque() || kind.is_own() || matches!(kind, Attach | Detach),
    };
    // What one asks about another, no receipt may come between.
    statements.iter().any(|statement| statement.analysis.flags.asked || governs(statement))
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, statements};
    use super::*;

    #[test]
    fn definitions_and_rows_share_a_transaction_and_settings_do_not() {
        let text = "CREATE TABLE t (a INT); INSERT INTO t VALUES (1); DROP TABLE t; PRAGMA foreign_keys = ON; VACUUM; \
                    CREATE TEMP TABLE u (a INT); SELECT 1; ANALYZE;";
        let all = statements(text, Dialect::Sqlite).unwrap();
        let shares: Vec<bool> = all.iter().map(shares_transaction).collect();
        assert_eq!(shares, [true, true, true, false, false, false, false, false]);
        assert!(!governs_transactions(&all));
    }

    #[test]
    fn a_script_with_a_transaction_of_its_own_or_another_file_is_let_alone() {
        for text in [
            "BEGIN; DELETE FROM t; COMMIT",
            "SAVEPOINT a; RELEASE a",
            "ATTACH 'x' AS x",
            "DETACH x",
            "PRAGMA journal_mode = OFF",
            "PRAGMA writable_schema = ON",
            "DELETE FROM t; INSERT INTO o VALUES (changes())",
        ] {
            assert!(governs_transactions(&statements(text, Dialect::Sqlite).unwrap()), "{text}");
        }
    }
}
