//! Estimate of what keeping will cost, and whether it can be kept at all: asked of the database before a batch exists,
//! so that a plan shows it and is refused for it (`docs/design/undo.md`, "Four ways back, per statement").
//!
//! Changes that the statements before one will have made of its tables by then is taken in as far as keeping depends on
//! it. On SQLite only what stands now is asked: a statement that meets a table which the plan makes or changes before
//! it is judged when its turn comes.

use super::touched::changed;
use super::virtual_tables::VirtualTables;
use crate::database::{DbError, ErrorKind, Purpose, ServerKind, Session};
use crate::engine::EngineError;
use crate::engine::file::texts::name_schemas;
use crate::kept::{self, Ask, Budget, Known};
use crate::model::{BatchId, FileId, KeptCost, Place, UndoMethod, Ymdhis};
use crate::plan::{Finding, Level, Plan, PlanFile};
use crate::sql::{self, Language, ObjectName, Statement, StatementKind};
use crate::store::{Store, StoreError};
use std::collections::HashSet;

/// Time that one statement's rows are counted, in seconds. Beyond, its cost is not known before it runs.
const PATIENCE: u32 = 5;
/// Statements that are asked about at the most: a plan is looked at by a person, who waits for it.
const MOST: usize = 2_000;

/// Asks about the statements of a plan whose rows, columns or tables are to be kept, on a session that changes nothing.
///
/// # Errors
/// The database's, where no session can be had. What one statement cannot be asked is left open.
pub async fn estimate(store: &Store, plan: &mut Plan, budget: Budget) -> Result<(), EngineError> {
    let keeps = |file: &PlanFile| file.statements.iter().any(|s| s.undo == UndoMethod::Kept);
    if !plan.files.iter().any(keeps) {
        return Ok(());
    }
    let mut session = match store.database().open(Purpose::File).await {
        Ok(session) => session,
        // An operator's account plans as well: whoever drives the batch sees what this one does not.
        Err(error) if error.kind == ErrorKind::Privilege => {
            plan.findings.push(unseen(store));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let looked = match limit_time(session.as_mut()).await {
        Ok(()) => estimate_files(store, session.as_mut(), plan, budget).await,
        Err(error) => Err(error.into()),
    };
    session.close().await;
    looked
}

fn unseen(store: &Store) -> Finding {
    let core = &store.schemas().core;
    let message = format!(
        "this account may not look into {core}: what keeping costs, and whether what is destroyed can be kept at all, the \
         worker finds out when a file's turn has come"
    );
    Finding::new("unseen", Level::Warning, None, message)
}

/// Nobody waits long for a plan, and no function in a condition writes anything for it.
async fn limit_time(session: &mut dyn Session) -> Result<(), DbError> {
    let settings: &[String] = match session.kind() {
        ServerKind::Sqlite => &["PRAGMA query_only = 1".to_owned()],
        ServerKind::MariaDb => {
            &[format!("SET SESSION max_statement_time = {PATIENCE}"), "SET SESSION TRANSACTION READ ONLY".to_owned()]
        }
        ServerKind::MySql => &[
            format!("SET SESSION max_execution_time = {}", PATIENCE * 1000),
            "SET SESSION TRANSACTION READ ONLY".to_owned(),
        ],
    };
    for setting in settings {
        session.execute(setting, &[]).await?;
    }
    Ok(())
}

async fn estimate_files(
    store: &Store,
    session: &mut dyn Session,
    plan: &mut Plan,
    budget: Budget,
) -> Result<(), EngineError> {
    let mut planned_changes = PlannedChanges::default();
    let mut known = Known::default();
    let mut virtual_tables = VirtualTables::standing(session).await?;
    let mut asked = 0;
    let follows = session.kind() != ServerKind::Sqlite;
    let language = Language::new(store.dialect(), &store.database().globals()).with(&plan.policy.session);
    for at in 0..plan.files.len() {
        let file = &plan.files[at];
        let keeps: Vec<bool> = file.statements.iter().map(|s| s.undo == UndoMethod::Kept).collect();
        // One that cannot be split stands in the plan's refusals.
        let Ok(mut script) = sql::read(&file.up, language.for_file(&file.up)) else { continue };
        name_schemas(&mut script.statements);
        let park = sql::directives(&file.up).map(|directives| directives.park).unwrap_or_default();
        let (mut locked, mut weakly_isolated) = (false, false);
        let mut keys = ForeignKeys::begin(session).await?;
        for (index, statement) in script.statements.iter().enumerate() {
            let can_tell = follows || planned_changes.leave_untouched(statement);
            if keeps.get(index) == Some(&true)
                && let Some(reason) = virtual_tables.refuse(statement)
            {
                plan.foreseen(at, index, Err(reason));
            } else if asked < MOST && keeps.get(index) == Some(&true) && can_tell {
                asked += 1;
                let renumbered = sql::is_vacuumed_later(&script.statements, index);
                let when =
                    When { redefined: planned_changes.redefined(), locked, weakly_isolated, renumbered, park: &park };
                for one in statement.as_it_may_run() {
                    let answer = match sql::no_place_to_keep(&script.statements, index, store.dialect()) {
                        Some(reason) => Some(Err(reason)),
                        None => ask(store, session, &mut known, (one, &when), budget).await?,
                    };
                    if let Some(answer) = answer {
                        plan.foreseen(at, index, answer);
                    }
                }
            }
            planned_changes.advance(statement);
            virtual_tables.advance(statement);
            keys.advance(session, statement).await?;
            match statement.analysis.kind {
                StatementKind::LockTables => locked = true,
                StatementKind::UnlockTables => locked = false,
                StatementKind::Set | StatementKind::SetTransaction if is_about_isolation(statement) => {
                    weakly_isolated = !isolates(statement);
                }
                _ => {}
            }
            if follows && asked < MOST && concerns_keeping(statement.analysis.kind) {
                known.pass(session, statement).await?;
            }
        }
    }
    Ok(())
}

/// State of the enforcement of foreign keys (SQLite) where a statement of a file stands: that says what else goes with
/// its rows.
struct ForeignKeys {
    in_transaction: bool,
}

impl ForeignKeys {
    /// As a file's session begins.
    async fn begin(session: &mut dyn Session) -> Result<ForeignKeys, DbError> {
        if session.kind() == ServerKind::Sqlite {
            session.run("PRAGMA foreign_keys = OFF").await?;
        }
        Ok(ForeignKeys { in_transaction: false })
    }

    /// Follows what a statement sets, which is nothing within a transaction.
    async fn advance(&mut self, session: &mut dyn Session, statement: &Statement) -> Result<(), DbError> {
        match statement.analysis.kind {
            StatementKind::Begin | StatementKind::Savepoint => self.in_transaction = true,
            StatementKind::Commit | StatementKind::Rollback => self.in_transaction = false,
            StatementKind::Pragma
                if !self.in_transaction
                    && sql::sets_session(statement)
                    && statement.sql.to_ascii_lowercase().contains("foreign_keys") =>
            {
                session.run(&statement.sql).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Circumstances in which a statement will run.
struct When<'a> {
    redefined: &'a HashSet<ObjectName>,
    locked: bool,
    weakly_isolated: bool,
    renumbered: bool,
    park: &'a [String],
}

fn is_about_isolation(statement: &Statement) -> bool {
    statement.plain().to_ascii_uppercase().contains("ISOLATION")
}

/// Tells whether what is set for isolation keeps rows out that others add.
fn isolates(statement: &Statement) -> bool {
    let upper = statement.plain().to_ascii_uppercase();
    ["REPEATABLE", "SERIALIZABLE", "DEFAULT"].iter().any(|level| upper.contains(level))
}

/// Tells whether what a statement does changes how rows are kept after it.
fn concerns_keeping(kind: StatementKind) -> bool {
    use StatementKind as Kind;
    matches!(
        kind,
        Kind::CreateTable
            | Kind::DropTable
            | Kind::CreateView
            | Kind::DropView
            | Kind::RenameTable
            | Kind::AlterTable
            | Kind::CreateFunction
            | Kind::CreateTrigger
            | Kind::DropTrigger
    )
}

/// Asks the database about one statement; nothing where it cannot say (the account may not look, it takes too long, a
/// variable that the file sets is not there yet).
async fn ask(
    store: &Store,
    session: &mut dyn Session,
    known: &mut Known,
    (statement, when): (&Statement, &When<'_>),
    budget: Budget,
) -> Result<Option<Result<KeptCost, String>>, EngineError> {
    let nowhere = Place {
        batch: BatchId::SYSTEM,
        file: FileId::default(),
        statement: statement.index,
        attempt: 0,
        until: Ymdhis::default(),
    };
    let &When { redefined, locked, weakly_isolated, renumbered, park } = when;
    let ask = Ask {
        statement,
        place: nowhere,
        budget,
        locked,
        by_locks: false,
        weakly_isolated,
        renumbered,
        park,
        changed_until_then: redefined,
    };
    let answer = match kept::plan(store, session, known, &ask).await {
        Ok(keeps) => kept::cost(store, session, &keeps).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(cost) => Ok(Some(Ok(cost))),
        Err(StoreError::CannotKeep { reason } | StoreError::CannotPark { reason }) => Ok(Some(Err(reason))),
        Err(error) if error.database().is_some_and(|error| error.kind == ErrorKind::ConnectionLost) => {
            Err(error.into())
        }
        Err(error) => {
            tracing::debug!(%error, line = statement.line, "cannot tell what keeping would cost");
            Ok(None)
        }
    }
}

/// Changes that the statements before one make to the tables that stand now.
#[derive(Debug, Default)]
pub(crate) struct PlannedChanges {
    redefined: HashSet<ObjectName>,
}

impl PlannedChanges {
    /// Tells whether a statement meets its tables as they stand now.
    pub(crate) fn leave_untouched(&self, statement: &Statement) -> bool {
        !statement.analysis.touches.iter().any(|touch| self.redefined.contains(&touch.object))
    }

    /// Objects that the statements before it define anew.
    pub(crate) fn redefined(&self) -> &HashSet<ObjectName> {
        &self.redefined
    }

    /// The next one is after it.
    pub(crate) fn advance(&mut self, statement: &Statement) {
        self.redefined.extend(changed(statement));
    }
}
