//! The effect of a `PRAGMA` of SQLite on its session.

use super::lexer::{Lexer, TokenKind};
use super::{Dialect, Statement, StatementKind};

/// Pragmas that only ask, or do their work once, whatever stands behind their name.
const PASSING: &[&str] = &["optimize", "wal_checkpoint", "incremental_vacuum", "shrink_memory", "data_version"];

/// Ends of the names of those that only ask.
const ASKING: &[&str] = &["_check", "_list", "_info", "_xinfo", "_count", "_options"];

/// Pragmas of a session, for `[session]` and the directive `session=`: each holds until the session ends.
const OF_SESSION: &[&str] = &[
    "analysis_limit",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "case_sensitive_like",
    "cell_size_check",
    "checkpoint_fullfsync",
    "count_changes",
    "defer_foreign_keys",
    "empty_result_callbacks",
    "foreign_keys",
    "full_column_names",
    "fullfsync",
    "hard_heap_limit",
    "ignore_check_constraints",
    "legacy_alter_table",
    "mmap_size",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "secure_delete",
    "short_column_names",
    "soft_heap_limit",
    "synchronous",
    "temp_store",
    "threads",
    "trusted_schema",
    "wal_autocheckpoint",
];

/// Pragmas that act on every attached file where none is named.
const OF_ALL_FILES: &[&str] = &[
    "foreign_key_check",
    "integrity_check",
    "journal_mode",
    "locking_mode",
    "optimize",
    "quick_check",
    "secure_delete",
    "wal_checkpoint",
];

/// Form in which a statement is sent that SQLite would take for every file of a connection, though a file of the
/// project, which the native client runs on one file, means core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForCore {
    /// This text, in its place.
    Instead(String),
    /// A transaction that has the lock for writing from its beginning.
    BeginWriting,
}

/// Gives the form for a statement that would reach other files than core; `None` for what does not.
pub fn for_core(sql: &str) -> Option<ForCore> {
    let words = words(sql);
    let is = |at: usize, word: &str| words.get(at).is_some_and(|found: &&str| found.eq_ignore_ascii_case(word));
    if is(0, "BEGIN") && (is(1, "IMMEDIATE") || is(1, "EXCLUSIVE")) {
        return Some(ForCore::BeginWriting);
    }
    if is(0, "ANALYZE") && words.len() == 1 {
        return Some(ForCore::Instead("ANALYZE main".to_owned()));
    }
    let name = words.get(1).filter(|_| is(0, "PRAGMA") && words.get(2) != Some(&"."))?;
    let of_all = OF_ALL_FILES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let at = name.as_ptr() as usize - sql.as_ptr() as usize;
    of_all.then(|| ForCore::Instead(format!("{}main.{}", &sql[..at], &sql[at..])))
}

/// True if SQLite has a setting of this name for a session. One that it does not know it passes over in silence.
pub fn is_session_pragma(name: &str) -> bool {
    OF_SESSION.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// True if a `PRAGMA` only asks, or is one of a session: how a transaction is rolled back stays as it is.
pub fn leaves_transactions_alone(statement: &Statement) -> bool {
    let words = words(&statement.sql);
    let name = if words.get(2) == Some(&".") { 3 } else { 1 };
    let asks = |name: &str| ASKING.iter().any(|end| name.ends_with(end));
    words.get(name).is_some_and(|name| is_session_pragma(name) || asks(&name.to_ascii_lowercase()))
}

/// True if a statement is a `PRAGMA` that sets something for the rest of its session.
pub fn sets_session(statement: &Statement) -> bool {
    if statement.analysis.kind != StatementKind::Pragma || statement.analysis.flags.lasting {
        return false;
    }
    let words = words(&statement.sql);
    // PRAGMA [schema .] name [= value | (value)]
    let name = if words.get(2) == Some(&".") { 3 } else { 1 };
    let Some(pragma) = words.get(name).map(|name| name.to_ascii_lowercase()) else { return false };
    let asks = PASSING.contains(&pragma.as_str()) || ASKING.iter().any(|end| pragma.ends_with(end));
    words.len() > name + 1 && !asks
}

fn words(sql: &str) -> Vec<&str> {
    let mut lexer = Lexer::new(sql, Dialect::Sqlite);
    let mut words = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        let text = &sql[token.start..token.end];
        if !matches!(token.kind, TokenKind::Blank | TokenKind::Comment) && text != ";" {
            words.push(text);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    #[test]
    fn what_would_reach_other_files_is_sent_for_core() {
        let instead = |sql: &str| Some(ForCore::Instead(sql.to_owned()));
        assert_eq!(for_core("PRAGMA locking_mode = EXCLUSIVE;"), instead("PRAGMA main.locking_mode = EXCLUSIVE;"));
        assert_eq!(for_core("/* all */ analyze"), instead("ANALYZE main"));
        assert_eq!(for_core("begin exclusive transaction"), Some(ForCore::BeginWriting));
        for sql in
            ["PRAGMA main.journal_mode = WAL", "PRAGMA foreign_keys = ON", "BEGIN", "BEGIN DEFERRED", "ANALYZE t"]
        {
            assert_eq!(for_core(sql), None, "{sql}");
        }
    }

    #[test]
    fn only_what_holds_on_is_set() {
        let of = |sql: &str| sets_session(&statements(sql, Dialect::Sqlite).unwrap()[0]);
        for sets in ["PRAGMA foreign_keys=OFF;", "pragma main.journal_mode = wal", "PRAGMA recursive_triggers(1)"] {
            assert!(of(sets), "{sets}");
        }
        for passes in
            ["PRAGMA foreign_keys", "PRAGMA foreign_key_check(t)", "PRAGMA user_version = 3", "PRAGMA table_info('t')"]
        {
            assert!(!of(passes), "{passes}");
        }
    }
}
