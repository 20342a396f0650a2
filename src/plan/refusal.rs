//! Reason why a plan cannot become a batch.

use crate::sql::{OffLimits, SplitError};
use serde::Serialize;
use serde::ser::Serializer;
use std::fmt;

/// One reason. In JSON: `{kind, path, line, message}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Files that wait for each other.
    #[error("{said_in}, line {line}: the dependencies go in a circle: {}; take one of them out", circle.join(" -> "))]
    Cycle {
        /// The paths, the first one again at the end.
        circle: Vec<String>,
        /// The file with the directive that closes it.
        said_in: String,
        /// The line there.
        line: u32,
    },
    /// A required file that nobody knows.
    #[error(
        "{said_in}, line {line}: {path} requires {name:?}, which is neither in the directory nor in the history{}",
        nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or("; add it, or correct the name".to_owned())
    )]
    MissingDependency {
        /// The file that needs it.
        path: String,
        /// As written.
        name: String,
        /// The file with the directive.
        said_in: String,
        /// The line there.
        line: u32,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
    /// A name that several files have.
    #[error("{said_in}, line {line}: {name:?} can be {}; write the whole path", files.join(" or "))]
    AmbiguousDependency {
        /// As written.
        name: String,
        /// The paths that it can be.
        files: Vec<String>,
        /// The file with the directive.
        said_in: String,
        /// The line there.
        line: u32,
    },
    /// A file that depends on itself.
    #[error("{said_in}, line {line}: {path} depends on itself; take that out")]
    OnItself {
        /// The file.
        path: String,
        /// The file with the directive.
        said_in: String,
        /// The line there.
        line: u32,
    },
    /// A file that cannot be cut into statements.
    #[error("{path}: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// The fault, with line and hint.
        error: SplitError,
    },
    /// What its source says that cannot be done here.
    #[error("{path}: {problem}")]
    Source {
        /// The file.
        path: String,
        /// The fault, with its line, and what to do.
        problem: String,
    },
    /// The schema that the files are for is not there.
    #[error(
        "there is no schema {schema} to migrate: make it (`CREATE DATABASE {schema}`), or name another in database.url"
    )]
    NoSchema {
        /// Its name.
        schema: String,
    },
    /// A directive that the server cannot obey.
    #[error("{path}: session={name}: SQLite has no PRAGMA of this name for a session; correct it or take it out")]
    Setting {
        /// The file.
        path: String,
        /// The variable.
        name: String,
    },
    /// A file whose texts the server would not take: they are kept, for the undo and for whoever looks.
    #[error(
        "{path}: its texts have {bytes} bytes, and the server takes {most} in one packet; raise its max_allowed_packet, or \
         divide the file"
    )]
    TooLarge {
        /// The file.
        path: String,
        /// The length of its texts together.
        bytes: u64,
        /// `max_allowed_packet`.
        most: u64,
    },
    /// A file that failed and left something behind.
    #[error(
        "{path} failed before and something that it did still stands in the database: look at it, mend it, and then say so \
         with `caribou settle`"
    )]
    FailedWithEffects {
        /// The file.
        path: String,
    },
    /// A squash where only some of the files that it replaces have run.
    #[error(
        "{path} replaces files of which {ran} {} run here and others have not: {missing}; run these first, from the directory as \
         it was before (`caribou migrate --target {last}`), or roll back those that have run",
        if *ran == 1 { "has" } else { "have" }
    )]
    PartlySquashed {
        /// The squash.
        path: String,
        /// Number of those that have run.
        ran: usize,
        /// Those that have not.
        missing: String,
        /// The last of them.
        last: String,
    },
    /// A file that a batch is working on.
    #[error("{path} is {state} in a batch that has not ended: let that batch end, or let a worker recover it")]
    InProgress {
        /// The file.
        path: String,
        /// Its state.
        state: String,
    },
    /// `--target` names nothing, or several.
    #[error("the target {name:?} is {problem}")]
    Target {
        /// As given.
        name: String,
        /// Not there, or ambiguous.
        problem: String,
    },
    /// The manifest's epochs do not fit the system.
    #[error("the manifest says {key} = {said}, but the system is at epoch {epoch}: {advice}")]
    Epoch {
        /// `epoch_from` or `epoch_to`.
        key: &'static str,
        /// As written.
        said: i64,
        /// The place where the system stands.
        epoch: i64,
        /// The advice.
        advice: &'static str,
    },
    /// A file that is not what its type asks for.
    #[error("{path}, line {line}: {problem}")]
    NotOfItsType {
        /// The file.
        path: String,
        /// The line there.
        line: u32,
        /// The fault, and what to do.
        problem: String,
    },
    /// A relation that the manifest declares, of what will not be there.
    #[error("{path}, line {line}: {problem}")]
    Relation {
        /// The manifest.
        path: String,
        /// The line there.
        line: u32,
        /// The fault, and what to do.
        problem: String,
    },
    /// A statement that names a schema of the orchestrator's.
    #[error(
        "{path}, line {line}: a statement names the schema {schema}, which is the orchestrator's own: no file may touch it; \
         take that out"
    )]
    Reserved {
        /// The file, and which script of it.
        path: String,
        /// The place where the statement begins.
        line: u32,
        /// The schema.
        schema: String,
    },
    /// A statement that takes what the engine stands on.
    #[error("{path}, line {line}: {what}; {}", what.remedy())]
    OffLimits {
        /// The file, and which script of it.
        path: String,
        /// The place where the statement begins.
        line: u32,
        /// What it takes.
        what: OffLimits,
    },
    /// A statement that the server will answer with an error, where that is refused (`plan.foreseen`).
    #[error("{path}, {finding}")]
    Foreseen {
        /// The file.
        path: String,
        /// The place where the statement begins.
        line: u32,
        /// The finding, with its line.
        finding: String,
    },
    /// What a check of the plan finds on a file that does not run, where that blocks.
    #[error("{problem} (checks.{check})")]
    Check {
        /// The file.
        path: String,
        /// The check's name.
        check: String,
        /// The fault, and what to do.
        problem: String,
    },
    /// Statements that nothing undoes, where undo is required.
    #[error(
        "{path}, line {line}: nothing undoes statement {statement} ({kind}){}: write a rollback script, or accept it with --accept-irreversible",
        why.as_ref().map(|why| format!(", since {why}")).unwrap_or_default()
    )]
    Irreversible {
        /// The file.
        path: String,
        /// The place where the statement begins.
        line: u32,
        /// From 1.
        statement: u32,
        /// Its kind.
        kind: &'static str,
        /// Reason why nothing does.
        why: Option<String>,
    },
}

