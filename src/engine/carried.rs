//! What the statements of a script leave in their session, told from their texts alone: the same for the worker that ran
//! them and for the one that takes over.

use crate::database::ServerKind;
use crate::sql::{Statement, StatementKind, savepoint_name};

/// A transaction that a script opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    /// Index of the statement that began it.
    pub(super) from: u32,
    /// Whether something in it may have changed the database.
    pub(super) writes: bool,
    /// False after a statement in it that may have committed by itself: a CALL, an EXECUTE.
    pub(super) sure: bool,
    /// A savepoint opened it (SQLite), and releasing that one commits it.
    by_savepoint: bool,
}

/// A savepoint of a transaction that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Savepoint {
    name: Option<String>,
    /// Index of the statement that set it.
    at: u32,
}

/// Where a statement's receipt goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiptPlace {
    /// Into a transaction of its own, with the statement.
    Own,
    /// Into the script's transaction, before the statement that ends it.
    Before,
    /// There is none: nothing can be committed with the statement, or the transaction's end carries it.
    Nowhere,
}

/// What a session carries from one statement of a script to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) transaction: Option<Open>,
    /// Those of the transaction, the newest last.
    savepoints: Vec<Savepoint>,
    autocommit: bool,
    /// LOCK TABLES is in force: our own tables cannot be written.
    locked: bool,
    /// Variables, temporary tables, another default schema.
    settings: bool,
}

impl Default for Carried {
    fn default() -> Self {
        Carried { transaction: None, savepoints: Vec::new(), autocommit: true, locked: false, settings: false }
    }
}

impl Open {
    /// The part of it from a statement on.
    pub(super) fn since(self, from: u32) -> Open {
        Open { from, ..self }
    }

    /// The same, of which nobody can say any more whether it was committed.
    pub(super) fn unsure(self) -> Open {
        Open { sure: false, ..self }
    }
}

