//! The rest of an undo that fell short (`docs/design/undo.md`, "Arriving"): what stands now is led to what
//! stood before.

use super::theirs::{self, Seen};
use crate::database::{Definition, ServerKind};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::{FileContext, Inspector};
use crate::engine::statement::session_state::SessionState;
use crate::engine::statement::touched::changed;
use crate::model::{Effect, Event, EventKind, Phase, UndoBy, UndoPlan};
use crate::sql::{ObjectName, Statement, StatementKind};
use crate::undo::{
    DefinitionHistory, FileAndScript, ObjectStates, Remainder, changed_by_others, derive_from_states, named,
};
use std::collections::BTreeMap;

/// Plans what is left of the undo of a file: statement by statement where its script has run, else object by object.
pub(crate) async fn rest(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    (seen, history): (&Seen, &DefinitionHistory),
) -> Result<UndoPlan, EngineError> {
    let FileContext { file, text, .. } = context;
    let events = seen.events.as_slice();
    let effects: Vec<Effect> = file.records.iter().map(|r| r.effect).collect();
    let is_first = attempts(events) == 1;
    let by_script = file.undo.as_ref().is_some_and(|undo| undo.by() == Some(UndoBy::Script));
    let back = text.down.as_ref().map_or(&[][..], |down| down.statements.as_slice());
    let mut why = None;
    if by_script && is_first {
        let told = with_rollbacks(events, back, inspector.kind());
        let mut both = FileAndScript::new(&text.up.statements, &effects, back, &told);
        let dialect = inspector.dialect();
        both.with_others(&seen.now(), &theirs::ours(text, dialect), dialect);
        match both.derive(dialect) {
            UndoPlan::Derived { steps, orphans } => return Ok(UndoPlan::Derived { steps, orphans }),
            UndoPlan::Impossible { reason, .. } => why = Some(reason),
            UndoPlan::Nothing | UndoPlan::Written { .. } => {}
        }
    }
    // Definitions and kept rows say nothing of what a script wrote besides: that would be called undone and stay.
    if let Some(line) = script_wrote(text, events) {
        let first = why.map(|why| format!("{why}; ")).unwrap_or_default();
        let reason = format!("{first}the rollback script has written rows (line {line}) that nothing here undoes");
        return Ok(UndoPlan::Impossible { reason, remaining: file.in_force().collect() });
    }
    let plan = object_by_object(inspector, context, (&effects, events, history)).await?;
    Ok(match (plan, why) {
        (UndoPlan::Impossible { reason, remaining }, Some(first)) if reason != first => {
            UndoPlan::Impossible { reason: format!("{first}; {reason}"), remaining }
        }
        (plan, _) => plan,
    })
}

async fn object_by_object(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    (effects, events, history): (&[Effect], &[Event], &DefinitionHistory),
) -> Result<UndoPlan, EngineError> {
    let FileContext { file, text, .. } = context;
    let objects = remainder(inspector, context, history).await?;
    let doubtful = in_doubt(text, events);
    let sure: Vec<ObjectStates> = objects.iter().filter(|states| !doubtful.contains(&states.object)).cloned().collect();
    if let Some(object) = changed_by_others(&sure, history) {
        let reason = format!("others have changed the {} {object} since", object.kind);
        return Ok(UndoPlan::Impossible { reason, remaining: file.in_force().collect() });
    }
    let forward = &text.up.statements;
    let dialect = inspector.dialect();
    Ok(derive_from_states(&Remainder { objects: &objects, forward, effects, history, dialect }))
}

/// Looks at what the file and its script change by name; what nobody took down is left out.
async fn remainder(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    history: &DefinitionHistory,
) -> Result<Vec<ObjectStates>, EngineError> {
    let text = context.text;
    let mut session = inspector.file_session(context).await?;
    session.look(&text.objects).await?;
    let now = session.definitions(&text.objects).await?;
    inspector.sessions.keep(session);
    let before = |object: &ObjectName| history.first(&named(object)).map(|text| text.map(str::to_owned));
    let states = |d: Definition| before(&d.object).map(|before| ObjectStates { object: d.object, before, now: d.text });
    Ok(now.into_iter().filter_map(states).collect())
}

