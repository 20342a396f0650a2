//! A database on which nothing has ever run: the console opens, and waits for the first run.

use super::faults::from_store;
use crate::cli::run_as::os_user;
use crate::console::{Account, Attached, FeedError, FeedFault, Server, Update};
use crate::store::{SchemaState, Store};
use std::time::Instant;

/// Waits for the first run.
pub(super) async fn still_nothing(store: &Store) -> Result<Update, FeedError> {
    let asked = Instant::now();
    if !is_absent(store).await? {
        return Err(FeedError::new(FeedFault::Moved, "something runs for the first time"));
    }
    let round_trip_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(Update { round_trip_us, ..Update::default() })
}

/// True if there is nothing to read yet, also while it is being installed.
pub(super) async fn is_absent(store: &Store) -> Result<bool, FeedError> {
    let state = store.state().await.map_err(from_store)?;
    Ok(matches!(state, SchemaState::Absent | SchemaState::Older { version: 0 }))
}

/// A server on which nothing has ever run.
pub(super) fn nothing_yet(store: &Store) -> Attached {
    let database = store.database();
    let server = Server {
        label: database.label(),
        kind: database.kind().to_string(),
        version: database.version().to_owned(),
        core: database.schemas().core.clone(),
        environment: String::new(),
    };
    let account = Account { name: database.account().to_owned(), os_user: Some(os_user()), ..Account::default() };
    let read_only = Some("nothing has run here yet; `caribou migrate` begins".to_owned());
    Attached { server, account, read_only, opened: None, replay: None }
}
