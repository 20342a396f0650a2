//! Looking ahead: while statements run, the objects of the files that come next are looked at on a session of their own,
//! so that nothing waits for that when their turn comes.
//!
//! Only files that share no object with one that is under way are looked at, and what was seen is forgotten when one that
//! does begins. Others may change the schema meanwhile, so it counts for a moment only.

use crate::database::{DbError, Definition, Purpose, Session};
use crate::engine::undo::referring;
use crate::model::FileId;
use crate::sql::ObjectName;
use crate::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Time for which what was seen counts.
const FRESH: Duration = Duration::from_secs(1);

/// A file, and the objects that it changes.
pub(crate) type Wanted = (FileId, Arc<[ObjectName]>);

/// The objects of a file as they were seen before its turn.
#[derive(Debug)]
struct Seen {
    file: FileId,
    at: Instant,
    definitions: Vec<Definition>,
    /// What refers to them.
    referring: Vec<Definition>,
}

/// What a look comes back with: the session, where that still answers, and what was seen.
type Looked = (Option<Box<dyn Session>>, Vec<Seen>);

/// A look that is under way.
#[derive(Debug)]
struct Look {
    /// The files for which it is still wanted.
    files: Vec<FileId>,
    task: JoinHandle<Looked>,
}

/// What is known of files to come.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// Not here while a look is under way.
    session: Option<Box<dyn Session>>,
    look: Option<Look>,
    seen: Vec<Seen>,
}

impl Ahead {
    /// Gives the definitions of a file's objects and of what refers to them, if they were looked at ahead, and lately.
    pub(crate) async fn take(&mut self, file: FileId) -> Option<(Vec<Definition>, Vec<Definition>)> {
        if self.look.as_ref().is_some_and(|look| look.files.contains(&file)) {
            self.join().await;
        }
        let at = self.seen.iter().position(|seen| seen.file == file)?;
        let seen = self.seen.swap_remove(at);
        (seen.at.elapsed() < FRESH).then_some((seen.definitions, seen.referring))
    }

    /// Forgets what was seen for the files that these are not about.
    pub(crate) fn retain(&mut self, keeps: impl Fn(FileId) -> bool) {
        self.seen.retain(|seen| keeps(seen.file));
        if let Some(look) = &mut self.look {
            look.files.retain(|file| keeps(*file));
        }
    }

    /// Forgets everything: others may have changed the schema.
    pub(crate) fn forget(&mut self) {
        self.retain(|_| false);
    }

    /// True if nothing is known of a file.
    pub(crate) fn lacks(&self, file: FileId) -> bool {
        let is_under_way = self.look.as_ref().is_some_and(|look| look.files.contains(&file));
        !is_under_way && !self.seen.iter().any(|seen| seen.file == file && seen.at.elapsed() < FRESH)
    }

    /// Begins a look; one at a time.
    pub(crate) fn begin(&mut self, store: &Store, wanted: Vec<Wanted>) {
        let files = wanted.iter().map(|(file, _)| *file).collect();
        let task = tokio::spawn(look(store.clone(), self.session.take(), wanted));
        self.look = Some(Look { files, task });
    }

    /// True while one is under way. What has ended meanwhile is taken in.
    pub(crate) async fn is_looking(&mut self) -> bool {
        if self.look.as_ref().is_some_and(|look| look.task.is_finished()) {
            self.join().await;
        }
        self.look.is_some()
    }

    async fn join(&mut self) {
        let Some(Look { files, task }) = self.look.take() else { return };
        match task.await {
            Ok((session, seen)) => {
                self.session = session;
                self.seen.retain(|old| !files.contains(&old.file));
                self.seen.extend(seen.into_iter().filter(|seen| files.contains(&seen.file)));
            }
            Err(error) => tracing::debug!(%error, "nothing was seen ahead"),
        }
    }

    /// Gives the session back.
    pub(crate) async fn close(self) {
        if let Some(look) = self.look {
            look.task.abort();
        }
        if let Some(session) = self.session {
            session.close().await;
        }
    }
}

/// Looks at the objects of files. Who could not be looked at is looked at when its turn comes.
async fn look(store: Store, session: Option<Box<dyn Session>>, wanted: Vec<Wanted>) -> Looked {
    let mut seen = Vec::new();
    let mut session = match session {
        Some(session) => session,
        None => match store.database().open(Purpose::Look).await {
            Ok(session) => session,
            Err(error) => return (no_more(&error), seen),
        },
    };
    for (file, objects) in wanted {
        let at = Instant::now();
        match look_at(session.as_mut(), &objects, &store.schemas().core).await {
            Ok((definitions, referring)) => seen.push(Seen { file, at, definitions, referring }),
            Err(error) => return (no_more(&error), seen),
        }
    }
    (Some(session), seen)
}

async fn look_at(
    session: &mut dyn Session,
    objects: &[ObjectName],
    core: &str,
) -> Result<(Vec<Definition>, Vec<Definition>), DbError> {
    let definitions = session.inspect(objects).await?;
    let referring = referring::referring(session, (objects, &definitions), core).await?;
    Ok((definitions, referring))
}

fn no_more(error: &DbError) -> Option<Box<dyn Session>> {
    tracing::debug!(%error, "the files to come are looked at when their turn comes");
    None
}
