//! The language that a text is read by: the dialect, and the session in which it begins.

use super::globals::Globals;
use super::session::Session;
use super::{Dialect, directives};

/// Rules by which a text is read: a dialect, and the settings of the session where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// Dialect of the text.
    pub dialect: Dialect,
    start: Session,
}

impl From<Dialect> for Language {
    fn from(dialect: Dialect) -> Language {
        Language::new(dialect, &Globals::default())
    }
}

impl Language {
    /// The language of a server's session.
    pub fn new(dialect: Dialect, globals: &Globals) -> Language {
        Language { dialect, start: Session::new(dialect, globals.clone()) }
    }

    /// The same with session variables, each set in turn: `(name, value)`.
    #[must_use]
    pub fn with(mut self, variables: &[(String, String)]) -> Language {
        if self.dialect.is_mysql_family() {
            for (name, value) in variables {
                self.start.advance(&format!("SET {name} = {value}"));
            }
            self.start.forget_autocommit();
        }
        self
    }

    /// The same within a file: with the variables of its directive `session=`.
    #[must_use]
    pub fn for_file(&self, up: &str) -> Language {
        self.clone().with(&directives(up).map(|directives| directives.session).unwrap_or_default())
    }

    pub(super) fn start(&self) -> Session {
        self.start.clone()
    }
}
