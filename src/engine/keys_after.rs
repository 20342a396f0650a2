//! Whether the rows that stand after an undo made here keep the foreign keys: it ran with them unchecked. What was broken
//! before the undo began is nobody's news.

use super::EngineError;
use super::texts::Text;
use super::worker::Worker;
use crate::model::{Cause, DerivedStep, Event, EventKind, File, Orphans, UndoAct, UndoPlan};
use crate::sql::{How, ObjectKind, ObjectName};
use crate::store::kept;
use std::collections::BTreeSet;

impl Worker {
    /// Notes in a plan what is broken before it begins.
    pub(super) async fn note_broken_keys(
        &mut self,
        file: &File,
        text: &Text,
        plan: UndoPlan,
    ) -> Result<UndoPlan, EngineError> {
        match plan {
            UndoPlan::Derived { steps, .. } if touches_keys(&steps) => {
                let orphans = self.broken_keys(file, text).await?;
                Ok(UndoPlan::Derived { steps, orphans })
            }
            plan => Ok(plan),
        }
    }

    /// The keys that more rows break than before the file's undo began, in words.
    pub(super) async fn newly_broken_keys(&mut self, file: &File, text: &Text) -> Result<Option<String>, EngineError> {
        let events = self.reader.events_of(file.batch, file.id).await?;
        let Some(before) = before_the_undo(&events) else { return Ok(None) };
        let now = self.broken_keys(file, text).await?;
        Ok(difference(before, &now))
    }

    async fn broken_keys(&mut self, file: &File, text: &Text) -> Result<Vec<Orphans>, EngineError> {
        let mut session = self.file_session(file, text).await?;
        let orphans = kept::orphans(&self.store, session.session.as_mut(), &written(text)).await;
        self.sessions.keep(session);
        Ok(orphans?)
    }
}

/// The tables that a file changes, definitions or rows.
fn written(text: &Text) -> Vec<ObjectName> {
    let touches = text.up.statements.iter().flat_map(|statement| &statement.analysis.touches);
    let written = touches.filter(|touch| touch.how != How::Reads && touch.object.kind == ObjectKind::Table);
    written.map(|touch| &touch.object).collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// Whether steps put rows back, or make foreign keys again.
fn touches_keys(steps: &[DerivedStep]) -> bool {
    steps.iter().any(|step| match &step.act {
        UndoAct::PutBack { .. } => true,
        UndoAct::Run { sql } => sql.to_ascii_uppercase().contains("REFERENCES"),
        UndoAct::DropSchema { .. } => false,
    })
}

/// What was broken when the undo of a file began, which may have been ordered again since; `None` where none of it could
/// break a key.
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
