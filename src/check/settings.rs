//! Severity of each check, and the limits of some.

use super::name_rules::NameRules;
use super::table_count::TableCount;
use crate::database::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Effect of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckLevel {
    /// It is not looked for.
    Off,
    /// It is logged and shown.
    Warn,
    /// Before the file runs: it does not run. After: what follows is what its class says.
    Block,
}

impl CheckLevel {
    /// The word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            CheckLevel::Off => "off",
            CheckLevel::Warn => "warn",
            CheckLevel::Block => "block",
        }
    }
}

/// The levels that checks have unless they are configured one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// For everyone: what certainly fails is stopped, what is dangerous is told.
    #[default]
    Default,
    /// The founding rules: no foreign keys, triggers, routines, events; soft deletes; utf8mb4 and InnoDB; each stops a file.
    Doctrine,
}

impl Profile {
    /// Every profile, with its word.
    pub const WORDS: &'static [(&'static str, Profile)] =
        &[("default", Profile::Default), ("doctrine", Profile::Doctrine)];

    /// The word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Default => "default",
            Profile::Doctrine => "doctrine",
        }
    }
}

/// The configured severities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckSettings {
    /// The levels of checks that are not named in `levels`.
    pub profile: Profile,
    /// By the name of the check.
    pub levels: BTreeMap<String, CheckLevel>,
    /// By the name of the doctrine's rule ([`crate::sql::rules::RULES`]); those not named have the level of
    /// `doctrine_rules`.
    pub rules: BTreeMap<String, CheckLevel>,
    /// Number of tables that core may have (`budget.core_tables`).
    pub core_tables: u32,
    /// Number of rows from which on a table is large: copying it or locking it is worth a word (`checks.large_rows`).
    pub large_rows: u64,
    /// Rows up to which a table is compared before a file and after it (`checks.compared_rows`); 0 for none.
    pub compared_rows: u64,
    /// Longest time that a transaction of others may be open when a table changes (`checks.long_transaction`).
    pub long_transaction: Duration,
    /// Replicas that are asked how far they are behind (`throttle.replicas`).
    pub replicas: Vec<Target>,
    /// Longest time that a replica may be behind when a file begins (`checks.replica_lag`).
    pub replica_lag: Duration,
    /// Patterns of names (`[names]`).
    pub names: NameRules,
    /// Count of the last look at core; no setting.
    pub counted: TableCount,
}

impl Default for CheckSettings {
    fn default() -> Self {
        CheckSettings {
            profile: Profile::Default,
            levels: BTreeMap::new(),
            rules: BTreeMap::new(),
            core_tables: 77,
            large_rows: 100_000,
            compared_rows: 1_000,
            long_transaction: Duration::from_secs(60),
            replicas: Vec::new(),
            replica_lag: Duration::from_secs(60),
            names: NameRules::default(),
            counted: TableCount::default(),
        }
    }
}
