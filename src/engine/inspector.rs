//! Asks the database on behalf of a file. Nothing here touches the journal: whoever asks says what of the world it is
//! about.

use super::file::ahead::Ahead;
use super::file::texts::{FileText, TextCache};
use super::statement::file_session::{FileSession, ScriptEntry, ScriptRun};
use super::statement::sessions::Sessions;
use super::undo::compare;
use super::undo::standing_on::Standing;
use super::{EngineError, EngineOptions};
use crate::check::KnownObjects;
use crate::database::{Purpose, ServerKind, Session};
use crate::model::{Batch, File, SystemStateId};
use crate::sql::{Dialect, directives};
use crate::store::{Lease, Reader, Store};
use std::sync::Arc;

/// Sessions, texts and what is known of the database.
pub(crate) struct Inspector {
    pub(crate) store: Store,
    pub(crate) options: EngineOptions,
    pub(crate) lease: Lease,
    pub(crate) reader: Reader,
    pub(crate) sessions: Sessions,
    pub(crate) texts: TextCache,
    /// What was seen of files to come.
    pub(crate) ahead: Ahead,
    /// Objects that checks need not ask for again.
    pub(crate) known: KnownObjects,
    /// What stands on what, for undos that follow each other.
    pub(crate) standing: Standing,
    /// The freeze that keeps others from writing, enforced by the server and proven.
    pub(crate) freeze: Option<SystemStateId>,
    /// For checks: no variable that a file sets reaches it.
    check_session: Option<Box<dyn Session>>,
    /// Makes the tables that hold what statements destroy.
    pub(crate) keep_session: Option<Box<dyn Session>>,
}

/// A file, the batch that it is of and its texts: what is asked about.
#[derive(Clone, Copy)]
pub(crate) struct FileContext<'a> {
    pub(crate) batch: &'a Batch,
    pub(crate) file: &'a File,
    pub(crate) text: &'a FileText,
}

impl FileContext<'_> {
    /// Tells whether the file runs also where what it destroys cannot be kept: its rollback script is the undo then, or
    /// whoever started the batch has read that there is none.
    pub(crate) fn does_without_keeping(self) -> bool {
        self.text.has_script() || self.batch.policy.accept_irreversible
    }
}

impl Inspector {
    pub(crate) fn new(store: Store, options: EngineOptions, lease: Lease, reader: Reader) -> Inspector {
        let texts = TextCache::new(store.dialect(), store.database().globals());
        Inspector {
            store,
            options,
            lease,
            reader,
            sessions: Sessions::new(),
            texts,
            ahead: Ahead::default(),
            known: KnownObjects::default(),
            standing: Standing::default(),
            freeze: None,
            check_session: None,
            keep_session: None,
        }
    }

    pub(crate) fn kind(&self) -> ServerKind {
        self.store.database().kind()
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.store.dialect()
    }

    /// The text of a file, with the undo that was made for it, if one was; `None` when the schema has no such text.
    pub(crate) async fn text(&mut self, batch: &Batch, file: &File) -> Result<Option<Arc<FileText>>, EngineError> {
        self.texts.for_file(&mut self.reader, file, &batch.policy.session).await
    }

    /// The same, where there is no going on without it.
    pub(crate) async fn required_text(&mut self, batch: &Batch, file: &File) -> Result<Arc<FileText>, EngineError> {
        self.text(batch, file).await?.ok_or_else(|| EngineError::NoText { path: file.path.clone() })
    }

    /// The session for a file: the one that it has, if that serves, else one that is free, or a new one.
    pub(crate) async fn file_session(&mut self, context: FileContext<'_>) -> Result<FileSession, EngineError> {
        let FileContext { batch, file, text } = context;
        let mut variables = batch.policy.session.clone();
        variables.extend(directives(&text.source.up).map(|d| d.session).unwrap_or_default());
        variables.extend(compare::session_of(file, self.dialect()));
        self.sessions.release(|id| batch.active.contains(&id));
        let entry = ScriptEntry { script: ScriptRun::current(file), objects: &text.objects, is_deaf: text.is_deaf };
        self.sessions.take((&self.store, &self.lease), entry, &variables).await
    }

    /// The session for checks, until [`Inspector::keep_check_session`].
    pub(crate) async fn take_check_session(&mut self) -> Result<Box<dyn Session>, EngineError> {
        match self.check_session.take() {
            Some(session) => Ok(session),
            None => Ok(self.store.database().open(Purpose::Control).await?),
        }
    }

    /// Forgets what is known of the schema: others may change it while nothing of ours moves.
    pub(crate) fn forget(&mut self) {
        self.sessions.forget();
        self.known.forget_schema();
        self.ahead.forget();
    }

    /// Closes what looks at files of SQLite beside the one that runs: text of others may change their mode.
    pub(crate) async fn stand_aside(&mut self) {
        if self.kind() == ServerKind::Sqlite {
            self.reader.beside.close().await;
        }
    }

    pub(crate) fn keep_check_session(&mut self, session: Box<dyn Session>) {
        self.check_session = Some(session);
    }

    /// Gives every session back.
    pub(crate) async fn close(self) {
        self.sessions.close().await;
        self.ahead.close().await;
        for session in [self.check_session, self.keep_session].into_iter().flatten() {
            session.close().await;
        }
        self.reader.close().await;
    }
}
