//! The settings of a session, by what it is for.

use crate::database::{FILE_LOCK_WAIT, FILE_SESSION_IDLE, Purpose, ServerKind};

/// Settings of our own sessions: the same on every server, whatever its configuration, so that our SQL means one thing,
/// is never cut short and never refused. A lock is awaited for 10 s, an idle session is kept for eight hours.
const OWN: &[&str] = &[
    "autocommit = 1",
    "completion_type = 'NO_CHAIN'",
    "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    "time_zone = '+00:00'",
    "lock_wait_timeout = 10",
    "innodb_lock_wait_timeout = 10",
    "wait_timeout = 28800",
    "foreign_key_checks = 1",
    "unique_checks = 1",
    "sql_safe_updates = 0",
    "sql_select_limit = 18446744073709551615",
    "max_join_size = 18446744073709551615",
    "sql_big_selects = 1",
    "sql_quote_show_create = 1",
    "sql_auto_is_null = 0",
    "sql_notes = 1",
    "div_precision_increment = 4",
    "group_concat_max_len = 1048576",
    "NAMES utf8mb4",
];

const OWN_ON_MARIADB: &[&str] = &[
    "max_statement_time = 0",
    "tx_isolation = 'REPEATABLE-READ'",
    "tx_read_only = 0",
    "idle_transaction_timeout = 0",
    "idle_write_transaction_timeout = 0",
    "check_constraint_checks = 1",
    "sql_if_exists = 0",
];

const OWN_ON_MYSQL: &[&str] =
    &["max_execution_time = 0", "transaction_isolation = 'REPEATABLE-READ'", "transaction_read_only = 0"];

/// The statements that a session runs first.
pub(super) fn statements(purpose: Purpose, kind: ServerKind) -> Vec<String> {
    let here = if kind == ServerKind::MariaDb { OWN_ON_MARIADB } else { OWN_ON_MYSQL };
    match purpose {
        // As the native client leaves them.
        Purpose::File => {
            vec![format!("SET lock_wait_timeout = {FILE_LOCK_WAIT}, wait_timeout = {FILE_SESSION_IDLE}, NAMES utf8mb4")]
        }
        Purpose::Journal | Purpose::Control | Purpose::Look | Purpose::Trial => {
            vec![format!("SET {}", [OWN, here].concat().join(", "))]
        }
        Purpose::Reader => {
            vec![format!("SET {}", [OWN, here].concat().join(", ")), "SET SESSION TRANSACTION READ ONLY".to_owned()]
        }
    }
}

/// After these a file finds of the statements before it what it would find in a connection of its own: no rows counted
/// or found, no number given by a counter, no warning.
pub(super) const FORGETS: [&str; 2] = ["SELECT 1 FROM DUAL LIMIT 0", "DO LAST_INSERT_ID(0)"];
