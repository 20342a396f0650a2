//! Keeping: what a statement destroys is looked up, and the tables that will hold it are made, before the statement is
//! sent (`docs/design/undo.md`, "Four ways back, per statement").

use super::estimate::PlannedChanges;
use super::file_session::FileSession;
use super::job::{KeepPlan, Permission};
use super::locks::{self, TableLocks};
use crate::database::{ErrorKind, Purpose, ServerKind};
use crate::engine::EngineError;
use crate::engine::inspector::{FileContext, Inspector};
use crate::kept::{self, Ask, Keep};
use crate::model::{Category, Failure, Millis, Phase, Place, Ymdhis};
use crate::sql::{AlterOperation, ObjectName, Statement, is_named, is_vacuumed_later, no_place_to_keep};
use crate::store::{Store, StoreError};
use std::collections::HashSet;
use std::time::Duration;

/// Plans what is to be kept for a statement of a file, and makes the room for it.
///
/// A server shows a transaction no table that was made after it first read (error 1412): for the statements of one
/// transaction all is looked up, and all room made, before it begins. SQLite makes the room in the transaction.
pub(crate) async fn plan(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    (phase, index, now): (Phase, u32, Millis),
    session: &mut FileSession,
) -> Result<KeepPlan, EngineError> {
    let text = context.text;
    if let Some(planned) = session.planned.remove(&index) {
        return Ok(planned);
    }
    let kind = inspector.kind();
    // Looked at when its transaction began, and nothing is to be kept for it.
    if kind != ServerKind::Sqlite && session.state.transaction.is_some() {
        return Ok(Ok(Vec::new()));
    }
    let rest = text.statements(phase).get(index as usize..).unwrap_or_default();
    let together = match kind {
        ServerKind::Sqlite => 1,
        ServerKind::MariaDb | ServerKind::MySql => session.state.count_in_transaction(rest, kind),
    };
    let alone = together == 1 && kind != ServerKind::Sqlite && !session.state.is_locked();
    let locks = |statement: &Statement| {
        let flags = statement.analysis.flags;
        let may_lock = phase == Phase::Undo && alone && !(flags.asked || flags.unit || flags.no_autocommit);
        if may_lock { TableLocks::Ours } else { TableLocks::None }
    };
    let mut looked = false;
    for statement in rest.iter().take(together).filter(|statement| text.keeps(phase, statement.index)) {
        looked = true;
        let about = About { phase, statement, changed_until_then: &HashSet::new(), now, locks: locks(statement) };
        let planned = look_up(inspector, context, about, session).await?;
        make_room(inspector, planned.as_deref().unwrap_or_default()).await?;
        session.planned.insert(statement.index, planned);
    }
    if alone && phase == Phase::Undo {
        plan_under_locks(inspector, context, (rest, now), session).await?;
    }
    if looked && rest.first().is_some_and(|first| session.state.would_begin_by_reading(first)) {
        session.session.rollback().await?;
    }
    Ok(session.planned.remove(&index).unwrap_or(Ok(Vec::new())))
}

/// Plans what is to be kept of the statements under the `LOCK TABLES` that a rollback script comes to: no table can be
/// made or looked at under it.
async fn plan_under_locks(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    (rest, now): (&[Statement], Millis),
    session: &mut FileSession,
) -> Result<(), EngineError> {
    session.lock_beside.clear();
    let Some(first) = rest.first() else { return Ok(()) };
    let (phase, locks) = (Phase::Undo, TableLocks::OfScript);
    for statement in locks::under(rest).into_iter().filter(|statement| context.text.keeps(phase, statement.index)) {
        let about = About { phase, statement, changed_until_then: &HashSet::new(), now, locks };
        let planned = look_up(inspector, context, about, session).await?;
        let keeps = planned.as_deref().unwrap_or_default();
        make_room(inspector, keeps).await?;
        session.lock_beside.extend(kept::beside(&inspector.store, keeps, &locks::named(first))?);
        session.planned.insert(statement.index, planned);
    }
    Ok(())
}

/// Tells whether what a file destroys can be kept, before anything of it runs: as far as its statements meet the tables
/// as they stand now.
pub(crate) async fn can_keep(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    now: Millis,
) -> Result<Permission, EngineError> {
    let text = context.text;
    let statements = &text.up.statements;
    if let Some(column) = text.park.iter().find(|column| !statements.iter().any(|s| drops(s, column))) {
        return Ok(Err(cannot_park(&format!("park={column}: no statement of the file drops this column"))));
    }
    let needs_none = text.park.is_empty() && context.does_without_keeping();
    if needs_none || !statements.iter().any(|s| text.keeps(Phase::Forward, s.index)) {
        return Ok(Ok(()));
    }
    let mut session = inspector.file_session(context).await?;
    let mut planned_changes = PlannedChanges::default();
    let mut answer = Ok(());
    for statement in statements {
        if text.keeps(Phase::Forward, statement.index) && planned_changes.leave_untouched(statement) {
            let (phase, locks) = (Phase::Forward, TableLocks::None);
            let changed_until_then = planned_changes.redefined();
            for statement in statement.as_it_may_run() {
                let about = About { phase, statement, changed_until_then, now, locks };
                answer = match look_up(inspector, context, about, &mut session).await? {
                    Ok(keeps) => can_afford(&inspector.store, statement, &keeps, &mut session).await?,
                    Err(failure) => Err(failure),
                };
                if answer.is_err() {
                    break;
                }
            }
        }
        if answer.is_err() {
            break;
        }
        planned_changes.advance(statement);
    }
    inspector.sessions.keep(session);
    Ok(answer)
}

