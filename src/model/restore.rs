//! Objects of SQLite brought back as they were written: its schema is text, which is kept and put back as it stands.

use serde::{Deserialize, Serialize};

/// One line of SQLite's schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SchemaLine {
    /// `table`, `view`, `index` or `trigger`.
    pub kind: String,
    /// Its name, as the schema spells it.
    pub name: String,
    /// Its text, as the schema holds it.
    pub sql: String,
}

impl SchemaLine {
    /// True if it is a table or a view, and not something that goes with one.
    pub fn is_relation(&self) -> bool {
        matches!(self.kind.as_str(), "table" | "view")
    }
}

/// A table or view with what goes with it, before a statement and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Restored {
    /// Its name before; afterwards where it did not exist before.
    pub name: String,
    /// Its name afterwards, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
    /// The lines before, the relation's own first; empty where there was none.
    pub before: Vec<SchemaLine>,
    /// The lines afterwards.
    pub after: Vec<SchemaLine>,
    /// True if its rows have another form: they are copied into a table made anew. Else only the text was changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reformed: bool,
    /// Value of its AUTOINCREMENT before, where it is made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<i64>,
}

/// Changes that one statement made in the schema, to be undone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Restore {
    /// Tables and views.
    pub relations: Vec<Restored>,
    /// Numbers of the file itself (`user_version`, `application_id`), as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<(String, i64)>,
}

impl Restore {
    /// For people, on one line.
    pub fn words(&self) -> String {
        let relations = self.relations.iter().map(|relation| match (&relation.renamed, relation.before.first()) {
            (Some(now), _) => format!("{now} is {} again", relation.name),
            (None, None) => format!("{} goes", relation.name),
            (None, Some(line)) => format!("{} {} is as it was written", line.kind, relation.name),
        });
        let numbers = self.numbers.iter().map(|(name, value)| format!("{name} is {value} again"));
        relations.chain(numbers).collect::<Vec<_>>().join(", ")
    }
}
