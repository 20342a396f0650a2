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
        let goal = match running.phase {
            Phase::Forward => Some(statement),
            Phase::Undo => taken_back(file, running, text),
        };
        let Some(goal) = goal else { return Ok(None) };
        let events = self.reader.events_of(file.batch, file.id).await?;
        let witness = Witness::of(&events);
        let objects: Vec<ObjectName> = changed(goal);
        session.look(&objects).await?;
        let definitions = undo::journalled(&session.definitions(&objects).await?);
        let now: HashMap<String, Option<String>> = definitions.iter().cloned().collect();
        let reached = match running.phase {
            Phase::Forward => explained(goal, &witness, &now),
            Phase::Undo => objects.iter().all(|object| {
                let before = witness.before(&named(object), goal.index);
                before == now.get(&named(object)).map(Option::as_deref)
            }),
        };
        Ok(reached.then_some(definitions))
    }
}

/// Objects by name, each with its text.
type Definitions = Vec<(String, Option<String>)>;

/// The forward statement that a derived step takes back, where the step is the last for it.
fn taken_back<'t>(file: &File, running: &Running, text: &'t Text) -> Option<&'t Statement> {
    let undo = file.undo.as_ref().filter(|undo| matches!(undo.plan, UndoPlan::Derived { .. }))?;
    let first = undo.undone_by(running.statement as usize).first()?;
    text.up.statements.get(*first as usize)
}
