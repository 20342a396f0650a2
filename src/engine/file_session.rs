//! The session that runs the files' SQL, and nothing of ours except receipts (`2-lifecycle`, In doubt).

use super::EngineError;
use super::barrier::{self, Place};
use super::carried::{Carried, Open};
use super::keep::Keeping;
use crate::database::{self, DbError, Definition, Purpose, ServerKind, Session};
use crate::model::{File, FileId, FileState, Phase};
use crate::sql::{ObjectKind, ObjectName, Statement, StatementKind};
use crate::store::{Lease, Store, kept};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// How long a worker waits for the statements of the one before it to leave the server. A copying ALTER of a large
/// table can take hours to roll back; what waits says so, and can be interrupted.
pub(super) const BARRIER: Duration = Duration::from_secs(30);

/// One attempt at one of a file's two scripts: a session that carries something of one must not serve another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScriptRun {
    pub(super) file: FileId,
    pub(super) phase: Phase,
    pub(super) attempt: u32,
}

impl ScriptRun {
    /// The script that a file runs in its present state.
    pub(super) fn of(file: &File) -> ScriptRun {
        ScriptRun { file: file.id, phase: phase_of(file), attempt: file.retries }
    }
}

/// Which of its scripts a file runs in its present state.
pub(super) fn phase_of(file: &File) -> Phase {
    match file.state {
        FileState::RollingBack => Phase::Undo,
        _ => Phase::Forward,
    }
}

/// A connection for files, with what it knows of the schema.
#[derive(Debug)]
pub(super) struct FileSession {
    pub(super) session: Box<dyn Session>,
    /// Its place among the sessions of this worker, which says what its barrier is called.
    pub(super) slot: usize,
    /// Session variables in force beyond the server's defaults.
    variables: Vec<(String, String)>,
    /// The script that it runs now.
    script: Option<ScriptRun>,
    /// What that script has left in it so far.
    pub(super) carried: Carried,
    /// The current file's objects.
    objects: Arc<[ObjectName]>,
    /// Definitions as last seen, of the current file's objects.
    known: HashMap<ObjectName, Option<String>>,
    /// What is known of tables whose rows are kept.
    pub(super) tables: kept::Known,
    /// What is to be kept for statements to come, which run in one transaction with one that has been looked at.
    pub(super) planned: BTreeMap<u32, Keeping>,
    /// Whether something that it keeps may stand in core (`home`).
    pub(super) staged: bool,
}

impl FileSession {
    /// Opens a session and takes the barrier: a session lock that a statement of an earlier worker holds until it has
    /// left the server (`10-server-facts`, zombie DDL).
    pub(super) async fn open(
        store: &Store,
        lease: &Lease,
        slot: usize,
        variables: &[(String, String)],
    ) -> Result<FileSession, EngineError> {
        let mut session = store.database().open(Purpose::File).await?;
        barrier::take(store, lease, session.as_mut(), Place::Files(slot), BARRIER).await?;
        for (name, value) in variables {
            session.run(&format!("SET {name} = {value}")).await.map_err(|e| {
                e.doing(format!("setting the session variable {name}"))
                    .with_hint("mend it in [session] of caribou.toml or in the file's directive session=")
            })?;
        }
        Ok(FileSession {
            session,
            slot,
            variables: variables.to_vec(),
            script: None,
            carried: Carried::default(),
            objects: Arc::default(),
            known: HashMap::new(),
            tables: kept::Known::default(),
            planned: BTreeMap::new(),
            staged: false,
        })
    }

    /// Whether this session can run that script: it carries nothing of another one.
    pub(super) fn serves(&self, script: ScriptRun, variables: &[(String, String)]) -> bool {
        (self.script == Some(script) || self.carried.is_nothing()) && self.variables == variables
    }

    /// It now runs that script, of a file with those objects.
    pub(super) fn enter(&mut self, script: ScriptRun, objects: &Arc<[ObjectName]>) {
        self.objects = Arc::clone(objects);
        if self.script != Some(script) {
            self.script = Some(script);
            self.carried = Carried::default();
            self.planned.clear();
            self.known.clear();
            self.tables.forget();
        }
    }

