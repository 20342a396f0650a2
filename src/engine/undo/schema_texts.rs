//! The schema of SQLite as the journal sees it: every table and view with its text as it was written, under names of
//! their own among the definitions. From these an undo restores what a statement changed, named by it or not.

use crate::database::{ServerKind, Session};
use crate::engine::EngineError;
use crate::kept;
use crate::model::{RecordedDefinition, SchemaLine};
use crate::sql::{ObjectName, Statement, StatementKind};
use crate::undo::{DefinitionHistory, number_of, source_of, sources};
use std::collections::BTreeMap;

/// Texts that were seen last; nothing where nobody has looked, or what was seen need not hold any more.
#[derive(Debug, Default)]
pub(crate) struct SchemaTexts {
    seen: Option<Sources>,
}

/// Texts by the names under which they are journalled.
type Sources = BTreeMap<String, String>;

impl SchemaTexts {
    /// Nobody knows any more.
    pub(crate) fn forget(&mut self) {
        self.seen = None;
    }

    /// Looks before a statement that may change it.
    pub(crate) async fn look_before(
        &mut self,
        session: &mut dyn Session,
        statement: &Statement,
    ) -> Result<(), EngineError> {
        if self.seen.is_none() && changes_schema(statement) {
            self.seen = Some(sources_of(session).await?);
        }
        Ok(())
    }

    /// Looks again, and gives what a statement has changed of it.
    pub(crate) async fn changed(
        &mut self,
        session: &mut dyn Session,
        statement: &Statement,
    ) -> Result<Vec<RecordedDefinition>, EngineError> {
        if session.kind() != ServerKind::Sqlite || !changes_schema(statement) {
            return Ok(Vec::new());
        }
        let now = sources_of(session).await?;
        let before = self.seen.replace(now.clone()).unwrap_or_default();
        Ok(difference(&before, &now))
    }

    /// Takes down what a file may change of it: what speaks of an object that the file changes. A rename goes as far as
    /// that.
    pub(crate) async fn capture(
        &mut self,
        session: &mut dyn Session,
        objects: &[ObjectName],
        statements: &[Statement],
    ) -> Result<Vec<RecordedDefinition>, EngineError> {
        if session.kind() != ServerKind::Sqlite || !statements.iter().any(changes_schema) {
            return Ok(Vec::new());
        }
        let now = sources_of(session).await?;
        self.seen = Some(now.clone());
        let names: Vec<String> = objects.iter().map(|object| object.name.to_lowercase()).collect();
        let whole = statements.iter().any(|s| s.analysis.flags.partial || s.analysis.kind.is_opaque());
        let concerned = |(name, text): &(String, String)| {
            let text = text.to_lowercase();
            whole || number_of(name).is_some() || names.iter().any(|name| text.contains(name.as_str()))
        };
        Ok(now.into_iter().filter(concerned).map(|(name, text)| (name, Some(text)).into()).collect())
    }

    /// Looks at what of it stands now otherwise than the journal saw it last: after a statement of which nobody saw the
    /// end.
    pub(crate) async fn unseen(
        &self,
        session: &mut dyn Session,
        statement: &Statement,
        history: &DefinitionHistory,
    ) -> Result<Vec<RecordedDefinition>, EngineError> {
        if session.kind() != ServerKind::Sqlite || !changes_schema(statement) {
            return Ok(Vec::new());
        }
        let now = sources_of(session).await?;
        let named = |name: &str| {
            statement.analysis.touches.iter().any(|t| source_of(&t.object.name).eq_ignore_ascii_case(name))
        };
        let (before, unknown) = history.sources();
        let is_known = |name: &str| before.contains_key(name) || unknown.contains(name) || named(name);
        let now = now.into_iter().filter(|(name, _)| is_known(name)).collect();
        Ok(difference(&before, &now))
    }
}

async fn sources_of(session: &mut dyn Session) -> Result<Sources, EngineError> {
    if session.kind() != ServerKind::Sqlite {
        return Ok(Sources::new());
    }
    let mut numbers = Vec::new();
    for name in kept::NUMBERS {
        numbers.push((name, kept::number(session, name).await?));
    }
    let lines: BTreeMap<String, Vec<SchemaLine>> = kept::lines(session).await?;
    Ok(sources(&lines, &numbers))
}

fn changes_schema(statement: &Statement) -> bool {
    let analysis = &statement.analysis;
    let kind = analysis.kind;
    let number = kind == StatementKind::Pragma && analysis.flags.lasting;
    kind.is_ddl() || number || (kind.is_opaque() && kind != StatementKind::Pragma) || analysis.flags.partial
}

fn difference(before: &Sources, now: &Sources) -> Vec<RecordedDefinition> {
    let gone = before.keys().filter(|name| !now.contains_key(*name)).map(|name| (name.clone(), None));
    let come = now.iter().filter(|(name, text)| before.get(*name) != Some(text));
    gone.chain(come.map(|(name, text)| (name.clone(), Some(text.clone())))).map(Into::into).collect()
}
