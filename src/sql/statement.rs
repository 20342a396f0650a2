//! A file as the engine wants it: numbered statements with hash and analysis.

use super::{Analysis, ClientCommand, ForeignKeyChecks, RowRange};
use serde::{Deserialize, Serialize};

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// 0-based position among the file's statements.
    pub index: u32,
    /// 1-based line of its first token.
    pub line: u32,
    /// The text that is sent to the server.
    pub sql: String,
    /// Canonical hash, see [`super::canonical_hash`]: the statement's identity across edits.
    pub hash: String,
    /// The same as it is read where nothing was set: under no mode, and in UTF-8. Only where that is another text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<String>,
    /// Its kind, and what it touches.
    pub analysis: Analysis,
    /// Number of rows that it is expected to change: `rows=` in a comment before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowRange>,
    /// Checking of foreign keys where it runs.
    #[serde(skip)]
    pub foreign_key_checks: ForeignKeyChecks,
    /// Of an `EXECUTE`, the statements of which it runs one, where the script tells these and not which.
    #[serde(skip)]
    pub alternatives: Vec<Statement>,
}

impl Statement {
    /// Its text as it is read where nothing was set; what is looked for in it is looked for here.
    pub fn plain(&self) -> &str {
        self.plain.as_deref().unwrap_or(&self.sql)
    }

    /// The statements of which it runs one: itself, but for an `EXECUTE` between texts that are told.
    pub(crate) fn as_it_may_run(&self) -> &[Statement] {
        if self.alternatives.is_empty() { std::slice::from_ref(self) } else { &self.alternatives }
    }
}

/// A client command and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCommandAt {
    /// 1-based line.
    pub line: u32,
    /// The command.
    pub command: ClientCommand,
}

/// A file, read: its statements, and the client commands in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// In the order of the file.
    pub statements: Vec<Statement>,
    /// Variables that its session was given before the first of them: `(name, value)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<(String, String)>,
    /// In the order of the file, `DELIMITER` left out: none of these can run here, so each is a
    /// finding.
    pub client_commands: Vec<ClientCommandAt>,
}
