//! What others have changed of what a file changes, looked up when its undo is thought of and when it has arrived: it
//! is put into what the journal saw (`crate::undo`, `others`), so that no undo takes it away unsaid.

use super::referring;
use crate::database::{DbError, Definition, ErrorKind, Purpose, ServerKind, Session};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::FileContext;
use crate::engine::statement::file_session::FileSession;
use crate::kept::Written;
use crate::model::{Event, EventKind, File, Phase, RecordedDefinition};
use crate::sql::{Dialect, ObjectKind, ObjectName, Statement};
use crate::store::{Reader, Store};
use crate::undo::{DefinitionHistory, Ours, named, relation_of, sources};
use std::collections::{BTreeMap, BTreeSet};

/// How things will stand when the turn of a file has come: what files that are undone before it lead back to.
#[derive(Debug, Default)]
pub(crate) struct Pretended {
    definitions: BTreeMap<String, Option<String>>,
    /// Names in the texts of these files: none of it is others'.
    names: BTreeSet<String>,
}

impl Pretended {
    /// A file is undone.
    pub(crate) fn undo(&mut self, text: &FileText, history: &DefinitionHistory, dialect: Dialect) {
        let led_back = |name: &String| Some((name.clone(), history.first(name)?.map(str::to_owned)));
        self.definitions.extend(history.names().filter_map(led_back));
        self.names.extend(ours(text, dialect).into_words());
    }
}

/// The statements of a file that are ours, whichever phase they are of.
pub(crate) fn ours(text: &FileText, dialect: Dialect) -> Ours {
    let scripts = [Some(&text.up), text.down.as_ref()].into_iter().flatten().flat_map(|script| &script.statements);
    Ours::new(scripts.chain(text.statements(Phase::Undo)), dialect)
}

/// A file as it is seen when its undo is thought of: looked up once, for all who think of it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Event>,
    /// Its objects that were taken down, as they stand now.
    found: Vec<Definition>,
    /// SQLite: the texts of tables and views that the journal has, as they stand now.
    texts: Vec<RecordedDefinition>,
    /// False where this account is not shown all of it: what is not shown is not known.
    pub(crate) is_shown: bool,
}

impl Seen {
    /// Everything as it stands now, as the journal writes it.
    pub(crate) fn now(&self) -> Vec<RecordedDefinition> {
        super::compare::journalled(&self.found).into_iter().chain(self.texts.iter().cloned()).collect()
    }

    /// The history of the file, with what others have changed until now in it.
    pub(crate) fn history(&self, text: &FileText, pretended: &Pretended, dialect: Dialect) -> DefinitionHistory {
        let mut now = self.now();
        for definition in &mut now {
            if let Some(text) = pretended.definitions.get(&definition.object) {
                definition.text.clone_from(text);
            }
        }
        let ours = ours(text, dialect).beside(&pretended.names);
        DefinitionHistory::from_events(&self.events).with_others(&now, &ours, dialect)
    }

    /// The tables that the file or its script changes and that stand now, each with its definition.
    pub(crate) fn tables(&self, text: &FileText) -> BTreeMap<ObjectName, String> {
        let tables =
            self.found.iter().filter(|d| d.object.kind == ObjectKind::Table && text.objects.contains(&d.object));
        tables.filter_map(|d| Some((d.object.clone(), d.text.clone()?))).collect()
    }
}

/// Looks at a file whose undo is thought of.
pub(crate) async fn see(reader: &mut Reader, file: &File, text: &FileText) -> Result<Seen, EngineError> {
    let events = reader.events_of(file.batch, file.id).await?;
    let history = DefinitionHistory::from_events(&events);
    let captured = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::FileCaptured { definitions, .. } => Some(definitions.as_slice()),
        _ => None,
    });
    let beside = captured.map(|before| referring::captured_beside(before, text)).unwrap_or_default();
    let purpose = sees_core(reader.store());
    let mut session = match reader.look(purpose).await {
        // Who may approve need not see core: the worker looks again.
        Err(error) if error.kind == ErrorKind::Privilege => {
            tracing::debug!(%error, "what others have changed is not shown to this account");
            return Ok(Seen { events, ..Seen::default() });
        }
        session => session?,
    };
    let objects: Vec<ObjectName> = text.objects.iter().chain(&beside).cloned().collect();
    let found = look(session.as_mut(), &objects).await;
    let texts = match session.kind() {
        ServerKind::Sqlite => texts(session.as_mut(), &history).await,
        ServerKind::MariaDb | ServerKind::MySql => Ok(Vec::new()),
    };
    reader.beside.keep(purpose, session);
    let (found, is_shown) = found?;
    Ok(Seen { events, found, texts: texts?, is_shown })
}

/// The purpose of a session that sees core, with none of a file's settings. On SQLite those of files alone have it as
/// their main schema.
pub(super) fn sees_core(store: &Store) -> Purpose {
    match store.kind() {
        ServerKind::Sqlite => Purpose::File,
        ServerKind::MariaDb | ServerKind::MySql => Purpose::Control,
    }
}

/// Definitions, but for those that the server cannot show; false if that is so of a table.
async fn look(session: &mut dyn Session, objects: &[ObjectName]) -> Result<(Vec<Definition>, bool), DbError> {
    match session.inspect(objects).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(_) => {}
        found => return Ok((found?, true)),
    }
    let (mut all, mut is_shown) = (Vec::new(), true);
    for object in objects {
        match session.inspect(std::slice::from_ref(object)).await {
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => {
                tracing::debug!(%error, %object, "what others made of it is not known");
                is_shown &= object.kind != ObjectKind::Table;
            }
            Ok(found) => all.extend(found),
        }
    }
    Ok((all, is_shown))
}

/// The texts of SQLite's tables and views that the journal has.
async fn texts(session: &mut dyn Session, history: &DefinitionHistory) -> Result<Vec<RecordedDefinition>, EngineError> {
    let (there, gone) = history.sources();
    let known: Vec<String> = there.into_keys().chain(gone).filter(|name| relation_of(name).is_some()).collect();
    let names = known.iter().filter_map(|name| relation_of(name)).map(str::to_owned).collect();
    let mut now = sources(Written::read_of(session, &names).await?.lines(), &[]);
    Ok(known.into_iter().map(|name| (name.clone(), now.remove(&name)).into()).collect())
}

/// What a statement changes and no longer stands as the journal saw it last: looked up only where the session has looked
/// at it anew.
pub(crate) async fn found(
    reader: &mut Reader,
    (FileContext { file, .. }, unwritten): (FileContext<'_>, &[Event]),
    session: &mut FileSession,
    statement: &Statement,
) -> Result<Vec<RecordedDefinition>, EngineError> {
    let anew = session.not_journalled(&session.reached(statement));
    let texts_anew = session.schema_texts.is_read_anew();
    if anew.is_empty() && !texts_anew {
        return Ok(Vec::new());
    }
    let of_file = |event: &&Event| event.batch == file.batch && event.kind.file() == Some(file.id);
    reader.read_also(unwritten.iter().filter(of_file).cloned().collect());
    let history = DefinitionHistory::from_events(&reader.events_of(file.batch, file.id).await?);
    let mut found = Vec::new();
    for definition in session.definitions(&anew).await? {
        let name = named(&definition.object);
        if history.latest(&name).is_some_and(|latest| latest != definition.text.as_deref()) {
            found.push(RecordedDefinition { object: name, text: definition.text });
        }
    }
    if texts_anew {
        found.extend(session.schema_texts.found(&history));
    }
    session.is_journalled(anew);
    Ok(found)
}
