//! The end of the program: exit status and error block, from every layer's errors through one table.

use super::config::ConfigError;
use crate::console::ConsoleError;
use crate::database::{DbError, ErrorKind};
use crate::engine::EngineError;
use crate::store::StoreError;
use std::process::ExitCode;

/// The exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed, and undone or nothing touched.
    Failed = 1,
    /// Usage, configuration, or refused before a batch exists.
    Refused = 2,
    /// Failed, and a person is needed: effects still stand, or an undo left rows of others alone.
    NeedsPerson = 3,
    /// Blocked by a conflict, lock or freeze.
    Blocked = 4,
    /// No connection or no privilege.
    NoAccess = 5,
    /// Interrupted; paused safely.
    Interrupted = 130,
}

impl Exit {
    /// All, with what they mean: the manual page and the README print this table.
    pub const ALL: [(Exit, &'static str); 7] = [
        (Exit::Done, "done"),
        (Exit::Failed, "failed, and undone or nothing touched"),
        (Exit::Refused, "usage, configuration, or refused before anything began"),
        (Exit::NeedsPerson, "failed, and a person is needed: effects still stand, or an undo left rows alone"),
        (Exit::Blocked, "blocked by a conflict, a lock or a freeze"),
        (Exit::NoAccess, "no connection or no privilege"),
        (Exit::Interrupted, "interrupted; paused safely"),
    ];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An expected error: one clear block, no backtrace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    pub exit: Exit,
    /// The category, where it was the database.
    pub kind: Option<ErrorKind>,
    /// The database's own code.
    pub code: Option<String>,
    /// Account of what was attempted, on what, and what happened.
    pub message: String,
    /// Remedies, each as a line.
    pub hints: Vec<String>,
}

/// Too many connections: of the server, of the account, of the account in a time.
const FULL: [&str; 3] = ["1040", "1203", "1226"];

impl CliError {
    /// An error that ends the program with this status.
    pub fn new(exit: Exit, message: impl Into<String>) -> CliError {
        CliError { exit, kind: None, code: None, message: message.into(), hints: Vec::new() }
    }

    /// Refused before anything began.
    pub fn refused(message: impl Into<String>) -> CliError {
        CliError::new(Exit::Refused, message)
    }

    /// True if the server runs and has no connection left for this account.
    pub fn is_server_full(&self) -> bool {
        self.code.as_deref().is_some_and(|code| FULL.contains(&code))
    }

    /// The same with advice.
    pub fn hint(mut self, hint: impl Into<String>) -> CliError {
        self.hints.push(hint.into());
        self
    }
}

/// The exit status of a database's error outside a batch.
fn from_kind(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::ConnectionLost | ErrorKind::Timeout | ErrorKind::Auth | ErrorKind::Privilege => Exit::NoAccess,
        ErrorKind::LockWait | ErrorKind::Deadlock => Exit::Blocked,
        ErrorKind::Configuration | ErrorKind::Unsupported | ErrorKind::ReadOnly => Exit::Refused,
        ErrorKind::Interrupted => Exit::Interrupted,
        ErrorKind::Syntax
        | ErrorKind::MissingObject
        | ErrorKind::DuplicateObject
        | ErrorKind::Constraint
        | ErrorKind::Disk
        | ErrorKind::Internal => Exit::Failed,
    }
}

/// The advice of this program, beside the database's own advice.
fn own_advice(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::Auth => {
            Some("the password comes from CARIBOU_PASSWORD, an option file, database.password_command, or a prompt")
        }
        ErrorKind::Privilege => Some("`caribou schema grants ROLE USER@HOST` prints what a role needs"),
        _ => None,
    }
}

