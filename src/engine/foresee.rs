//! What keeping will cost, and whether it can be kept at all: asked of the database before a batch exists, so that a plan
//! shows it and is refused for it (`3-rollback`, Undo, 3).
//!
//! Only what stands now can be asked: a statement that meets a table which the plan makes or changes before it is judged
//! when its turn comes.

use super::EngineError;
use super::file_session::changed;
use super::texts::name_schemas;
use crate::database::{DbError, ErrorKind, Purpose, ServerKind, Session};
use crate::model::{BatchId, FileId, KeptCost, Place, Ymdhis};
use crate::plan::{File, Plan, StatementUndo};
use crate::sql::{self, ObjectName, Statement};
use crate::store::kept::{self, Ask, Budget, Known};
use crate::store::{Store, StoreError};
use std::collections::HashSet;

/// For how long one statement's rows are counted, in seconds. Beyond, its cost is not known before it runs.
const PATIENCE: u32 = 5;
/// How many statements are asked about: a plan is looked at by a person, who waits for it.
const MOST: usize = 2_000;

/// Asks about the statements of a plan whose rows, columns or tables are to be kept, on a session that changes nothing.
///
/// # Errors
/// The database's, where no session can be had. What one statement cannot be asked is left open.
pub async fn foresee(store: &Store, plan: &mut Plan, budget: Budget) -> Result<(), EngineError> {
    let keeps = |file: &File| file.statements.iter().any(|s| s.undo == StatementUndo::Kept);
    if !plan.files.iter().any(keeps) {
        return Ok(());
    }
    let mut session = store.database().open(Purpose::File).await?;
    let looked = match be_brief(session.as_mut()).await {
        Ok(()) => every_file(store, session.as_mut(), plan, budget).await,
        Err(error) => Err(error.into()),
    };
    session.close().await;
    looked
}

/// Nobody waits long for a plan, and no function in a condition writes anything for it.
async fn be_brief(session: &mut dyn Session) -> Result<(), DbError> {
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

async fn every_file(
    store: &Store,
    session: &mut dyn Session,
    plan: &mut Plan,
    budget: Budget,
) -> Result<(), EngineError> {
    let mut outlook = Outlook::default();
    let mut known = Known::default();
    let mut asked = 0;
    for at in 0..plan.files.len() {
        let file = &plan.files[at];
        let keeps: Vec<bool> = file.statements.iter().map(|s| s.undo == StatementUndo::Kept).collect();
        // One that cannot be split stands in the plan's refusals.
        let Ok(mut script) = sql::read(&file.up, store.dialect()) else { continue };
        name_schemas(&mut script.statements);
        let park = sql::directives(&file.up).map(|directives| directives.park).unwrap_or_default();
        for (index, statement) in script.statements.iter().enumerate() {
            if asked < MOST && keeps.get(index) == Some(&true) && outlook.meets_what_stands(statement) {
                asked += 1;
                if let Some(answer) =
                    ask(store, session, &mut known, (statement, outlook.redefined()), (budget, &park)).await?
                {
                    plan.foreseen(at, index, answer);
                }
            }
            outlook.pass(statement);
        }
    }
    Ok(())
}

/// What the database says of one statement; nothing where it cannot say (the account may not look, it takes too long, a
/// variable that the file sets is not there yet).
async fn ask(
    store: &Store,
    session: &mut dyn Session,
    known: &mut Known,
    (statement, changed_until_then): (&Statement, &HashSet<ObjectName>),
    (budget, park): (Budget, &[String]),
) -> Result<Option<Result<KeptCost, String>>, EngineError> {
    let nowhere = Place {
        batch: BatchId::SYSTEM,
        file: FileId::default(),
        statement: statement.index,
        attempt: 0,
        until: Ymdhis::default(),
    };
    let ask = Ask { statement, place: nowhere, budget, locked: false, park, changed_until_then };
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

/// What the statements before one make of the tables that stand now.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    redefined: HashSet<ObjectName>,
}

impl Outlook {
    /// Whether a statement meets its tables as they stand now.
    pub(super) fn meets_what_stands(&self, statement: &Statement) -> bool {
        !statement.analysis.touches.iter().any(|touch| self.redefined.contains(&touch.object))
    }

    /// What the statements before it define anew.
    pub(super) fn redefined(&self) -> &HashSet<ObjectName> {
        &self.redefined
    }

    /// The next one is after it.
    pub(super) fn pass(&mut self, statement: &Statement) {
        self.redefined.extend(changed(statement));
    }
}
