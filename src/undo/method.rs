//! The method that would undo each statement of a file without a rollback script, as far as its text tells
//! (docs/design/undo.md, Four ways back).
//!
//! The database has the last word when the file runs: a table without a key, or one too large to keep, turns *kept* into
//! *none*, before anything of the file has run.

use super::need::needs_undo;
use super::own_undo::{OwnUndo, own_undos};
use crate::model::{StatementUndo, UndoMethod};
use crate::sql::{
    AlterOperation, Analysis, Dialect, Statement, StatementKind, attached, may_call_what_writes, may_write_by_calls,
};
use std::collections::HashSet;

/// Of each statement of a file, how it is undone without a rollback script.
pub fn methods(forward: &[Statement], dialect: Dialect) -> Vec<StatementUndo> {
    let needed = needs_undo(forward);
    let all: Vec<usize> = (0..forward.len()).filter(|index| needed[*index]).collect();
    let own_undos = own_undos(forward, &all, dialect, |statement| !statement.analysis.flags.if_not_exists);
    let of = |index: usize| match own_undos[index] {
        OwnUndo::NotNeeded => calls_others(&forward[index], dialect),
        // The table is dropped, by its own inverse.
        OwnUndo::WithTable(_) | OwnUndo::Cancelled => {
            let calls = forward[index].analysis.kind.is_dml() && may_call_what_writes(forward[index].plain(), dialect);
            StatementUndo::by(if calls { UndoMethod::Kept } else { UndoMethod::Derived })
        }
        OwnUndo::Needed => {
            let ways = forward[index].as_it_may_run().iter().map(|one| undo_of_one(one, dialect));
            ways.max_by_key(|way| rank(way.method)).unwrap_or_else(|| StatementUndo::by(UndoMethod::NotNeeded))
        }
    };
    let elsewhere = attached_elsewhere(forward, dialect);
    (0..forward.len()).map(|index| elsewhere[index].clone().unwrap_or_else(|| of(index))).collect()
}

/// The undo of one of the texts between which an `EXECUTE` chooses; only such a one may need none by now.
fn undo_of_one(statement: &Statement, dialect: Dialect) -> StatementUndo {
    match needs_undo(std::slice::from_ref(statement))[0] {
        true => undo_without_script(&statement.analysis, dialect),
        false => calls_others(statement, dialect),
    }
}

/// The undo of what changes nothing: none is needed, unless it calls a function that may write; what that does, the database
/// says.
fn calls_others(statement: &Statement, dialect: Dialect) -> StatementUndo {
    let writes = may_write_by_calls(statement.analysis.kind) && may_call_what_writes(statement.plain(), dialect);
    StatementUndo::by(if writes { UndoMethod::Kept } else { UndoMethod::NotNeeded })
}

/// How much a method asks of whoever undoes by it.
fn rank(method: UndoMethod) -> u8 {
    match method {
        UndoMethod::NotNeeded => 0,
        UndoMethod::Written => 1,
        UndoMethod::Derived => 2,
        UndoMethod::Kept => 3,
        UndoMethod::None => 4,
    }
}

/// Of each statement of SQLite, the undo of one that changes a file which the script attaches: there is none.
fn attached_elsewhere(forward: &[Statement], dialect: Dialect) -> Vec<Option<StatementUndo>> {
    let mut schemas: HashSet<String> = HashSet::new();
    let of = |statement: &Statement| {
        let analysis = &statement.analysis;
        if dialect == Dialect::Sqlite && analysis.kind == StatementKind::Attach {
            schemas.extend(attached(statement.plain()).filter(|one| !one.is_of_session).map(|one| one.schema));
        }
        let mut changed = analysis.touches.iter().filter(|touch| touch.how.changes());
        let is_elsewhere = |schema: &String| schemas.contains(&schema.to_lowercase());
        let elsewhere = changed.any(|touch| touch.object.schema.as_ref().is_some_and(is_elsewhere));
        elsewhere.then(|| StatementUndo::impossible("it changes another file than that of the schema"))
    };
    forward.iter().map(of).collect()
}

/// True if one of a file's definitions takes rows or values with it, which no rollback script can bring back.
pub fn destroys(forward: &[Statement]) -> bool {
    let undo = methods(forward, Dialect::MySql);
    forward
        .iter()
        .zip(undo)
        .any(|(statement, undo)| statement.analysis.kind.is_ddl() && undo.method == UndoMethod::Kept)
}

