//! Monitoring baseline: how the server and the touched tables stood when a batch ended.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A baseline, which later batches are compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Baseline {
    /// Counters and levels by the server's own names.
    pub counters: BTreeMap<String, u64>,
    /// Tables that the batch changes, by name.
    pub tables: Vec<TableSize>,
    /// What was not measured, and why.
    pub not_measured: Vec<String>,
}

/// Size of a table with its indexes, as the server estimates it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TableSize {
    pub table: String,
    pub bytes: u64,
    /// Rows, where the server keeps an estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}
