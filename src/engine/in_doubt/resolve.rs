//! Statements in doubt are decided by looking at the database, never by guessing (`docs/design/lifecycle.md`, "Intent
//! before effect").

use crate::database::{self, Definition, ServerKind};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::statement::file_session::FileSession;
use crate::engine::statement::session_state::{OpenTransaction, ReceiptPlace, SessionState};
use crate::engine::statement::touched::{changed, has_transactions, written_tables};
use crate::engine::undo::compare;
use crate::kept;
use crate::model::{Effect, File, Kept, KeptKind, Phase, RecordedDefinition, Running, UndoPlan};
use crate::sql::{AlterOperation, Analysis, How, Statement, StatementKind};
use crate::store::{Receipt, Store};
use crate::undo::{self, needs_undo};

/// Finding about a statement in doubt: what became of it, and how that is known.
pub(crate) struct Resolution {
    pub(crate) effect: Effect,
    pub(crate) evidence: String,
    /// Objects that the statement changes, as defined now, where it took effect.
    pub(crate) definitions: Vec<RecordedDefinition>,
}

const NOT_COMMITTED: &str = "it runs in one transaction with its receipt, and there is none";

fn resolution(effect: Effect, evidence: impl Into<String>) -> Resolution {
    Resolution { effect, evidence: evidence.into(), definitions: Vec::new() }
}

/// The statements of a file's present script that have ended, as they ran.
pub(crate) fn ended_statements<'t>(file: &File, text: &'t FileText, phase: Phase) -> Vec<&'t Statement> {
    let statements = text.statements(phase);
    match (phase, &file.undo) {
        (Phase::Forward, _) => statements.iter().take(file.records.len()).collect(),
        (Phase::Undo, Some(undo)) => {
            undo.done_steps().into_iter().filter_map(|index| statements.get(index as usize)).collect()
        }
        (Phase::Undo, None) => Vec::new(),
    }
}

/// The state that a file's present script has left in its session.
pub(crate) fn session_state(file: &File, text: &FileText, phase: Phase, kind: ServerKind) -> SessionState {
    let mut state = SessionState::after(ended_statements(file, text, phase), kind);
    if let (Phase::Forward, Some(from)) = (phase, file.uncommitted()) {
        state.share(from);
    }
    state
}

/// Tells what became of a transaction that is open no more, though we know of no commit.
pub(crate) async fn effect_of_transaction(
    session: &mut FileSession,
    open: OpenTransaction,
    statements: &[Statement],
) -> Result<Effect, EngineError> {
    // What a table of the file's own still holds goes with that table.
    let goes = |statement: &&Statement| undo::goes_with_a_table_of(statements, statement.index as usize);
    let since = statements.get(open.from as usize..).unwrap_or_default();
    let since: Vec<Statement> = since.iter().filter(|statement| !goes(statement)).cloned().collect();
    let gone = open.sure && session.is_transactional(&since).await?;
    Ok(if gone { Effect::None } else { Effect::Unknown })
}

/// Findings about a statement that was under way.
pub(crate) struct Resolved {
    pub(crate) resolution: Resolution,
    /// The transaction that was lost with it, and what became of it.
    pub(crate) lost: Option<(OpenTransaction, Effect)>,
}

