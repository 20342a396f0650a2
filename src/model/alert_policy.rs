//! Times at which alerts are raised and rise: chosen when a batch is planned, and going with it.

use crate::model::Millis;
use serde::{Deserialize, Serialize};

/// The highest level that an alert rises to by itself.
pub const HIGHEST_LEVEL: u32 = 3;

/// The alerts of a batch; times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AlertPolicy {
    /// A batch that runs longer is prolonged, and people are told.
    pub prolonged: u64,
    /// An alert about a prolonged batch rises by a level after this time, until somebody acknowledges it.
    pub rises: u64,
    /// Time that an acknowledgement lasts.
    pub ack_expires: u64,
    /// Set where the milestones of the batch are alerts too, of type info.
    #[serde(default)]
    pub milestones: bool,
}

/// Effect of time on an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertTimer {
    /// It rises by a level after so many milliseconds.
    RisesIn(u64),
    /// Its acknowledgement is over after so many milliseconds.
    AckExpiresIn(u64),
}

impl AlertTimer {
    /// Time at which it is due, set at a time.
    pub fn from(self, at: Millis) -> Millis {
        match self {
            AlertTimer::RisesIn(ms) | AlertTimer::AckExpiresIn(ms) => at.plus(ms),
        }
    }
}
