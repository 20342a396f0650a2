//! A database on which nothing has ever run: the console opens, and waits for the first run.

use super::faults::{from_database, from_store};
use super::reading::server;
use crate::cli::run_as::os_user;
use crate::console::{Account, Attached, FeedError, FeedFault, Update};
use crate::database::{Purpose, server_clock};
use crate::model::Millis;
use crate::store::{SchemaState, Store};
use std::time::Instant;

/// Waits for the first run. The clock is the server's all the same.
pub(super) async fn still_nothing(store: &Store) -> Result<Update, FeedError> {
    let asked = Instant::now();
    let mut session = store.database().open(Purpose::Reader).await.map_err(from_database)?;
    let state = store.state_on(session.as_mut()).await.map_err(from_store);
    let round_trip_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
    let clock = server_clock(session.as_mut()).await.map(Millis).map_err(from_database);
    session.close().await;
    if !is_nothing(state?) {
        return Err(FeedError::new(FeedFault::Moved, "something runs for the first time"));
    }
    Ok(Update { clock: clock?, round_trip_us, ..Update::default() })
}

/// True if there is nothing to read yet, also while it is being installed.
pub(super) async fn is_absent(store: &Store) -> Result<bool, FeedError> {
    Ok(is_nothing(store.state().await.map_err(from_store)?))
}

fn is_nothing(state: SchemaState) -> bool {
    matches!(state, SchemaState::Absent | SchemaState::Older { version: 0 })
}

/// A server on which nothing has ever run.
pub(super) fn nothing_yet(store: &Store) -> Attached {
    let database = store.database();
    let server = server(database.as_ref(), String::new());
    let name = database.account().to_owned();
    let account = Account { name, os_user: Some(os_user()), untold: true, ..Account::default() };
    let read_only = Some("nothing has run here yet; `caribou migrate` begins".to_owned());
    Attached { server, account, read_only, opened: None, replay: None }
}
