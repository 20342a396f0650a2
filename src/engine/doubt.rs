//! Statements in doubt are decided by looking at the database, never by guessing (`2-lifecycle`, In doubt).

use super::EngineError;
use super::file_session::{FileSession, changed};
use super::runner::written_tables;
use super::texts::Text;
use crate::database::{self, Definition, ServerKind};
use crate::model::{Effect, File, Phase, Running};
use crate::sql::{AlterOperation, Analysis, Dialect, Statement, StatementKind};
use crate::store::Journal;

/// What became of a statement, and how that is known.
pub(super) struct Verdict {
    pub(super) effect: Effect,
    pub(super) evidence: String,
}

fn verdict(effect: Effect, evidence: impl Into<String>) -> Verdict {
    Verdict { effect, evidence: evidence.into() }
}

/// Where an explicit transaction began that had not been committed when the worker ended.
pub(super) async fn lost_transaction(
    journal: &mut Journal,
    dialect: Dialect,
    file: &File,
    text: &Text,
) -> Result<Option<u32>, EngineError> {
    let ended = file.records.len() + usize::from(file.running.as_ref().is_some_and(|r| r.phase == Phase::Forward));
    let mut open = None;
    for statement in text.up.statements.iter().take(ended) {
        open = match statement.analysis.kind {
            StatementKind::Begin => Some(statement.index),
            StatementKind::Rollback => None,
            StatementKind::Commit => {
                let (batch, id, n) = (file.batch, file.id, statement.index);
                // Finished COMMITs have their receipt; the one in doubt may not.
                match open {
                    Some(_) if !journal.has_receipt(batch, id, n, Phase::Forward).await? => open,
                    _ => None,
                }
            }
            _ if statement.analysis.implicit_commit(dialect) => None,
            _ => open,
        };
    }
    Ok(open)
}

/// Looks at the database. The session holds the barrier: whatever was running has left the server.
pub(super) async fn look(
    journal: &mut Journal,
    session: &mut FileSession,
    file: &File,
    running: &Running,
    text: &Text,
) -> Result<Verdict, EngineError> {
    let Some(statement) = text.statements(running.phase).get(running.statement as usize) else {
        return Ok(verdict(Effect::Unknown, "the statement is not in the kept text"));
    };
    if journal.has_receipt(file.batch, file.id, statement.index, running.phase).await? {
        return Ok(verdict(Effect::Took, "its receipt was committed with it"));
    }
    let kind = statement.analysis.kind;
    if kind.is_harmless() || kind.is_transaction_control() {
        return Ok(verdict(Effect::None, format!("{kind} leaves nothing in the database")));
    }
    if kind.is_dml() {
        return without_receipt(session, statement).await;
    }
    if kind.is_ddl() {
        return by_definition(session, statement, running).await;
    }
    Ok(verdict(Effect::Unknown, format!("nothing in the database tells whether {kind} ran")))
}

async fn without_receipt(session: &mut FileSession, statement: &Statement) -> Result<Verdict, EngineError> {
    // SQLite commits attached files one after the other unless both keep a rollback journal (`4-schema`).
    if session.session.kind() == ServerKind::Sqlite {
        return Ok(verdict(Effect::Unknown, "no receipt, but SQLite may have committed the rows just before it"));
    }
    let tables = session.session.inspect(&written_tables(statement)).await?;
    let safe = |d: &Definition| d.text.as_deref().is_none_or(|text| text.contains("ENGINE=InnoDB"));
    if let Some(table) = tables.iter().find(|d| !safe(d)) {
        let evidence = format!("no receipt, and {} has no transactions: rows may have changed", table.object);
        return Ok(verdict(Effect::Unknown, evidence));
    }
    Ok(verdict(Effect::None, "it runs in one transaction with its receipt, and there is none"))
}

/// By the definitions of what it changes: as before means not done, where the definition can tell.
async fn by_definition(
    session: &mut FileSession,
    statement: &Statement,
    running: &Running,
) -> Result<Verdict, EngineError> {
    let kind = statement.analysis.kind;
    let objects = changed(statement);
    let now = session.fingerprint_now(statement).await?;
    let definitions = session.definitions(&objects).await?;
    let absent: Vec<Definition> = objects.iter().map(|o| Definition { object: o.clone(), text: None }).collect();
    let was_absent = running.fingerprint == database::fingerprint(&absent);
    let exists = definitions.iter().any(|d| d.text.is_some());
    let all_exist = !definitions.is_empty() && definitions.iter().all(|d| d.text.is_some());
    if objects.is_empty() || definition_is_silent(&statement.analysis) {
        return Ok(verdict(Effect::Unknown, format!("the definition does not tell whether {kind} ran")));
    }
    if now == running.fingerprint {
        return Ok(verdict(Effect::None, "what it changes is defined as before it was sent"));
    }
    Ok(match kind {
        _ if was_absent && all_exist && creates(kind) => {
            verdict(Effect::Took, "what it creates was not there before, and is now")
        }
        _ if !was_absent && !exists && drops(kind) => {
            verdict(Effect::Took, "what it drops was there before, and is gone")
        }
        _ => {
            verdict(Effect::Unknown, "what it changes is no longer defined as before it was sent; by whom is not known")
        }
    })
}

/// After these the definition is the same, done or not (`2-lifecycle`: "same" proves nothing). Rebuilds are not among
/// them: whether one ran makes no difference to what stands.
fn definition_is_silent(analysis: &Analysis) -> bool {
    use AlterOperation::{AutoIncrement, Partition, Unknown};
    let kind = analysis.kind;
    let of_schema =
        matches!(kind, StatementKind::CreateSchema | StatementKind::AlterSchema | StatementKind::DropSchema);
    let silent = |o: &AlterOperation| matches!(o, AutoIncrement | Partition { .. } | Unknown { .. });
    of_schema || kind == StatementKind::Truncate || analysis.operations.iter().any(silent)
}

fn creates(kind: StatementKind) -> bool {
    use StatementKind::*;
    matches!(
        kind,
        CreateTable | CreateView | CreateTrigger | CreateProcedure | CreateFunction | CreateEvent | CreateIndex
    )
}

fn drops(kind: StatementKind) -> bool {
    use StatementKind::*;
    matches!(kind, DropTable | DropView | DropTrigger | DropProcedure | DropFunction | DropEvent | DropIndex)
}
