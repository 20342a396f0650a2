//! The segments of a file, and why a file cannot be cut into them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One segment of a file. The `text` of all segments, joined, is the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Exactly what stands in the file, delimiter included.
    pub text: &'a str,
    /// 1-based line of the segment's first token.
    pub line: u32,
    /// Its kind.
    pub kind: SegmentKind<'a>,
}

/// The kind of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentKind<'a> {
    /// SQL to send, without delimiter and without comments or blanks around it; executable
    /// comments (`/*! … */`) are SQL.
    Statement(&'a str),
    /// An order to the command-line client.
    ClientCommand(ClientCommand),
    /// Blanks, comments, stray delimiters, YAML front matter.
    Trivia,
}

/// An order to the command-line client. `USE` is none: it is a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCommand {
    /// `DELIMITER x`: obeyed by the splitter, nothing to run.
    Delimiter(String),
    /// `SOURCE file`, `\. file`; `.read file` of SQLite's shell. Cannot run here.
    Source(String),
    /// Any other, as written: `\! ls`, `exit`, `.mode csv`. Cannot run here.
    Other(String),
}

impl ClientCommand {
    /// True if leaving it out changes what the file means.
    pub fn cannot_run(&self) -> bool {
        !matches!(self, ClientCommand::Delimiter(_))
    }
}

impl fmt::Display for ClientCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientCommand::Delimiter(text) => write!(f, "DELIMITER {text}"),
            ClientCommand::Source(file) => write!(f, "SOURCE {file}"),
            ClientCommand::Other(text) => f.write_str(text),
        }
    }
}

/// Reason why a file cannot be cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SplitFault {
    /// A string that the file never closes.
    #[error("a string opened with {quote} is never closed")]
    UnclosedString {
        /// The quote that opened it: `'`, `"`.
        quote: char,
    },
    /// A quoted name that the file never closes.
    #[error("a name opened with {quote} is never closed")]
    UnclosedIdentifier {
        /// The quote that opened it: a backtick, `"`, `[`.
        quote: char,
    },
    /// A comment that the file never closes.
    #[error("a comment opened with {opened} is never closed")]
    UnclosedComment {
        /// `/*` or `/*!`.
        opened: String,
    },
    /// `BEGIN`, `IF`, `CASE`, `LOOP` … whose `END` never comes.
    #[error("{word} is never closed by END")]
    UnclosedBlock {
        /// The word that opened it.
        word: String,
    },
    /// `DELIMITER` with nothing after it, or with a backslash in it.
    #[error("DELIMITER needs a text without backslashes after it")]
    BadDelimiter,
    /// Something is read by a setting of the session whose value the texts before it do not tell.
    #[error("how this is read depends on {setting}, which the script sets to something that its text does not tell")]
    Untold {
        /// `sql_mode`, `completion_type`.
        setting: String,
    },
    /// Signs beyond ASCII that the server would take for others.
    #[error("the server reads this in the character set {charset}, which the script sets, and not in UTF-8")]
    OtherSigns {
        /// Its name.
        charset: String,
    },
    /// `rows=` that is no number and no range.
    #[error("`rows={value}` before it is not possible")]
    ExpectedRows {
        /// As written.
        value: String,
    },
    /// `rows=` at the end of a statement's line.
    #[error("`rows=` stands behind the statement before it")]
    RowsBehind,
    /// `rows=` before a statement that changes no rows, or whose rows the server does not count.
    #[error("`rows=` stands before a statement of kind {kind}, whose rows nobody counts")]
    NoRowsExpected {
        /// [`super::StatementKind::as_str`].
        kind: String,
    },
}

/// A file that cannot be cut into statements: what, where, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("cannot split into statements: line {line}, column {column}: {what}; {hint}")]
pub struct SplitError {
    /// 1-based line where the thing opened.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
    /// The fault.
    pub what: SplitFault,
    /// The advice about it.
    pub hint: String,
}
