//! Performance probes: declared queries that are measured before a batch and after it.

use serde::{Deserialize, Serialize};

/// A declared query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Probe {
    pub name: String,
    /// One statement that only reads.
    pub sql: String,
    /// Tables whose files a slower probe is about, in lower case; empty where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// Ratio of the medians beyond which it counts as slower.
    pub max_ratio: f64,
    /// Number of times that it is measured.
    pub runs: u32,
}

/// A probe and what was measured, with all that the comparison needs: another worker may make it, under another
/// configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MeasuredProbe {
    pub probe: Probe,
    /// Microseconds of each run, in their order; warm-up runs are not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub us: Vec<u64>,
    /// Plan of the query, in the server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Reason why it could not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<ProbeFailure>,
}

/// Failure of a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProbeFailure {
    pub kind: ProbeFailureKind,
    /// The server's words.
    pub message: String,
}

/// Kind of a probe's failure, as far as a comparison depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProbeFailureKind {
    /// The server refuses the query: something that it names is not there, or is another thing.
    Refused,
    /// It did not end within its time.
    TooSlow,
    /// Anything else: a lock, the connection.
    Other,
}

impl MeasuredProbe {
    /// A probe that was not measured yet.
    pub fn new(probe: Probe) -> MeasuredProbe {
        MeasuredProbe { probe, us: Vec::new(), plan: None, failed: None }
    }

    /// Median of its runs, in microseconds; `None` where it was not measured.
    pub fn median_us(&self) -> Option<u64> {
        median(self.us.clone())
    }

    /// Median of the distances of its runs from their median, in microseconds; `None` where it was not measured.
    pub fn deviation_us(&self) -> Option<u64> {
        let middle = self.median_us()?;
        median(self.us.iter().map(|us| us.abs_diff(middle)).collect())
    }
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(values[middle - 1].midpoint(values[middle])),
    }
}
