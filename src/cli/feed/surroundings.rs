//! What a list tells beside the journal: this machine's configuration, and the proof of a backup.

use crate::cli::backup::BackupProof;
use crate::cli::config::{self, Config};
use crate::console::Contact;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Time that the answer of a command stands.
const STANDS_FOR: Duration = Duration::from_secs(300);

/// Proof of a backup, or why there is none; `None` where nothing is configured.
type Proof = Option<Result<String, String>>;

/// A look at the backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BackupLook {
    Known(Proof),
    /// The command has not answered yet.
    Pending,
}

/// The configuration, as far as lists tell of it.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub policy: Option<&'static str>,
    pub hooks: Vec<String>,
    pub contacts: Option<Vec<Contact>>,
    backup: BackupProof,
    looking: Option<JoinHandle<Proof>>,
    proof: Option<(Instant, Proof)>,
}

impl Surroundings {
    pub fn new(config: &Config) -> Surroundings {
        let contacts = config::hooks(config).ok().map(|hooks| {
            let contact = |hook: crate::notify::Hook| Contact {
                way: hook.address.way(),
                hook: hook.name,
                who: hook.contact,
                level: hook.level,
            };
            hooks.into_iter().map(contact).collect()
        });
        Surroundings {
            policy: Some(config.values.policy.checklist.as_str()),
            hooks: config::hook_names(config),
            contacts,
            backup: config.values.backup.clone(),
            looking: None,
            proof: None,
        }
    }

    /// The proof of a backup. A file is looked at at once; a command is asked beside, since the screen does not wait.
    pub async fn backup(&mut self) -> BackupLook {
        if self.backup.command.is_none() {
            return BackupLook::Known(self.backup.look().await);
        }
        if let Some(looking) = self.looking.take_if(|looking| looking.is_finished()) {
            let proof = looking.await.unwrap_or_else(|error| Some(Err(format!("backup.command ended badly: {error}"))));
            self.proof = Some((Instant::now(), proof));
        }
        let is_old = self.proof.as_ref().is_none_or(|(at, _)| at.elapsed() >= STANDS_FOR);
        if is_old && self.looking.is_none() {
            let backup = self.backup.clone();
            self.looking = Some(tokio::spawn(async move { backup.look().await }));
        }
        self.proof.clone().map_or(BackupLook::Pending, |(_, proof)| BackupLook::Known(proof))
    }
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        if let Some(looking) = &self.looking {
            looking.abort();
        }
    }
}
