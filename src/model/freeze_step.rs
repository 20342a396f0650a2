//! Steps of a freeze, and which may follow which.

use crate::model::{BatchId, SystemStatus, Token};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Means by which others are kept from writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FreezeMeans {
    /// `read_only` of the whole server: who is not exempt by privilege cannot write.
    ReadOnly,
    /// SQLite: the write lock of core's file, held while nothing of ours runs.
    WriteLock,
    /// Nothing but the word: nobody is kept from writing.
    Advisory,
}

impl FreezeMeans {
    /// The word in `properties` and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FreezeMeans::ReadOnly => "read_only",
            FreezeMeans::WriteLock => "write_lock",
            FreezeMeans::Advisory => "advisory",
        }
    }

    /// True if others are really kept from writing.
    pub fn is_enforced(self) -> bool {
        self != FreezeMeans::Advisory
    }

    /// What it does to others, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            FreezeMeans::ReadOnly => "ENFORCED by read_only, on the whole server",
            FreezeMeans::WriteLock => "ENFORCED by the file's write lock while no file runs",
            FreezeMeans::Advisory => "ADVISORY: nothing stops writers",
        }
    }
}

impl fmt::Display for FreezeMeans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Step of a freeze, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum FreezeStep {
    /// It is about to be set; durable before the server is told.
    Begun {
        means: FreezeMeans,
        reason: String,
        /// The batch whose policy asks for it; `None` where an operator does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        batch: Option<BatchId>,
        /// The lease that it is a part of.
        token: Token,
        holder: String,
    },
    /// It was read back from the server.
    Proven {
        proof: String,
        /// Schemas and accounts that it hits, and who is not stopped, in lines for people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reach: Vec<String>,
    },
    /// Another worker has found it and goes on with it.
    TakenOver { token: Token, holder: String, proof: String },
    /// It is about to be lifted.
    ThawBegun { reason: String },
    /// Others may write again.
    Thawed { reason: String, proof: String },
    /// An account that holds the privilege itself has lifted it, past the worker.
    Overridden { reason: String },
    /// Somebody says that the emergency is over.
    EmergencyEnded { reason: String },
}

impl FreezeStep {
    /// The status that the step leads to from another; `None` where it cannot be taken.
    pub(crate) fn leads(&self, from: SystemStatus) -> Option<SystemStatus> {
        use SystemStatus::{Emergency, Frozen, Normal, Thawing};
        Some(match (from, self) {
            (Normal, FreezeStep::Begun { .. }) => Frozen,
            (Frozen, FreezeStep::Proven { .. } | FreezeStep::TakenOver { .. }) => Frozen,
            (Frozen | Thawing, FreezeStep::ThawBegun { .. }) => Thawing,
            (Frozen | Thawing, FreezeStep::Thawed { .. }) => Normal,
            (Frozen | Thawing, FreezeStep::Overridden { .. }) => Emergency,
            (Emergency, FreezeStep::EmergencyEnded { .. }) => Normal,
            _ => return None,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn steps() -> Vec<FreezeStep> {
        let reason = || "why".to_owned();
        vec![
            FreezeStep::Begun {
                means: FreezeMeans::ReadOnly,
                reason: reason(),
                batch: Some(BatchId(3)),
                token: Token(2),
                holder: "w".into(),
            },
            FreezeStep::Proven { proof: "read back".into(), reach: vec!["shop".into()] },
            FreezeStep::TakenOver { token: Token(3), holder: "v".into(), proof: "again".into() },
            FreezeStep::ThawBegun { reason: reason() },
            FreezeStep::Thawed { reason: reason(), proof: "read back".into() },
            FreezeStep::Overridden { reason: reason() },
            FreezeStep::EmergencyEnded { reason: reason() },
        ]
    }

    #[test]
    fn every_step_from_every_status_is_decided() {
        // One letter a step, in their order: where it leads, or a dot.
        let letter = |status: Option<SystemStatus>| match status {
            None => '.',
            Some(SystemStatus::Normal) => 'n',
            Some(SystemStatus::Frozen) => 'f',
            Some(SystemStatus::Thawing) => 't',
            Some(SystemStatus::Emergency) => 'e',
        };
        let row = |from| steps().iter().map(|step| letter(step.leads(from))).collect::<String>();
        let table: Vec<String> = SystemStatus::ALL.iter().map(|from| row(*from)).collect();
        assert_eq!(table, ["f......", ".fftne.", "...tne.", "......n"]);
    }
}
