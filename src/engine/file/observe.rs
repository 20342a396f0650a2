//! Steps that only look: whether a file may run, what it touches, whether it did what it should, whether its undo
//! brought things back.

use super::{checks, documents, handled, prepare, relations, rows as counted};
use crate::check::KnownObjects;
use crate::database::{Definition, Session};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::{FileContext, Inspector};
use crate::engine::statement::job::Permission;
use crate::engine::statement::{failure, keep};
use crate::engine::undo::conflicts::{self, Lost};
use crate::engine::undo::theirs::{self, Seen};
use crate::engine::undo::{compare, foreign_keys, overlap, referring, rows};
use crate::model::{
    Batch, Before, Category, DataLoss, Event, EventKind, Failure, File, Finding, Input, Millis, RecordedDefinition,
    UndoPlan, ValidationPhase,
};
use crate::sql::{Dialect, ObjectName, Script, Statement};
use crate::store::StoreError;
use crate::undo::{DefinitionHistory, named};
use std::sync::Arc;

/// Tells whether a file may run, and whether what it destroys can be kept.
pub(crate) async fn prepared(
    inspector: &mut Inspector,
    batch: &Batch,
    file: &File,
    now: Millis,
) -> Result<Permission, EngineError> {
    let text = match inspector.text(batch, file).await {
        Err(EngineError::Text { error, .. }) => return Ok(Err(failure::text_failure(&error))),
        Err(EngineError::Store(error @ StoreError::Altered { .. })) => {
            return Ok(Err(Failure::new(Category::Checksum, error.to_string())));
        }
        text => text?,
    };
    let Inspector { reader, options, .. } = inspector;
    let prepared = prepare::prepare(reader, options, batch, file, text.as_deref()).await?;
    match (prepared, text) {
        (Ok(()), Some(text)) => {
            let context = FileContext { batch, file, text: &text };
            match can_hold_to_rows(inspector, context).await? {
                Ok(()) => keep::can_keep(inspector, context, now).await,
                refused => Ok(refused),
            }
        }
        (prepared, _) => Ok(prepared),
    }
}

/// Tells whether statements that change another number of rows than the file expects (`rows=`) could be rolled back, in the
/// file and in its rollback script. Nothing is asked about a file that expects none.
async fn can_hold_to_rows(inspector: &mut Inspector, context: FileContext<'_>) -> Result<Permission, EngineError> {
    let text = context.text;
    let scripts = [("", Some(&text.up)), ("its rollback script: ", text.down.as_ref())];
    let expecting = |script: &Arc<Script>| -> Vec<Statement> {
        script.statements.iter().filter(|statement| statement.rows.is_some()).cloned().collect()
    };
    for (place, script) in scripts {
        for statement in script.map(expecting).unwrap_or_default() {
            let mut session = inspector.file_session(context).await?;
            let stays = session.non_transactional(std::slice::from_ref(&statement)).await;
            inspector.sessions.keep(session);
            if let Some(stays) = stays? {
                let message = format!("{place}nothing could hold it to the rows that it expects (`rows=`): {stays}");
                let failure = Failure::new(Category::Validation, message)
                    .hint("take `rows=` away, or change the table's engine by a migration before");
                let is_own = place.is_empty();
                return Ok(Err(if is_own { failure.at(statement.index, statement.line) } else { failure }));
            }
        }
    }
    Ok(Ok(()))
}

/// Looks up what a rollback that nobody ordered would destroy of what others wrote, unless the policy lets it.
pub(crate) async fn lost_unasked(
    inspector: &mut Inspector,
    batch: &Batch,
    file: &File,
    (plan, seen): (&UndoPlan, &Seen),
) -> Result<Option<Lost>, EngineError> {
    let Some(rollback) = batch.running_rollback() else { return Ok(None) };
    let is_decided = rollback.decided_by.is_some() || rollback.loss_accepted;
    if batch.policy.data_loss == DataLoss::Proceed || is_decided {
        return Ok(None);
    }
    // Whoever orders it at once takes the rows that are in what goes; what others have made is more than that.
    let is_ordered = rollback.opened_by.is_some();
    let lost = conflicts::would_lose(inspector, batch, file, (plan, seen)).await?;
    Ok(lost.filter(|lost| !is_ordered || lost.objects))
}

