//! SQLite's result codes, their names and categories.

use crate::database::{DbError, ErrorKind};

use ErrorKind::{
    Constraint, Disk, DuplicateObject, Internal, Interrupted, LockWait, MissingObject, Privilege, ReadOnly, Syntax,
};

/// Primary result codes (<https://sqlite.org/rescode.html>).
const CODES: &[(i32, &str, ErrorKind)] = &[
    (1, "SQLITE_ERROR", Syntax),
    (3, "SQLITE_PERM", Privilege),
    (4, "SQLITE_ABORT", Internal),
    (5, "SQLITE_BUSY", LockWait),
    (6, "SQLITE_LOCKED", LockWait),
    (7, "SQLITE_NOMEM", Internal),
    (8, "SQLITE_READONLY", ReadOnly),
    (9, "SQLITE_INTERRUPT", Interrupted),
    (10, "SQLITE_IOERR", Disk),
    (11, "SQLITE_CORRUPT", Disk),
    (13, "SQLITE_FULL", Disk),
    (14, "SQLITE_CANTOPEN", Disk),
    (15, "SQLITE_PROTOCOL", LockWait),
    (17, "SQLITE_SCHEMA", Internal),
    (18, "SQLITE_TOOBIG", Constraint),
    (19, "SQLITE_CONSTRAINT", Constraint),
    (20, "SQLITE_MISMATCH", Constraint),
    (21, "SQLITE_MISUSE", Internal),
    (23, "SQLITE_AUTH", Privilege),
    (26, "SQLITE_NOTADB", Disk),
];

/// SQLite gives the one code SQLITE_ERROR for everything that its parser and name resolution refuse, so that here the
/// category must come from the message, whose forms are fixed in SQLite's source (build.c, resolve.c, delete.c,
/// alter.c). What matches none of them is a syntax error.
const MESSAGES: &[(&str, ErrorKind)] = &[
    ("no such ", MissingObject),
    ("unknown database ", MissingObject),
    (" has no column named ", MissingObject),
    (" already exists", DuplicateObject),
    ("already another table or index with this name", DuplicateObject),
    ("duplicate column name", DuplicateObject),
    ("attempt to write a readonly database", ReadOnly),
];

/// The error of a file or session.
pub(super) fn running(error: sqlx::Error, doing: String) -> DbError {
    match &error {
        sqlx::Error::Database(inner) => {
            let code = inner.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(1);
            coded(code, inner.message(), doing)
        }
        sqlx::Error::Io(io) => DbError::new(Disk, doing, io.to_string()),
        sqlx::Error::WorkerCrashed => DbError::new(ErrorKind::ConnectionLost, doing, "the connection is closed"),
        other => DbError::new(Internal, doing, other.to_string()),
    }
}

/// An error with an extended result code, whose low byte is the primary one.
fn coded(code: i32, message: &str, doing: String) -> DbError {
    let known = CODES.iter().find(|(number, ..)| *number == code & 0xff);
    let (name, mut kind) = known.map_or(("SQLITE_ERROR", Internal), |(_, name, kind)| (*name, *kind));
    if kind == Syntax {
        kind = MESSAGES.iter().find(|(part, _)| message.contains(part)).map_or(Syntax, |(_, kind)| *kind);
    }
    DbError::new(kind, doing, message).with_code(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_category_and_name() {
        let cases = [
            (5, "database is locked", "SQLITE_BUSY", LockWait),
            (517, "database is locked", "SQLITE_BUSY", LockWait),
            (2067, "UNIQUE constraint failed: t.a", "SQLITE_CONSTRAINT", Constraint),
            (1, "no such table: t", "SQLITE_ERROR", MissingObject),
            (1, "table t already exists", "SQLITE_ERROR", DuplicateObject),
            (1, "near \"CRATE\": syntax error", "SQLITE_ERROR", Syntax),
            (8, "attempt to write a readonly database", "SQLITE_READONLY", ReadOnly),
        ];
        for (code, message, name, kind) in cases {
            let error = coded(code, message, "run".to_owned());
            assert_eq!((error.kind, error.code.as_deref()), (kind, Some(name)), "{code} {message}");
        }
    }
}
