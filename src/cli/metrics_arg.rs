//! `--metrics`: the endpoint for Prometheus.

use super::{CliError, Exit, output};
use crate::metrics::{MetricsServer, metrics_address};
use crate::store::Store;
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
        output::say(&format!("Metrics at http://{}/metrics", server.address()));
        Ok(Some(server))
    }
}
