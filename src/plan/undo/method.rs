//! What would take each statement of a file back, as far as its text tells (`3-rollback`, Undo, in order of preference).
//!
//! The database has the last word when the file runs: a table without a key, or one too large to keep, turns *kept* into
//! *none*, before anything of the file has run.

use super::course::{Course, courses};
use super::need::needs_undo;
use crate::sql::{AlterOperation, Analysis, Dialect, Statement, StatementKind};

/// What takes a statement back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// It leaves nothing behind, or only what goes with a table that the file makes itself.
    NotNeeded,
    /// Its inverse, derived from the definitions before and after it.
    Derived,
    /// The same, and what it destroys is kept.
    Kept,
    /// Nothing, and why.
    None(&'static str),
}

/// Of each statement of a file, what takes it back without a rollback script.
pub fn methods(forward: &[Statement], dialect: Dialect) -> Vec<Method> {
    let needed = needs_undo(forward);
    let all: Vec<usize> = (0..forward.len()).filter(|index| needed[*index]).collect();
    let courses = courses(forward, &all, |statement| !statement.analysis.flags.if_not_exists);
    let of = |index: usize| match courses[index] {
        Course::Nothing => Method::NotNeeded,
        // The table is dropped, by its own inverse.
        Course::With(_) | Course::Cancelled => Method::Derived,
        Course::Own => of_statement(&forward[index].analysis, dialect),
    };
    (0..forward.len()).map(of).collect()
}

/// Whether the rollback script is the undo of the file whatever happens to it: it takes back each statement with
/// certainty, also after a partial run, and none of them destroys what no script can bring back.
pub fn script_suffices(forward: &[Statement], back: Option<&[Statement]>) -> bool {
    let Some(back) = back.filter(|back| !back.is_empty()) else { return false };
    let (needed, certain) = (needs_undo(forward), super::certain(forward, back));
    (0..forward.len()).all(|index| !needed[index] || certain[index]) && !destroys(forward)
}

/// Whether one of a file's definitions takes rows or values with it, which no rollback script can bring back.
pub fn destroys(forward: &[Statement]) -> bool {
    let kept = methods(forward, Dialect::MySql);
    forward.iter().zip(kept).any(|(statement, method)| statement.analysis.kind.is_ddl() && method == Method::Kept)
}

pub(super) fn of_statement(analysis: &Analysis, dialect: Dialect) -> Method {
    use StatementKind::*;
    match analysis.kind {
        CreateTable if analysis.flags.or_replace => Method::None("what OR REPLACE destroys is not kept"),
        CreateTable | CreateView | CreateTrigger | CreateProcedure | CreateFunction | CreateEvent | CreateIndex
        | CreateSequence | CreateSchema | DropView | DropTrigger | DropProcedure | DropFunction | DropEvent
        | DropIndex | AlterView | AlterProcedure | AlterFunction | AlterEvent | AlterSchema | RenameTable => {
            Method::Derived
        }
        DropSequence | AlterSequence => Method::None("where a sequence stood is not in its definition"),
        DropSchema => Method::None("everything in the schema goes with it"),
        DropTable | Truncate => Method::Kept,
        AlterTable => of_alter(analysis, dialect),
        Insert | Update | Delete | Replace | Upsert => Method::Kept,
        LoadData => Method::None("the rows that it reads are not known before"),
        Grant | Revoke | UserAdmin | SetPassword => Method::None("accounts and privileges are not captured"),
        SetGlobal => Method::None("settings of the server are not captured"),
        Pragma if dialect == Dialect::Sqlite => Method::NotNeeded,
        LockTables | UnlockTables => Method::NotNeeded,
        OtherDefinition => Method::None("its kind of object is not captured"),
        _ => Method::None("what it does cannot be told from its text"),
    }
}

fn of_alter(analysis: &Analysis, dialect: Dialect) -> Method {
    use AlterOperation as Op;
    let mut method = Method::Derived;
    for operation in &analysis.operations {
        match operation {
            Op::DropColumn { .. } | Op::ModifyColumn { .. } | Op::ChangeColumn { .. } | Op::ConvertCharset => {
                method = Method::Kept;
            }
            Op::Partition { action } if !matches!(action.as_str(), "ADD" | "BY" | "REORGANIZE" | "REMOVE") => {
                return Method::None("rows go with their partitions");
            }
            Op::Versioning { .. } => return Method::None("the history of rows goes with system versioning"),
            Op::Upkeep { what } if !what.ends_with("KEYS") => return Method::None("it takes the table's rows away"),
            Op::Unknown { .. } => return Method::None("one of its operations is not recognised"),
            _ => {}
        }
    }
    match analysis.operations.is_empty() && dialect.is_mysql_family() {
        true => Method::None("its operations are not recognised"),
        false => method,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn of(text: &str) -> Vec<Method> {
        methods(&statements(text, Dialect::MySql).unwrap(), Dialect::MySql)
    }

    #[test]
    fn what_destroys_is_kept_and_what_defines_is_derived() {
        assert_eq!(of("ALTER TABLE t ADD a INT"), [Method::Derived]);
        assert_eq!(of("ALTER TABLE t ADD a INT, DROP COLUMN b"), [Method::Kept]);
        assert_eq!(of("DROP TABLE t; TRUNCATE u; DELETE FROM v"), [Method::Kept; 3]);
        assert_eq!(of("SELECT 1; SET @a = 1"), [Method::NotNeeded; 2]);
        assert!(matches!(of("CALL p()")[..], [Method::None(_)]));
        assert!(matches!(of("ALTER TABLE t DROP PARTITION p1")[..], [Method::None(_)]));
    }

    #[test]
    fn rows_of_a_table_that_the_file_makes_are_not_kept() {
        let found = of("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)");
        assert_eq!(found, [Method::Derived, Method::Derived, Method::Kept]);
        let found = of("CREATE TABLE IF NOT EXISTS t (a INT); INSERT INTO t VALUES (1)");
        assert_eq!(found, [Method::Derived, Method::Kept], "it may have been there before");
    }
}
