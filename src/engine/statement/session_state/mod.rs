//! State that the statements of a script leave in their session, told from their texts alone: the same for the worker
//! that ran them and for the one that takes over.

use crate::database::ServerKind;
use crate::sql::{Statement, StatementKind, savepoint_name, sets_session};

/// A transaction that a script opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenTransaction {
    /// Index of the statement that began it.
    pub(crate) from: u32,
    /// True if something in it may have changed the database.
    pub(crate) writes: bool,
    /// False after a statement in it that may have committed by itself: a CALL, an EXECUTE.
    pub(crate) sure: bool,
    /// A savepoint opened it (SQLite), and releasing that one commits it.
    by_savepoint: bool,
    /// We opened it around statements of which one asks what another did, and end it after the last of them.
    pub(crate) by_unit: bool,
    /// We opened it, and statements of the file share it (`sharing`).
    pub(crate) shared: bool,
}

/// A savepoint of a transaction that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Savepoint {
    name: Option<String>,
    /// Index of the statement that set it.
    at: u32,
}

/// Place of a statement's receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReceiptPlace {
    /// Into a transaction of its own, with the statement.
    Own,
    /// Into the script's transaction, before the statement that ends it.
    Before,
    /// The statement is the first of a unit, before which a transaction is opened that the last one ends.
    Opens,
    /// The statement is the last of a unit, or of those that share a transaction: the receipt comes after it, into the
    /// transaction of all of them.
    Closes,
    /// The statement shares a transaction that stays open behind it.
    Shares,
    /// There is none: nothing can be committed with the statement, or the transaction's end carries it.
    Nowhere,
}

impl ReceiptPlace {
    /// Tells whether the receipt is that of a transaction of several statements.
    pub(crate) fn ends_a_transaction(self) -> bool {
        matches!(self, ReceiptPlace::Before | ReceiptPlace::Closes)
    }
}

/// State that a session carries from one statement of a script to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionState {
    pub(crate) transaction: Option<OpenTransaction>,
    /// Those of the transaction, the newest last.
    savepoints: Vec<Savepoint>,
    autocommit: bool,
    /// LOCK TABLES is in force: our own tables cannot be written.
    locked: bool,
    /// Variables, temporary tables, another default schema.
    settings: bool,
}

impl Default for SessionState {
    fn default() -> Self {
        SessionState { transaction: None, savepoints: Vec::new(), autocommit: true, locked: false, settings: false }
    }
}

impl OpenTransaction {
    /// One that a script begins.
    fn begun(from: u32) -> OpenTransaction {
        OpenTransaction { from, writes: false, sure: true, by_savepoint: false, by_unit: false, shared: false }
    }

    /// The part of it from a statement on.
    pub(crate) fn since(self, from: u32) -> OpenTransaction {
        OpenTransaction { from, ..self }
    }

    /// The same, of which nobody can say any more whether it was committed.
    pub(crate) fn unsure(self) -> OpenTransaction {
        OpenTransaction { sure: false, ..self }
    }
}

