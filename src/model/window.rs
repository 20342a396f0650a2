//! Decision windows: how long, what follows when nobody decides, and how they are closed.

use crate::model::Class;
use serde::{Deserialize, Serialize};
use std::fmt;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// Consequence of a window in which nobody decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// The files stay.
    #[default]
    Keep,
    /// The files stay, and a person has to look.
    Escalate,
    /// The rollback runs.
    Rollback,
}

impl Lapse {
    /// Gives the way in which it closes the window; `None` where the rollback runs.
    pub fn closes(self) -> Option<Closed> {
        match self {
            Lapse::Keep => Some(Closed::Kept),
            Lapse::Escalate => Some(Closed::Escalated),
            Lapse::Rollback => None,
        }
    }
}

/// The decision windows of a batch, in milliseconds; the defaults are the seed's. They go with the batch, whoever drives
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Windows {
    pub b: u64,
    pub c: u64,
    pub d: u64,
    #[serde(default)]
    pub on_lapse: Lapse,
}

impl Default for Windows {
    fn default() -> Windows {
        Windows { b: DAY, c: 7 * DAY, d: 30 * DAY, on_lapse: Lapse::Keep }
    }
}

impl Windows {
    /// Gives the length of the window of a class; class A has none.
    pub fn length(&self, class: Class) -> Option<u64> {
        match class {
            Class::A => None,
            Class::B => Some(self.b),
            Class::C => Some(self.c),
            Class::D => Some(self.d),
        }
    }
}

/// Time when a window that is running out is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Half,
    NineTenths,
}

/// Way in which a window was closed without a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// An approver said no.
    Rejected,
    /// The window lapsed, and the files stay.
    Kept,
    /// The window lapsed, and a person has to look.
    Escalated,
}

impl Closed {
    /// The word in tables, in JSON and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Closed::Rejected => "rejected",
            Closed::Kept => "kept",
            Closed::Escalated => "escalated",
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
