//! `LOCK TABLES` of a rollback script: what the statements under it destroy is kept by naming our tables beside those of
//! the script. No transaction can be put around them, which would give its locks up.

use crate::sql::lexer::{Lexer, TokenKind};
use crate::sql::{Dialect, Statement, StatementKind};
use std::collections::BTreeSet;

/// Holder of the table locks under which a statement that is to be kept will run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableLocks {
    /// Nobody: a transaction holds it together with what is kept.
    None,
    /// We take them around it, where it writes to tables without transactions.
    Ours,
    /// The script holds them by then.
    OfScript,
}

/// The statements that destroy something under the locks of the first one, up to one that gives them up, or that meets a
/// table which one of them has defined anew: that is known as it stands until then. Of those that ask each other nothing is
/// kept: nothing of ours may run in between.
pub(crate) fn under(statements: &[Statement]) -> Vec<&Statement> {
    use StatementKind::{AlterTable, Begin, Do, DropTable, LockTables, Truncate, UnlockTables};
    let mut found = Vec::new();
    let mut defined = BTreeSet::new();
    if statements.first().is_none_or(|first| first.analysis.kind != LockTables) {
        return found;
    }
    for statement in &statements[1..] {
        let (kind, flags) = (statement.analysis.kind, statement.analysis.flags);
        let destroys = matches!(kind, AlterTable | DropTable | Truncate);
        let unlocks = matches!(kind, LockTables | UnlockTables | Begin);
        let names = named(statement);
        if unlocks || (kind.is_ddl() && !destroys) || (kind.is_opaque() && kind != Do) || !names.is_disjoint(&defined) {
            break;
        }
        if destroys {
            defined.extend(names);
        }
        if (destroys || kind.is_dml()) && !flags.asked && !flags.unit {
            found.push(statement);
        }
    }
    found
}

/// The names of the tables that a `LOCK TABLES` locks, in lower case.
pub(crate) fn named(statement: &Statement) -> BTreeSet<String> {
    statement.analysis.touches.iter().map(|touch| touch.object.name.to_lowercase()).collect()
}

/// The text of a `LOCK TABLES` with more tables in front of its own.
pub(crate) fn naming(sql: &str, dialect: Dialect, tables: &BTreeSet<String>) -> Option<String> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut words = std::iter::from_fn(|| lexer.next_token().ok().flatten()).filter(|t| t.kind == TokenKind::Word);
    let at = words.nth(1).filter(|_| !tables.is_empty())?.end;
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    Some(format!("{} {},{}", &sql[..at], tables.join(", "), &sql[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    #[test]
    fn what_is_written_under_locks_is_seen() {
        let found = |text: &str| {
            let statements = statements(text, Dialect::MariaDb).unwrap();
            under(&statements).into_iter().map(|statement| statement.index).collect::<Vec<_>>()
        };
        assert_eq!(
            found("LOCK TABLES t WRITE; DELETE FROM t; SELECT 1; UPDATE t SET a = 1; UNLOCK TABLES; DELETE FROM t"),
            [1, 3]
        );
        assert_eq!(found("LOCK TABLES t WRITE; ALTER TABLE t DROP b; DELETE FROM t"), [1]);
        assert_eq!(
            found("LOCK TABLES t WRITE, u WRITE; DROP TABLE t; DELETE FROM u; TRUNCATE t; DELETE FROM u"),
            [1, 2]
        );
        assert_eq!(found("LOCK TABLES t WRITE; CREATE TABLE u (a INT); DELETE FROM t"), [0_u32; 0]);
        assert_eq!(found("LOCK TABLES t WRITE; DELETE FROM t; DO ROW_COUNT(); DELETE FROM t"), [3]);
        assert_eq!(found("DELETE FROM t; DELETE FROM t"), [0_u32; 0]);
    }

    #[test]
    fn tables_are_named_in_front() {
        let more = BTreeSet::from(["u.k WRITE".to_owned(), "u.k AS `k$k` WRITE".to_owned()]);
        let naming = |sql: &str| naming(sql, Dialect::MariaDb, &more).unwrap();
        assert_eq!(naming("LOCK TABLES t WRITE WAIT 5"), "LOCK TABLES u.k AS `k$k` WRITE, u.k WRITE, t WRITE WAIT 5");
        assert_eq!(
            naming("/*!40000 lock table t read */"),
            "/*!40000 lock table u.k AS `k$k` WRITE, u.k WRITE, t read */"
        );
    }
}
