//! Views and programs as a file defines them.

use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Warn;
use super::settings::CheckSettings;
use crate::sql::{Dialect, Statement, StatementKind};
use crate::undo::words;

pub(super) const VIEW_COLUMNS: Check = Check::pre("view_columns", [Warn, Warn], CheckFn::Text(view_columns)).told(
    "Views name their columns.",
    "SELECT * is spelled out when the view is made: columns that are added later are missing in it, and one that is \
     dropped breaks it",
    "name the columns",
);

pub(super) const FIXED_DEFINER: Check = Check::pre("fixed_definer", [Warn, Warn], CheckFn::Text(fixed_definer)).told(
    "No view or program names the account that it runs as.",
    "the account may be missing on the next server, where every use of the object then fails, and a powerful one lends its \
     rights to every caller",
    "leave DEFINER out: it is then the account that files run as; or SQL SECURITY INVOKER",
);

pub(super) const ASKS_THE_SESSION: Check = Check::pre(
    "asks_the_session",
    [Warn, Warn],
    CheckFn::Text(asks_the_session),
)
.told(
    "No view or trigger on SQLite asks what the session did: changes(), total_changes(), last_insert_rowid().",
    "what Caribou keeps and notes is counted there too while a file runs, so that it says something else than with the \
         sqlite3 shell; statements of a file are told the shell's values",
    "let the statement that fires it say the number; or write it into a table",
);

fn asks_the_session(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if file.dialect != Dialect::Sqlite {
        return CheckOutcome::idle();
    }
    let made = |s: &&Statement| matches!(s.analysis.kind, StatementKind::CreateView | StatementKind::CreateTrigger);
    let programs: Vec<&Statement> = file.statements().iter().filter(made).collect();
    let asks = programs.iter().filter(|s| crate::sql::asks_the_session(&s.sql));
    let violations = asks.map(|s| Violation::at(s, "it asks what the session did")).collect();
    CheckOutcome::of(programs.len(), "object", violations)
}

fn view_columns(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let views: Vec<&Statement> = file
        .statements()
        .iter()
        .filter(|s| matches!(s.analysis.kind, StatementKind::CreateView | StatementKind::AlterView))
        .collect();
    let star = |s: &&&Statement| {
        let Ok(words) = words(s.plain(), file.dialect) else { return false };
        words
            .windows(2)
            .any(|two| (two[0].is("SELECT") || two[0].is_symbol(".") || two[0].is("DISTINCT")) && two[1].is_symbol("*"))
    };
    let violations = views.iter().filter(star).map(|s| Violation::at(s, "it selects *")).collect();
    CheckOutcome::of(views.len(), "view", violations)
}

fn fixed_definer(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if !file.dialect.is_mysql_family() {
        return CheckOutcome::idle();
    }
    let mut count = 0;
    let mut violations = Vec::new();
    for statement in file.statements() {
        let word = statement.analysis.kind.as_str();
        if !["view", "trigger", "procedure", "function", "event"].iter().any(|kind| word.ends_with(kind))
            || word.starts_with("drop")
        {
            continue;
        }
        count += 1;
        let Ok(words) = words(statement.plain(), file.dialect) else { continue };
        let definer = words.iter().take(8).position(|word| word.is("DEFINER"));
        let account = definer.and_then(|at| words.get(at + 2)).filter(|word| !word.is("CURRENT_USER"));
        violations.extend(account.map(|account| Violation::at(statement, format!("it runs as {}", account.text))));
    }
    CheckOutcome::of(count, "object", violations)
}