/// Runs the checks of a phase.
pub(crate) async fn check(
    inspector: &mut Inspector,
    batch: &Batch,
    file: &File,
    phase: ValidationPhase,
) -> Result<Vec<Finding>, EngineError> {
    let text = inspector.required_text(batch, file).await?;
    let context = FileContext { batch, file, text: &text };
    let mut files = inspector.file_session(context).await?;
    // Before the file runs, what it touches is looked at once, for the checks and for the capture; after it, what
    // its statements left was seen as they ended.
    if phase == ValidationPhase::Pre {
        if let Some((definitions, referring)) = inspector.ahead.take(file.id).await {
            files.saw(definitions, referring);
        }
        files.definitions(&text.objects).await?;
    }
    if phase == ValidationPhase::Post {
        inspector.known.relations = relations::seen(inspector, context).await?;
        counted::after(inspector, context, &mut files).await?;
    }
    inspector.known.there = files.objects_seen();
    inspector.sessions.keep(files);
    let (before, stood) = match phase {
        ValidationPhase::Post => taken_down(inspector, context).await?,
        _ => (None, Vec::new()),
    };
    let mut session = inspector.take_check_session().await?;
    let dialect = inspector.dialect();
    let database = inspector.store.database().as_ref();
    let core = database.schemas().core.as_str();
    let looking: (&mut dyn Session, &mut KnownObjects) = (session.as_mut(), &mut inspector.known);
    let context = (context, before.as_deref(), stood.as_slice());
    let mut findings = checks::run(looking, database, &inspector.options, (dialect, core), context, phase).await;
    inspector.keep_check_session(session);
    findings.extend(handled::finding(inspector, file, &text, phase).await);
    if phase == ValidationPhase::Post {
        findings.extend(documents::finding(inspector, batch, file, &text).await?);
    }
    Ok(findings)
}

/// What was wrong before the file, and the definitions that it changes, as its capture says.
async fn taken_down(
    inspector: &mut Inspector,
    context: FileContext<'_>,
) -> Result<(Option<Box<Before>>, Vec<RecordedDefinition>), EngineError> {
    let FileContext { batch, file, .. } = context;
    let (database, dialect) = (inspector.store.database().as_ref(), inspector.dialect());
    let compares = checks::compare_with_before(database, dialect, context);
    let asks = checks::asks_definitions(database, dialect, context);
    if !(compares || asks) {
        return Ok((None, Vec::new()));
    }
    let captured = inspector.reader.find_event(batch.id, file.id, "file_captured").await?.map(|e| e.kind);
    Ok(match captured {
        Some(EventKind::FileCaptured { before, definitions, .. }) => {
            (before.filter(|_| compares), if asks { definitions } else { Vec::new() })
        }
        _ => (None, Vec::new()),
    })
}

/// Looks what is wrong before the file.
async fn wrong_before(inspector: &mut Inspector, context: FileContext<'_>) -> Result<Option<Box<Before>>, EngineError> {
    let mut session = inspector.take_check_session().await?;
    let dialect = inspector.dialect();
    let database = inspector.store.database().as_ref();
    let core = database.schemas().core.as_str();
    let looking: (&mut dyn Session, &mut KnownObjects) = (session.as_mut(), &mut inspector.known);
    let before = checks::before(looking, database, &inspector.options, (dialect, core), context).await;
    inspector.keep_check_session(session);
    Ok(before?.map(Box::new))
}

/// Takes down what the file changes and what refers to that, and which foreign keys are broken before it.
pub(crate) async fn capture(inspector: &mut Inspector, batch: &Batch, file: &File) -> Result<Input, EngineError> {
    let text = inspector.required_text(batch, file).await?;
    let context = FileContext { batch, file, text: &text };
    let mut session = inspector.file_session(context).await?;
    let mut definitions = session.definitions(&text.objects).await?;
    let fingerprint = crate::database::fingerprint(&definitions);
    counted::before(inspector, context, &mut session, &definitions).await?;
    let core = inspector.store.schemas().core.clone();
    let referring = match session.referring.take() {
        Some(seen) => seen,
        None => referring::referring(session.look_session(), (&text.objects, &definitions), &core).await?,
    };
    definitions.extend(referring);
    session.is_journalled(text.objects.iter().cloned());
    inspector.sessions.keep(session);
    let orphans = foreign_keys::keys_before(inspector, context).await?;
    let mut definitions = compare::journalled(&definitions);
    definitions.extend(schema_texts(inspector, context).await?);
    let relations = relations::orphaned_before(inspector, context).await?;
    let before = wrong_before(inspector, context).await?;
    Ok(Input::Captured { batch: batch.id, file: file.id, fingerprint, definitions, orphans, relations, before })
}

