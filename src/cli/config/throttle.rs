//! `[throttle]`: thresholds above which nothing of a file begins.

use super::thresholds::{lag, replicas, threads};
use super::{Config, ConfigError};
use crate::database::{Place, Target};
use crate::engine::ThrottleSettings;
use std::time::Duration;

/// The thresholds of the configuration; the replicas are reached as the server is.
///
/// # Errors
/// As [`check`](super::thresholds::check).
pub(crate) fn throttle(config: &Config, target: &Target) -> Result<ThrottleSettings, ConfigError> {
    if matches!(target.place, Place::Sqlite { .. }) {
        return Ok(ThrottleSettings::default());
    }
    let settings = &config.settings;
    let replica = |(host, port): (String, u16)| {
        let mut replica = Target { runner: None, ..target.clone() };
        if let Some(address) = replica.address_mut() {
            (address.host, address.port, address.socket) = (host, port, None);
        }
        replica
    };
    Ok(ThrottleSettings {
        threads_running: threads(settings)?,
        lag: lag(settings)?,
        replicas: replicas(settings)?.into_iter().map(replica).collect(),
        every: settings.time("throttle.every").unwrap_or(Duration::from_secs(5)).max(Duration::from_millis(100)),
    })
}
