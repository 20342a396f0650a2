//! The session that runs the files' SQL, and nothing of ours except receipts (`2-lifecycle`, In doubt).

use super::EngineError;
use crate::database::{self, Database, DbError, Definition, ErrorKind, Purpose, Session};
use crate::model::Checksum;
use crate::sql::{Dialect, ObjectName, Statement, StatementKind};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a worker waits for the statements of the one before it to leave the server. A copying ALTER of a large
/// table can take hours to roll back; what waits says so, and can be interrupted.
const BARRIER: Duration = Duration::from_secs(30);

/// A connection for files, with what it knows of the schema.
#[derive(Debug)]
pub(super) struct FileSession {
    pub(super) session: Box<dyn Session>,
    dialect: Dialect,
    /// Session variables in force beyond the server's defaults.
    variables: Vec<(String, String)>,
    /// The source whose file it runs now.
    file: Option<Checksum>,
    /// Something of a file is left in the session: it must not serve another.
    dirty: bool,
    /// Index of the statement that began an explicit transaction which is still open.
    pub(super) transaction: Option<u32>,
    /// Definitions as last seen, of the current file's objects.
    known: HashMap<ObjectName, Option<String>>,
}

impl FileSession {
    /// Opens a session and takes the barrier: a session lock that a statement of an earlier worker holds until it has
    /// left the server (`10-server-facts`, zombie DDL).
    pub(super) async fn open(
        database: &Arc<dyn Database>,
        variables: &[(String, String)],
    ) -> Result<FileSession, EngineError> {
        let mut session = database.open(Purpose::File).await?;
        super::barrier::take(database, session.as_mut(), BARRIER).await?;
        for (name, value) in variables {
            session.run(&format!("SET {name} = {value}")).await.map_err(|e| {
                e.doing(format!("setting the session variable {name}"))
                    .with_hint("mend it in [session] of caribou.toml or in the file's directive session=")
            })?;
        }
        Ok(FileSession {
            session,
            dialect: database.kind().dialect(),
            variables: variables.to_vec(),
            file: None,
            dirty: false,
            transaction: None,
            known: HashMap::new(),
        })
    }

    /// Whether this session can run that file: it carries nothing of another one.
    pub(super) fn serves(&self, file: &Checksum, variables: &[(String, String)]) -> bool {
        let same = self.file.as_ref() == Some(file);
        (same || (!self.dirty && self.transaction.is_none())) && self.variables == variables
    }

    /// It now runs that file.
    pub(super) fn enter(&mut self, file: &Checksum) {
        if self.file.as_ref() != Some(file) {
            self.file = Some(file.clone());
            self.known.clear();
        }
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

    /// The same, looked up now.
    pub(super) async fn fingerprint_now(&mut self, statement: &Statement) -> Result<String, DbError> {
        let objects = changed(statement);
        self.look(&objects).await?;
        Ok(database::fingerprint(&self.seen(&objects)))
    }

    /// Notes what a statement that ran leaves in the session.
    pub(super) fn ran(&mut self, statement: &Statement) {
        let kind = statement.analysis.kind;
        match kind {
            StatementKind::Begin => self.transaction = Some(statement.index),
            StatementKind::Commit | StatementKind::Rollback => self.transaction = None,
            _ if statement.analysis.implicit_commit(self.dialect) => self.transaction = None,
            _ => {}
        }
        let clean = kind.is_ddl() || kind.is_dml() || kind.is_transaction_control() || kind == StatementKind::Select;
        self.dirty |= !clean || statement.analysis.flags.temporary;
    }

    /// Rolls an open transaction back after a failure; says where it had begun.
    pub(super) async fn give_up_transaction(&mut self) -> Option<u32> {
        let from = self.transaction.take()?;
        self.dirty = true;
        match self.session.run("ROLLBACK").await {
            Ok(_) => Some(from),
            // The connection is gone, and the transaction with it.
            Err(e) if e.kind == ErrorKind::ConnectionLost => Some(from),
            // SQLite and MySQL may have rolled it back by themselves: there is none left to roll back.
            Err(_) => Some(from),
        }
    }
}

/// The objects whose definitions a statement changes.
pub(super) fn changed(statement: &Statement) -> Vec<ObjectName> {
    if !statement.analysis.kind.is_ddl() {
        return Vec::new();
    }
    statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()).collect()
}