impl Refusal {
    fn kind(&self) -> &'static str {
        match self {
            Refusal::Cycle { .. } => "cycle",
            Refusal::MissingDependency { .. } => "missing_dependency",
            Refusal::AmbiguousDependency { .. } => "ambiguous_dependency",
            Refusal::OnItself { .. } => "on_itself",
            Refusal::Unreadable { .. } => "unreadable",
            Refusal::NoSchema { .. } => "no_schema",
            Refusal::Setting { .. } => "setting",
            Refusal::Source { .. } => "source",
            Refusal::TooLarge { .. } => "too_large",
            Refusal::FailedWithEffects { .. } => "failed_with_effects",
            Refusal::InProgress { .. } => "in_progress",
            Refusal::PartlySquashed { .. } => "partly_squashed",
            Refusal::Target { .. } => "target",
            Refusal::Epoch { .. } => "epoch",
            Refusal::NotOfItsType { .. } => "not_of_its_type",
            Refusal::Relation { .. } => "relation",
            Refusal::Reserved { .. } => "reserved",
            Refusal::OffLimits { .. } => "off_limits",
            Refusal::Foreseen { .. } => "foreseen",
            Refusal::Check { .. } => "check",
            Refusal::Irreversible { .. } => "irreversible",
        }
    }

    /// The file to look at, where it is one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Refusal::Cycle { said_in: path, .. }
            | Refusal::MissingDependency { said_in: path, .. }
            | Refusal::AmbiguousDependency { said_in: path, .. }
            | Refusal::OnItself { said_in: path, .. }
            | Refusal::Unreadable { path, .. }
            | Refusal::Setting { path, .. }
            | Refusal::Source { path, .. }
            | Refusal::TooLarge { path, .. }
            | Refusal::FailedWithEffects { path }
            | Refusal::PartlySquashed { path, .. }
            | Refusal::InProgress { path, .. }
            | Refusal::NotOfItsType { path, .. }
            | Refusal::Relation { path, .. }
            | Refusal::Reserved { path, .. }
            | Refusal::OffLimits { path, .. }
            | Refusal::Foreseen { path, .. }
            | Refusal::Check { path, .. }
            | Refusal::Irreversible { path, .. } => Some(path),
            Refusal::NoSchema { .. } | Refusal::Target { .. } | Refusal::Epoch { .. } => None,
        }
    }

    /// The line there, from 1.
    pub fn line(&self) -> Option<u32> {
        match self {
            Refusal::Cycle { line, .. }
            | Refusal::MissingDependency { line, .. }
            | Refusal::AmbiguousDependency { line, .. }
            | Refusal::OnItself { line, .. }
            | Refusal::NotOfItsType { line, .. }
            | Refusal::Relation { line, .. }
            | Refusal::Reserved { line, .. }
            | Refusal::OffLimits { line, .. }
            | Refusal::Foreseen { line, .. }
            | Refusal::Irreversible { line, .. } => Some(*line),
            Refusal::Unreadable { error, .. } => Some(error.line),
            Refusal::FailedWithEffects { .. }
            | Refusal::PartlySquashed { .. }
            | Refusal::NoSchema { .. }
            | Refusal::Setting { .. }
            | Refusal::Source { .. }
            | Refusal::TooLarge { .. }
            | Refusal::InProgress { .. }
            | Refusal::Check { .. }
            | Refusal::Target { .. }
            | Refusal::Epoch { .. } => None,
        }
    }
}

/// A reason why a plan cannot become a batch.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RefusalDocument<'a> {
    kind: &'static str,
    /// The file to look at, where it is one.
    path: Option<&'a str>,
    /// The line in it, from 1.
    line: Option<u32>,
    message: String,
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, path, line, message) = (self.kind(), self.path(), self.line(), self.to_string());
        RefusalDocument { kind, path, line, message }.serialize(serializer)
    }
}

/// All reasons why a plan cannot become a batch, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<Refusal>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot plan: ")?;
        for (index, refusal) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            refusal.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
