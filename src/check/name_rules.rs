//! Patterns that names have to be of, as configured.

use super::name_pattern::NamePattern;

/// Patterns of names: none is asked for where there is none (`[names]`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameRules {
    /// Of tables and views.
    pub tables: Option<NamePattern>,
    pub columns: Option<NamePattern>,
    pub indexes: Option<NamePattern>,
}

impl NameRules {
    /// The pattern of a kind of name, where there is one, and the key that it stands under.
    pub(super) fn of(&self, what: &str) -> Option<(&NamePattern, String)> {
        let (pattern, key) = match what {
            "column" => (&self.columns, "columns"),
            "index" => (&self.indexes, "indexes"),
            _ => (&self.tables, "tables"),
        };
        Some((pattern.as_ref()?, format!("names.{key}")))
    }
}
