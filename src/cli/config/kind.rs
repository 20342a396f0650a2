//! Forms of values, and the variables that set them.

/// Form that a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A text that is not empty.
    Filled,
    /// A database URL; a password in it is never shown.
    Url,
    /// A path; in the file it is relative to the file, elsewhere to the working directory.
    Path,
    /// A path or a list of them, as [`Kind::Path`].
    Paths,
    /// A whole number within bounds.
    Integer {
        min: i64,
        max: i64,
    },
    /// `500ms`, `30s`, `5m`; a bare number is seconds.
    Duration,
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a theme of the console.
    Theme,
    /// Program and arguments: a list, or words with spaces between them. No shell is between.
    Command,
    /// `http://` or `https://`; what comes after the host may be a secret, and is never shown.
    Web,
    /// The address of a mail.
    Mail,
    /// A pattern of names.
    Pattern,
    /// `2h`, or `3x`: so many times what is estimated.
    Prolonged,
}

/// The environment variable of a key: `database.url` is `CARIBOU_DATABASE_URL`.
pub fn variable(name: &str) -> String {
    format!("CARIBOU_{}", name.replace('.', "_").to_uppercase())
}