/// A statement that is looked up.
#[derive(Clone, Copy)]
struct About<'a> {
    phase: Phase,
    statement: &'a Statement,
    /// Objects that those before it will have changed by then.
    changed_until_then: &'a HashSet<ObjectName>,
    now: Millis,
    locks: TableLocks,
}

/// Looks up what a statement would destroy.
async fn look_up(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    about: About<'_>,
    session: &mut FileSession,
) -> Result<KeepPlan, EngineError> {
    let About { phase, statement, changed_until_then, now, locks } = about;
    let FileContext { file, text, .. } = context;
    let settings = inspector.options.keep;
    let FileSession { session, state, tables, .. } = session;
    let place = Place {
        batch: file.batch,
        file: file.id,
        statement: file.numbered(phase, statement.index),
        attempt: file.retries,
        until: until(now, settings.keep_for),
    };
    let statements = text.statements(phase);
    let place_for_it = no_place_to_keep(statements, statement.index as usize, inspector.dialect());
    let ask = Ask {
        statement,
        place,
        budget: settings.budget,
        locked: state.is_locked() || locks == TableLocks::OfScript,
        by_locks: locks != TableLocks::None,
        // The session itself says how it is isolated by now.
        weakly_isolated: false,
        renumbered: is_vacuumed_later(statements, statement.index as usize),
        park: &text.park,
        changed_until_then,
    };
    let planned = match place_for_it {
        Some(reason) => Err(StoreError::CannotKeep { reason }),
        None => kept::plan(&inspector.store, session.as_mut(), tables, &ask).await,
    };
    match planned {
        Ok(keeps) => Ok(Ok(keeps)),
        // A rollback script is its author's word for the file; who accepts what nothing undoes has read which it is.
        Err(StoreError::CannotKeep { reason }) if phase == Phase::Undo || context.does_without_keeping() => {
            tracing::warn!(file = %file.path, statement = statement.index + 1, %reason, "nothing is kept");
            Ok(Ok(Vec::new()))
        }
        Err(StoreError::CannotKeep { reason }) => Ok(Err(cannot_keep(statement, &reason))),
        // Who wants a column parked does not want it dropped, whatever else undoes that.
        Err(StoreError::CannotPark { reason }) => Ok(Err(cannot_park(&reason).at(statement.index, statement.line))),
        Err(error) => Err(error.into()),
    }
}

/// Makes the tables that will hold it. On MySQL and MariaDB on a session of its own, since DDL commits; on SQLite they
/// are made in the statement's own transaction (`send`).
async fn make_room(inspector: &mut Inspector, keeps: &[Keep]) -> Result<(), EngineError> {
    if keeps.is_empty() || inspector.kind() == ServerKind::Sqlite {
        return Ok(());
    }
    let mut session = match inspector.keep_session.take() {
        Some(session) => session,
        None => inspector.store.database().open(Purpose::Control).await?,
    };
    let made = kept::prepare(&inspector.store, session.as_mut(), keeps).await;
    match made {
        Ok(()) => inspector.keep_session = Some(session),
        Err(error) => {
            session.close().await;
            return Err(error.into());
        }
    }
    Ok(())
}

/// Tells whether what is to be kept is within the budget. Where that cannot be asked yet (a variable that the file
/// sets), the statement's own transaction tells.
async fn can_afford(
    store: &Store,
    statement: &Statement,
    keeps: &[Keep],
    session: &mut FileSession,
) -> Result<Permission, EngineError> {
    match kept::cost(store, session.session.as_mut(), keeps).await {
        Err(StoreError::CannotKeep { reason }) => Ok(Err(cannot_keep(statement, &reason))),
        Err(error) if error.database().is_some_and(|e| e.kind == ErrorKind::ConnectionLost) => Err(error.into()),
        Ok(_) | Err(_) => Ok(Ok(())),
    }
}

/// The failure of a statement whose effects cannot be kept.
pub(crate) fn cannot_keep(statement: &Statement, reason: &str) -> Failure {
    let message = format!("what the statement destroys cannot be kept, so nothing would undo it: {reason}");
    Failure::new(Category::Undo, message)
        .at(statement.index, statement.line)
        .hint("write a rollback script for the file, or migrate with --accept-irreversible")
}

fn cannot_park(reason: &str) -> Failure {
    Failure::new(Category::Undo, reason)
        .hint("correct `park` in the file's first comment; a column that is not parked is copied before it is dropped")
}

/// Tells whether a statement drops a column, named `table.column`.
fn drops(statement: &Statement, column: &String) -> bool {
    let tables = || statement.analysis.touches.iter().filter(|touch| touch.how.changes());
    let names = |name: &str| tables().any(|touch| is_named(std::slice::from_ref(column), &touch.object.name, name));
    statement.analysis.operations.iter().any(|o| matches!(o, AlterOperation::DropColumn { name } if names(name)))
}

fn until(now: Millis, keep_for: Duration) -> Ymdhis {
    let ms = i64::try_from(keep_for.as_millis()).unwrap_or(i64::MAX);
    Ymdhis::from(Millis(now.0.saturating_add(ms)))
}
