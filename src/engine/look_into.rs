//! A statement in doubt that the database alone does not decide is held against what the journal saw: the definitions
//! that it was to lead to.

use super::doubt::{self, Found};
use super::file_session::{FileSession, changed};
use super::texts::Text;
use super::worker::Worker;
use super::{EngineError, undo};
use crate::model::{Effect, File, Phase, Running, UndoPlan};
use crate::plan::undo::{Witness, explained, named};
use crate::sql::{ObjectName, Statement};
use std::collections::HashMap;

impl Worker {
    /// What became of a statement that was under way. The session holds the barrier.
    pub(super) async fn look_into(
        &mut self,
        session: &mut FileSession,
        file: &File,
        running: &Running,
        text: &Text,
    ) -> Result<Found, EngineError> {
        let mut found = doubt::look(&mut self.journal, session, file, running, text).await?;
        let Some(statement) = text.statements(running.phase).get(running.statement as usize) else { return Ok(found) };
        if found.verdict.effect == Effect::Unknown
            && statement.analysis.kind.is_ddl()
            && let Some(definitions) = self.reached(session, file, running, text, statement).await?
        {
            found.verdict.effect = Effect::Took;
            found.verdict.evidence = "what it changes is defined as it was to be afterwards".to_owned();
            found.verdict.definitions = definitions;
        }
        if found.verdict.effect == Effect::Took {
            found.verdict.definitions.extend(undo::journalled(&session.changed_beside(statement).await?));
        }
        Ok(found)
    }

    /// What a statement changes, as defined now, if that is what it was to lead to.
    async fn reached(
        &mut self,
        session: &mut FileSession,
        file: &File,
        running: &Running,
        text: &Text,
        statement: &Statement,
    ) -> Result<Option<Definitions>, EngineError> {
        let events = self.reader.events_of(file.batch, file.id).await?;
        let witness = Witness::of(&events);
        let back = match running.phase {
            Phase::Forward => None,
            Phase::Undo => taken_back(file, running, text),
        };
        if let Some(forward) = back {
            let (objects, definitions) = now(session, forward).await?;
            let was_so = |object: &ObjectName| {
                let before = witness.before(&named(object), forward.index);
                before.is_some() && before == definitions.get(&named(object)).map(Option::as_deref)
            };
            if !objects.is_empty() && objects.iter().all(was_so) {
                return Ok(Some(definitions.into_iter().collect()));
            }
        }
        let (.., definitions) = now(session, statement).await?;
        let reached = explained(statement, &witness, &definitions);
        Ok(reached.then(|| definitions.into_iter().collect()))
    }
}

/// The objects whose definitions a statement changes, and how they are defined now.
async fn now(
    session: &mut FileSession,
    statement: &Statement,
) -> Result<(Vec<ObjectName>, HashMap<String, Option<String>>), EngineError> {
    let objects = changed(statement);
    let definitions = session.changed_now(statement).await?;
    Ok((objects, undo::journalled(&definitions).into_iter().collect()))
}

/// Objects by name, each with its text.
type Definitions = Vec<(String, Option<String>)>;

/// The forward statement that a derived step takes back, where the step is the last for it.
fn taken_back<'t>(file: &File, running: &Running, text: &'t Text) -> Option<&'t Statement> {
    let undo = file.undo.as_ref().filter(|undo| matches!(undo.plan, UndoPlan::Derived { .. }))?;
    let first = undo.undone_by(running.statement as usize).first()?;
    text.up.statements.get(*first as usize)
}
