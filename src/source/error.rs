//! Errors of a migration directory: where, and what to do about it.

use crate::sql::DirectiveError;

/// A directory that cannot be read as it is. Nothing has been done.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No such directory, or no right to list it.
    #[error("cannot list the migration directory {path}: {error}; create it, or set migrations.dir")]
    Directory {
        /// The directory as configured, or a folder in it.
        path: String,
        /// The system's answer.
        error: std::io::Error,
    },
    /// What is wrong in one of several directories.
    #[error("{dir}: {error}")]
    Within {
        /// Its name.
        dir: String,
        /// What is wrong in it.
        error: Box<SourceError>,
    },
    /// An empty list of directories.
    #[error("no migration directory is named: set migrations.dir")]
    NoDirectory,
    /// Manifests of two directories that speak of the batch.
    #[error(
        "its batch.toml names the batch or its epochs, as that of another directory does: keep that in one of them"
    )]
    TwoManifests,
    /// A file that cannot be opened or read.
    #[error("cannot read {path}: {error}; give the account that runs Caribou the right to read it, or remove it")]
    Unreadable {
        /// Relative to the directory.
        path: String,
        /// The system's answer.
        error: std::io::Error,
    },
    /// A pipe, a socket, a device or a directory with the name of a migration.
    #[error("{path} is {what}, not a file: remove it, or write the migration as a file")]
    NotAFile {
        /// Relative to the directory.
        path: String,
        /// Its kind.
        what: &'static str,
    },
    /// A folder that leads back to itself.
    #[error("{path} leads back to the folder {to} that it is in: remove the symbolic link")]
    SymlinkLoop {
        /// The link.
        path: String,
        /// The place where it leads.
        to: String,
    },
    /// A name that is not text.
    #[error("the name of {path} is not UTF-8: rename the file")]
    Name {
        /// With replacement characters.
        path: String,
    },
    /// Text in another encoding.
    #[error(
        "{path} is not UTF-8: byte {offset} (line {line}) is 0x{byte:02X}{}; convert it, for example with \
         iconv -f {} -t UTF-8",
        if *utf16 { ", and it begins like UTF-16" } else { "" },
        if *utf16 { "UTF-16" } else { "ISO-8859-1" }
    )]
    NotUtf8 {
        /// Relative to the directory.
        path: String,
        /// Of the first wrong byte, from 0.
        offset: usize,
        /// From 1.
        line: usize,
        /// The wrong byte.
        byte: u8,
        /// It begins with the mark of UTF-16.
        utf16: bool,
    },
    /// The clients do not send it either.
    #[error("{path} holds a NUL byte at byte {offset} (line {line}): write binary values as hexadecimal literals")]
    Nul {
        /// Relative to the directory.
        path: String,
        /// From 0.
        offset: usize,
        /// From 1.
        line: usize,
    },
    /// One file with a way forward and a way back, and it is not plain which is which.
    #[error(
        "{path}, line {line}: `{said}` looks like a mark of {form}, but {why}; write the way back into {}, or say it in \
         other words where it is a mere comment",
        path.strip_suffix(".sql").map_or_else(|| format!("{path}.rollback.sql"), |stem| format!("{stem}.rollback.sql"))
    )]
    Marks {
        /// Relative to the directory.
        path: String,
        /// From 1.
        line: usize,
        /// The line.
        said: String,
        /// Tool whose marks they are.
        form: &'static str,
        /// Reason why the marks are not plain.
        why: String,
    },
    /// Two files that claim one place in the order.
    #[error("{first} and {second} have the same version {version}: give one of them another")]
    DuplicateVersion {
        /// As written in the first.
        version: String,
        /// One path.
        first: String,
        /// The other.
        second: String,
    },
    /// Two files that play one part.
    #[error("{first} and {second} are both the {what} of {of}: keep one")]
    Twice {
        /// `rollback`, `verify script`, …
        what: &'static str,
        /// The migration's name.
        of: String,
        /// One path.
        first: String,
        /// The other.
        second: String,
    },
    /// A rollback or verify script that belongs to nothing.
    #[error(
        "{path} is the {what} of a migration that is not there: add {expected}, remove it, or, if it is to run, give it a \
         name that does not say {what}"
    )]
    Orphan {
        /// Relative to the directory.
        path: String,
        /// `rollback`, `verify script`.
        what: &'static str,
        /// The path that the migration would have.
        expected: String,
    },
    /// A companion that may be of two migrations.
    #[error("{path} may be the {what} of {first} and of {second}: name it after one of them")]
    TwoMigrations {
        /// Relative to the directory.
        path: String,
        /// `rollback`, `verify script`.
        what: &'static str,
        /// One migration.
        first: String,
        /// The other.
        second: String,
    },
    /// A name that the layout has no place for.
    #[error("{path} does not fit the layout {layout}: {expected}")]
    Misfit {
        /// Relative to the directory.
        path: String,
        /// The layout's name.
        layout: &'static str,
        /// Form of names there, and what to do.
        expected: String,
    },
    /// No way to tell.
    #[error(
        "{dir} can be read as {first} (because of {first_sign}) and as {second} (because of {second_sign}): say which \
         with migrations.layout = \"{first}\" or \"{second}\""
    )]
    Ambiguous {
        /// The directory.
        dir: String,
        /// One layout.
        first: &'static str,
        /// A file that speaks for it.
        first_sign: String,
        /// Another.
        second: &'static str,
        /// A file that speaks for it.
        second_sign: String,
    },
    /// A file of a tool without the file that says in which order such files run.
    #[error(
        "{dir} looks like a directory of {tool} (because of {sign}), and its sqitch.plan is not there: set migrations.dir to the \
         directory that holds it, or, if it is none of {tool}, say what it is with migrations.layout = \"native\""
    )]
    NoPlan {
        /// The directory.
        dir: String,
        /// The tool's name.
        tool: &'static str,
        /// Sign that speaks for it.
        sign: String,
    },
    /// A migration that the tool runs and that is no SQL.
    #[error("{path} is a migration of {tool} in {language}, and only SQL is read here: {advice}")]
    NotSql {
        /// Relative to the directory.
        path: String,
        /// The tool's name.
        tool: &'static str,
        /// The language that it is written in.
        language: &'static str,
        /// Advice about it.
        advice: &'static str,
    },
    /// A line that the tool would not take either, or that cannot be done here.
    #[error("{path}, line {line}: {problem}")]
    Line {
        /// Relative to the directory.
        path: String,
        /// From 1.
        line: usize,
        /// The fault, and what to do.
        problem: String,
    },
    /// `migrations.layout` names none.
    #[error(
        "there is no layout {name:?}{}; known are {choices}",
        nearest.as_ref().map(|n| format!(", did you mean {n:?}?")).unwrap_or_default()
    )]
    UnknownLayout {
        /// As configured.
        name: String,
        /// The name that is most like it.
        nearest: Option<String>,
        /// All of them.
        choices: String,
    },
    /// A directive in a file's leading comments.
    #[error("{path}, {error}")]
    Directive {
        /// Relative to the directory.
        path: String,
        /// The fault in it, with the line.
        error: DirectiveError,
    },
    /// A type that nothing handles.
    #[error("{path}, line {line}: there is no file type {name:?}{}; use one of {known}",
        nearest.as_ref().map(|n| format!(", did you mean {n:?}?")).unwrap_or_default()
    )]
    UnknownType {
        /// Relative to the directory.
        path: String,
        /// From 1.
        line: u32,
        /// As written.
        name: String,
        /// The name that is most like it.
        nearest: Option<String>,
        /// All of them.
        known: String,
    },
    /// A file whose type takes other files.
    #[error(
        "{path} is to be of the type {name}, which takes files with the extensions {takes}: rename it, or correct its type"
    )]
    OtherType {
        /// Relative to the directory.
        path: String,
        /// The type.
        name: &'static str,
        /// The extensions of its files.
        takes: String,
    },
    /// `batch.toml`.
    #[error("{path}, line {line}: {problem}")]
    Manifest {
        /// Relative to the directory.
        path: String,
        /// From 1.
        line: usize,
        /// The fault, and what to do.
        problem: String,
    },
}
