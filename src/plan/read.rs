//! What stands in a file: its statements, what is odd about them, what undoes them.

use super::{Candidate, Finding, Level, Options, Refusal, Statement, StatementUndo, coverage, identity};
use crate::model::{Checksum, UndoCoverage, UndoneBy};
use crate::sql::{self, ClientCommand, Dialect, Script, StatementKind};

/// A file, split and analysed.
pub(super) struct Read {
    pub(super) statements: Vec<Statement>,
    pub(super) script: Script,
    /// Its rollback script.
    pub(super) back: Option<Script>,
    pub(super) canonical: Checksum,
    pub(super) undo_statements: Option<u32>,
    pub(super) undo_coverage: UndoCoverage,
    pub(super) findings: Vec<Finding>,
}

/// Reads a file and its rollback script. A file that cannot be split is read as an empty one.
pub(super) fn read(candidate: &Candidate, options: &Options) -> (Read, Vec<Refusal>) {
    let mut refused = Vec::new();
    let mut findings = Vec::new();
    let script = sql::read(&candidate.up.text, options.dialect).unwrap_or_else(|error| {
        refused.push(Refusal::Unreadable { path: candidate.path.clone(), error });
        Script::default()
    });
    if refused.is_empty() {
        findings.extend(odd(&script));
    }
    let back = rollback_script(candidate, options, &mut findings, &mut refused);
    let (statements, undo_coverage) = statements(&script, back.as_ref(), options.dialect);
    let undo_statements = back.as_ref().map(|back| u32::try_from(back.statements.len()).unwrap_or(u32::MAX));
    let canonical = identity::canonical(&script);
    if options.require_undo {
        let undone_by_nothing = statements.iter().filter(|s| s.undo == StatementUndo::None);
        refused.extend(undone_by_nothing.map(|s| Refusal::irreversible(&candidate.path, s)));
    }
    (Read { statements, script, back, canonical, undo_statements, undo_coverage, findings }, refused)
}

fn odd(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    if script.statements.is_empty() && script.client_commands.is_empty() {
        let message = "it holds no statement: it will be recorded as completed and do nothing".to_owned();
        findings.push(Finding::new("no_statements", Level::Warning, None, message));
    }
    for at in &script.client_commands {
        let message = cannot_run(&at.command);
        findings.push(Finding::new("client_command", Level::Blocking, Some(at.line), message));
    }
    for statement in script.statements.iter().filter(|s| s.analysis.kind == StatementKind::Unknown) {
        let message = format!(
            "statement {} is not recognised: it is taken to touch everything, so nothing runs beside the file",
            statement.index + 1
        );
        findings.push(Finding::new("unknown_statement", Level::Warning, Some(statement.line), message));
    }
    findings
}

/// The rollback script, if there is one. One that cannot be split could not be run when it is needed: better said now.
fn rollback_script(
    candidate: &Candidate,
    options: &Options,
    findings: &mut Vec<Finding>,
    refused: &mut Vec<Refusal>,
) -> Option<Script> {
    let down = candidate.down.as_ref()?;
    let script = sql::read(&down.text, options.dialect)
        .map_err(|error| {
            refused.push(Refusal::Unreadable { path: format!("{} (rollback script)", candidate.path), error })
        })
        .ok()?;
    if script.statements.is_empty() {
        let message = "its rollback script holds no statement, so it undoes nothing".to_owned();
        findings.push(Finding::new("empty_rollback", Level::Warning, None, message));
    }
    for at in &script.client_commands {
        let message = format!("line {} of its rollback script: {}", at.line, cannot_run(&at.command));
        findings.push(Finding::new("client_command", Level::Blocking, None, message));
    }
    Some(script)
}

fn cannot_run(command: &ClientCommand) -> String {
    format!(
        "`{command}` is an order to the command-line client and cannot run here: put what it would run into the file"
    )
}

fn statements(script: &Script, back: Option<&Script>, dialect: Dialect) -> (Vec<Statement>, UndoCoverage) {
    let back = back.filter(|back| back.client_commands.is_empty()).map(|back| back.statements.as_slice());
    let undo = coverage::undo_of(&script.statements, back, dialect);
    let counted = coverage::count(&undo, &script.statements, back);
    let statement = |(statement, undo): (&sql::Statement, UndoneBy)| Statement {
        index: statement.index,
        line: statement.line,
        kind: statement.analysis.kind,
        objects: statement.analysis.touches.clone(),
        undo: undo.by,
        undo_reason: undo.why,
        undo_cost: None,
    };
    (script.statements.iter().zip(undo).map(statement).collect(), counted)
}
