//! The replicas of a server, and how far each is behind.

use super::count::PATIENCE;
use crate::database::{self, DbError, Purpose, Session, Target, connected_replicas, replica_lag};
use std::time::Duration;

/// Replicas as they were seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Replicas {
    /// Each that was asked, with the time that it is behind, or why nobody knows it.
    pub(super) asked: Vec<(String, Result<Duration, String>)>,
    /// Number of those that are connected to the server; `None` where that cannot be seen.
    pub(super) connected: Option<u64>,
}

impl Replicas {
    /// Asks each, and the server how many there are.
    ///
    /// # Errors
    /// The server's own; a replica that cannot be asked is one of which nobody knows how far it is behind.
    pub(super) async fn ask(session: &mut dyn Session, targets: &[Target]) -> Result<Replicas, DbError> {
        let mut asked = Vec::new();
        for target in targets {
            asked.push((target.label(), lag(target).await));
        }
        Ok(Replicas { asked, connected: connected_replicas(session).await? })
    }
}

async fn lag(target: &Target) -> Result<Duration, String> {
    let asked = async {
        let database = database::connect(target).await?;
        let mut session = database.open(Purpose::Control).await?;
        session.answer_within(Some(Duration::from_secs(PATIENCE)));
        let lag = replica_lag(session.as_mut()).await;
        session.close().await;
        database.close().await;
        lag
    };
    match asked.await {
        Ok(Some(ms)) => Ok(Duration::from_millis(ms)),
        Ok(None) => Err("it does not say: see whether it replicates".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