/// The texts of what the file may change, where the server keeps them as they were written.
async fn schema_texts(
    inspector: &mut Inspector,
    context: FileContext<'_>,
) -> Result<Vec<RecordedDefinition>, EngineError> {
    let text = context.text;
    let mut session = inspector.file_session(context).await?;
    let scripts = [Some(&text.up), text.down.as_ref()].into_iter().flatten();
    let statements: Vec<_> = scripts.flat_map(|script| script.statements.iter().cloned()).collect();
    let texts = session.schema_texts.capture(session.session.as_mut(), &text.objects, &statements).await;
    inspector.sessions.keep(session);
    texts
}

/// What was taken down, but for some objects.
fn without(before: Vec<RecordedDefinition>, objects: &[(ObjectName, String)]) -> Vec<RecordedDefinition> {
    let names: Vec<String> = objects.iter().map(|(object, _)| named(object)).collect();
    before.into_iter().filter(|one| !names.contains(&one.object)).collect()
}

/// Compares, and gives what the undo did not bring back: the difference between the definitions now and before the file
/// ran, of what it changes and of what refers to that, rows that were kept, and foreign keys that rows break since.
pub(crate) async fn verify(inspector: &mut Inspector, batch: &Batch, file: &File) -> Result<Verified, EngineError> {
    if file.fingerprint.is_none() {
        return Ok(Verified::default());
    }
    let events = inspector.reader.events_of(batch.id, file.id).await?;
    let captured = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::FileCaptured { definitions, .. } => Some(definitions.clone()),
        _ => None,
    });
    let Some(before) = captured else {
        let never = "what the file touches was not taken down before it ran".to_owned();
        return Ok(Verified { difference: Some(never), ..Verified::default() });
    };
    let before = with_late(before, &events);
    let text = inspector.required_text(batch, file).await?;
    let context = FileContext { batch, file, text: &text };
    let mut session = inspector.file_session(context).await?;
    session.look(&text.objects).await?;
    let mut now = session.definitions(&text.objects).await?;
    let beside = referring::captured_beside(&before, &text);
    now.extend(referring::defined(session.look_session(), &beside).await?);
    let differing: Vec<ObjectName> =
        beside.into_iter().filter(|object| compare::differs(&before, &now, &named(object))).collect();
    let meanwhile = overlap::changed_meanwhile(&mut inspector.reader, batch, file, &differing).await?;
    let before = without(before, &meanwhile);
    inspector.sessions.keep(session);
    let (rows, mut not_compared) = rows::rows_differ(inspector, (context, &events)).await?;
    not_compared
        .extend(meanwhile.iter().map(|(object, by)| format!("{object}, which {by} changed while the file ran")));
    let keys = foreign_keys::newly_broken_keys(inspector, (context, &events)).await?;
    let (definitions, left_alone) = definitions_differ((&text, inspector.dialect()), &events, before, &now);
    let parts = [definitions, rows, keys];
    let differences: String = parts.into_iter().flatten().collect();
    Ok(Verified { difference: (!differences.is_empty()).then_some(differences), not_compared, left_alone })
}

/// Before the file, with what was found out only when a statement came that executes a text.
fn with_late(mut before: Vec<RecordedDefinition>, events: &[Event]) -> Vec<RecordedDefinition> {
    let since = events.iter().rposition(|event| matches!(event.kind, EventKind::FileCaptured { .. })).unwrap_or(0);
    for event in &events[since..] {
        let EventKind::StatementStarted { runs: Some(runs), .. } = &event.kind else { continue };
        for one in &runs.before {
            if !before.iter().any(|known| known.object == one.object) {
                before.push(one.clone());
            }
        }
    }
    before
}

/// Compares definitions with those before the file; what others have changed since belongs to both, and is named.
fn definitions_differ(
    (text, dialect): (&FileText, Dialect),
    events: &[Event],
    mut before: Vec<RecordedDefinition>,
    now: &[Definition],
) -> (Option<String>, Vec<String>) {
    if compare::difference(&before, now).is_none() {
        return (None, Vec::new());
    }
    let ours = theirs::ours(text, dialect);
    let history = DefinitionHistory::from_events(events).with_others(&compare::journalled(now), &ours, dialect);
    for one in &mut before {
        if let Some(first) = history.first(&one.object) {
            one.text = first.map(str::to_owned);
        }
    }
    (compare::difference(&before, now), history.left_alone(dialect))
}

/// Result of the comparison after an undo.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    pub(crate) difference: Option<String>,
    /// Aspects that could not be compared.
    pub(crate) not_compared: Vec<String>,
    /// What others have changed since, and stays as they made it.
    pub(crate) left_alone: Vec<String>,
}
