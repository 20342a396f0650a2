//! The sessions that run the files: one for each file under way, kept open for the next.

use super::EngineError;
use super::file_session::{FileSession, ScriptRun};
use crate::model::FileId;
use crate::sql::ObjectName;
use crate::store::{Lease, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often an idle file session says that it lives.
pub(super) const PING: Duration = Duration::from_secs(30);

/// A place for one session, which has a barrier of its own on the server.
#[derive(Debug, Default)]
struct Slot {
    /// The file that it is for, as long as that is under way.
    file: Option<FileId>,
    /// Not here while a statement runs on it.
    session: Option<FileSession>,
}

/// The open file sessions of a worker.
#[derive(Debug)]
pub(super) struct Sessions {
    slots: Vec<Slot>,
    pinged: Instant,
}

impl Sessions {
    pub(super) fn new() -> Sessions {
        Sessions { slots: Vec::new(), pinged: Instant::now() }
    }

    /// The session for a file: the one that it had, or one that serves, or a new one in a place that nobody uses.
    pub(super) async fn take(
        &mut self,
        (store, lease): (&Store, &Lease),
        (script, objects): (ScriptRun, &Arc<[ObjectName]>),
        variables: &[(String, String)],
    ) -> Result<FileSession, EngineError> {
        let slot = self.slot(script, variables);
        self.slots[slot].file = Some(script.file);
        let mut session = match self.slots[slot].session.take() {
            Some(session) if session.serves(script, variables) => session,
            other => {
                if let Some(other) = other {
                    other.session.close().await;
                }
                FileSession::open(store, lease, slot, variables).await?
            }
        };
        session.enter(script, objects);
        Ok(session)
    }

    fn slot(&mut self, script: ScriptRun, variables: &[(String, String)]) -> usize {
        let own = |s: &Slot| s.file == Some(script.file);
        let is_free = |s: &Slot| s.file.is_none();
        let serves = |s: &Slot| is_free(s) && s.session.as_ref().is_some_and(|s| s.serves(script, variables));
        let found = [&own as &dyn Fn(&Slot) -> bool, &serves, &is_free]
            .into_iter()
            .find_map(|wanted| self.slots.iter().position(wanted));
        found.unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        })
    }

    /// Puts a session back for the next use.
    pub(super) fn keep(&mut self, session: FileSession) {
        let slot = session.slot;
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.session = Some(session);
        }
    }

    /// Takes the places from the files that are not under way any more.
    pub(super) fn release(&mut self, is_under_way: impl Fn(FileId) -> bool) {
        for slot in &mut self.slots {
            slot.file = slot.file.filter(|file| is_under_way(*file));
        }
    }

    /// Forgets what is known of the schema: others may have changed it.
    pub(super) fn forget(&mut self) {
        self.slots.iter_mut().filter_map(|slot| slot.session.as_mut()).for_each(FileSession::forget);
    }

    /// Says on each idle session that it lives, when it is time.
    pub(super) async fn ping(&mut self) {
        if self.pinged.elapsed() < PING {
            return;
        }
        self.pinged = Instant::now();
        for slot in &mut self.slots {
            let Some(mut session) = slot.session.take() else { continue };
            match session.session.ping().await {
                Ok(()) => slot.session = Some(session),
                // What its script had set up in it is missed before the next statement (`statement`).
                Err(error) => tracing::warn!(%error, "an idle file session is gone; a new one will be opened"),
            }
        }
    }

    /// Closes them all.
    pub(super) async fn close(self) {
        for session in self.slots.into_iter().filter_map(|slot| slot.session) {
            session.session.close().await;
        }
    }
}