    /// Forgets what is known of the schema: others may have changed it.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.tables.forget();
    }

    /// Which objects are there, as far as they were looked at.
    pub(super) fn there(&self) -> HashMap<ObjectName, bool> {
        self.known.iter().map(|(object, text)| (object.clone(), text.is_some())).collect()
    }

    /// The definitions of objects: as last seen, or looked up now.
    pub(super) async fn definitions(&mut self, objects: &[ObjectName]) -> Result<Vec<Definition>, DbError> {
        let missing: Vec<ObjectName> = objects.iter().filter(|o| !self.known.contains_key(*o)).cloned().collect();
        self.look(&missing).await?;
        Ok(self.seen(objects))
    }

    /// Looks the objects up now, whatever was known.
    pub(super) async fn look(&mut self, objects: &[ObjectName]) -> Result<(), DbError> {
        if objects.is_empty() {
            return Ok(());
        }
        for definition in self.session.inspect(objects).await? {
            self.known.insert(definition.object, definition.text);
        }
        Ok(())
    }

    fn seen(&self, objects: &[ObjectName]) -> Vec<Definition> {
        let definition = |o: &ObjectName| Definition { object: o.clone(), text: self.known.get(o).cloned().flatten() };
        objects.iter().map(definition).collect()
    }

    /// Fingerprint of what a statement changes, looked up if it is not known.
    pub(super) async fn fingerprint(&mut self, statement: &Statement) -> Result<String, DbError> {
        let objects = changed(statement);
        Ok(database::fingerprint(&self.definitions(&objects).await?))
    }

    /// The definitions of what a statement changes, looked up now.
    pub(super) async fn changed_now(&mut self, statement: &Statement) -> Result<Vec<Definition>, DbError> {
        let objects = changed(statement);
        self.look(&objects).await?;
        Ok(self.seen(&objects))
    }

    /// Of the file's objects, those that a statement changed without naming them, looked up now: what goes with a table
    /// that is dropped, and what speaks of one that is renamed.
    pub(super) async fn changed_beside(&mut self, statement: &Statement) -> Result<Vec<Definition>, DbError> {
        let named = changed(statement);
        let beside = |object: &&ObjectName| {
            reaches(statement.analysis.kind, object.kind, self.session.kind()) && !named.contains(object)
        };
        let objects: Vec<ObjectName> = self.objects.iter().filter(beside).cloned().collect();
        let before: Vec<Option<Option<String>>> =
            objects.iter().map(|object| self.known.get(object).cloned()).collect();
        self.look(&objects).await?;
        let now = self.seen(&objects).into_iter().zip(before);
        Ok(now.filter(|(now, before)| before.as_ref() != Some(&now.text)).map(|(now, _)| now).collect())
    }

    /// Notes what a statement that ran leaves in the session.
    pub(super) fn ran(&mut self, statement: &Statement) {
        let kind = statement.analysis.kind;
        self.carried.pass(statement, self.session.kind());
        let of_schema = matches!(kind, StatementKind::DropSchema | StatementKind::AlterSchema);
        // On SQLite definitions are rolled back too.
        let taken_back = matches!(kind, StatementKind::Rollback | StatementKind::RollbackToSavepoint);
        if kind.is_opaque() || of_schema || taken_back || statement.analysis.flags.partial {
            self.known.clear();
        }
        if !kind.is_dml() {
            self.tables.forget();
        }
    }

    /// Rolls an open transaction back, after a failure or because nobody wants it any more; says which it was.
    pub(super) async fn give_up_transaction(&mut self) -> Option<Open> {
        let open = self.carried.transaction.take()?;
        // When it fails there is none left to roll back: the server did so by itself, or the connection is gone.
        if let Err(error) = self.session.run("ROLLBACK").await {
            tracing::debug!(%error, "the transaction had ended by itself");
        }
        Some(open)
    }

    /// Whether all that these statements wrote was written to tables with transactions.
    pub(super) async fn is_transactional(&mut self, statements: &[Statement]) -> Result<bool, DbError> {
        Ok(self.lasting(statements).await?.is_none())
    }

    /// A table that these statements wrote and whose rows no rollback takes back, in words.
    pub(super) async fn lasting(&mut self, statements: &[Statement]) -> Result<Option<String>, DbError> {
        if self.session.kind() == ServerKind::Sqlite {
            return Ok(None);
        }
        let written: BTreeSet<ObjectName> =
            statements.iter().filter(|s| s.analysis.kind.is_dml()).flat_map(written_tables).collect();
        let tables = self.session.inspect(&written.into_iter().collect::<Vec<_>>()).await?;
        Ok(tables.iter().find(|table| !has_transactions(table)).map(stays))
    }

    /// Gives table locks up, after a failure: under them not even a definition of another table can be looked at.
    pub(super) async fn give_up_locks(&mut self) {
        if !self.carried.is_locked() {
            return;
        }
        // When it fails the connection is gone, and the locks with it.
        match self.session.run("UNLOCK TABLES").await {
            Ok(_) => self.carried.unlock(),
            Err(error) => tracing::debug!(%error, "the table locks had ended by themselves"),
        }
    }
}

/// Whether a statement of one kind may change an object of another kind that it does not name.
fn reaches(what: StatementKind, object: ObjectKind, server: ServerKind) -> bool {
    use StatementKind::{AlterTable, DropIndex, DropTable, DropTrigger, DropView, RenameTable};
    match server {
        // Indexes and triggers are part of their table's definition, and are dropped without naming it. What speaks of a
        // table or a column that gets another name is rewritten.
        ServerKind::Sqlite => matches!(what, AlterTable | DropTable | DropView | DropIndex | DropTrigger),
        ServerKind::MariaDb | ServerKind::MySql => {
            object == ObjectKind::Trigger && matches!(what, AlterTable | DropTable | RenameTable)
        }
    }
}

/// Whether a table's rows can be rolled back. One that is not there any more has none.
pub(super) fn has_transactions(table: &Definition) -> bool {
    table.text.as_deref().is_none_or(|text| text.contains("ENGINE=InnoDB"))
}

/// Why rows in such a table stay whatever happens.
fn stays(table: &Definition) -> String {
    let engine = table.text.as_deref().and_then(|text| text.split("ENGINE=").nth(1)?.split_whitespace().next());
    let kind = engine.map(|engine| format!("is a {engine} table and ")).unwrap_or_default();
    format!("{} {kind}has no transactions: rows written to it stay, whatever failed after them", table.object)
}

/// The tables whose rows a statement writes.
pub(super) fn written_tables(statement: &Statement) -> Vec<ObjectName> {
    statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()).collect()
}

/// The objects whose definitions a statement changes.
pub(super) fn changed(statement: &Statement) -> Vec<ObjectName> {
    if !statement.analysis.kind.is_ddl() {
        return Vec::new();
    }
    statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()).collect()
}
