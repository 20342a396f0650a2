//! The session that runs the files' SQL, and nothing of ours except receipts (`docs/design/lifecycle.md`, "Intent
//! before effect").

mod looking;

use super::job::KeepPlan;
use super::session_state::{OpenTransaction, SessionState};
use super::touched::{has_transactions, stays, written_tables};
use crate::database::{DbError, Definition, ErrorKind, Purpose, ServerKind, Session};
use crate::engine::EngineError;
use crate::engine::in_doubt::barrier::{self, Place};
use crate::engine::undo::schema_texts::SchemaTexts;
use crate::kept;
use crate::model::{File, FileId, FileState, Phase};
use crate::sql::{ObjectName, Statement, StatementKind, is_session_pragma, may_release};
use crate::store::{Lease, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

/// Nobody reads a script's results here, but names and errors in another character set are more than the driver can
/// read.
pub(crate) const READABLE: &str = "SET character_set_results = utf8mb4";

/// One attempt at one of a file's two scripts: a session that carries something of one must not serve another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScriptRun {
    pub(crate) file: FileId,
    pub(crate) phase: Phase,
    pub(crate) attempt: u32,
    /// Part of the undo.
    part: usize,
}

impl ScriptRun {
    /// The script that a file runs in its present state.
    pub(crate) fn current(file: &File) -> ScriptRun {
        let part = file.undo.as_ref().map_or(0, |undo| undo.earlier.len());
        ScriptRun { file: file.id, phase: phase_of(file), attempt: file.retries, part }
    }
}

/// Script that a file runs in its present state.
pub(crate) fn phase_of(file: &File) -> Phase {
    match file.state {
        FileState::RollingBack => Phase::Undo,
        _ => Phase::Forward,
    }
}

/// A script that a session begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScriptEntry<'a> {
    pub(crate) script: ScriptRun,
    /// Objects that its file changes.
    pub(crate) objects: &'a Arc<[ObjectName]>,
    /// True if nothing in it can see what the script before it left ([`sql::is_deaf`](crate::sql::is_deaf)).
    pub(crate) is_deaf: bool,
}

/// A connection for files, with what it knows of the schema.
#[derive(Debug)]
pub(crate) struct FileSession {
    pub(crate) session: Box<dyn Session>,
    /// Session that looks at definitions for it: what a file sets in its session changes what a server shows there.
    /// None on SQLite, where only the session itself sees what it has not committed yet.
    look_session: Option<Box<dyn Session>>,
    /// Its place among the sessions of this worker, which says what its barrier is called.
    pub(crate) slot: usize,
    /// Session variables in force beyond the server's defaults.
    variables: Vec<(String, String)>,
    /// The script that it runs now.
    script: Option<ScriptRun>,
    /// Statements of the script that have run here.
    pub(crate) ran: u32,
    /// State that the script has left in it so far.
    pub(crate) state: SessionState,
    /// A statement may have given the session's barrier up, as a procedure can.
    may_have_released: bool,
    /// The schema of objects that are named without one.
    core: String,
    /// The current file's objects.
    objects: Arc<[ObjectName]>,
    /// Definitions as last seen, of the current file's objects.
    known: HashMap<ObjectName, Option<String>>,
    /// What refers to them, as another session saw it.
    pub(crate) referring: Option<Vec<Definition>>,
    /// Those of them that stand in the journal as they are known.
    journalled: HashSet<ObjectName>,
    /// Facts known of tables whose rows are kept.
    pub(crate) tables: kept::Known,
    /// Plans of what is to be kept for statements to come, which run in one transaction with one that has been looked
    /// at.
    pub(crate) planned: BTreeMap<u32, KeepPlan>,
    /// The statements to come for which the rows have been copied already, since they ask about one before them.
    pub(crate) copied: BTreeSet<u32>,
    /// Notes to be made of rows that statements changed, as soon as nobody asks about these statements any more; with
    /// what the server said of them.
    pub(crate) deferred_notes: Vec<(Vec<kept::Keep>, kept::Changed)>,
    /// Texts that it has prepared, by their names in lower case, where they could be told.
    pub(super) prepared: HashMap<String, String>,
    /// Rows that the script has changed, where it asks for that (SQLite).
    pub(crate) changes: i64,
    /// Tables of ours that the next `LOCK TABLES` has to name too.
    pub(crate) lock_beside: BTreeSet<String>,
    /// What the statement that failed left in tables without transactions was taken back.
    pub(crate) taken_back: bool,
    /// The script asks next what its last statement did.
    pub(crate) asked: bool,
    /// Time of its last answer to a statement, while nothing has rested since.
    heard: Option<Instant>,
    /// True if something that it keeps may stand in core (`relocate`).
    pub(crate) staged: bool,
    /// The schema as SQLite holds it, as last seen.
    pub(crate) schema_texts: SchemaTexts,
}

