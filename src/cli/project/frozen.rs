//! The freeze: what journal and server say of it.

use super::Project;
use crate::cli::exit::CliError;
use crate::cli::frozen::Frozen;
use crate::database::{ErrorKind, Purpose};
use crate::model::FreezeMeans;

impl Project {
    /// What is found of a freeze; nothing where no schema of ours stands.
    pub async fn frozen(&mut self) -> Result<Frozen, CliError> {
        let Ok(reader) = self.reader() else { return Ok(Frozen::default()) };
        if reader.is_legacy() {
            return Ok(Frozen::default());
        }
        let frozen = Frozen::read(reader, false).await?;
        let worker_alive = frozen.freeze.is_some() && self.worker().await?.alive;
        Ok(Frozen { worker_alive, ..frozen })
    }

    /// True if the journal says that this server is `read_only` because of us. False also where it cannot be asked.
    pub async fn is_frozen_by_us(&self) -> bool {
        let Ok(mut session) = self.store.database().open(Purpose::Reader).await else { return false };
        let freeze = crate::store::last_freeze(&self.store, session.as_mut()).await;
        session.close().await;
        match freeze {
            Ok(freeze) => freeze.is_some_and(|f| f.stands() && f.means == FreezeMeans::ReadOnly),
            Err(error) => {
                if error.database().is_none_or(|e| e.kind != ErrorKind::MissingObject) {
                    tracing::debug!(%error, "the last freeze cannot be read");
                }
                false
            }
        }
    }
}
