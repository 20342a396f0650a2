//! Effects of a file on its session, to transactions and to the server.

use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Off, Warn};
use super::settings::CheckSettings;
use crate::sql::{Dialect, Statement, StatementKind};
use crate::undo::words;

pub(super) const LOCKS_LEFT_OPEN: Check = Check::pre("locks_left_open", [Warn, Block], CheckFn::Text(locks_left_open))
    .told(
        "Every LOCK TABLES is followed by UNLOCK TABLES.",
        "the tables stay locked for everybody until the session ends, and nothing can be kept for an undo meanwhile",
        "UNLOCK TABLES at the end of the file; or leave the lock to the statements themselves",
    );

pub(super) const SERVER_SETTINGS: Check = Check::pre("server_settings", [Warn, Block], CheckFn::Text(server_settings))
    .told(
        "Files change no settings, accounts or privileges of the server.",
        "they hold for every application of the server, stand in no schema, and no rollback of a file brings them back",
        "let whoever runs the server do it, apart from the migration",
    );

pub(super) const DDL_IN_TRANSACTION: Check = Check::pre(
    "ddl_in_transaction",
    [Warn, Warn],
    CheckFn::Text(ddl_in_transaction),
)
.told(
    "No definition is changed inside a transaction that the file opened.",
    "MySQL and MariaDB commit what is open before they change a definition: a ROLLBACK behind it takes nothing back",
    "put definitions before BEGIN or behind COMMIT, or into a file of their own",
);

pub(super) const TRANSACTION_LEFT_OPEN: Check =
    Check::pre("transaction_left_open", [Warn, Block], CheckFn::Text(transaction_left_open)).told(
        "Every transaction that the file opens is ended by it.",
        "what is left open is rolled back when the session ends, though every statement succeeded",
        "COMMIT at the end",
    );

pub(super) const PRAGMA_IN_TRANSACTION: Check =
    Check::pre("pragma_in_transaction", [Warn, Block], CheckFn::Text(pragma_in_transaction)).told(
        "No PRAGMA foreign_keys stands inside a transaction.",
        "SQLite passes over it there without a word, so that a rebuild of a table deletes the rows of its children",
        "PRAGMA foreign_keys = OFF before BEGIN, and ON behind COMMIT",
    );

pub(super) const TABLE_UPKEEP: Check = Check::pre("table_upkeep", [Warn, Warn], CheckFn::Text(table_upkeep)).told(
    "No OPTIMIZE, REPAIR or VACUUM runs with a migration.",
    "it copies whole tables while everybody waits, and changes nothing that the file is about",
    "run it apart, in an hour of its own",
);

pub(super) const IDEMPOTENCY: Check = Check::pre("idempotency", [Off, Warn], CheckFn::Text(idempotency)).told(
    "Statements can run twice.",
    "a file that is run again after a failure stops at what it has done already",
    "IF NOT EXISTS, IF EXISTS, CREATE OR REPLACE, ON DUPLICATE KEY UPDATE",
);

fn locks_left_open(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let mut open: Option<&Statement> = None;
    let mut count = 0;
    for statement in file.statements() {
        match statement.analysis.kind {
            StatementKind::LockTables => {
                count += 1;
                open = Some(statement);
            }
            StatementKind::Flush if has(statement, file.dialect, &["WITH", "READ", "LOCK"]) => {
                count += 1;
                open = Some(statement);
            }
            StatementKind::UnlockTables => open = None,
            _ => {}
        }
    }
    let left = open.map(|statement| Violation::at(statement, "its locks are never let go in the file"));
    CheckOutcome::of(count, "lock", left.into_iter().collect())
}

/// True if these words follow one another.
fn has(statement: &Statement, dialect: Dialect, wanted: &[&str]) -> bool {
    let Ok(words) = words(statement.plain(), dialect) else { return false };
    words.windows(wanted.len()).any(|some| some.iter().zip(wanted).all(|(word, wanted)| word.is(wanted)))
}

