//! Performance probes: declared queries, measured before a batch and after it (`docs/design/probes.md`).

mod admit;
mod findings;
mod measure;
mod slower;

pub use admit::admit;
pub use findings::CHECK;

use crate::database::{Database, DbError};
use crate::model::{MeasuredProbe, Probe, ProbeFinding};

/// Probes that were measured, and what is found on each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Probed {
    pub measured: Vec<MeasuredProbe>,
    pub findings: Vec<ProbeFinding>,
}

/// Measures probes before a batch.
///
/// # Errors
/// The database's, where no session can be had or the connection is lost.
pub async fn before(database: &dyn Database, probes: &[Probe]) -> Result<Probed, DbError> {
    let measured = measure::measure(database, probes).await?;
    let findings = measured.iter().map(findings::before).collect();
    Ok(Probed { measured, findings })
}

/// Measures the same probes after it, and compares. A probe that looks worse is measured once more: what something else
/// on the machine did for a moment is no finding.
///
/// # Errors
/// As [`before`].
pub async fn after(database: &dyn Database, before: &[MeasuredProbe]) -> Result<Probed, DbError> {
    let probes: Vec<Probe> = before.iter().filter(|one| one.failed.is_none()).map(|one| one.probe.clone()).collect();
    let mut measured = measure::measure(database, &probes).await?;
    let was = |name: &str| before.iter().find(|one| one.probe.name == name);
    let is_worse = |now: &MeasuredProbe| was(&now.probe.name).is_some_and(|was| findings::is_worse(was, now));
    let doubtful: Vec<Probe> = measured.iter().filter(|now| is_worse(now)).map(|now| now.probe.clone()).collect();
    if !doubtful.is_empty() {
        for again in measure::measure(database, &doubtful).await? {
            if let Some(first) = measured.iter_mut().find(|one| one.probe.name == again.probe.name) {
                *first = again;
            }
        }
    }
    let compared = measured.iter().filter_map(|now| Some(findings::after(was(&now.probe.name)?, now)));
    let findings = compared.collect();
    Ok(Probed { measured, findings })
}
