//! Foreign keys after an undo made here, and whether the rows that stand then keep them: it ran with them unchecked.
//! What was broken before the file is nobody's news.

use crate::database::ErrorKind;
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::{FileContext, Inspector};
use crate::engine::statement::file_session::FileSession;
use crate::kept;
use crate::model::{Cause, DerivedStep, Event, EventKind, Orphans, Phase, UndoAct, UndoPlan};
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement};
use crate::store::{Store, StoreError};
use std::collections::BTreeSet;
use std::time::Duration;

/// Time that the rows of one key are counted before a file.
const PATIENCE: Duration = Duration::from_secs(2);

/// Notes in a plan what is broken before it begins.
pub(crate) async fn note_broken_keys(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    plan: UndoPlan,
) -> Result<UndoPlan, EngineError> {
    match plan {
        UndoPlan::Derived { steps, .. } if touches_keys(&steps) => {
            let orphans = broken_keys(inspector, context).await?;
            Ok(UndoPlan::Derived { steps, orphans })
        }
        plan => Ok(plan),
    }
}

/// Counts what is broken before a file runs; `None` where nothing that it does could break a key, or where counting
/// takes too long: then what is broken before the undo counts.
pub(crate) async fn keys_before(
    inspector: &mut Inspector,
    context: FileContext<'_>,
) -> Result<Option<Vec<Orphans>>, EngineError> {
    use AlterOperation::{AddForeignKey, DropConstraint, DropForeignKey};
    let is_key = |o: &AlterOperation| matches!(o, AddForeignKey { .. } | DropForeignKey { .. } | DropConstraint { .. });
    let matters =
        |s: &Statement| context.text.keeps(Phase::Forward, s.index) || s.analysis.operations.iter().any(is_key);
    if !context.text.up.statements.iter().any(matters) {
        return Ok(None);
    }
    let mut session = inspector.file_session(context).await?;
    let counted = count(&inspector.store, context, &mut session, Some(PATIENCE)).await;
    inspector.sessions.keep(session);
    match counted {
        Ok(orphans) => Ok(Some(orphans)),
        Err(error) if error.database().is_some_and(|e| e.kind == ErrorKind::ConnectionLost) => Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, file = %context.file.path, "the rows that break foreign keys are not counted");
            Ok(None)
        }
    }
}

/// The keys that more rows break than before the file, in words.
pub(crate) async fn newly_broken_keys(
    inspector: &mut Inspector,
    (context, events): (FileContext<'_>, &[Event]),
) -> Result<Option<String>, EngineError> {
    let Some(before) = before_the_file(events).or_else(|| before_the_undo(events)) else { return Ok(None) };
    let now = broken_keys(inspector, context).await?;
    Ok(difference(before, &now))
}

async fn broken_keys(inspector: &mut Inspector, context: FileContext<'_>) -> Result<Vec<Orphans>, EngineError> {
    let mut session = inspector.file_session(context).await?;
    let counted = count(&inspector.store, context, &mut session, None).await;
    inspector.sessions.keep(session);
    Ok(counted?)
}

async fn count(
    store: &Store,
    context: FileContext<'_>,
    session: &mut FileSession,
    patience: Option<Duration>,
) -> Result<Vec<Orphans>, StoreError> {
    kept::orphans(store, session.look_session(), &mut kept::Known::default(), (&written(context.text), patience)).await
}

/// The tables that a file changes, definitions or rows.
fn written(text: &FileText) -> Vec<ObjectName> {
    let touches = text.up.statements.iter().flat_map(|statement| &statement.analysis.touches);
    let written = touches.filter(|touch| touch.how != How::Reads && touch.object.kind == ObjectKind::Table);
    written.map(|touch| &touch.object).collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// Tells whether steps put rows back, or make foreign keys again.
fn touches_keys(steps: &[DerivedStep]) -> bool {
    steps.iter().any(|step| match &step.act {
        UndoAct::PutBack { .. } => true,
        UndoAct::Run { sql } => sql.to_ascii_uppercase().contains("REFERENCES"),
        UndoAct::Restore { .. } => true,
        UndoAct::DropSchema { .. } => false,
    })
}

/// Keys that were broken before the file ran, where that was counted; the last attempt counts.
fn before_the_file(events: &[Event]) -> Option<&[Orphans]> {
    let captured = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::FileCaptured { orphans, .. } => Some(orphans.as_deref()),
        _ => None,
    });
    captured.flatten()
}

/// Keys that were broken when the undo of a file began, which may have been ordered again since; `None` where none of
/// it could break a key.
fn before_the_undo(events: &[Event]) -> Option<&[Orphans]> {
    let mut before = None;
    for event in events {
        match &event.kind {
            EventKind::FileMoved { cause: Cause::Retried, .. } => before = None,
            EventKind::UndoPlanned { plan: UndoPlan::Derived { steps, orphans }, .. } if touches_keys(steps) => {
                before.get_or_insert(orphans.as_slice());
            }
            _ => {}
        }
    }
    before
}

fn difference(before: &[Orphans], now: &[Orphans]) -> Option<String> {
    let mut lines = Vec::new();
    for one in now {
        let same = before.iter().find(|was| (&was.table, &was.key) == (&one.table, &one.key));
        let were = same.map_or(0, |was| was.rows);
        if one.rows > were {
            let rows = if one.rows == 1 { "1 row".to_owned() } else { format!("{} rows", one.rows) };
            let Orphans { table, key, .. } = one;
            lines.push(format!(
                "{rows} of {table} break the foreign key {key}: there is no such parent ({were} before)\n"
            ));
        }
    }
    (!lines.is_empty()).then(|| lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orphans(key: &str, rows: u64) -> Orphans {
        Orphans { table: "kids".to_owned(), key: key.to_owned(), rows }
    }

    #[test]
    fn only_what_is_broken_since_counts() {
        assert_eq!(difference(&[orphans("a", 3)], &[orphans("a", 3)]), None);
        assert_eq!(difference(&[orphans("a", 3)], &[orphans("a", 2)]), None);
        let found = difference(&[orphans("a", 3)], &[orphans("a", 4), orphans("b", 1)]).unwrap();
        assert!(
            found.contains("4 rows of kids break the foreign key a: there is no such parent (3 before)"),
            "{found}"
        );
        assert!(found.contains("1 row of kids break the foreign key b"), "{found}");
    }
}
