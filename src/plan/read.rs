//! Reading a file: its statements, what is odd about them, what undoes them.

use super::effort::effort;
use super::{Candidate, Finding, Level, Options, PlanStatement, Refusal, identity};
use crate::model::{Checksum, FutureTables, StatementUndo, UndoCoverage, UndoMethod};
use crate::sql::{self, ClientCommand, Dialect, Script, StatementKind};
use crate::undo::coverage;
use std::num::NonZero;

/// A file, split and analysed.
pub(super) struct Read {
    pub(super) statements: Vec<PlanStatement>,
    pub(super) script: Script,
    /// Its rollback script.
    pub(super) back: Option<Script>,
    pub(super) canonical: Checksum,
    pub(super) undo_statements: Option<u32>,
    pub(super) undo_coverage: UndoCoverage,
    pub(super) findings: Vec<Finding>,
}

/// Files that are worth a thread of their own.
const WORTHWHILE: usize = 2_000;

/// Reads files, on as many processors as there are: no file's text depends on another's.
pub(super) fn read_all(files: &[&Candidate], options: &Options) -> Vec<(Read, Vec<Refusal>)> {
    let read_some = |files: &[&Candidate]| -> Vec<_> { files.iter().map(|file| read(file, options)).collect() };
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(files.len() / WORTHWHILE).max(1);
    let (own, others) = files.split_at(files.len().div_ceil(threads));
    let mut all = Vec::with_capacity(files.len());
    std::thread::scope(|scope| {
        let parts = others.chunks(own.len().max(1));
        let parts: Vec<_> = parts.map(|part| (part, scope.spawn(|| read_some(part)))).collect();
        all.extend(read_some(own));
        for (part, thread) in parts {
            // One that panicked does so again here.
            all.extend(thread.join().unwrap_or_else(|_| read_some(part)));
        }
    });
    all
}

/// Reads a file and its rollback script. A file that cannot be split is read as an empty one.
fn read(candidate: &Candidate, options: &Options) -> (Read, Vec<Refusal>) {
    let mut refused = Vec::new();
    let mut findings = candidate.findings.clone();
    let script = sql::read(&candidate.up.text, options.language(&candidate.up.text)).unwrap_or_else(|error| {
        refused.push(Refusal::Unreadable { path: candidate.path.clone(), error });
        Script::default()
    });
    refused.extend(too_large(candidate, options));
    refused.extend(said_by_its_source(candidate));
    if refused.is_empty() {
        findings.extend(odd(&script));
    }
    refused.extend(settings(candidate, options.dialect));
    let back = rollback_script(candidate, options, &mut findings, &mut refused);
    refused.extend(reserved(candidate, options));
    let (statements, undo_coverage) = statements(&script, back.as_ref(), (&candidate.up.text, options.dialect));
    let undo_statements = back.as_ref().map(|back| u32::try_from(back.statements.len()).unwrap_or(u32::MAX));
    let canonical = identity::canonical(&script);
    if options.require_undo {
        let undone_by_nothing = statements.iter().filter(|s| s.undo == UndoMethod::None);
        refused.extend(undone_by_nothing.map(|s| s.irreversible(&candidate.path)));
    }
    (Read { statements, script, back, canonical, undo_statements, undo_coverage, findings }, refused)
}

/// What its source says that cannot be done here.
fn said_by_its_source(candidate: &Candidate) -> impl Iterator<Item = Refusal> {
    let blocking = candidate.findings.iter().filter(|finding| finding.level == Level::Blocking);
    blocking.map(|finding| Refusal::Source { path: candidate.path.clone(), problem: finding.said() })
}

/// The statements of a file's scripts that name a schema which no file may touch, or take what the engine stands on.
fn reserved(candidate: &Candidate, options: &Options) -> Vec<Refusal> {
    let schemas: Vec<&str> = options.reserved.iter().map(String::as_str).collect();
    let scripts = [
        ("", Some(candidate.up.text.as_str())),
        (" (rollback script)", candidate.down.as_ref().map(|down| down.text.as_str())),
        (" (verify script)", candidate.verify.as_deref()),
    ];
    let mut refused = Vec::new();
    for (which, text) in scripts.into_iter().filter_map(|(which, text)| Some((which, text?))) {
        let (language, path) = (options.language(&candidate.up.text), format!("{}{which}", candidate.path));
        let taken = sql::off_limits(text, language.clone()).into_iter();
        refused.extend(taken.map(|(line, what)| Refusal::OffLimits { path: path.clone(), line, what }));
        let found = sql::names_reserved(text, language, &schemas).into_iter();
        refused.extend(found.map(|(line, schema)| Refusal::Reserved {
            path: path.clone(),
            line,
            schema: schema.to_owned(),
        }));
    }
    refused
}

/// Session variables that SQLite does not have: it would pass over them in silence.
fn settings(candidate: &Candidate, dialect: Dialect) -> Vec<Refusal> {
    // A directive that cannot be read stands in the plan's refusals.
    let session = sql::directives(&candidate.up.text).map(|directives| directives.session).unwrap_or_default();
    let unknown = session.into_iter().filter(|(name, _)| dialect == Dialect::Sqlite && !sql::is_session_pragma(name));
    unknown.map(|(name, _)| Refusal::Setting { path: candidate.path.clone(), name }).collect()
}

/// Beside the texts, a row and what it is sent with take up to this many bytes.
const AROUND: u64 = 4096;

fn too_large(candidate: &Candidate, options: &Options) -> Option<Refusal> {
    let scripts = [Some(&candidate.up.text), candidate.down.as_ref().map(|down| &down.text), candidate.verify.as_ref()];
    let bytes: u64 = scripts.into_iter().flatten().map(|text| text.len() as u64).sum();
    let most = options.globals.packet.filter(|most| bytes + AROUND > *most)?;
    Some(Refusal::TooLarge { path: candidate.path.clone(), bytes, most })
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
    let script = sql::read(&down.text, options.language(&candidate.up.text))
        .map_err(|error| {
            refused.push(Refusal::Unreadable { path: format!("{} (rollback script)", candidate.path), error })
        })
        .ok()?;
    if script.statements.is_empty() && script.client_commands.is_empty() {
        let message = "its rollback script holds no statement, so it is taken as none".to_owned();
        findings.push(Finding::new("empty_rollback", Level::Warning, None, message));
        return None;
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

fn statements(script: &Script, back: Option<&Script>, text: (&str, Dialect)) -> (Vec<PlanStatement>, UndoCoverage) {
    let back = back.filter(|back| back.client_commands.is_empty()).map(|back| back.statements.as_slice());
    let undo = coverage::undo_of(&script.statements, back, text);
    let counted = coverage::count(&undo, &script.statements, back);
    let statement = |(statement, undo): (&sql::Statement, StatementUndo)| PlanStatement {
        index: statement.index,
        line: statement.line,
        kind: statement.analysis.kind,
        objects: statement.analysis.touches.clone(),
        undo: undo.method,
        undo_reason: undo.why,
        undo_cost: None,
        size: None,
        instant: None,
        algorithm: None,
        lock: None,
        expected: None,
        expected_unknown: None,
        effort: effort(statement, text.1),
        future: FutureTables::default(),
    };
    (script.statements.iter().zip(undo).map(statement).collect(), counted)
}
