//! A file as the engine wants it: numbered statements with hash and analysis.

use super::{Analysis, ClientCommand, Dialect, PieceKind, SplitError, analyse, canonical_hash, split};
use serde::{Deserialize, Serialize};

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// 0-based position among the file's statements.
    pub index: u32,
    /// 1-based line of its first token.
    pub line: u32,
    /// What is sent to the server.
    pub sql: String,
    /// Canonical hash, see [`canonical_hash`]: the statement's identity across edits.
    pub hash: String,
    /// What it is and what it touches.
    pub analysis: Analysis,
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
    /// In the order of the file, `DELIMITER` left out: none of these can run here, so each is a
    /// finding.
    pub client_commands: Vec<ClientCommandAt>,
}

/// Splits and analyses a file.
pub fn read(text: &str, dialect: Dialect) -> Result<Script, SplitError> {
    let mut script = Script::default();
    for piece in split(text, dialect)? {
        match piece.kind {
            PieceKind::Statement(sql) => {
                let index = u32::try_from(script.statements.len()).unwrap_or(u32::MAX);
                script.statements.push(Statement {
                    index,
                    line: piece.line,
                    sql: sql.to_owned(),
                    hash: canonical_hash(sql, dialect),
                    analysis: analyse(sql, dialect),
                });
            }
            PieceKind::ClientCommand(command) if command.cannot_run() => {
                script.client_commands.push(ClientCommandAt { line: piece.line, command });
            }
            PieceKind::ClientCommand(_) | PieceKind::Trivia => {}
        }
    }
    Ok(script)
}

/// The statements of a file; [`read`] also tells of client commands that cannot run.
pub fn statements(text: &str, dialect: Dialect) -> Result<Vec<Statement>, SplitError> {
    Ok(read(text, dialect)?.statements)
}