/// Gives the undo of a statement that is not part of what the file made itself, without a script.
pub(crate) fn undo_without_script(analysis: &Analysis, dialect: Dialect) -> StatementUndo {
    use StatementKind::*;
    match analysis.kind {
        CreateTable if analysis.flags.or_replace => StatementUndo::impossible("what OR REPLACE destroys is not kept"),
        CreateTable | CreateView | CreateTrigger | CreateProcedure | CreateFunction | CreateEvent | CreateIndex
        | CreateSequence | CreateSchema | DropView | DropTrigger | DropProcedure | DropFunction | DropEvent
        | DropIndex | AlterView | AlterProcedure | AlterFunction | AlterEvent | AlterSchema | RenameTable => {
            StatementUndo::by(UndoMethod::Derived)
        }
        DropSequence | AlterSequence => StatementUndo::impossible("where a sequence stood is not in its definition"),
        DropSchema => StatementUndo::impossible("everything in the schema goes with it"),
        DropTable if analysis.flags.mixes => StatementUndo::impossible("it drops temporary tables and others together"),
        DropTable | Truncate => StatementUndo::by(UndoMethod::Kept),
        AlterTable => undo_of_alter(analysis, dialect),
        Insert | Update | Delete | Replace | Upsert => StatementUndo::by(UndoMethod::Kept),
        LoadData => StatementUndo::impossible("the rows that it reads are not known before"),
        Grant | Revoke | UserAdmin | SetPassword => {
            StatementUndo::impossible("accounts and privileges are not captured")
        }
        SetGlobal => StatementUndo::impossible("settings of the server are not captured"),
        Pragma if analysis.flags.lasting => StatementUndo::by(UndoMethod::Derived),
        Pragma if dialect == Dialect::Sqlite => StatementUndo::by(UndoMethod::NotNeeded),
        OwnStep => StatementUndo::by(UndoMethod::Derived),
        LockTables | UnlockTables => StatementUndo::by(UndoMethod::NotNeeded),
        OtherDefinition => StatementUndo::impossible("its kind of object is not captured"),
        _ => StatementUndo::impossible("what it does cannot be told from its text"),
    }
}

fn undo_of_alter(analysis: &Analysis, dialect: Dialect) -> StatementUndo {
    use AlterOperation as Op;
    let mut method = UndoMethod::Derived;
    if analysis.flags.ignore {
        return StatementUndo::impossible("IGNORE leaves out rows that a new key does not take");
    }
    for operation in &analysis.operations {
        match operation {
            Op::DropColumn { .. } | Op::ModifyColumn { .. } | Op::ChangeColumn { .. } | Op::ConvertCharset => {
                method = UndoMethod::Kept;
            }
            Op::Partition { action } if !matches!(action.as_str(), "ADD" | "BY" | "REORGANIZE" | "REMOVE") => {
                return StatementUndo::impossible("rows go with their partitions");
            }
            Op::Versioning { .. } => {
                return StatementUndo::impossible("the history of rows goes with system versioning");
            }
            Op::Upkeep { what } if !what.ends_with("KEYS") => {
                return StatementUndo::impossible("it takes the table's rows away");
            }
            Op::Unknown { .. } => return StatementUndo::impossible("one of its operations is not recognised"),
            _ => {}
        }
    }
    match analysis.operations.is_empty() && dialect.is_mysql_family() {
        true => StatementUndo::impossible("its operations are not recognised"),
        false => StatementUndo::by(method),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn methods_in(text: &str) -> Vec<UndoMethod> {
        let undo = methods(&statements(text, Dialect::MySql).unwrap(), Dialect::MySql);
        undo.into_iter().map(|undo| undo.method).collect()
    }

    #[test]
    fn what_destroys_is_kept_and_what_defines_is_derived() {
        assert_eq!(methods_in("ALTER TABLE t ADD a INT"), [UndoMethod::Derived]);
        assert_eq!(methods_in("ALTER TABLE t ADD a INT, DROP COLUMN b"), [UndoMethod::Kept]);
        assert_eq!(methods_in("DROP TABLE t; TRUNCATE u; DELETE FROM v"), [UndoMethod::Kept; 3]);
        assert_eq!(methods_in("SELECT 1; SET @a = 1"), [UndoMethod::NotNeeded; 2]);
        assert!(matches!(methods_in("CALL p()")[..], [UndoMethod::None]));
        assert!(matches!(methods_in("ALTER TABLE t DROP PARTITION p1")[..], [UndoMethod::None]));
        assert!(matches!(methods_in("ALTER IGNORE TABLE t ADD UNIQUE (a)")[..], [UndoMethod::None]));
    }

    #[test]
    fn what_stands_in_another_file_is_not_undone() {
        let text = "ATTACH 'other.db' AS o; DELETE FROM O.t; DELETE FROM t; CREATE TABLE o.u (a)";
        let undo = methods(&statements(text, Dialect::Sqlite).unwrap(), Dialect::Sqlite);
        let found: Vec<UndoMethod> = undo.into_iter().map(|undo| undo.method).collect();
        assert_eq!(found, [UndoMethod::NotNeeded, UndoMethod::None, UndoMethod::Kept, UndoMethod::None]);
    }

    #[test]
    fn rows_of_a_table_that_the_file_makes_are_not_kept() {
        let found = methods_in("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)");
        assert_eq!(found, [UndoMethod::Derived, UndoMethod::Derived, UndoMethod::Kept]);
        let found = methods_in("CREATE TABLE IF NOT EXISTS t (a INT); INSERT INTO t VALUES (1)");
        assert_eq!(found, [UndoMethod::Derived, UndoMethod::Kept], "it may have been there before");
    }
}