impl FileSession {
    /// Opens a session and takes the barrier: a session lock that a statement of an earlier worker holds until it has
    /// left the server (`docs/design/servers.md`, "Barrier").
    pub(crate) async fn open(
        store: &Store,
        lease: &Lease,
        slot: usize,
        variables: &[(String, String)],
    ) -> Result<FileSession, EngineError> {
        let mut session = store.database().open(Purpose::File).await?;
        barrier::take(store, lease, session.as_mut(), Place::Files(slot), barrier::PATIENCE).await?;
        for (name, value) in variables {
            if session.kind() == ServerKind::Sqlite && !is_session_pragma(name) {
                let doing = format!("set the session variable {name}");
                let error = DbError::new(ErrorKind::Configuration, doing, "SQLite has no such PRAGMA of a session");
                return Err(error
                    .with_hint("mend it in [session] of caribou.toml or in the file's directive session=")
                    .into());
            }
            let sql = match session.kind() {
                ServerKind::Sqlite => format!("PRAGMA {name} = {value}"),
                ServerKind::MariaDb | ServerKind::MySql => format!("SET {name} = {value}"),
            };
            session.run(&sql).await.map_err(|e| {
                e.doing(format!("setting the session variable {name}"))
                    .with_hint("mend it in [session] of caribou.toml or in the file's directive session=")
            })?;
        }
        if session.kind() != ServerKind::Sqlite && !variables.is_empty() {
            session.run(READABLE).await?;
        }
        session.forget_last().await?;
        let look_session = match session.kind() {
            ServerKind::Sqlite => None,
            ServerKind::MariaDb | ServerKind::MySql => Some(store.database().open(Purpose::Look).await?),
        };
        Ok(FileSession {
            session,
            look_session,
            slot,
            variables: variables.to_vec(),
            script: None,
            ran: 0,
            state: SessionState::default(),
            may_have_released: false,
            core: store.schemas().core.clone(),
            objects: Arc::default(),
            known: HashMap::new(),
            referring: None,
            journalled: HashSet::new(),
            tables: kept::Known::default(),
            planned: BTreeMap::new(),
            copied: BTreeSet::new(),
            deferred_notes: Vec::new(),
            prepared: HashMap::new(),
            changes: 0,
            lock_beside: BTreeSet::new(),
            taken_back: false,
            asked: false,
            heard: None,
            staged: false,
            schema_texts: SchemaTexts::default(),
        })
    }

    /// Closes it in an orderly way.
    pub(crate) async fn close(self) {
        self.session.close().await;
        if let Some(look_session) = self.look_session {
            look_session.close().await;
        }
    }

    /// Says on both connections that they live.
    pub(crate) async fn ping(&mut self) -> Result<(), DbError> {
        if !self.asked {
            self.session.ping().await?;
        }
        self.look_session().ping().await
    }

    /// Takes the barrier again where a statement may have given it up, as soon as nothing asks what that did.
    ///
    /// # Errors
    /// As for taking it: where it is a successor's by now, this worker's time is over.
    pub(crate) async fn hold_barrier(&mut self, store: &Store, lease: &Lease) -> Result<(), EngineError> {
        if !self.may_have_released || self.asked {
            return Ok(());
        }
        barrier::hold(store, lease, self.session.as_mut(), Place::Files(self.slot)).await?;
        self.may_have_released = false;
        Ok(())
    }

    /// True if a statement to come asks what the last one did.
    pub(crate) fn asked(&self) -> bool {
        self.asked
    }

    /// The session to ask about objects and our own tables; it sees what has been committed, and on SQLite what the
    /// script has done so far.
    pub(crate) fn look_session(&mut self) -> &mut dyn Session {
        self.look_session.as_deref_mut().unwrap_or(self.session.as_mut())
    }

    /// Opens another session to look with, in place of one that somebody has ended: the one that runs the files may live.
    ///
    /// # Errors
    /// The database's; and where the session looks for itself, since then it is gone.
    pub(crate) async fn renew_look_session(&mut self, store: &Store) -> Result<(), DbError> {
        let Some(look_session) = &mut self.look_session else {
            return Err(DbError::new(ErrorKind::ConnectionLost, "look again", "the session looks for itself"));
        };
        *look_session = store.database().open(Purpose::Look).await?;
        Ok(())
    }

    /// Tells whether this session can run that script: it carries nothing of another one.
    pub(crate) fn serves(&self, script: ScriptRun, variables: &[(String, String)]) -> bool {
        (self.script == Some(script) || self.state.is_fresh()) && self.variables == variables
    }

