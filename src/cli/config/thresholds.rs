//! The thresholds of `[throttle]`, and what makes no sense of them.

use super::error::ConfigError;
use super::settings::Settings;
use crate::engine::Limit;

/// The port of a replica that names none.
const PORT: u16 = 3306;

/// Examines the thresholds.
///
/// # Errors
/// A threshold that is over before it is reached, one without its other half, and a replica without a host.
pub(super) fn check(settings: &Settings) -> Result<(), ConfigError> {
    threads(settings)?;
    let (lag, replicas) = (lag(settings)?, replicas(settings)?);
    if settings.get("throttle.replicas").is_some() && replicas.is_empty() {
        return Err(wrong(settings, "throttle.replicas", "names no replica")
            .hint("write it as throttle.replicas = \"db2:3306, db3:3306\", or take it out"));
    }
    if lag.is_some() && replicas.is_empty() {
        return Err(wrong(settings, "throttle.max_lag", "is set, and no replica is named")
            .hint("name them as throttle.replicas = \"host:port, …\""));
    }
    Ok(())
}

/// Most threads that run on the server, and how many again let files begin.
pub(super) fn threads(settings: &Settings) -> Result<Option<Limit>, ConfigError> {
    let number = |name: &str| settings.integer(name).and_then(|number| u64::try_from(number).ok());
    limit(settings, ["throttle.max_threads_running", "throttle.resume_threads_running"], number, |most| most * 3 / 4)
}

/// Longest time that a replica is behind, in milliseconds.
pub(super) fn lag(settings: &Settings) -> Result<Option<Limit>, ConfigError> {
    let time = |name: &str| settings.time(name).and_then(|time| u64::try_from(time.as_millis()).ok());
    limit(settings, ["throttle.max_lag", "throttle.resume_lag"], time, |most| most / 2)
}

fn limit(
    settings: &Settings,
    [most, resume]: [&str; 2],
    read: impl Fn(&str) -> Option<u64>,
    usual: impl Fn(u64) -> u64,
) -> Result<Option<Limit>, ConfigError> {
    match (read(most), read(resume)) {
        (None, None) => Ok(None),
        (None, Some(_)) => {
            Err(wrong(settings, resume, &format!("is set without {most}")).hint(format!("set {most} too, or neither")))
        }
        (Some(high), Some(low)) if low > high => Err(wrong(settings, resume, &format!("is higher than {most}"))
            .hint("set it lower: what begins above the one is over at the other")),
        (Some(high), low) => Ok(Some(Limit { most: high, resume: low.unwrap_or_else(|| usual(high)) })),
    }
}

/// Host and port of each replica.
pub(super) fn replicas(settings: &Settings) -> Result<Vec<(String, u16)>, ConfigError> {
    let text = settings.text("throttle.replicas").unwrap_or_default();
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let replica = |name: &str| {
        let (host, port) = name.rsplit_once(':').map_or((name, Some(PORT)), |(host, port)| (host, port.parse().ok()));
        let found = port.filter(|_| !host.is_empty()).map(|port| (host.to_owned(), port));
        found.ok_or_else(|| {
            wrong(settings, "throttle.replicas", &format!("names {name:?}, which is no host:port"))
                .hint("write it as throttle.replicas = \"db2:3306, db3:3306\"")
        })
    };
    names.map(replica).collect()
}

fn wrong(settings: &Settings, name: &str, what: &str) -> ConfigError {
    let place = settings.get(name).map(|setting| settings.place(&setting.origin)).unwrap_or_default();
    ConfigError::new(format!("{place}: {name} {what}"))
}
