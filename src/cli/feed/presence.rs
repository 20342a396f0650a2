//! Presence: when it is to be told that this console watches, and who else does.

use crate::console::Watcher;
use crate::database::{ErrorKind, Session};
use crate::model::RollbackId;
use crate::store::{SessionNote, SessionRole, SessionRow, Store, StoreError, touch_session};
use std::time::{Duration, Instant};

/// Pause between two times that we say that we watch.
const PRESENCE: Duration = Duration::from_secs(30);
/// Time that our entry stands after we last said so.
const PRESENCE_TTL: Duration = Duration::from_secs(90);

/// Presence of this console among the others that watch.
pub(super) struct Presence {
    key: String,
    told: Option<Instant>,
    /// The rollback that is open here, and what was told of it last.
    rollback: Option<RollbackId>,
    told_of: Option<RollbackId>,
    /// The account may not say that it is there; it does not try again.
    refused: bool,
}

impl Presence {
    pub fn new() -> Presence {
        let key = format!("console-{}-{:x}", std::process::id(), fastrand::u32(..));
        Presence { key, told: None, rollback: None, told_of: None, refused: false }
    }

    /// Takes in which rollback is open here. It is told with the next poll, so at most once a second.
    pub fn looks_at(&mut self, rollback: Option<RollbackId>) {
        self.rollback = rollback;
    }

    /// The note that is to be told now, if it is time. The next time is counted from here, however this ends.
    pub fn due(&mut self) -> Option<SessionNote<'_>> {
        let is_old = self.told.is_none_or(|told| told.elapsed() >= PRESENCE);
        if self.refused || !(is_old || self.told_of != self.rollback) {
            return None;
        }
        (self.told, self.told_of) = (Some(Instant::now()), self.rollback);
        Some(SessionNote { key: &self.key, role: SessionRole::Console, ttl: PRESENCE_TTL, rollback: self.rollback })
    }

    /// Says that we watch, if it is time. False where the session is lost.
    pub async fn tell(&mut self, session: &mut dyn Session, store: &Store) -> bool {
        let Some(note) = self.due() else { return true };
        let Err(error) = touch_session(session, store, &note).await else { return true };
        tracing::debug!(%error, "it cannot be said that this console watches");
        let is_lost = matches!(&error, StoreError::Database(error) if error.kind == ErrorKind::ConnectionLost);
        self.refused = !is_lost;
        !is_lost
    }

    /// The other consoles among those that watch.
    pub fn others(&self, sessions: Vec<SessionRow>) -> Vec<Watcher> {
        let others = sessions.into_iter().filter(|session| session.key != self.key);
        let mut others: Vec<Watcher> =
            others.map(|session| Watcher { account: session.account, rollback: session.rollback }).collect();
        others.sort();
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    #[test]
    fn it_is_told_at_the_beginning_and_when_what_is_open_changes() {
        let mut presence = Presence::new();
        assert_eq!(presence.due().map(|note| note.rollback), Some(None));
        assert!(presence.due().is_none(), "nothing has changed");
        presence.looks_at(Some(RollbackId(7)));
        presence.looks_at(Some(RollbackId(8)));
        assert_eq!(presence.due().map(|note| note.rollback), Some(Some(RollbackId(8))), "the last only");
        assert!(presence.due().is_none());
        presence.looks_at(None);
        presence.refused = true;
        assert!(presence.due().is_none(), "an account that may not is quiet");
    }

    #[test]
    fn this_console_is_none_of_the_others() {
        let presence = Presence::new();
        let session = |key: &str, account: &str| SessionRow {
            key: key.into(),
            account: account.into(),
            connection: 1,
            seen: Millis(1),
            rollback: Some(RollbackId(7)),
        };
        let others =
            presence.others(vec![session("b", "caro@%"), session(&presence.key, "ana@%"), session("c", "ana@%")]);
        let accounts: Vec<&str> = others.iter().map(|watcher| watcher.account.as_str()).collect();
        assert_eq!(accounts, ["ana@%", "caro@%"], "the same account at another desk is another console");
    }
}