impl SessionState {
    /// State that statements leave, one after the other, in a fresh session.
    pub(crate) fn after<'s>(statements: impl IntoIterator<Item = &'s Statement>, kind: ServerKind) -> SessionState {
        let mut state = SessionState::default();
        for statement in statements {
            state.advance(statement, kind);
        }
        state
    }

    /// Of statements that come next, how many run in one transaction with the first; one at least where there is one.
    pub(crate) fn count_in_transaction<'s>(
        &self,
        statements: impl IntoIterator<Item = &'s Statement>,
        kind: ServerKind,
    ) -> usize {
        let mut state = self.clone();
        let mut count = 0;
        for statement in statements {
            state.advance(statement, kind);
            count += 1;
            if state.transaction.is_none() {
                break;
            }
        }
        count
    }

    /// Tells whether a read by us before a statement would begin a transaction that nobody ends.
    pub(crate) fn would_begin_by_reading(&self, before: &Statement) -> bool {
        self.transaction.is_none() && (!self.autocommit || before.analysis.flags.no_autocommit)
    }

    /// Tells whether any other session would do as well.
    pub(crate) fn is_fresh(&self) -> bool {
        *self == SessionState::default()
    }

    /// Tells whether LOCK TABLES is in force.
    pub(crate) fn is_locked(&self) -> bool {
        self.locked
    }

    /// The table locks were given up.
    pub(crate) fn unlock(&mut self) {
        self.locked = false;
    }

    /// Statements since that one share a transaction, which is open.
    pub(crate) fn share(&mut self, from: u32) {
        self.transaction = Some(OpenTransaction { writes: true, shared: true, ..OpenTransaction::begun(from) });
    }

    /// Tells where the receipt of the next statement goes, behind which its transaction may stay open.
    pub(crate) fn place(&self, statement: &Statement, shares: bool, kind: ServerKind) -> ReceiptPlace {
        if shares { ReceiptPlace::Shares } else { self.receipt_place(statement, kind) }
    }

    /// The same for one whose transaction does not.
    pub(crate) fn receipt_place(&self, statement: &Statement, kind: ServerKind) -> ReceiptPlace {
        let (what, flags) = (statement.analysis.kind, statement.analysis.flags);
        if self.locked {
            return ReceiptPlace::Nowhere;
        }
        if self.transaction.is_some_and(|open| open.shared) {
            return ReceiptPlace::Closes;
        }
        if self.opens_unit(statement) {
            return ReceiptPlace::Opens;
        }
        if self.transaction.is_some_and(|open| open.by_unit) {
            return if flags.asked { ReceiptPlace::Nowhere } else { ReceiptPlace::Closes };
        }
        if let Some(open) = self.transaction {
            let released = what == StatementKind::ReleaseSavepoint && self.release_commits(open, statement, kind);
            let ends = what == StatementKind::Commit || released || statement.analysis.implicit_commit(kind.dialect());
            return if ends { ReceiptPlace::Before } else { ReceiptPlace::Nowhere };
        }
        let lasts = what.is_ddl() || statement.analysis.flags.lasting;
        let transactional = what.is_dml() || (kind == ServerKind::Sqlite && lasts);
        let autocommit = self.autocommit && !statement.analysis.flags.no_autocommit;
        match transactional && autocommit && !statement.analysis.implicit_commit(kind.dialect()) {
            true => ReceiptPlace::Own,
            false => ReceiptPlace::Nowhere,
        }
    }

    /// Tells whether a statement is the first of a unit that no transaction of the script is around.
    fn opens_unit(&self, statement: &Statement) -> bool {
        let flags = statement.analysis.flags;
        let free = self.transaction.is_none() && self.autocommit && !flags.no_autocommit && !self.locked;
        free && flags.unit && flags.asked
    }

    /// A statement has run.
    pub(crate) fn advance(&mut self, statement: &Statement, kind: ServerKind) {
        let opens = self.opens_unit(statement);
        let within = self.transaction.filter(|open| open.by_unit);
        self.advance_alone(statement, kind);
        let (what, flags) = (statement.analysis.kind, statement.analysis.flags);
        if opens {
            // What commits by itself is no part of what comes behind it.
            let from = statement.index + u32::from(what.is_ddl());
            self.transaction = Some(OpenTransaction { by_unit: true, ..OpenTransaction::begun(from) });
            if !what.is_ddl() {
                self.within_transaction(statement, kind);
            }
        } else if within.is_some() && !flags.asked {
            self.transaction = None;
        }
    }

    fn advance_alone(&mut self, statement: &Statement, kind: ServerKind) {
        let analysis = &statement.analysis;
        let what = analysis.kind;
        self.autocommit &= !analysis.flags.no_autocommit;
        let begin = OpenTransaction::begun(statement.index);
        match what {
            StatementKind::Begin => (self.transaction, self.locked) = (Some(begin), false),
            StatementKind::Commit | StatementKind::Rollback => {
                let next = OpenTransaction { from: statement.index + 1, ..begin };
                self.transaction = Some(next).filter(|_| analysis.flags.chains);
                self.savepoints.clear();
            }
            StatementKind::Savepoint => self.savepoint(begin, statement, kind),
            StatementKind::ReleaseSavepoint => self.release(statement, kind),
            StatementKind::RollbackToSavepoint => self.rollback_to(statement, kind),
            StatementKind::Set if analysis.flags.autocommit => self.set_autocommit(statement.plain()),
            StatementKind::LockTables => (self.transaction, self.locked) = (None, true),
            StatementKind::UnlockTables => {
                self.transaction = self.transaction.filter(|_| !self.locked);
                self.locked = false;
            }
            _ if analysis.implicit_commit(kind.dialect()) && !what.is_opaque() => self.transaction = None,
            _ => self.within_transaction(statement, kind),
        }
        if self.transaction.is_none() {
            self.savepoints.clear();
        }
        let kept = what.is_ddl() || what.is_dml() || what.is_transaction_control() || what == StatementKind::Select;
        let kept = kept || (what == StatementKind::Pragma && !sets_session(statement));
        let locks = matches!(what, StatementKind::LockTables | StatementKind::UnlockTables);
        let sets = kind != ServerKind::Sqlite && !what.is_ddl() && sets_within(statement);
        self.settings |= !(kept || locks) || sets || analysis.is_temporary() || analysis.flags.releases;
    }

    /// SQLite begins a transaction with a savepoint where there is none, and keeps several of one name; on a server a
    /// new one takes the place of the old.
    fn savepoint(&mut self, begin: OpenTransaction, statement: &Statement, kind: ServerKind) {
        let name = savepoint_name(statement.plain(), kind.dialect());
        if kind == ServerKind::Sqlite {
            self.transaction.get_or_insert(OpenTransaction { by_savepoint: true, ..begin });
        } else {
            self.savepoints.retain(|other| other.name != name);
        }
        self.savepoints.push(Savepoint { name, at: statement.index });
    }

    /// Position in the list of the savepoint that a statement is about.
    fn position(&self, statement: &Statement, kind: ServerKind) -> Option<usize> {
        let name = savepoint_name(statement.plain(), kind.dialect());
        self.savepoints.iter().rposition(|savepoint| savepoint.name == name)
    }

    /// Tells whether releasing a savepoint ends the transaction that it opened: those set after it go with it.
    fn release_commits(&self, open: OpenTransaction, statement: &Statement, kind: ServerKind) -> bool {
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
    fn rollback_to(&mut self, statement: &Statement, kind: ServerKind) {
        if let Some(at) = self.position(statement, kind) {
            self.savepoints.truncate(at + 1);
        }
    }

    /// The statement that set the savepoint to which a `ROLLBACK TO` that has run went back.
    pub(crate) fn rolled_back_to(&self, statement: &Statement, kind: ServerKind) -> Option<u32> {
        let at =
            self.position(statement, kind).filter(|_| statement.analysis.kind == StatementKind::RollbackToSavepoint);
        at.map(|at| self.savepoints[at].at)
    }

    /// Switches autocommit. What cannot be read as switching it on is taken as switching it off: the worse case.
    fn set_autocommit(&mut self, sql: &str) {
        let upper = sql.to_ascii_uppercase();
        let value = upper.rsplit("AUTOCOMMIT").next().unwrap_or_default();
        let value = value.trim_start_matches(|c: char| c == '=' || c == ':' || c == '`' || c.is_whitespace());
        self.autocommit = ["1", "ON", "TRUE"].iter().any(|on| value.starts_with(on));
        if self.autocommit {
            self.transaction = None;
        }
    }

    fn within_transaction(&mut self, statement: &Statement, kind: ServerKind) {
        let what = statement.analysis.kind;
        let writes = what.is_dml() || what.is_ddl() || what.is_opaque();
        if self.transaction.is_none() && !self.autocommit && (writes || what == StatementKind::Select) {
            self.transaction = Some(OpenTransaction::begun(statement.index));
        }
        if let Some(open) = &mut self.transaction {
            open.writes |= writes;
            open.sure &= !(what.is_opaque() && statement.analysis.implicit_commit(kind.dialect()));
        }
    }
}

/// True if a query or a change of rows may set a variable of the session, or take a lock that lasts as long as it.
fn sets_within(statement: &Statement) -> bool {
    let sql = statement.plain();
    let into = || sql.to_ascii_uppercase().split("INTO").skip(1).any(|rest| rest.trim_start().starts_with('@'));
    let assigns =
        sql.contains('@') && (sql.contains(":=") || (statement.analysis.kind == StatementKind::Select && into()));
    assigns || sql.contains("GET_LOCK") || sql.contains("get_lock")
}

#[cfg(test)]
mod tests;