impl Carried {
    /// What statements leave, one after the other, in a fresh session.
    pub(super) fn after<'s>(statements: impl IntoIterator<Item = &'s Statement>, kind: ServerKind) -> Carried {
        let mut carried = Carried::default();
        for statement in statements {
            carried.pass(statement, kind);
        }
        carried
    }

    /// Of statements that come next, how many run in one transaction with the first; one at least where there is one.
    pub(super) fn together<'s>(&self, statements: impl IntoIterator<Item = &'s Statement>, kind: ServerKind) -> usize {
        let mut carried = self.clone();
        let mut count = 0;
        for statement in statements {
            carried.pass(statement, kind);
            count += 1;
            if carried.transaction.is_none() {
                break;
            }
        }
        count
    }

    /// Whether a read by us would begin a transaction that nobody ends.
    pub(super) fn waits_for_commit(&self) -> bool {
        self.transaction.is_none() && !self.autocommit
    }

    /// Whether any other session would do as well.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Carried::default()
    }

    /// Whether LOCK TABLES is in force.
    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    /// The table locks were given up.
    pub(super) fn unlock(&mut self) {
        self.locked = false;
    }

    /// Where the receipt of the next statement goes.
    pub(super) fn receipt(&self, statement: &Statement, kind: ServerKind) -> ReceiptPlace {
        let what = statement.analysis.kind;
        if self.locked {
            return ReceiptPlace::Nowhere;
        }
        if let Some(open) = self.transaction {
            let released = what == StatementKind::ReleaseSavepoint && self.release_commits(open, statement, kind);
            let ends = what == StatementKind::Commit || released || statement.analysis.implicit_commit(kind.dialect());
            return if ends { ReceiptPlace::Before } else { ReceiptPlace::Nowhere };
        }
        let transactional = what.is_dml() || (kind == ServerKind::Sqlite && what.is_ddl());
        match transactional && self.autocommit && !statement.analysis.implicit_commit(kind.dialect()) {
            true => ReceiptPlace::Own,
            false => ReceiptPlace::Nowhere,
        }
    }

    /// A statement has run.
    pub(super) fn pass(&mut self, statement: &Statement, kind: ServerKind) {
        let analysis = &statement.analysis;
        let what = analysis.kind;
        let begin = Open { from: statement.index, writes: false, sure: true, by_savepoint: false };
        match what {
            StatementKind::Begin => (self.transaction, self.locked) = (Some(begin), false),
            StatementKind::Commit | StatementKind::Rollback => self.transaction = None,
            StatementKind::Savepoint => self.savepoint(begin, statement, kind),
            StatementKind::ReleaseSavepoint => self.release(statement, kind),
            StatementKind::RollbackToSavepoint => self.go_back(statement, kind),
            StatementKind::Set if analysis.flags.autocommit => self.set_autocommit(&statement.sql),
            StatementKind::LockTables => (self.transaction, self.locked) = (None, true),
            StatementKind::UnlockTables => {
                self.transaction = self.transaction.filter(|_| !self.locked);
                self.locked = false;
            }
            _ if analysis.implicit_commit(kind.dialect()) && !what.is_opaque() => self.transaction = None,
            _ => self.within(statement, kind),
        }
        if self.transaction.is_none() {
            self.savepoints.clear();
        }
        let kept = what.is_ddl() || what.is_dml() || what.is_transaction_control() || what == StatementKind::Select;
        let locks = matches!(what, StatementKind::LockTables | StatementKind::UnlockTables);
        self.settings |= !(kept || locks) || analysis.flags.temporary;
    }

    /// SQLite begins a transaction with a savepoint where there is none, and keeps several of one name; on a server a new
    /// one takes the place of the old.
    fn savepoint(&mut self, begin: Open, statement: &Statement, kind: ServerKind) {
        let name = savepoint_name(&statement.sql, kind.dialect());
        if kind == ServerKind::Sqlite {
            self.transaction.get_or_insert(Open { by_savepoint: true, ..begin });
        } else {
            self.savepoints.retain(|other| other.name != name);
        }
        self.savepoints.push(Savepoint { name, at: statement.index });
    }

    /// Where in the list the savepoint is that a statement is about.
    fn position(&self, statement: &Statement, kind: ServerKind) -> Option<usize> {
        let name = savepoint_name(&statement.sql, kind.dialect());
        self.savepoints.iter().rposition(|savepoint| savepoint.name == name)
    }

    /// Whether releasing a savepoint ends the transaction that it opened: those set after it go with it.
    fn release_commits(&self, open: Open, statement: &Statement, kind: ServerKind) -> bool {
        open.by_savepoint && self.position(statement, kind) == Some(0)
    }

    fn release(&mut self, statement: &Statement, kind: ServerKind) {
        let Some(at) = self.position(statement, kind) else { return };
        self.savepoints.truncate(at);
        if at == 0 {
            self.transaction = self.transaction.filter(|open| !open.by_savepoint);
        }
    }

    /// A savepoint stays when a script goes back to it; those set after it do not.
    fn go_back(&mut self, statement: &Statement, kind: ServerKind) {
        if let Some(at) = self.position(statement, kind) {
            self.savepoints.truncate(at + 1);
        }
    }

    /// The statement that set the savepoint to which a `ROLLBACK TO` that has run went back.
    pub(super) fn went_back_to(&self, statement: &Statement, kind: ServerKind) -> Option<u32> {
        let at =
            self.position(statement, kind).filter(|_| statement.analysis.kind == StatementKind::RollbackToSavepoint);
        at.map(|at| self.savepoints[at].at)
    }

    /// What cannot be read as switching it on is taken as switching it off: the worse case.
    fn set_autocommit(&mut self, sql: &str) {
        let upper = sql.to_ascii_uppercase();
        let value = upper.rsplit("AUTOCOMMIT").next().unwrap_or_default();
        let value = value.trim_start_matches(|c: char| c == '=' || c == ':' || c == '`' || c.is_whitespace());
        self.autocommit = ["1", "ON", "TRUE"].iter().any(|on| value.starts_with(on));
        if self.autocommit {
            self.transaction = None;
        }
    }

    fn within(&mut self, statement: &Statement, kind: ServerKind) {
        let what = statement.analysis.kind;
        let writes = what.is_dml() || what.is_ddl() || what.is_opaque();
        if self.transaction.is_none() && !self.autocommit && (writes || what == StatementKind::Select) {
            self.transaction = Some(Open { from: statement.index, writes: false, sure: true, by_savepoint: false });
        }
        if let Some(open) = &mut self.transaction {
            open.writes |= writes;
            open.sure &= !(what.is_opaque() && statement.analysis.implicit_commit(kind.dialect()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    fn places(kind: ServerKind, text: &str) -> (Vec<ReceiptPlace>, Carried) {
        let mut carried = Carried::default();
        let mut places = Vec::new();
        for statement in sql::statements(text, kind.dialect()).unwrap() {
            places.push(carried.receipt(&statement, kind));
            carried.pass(&statement, kind);
        }
        (places, carried)
    }

    use ReceiptPlace::{Before, Nowhere, Own};
    use ServerKind::{MySql, Sqlite};

    #[test]
    fn a_statement_alone_has_its_own_receipt_where_its_effect_can_be_rolled_back() {
        let text = "INSERT INTO t VALUES (1); CREATE TABLE u (a INT); SELECT 1;";
        assert_eq!(places(MySql, text).0, [Own, Nowhere, Nowhere]);
        assert_eq!(places(Sqlite, text).0, [Own, Own, Nowhere]);
    }

    #[test]
    fn the_statement_that_ends_a_transaction_carries_its_receipt() {
        let text = "BEGIN; INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2);";
        assert_eq!(places(MySql, text).0, [Nowhere, Nowhere, Before, Own]);
        let implicit = "BEGIN; INSERT INTO t VALUES (1); ALTER TABLE t ADD b INT; INSERT INTO t VALUES (2, 2);";
        assert_eq!(places(MySql, implicit).0, [Nowhere, Nowhere, Before, Own]);
        let (places, carried) = places(Sqlite, implicit);
        assert_eq!(places, [Nowhere; 4], "SQLite commits nothing by itself");
        assert!(carried.transaction.is_some_and(|open| open.from == 0 && open.writes && open.sure));
    }

    #[test]
    fn without_autocommit_every_statement_is_in_a_transaction() {
        let text = "SET autocommit = 0; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); COMMIT; DELETE FROM t;";
        let (found, carried) = places(MySql, text);
        assert_eq!(found, [Nowhere, Nowhere, Nowhere, Before, Nowhere]);
        assert_eq!(carried.transaction.map(|open| open.from), Some(4));
        let (found, carried) = places(MySql, "SET @@session.autocommit=OFF; SET autocommit = ON; DELETE FROM t;");
        assert_eq!((found[2], carried.transaction), (Own, None));
    }

    #[test]
    fn statements_of_one_transaction_belong_together() {
        let text = "INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2); DELETE FROM t; COMMIT; DELETE FROM u";
        let all = sql::statements(text, MySql.dialect()).unwrap();
        assert_eq!(Carried::default().together(&all, MySql), 1);
        assert_eq!(Carried::default().together(&all[1..], MySql), 4);
        assert_eq!(Carried::default().together(&all[5..], MySql), 1);
        assert_eq!(Carried::default().together(&all[..0], MySql), 0);
        let implicit =
            sql::statements("SET autocommit = 0; DELETE FROM t; DELETE FROM u; COMMIT", MySql.dialect()).unwrap();
        let carried = Carried::after(&implicit[..1], MySql);
        assert!(carried.waits_for_commit());
        assert_eq!(carried.together(&implicit[1..], MySql), 3);
    }

    #[test]
    fn a_call_in_a_transaction_makes_it_unsure() {
        let (found, carried) = places(MySql, "START TRANSACTION; DELETE FROM t; CALL p(); DELETE FROM u;");
        assert_eq!(found, [Nowhere, Nowhere, Before, Nowhere], "ours must not commit the file's transaction");
        assert!(carried.transaction.is_some_and(|open| open.from == 0 && !open.sure));
    }

    #[test]
    fn under_table_locks_our_tables_cannot_be_written() {
        let text = "LOCK TABLES t WRITE; INSERT INTO t VALUES (1); UNLOCK TABLES; INSERT INTO t VALUES (2);";
        let (found, carried) = places(MySql, text);
        assert_eq!(found, [Nowhere, Nowhere, Nowhere, Own]);
        assert!(carried.is_nothing());
    }

    #[test]
    fn a_savepoint_begins_a_transaction_in_sqlite() {
        let text =
            "SAVEPOINT a; INSERT INTO t VALUES (1); SAVEPOINT b; RELEASE b; RELEASE a; DELETE FROM t WHERE a = 1;";
        assert_eq!(places(Sqlite, text).0, [Nowhere, Nowhere, Nowhere, Nowhere, Before, Own]);
        let outer = "SAVEPOINT a; SAVEPOINT b; DELETE FROM t; RELEASE a; DELETE FROM t;";
        assert_eq!(places(Sqlite, outer).0, [Nowhere, Nowhere, Nowhere, Before, Own], "what is within goes with it");
        let within = "BEGIN; SAVEPOINT a; RELEASE a; COMMIT; DELETE FROM t;";
        assert_eq!(places(Sqlite, within).0, [Nowhere, Nowhere, Nowhere, Before, Own]);
        let same = "SAVEPOINT a; SAVEPOINT a; RELEASE a; DELETE FROM t; RELEASE a;";
        assert_eq!(places(Sqlite, same).0, [Nowhere, Nowhere, Nowhere, Nowhere, Before]);
    }

    #[test]
    fn a_script_goes_back_to_the_newest_savepoint_of_the_name() {
        let went = |kind: ServerKind, text: &str| {
            let all = sql::statements(text, kind.dialect()).unwrap();
            Carried::after(&all, kind).went_back_to(all.last().unwrap(), kind)
        };
        assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a"), Some(1));
        assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; SAVEPOINT A; ROLLBACK WORK TO SAVEPOINT `a` -- b"), Some(2));
        assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; COMMIT; BEGIN; ROLLBACK TO a"), None);
        assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; CREATE TABLE t (a INT); ROLLBACK TO a"), None);
        assert_eq!(went(Sqlite, "SAVEPOINT a; SAVEPOINT a; RELEASE a; ROLLBACK TO a"), Some(0));
        assert_eq!(went(Sqlite, "SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a; SAVEPOINT b; ROLLBACK TO b"), Some(3));
        assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; ROLLBACK"), None);
    }
}