/// Looks at the database. The session holds the barrier: whatever was running has left the server.
pub(crate) async fn resolve(
    (store, receipt): (&Store, &Receipt),
    session: &mut FileSession,
    (file, text): (&File, &FileText),
    running: &Running,
) -> Result<Resolved, EngineError> {
    let statements = text.statements(running.phase);
    let Some(statement) = statements.get(running.statement as usize) else {
        let resolution = resolution(Effect::Unknown, "the statement is not in the kept text");
        return Ok(Resolved { resolution, lost: None });
    };
    let kind = session.session.kind();
    let state = session_state(file, text, running.phase, kind);
    let place = state.place(statement, running.shares, kind);
    let receipt = receipt.is_there(store, session.look_session()).await?;
    let mut resolution = match place {
        ReceiptPlace::Shares => resolution(Effect::None, "its transaction was never committed"),
        _ if text.put_back(running.phase, running.statement).is_some() => put_back(receipt),
        _ if running.kept.iter().any(|kept| kept.kind.is_moved()) => moved(store, session, &running.kept).await?,
        ReceiptPlace::Own | ReceiptPlace::Closes if receipt => {
            resolution(Effect::Took, "its receipt was committed with it")
        }
        // All that it can change is in the one file that its receipt would be in.
        ReceiptPlace::Own if kind == ServerKind::Sqlite => resolution(Effect::None, NOT_COMMITTED),
        ReceiptPlace::Before => ends_transaction(session, statement, running, receipt).await?,
        _ if !needs_undo(statements)[running.statement as usize] => {
            resolution(Effect::None, format!("{} leaves nothing in the database", statement.analysis.kind))
        }
        _ if running.phase == Phase::Undo && is_derived(file) && only_sets(statement) => {
            resolution(Effect::None, "it sets something in its session, and can be set once more")
        }
        _ => without_receipt(session, statement, running, (&state, place)).await?,
    };
    if resolution.effect == Effect::Took {
        resolution.definitions = compare::journalled(&session.changed_now(statement).await?);
    }
    let lost = match state.transaction.filter(|_| !(place.ends_a_transaction() && receipt)) {
        Some(open) => Some((open, effect_of_transaction(session, open, statements).await?)),
        None => None,
    };
    Ok(Resolved { resolution, lost })
}

/// Tells whether the undo is ours, and no script of the file.
pub(crate) fn is_derived(file: &File) -> bool {
    file.undo.as_ref().is_some_and(|undo| matches!(undo.plan, UndoPlan::Derived { .. }))
}

/// Tells whether a step of a derived undo does nothing but set something in its session.
pub(crate) fn only_sets(statement: &Statement) -> bool {
    matches!(statement.analysis.kind, StatementKind::Set | StatementKind::Pragma)
}

/// A step that puts kept data back. Rows go back in one transaction with the receipt; a table that moves back can be
/// moved again, since each of its steps can be found done.
fn put_back(receipt: bool) -> Resolution {
    match receipt {
        true => resolution(Effect::Took, "its receipt was committed with it"),
        false => resolution(Effect::None, "what was kept is not put back, or can be put back once more"),
    }
}

/// Tables that were to be renamed into the undo schema, or columns that were to be parked, all in one statement.
async fn moved(store: &Store, session: &mut FileSession, kept: &[Kept]) -> Result<Resolution, EngineError> {
    let (mut stand, mut gone) = (0, 0);
    for kept in kept {
        match kept::stands(store, session.look_session(), kept).await? {
            Some(true) => stand += 1,
            Some(false) => {}
            None => gone += 1,
        }
    }
    Ok(match stand {
        _ if gone > 0 => resolution(Effect::Unknown, "what it was to move away is neither kept nor in its place"),
        0 => {
            // What was taken off them before they were to move.
            for kept in kept.iter().filter(|kept| kept.kind == KeptKind::TableMoved && !kept.on.is_empty()) {
                kept::put_back(store, session.session.as_mut(), kept).await?;
            }
            resolution(Effect::None, "what it was to move away is in its place")
        }
        n if n == kept.len() => resolution(Effect::Took, "what it was to move away is kept"),
        _ => resolution(Effect::Unknown, "some of what it was to move away is kept and not all"),
    })
}

/// A statement that ends the script's transaction, whose receipt was written just before it.
async fn ends_transaction(
    session: &mut FileSession,
    statement: &Statement,
    running: &Running,
    receipt: bool,
) -> Result<Resolution, EngineError> {
    let kind = statement.analysis.kind;
    Ok(match receipt {
        true if kind.is_transaction_control() => {
            resolution(Effect::Took, "the transaction's receipt was committed with it")
        }
        false if !kind.is_opaque() => {
            resolution(Effect::None, "it commits the transaction before it, and that one's receipt is not there")
        }
        true if kind.is_ddl() => by_definition(session, statement, running).await?,
        _ => nothing_tells(kind),
    })
}

fn nothing_tells(kind: StatementKind) -> Resolution {
    resolution(Effect::Unknown, format!("nothing in the database tells whether {kind} ran"))
}

