//! What an `EXECUTE` runs is known at the latest when it comes: its session is asked for the text just before, which is then
//! read like any statement of the file. What it destroys is kept, and the journal has the text and what stood before it.

use super::file_session::FileSession;
use crate::database::DbError;
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::{FileContext, Inspector};
use crate::engine::undo::{compare, referring};
use crate::kept;
use crate::model::{Batch, File, Phase, RecordedDefinition, RunText};
use crate::sql::{
    ObjectName, Preparing, Statement, StatementKind, may_call_what_writes, may_write_by_calls, preparing,
};
use std::sync::Arc;

/// The texts of a file as its next statement runs.
pub(crate) struct AsItRuns {
    pub(crate) text: Arc<FileText>,
    /// What that runs, where the file's own text does not tell it.
    pub(crate) runs: Option<Box<RunText>>,
    /// The text that it runs, whether that can be followed or not.
    pub(crate) asked: Option<String>,
}

/// Looks up what the next statement of a file runs, where it executes a text.
pub(crate) async fn as_it_runs(
    inspector: &mut Inspector,
    (batch, file): (&Batch, &File),
    (phase, index): (Phase, u32),
) -> Result<AsItRuns, EngineError> {
    let text = inspector.required_text(batch, file).await?;
    let as_told = AsItRuns { text: text.clone(), runs: None, asked: None };
    if calls(inspector, FileContext { batch, file, text: &text }, (phase, index)).await? {
        let now = with_text(inspector, (batch, file), (phase, index), CALL.to_owned()).await?;
        let runs = Some(Box::new(RunText { text: CALL.to_owned(), before: Vec::new() }));
        return Ok(AsItRuns { text: now, runs, asked: None });
    }
    let executes = |s: &&Statement| {
        matches!(preparing(&s.sql, text.language.dialect), Some(Preparing::RunsName(_) | Preparing::Runs(_)))
    };
    let Some(statement) = text.statements(phase).get(index as usize).filter(executes) else { return Ok(as_told) };
    let mut session = inspector.file_session(FileContext { batch, file, text: &text }).await?;
    let asked = match session.executed(statement).await {
        Ok(asked) => asked,
        // Whoever sends the statement will meet that too.
        Err(error) => {
            tracing::debug!(%error, "what is executed cannot be asked for");
            None
        }
    };
    inspector.sessions.keep(session);
    let Some(asked) = asked.filter(|asked| asked != statement.plain()) else { return Ok(as_told) };
    let now = with_text(inspector, (batch, file), (phase, index), asked.clone()).await?;
    let is_followed = now.statements(phase)[index as usize].analysis.kind != StatementKind::Execute;
    if !is_followed {
        return Ok(AsItRuns { asked: Some(asked), ..as_told });
    }
    let before = before(inspector, FileContext { batch, file, text: &now }, &text.objects).await?;
    let runs = Some(Box::new(RunText { text: asked.clone(), before }));
    Ok(AsItRuns { text: now, runs, asked: Some(asked) })
}

/// The texts of a file where its next statement runs this one.
async fn with_text(
    inspector: &mut Inspector,
    (batch, file): (&Batch, &File),
    (phase, index): (Phase, u32),
    text: String,
) -> Result<Arc<FileText>, EngineError> {
    let mut running = file.clone();
    running.runs.insert(file.numbered(phase, index), text);
    inspector.required_text(batch, &running).await
}

/// How the journal has a statement that changes nothing itself, and calls a function that does.
const CALL: &str = "CALL caribou_function()";

/// Tells whether the next statement is such a one, and is run although nothing undoes it.
async fn calls(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    (phase, index): (Phase, u32),
) -> Result<bool, EngineError> {
    let dialect = context.text.language.dialect;
    let called = |s: &&Statement| may_write_by_calls(s.analysis.kind) && may_call_what_writes(s.plain(), dialect);
    let Some(statement) = context.text.statements(phase).get(index as usize).filter(called) else { return Ok(false) };
    if phase == Phase::Forward && !context.does_without_keeping() {
        return Ok(false);
    }
    let mut session = inspector.file_session(context).await?;
    let writes = match session.asked() {
        true => None,
        false => kept::writing(session.session.as_mut(), &session.tables, (statement.plain(), None)).await?,
    };
    inspector.sessions.keep(session);
    Ok(writes.is_some())
}

/// Takes down what such a text changes, and what refers to that, beside what is known of the file.
async fn before(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    known: &[ObjectName],
) -> Result<Vec<RecordedDefinition>, EngineError> {
    let objects = context.text.objects.iter().filter(|object| !known.contains(object)).cloned();
    let objects: Vec<ObjectName> = objects.collect();
    let core = inspector.store.schemas().core.clone();
    let mut session = inspector.file_session(context).await?;
    session.look(&objects).await?;
    let mut definitions = session.definitions(&objects).await?;
    let own = &context.text.objects;
    definitions.extend(referring::referring(session.look_session(), (own, &definitions), &core).await?);
    session.is_journalled(objects);
    inspector.sessions.keep(session);
    Ok(compare::journalled(&definitions))
}

impl FileSession {
    /// A statement is about to prepare a text: it is asked for, where nothing asks what was done before it.
    pub(super) async fn before_preparing(&mut self, statement: &Statement) -> Result<(), DbError> {
        let dialect = self.session.kind().dialect();
        if let Some(Preparing::Name { name, from }) = preparing(&statement.sql, dialect) {
            self.prepared.remove(&name);
            if let Some(text) = self.come_to(from).await? {
                self.prepared.insert(name, text);
            }
        }
        Ok(())
    }

    /// The text that a statement is about to execute, where it can be told.
    async fn executed(&mut self, statement: &Statement) -> Result<Option<String>, DbError> {
        match preparing(&statement.sql, self.session.kind().dialect()) {
            Some(Preparing::RunsName(name)) => Ok(self.prepared.get(&name).cloned()),
            Some(Preparing::Runs(expression)) => self.come_to(expression).await,
            _ => Ok(None),
        }
    }

    /// The text that an expression comes to in the script's own session.
    async fn come_to(&mut self, expression: Option<String>) -> Result<Option<String>, DbError> {
        let Some(expression) = expression.filter(|_| !self.asked) else { return Ok(None) };
        let rows = self.session.query(&format!("SELECT CONVERT({expression} USING utf8mb4)"), &[]).await?;
        Ok(rows.first().and_then(|row| row.get(0).as_text()))
    }

    /// What is prepared by now is not known any more, where a statement may have prepared other texts, or has chosen
    /// another schema for them.
    pub(super) fn forget_prepared(&mut self, kind: StatementKind) {
        use StatementKind::{Call, Compound, Execute, Unknown, Use};
        if matches!(kind, Call | Compound | Execute | Unknown | Use) {
            self.prepared.clear();
        }
    }
}
