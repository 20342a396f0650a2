//! `--metrics`: the endpoint for Prometheus.

use super::{CliError, Exit, output, run_as};
use crate::database::Purpose;
use crate::metrics::{MetricsServer, metrics_address};
use crate::model::Millis;
use crate::store::{MetricsAt, Store, StoreError, forget_metrics, show_metrics};
use std::net::SocketAddr;

/// Address at which metrics are served.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MetricsArg {
    /// Serve metrics for Prometheus at http://ADDRESS:PORT/metrics; a port alone is on 127.0.0.1
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = metrics_address)]
    metrics: Option<SocketAddr>,
    /// Serve them also at an address that others can reach; whoever does may read them
    #[arg(long, requires = "metrics")]
    metrics_open: bool,
}

impl MetricsArg {
    /// Starts the endpoint, where one is asked for.
    ///
    /// # Errors
    /// An address that others can reach without that being said, or one that cannot be had.
    pub(crate) async fn start(&self, store: &Store) -> Result<Option<MetricsServer>, CliError> {
        let Some(address) = self.metrics else { return Ok(None) };
        if !address.ip().is_loopback() && !self.metrics_open {
            return Err(CliError::refused(format!("others can reach {address}, and metrics have no password"))
                .hint("give a port alone, or say --metrics-open as well"));
        }
        let server = MetricsServer::start(address, store.clone()).await.map_err(|error| {
            CliError::new(Exit::Refused, format!("metrics cannot be served at {address}: {error}"))
                .hint("choose another port with --metrics")
        })?;
        // Nobody needs it but a checklist.
        if let Err(error) = say_where(store, server.address()).await {
            tracing::debug!(%error, "where the metrics are is not said in the database");
        }
        output::say(&format!("Metrics at http://{}/metrics", server.address()));
        Ok(Some(server))
    }
}

async fn say_where(store: &Store, address: SocketAddr) -> Result<(), StoreError> {
    let mut session = store.database().open(Purpose::Control).await?;
    let at = MetricsAt { host: run_as::host(), address: address.to_string() };
    let now = Millis(chrono::Utc::now().timestamp_millis());
    let said = show_metrics(session.as_mut(), store, &at, now).await;
    session.close().await;
    said
}

/// Takes back where the metrics were; whoever ends in good order does.
pub(crate) async fn unsay_where(store: &Store) {
    let unsaid = async {
        let mut session = store.database().open(Purpose::Control).await?;
        let unsaid = forget_metrics(session.as_mut(), store).await;
        session.close().await;
        unsaid
    };
    if let Err(error) = unsaid.await {
        tracing::debug!(%error, "where the metrics were stays in the database");
    }
}
