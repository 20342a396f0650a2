//! The sessions that run the files: one for each file under way, kept open for the next.

use super::file_session::{FileSession, ScriptEntry, ScriptRun};
use crate::engine::EngineError;
use crate::model::FileId;
use crate::store::{Lease, Store};
use std::time::{Duration, Instant};

/// Interval at which an idle file session says that it lives.
pub(crate) const PING: Duration = Duration::from_secs(30);

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
pub(crate) struct Sessions {
    slots: Vec<Slot>,
    pinged: Instant,
}

impl Sessions {
    pub(crate) fn new() -> Sessions {
        Sessions { slots: Vec::new(), pinged: Instant::now() }
    }

    /// The session for a file: the one that it had, or one that serves, or a new one in a place that nobody uses.
    pub(crate) async fn take(
        &mut self,
        (store, lease): (&Store, &Lease),
        entry: ScriptEntry<'_>,
        variables: &[(String, String)],
    ) -> Result<FileSession, EngineError> {
        let script = entry.script;
        let slot = self.slot(script, variables);
        self.slots[slot].file = Some(script.file);
        if let Some(mut session) = self.slots[slot].session.take() {
            if session.serves(script, variables) {
                match session.enter(entry).await {
                    Ok(()) => return Ok(session),
                    Err(error) => tracing::warn!(%error, "a free file session was gone; opening a new one"),
                }
            }
            session.close().await;
        }
        let mut session = FileSession::open(store, lease, slot, variables).await?;
        session.enter(entry).await?;
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
    pub(crate) fn keep(&mut self, session: FileSession) {
        let slot = session.slot;
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.session = Some(session);
        }
    }

    /// Ends the session of a file whose script has ended: what the script set in it ends with it, locks of SQLite's
    /// files among that.
    pub(crate) async fn retire(&mut self, file: FileId) {
        for slot in self.slots.iter_mut().filter(|slot| slot.file == Some(file)) {
            let ended = |s: &mut FileSession| !s.state.is_fresh() && s.state.transaction.is_none();
            if let Some(session) = slot.session.take_if(ended) {
                session.session.close().await;
            }
        }
    }

    /// Takes the places from the files that are not under way any more.
    pub(crate) fn release(&mut self, is_under_way: impl Fn(FileId) -> bool) {
        for slot in &mut self.slots {
            slot.file = slot.file.filter(|file| is_under_way(*file));
        }
    }

    /// True if a file is in the middle of a transaction, and what that holds would be held on to.
    pub(crate) fn has_open_transaction(&self) -> bool {
        self.slots.iter().filter_map(|slot| slot.session.as_ref()).any(|session| session.state.transaction.is_some())
    }

    /// Forgets what is known of the schema: others may have changed it.
    pub(crate) fn forget(&mut self) {
        self.slots.iter_mut().filter_map(|slot| slot.session.as_mut()).for_each(FileSession::forget);
    }

    /// Says on each idle session that it lives, when it is time.
    pub(crate) async fn ping(&mut self) {
        if self.pinged.elapsed() < PING {
            return;
        }
        self.pinged = Instant::now();
        for slot in &mut self.slots {
            let Some(mut session) = slot.session.take() else { continue };
            match session.ping().await {
                Ok(()) => slot.session = Some(session),
                // What its script had set up in it is missed before the next statement (`statement`).
                Err(error) => tracing::warn!(%error, "an idle file session is gone; a new one will be opened"),
            }
        }
    }

    /// Their connections, as far as no statement runs on them.
    pub(crate) fn connections(&self) -> Vec<u64> {
        let sessions = self.slots.iter().filter_map(|slot| slot.session.as_ref());
        sessions.map(|session| session.session.connection_id()).collect()
    }

    /// Closes them all.
    pub(crate) async fn close(self) {
        for session in self.slots.into_iter().filter_map(|slot| slot.session) {
            session.close().await;
        }
    }
}
