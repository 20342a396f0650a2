//! Statements that change rows.

use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Off, Warn};
use super::settings::CheckSettings;
use crate::sql::lexer::TokenKind;
use crate::sql::{Dialect, How, ObjectKind, Statement, StatementKind};
use crate::undo::words;

pub(super) const UNBOUNDED_WRITE: Check = Check::pre("unbounded_write", [Warn, Block], CheckFn::Text(unbounded_write))
    .told(
        "Every UPDATE and DELETE says which rows it means.",
        "it locks every row of the table in one transaction, and a forgotten WHERE looks just like it",
        "say which rows with WHERE, in parts of some thousands where there are many; WHERE 1 = 1 if all are meant",
    );

pub(super) const IGNORED_ERRORS: Check = Check::pre("ignored_errors", [Warn, Block], CheckFn::Text(ignored_errors))
    .told(
        "No ALTER, UPDATE or DELETE ignores errors.",
        "rows that do not fit are cut, left out or deleted, and only a warning tells",
        "mend the rows first by a statement that says which, then change without IGNORE",
    );

pub(super) const IGNORED_INSERTS: Check = Check::pre("ignored_inserts", [Off, Warn], CheckFn::Text(ignored_inserts))
    .told(
        "No INSERT ignores errors.",
        "a row that is twice, too long or without its parent is left out or cut, and only a warning tells",
        "INSERT … ON DUPLICATE KEY UPDATE names the one conflict that is meant",
    );

pub(super) const REPLACED_ROWS: Check = Check::pre("replaced_rows", [Warn, Warn], CheckFn::Text(replaced_rows)).told(
    "No row is replaced by deleting it first.",
    "REPLACE deletes the row: columns that it does not name fall back to their defaults, and children with ON DELETE \
         CASCADE go with it",
    "INSERT … ON DUPLICATE KEY UPDATE, or ON CONFLICT DO UPDATE on SQLite",
);

pub(super) const INSERT_COLUMNS: Check = Check::pre("insert_columns", [Off, Warn], CheckFn::Text(insert_columns)).told(
    "Every INSERT names its columns.",
    "a column that is added or moved later makes values land in other columns, or makes the statement fail",
    "INSERT INTO t (a, b) VALUES …",
);

pub(super) const SYSTEM_TABLES: Check = Check::pre("system_tables", [Block, Block], CheckFn::Text(system_tables)).told(
    "Nothing is changed in the server's own schemas.",
    "what stands there is the server's: accounts, privileges and statistics are changed by statements made for it, and \
         an upgrade may undo or trip over the rest",
    "CREATE USER, GRANT, SET PERSIST and the like, by whoever runs the server",
);

pub(super) const ROWS_BY_CHANCE: Check = Check::pre("rows_by_chance", [Warn, Warn], CheckFn::Text(rows_by_chance)).told(
    "An UPDATE or DELETE with a LIMIT says in which order.",
    "which rows it meets is chance: another server, a replica or a second run meets others, and nothing is kept for an undo",
    "ORDER BY the primary key before the LIMIT; or a WHERE that says which rows",
);

pub(super) const FILES_OF_THE_SERVER: Check =
    Check::pre("files_of_the_server", [Warn, Block], CheckFn::Text(files_of_the_server)).told(
        "No file of the machine is read or written: LOAD DATA, LOAD XML, INTO OUTFILE, INTO DUMPFILE, LOAD_FILE().",
        "what stands there is in no repository and another on the next server; a replica reads its own or none, and nothing \
         undoes rows that nobody knows before",
        "write the rows into the migration, or load them by a program of its own, apart from it",
    );

fn rows(file: &CheckedFile<'_>, wanted: impl Fn(&Statement) -> Option<Violation>) -> CheckOutcome {
    let statements: Vec<&Statement> = file.statements().iter().filter(|s| s.analysis.kind.is_dml()).collect();
    CheckOutcome::of(statements.len(), "statement", statements.into_iter().filter_map(wanted).collect())
}

fn table(statement: &Statement) -> String {
    statement.analysis.touches.first().map_or_else(|| "the table".to_owned(), |touch| touch.object.to_string())
}

fn unbounded_write(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let statements = file.statements();
    let unbounded = statements.iter().filter_map(|statement| {
        let verb = match statement.analysis.kind {
            StatementKind::Update => "updates",
            StatementKind::Delete => "deletes",
            _ => return None,
        };
        let flags = statement.analysis.flags;
        let bounded = flags.has_where || flags.has_limit || flags.temporary;
        (!bounded).then(|| Violation::at(statement, format!("it {verb} every row of {}", table(statement))))
    });
    CheckOutcome::counted(statements.len(), "statement").with(unbounded.collect())
}

