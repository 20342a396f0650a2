//! Savepoints of a script.

use super::lexer::{Lexer, TokenKind};
use super::{Dialect, Statement, StatementKind};

/// Index of the `SAVEPOINT` to which `back`, a `ROLLBACK TO`, goes: the last of that name in its transaction. `before` are
/// the statements before it.
pub fn savepoint_of(before: &[Statement], back: &Statement, dialect: Dialect) -> Option<u32> {
    if back.analysis.kind != StatementKind::RollbackToSavepoint {
        return None;
    }
    let wanted = name(&back.sql, dialect)?;
    let ends = |s: &&Statement| {
        use StatementKind::{Begin, Commit, Rollback};
        matches!(s.analysis.kind, Begin | Commit | Rollback) || s.analysis.implicit_commit(dialect)
    };
    let within = before.iter().rev().take_while(|statement| !ends(statement));
    let mut set = within.filter(|statement| statement.analysis.kind == StatementKind::Savepoint);
    set.find(|statement| name(&statement.sql, dialect).as_ref() == Some(&wanted)).map(|statement| statement.index)
}

/// The name comes last in every statement about a savepoint; case does not count.
fn name(sql: &str, dialect: Dialect) -> Option<String> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut last = None;
    while let Some(token) = lexer.next_token().ok()? {
        if !matches!(token.kind, TokenKind::Blank | TokenKind::Comment | TokenKind::Symbol) {
            last = Some(&sql[token.start..token.end]);
        }
    }
    last.map(|name| name.trim_matches(['`', '"', '[', ']']).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    #[test]
    fn the_last_of_the_name_in_the_transaction_counts() {
        let of = |text: &str| {
            let all = statements(text, Dialect::MySql).unwrap();
            let (back, before) = all.split_last().unwrap();
            savepoint_of(before, back, Dialect::MySql)
        };
        assert_eq!(of("BEGIN; SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a"), Some(1));
        assert_eq!(of("BEGIN; SAVEPOINT a; SAVEPOINT A; ROLLBACK WORK TO SAVEPOINT `a` -- b"), Some(2));
        assert_eq!(of("BEGIN; SAVEPOINT a; COMMIT; BEGIN; ROLLBACK TO a"), None);
        assert_eq!(of("BEGIN; SAVEPOINT a; CREATE TABLE t (a INT); ROLLBACK TO a"), None);
        assert_eq!(of("BEGIN; SAVEPOINT a; ROLLBACK"), None);
    }
}
