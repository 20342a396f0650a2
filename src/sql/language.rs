//! The language that a text is read by: the dialect, and the session in which it begins.

use super::globals::Globals;
use super::session::Session;
use super::{Dialect, directives};
use std::collections::BTreeMap;

/// Rules by which a text is read: a dialect, and the settings of the session where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// Dialect of the text.
    pub dialect: Dialect,
    start: Session,
    /// Variables that the session was given: `(name, value)`.
    variables: Vec<(String, String)>,
    /// Texts that statements have run, by their index, where the script does not tell these.
    pub(super) as_it_ran: BTreeMap<u32, String>,
}

impl From<Dialect> for Language {
    fn from(dialect: Dialect) -> Language {
        Language::new(dialect, &Globals::default())
    }
}

impl Language {
    /// The language of a server's session.
    pub fn new(dialect: Dialect, globals: &Globals) -> Language {
        Language {
            dialect,
            start: Session::new(dialect, globals.clone()),
            variables: Vec::new(),
            as_it_ran: BTreeMap::new(),
        }
    }

    /// The same with session variables, each set in turn: `(name, value)`.
    #[must_use]
    pub fn with(mut self, variables: &[(String, String)]) -> Language {
        let verb = if self.dialect.is_mysql_family() { "SET" } else { "PRAGMA" };
        for (name, value) in variables {
            self.start.advance(&format!("{verb} {name} = {value}"));
        }
        self.start.forget_autocommit();
        self.variables.extend_from_slice(variables);
        self
    }

    /// The same where statements have run these texts, by their index: `EXECUTE` of what the script does not tell.
    #[must_use]
    pub(crate) fn where_ran(self, texts: BTreeMap<u32, String>) -> Language {
        Language { as_it_ran: texts, ..self }
    }

    /// The same within a file: with the variables of its directive `session=`.
    #[must_use]
    pub fn for_file(&self, up: &str) -> Language {
        self.clone().with(&directives(up).map(|directives| directives.session).unwrap_or_default())
    }

    /// Variables that the session was given, in their order.
    pub(super) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    pub(super) fn start(&self) -> Session {
        self.start.clone()
    }
}
