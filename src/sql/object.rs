//! Names of database objects, and what a statement does to them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The sort of thing that a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A base table, or a view where the statement cannot tell (DML, `SELECT`).
    Table,
    /// A view.
    View,
    /// An index. Its schema is that of its table.
    Index,
    /// A trigger.
    Trigger,
    /// A stored procedure.
    Procedure,
    /// A stored or loadable function.
    Function,
    /// A scheduled event.
    Event,
    /// A schema (database).
    Schema,
    /// A MariaDB sequence.
    Sequence,
}

impl ObjectKind {
    /// The word for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            ObjectKind::Table => "table",
            ObjectKind::View => "view",
            ObjectKind::Index => "index",
            ObjectKind::Trigger => "trigger",
            ObjectKind::Procedure => "procedure",
            ObjectKind::Function => "function",
            ObjectKind::Event => "event",
            ObjectKind::Schema => "schema",
            ObjectKind::Sequence => "sequence",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An object as a statement names it, quotes taken off.
///
/// The schema is only what the text says: `None` means the session's current schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ObjectName {
    /// Its kind.
    pub kind: ObjectKind,
    /// The schema, if written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub schema: Option<String>,
    /// The bare name. For [`ObjectKind::Schema`] the schema's own name.
    // Empty where it is the session's current schema, which the text does not name.
    pub name: String,
}

impl ObjectName {
    /// A name without a schema.
    pub fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        ObjectName { kind, schema: None, name: name.into() }
    }

    /// A name with a schema.
    pub fn qualified(kind: ObjectKind, schema: impl Into<String>, name: impl Into<String>) -> Self {
        ObjectName { kind, schema: Some(schema.into()), name: name.into() }
    }
}

/// `schema.table`, unquoted, for people.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The effect of a statement on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It is there afterwards and was not before (or is replaced).
    Creates,
    /// It is gone afterwards.
    Drops,
    /// Its definition changes.
    Alters,
    /// Its rows change.
    Writes,
    /// Its rows or its definition are read.
    Reads,
    /// It loses this name.
    RenamesFrom,
    /// It gets this name.
    RenamesTo,
}

impl How {
    /// The word for messages and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            How::Creates => "creates",
            How::Drops => "drops",
            How::Alters => "alters",
            How::Writes => "writes",
            How::Reads => "reads",
            How::RenamesFrom => "renames_from",
            How::RenamesTo => "renames_to",
        }
    }

    /// Everything but reading: what two files must not do at the same time.
    pub fn changes(self) -> bool {
        self != How::Reads
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One object and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Touch {
    /// The object.
    pub object: ObjectName,
    /// The effect.
    pub how: How,
}

/// An object that stands on another: a table by a foreign key or by what its triggers write, a view by what it reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Relation {
    /// Object that stands on the other.
    pub object: ObjectName,
    /// Object on which it stands.
    pub on: ObjectName,
}

/// `creates table core.users`.
impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.how, self.object.kind, self.object)
    }
}
