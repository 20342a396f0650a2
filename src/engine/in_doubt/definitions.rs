//! A statement in doubt that the database alone does not decide is held against what the journal saw: the definitions
//! that it was to lead to.

use super::resolve::{self, Resolution, Resolved};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::{FileContext, Inspector};
use crate::engine::statement::file_session::FileSession;
use crate::engine::statement::own::OwnJob;
use crate::engine::statement::touched::changed;
use crate::engine::undo::compare;
use crate::model::{Effect, File, Phase, RecordedDefinition, Running, UndoPlan};
use crate::sql::{ObjectName, Statement};
use crate::store::Receipt;
use crate::undo::{DefinitionHistory, explained, named};
use std::collections::HashMap;

/// Finds out what became of a statement that was under way. The session holds the barrier.
pub(crate) async fn resolve_by_definitions(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    session: &mut FileSession,
    (running, receipt): (&Running, &Receipt),
) -> Result<Resolved, EngineError> {
    let FileContext { file, text, .. } = context;
    if let Some(statement) = text.statements(running.phase).get(running.statement as usize)
        && statement.analysis.kind.is_own()
    {
        let (effect, evidence) = OwnJob::new(&inspector.options, file, text, statement).became();
        return Ok(Resolved { resolution: Resolution { effect, evidence, definitions: Vec::new() }, lost: None });
    }
    let mut found = resolve::resolve((&inspector.store, receipt), session, (file, text), running).await?;
    let Some(statement) = text.statements(running.phase).get(running.statement as usize) else { return Ok(found) };
    if found.resolution.effect == Effect::Unknown
        && statement.analysis.kind.is_ddl()
        && let Some(definitions) = reached(inspector, context, session, running, statement).await?
    {
        found.resolution.effect = Effect::Took;
        found.resolution.evidence = "what it changes is defined as it was to be afterwards".to_owned();
        found.resolution.definitions = definitions;
    }
    if found.resolution.effect == Effect::Took {
        found.resolution.definitions.extend(compare::journalled(&session.changed_unnamed(statement).await?));
        let events = inspector.reader.events_of(file.batch, file.id).await?;
        let unseen = session
            .schema_texts
            .unseen(session.session.as_mut(), statement, &DefinitionHistory::from_events(&events))
            .await?;
        found.resolution.definitions.extend(unseen);
    }
    Ok(found)
}

/// Gives what a statement changes, as defined now, if that is what it was to lead to.
async fn reached(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    session: &mut FileSession,
    running: &Running,
    statement: &Statement,
) -> Result<Option<Vec<RecordedDefinition>>, EngineError> {
    let FileContext { file, text, .. } = context;
    let events = inspector.reader.events_of(file.batch, file.id).await?;
    let history = DefinitionHistory::from_events(&events);
    let back = match running.phase {
        Phase::Forward => None,
        Phase::Undo => taken_back(file, running, text),
    };
    if let Some(forward) = back {
        let (objects, definitions) = now(session, forward).await?;
        let was_so = |object: &ObjectName| {
            let before = history.before(&named(object), forward.index);
            before.is_some() && before == definitions.get(&named(object)).map(Option::as_deref)
        };
        if !objects.is_empty() && objects.iter().all(was_so) {
            return Ok(Some(definitions.into_iter().map(Into::into).collect()));
        }
    }
    let (.., definitions) = now(session, statement).await?;
    let reached = explained(statement, &history, &definitions);
    Ok(reached.then(|| definitions.into_iter().map(Into::into).collect()))
}

/// The objects whose definitions a statement changes, and how they are defined now.
async fn now(
    session: &mut FileSession,
    statement: &Statement,
) -> Result<(Vec<ObjectName>, HashMap<String, Option<String>>), EngineError> {
    let objects = changed(statement);
    let definitions = session.changed_now(statement).await?;
    Ok((objects, compare::journalled(&definitions).into_iter().map(Into::into).collect()))
}

/// The forward statement that a derived step undoes, where the step is the last for it.
fn taken_back<'t>(file: &File, running: &Running, text: &'t FileText) -> Option<&'t Statement> {
    let undo = file.undo.as_ref().filter(|undo| matches!(undo.plan, UndoPlan::Derived { .. }))?;
    let first = undo.undone_by(running.statement as usize).first()?;
    text.up.statements.get(*first as usize)
}