async fn without_receipt(
    session: &mut FileSession,
    statement: &Statement,
    running: &Running,
    (state, place): (&SessionState, ReceiptPlace),
) -> Result<Resolution, EngineError> {
    let kind = statement.analysis.kind;
    let within = state.transaction.is_some();
    if session.session.kind() == ServerKind::Sqlite && within && (kind.is_dml() || kind.is_ddl()) {
        return Ok(resolution(Effect::None, "its transaction was never committed"));
    }
    if kind.is_dml() {
        if !within && place == ReceiptPlace::Nowhere {
            return Ok(resolution(Effect::Unknown, "it ran where no receipt could be written with it"));
        }
        return rows_without_receipt(session, statement).await;
    }
    if kind.is_ddl() {
        return by_definition(session, statement, running).await;
    }
    Ok(nothing_tells(kind))
}

async fn rows_without_receipt(session: &mut FileSession, statement: &Statement) -> Result<Resolution, EngineError> {
    let tables = session.look_session().inspect(&written_tables(statement)).await?;
    if let Some(table) = tables.iter().find(|table| !has_transactions(table)) {
        let evidence = format!("no receipt, and {} has no transactions: rows may have changed", table.object);
        return Ok(resolution(Effect::Unknown, evidence));
    }
    Ok(resolution(Effect::None, NOT_COMMITTED))
}

/// By the definitions of what it changes: as before means not done, where the definition can tell.
async fn by_definition(
    session: &mut FileSession,
    statement: &Statement,
    running: &Running,
) -> Result<Resolution, EngineError> {
    let kind = statement.analysis.kind;
    let objects = changed(statement);
    let definitions = session.changed_now(statement).await?;
    let now = database::fingerprint(&definitions);
    // What was there before if the objects that it creates were not, and nobody changed the others since.
    let is_created = |d: &Definition| {
        let creates = |t: &&crate::sql::Touch| t.how == How::Creates && t.object == d.object;
        statement.analysis.touches.iter().find(creates).is_some()
    };
    let unmade =
        |d: &Definition| Definition { object: d.object.clone(), text: d.text.clone().filter(|_| !is_created(d)) };
    let was_unmade = running.fingerprint == database::fingerprint(&definitions.iter().map(unmade).collect::<Vec<_>>());
    let absent: Vec<Definition> = objects.iter().map(|o| Definition { object: o.clone(), text: None }).collect();
    let was_absent = running.fingerprint == database::fingerprint(&absent);
    let exists = definitions.iter().any(|d| d.text.is_some());
    let all_exist = !definitions.is_empty() && definitions.iter().all(|d| d.text.is_some());
    if objects.is_empty() || definition_is_silent(&statement.analysis) {
        return Ok(resolution(Effect::Unknown, format!("the definition does not tell whether {kind} ran")));
    }
    if now == running.fingerprint {
        return Ok(resolution(Effect::None, "what it changes is defined as before it was sent"));
    }
    Ok(match kind {
        _ if was_unmade && all_exist && creates(kind) => {
            resolution(Effect::Took, "what it creates was not there before, and is now")
        }
        _ if !was_absent && !exists && drops(kind) => {
            resolution(Effect::Took, "what it drops was there before, and is gone")
        }
        _ => resolution(
            Effect::Unknown,
            "what it changes is no longer defined as before it was sent; by whom is not known",
        ),
    })
}

/// After these the definition is the same, done or not (`docs/design/lifecycle.md`, "Intent before effect"). Rebuilds
/// are not among them: whether one ran makes no difference to what stands.
fn definition_is_silent(analysis: &Analysis) -> bool {
    use AlterOperation::{AutoIncrement, Partition, Unknown};
    let kind = analysis.kind;
    let of_schema =
        matches!(kind, StatementKind::CreateSchema | StatementKind::AlterSchema | StatementKind::DropSchema);
    // CREATE OR REPLACE TABLE with the same columns leaves an empty table; a sequence's next value is not shown.
    let of_content =
        (analysis.flags.or_replace && kind == StatementKind::CreateTable) || kind == StatementKind::AlterSequence;
    let silent = |o: &AlterOperation| matches!(o, AutoIncrement | Partition { .. } | Unknown { .. });
    of_schema || of_content || kind == StatementKind::Truncate || analysis.operations.iter().any(silent)
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
