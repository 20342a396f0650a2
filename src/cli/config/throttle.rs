//! `[throttle]`: thresholds above which nothing of a file begins.

use super::{Config, ConfigError};
use crate::database::{Place, Target};
use crate::engine::{Limit, ThrottleSettings};
use std::time::Duration;

/// The thresholds of the configuration; the replicas are reached as the server is.
///
/// # Errors
/// A threshold that is over before it is reached, a replica without a host, and what makes no sense on SQLite.
pub(crate) fn throttle(config: &Config, target: &Target) -> Result<ThrottleSettings, ConfigError> {
    let settings = &config.settings;
    let number = |name: &str| settings.integer(name).and_then(|number| u64::try_from(number).ok());
    let time = |name: &str| settings.time(name).and_then(|time| u64::try_from(time.as_millis()).ok());
    let threads = limit(
        "threads_running",
        number("throttle.max_threads_running"),
        number("throttle.resume_threads_running"),
        |most| most * 3 / 4,
    )?;
    let lag = limit("lag", time("throttle.max_lag"), time("throttle.resume_lag"), |most| most / 2)?;
    let replicas = replicas(settings.text("throttle.replicas").unwrap_or_default(), target)?;
    if lag.is_some() && replicas.is_empty() {
        return Err(ConfigError::new(
            "throttle.max_lag is set, and no replica is named; name them as throttle.replicas = \"host:port, …\"",
        ));
    }
    let every = settings.time("throttle.every").unwrap_or(Duration::from_secs(5)).max(Duration::from_millis(100));
    if matches!(target.place, Place::Sqlite { .. }) {
        return Ok(ThrottleSettings::default());
    }
    Ok(ThrottleSettings { threads_running: threads, lag, replicas, every })
}

fn limit(
    name: &str,
    most: Option<u64>,
    resume: Option<u64>,
    usual: impl Fn(u64) -> u64,
) -> Result<Option<Limit>, ConfigError> {
    let Some(most) = most else {
        return match resume {
            Some(_) => {
                Err(ConfigError::new(format!("throttle.resume_{name} is set without throttle.max_{name}; set both")))
            }
            None => Ok(None),
        };
    };
    let resume = resume.unwrap_or_else(|| usual(most));
    if resume > most {
        return Err(ConfigError::new(format!(
            "throttle.resume_{name} is higher than throttle.max_{name}: it has to be lower, or nothing would ever be over"
        )));
    }
    Ok(Some(Limit { most, resume }))
}

fn replicas(text: &str, target: &Target) -> Result<Vec<Target>, ConfigError> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| replica(name, target)).collect()
}

fn replica(name: &str, target: &Target) -> Result<Target, ConfigError> {
    let (host, port) = name.rsplit_once(':').map_or((name, Some(3306)), |(host, port)| (host, port.parse().ok()));
    let (Some(port), false) = (port, host.is_empty()) else {
        return Err(ConfigError::new(format!("throttle.replicas: {name:?} is no host:port")));
    };
    let mut replica = Target { runner: None, ..target.clone() };
    if let Some(address) = replica.address_mut() {
        (address.host, address.port, address.socket) = (host.to_owned(), port, None);
    }
    Ok(replica)
}
