//! SQLite: one file per schema in one directory.
//!
//! The names under which a session sees the files:
//!
//! | purpose | `main` | attached under their schemas' names |
//! |---|---|---|
//! | File | core | orchestration (for the token of the lease), undo (for what is kept) |
//! | Journal, Control | an empty memory database | orchestration, ephemeral: a transaction of ours never locks core |
//! | Reader | an empty memory database | core, orchestration, ephemeral, as far as they exist; read only |
//!
//! So `schema.table` means the same as on a server, except that core's tables have no schema in a file session.
//!
//! Pragmas, and why. Our own files: WAL, so that consoles read while the worker writes and a commit is one sync;
//! `synchronous = FULL`, because a journal that loses its last commit is none. Core: left in the mode it is in; one that
//! we create is made WAL. `foreign_keys` is off as in the `sqlite3` shell. `busy_timeout` is 3 s for files (the engine
//! tries again) and 10 s for our own sessions.
//!
//! SQLite commits attached files together only where all have a rollback journal: with WAL they are committed one after
//! the other, core first, and a crash may come between. So nothing that must be committed with a file's statement is
//! written anywhere but in core: its receipt stands there, and what is kept for its undo until it has been brought to
//! the undo schema ([`OURS_IN_CORE`]).

mod catalog;
mod definitions;
mod errors;
mod files;
mod life;
mod rows;
mod running;
mod session;

pub(crate) use catalog::OURS_IN_CORE;
pub use definitions::canonical;

use super::{Database, DbError, LifeMark, Purpose, Schemas, ServerKind, Session, Target};
use async_trait::async_trait;
use running::Running;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Describes the files of a directory; the first session that writes creates what is missing.
pub(super) async fn connect(target: &Target, dir: &Path) -> Result<Arc<dyn Database>, DbError> {
    let version = files::library_version(&target.label()).await?;
    Ok(Arc::new(SqliteDatabase {
        dir: dir.to_owned(),
        version,
        account: account(),
        schemas: target.schemas.clone(),
        running: Running::default(),
    }))
}

/// The operating system's user: SQLite has no accounts.
fn account() -> String {
    let user = nix::unistd::getuid();
    match nix::unistd::User::from_uid(user) {
        Ok(Some(found)) => found.name,
        Ok(None) | Err(_) => format!("uid{user}"),
    }
}

/// A directory of SQLite files.
#[derive(Debug)]
struct SqliteDatabase {
    dir: PathBuf,
    version: String,
    account: String,
    schemas: Schemas,
    running: Running,
}

#[async_trait]
impl Database for SqliteDatabase {
    fn kind(&self) -> ServerKind {
        ServerKind::Sqlite
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    fn label(&self) -> String {
        format!("sqlite:{}", self.dir.display())
    }

    async fn open(&self, purpose: Purpose) -> Result<Box<dyn Session>, DbError> {
        let place = session::Files { dir: self.dir.clone(), schemas: self.schemas.clone(), purpose };
        let session = session::SqliteSession::start(place, self.running.enter()).await?;
        Ok(Box::new(session))
    }

    async fn interrupt(&self, connection: u64) -> Result<bool, DbError> {
        Ok(self.running.interrupt(connection))
    }

    /// A connection of this process is ended by its owner only; its statement is interrupted.
    async fn kill(&self, connection: u64) -> Result<bool, DbError> {
        Ok(self.running.interrupt(connection))
    }

    async fn is_connected(&self, connection: u64) -> Result<bool, DbError> {
        Ok(self.running.is_alive(connection))
    }

    fn mark_life(&self, token: i64) -> Option<LifeMark> {
        life::mark(&self.dir, &self.schemas.orchestration, token)
    }

    fn has_ended(&self, token: i64) -> bool {
        life::has_ended(&self.dir, &self.schemas.orchestration, token)
    }

    async fn close(&self) {}
}