/// The events, and behind each `ROLLBACK` of the script that ran what it rolled back: the journal says that of a file
/// only.
fn with_rollbacks(events: &[Event], back: &[Statement], kind: ServerKind) -> Vec<Event> {
    let mut all = Vec::with_capacity(events.len());
    let mut by_script = false;
    for event in events {
        all.push(event.clone());
        match &event.kind {
            EventKind::UndoPlanned { plan, .. } => by_script = matches!(plan, UndoPlan::Written { .. }),
            EventKind::StatementFinished { file, phase: Phase::Undo, statement, .. } if by_script => {
                let Some(from) = rolled_back_from(back, *statement as usize, kind) else { continue };
                let evidence = "the script rolled it back".to_owned();
                let (file, phase, effect) = (*file, Phase::Undo, Effect::None);
                let kind = EventKind::TransactionUndone { file, phase, from, effect, evidence };
                all.push(Event { kind, ..event.clone() });
            }
            _ => {}
        }
    }
    all
}

/// The first statement that one of a script rolled back by itself.
fn rolled_back_from(script: &[Statement], at: usize, kind: ServerKind) -> Option<u32> {
    let statement = script.get(at)?;
    match statement.analysis.kind {
        StatementKind::Rollback => SessionState::after(&script[..at], kind).transaction.map(|open| open.from),
        StatementKind::RollbackToSavepoint => SessionState::after(&script[..=at], kind).rolled_back_to(statement, kind),
        _ => None,
    }
}

/// Counts how often the undo of a file was begun, since it was tried last.
fn attempts(events: &[Event]) -> usize {
    let since = events.iter().rposition(|event| matches!(event.kind, EventKind::FileCaptured { .. })).unwrap_or(0);
    let planned = |event: &&Event| matches!(event.kind, EventKind::UndoPlanned { after: None, .. });
    events[since..].iter().filter(planned).count()
}

/// The line of the first statement of the script that wrote rows which stayed, since the file ran.
fn script_wrote(text: &FileText, events: &[Event]) -> Option<u32> {
    let back = text.down.as_ref().map_or(&[][..], |down| down.statements.as_slice());
    let since = events.iter().rposition(|event| matches!(event.kind, EventKind::FileCaptured { .. })).unwrap_or(0);
    let mut by_script = false;
    let mut wrote = BTreeMap::new();
    for event in &events[since..] {
        match &event.kind {
            EventKind::UndoPlanned { plan, .. } => by_script = matches!(plan, UndoPlan::Written { .. }),
            EventKind::StatementFinished { phase: Phase::Undo, statement, .. } if by_script => {
                let of_rows = |s: &&Statement| s.analysis.kind.is_dml() && !s.analysis.is_temporary();
                wrote.extend(back.get(*statement as usize).filter(of_rows).map(|s| (*statement, s.line)));
            }
            EventKind::TransactionUndone { phase: Phase::Undo, from, .. } if by_script => {
                wrote.retain(|statement, _| statement < from);
            }
            _ => {}
        }
    }
    wrote.into_values().next()
}

/// Objects that the statements of the script change of which nobody can say whether they took effect.
fn in_doubt(text: &FileText, events: &[Event]) -> Vec<ObjectName> {
    let back = text.down.as_ref().map_or(&[][..], |down| down.statements.as_slice());
    let doubtful = events.iter().filter_map(|event| match &event.kind {
        EventKind::StatementFailed { phase: Phase::Undo, statement, effect: Effect::Unknown, .. }
        | EventKind::StatementDecided { phase: Phase::Undo, statement, effect: Effect::Unknown, .. } => {
            back.get(*statement as usize)
        }
        _ => None,
    });
    doubtful.flat_map(changed).collect()
}
