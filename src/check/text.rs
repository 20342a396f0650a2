//! Checks of the file as a text: it can be read, and something undoes it.

use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use super::settings::CheckSettings;
use crate::sql::{Script, SplitError, StatementKind};
use crate::undo;

pub(super) const PARSES: Check = Check::pre("parses", [Block, Block], CheckFn::Text(parses)).told(
    "The file and its scripts can be split into statements, and hold no orders to a command-line client.",
    "what cannot be read would run as something else, or not at all",
    "",
);

pub(super) const KNOWN_STATEMENTS: Check =
    Check::pre("known_statements", [Warn, Block], CheckFn::Text(known_statements)).told(
        "Every statement is recognised, so that what it touches is known.",
        "a statement that is not recognised is taken to touch everything, and no check looks into it",
        "look at it before it runs, or write it in a form that both server and Caribou read",
    );

pub(super) const UNDO_COVERAGE: Check = Check::pre("undo_coverage", [Warn, Block], CheckFn::Text(undo_coverage)).told(
    "Something undoes every statement that leaves something behind.",
    "should the file fail half-way, or be taken back, a person has to mend it by hand",
    "write a rollback script",
);

fn parses(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let scripts = [("", Some(file.up)), ("rollback script: ", file.down), ("verify script: ", file.verify)];
    let mut violations = Vec::new();
    let mut count = 0;
    for (what, script) in scripts.into_iter().filter_map(|(what, script)| Some((what, script?))) {
        count += script.map_or(0, |script| script.statements.len());
        violations.extend(unreadable(what, script));
    }
    CheckOutcome::counted(count, "statement").with(violations)
}

fn unreadable(what: &str, script: Result<&Script, &SplitError>) -> Vec<Violation> {
    match script {
        Err(error) => vec![Violation::on_line(error.line, format!("{what}{error}"))],
        Ok(script) => {
            let commands = script.client_commands.iter();
            commands
                .map(|at| {
                    let seen =
                        format!("{what}`{}` is an order to the command-line client and cannot run here", at.command);
                    Violation::on_line(at.line, seen).instead("put what it would run into the file")
                })
                .collect()
        }
    }
}

fn known_statements(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let statements = file.statements();
    let unknown = statements.iter().filter(|statement| statement.analysis.kind == StatementKind::Unknown);
    let seen = "it is not recognised, so what it touches is not known";
    CheckOutcome::counted(statements.len(), "statement")
        .with(unknown.map(|statement| Violation::at(statement, seen)).collect())
}

fn undo_coverage(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let statements = file.statements();
    let outcome = CheckOutcome::counted(statements.len(), "statement");
    if matches!(file.down, Some(Ok(script)) if !script.statements.is_empty()) {
        return outcome;
    }
    let undo = undo::methods(statements, file.dialect);
    let bare = statements.iter().zip(undo).filter_map(|(statement, undo)| {
        let why = undo.why?;
        let seen = format!("nothing undoes it ({}), since {why}", statement.analysis.kind);
        Some(Violation::at(statement, seen))
    });
    outcome.with(bare.collect())
}
