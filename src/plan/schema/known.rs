//! Definitions that stand in the database before the plan.

use super::names::Names;
use super::read::{self, Created};
use super::state::{Entry, Schema, View};
use super::table::Table;
use crate::sql::{self, Dialect, How, ObjectKind};

/// The size of a table as it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Size {
    /// Rows; on MySQL and MariaDB the server's own estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Bytes with indexes, where the server says them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// There are more rows than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// An object of core.
#[derive(Debug, Clone)]
pub struct KnownObject {
    /// A table, view or sequence; on SQLite also an index.
    pub kind: ObjectKind,
    /// As the server says it.
    pub name: String,
    /// The statement that makes it; `None` where it was not asked for, or is not shown to this account.
    pub definition: Option<String>,
    /// The table of an index.
    pub table: Option<String>,
    /// Its size, where it was asked for.
    pub size: Option<Size>,
}

/// The objects of core, all of them, and the settings on which statements depend.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Every table, view and sequence.
    pub objects: Vec<KnownObject>,
    /// Names of tables are compared without their case.
    pub fold_tables: bool,
    /// The engine of tables that name none, in lower case.
    pub engine: Option<String>,
    /// The character set of tables that name none, in lower case.
    pub charset: Option<String>,
}

impl Known {
    /// The schema in which a plan begins.
    pub(super) fn schema(&self, core: &str, dialect: Dialect) -> Schema {
        let names = Names { dialect, fold_tables: self.fold_tables || dialect == Dialect::Sqlite };
        let mut schema = Schema::new(names, core);
        for object in &self.objects {
            let key = schema.names.table(&object.name);
            match object.kind {
                ObjectKind::Index => {
                    let table = schema.names.table(object.table.as_deref().unwrap_or_default());
                    schema.indexes.insert(key, Some(table));
                }
                ObjectKind::View => {
                    let view = object.definition.as_deref().map(|text| Entry::View(Box::new(view(text, dialect))));
                    schema.put(key, view.unwrap_or(Entry::Untold));
                }
                ObjectKind::Table => {
                    let entry = object.definition.as_deref().map_or(Entry::Untold, |text| table(text, dialect));
                    schema.put(key, entry);
                }
                _ => schema.put(key, Entry::Other),
            }
        }
        // The keys of SQLite's tables stand in texts of their own.
        for object in self.objects.iter().filter(|object| object.kind == ObjectKind::Index) {
            let table = object.table.as_deref().map(|table| schema.names.table(table));
            let key = object.definition.as_deref().and_then(|text| read::create_index(text, dialect));
            if let (Some(table), Some(key)) = (table.and_then(|table| schema.table_mut(&table)), key) {
                table.add_key(key);
            }
        }
        schema
    }
}

fn table(text: &str, dialect: Dialect) -> Entry {
    let analysis = sql::analyse(text, dialect);
    if analysis.kind == sql::StatementKind::CreateView {
        return Entry::View(Box::new(view(text, dialect)));
    }
    match read::create_table(text, dialect) {
        Created::Table(table) => Entry::Table(Box::new(shown(*table))),
        Created::Like(_) | Created::Untold => Entry::Untold,
    }
}

/// A table as the server shows it: all its keys have their names, and all that it has is told.
fn shown(mut table: Table) -> Table {
    table.more_foreign_keys = false;
    table.more_keys = false;
    table
}

/// A view with what its text names.
pub(super) fn view(text: &str, dialect: Dialect) -> View {
    let reads = sql::analyse(text, dialect).touches.into_iter().filter(|touch| touch.how == How::Reads);
    View {
        reads: reads.map(|touch| touch.object).collect(),
        words: sql::identifiers(text, dialect).iter().map(|word| word.to_lowercase()).collect(),
        by: None,
    }
}