    /// It now runs that script, of a file with those objects.
    ///
    /// # Errors
    /// The database's, where the session is gone.
    pub(crate) async fn enter(&mut self, entry: ScriptEntry<'_>) -> Result<(), DbError> {
        let ScriptEntry { script, objects, is_deaf } = entry;
        self.objects = Arc::clone(objects);
        if self.script != Some(script) {
            if self.script.is_some() && !is_deaf {
                self.session.forget_last().await?;
            }
            self.script = Some(script);
            self.ran = 0;
            self.changes = 0;
            self.state = SessionState::default();
            self.planned.clear();
            self.prepared.clear();
            self.lock_beside.clear();
            self.forget_unit();
            self.forget();
        }
        Ok(())
    }

    /// Notes what a statement that ran leaves in the session.
    pub(crate) fn advance(&mut self, statement: &Statement) {
        let kind = statement.analysis.kind;
        self.asked = statement.analysis.flags.asked;
        self.heard = Some(Instant::now());
        self.ran += 1;
        self.may_have_released |= may_release(statement.plain(), kind);
        self.state.advance(statement, self.session.kind());
        self.forget_prepared(kind);
        let of_schema = matches!(kind, StatementKind::DropSchema | StatementKind::AlterSchema);
        // On SQLite definitions are rolled back too.
        let taken_back = matches!(kind, StatementKind::Rollback | StatementKind::RollbackToSavepoint);
        if kind.is_opaque() || of_schema || taken_back || statement.analysis.flags.partial {
            self.known.clear();
        }
        if taken_back {
            self.schema_texts.forget();
        }
        if !kind.is_dml() {
            self.tables.forget();
        }
    }

    /// Rolls an open transaction back, after a failure or because nobody wants it any more; says which it was.
    pub(crate) async fn give_up_transaction(&mut self) -> Option<OpenTransaction> {
        let open = self.state.transaction.take()?;
        self.schema_texts.forget();
        if open.shared {
            self.known.clear();
        }
        // When it fails there is none left to roll back: the server did so by itself, or the connection is gone.
        if let Err(error) = self.session.rollback().await {
            tracing::debug!(%error, "the transaction had ended by itself");
        }
        if open.by_unit {
            self.leave_unit().await;
        }
        self.forget_unit();
        Some(open)
    }

    /// After the transaction of a unit, or a failure of its first statement, nothing of it is left in the session.
    pub(crate) async fn leave_unit(&mut self) {
        self.forget_unit();
        let leaving: &[&str] = match self.session.kind() {
            ServerKind::Sqlite => &["ROLLBACK"],
            ServerKind::MariaDb | ServerKind::MySql => &["ROLLBACK AND NO CHAIN NO RELEASE", "SET autocommit = 1"],
        };
        for sql in leaving {
            if let Err(error) = self.session.run(sql).await {
                tracing::debug!(%error, "the connection that ran a unit is gone");
            }
        }
    }

    fn forget_unit(&mut self) {
        self.copied.clear();
        self.deferred_notes.clear();
        self.asked = false;
    }

    /// Tells whether these tables are known to be there, and to have transactions.
    pub(crate) fn knows_transactions_of(&self, tables: &[ObjectName]) -> bool {
        let text = |table: &ObjectName| self.known.get(table).cloned().flatten();
        let known = |table: &ObjectName| Definition { object: table.clone(), text: text(table) };
        tables.iter().map(known).all(|table| table.text.is_some() && has_transactions(&table))
    }

    /// Tells whether all that these statements wrote was written to tables with transactions.
    pub(crate) async fn is_transactional(&mut self, statements: &[Statement]) -> Result<bool, DbError> {
        Ok(self.non_transactional(statements).await?.is_none())
    }

    /// A table that these statements wrote and whose rows no rollback undoes, in words.
    pub(crate) async fn non_transactional(&mut self, statements: &[Statement]) -> Result<Option<String>, DbError> {
        if self.session.kind() == ServerKind::Sqlite {
            return Ok(None);
        }
        let written: BTreeSet<ObjectName> =
            statements.iter().filter(|s| s.analysis.kind.is_dml()).flat_map(written_tables).collect();
        let tables = self.look_session().inspect(&written.into_iter().collect::<Vec<_>>()).await?;
        Ok(tables.iter().find(|table| !has_transactions(table)).map(stays))
    }

    /// Gives table locks up, after a failure: under them not even a definition of another table can be looked at.
    pub(crate) async fn give_up_locks(&mut self) {
        if !self.state.is_locked() {
            return;
        }
        // When it fails the connection is gone, and the locks with it.
        match self.session.run("UNLOCK TABLES").await {
            Ok(_) => self.state.unlock(),
            Err(error) => tracing::debug!(%error, "the table locks had ended by themselves"),
        }
    }
}
