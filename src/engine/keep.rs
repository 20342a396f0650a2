//! What a statement destroys is looked up, and the tables that will hold it are made, before the statement is sent
//! (`3-rollback`, Undo, 3).

use super::EngineError;
use super::file_session::FileSession;
use super::foresee::Outlook;
use super::texts::Text;
use super::worker::Worker;
use crate::database::{ErrorKind, Purpose, ServerKind};
use crate::model::{Category, Failure, File, Millis, Place, Ymdhis};
use crate::sql::{AlterOperation, ObjectName, Statement, is_named};
use crate::store::kept::{self, Ask, Budget, Keep};
use crate::store::{Store, StoreError};
use std::collections::HashSet;
use std::time::Duration;

/// How much of what statements destroy is kept, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepSettings {
    /// Rows and bytes for one statement.
    pub budget: Budget,
    /// From when the statement runs.
    pub keep_for: Duration,
}

impl Default for KeepSettings {
    fn default() -> Self {
        KeepSettings {
            budget: Budget { max_rows: 1_000_000, max_bytes: 1 << 30 },
            keep_for: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

/// What is to be kept for a statement, or why it cannot be and the statement must not run.
pub(super) type Keeping = Result<Vec<Keep>, Failure>;

impl Worker {
    /// What is to be kept for a statement of a file, and the room for it.
    ///
    /// A server shows a transaction no table that was made after it first read (error 1412): for the statements of one
    /// transaction all is looked up, and all room made, before it begins. SQLite makes the room in the transaction.
    pub(super) async fn keeping(
        &mut self,
        file: &File,
        text: &Text,
        index: u32,
        session: &mut FileSession,
    ) -> Result<Keeping, EngineError> {
        if let Some(planned) = session.planned.remove(&index) {
            return Ok(planned);
        }
        let kind = self.store.database().kind();
        // Looked at when its transaction began, and nothing is to be kept for it.
        if kind != ServerKind::Sqlite && session.carried.transaction.is_some() {
            return Ok(Ok(Vec::new()));
        }
        let rest = text.up.statements.get(index as usize..).unwrap_or_default();
        let together = match kind {
            ServerKind::Sqlite => 1,
            ServerKind::MariaDb | ServerKind::MySql => session.carried.together(rest, kind),
        };
        let mut looked = false;
        for statement in rest.iter().take(together).filter(|statement| text.keeps(statement.index)) {
            looked = true;
            let planned = self.look_up(file, text, (statement, &HashSet::new()), session).await?;
            self.make_room(planned.as_deref().unwrap_or_default()).await?;
            session.planned.insert(statement.index, planned);
        }
        if looked && session.carried.waits_for_commit() {
            session.session.run("ROLLBACK").await?;
        }
        Ok(session.planned.remove(&index).unwrap_or(Ok(Vec::new())))
    }

    /// Whether what a file destroys can be kept, before anything of it runs: as far as its statements meet the tables as
    /// they stand now.
    pub(super) async fn can_keep(&mut self, file: &File, text: &Text) -> Result<Result<(), Failure>, EngineError> {
        let statements = &text.up.statements;
        if let Some(column) = text.park.iter().find(|column| !statements.iter().any(|s| drops(s, column))) {
            return Ok(Err(cannot_park(&format!("park={column}: no statement of the file drops this column"))));
        }
        let needs_none = text.park.is_empty() && (text.has_script() || self.accepts_irreversible(file)?);
        if needs_none || !statements.iter().any(|s| text.keeps(s.index)) {
            return Ok(Ok(()));
        }
        let mut session = self.file_session(file, text).await?;
        let mut outlook = Outlook::default();
        let mut answer = Ok(());
        for statement in statements {
            if text.keeps(statement.index) && outlook.meets_what_stands(statement) {
                answer = match self.look_up(file, text, (statement, outlook.redefined()), &mut session).await? {
                    Ok(keeps) => can_afford(&self.store, statement, &keeps, &mut session).await?,
                    Err(failure) => Err(failure),
                };
            }
            if answer.is_err() {
                break;
            }
            outlook.pass(statement);
        }
        self.sessions.keep(session);
        Ok(answer)
    }

    /// Looks up what a statement would destroy, once those before it will have changed some objects.
    async fn look_up(
        &mut self,
        file: &File,
        text: &Text,
        (statement, changed_until_then): (&Statement, &HashSet<ObjectName>),
        session: &mut FileSession,
    ) -> Result<Keeping, EngineError> {
        let settings = self.options.keep;
        let FileSession { session, carried, tables, .. } = session;
        let place = Place {
            batch: file.batch,
            file: file.id,
            statement: statement.index,
            attempt: file.retries,
            until: until(self.journal.now(), settings.keep_for),
        };
        let locked = carried.is_locked();
        let ask = Ask { statement, place, budget: settings.budget, locked, park: &text.park, changed_until_then };
        match kept::plan(&self.store, session.as_mut(), tables, &ask).await {
            Ok(keeps) => Ok(Ok(keeps)),
            // A rollback script is its author's word for the file; who accepts what nothing undoes has read which it is.
            Err(StoreError::CannotKeep { reason }) if text.has_script() || self.accepts_irreversible(file)? => {
                tracing::warn!(file = %file.path, statement = statement.index + 1, %reason, "nothing is kept");
                Ok(Ok(Vec::new()))
            }
            Err(StoreError::CannotKeep { reason }) => Ok(Err(cannot_keep(statement, &reason))),
            // Who wants a column parked does not want it dropped, whatever else undoes that.
            Err(StoreError::CannotPark { reason }) => Ok(Err(cannot_park(&reason).at(statement.index, statement.line))),
            Err(error) => Err(error.into()),
        }
    }

    fn accepts_irreversible(&self, file: &File) -> Result<bool, EngineError> {
        Ok(self.batch(file.batch)?.policy.accept_irreversible)
    }

    /// Makes the tables that will hold it. On MySQL and MariaDB on a session of its own, since DDL commits; on SQLite they
    /// are made in the statement's own transaction (`runner`).
    async fn make_room(&mut self, keeps: &[Keep]) -> Result<(), EngineError> {
        if keeps.is_empty() || self.store.database().kind() == ServerKind::Sqlite {
            return Ok(());
        }
        let mut session = match self.keeper.take() {
            Some(session) => session,
            None => self.store.database().open(Purpose::Control).await?,
        };
        let made = kept::prepare(&self.store, session.as_mut(), keeps).await;
        match made {
            Ok(()) => self.keeper = Some(session),
            Err(error) => {
                session.close().await;
                return Err(error.into());
            }
        }
        Ok(())
    }
}

/// Whether what is to be kept is within the budget. Where that cannot be asked yet (a variable that the file sets), the
/// statement's own transaction tells.
async fn can_afford(
    store: &Store,
    statement: &Statement,
    keeps: &[Keep],
    session: &mut FileSession,
) -> Result<Result<(), Failure>, EngineError> {
    match kept::cost(store, session.session.as_mut(), keeps).await {
        Err(StoreError::CannotKeep { reason }) => Ok(Err(cannot_keep(statement, &reason))),
        Err(error) if error.database().is_some_and(|e| e.kind == ErrorKind::ConnectionLost) => Err(error.into()),
        Ok(_) | Err(_) => Ok(Ok(())),
    }
}

/// The failure of a statement whose effects cannot be kept.
pub(super) fn cannot_keep(statement: &Statement, reason: &str) -> Failure {
    let message = format!("what the statement destroys cannot be kept, so nothing would undo it: {reason}");
    Failure::new(Category::Undo, message)
        .at(statement.index, statement.line)
        .hint("write a rollback script for the file, or migrate with --accept-irreversible")
}

fn cannot_park(reason: &str) -> Failure {
    Failure::new(Category::Undo, reason)
        .hint("correct `park` in the file's first comment; a column that is not parked is copied before it is dropped")
}

/// Whether a statement drops a column, named `table.column`.
fn drops(statement: &Statement, column: &String) -> bool {
    let tables = || statement.analysis.touches.iter().filter(|touch| touch.how.changes());
    let names = |name: &str| tables().any(|touch| is_named(std::slice::from_ref(column), &touch.object.name, name));
    statement.analysis.operations.iter().any(|o| matches!(o, AlterOperation::DropColumn { name } if names(name)))
}

fn until(now: Millis, keep_for: Duration) -> Ymdhis {
    let ms = i64::try_from(keep_for.as_millis()).unwrap_or(i64::MAX);
    Ymdhis::from(Millis(now.0.saturating_add(ms)))
}
