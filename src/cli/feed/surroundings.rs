//! What a list tells beside the journal: this machine's configuration, and the proof of a backup.

use crate::cli::backup::proof::BackupProof;
use crate::cli::config::{self, Config};
use crate::cli::engine_options::outside;
use crate::console::Contact;
use crate::engine::Outside;
use crate::model::Checksum;
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
    pub outside: Outside,
    backup: BackupProof,
    looking: Option<(Checksum, JoinHandle<Proof>)>,
    proof: Option<(Checksum, Instant, Proof)>,
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
            outside: outside(config, &config.values.migrations.dir),
            backup: config.values.backup.clone(),
            looking: None,
            proof: None,
        }
    }

    /// The proof of a backup for a plan. Files are looked at at once; a command is asked beside, since the screen does
    /// not wait.
    pub async fn backup(&mut self, plan: &Checksum) -> BackupLook {
        if self.backup.command.is_none() {
            return BackupLook::Known(self.backup.look(plan).await);
        }
        if let Some((of, looking)) = self.looking.take_if(|(_, looking)| looking.is_finished()) {
            let proof = looking.await.unwrap_or_else(|error| Some(Err(format!("backup.command ended badly: {error}"))));
            self.proof = Some((of, Instant::now(), proof));
        }
        let known = self.proof.as_ref().filter(|(of, _, _)| of == plan);
        if known.is_none_or(|(_, at, _)| at.elapsed() >= STANDS_FOR) && self.looking.is_none() {
            let (backup, of) = (self.backup.clone(), plan.clone());
            self.looking = Some((plan.clone(), tokio::spawn(async move { backup.look(&of).await })));
        }
        known.map_or(BackupLook::Pending, |(_, _, proof)| BackupLook::Known(proof.clone()))
    }
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        if let Some((_, looking)) = &self.looking {
            looking.abort();
        }
    }
}
