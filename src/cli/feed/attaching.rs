//! The beginning of a feed: which server it is, whose account, which batch.

use super::StoreFeed;
use super::absent::{is_absent, nothing_yet};
use super::faults::from_store;
use super::reading::{may_call, server};
use crate::cli::run_as::os_user;
use crate::console::{Account, Attached, FeedError};
use crate::model::BatchId;

impl StoreFeed {
    async fn first_batch(&mut self) -> Result<Option<BatchId>, FeedError> {
        if let Some(wanted) = self.wanted {
            return Ok(Some(wanted));
        }
        let rows = self.reader().await?.batches(50).await.map_err(from_store)?;
        let open = rows.iter().rev().find(|b| !b.status.is_final());
        Ok(open.or(rows.first()).map(|b| b.batch_id))
    }

    /// Connects anew, and tells where the feed begins.
    pub(super) async fn attached(&mut self) -> Result<Attached, FeedError> {
        self.reader = None;
        self.control = None;
        self.identity = None;
        let store = self.store().await?;
        self.absent = is_absent(&store).await?;
        if self.absent {
            return Ok(nothing_yet(&store));
        }
        let reader = self.reader().await?;
        let settings = reader.settings().await.map_err(from_store)?;
        let legacy = reader.is_legacy();
        let database = store.database();
        let server = server(database.as_ref(), settings.get("environment").cloned().unwrap_or_default());
        let other = reader.other_server().await.map_err(from_store)?;
        let read_only = match other {
            Some(servers) => Some(format!(
                "ANOTHER SERVER than the journal's ({}): everything holds; `caribou accept-server` says it is the right one",
                servers.known
            )),
            None => legacy.then(|| {
                "the schema is of version 4.0.25, without commands; `caribou schema install` adds what is missing"
                    .to_owned()
            }),
        };
        let may_command = !legacy && may_call(&store, reader, "submit_command").await?;
        let may_decide = !legacy && may_call(&store, reader, "submit_decision").await?;
        let missing = (!may_command).then(|| format!("EXECUTE on {}.submit_command", database.schemas().orchestration));
        let account = Account {
            name: database.account().to_owned(),
            os_user: Some(os_user()),
            may_command,
            missing_grant: missing,
            may_decide,
            untold: false,
        };
        let opened = match self.first_batch().await? {
            Some(batch) => Some(self.read_batch(batch).await?),
            None => {
                self.read_batch(BatchId::SYSTEM).await?;
                None
            }
        };
        Ok(Attached { server, account, read_only, opened, replay: None })
    }
}
