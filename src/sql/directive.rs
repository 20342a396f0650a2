//! `-- caribou: key=value …` in a file's leading comments.

use serde::{Deserialize, Serialize};

/// What a file says about itself. Absent keys are for the manifest and the folder to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Directives {
    /// `type=`: doctrine, module, agent or documentation.
    pub file_type: Option<String>,
    /// `requires=a,b`: must have completed before.
    pub requires: Vec<String>,
    /// `optional=a,b`: before, if they are there.
    pub optional: Vec<String>,
    /// `conflicts=a,b`: never at the same time.
    pub conflicts: Vec<String>,
    /// `class=`: the class of findings on this file, `A` to `D`.
    pub class: Option<char>,
    /// `online=`: as written.
    pub online: Option<String>,
    /// `session="name=value, …"`: variables for the file's connection, in order.
    pub session: Vec<(String, String)>,
}

/// A directive that cannot be obeyed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectiveError {
    /// No such key.
    #[error("line {line}: unknown directive `{key}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    UnknownKey {
        /// 1-based.
        line: u32,
        /// As written.
        key: String,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// A word without `=`, an open quote, an empty value.
    #[error(
        "line {line}: cannot read the directive `{text}`: {problem}; write key=value, with quotes around values that hold spaces"
    )]
    Malformed {
        /// 1-based.
        line: u32,
        /// As written.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A value outside its set.
    #[error("line {line}: `{key}={value}` is not possible: expected {expected}")]
    BadValue {
        /// 1-based.
        line: u32,
        /// The key.
        key: String,
        /// As written.
        value: String,
        /// The values it may have.
        expected: String,
    },
    /// A key that has one value was given twice.
    #[error("line {line}: `{key}` is given twice; keep one")]
    Repeated {
        /// 1-based, of the second.
        line: u32,
        /// The key.
        key: String,
    },
}

/// Reads the directives in a file's leading comments (`--`, `#`, `/* */`).
pub fn directives(text: &str) -> Result<Directives, DirectiveError> {
    let _ = text; // until the reader is here
    Ok(Directives::default())
}
