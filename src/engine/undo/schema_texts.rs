//! The schema of SQLite as the journal sees it: every table and view with its text as it was written, under names of
//! their own among the definitions. From these an undo restores what a statement changed, named by it or not.

use crate::database::{ServerKind, Session};
use crate::engine::EngineError;
use crate::kept::Written;
use crate::model::RecordedDefinition;
use crate::sql::{ObjectName, Statement, StatementKind};
use crate::undo::{DefinitionHistory, number_of, source_of, sources};
use std::collections::BTreeMap;

/// Texts that were seen last; nothing where nobody has looked, or what was seen cannot hold any more.
#[derive(Debug, Default)]
pub(crate) struct SchemaTexts {
    seen: Option<Seen>,
    /// True if others may have changed something since.
    in_doubt: bool,
    /// True if they were read again since the journal had them.
    read_anew: bool,
}

/// Texts by the names under which they are journalled.
type Sources = BTreeMap<String, String>;

/// The schema as it was seen.
#[derive(Debug)]
struct Seen {
    written: Written,
    sources: Sources,
    /// The sources in lower case.
    folded: Sources,
}

impl Seen {
    async fn read(session: &mut dyn Session) -> Result<Seen, EngineError> {
        let written = Written::read(session).await?;
        let sources = match session.kind() {
            ServerKind::Sqlite => sources(written.lines(), &written.numbers().collect::<Vec<_>>()),
            ServerKind::MariaDb | ServerKind::MySql => Sources::new(),
        };
        let folded = sources.iter().map(|(name, text)| (name.clone(), text.to_lowercase())).collect();
        Ok(Seen { written, sources, folded })
    }

    /// Reads on after a statement that creates something; `None` where more has changed than that.
    async fn read_created(
        &mut self,
        session: &mut dyn Session,
    ) -> Result<Option<Vec<RecordedDefinition>>, EngineError> {
        let Some(names) = self.written.read_created(session).await? else { return Ok(None) };
        let lines = names.iter().filter_map(|name| self.written.lines().get_key_value(name));
        let now = sources(&lines.map(|(name, lines)| (name.clone(), lines.clone())).collect(), &[]);
        let before = now.keys().filter_map(|name| self.sources.get_key_value(name));
        let changed = difference(&before.map(|(name, text)| (name.clone(), text.clone())).collect(), &now);
        self.folded.extend(now.iter().map(|(name, text)| (name.clone(), text.to_lowercase())));
        self.sources.extend(now);
        Ok(Some(changed))
    }
}

impl SchemaTexts {
    /// What was seen was rolled back.
    pub(crate) fn forget(&mut self) {
        self.seen = None;
    }

    /// Others may have changed something since.
    pub(crate) fn doubt(&mut self) {
        self.in_doubt = true;
    }

    /// Looks before a statement that may change it.
    pub(crate) async fn look_before(
        &mut self,
        session: &mut dyn Session,
        statement: &Statement,
    ) -> Result<(), EngineError> {
        if session.kind() == ServerKind::Sqlite && changes_schema(statement) {
            self.look(session).await?;
        }
        Ok(())
    }

    async fn look(&mut self, session: &mut dyn Session) -> Result<&Seen, EngineError> {
        let holds = match &self.seen {
            Some(seen) if self.in_doubt => seen.written.is_current(session).await?,
            Some(_) => true,
            None => false,
        };
        let seen = match self.seen.take().filter(|_| holds) {
            Some(seen) => seen,
            None => {
                self.read_anew = true;
                Seen::read(session).await?
            }
        };
        self.in_doubt = false;
        Ok(self.seen.insert(seen))
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
        let mut before = self.seen.take();
        if only_creates(statement)
            && let Some(seen) = &mut before
            && let Some(changed) = seen.read_created(session).await?
        {
            self.seen = before;
            return Ok(changed);
        }
        let now = Seen::read(session).await?;
        let changed = difference(&before.map(|seen| seen.sources).unwrap_or_default(), &now.sources);
        self.seen = Some(now);
        Ok(changed)
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
        self.in_doubt = true;
        self.look(session).await?;
        self.read_anew = false;
        let Some(now) = &self.seen else { return Ok(Vec::new()) };
        let names: Vec<String> = objects.iter().map(|object| object.name.to_lowercase()).collect();
        let whole = statements.iter().any(|s| s.analysis.flags.partial || s.analysis.kind.is_opaque());
        let concerned = |(name, folded): &(&String, &String)| {
            whole || number_of(name).is_some() || names.iter().any(|name| folded.contains(name.as_str()))
        };
        let concerned = now.folded.iter().filter(concerned).filter_map(|(name, _)| now.sources.get_key_value(name));
        Ok(concerned.map(|(name, text)| (name.clone(), Some(text.clone())).into()).collect())
    }

    /// True if what was seen may be another than what the journal has.
    pub(crate) fn is_read_anew(&self) -> bool {
        self.read_anew
    }

    /// What was seen now and is another than in the journal: others have changed it.
    pub(crate) fn found(&mut self, history: &DefinitionHistory) -> Vec<RecordedDefinition> {
        self.read_anew = false;
        let Some(seen) = &self.seen else { return Vec::new() };
        let (before, gone) = history.sources();
        let before: Sources = before.into_iter().filter(|(name, _)| number_of(name).is_none()).collect();
        let is_known = |name: &String| before.contains_key(name) || gone.contains(name);
        let now = seen.sources.iter().filter(|(name, _)| is_known(name) && number_of(name).is_none());
        difference(&before, &now.map(|(name, text)| (name.clone(), text.clone())).collect())
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
        let now = Seen::read(session).await?.sources;
        let named = |name: &str| {
            statement.analysis.touches.iter().any(|t| source_of(&t.object.name).eq_ignore_ascii_case(name))
        };
        let (before, unknown) = history.sources();
        let is_known = |name: &str| before.contains_key(name) || unknown.contains(name) || named(name);
        let now = now.into_iter().filter(|(name, _)| is_known(name)).collect();
        Ok(difference(&before, &now))
    }
}

/// A statement after which nothing stands otherwise but what it has made, and that has one version more.
fn only_creates(statement: &Statement) -> bool {
    use StatementKind::{CreateIndex, CreateTable, CreateTrigger, CreateView};
    let analysis = &statement.analysis;
    matches!(analysis.kind, CreateIndex | CreateTable | CreateTrigger | CreateView) && !analysis.flags.partial
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
