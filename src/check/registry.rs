//! Table of the checks.

use super::definition::Check;
use super::{
    after, alters, attributes, budget, cascades, disk_free, doctrine, drops, during, names, objects, planned, programs,
    relations, replication, routines, rows_unchanged, ruled, safeguards, sessions, sqlite, tables, text, transactions,
    unannounced, undo_possible, verify, writes,
};

/// Every check, in the order in which they run.
pub const CHECKS: &[Check] = &[
    planned::OUT_OF_ORDER,
    planned::CHECKSUM_DRIFT,
    planned::BACKUP_MISSING,
    text::PARSES,
    text::KNOWN_STATEMENTS,
    doctrine::DOCTRINE_RULES,
    writes::UNBOUNDED_WRITE,
    text::UNDO_COVERAGE,
    writes::IGNORED_ERRORS,
    writes::IGNORED_INSERTS,
    writes::REPLACED_ROWS,
    writes::INSERT_COLUMNS,
    writes::ROWS_BY_CHANCE,
    writes::FILES_OF_THE_SERVER,
    writes::SYSTEM_TABLES,
    tables::TABLE_STORAGE,
    tables::PRIMARY_KEY,
    tables::MONEY_TYPES,
    tables::YMDHIS_COLUMNS,
    names::NAMES,
    sessions::LOCKS_LEFT_OPEN,
    sessions::SERVER_SETTINGS,
    sessions::DDL_IN_TRANSACTION,
    sessions::TRANSACTION_LEFT_OPEN,
    safeguards::CHECKS_SWITCHED_OFF,
    sessions::PRAGMA_IN_TRANSACTION,
    sqlite::ALTER_UNKNOWN,
    sqlite::REBUILD_WITH_KEYS,
    sessions::TABLE_UPKEEP,
    sessions::IDEMPOTENCY,
    programs::VIEW_COLUMNS,
    programs::FIXED_DEFINER,
    programs::ASKS_THE_SESSION,
    objects::OBJECTS_EXIST,
    budget::TABLE_BUDGET,
    alters::REFUSED_BY_SERVER,
    alters::BLOCKING_ALTER,
    disk_free::DISK_FREE,
    alters::NULLS_IN_THE_WAY,
    alters::NARROWING,
    alters::DUPLICATE_ROWS,
    alters::ORPHAN_ROWS,
    alters::CHECK_VIOLATED,
    alters::VALUES_DROPPED,
    alters::DEFAULT_MISSING,
    attributes::ATTRIBUTES_LOST,
    alters::ENUM_ORDER,
    alters::COUNTER_NEAR_END,
    drops::ROWS_DESTROYED,
    cascades::CASCADING_ROWS,
    drops::STILL_NEEDED,
    sqlite::REBUILD_FORGETS,
    transactions::LONG_TRANSACTIONS,
    replication::REPLICATION_LAG,
    during::SERVER_WARNINGS,
    during::STATEMENT_TIME,
    during::LOCK_WAITS,
    objects::OBJECTS_AS_STATED,
    after::VIEWS_READABLE,
    routines::ROUTINES_RESOLVE,
    after::KEYS_HELD,
    relations::RELATIONS_HELD,
    rows_unchanged::ROWS_UNCHANGED,
    undo_possible::UNDO_POSSIBLE,
    ruled::DOCTRINE_STANDS,
    ruled::BUDGET_STANDS,
    unannounced::UNANNOUNCED_CHANGE,
    verify::VERIFY_SCRIPT,
];

/// The checks that every file has a row of its own for, whatever they found.
pub(super) const ALWAYS_TOLD: &[&str] = &[
    "parses",
    "known_statements",
    "doctrine_rules",
    "unbounded_write",
    "undo_coverage",
    "objects_exist",
    "table_budget",
    "objects_as_stated",
    "verify_script",
];

/// The check of a name.
pub fn check(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::settings::{CheckLevel, Profile};
    use super::*;

    #[test]
    fn names_are_unique_and_fit_the_column() {
        let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
        assert!(names.iter().all(|name| name.len() <= 100), "validation_type is varchar(100)");
        assert!(ALWAYS_TOLD.iter().all(|name| check(name).is_some()));
    }

    #[test]
    fn every_check_says_what_it_demands_and_why() {
        for check in CHECKS {
            assert!(check.about.ends_with('.') && !check.why.is_empty(), "{check:?}");
        }
    }

    #[test]
    fn the_doctrine_lets_nothing_pass_that_the_default_stops() {
        let weight = |level: CheckLevel| level as u8;
        for check in CHECKS {
            let (usual, doctrine) = (check.level_in(Profile::Default), check.level_in(Profile::Doctrine));
            assert!(weight(doctrine) >= weight(usual), "{check:?}");
        }
    }
}
