//! Errors by category. The category comes from the server's number through a table, never from its text.

use crate::model::Category;
use crate::sql::QuoteError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The sort of an error (the categories of the error and alert screens, and those that only connecting knows).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The statement is not understood by this server.
    Syntax,
    /// A table, column, key, schema or routine is not there.
    MissingObject,
    /// It is there already.
    DuplicateObject,
    /// A unique, foreign, check or not-null constraint, or a value that does not fit its column.
    Constraint,
    /// A lock was not had in time, metadata or row. Worth another try.
    LockWait,
    /// Chosen as the victim of a deadlock; the transaction is rolled back. Worth another try.
    Deadlock,
    /// The connection broke, or nothing answers there.
    ConnectionLost,
    /// The server or the network took longer than allowed.
    Timeout,
    /// The statement was stopped on request (KILL QUERY, interrupt).
    Interrupted,
    /// No space, or the storage failed.
    Disk,
    /// The account may not do this.
    Privilege,
    /// The server, the session or the file is read only.
    ReadOnly,
    /// The server refused the account or its password.
    Auth,
    /// The server, its version or its setting is not one that Caribou works with.
    Unsupported,
    /// The target is described wrongly.
    Configuration,
    /// Anything else.
    Internal,
}

impl ErrorKind {
    /// The word used in tables, JSON and screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::MissingObject => "missing_object",
            Self::DuplicateObject => "duplicate_object",
            Self::Constraint => "constraint",
            Self::LockWait => "lock_wait",
            Self::Deadlock => "deadlock",
            Self::ConnectionLost => "connection_lost",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Disk => "disk",
            Self::Privilege => "privilege",
            Self::ReadOnly => "read_only",
            Self::Auth => "auth",
            Self::Unsupported => "unsupported",
            Self::Configuration => "configuration",
            Self::Internal => "internal",
        }
    }

    /// The category under which it is journalled and counted.
    pub fn category(self) -> Category {
        match self {
            Self::Syntax | Self::Unsupported => Category::Syntax,
            Self::MissingObject => Category::MissingObject,
            Self::DuplicateObject => Category::DuplicateObject,
            Self::Constraint => Category::Constraint,
            Self::LockWait => Category::LockWait,
            Self::Deadlock => Category::Deadlock,
            Self::ConnectionLost => Category::ConnectionLost,
            Self::Timeout => Category::Timeout,
            Self::Interrupted => Category::Aborted,
            Self::Disk => Category::Disk,
            Self::Privilege | Self::ReadOnly | Self::Auth => Category::Privilege,
            Self::Configuration | Self::Internal => Category::Internal,
        }
    }

    /// True if the same statement may succeed when tried again, on the same session.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::LockWait | Self::Deadlock)
    }

    /// True if there is no connection, or no right to have one (exit status 5).
    pub fn is_no_access(self) -> bool {
        matches!(self, Self::ConnectionLost | Self::Timeout | Self::Auth | Self::Privilege)
    }

    /// The advice about it, where the server's message leaves that open.
    fn usual_hint(self) -> Option<&'static str> {
        match self {
            Self::LockWait => Some("another session holds the lock; try again when it has ended"),
            Self::Deadlock => Some("try again; the transaction was rolled back"),
            Self::ConnectionLost => Some("check that the server runs and can be reached, then start again"),
            Self::Timeout => Some("check the server's load and the network, or allow more time"),
            Self::Disk => Some("make space on the server's disk and check its error log"),
            Self::Privilege => Some("grant it to this account, or connect as one that has it"),
            Self::ReadOnly => Some("write to the primary, or wait until writes are allowed again"),
            Self::Auth => Some("check user, password and host of the account"),
            _ => None,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of a database: what was attempted, what happened, what to do. It never holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub struct DbError {
    /// The category.
    pub kind: ErrorKind,
    /// The server's own code: `1290`, or SQLite's name such as `SQLITE_BUSY`.
    pub code: Option<String>,
    /// The server's words, or ours where it had none.
    pub message: String,
    /// The attempt, to be read after "could not".
    pub doing: String,
    /// The advice about it.
    pub hint: Option<String>,
}

impl DbError {
    /// An error with the usual hint of its category.
    pub fn new(kind: ErrorKind, doing: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            message: message.into(),
            doing: doing.into(),
            hint: kind.usual_hint().map(str::to_owned),
        }
    }

    /// With the server's code.
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With another hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With other words for what was attempted.
    pub fn doing(mut self, doing: impl Into<String>) -> Self {
        self.doing = doing.into();
        self
    }
}

impl From<QuoteError> for DbError {
    fn from(error: QuoteError) -> Self {
        Self::new(ErrorKind::Syntax, "name an object", error.to_string())
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}: {}", self.doing, self.message.trim_end_matches('.'))?;
        if let Some(code) = &self.code {
            write!(f, " (error {code})")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// The beginning of a statement, on one line, for "could not run …"; never as far as a password.
pub(super) fn beginning(sql: &str) -> String {
    shortened(sql, 60)
}

/// A statement on one line, cut to so many characters; never as far as a password.
pub(super) fn shortened(sql: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut whole = true;
    for word in sql.split_whitespace() {
        let before_secret = ["identified", "password"].iter().any(|secret| starts_with(word, secret));
        if before_secret || line.chars().count() >= longest {
            whole = false;
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if whole && line.chars().count() <= longest {
        return line;
    }
    line.chars().take(longest).collect::<String>() + "…"
}

fn starts_with(word: &str, beginning: &str) -> bool {
    word.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_sentence_with_what_to_do() {
        let error = DbError::new(ErrorKind::ReadOnly, "insert", "The server is read only.").with_code("1290");
        assert_eq!(
            error.to_string(),
            "could not insert: The server is read only (error 1290); write to the primary, or wait until writes are \
             allowed again"
        );
    }

    #[test]
    fn the_word_of_a_kind_is_its_word_in_json() {
        for kind in [ErrorKind::MissingObject, ErrorKind::LockWait, ErrorKind::ReadOnly, ErrorKind::Internal] {
            assert_eq!(serde_json::json!(kind), serde_json::json!(kind.as_str()));
        }
    }

    #[test]
    fn a_statement_is_quoted_by_its_beginning_on_one_line() {
        assert_eq!(beginning("CREATE TABLE t\n  (a INT)"), "CREATE TABLE t (a INT)");
        assert_eq!(beginning("CREATE USER a IDENTIFIED BY 'hunter2'"), "CREATE USER a…");
        assert_eq!(beginning("SET PASSWORD='hunter2'"), "SET…");
        let long = beginning(&format!("INSERT INTO t VALUES {}", "(1), ".repeat(1000)));
        assert!(long.ends_with('…') && long.chars().count() <= 61, "{long}");
    }
}