impl From<DbError> for CliError {
    fn from(error: DbError) -> CliError {
        let number = error.code.as_ref().map(|c| format!(" (error {c})")).unwrap_or_default();
        let message = format!("could not {}: {}{number}", error.doing, error.message.trim_end_matches('.'));
        let hints = error.hint.into_iter().chain(own_advice(error.kind).map(str::to_owned)).collect();
        CliError { exit: from_kind(error.kind), kind: Some(error.kind), code: error.code, message, hints }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> CliError {
        let exit = match &error {
            StoreError::Database(_) => {
                return error
                    .database()
                    .cloned()
                    .map_or_else(|| CliError::new(Exit::Failed, error.to_string()), CliError::from);
            }
            StoreError::SchemaAbsent { .. }
            | StoreError::SchemaLegacy { .. }
            | StoreError::SchemaOlder { .. }
            | StoreError::SchemaNewer { .. }
            | StoreError::TooLarge { .. }
            | StoreError::TooLong { .. }
            | StoreError::CannotKeep { .. }
            | StoreError::CannotPark { .. }
            | StoreError::Setting { .. }
            | StoreError::Name(_) => Exit::Refused,
            StoreError::LeaseLost { .. } => Exit::Blocked,
            StoreError::Poisoned { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Altered { .. }
            | StoreError::CannotPutBack { .. }
            | StoreError::CannotRestore { .. }
            | StoreError::CannotDrop { .. } => Exit::NeedsPerson,
        };
        with_advice(exit, &error.to_string(), error.hint())
    }
}

/// An error whose text ends with its advice.
fn with_advice(exit: Exit, text: &str, hint: Option<&str>) -> CliError {
    match hint {
        Some(hint) => CliError::new(exit, text.strip_suffix(hint).unwrap_or(text).trim_end_matches("; ")).hint(hint),
        None => CliError::new(exit, text),
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> CliError {
        let exit = match error {
            EngineError::Database(error) => return error.into(),
            EngineError::Store(error) => return error.into(),
            EngineError::LeaseLost(_) | EngineError::StillRunning { .. } | EngineError::OtherServer(_) => Exit::Blocked,
            EngineError::StalePlan | EngineError::Inadmissible(_) => Exit::Refused,
            EngineError::NoBatch(_)
            | EngineError::Panicked
            | EngineError::NoText { .. }
            | EngineError::Text { .. }
            | EngineError::Task(_)
            | EngineError::OwnStep(_)
            | EngineError::UnexpectedRows { .. }
            | EngineError::Refused(_) => Exit::NeedsPerson,
        };
        let hints = error.hint().into_iter().collect();
        CliError { hints, ..CliError::new(exit, error.to_string()) }
    }
}

impl From<ConsoleError> for CliError {
    fn from(error: ConsoleError) -> CliError {
        if matches!(error, ConsoleError::Panicked(_)) {
            return CliError::new(Exit::Failed, error.to_string())
                .hint("this is a defect of Caribou; `caribou status` says where the migration stands");
        }
        let exit = match &error {
            ConsoleError::NoTerminal(_) | ConsoleError::Keys(_) => Exit::Refused,
            ConsoleError::Feed(_) => Exit::NoAccess,
            ConsoleError::Terminal { .. } | ConsoleError::Panicked(_) => Exit::Failed,
        };
        with_advice(exit, &error.to_string(), error.hint())
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> CliError {
        let hints = error.hint.into_iter().collect();
        CliError { exit: Exit::Refused, kind: None, code: None, message: error.message, hints }
    }
}

/// Writing the output failed. A reader that closed the pipe has what it wanted.
impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> CliError {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => CliError::new(Exit::Done, ""),
            _ => CliError::new(Exit::Failed, format!("cannot write the output: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_manual() {
        let numbers: Vec<u8> = Exit::ALL.iter().map(|(exit, _)| *exit as u8).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 130]);
    }

    #[test]
    fn database_errors_have_their_status_and_keep_their_advice() {
        for (kind, exit) in [
            (ErrorKind::Auth, Exit::NoAccess),
            (ErrorKind::ConnectionLost, Exit::NoAccess),
            (ErrorKind::Privilege, Exit::NoAccess),
            (ErrorKind::LockWait, Exit::Blocked),
            (ErrorKind::Unsupported, Exit::Refused),
            (ErrorKind::Internal, Exit::Failed),
        ] {
            let error = CliError::from(DbError::new(kind, "connect to db1", "no.").with_code("1045").with_hint("ask"));
            assert_eq!((error.exit, error.message.as_str()), (exit, "could not connect to db1: no (error 1045)"));
            assert_eq!(error.hints[0], "ask");
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = CliError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!((error.exit, error.message.as_str()), (Exit::Done, ""));
    }
}
