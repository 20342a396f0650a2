//! A thaw past the worker, asked for on the screen; and whether a freeze that the journal tells of still stands.

use super::StoreFeed;
use super::faults::from_database;
use crate::cli::lift::{Lifted, lift_freeze};
use crate::console::{FeedError, FeedFault, Freeze, Worker};
use crate::database::is_read_only;
use crate::model::FreezeMeans;

impl StoreFeed {
    /// Lets others write again as this account, before the journal is told.
    ///
    /// # Errors
    /// [`FeedFault::Denied`] where this account may not, or the server goes on refusing writes.
    pub(super) async fn lifted_by_us(&mut self) -> Result<(), FeedError> {
        match lift_freeze(&self.store().await?).await.map_err(from_database)? {
            Lifted::Yes(proof) => {
                tracing::info!(proof, "the freeze was lifted past the worker");
                Ok(())
            }
            Lifted::Still(why) => Err(FeedError::new(FeedFault::Denied, why)),
        }
    }

    /// The freeze as it stands. Where no worker watches over it, the server is asked whether it is still in force: somebody
    /// may have lifted it, or restarted the server, and nobody was there to journal that.
    pub(super) async fn freeze(&mut self, worker: Option<&Worker>) -> Result<Option<Freeze>, FeedError> {
        let Some(last) = &self.system.freeze else { return Ok(None) };
        let is_in_doubt = last.stands()
            && last.means == FreezeMeans::ReadOnly
            && last.proof.is_some()
            && !worker.is_some_and(|worker| worker.alive);
        let Some(freeze) = Freeze::from_model(last) else { return Ok(None) };
        let lifted = is_in_doubt && !is_read_only(self.reader().await?.session()).await.map_err(from_database)?;
        Ok(Some(Freeze { lifted, ..freeze }))
    }
}