fn server_settings(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    use StatementKind::{Grant, OtherDefinition, Revoke, ServerAdmin, SetGlobal, SetPassword, UserAdmin};
    let of = |s: &&Statement| {
        matches!(s.analysis.kind, Grant | OtherDefinition | Revoke | ServerAdmin | SetGlobal | SetPassword | UserAdmin)
    };
    let found: Vec<Violation> = file
        .statements()
        .iter()
        .filter(of)
        .map(|s| Violation::at(s, format!("it changes the server ({})", s.analysis.kind.as_str().replace('_', " "))))
        .collect();
    CheckOutcome::of(found.len(), "statement", found)
}

/// Visits every statement with the one that opened the transaction around it. The last one that is still open.
fn transactions<'a>(
    file: &CheckedFile<'a>,
    mut visit: impl FnMut(&'a Statement, Option<&'a Statement>),
) -> Option<&'a Statement> {
    let mut open: Option<&Statement> = None;
    for statement in file.statements() {
        visit(statement, open);
        match statement.analysis.kind {
            StatementKind::Begin => open = Some(statement),
            StatementKind::Commit | StatementKind::Rollback => open = None,
            _ if statement.analysis.implicit_commit(file.dialect) => open = None,
            _ => {}
        }
    }
    open
}

fn ddl_in_transaction(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if !file.dialect.is_mysql_family() {
        return CheckOutcome::idle();
    }
    let mut count = 0;
    let mut violations = Vec::new();
    transactions(file, |statement, open| {
        let Some(begin) = open else { return };
        count += 1;
        if statement.analysis.kind.is_ddl() && statement.analysis.implicit_commit(file.dialect) {
            let kind = statement.analysis.kind.as_str().replace('_', " ");
            let seen = format!("{kind} commits the transaction that line {} began", begin.line);
            violations.push(Violation::at(statement, seen));
        }
    });
    CheckOutcome::of(count, "statement", violations)
}

fn transaction_left_open(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let mut count = 0;
    let open = transactions(file, |statement, _| count += usize::from(statement.analysis.kind == StatementKind::Begin));
    let left =
        open.map(|statement| Violation::at(statement, "the transaction that it begins is never ended in the file"));
    CheckOutcome::of(count, "transaction", left.into_iter().collect())
}

fn pragma_in_transaction(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if file.dialect != Dialect::Sqlite {
        return CheckOutcome::idle();
    }
    let mut count = 0;
    let mut violations = Vec::new();
    transactions(file, |statement, open| {
        if statement.analysis.kind != StatementKind::Pragma || !has(statement, file.dialect, &["foreign_keys"]) {
            return;
        }
        count += 1;
        if let Some(begin) = open {
            let seen = format!("it has no effect inside the transaction that line {} began", begin.line);
            violations.push(Violation::at(statement, seen));
        }
    });
    CheckOutcome::of(count, "pragma", violations)
}

fn table_upkeep(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    use StatementKind::{Optimize, Repair, Vacuum};
    let upkeep = file.statements().iter().filter(|s| matches!(s.analysis.kind, Optimize | Repair | Vacuum));
    let found: Vec<Violation> =
        upkeep.map(|s| Violation::at(s, format!("it rebuilds what is there ({})", s.analysis.kind))).collect();
    CheckOutcome::of(found.len(), "statement", found)
}

fn idempotency(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let mut count = 0;
    let mut violations = Vec::new();
    for statement in file.statements().iter().filter(|s| !s.analysis.is_temporary()) {
        let (kind, flags) = (statement.analysis.kind, statement.analysis.flags);
        let word = kind.as_str();
        let twice = match kind {
            StatementKind::Insert => flags.ignore || flags.has_select,
            _ if word.starts_with("create_") => flags.if_not_exists || flags.or_replace,
            _ if word.starts_with("drop_") => flags.if_exists,
            StatementKind::RenameTable => flags.if_exists,
            _ => continue,
        };
        count += 1;
        if !twice {
            violations.push(Violation::at(statement, format!("{} fails when it runs again", word.replace('_', " "))));
        }
    }
    CheckOutcome::of(count, "statement", violations)
}