fn ignored_errors(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    use StatementKind::{AlterTable, CreateIndex, Delete, LoadData, Update};
    let of = |s: &&Statement| matches!(s.analysis.kind, AlterTable | CreateIndex | Delete | LoadData | Update);
    let statements: Vec<&Statement> = file.statements().iter().filter(of).collect();
    let ignoring = statements.iter().filter(|s| s.analysis.flags.ignore && !s.analysis.is_temporary());
    let violations = ignoring
        .map(|s| Violation::at(s, format!("{} IGNORE on {}", s.analysis.kind.as_str().replace('_', " "), table(s))))
        .collect();
    CheckOutcome::of(statements.len(), "statement", violations)
}

fn ignored_inserts(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    rows(file, |s| {
        let ignores = s.analysis.kind == StatementKind::Insert && s.analysis.flags.ignore;
        ignores.then(|| Violation::at(s, format!("it ignores what goes wrong with rows of {}", table(s))))
    })
}

fn replaced_rows(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    rows(file, |s| {
        let replaces = s.analysis.kind == StatementKind::Replace && !s.analysis.is_temporary();
        replaces.then(|| Violation::at(s, format!("it replaces rows of {}", table(s))))
    })
}

fn rows_by_chance(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    rows(file, |s| {
        let limited =
            matches!(s.analysis.kind, StatementKind::Update | StatementKind::Delete) && s.analysis.flags.has_limit;
        let chance = limited && !s.analysis.is_temporary() && !follow(s, file.dialect, &["ORDER", "BY"]);
        chance.then(|| Violation::at(s, format!("it takes the rows of {} in whatever order they come", table(s))))
    })
}

/// True if these words follow one another.
fn follow(statement: &Statement, dialect: Dialect, wanted: &[&str]) -> bool {
    let Ok(words) = words(statement.plain(), dialect) else { return false };
    words.windows(wanted.len()).any(|some| some.iter().zip(wanted).all(|(word, wanted)| word.is(wanted)))
}

fn files_of_the_server(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if !file.dialect.is_mysql_family() {
        return CheckOutcome::idle();
    }
    let mut violations = Vec::new();
    for statement in file.statements() {
        let follows = |wanted: &[&str]| follow(statement, file.dialect, wanted);
        let what = match statement.analysis.kind {
            StatementKind::LoadData => "it reads rows from a file",
            _ if follows(&["INTO", "OUTFILE"]) || follows(&["INTO", "DUMPFILE"]) => {
                "it writes rows to a file of the server"
            }
            _ if follows(&["LOAD_FILE"]) => "it reads a file of the server",
            _ => continue,
        };
        violations.push(Violation::at(statement, what));
    }
    CheckOutcome::of(violations.len(), "statement", violations)
}

fn insert_columns(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    rows(file, |s| {
        let adds = matches!(s.analysis.kind, StatementKind::Insert | StatementKind::Replace | StatementKind::Upsert);
        let nameless = adds && !names_columns(s, file.dialect);
        nameless.then(|| Violation::at(s, format!("it does not name the columns of {}", table(s))))
    })
}

/// True if a parenthesis that opens no query, or SET, follows the table's name.
fn names_columns(statement: &Statement, dialect: Dialect) -> bool {
    let Ok(words) = words(statement.plain(), dialect) else { return true };
    let into = words.iter().position(|word| word.is("INTO")).unwrap_or_default();
    let mut behind = words[into + 1..].iter().skip_while(|word| word.is_symbol(".") || word.is_name());
    let first = words[into + 1..].iter().take(6).find(|word| word.is("SET") || word.is("SELECT") || word.is("VALUES"));
    match (behind.next(), first) {
        (_, Some(word)) if word.is("SET") => true,
        (Some(open), None) if open.is_symbol("(") => behind
            .next()
            .is_some_and(|word| !word.is("SELECT") && matches!(word.kind, TokenKind::Word | TokenKind::Quoted)),
        _ => false,
    }
}

fn system_tables(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if !file.dialect.is_mysql_family() {
        return CheckOutcome::idle();
    }
    let system = ["mysql", "information_schema", "performance_schema", "sys"];
    let mut violations = Vec::new();
    for statement in file.statements() {
        let mut written = statement.analysis.touches.iter().filter(|touch| touch.how != How::Reads);
        let hit = written.find(|touch| {
            let named = match touch.object.kind {
                ObjectKind::Schema if statement.analysis.kind == StatementKind::Use => None,
                ObjectKind::Schema => Some(touch.object.name.as_str()),
                _ => touch.object.schema.as_deref(),
            };
            named.is_some_and(|name| system.iter().any(|one| one.eq_ignore_ascii_case(name)))
        });
        violations.extend(hit.map(|touch| Violation::at(statement, format!("it {} {}", touch.how, touch.object))));
    }
    CheckOutcome::of(violations.len(), "statement", violations)
}
