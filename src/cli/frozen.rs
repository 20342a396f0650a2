//! The freeze as whoever looks finds it: what the journal says, what the server says, and whether a worker watches over it.

use super::output;
use crate::database::is_read_only;
use crate::model::{Freeze, FreezeMeans, Millis, SystemStatus};
use crate::store::{Reader, Result};

/// What is to be said where no freeze stands.
pub(crate) const NOBODY_STOPPED: &str = "nobody is kept from writing";

/// What is found of a freeze.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frozen {
    /// The last that the journal tells of, where it is not over.
    pub freeze: Option<Freeze>,
    /// `read_only` on the server now.
    pub read_only: bool,
    pub worker_alive: bool,
    /// The database's clock.
    pub now: Option<Millis>,
}

impl Frozen {
    /// Reads what the journal and the server say. `worker_alive`: somebody watches over it.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(reader: &mut Reader, worker_alive: bool) -> Result<Frozen> {
        let freeze = reader.last_freeze().await?.filter(|freeze| freeze.status != SystemStatus::Normal);
        let now = if freeze.is_some() { Some(reader.now().await?) } else { None };
        let read_only = is_read_only(reader.session()).await?;
        Ok(Frozen { worker_alive: freeze.is_some() && worker_alive, freeze, read_only, now })
    }

    /// True if a freeze stands by the journal.
    pub fn stands(&self) -> bool {
        self.freeze.as_ref().is_some_and(Freeze::stands)
    }

    /// True if others are kept from writing: not by the word alone, and not by what has gone with its process.
    pub fn is_enforced(&self) -> bool {
        let is_held = |freeze: &Freeze| match freeze.means {
            FreezeMeans::ReadOnly => self.read_only,
            FreezeMeans::WriteLock => self.worker_alive,
            FreezeMeans::Advisory => false,
        };
        self.freeze.as_ref().is_some_and(|freeze| freeze.stands() && is_held(freeze))
    }

    /// Whether others are kept from writing, with the evidence.
    pub fn judged(&self) -> (bool, String) {
        let Some(freeze) = &self.freeze else { return (false, NOBODY_STOPPED.to_owned()) };
        let words = match () {
            () if !freeze.stands() => "it was lifted in an emergency, and nobody is kept from writing".to_owned(),
            () if self.is_lifted() => "the journal says frozen, and read_only is off on the server".to_owned(),
            () if self.is_left_behind() => format!("{}; no worker watches over it", self.means(freeze)),
            () => format!("{}, since {}", self.means(freeze), freeze.since.to_rfc3339()),
        };
        (self.is_enforced(), words)
    }

    /// True if others are kept from writing, or may be, and no worker watches over it.
    pub fn is_left_behind(&self) -> bool {
        self.freeze.as_ref().is_some_and(Freeze::stands) && !self.worker_alive
    }

    /// True if the journal says that others are kept from writing, and the server does not.
    pub fn is_lifted(&self) -> bool {
        let by_server = |f: &Freeze| f.stands() && f.means == FreezeMeans::ReadOnly;
        self.freeze.as_ref().is_some_and(by_server) && !self.read_only
    }

    /// The means, in words. A lock of SQLite goes with the process that holds it, whatever the journal says.
    pub fn means(&self, freeze: &Freeze) -> &'static str {
        match freeze.means {
            FreezeMeans::WriteLock if !self.worker_alive => {
                "by the file's write lock, which goes with its process: where that has ended, everybody writes again"
            }
            means => means.sentence(),
        }
    }

    /// What is to be known, in lines that end with a line end; empty where nothing is frozen.
    pub fn told(&self) -> String {
        let Some(freeze) = &self.freeze else { return String::new() };
        let age = self.now.map_or_else(String::new, |now| format!(" for {}", output::took(now.since(freeze.since))));
        let by = output::safe(&freeze.asked_by());
        let status = freeze.status.as_str().to_uppercase();
        let mut text = format!("{status}{age} by {by}: {}\n", output::safe(&freeze.reason));
        if freeze.status == SystemStatus::Emergency {
            let why = freeze.ended.as_deref().unwrap_or_default();
            text.push_str(&format!("  lifted in an emergency: {}\n", output::safe(why)));
            text.push_str("  nothing is frozen again before `caribou thaw` says that it is over\n");
            return text;
        }
        text.push_str(&format!("  {}\n", self.means(freeze)));
        match &freeze.proof {
            Some(proof) => text.push_str(&format!("  {}\n", output::safe(proof))),
            None => text.push_str("  it was not read back yet: it may or may not be in force\n"),
        }
        for line in &freeze.reach {
            text.push_str(&format!("  {}\n", output::safe(line)));
        }
        if self.is_lifted() {
            text.push_str("  LIFTED: read_only is off on the server; the next worker says so in the journal\n");
        } else if self.is_left_behind() {
            let hit = match freeze.means {
                FreezeMeans::ReadOnly => ": applications may not be able to write",
                FreezeMeans::WriteLock | FreezeMeans::Advisory => "",
            };
            text.push_str(&format!("  NO WORKER watches over it{hit}.\n"));
            text.push_str("  `caribou thaw --emergency` ends it without a worker\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SystemStateId, Token};

    fn frozen(status: SystemStatus) -> Frozen {
        let freeze = Freeze {
            state: SystemStateId(1),
            status,
            means: FreezeMeans::ReadOnly,
            reason: "importer \u{1b}[31m".into(),
            by: Some("ana@10.%".into()),
            batch: None,
            token: Token(3),
            holder: "w1".into(),
            since: Millis(1_000),
            proof: None,
            reach: vec!["every schema of the server: shop".into()],
            ended: Some("pager went off".into()),
            updated: Millis(1_000),
        };
        Frozen { freeze: Some(freeze), read_only: true, worker_alive: true, now: Some(Millis(251_000)) }
    }

    #[test]
    fn what_is_told_depends_on_server_and_worker() {
        let watched = frozen(SystemStatus::Frozen);
        let text = watched.told();
        assert!(text.starts_with("FROZEN for 4 min 10 s by ana@10.%: importer"), "{text}");
        assert!(text.contains("ENFORCED by read_only") && text.contains("not read back") && !text.contains('\u{1b}'));
        assert!(!text.contains("NO WORKER"), "{text}");
        let left = Frozen { worker_alive: false, ..watched.clone() };
        assert!(left.told().contains("NO WORKER") && left.told().contains("thaw --emergency"));
        let lifted = Frozen { read_only: false, worker_alive: false, ..watched };
        assert!(lifted.told().contains("LIFTED") && !lifted.told().contains("NO WORKER"), "{}", lifted.told());
        assert!(frozen(SystemStatus::Emergency).told().contains("pager went off"));
        let mut lock = Frozen { worker_alive: false, ..frozen(SystemStatus::Frozen) };
        lock.freeze.as_mut().unwrap().means = FreezeMeans::WriteLock;
        let text = lock.told();
        assert!(text.contains("goes with its process") && text.contains("NO WORKER watches over it.\n"), "{text}");
        assert!(!text.contains("ENFORCED") && !text.contains("may not be able"), "{text}");
        assert_eq!(Frozen::default().told(), "");
        assert!(!lock.is_enforced() && !lock.judged().0 && lock.judged().1.contains("no worker watches"));
    }

    #[test]
    fn only_what_stops_writers_is_enforced() {
        let watched = frozen(SystemStatus::Frozen);
        assert!(watched.is_enforced() && watched.judged().1.contains("ENFORCED by read_only"), "{watched:?}");
        let lifted = Frozen { read_only: false, ..watched.clone() };
        assert!(!lifted.is_enforced() && lifted.judged().1.contains("read_only is off"), "{lifted:?}");
        let mut word = watched.clone();
        word.freeze.as_mut().unwrap().means = FreezeMeans::Advisory;
        assert!(!word.is_enforced() && word.stands() && word.judged().1.contains("ADVISORY"), "{word:?}");
        let mut lock = watched;
        lock.freeze.as_mut().unwrap().means = FreezeMeans::WriteLock;
        assert!(lock.is_enforced(), "{lock:?}");
        assert!(!frozen(SystemStatus::Emergency).is_enforced());
        assert_eq!(Frozen::default().judged(), (false, NOBODY_STOPPED.to_owned()));
    }
}
