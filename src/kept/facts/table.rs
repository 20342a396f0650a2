//! A table with its columns, triggers and foreign keys, as a session sees it.

use crate::sql::ObjectName;

/// Object that stands under a name, as a session sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Missing,
    /// A temporary table: gone with its session, seen by nobody else.
    Temporary,
    /// A view or a sequence.
    NoTable,
    /// A table.
    Table(Box<TableFacts>),
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableFacts {
    /// Its schema; `None` is core on SQLite.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Its columns in order, invisible ones included.
    pub columns: Vec<ColumnFacts>,
    /// Columns by which a row is known: the primary key, else a unique key of whole columns without NULL, else (SQLite)
    /// the rowid. Empty when there is none.
    pub key: Vec<String>,
    /// SQLite: the column that is the rowid.
    pub rowid_column: Option<String>,
    /// The columns of each unique key of whole columns, the primary one included.
    pub uniques: Vec<Vec<String>>,
    /// SQLite: a key of its own takes the place of rows that stand against a new one (`ON CONFLICT REPLACE`).
    pub replaces: bool,
    /// MariaDB keeps old versions of its rows.
    pub versioned: bool,
    /// True if its rows can be rolled back.
    pub transactional: bool,
    /// The storage engine, in the server's spelling.
    pub engine: String,
    /// Its secondary indexes, as the server shows them; empty on SQLite.
    pub indexes: Vec<String>,
    /// Its CHECK constraints have names that a copy does not get.
    pub has_checks: bool,
    /// It has partitions.
    pub partitioned: bool,
    /// Its triggers, in the order in which they run.
    pub triggers: Vec<TriggerFacts>,
    /// The collation of columns to come.
    pub collation: Option<String>,
    /// Its foreign keys.
    pub parents: Vec<ForeignKey>,
    /// Foreign keys onto it.
    pub children: Vec<ForeignKey>,
    /// Number of its rows, about.
    pub rows: u64,
    /// Number of its bytes, about.
    pub bytes: u64,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Its type without length, in lower case (`varchar`); on SQLite as declared.
    pub data_type: String,
    /// Its type in full (`varchar(20)`).
    pub column_type: String,
    /// Computed from others: it cannot be written.
    pub generated: bool,
    /// Given by a counter.
    pub counter: bool,
    /// Changes by itself when the row changes (`ON UPDATE CURRENT_TIMESTAMP`).
    pub on_update: bool,
    /// Its collation, where it has one.
    pub collation: Option<String>,
    /// Takes NULL.
    pub nullable: bool,
}

/// A trigger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriggerFacts {
    /// Its name.
    pub name: String,
    /// `INSERT`, `UPDATE`, `DELETE`; empty where it may be any.
    pub event: String,
    /// The schema it is in; `None` is core on SQLite.
    pub schema: Option<String>,
    /// It runs before the row is written, and may write another one.
    pub before: bool,
    /// Text of what it does; empty on SQLite.
    pub body: String,
    /// A statement that has not run yet makes it.
    pub planned: bool,
    /// On SQLite, the tables and views that it writes; `None` where that cannot be told.
    pub writes: Option<Vec<ObjectName>>,
}

/// A foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name; empty where it has none.
    pub name: String,
    /// The child.
    pub table: ObjectNameKey,
    /// The child's columns.
    pub columns: Vec<String>,
    /// The parent.
    pub parent: ObjectNameKey,
    /// The parent's columns.
    pub parent_columns: Vec<String>,
    /// `CASCADE`, `SET NULL`, `NO ACTION`, `RESTRICT`, `SET DEFAULT`.
    pub on_delete: String,
    /// The same for UPDATE.
    pub on_update: String,
    /// The words that declare it, as the server shows them: catalogues do not tell what was left out from what is the
    /// default. Empty on SQLite, and for a key of another table.
    pub declaration: String,
}

/// Schema and name of a table; the schema is `None` for core on SQLite.
pub type ObjectNameKey = (Option<String>, String);

impl ForeignKey {
    /// True if a change of the parent changes the child.
    pub fn acts(&self) -> bool {
        [&self.on_delete, &self.on_update]
            .iter()
            .any(|action| matches!(action.as_str(), "CASCADE" | "SET NULL" | "SET DEFAULT"))
    }
}

impl TableFacts {
    /// True if nothing but a number of SQLite's own tells one row from another.
    pub(crate) fn is_known_by_rowid(&self) -> bool {
        let names = |key: &String| ["rowid", "_rowid_", "oid"].contains(&key.as_str());
        self.rowid_column.is_none() && self.engine == "SQLite" && matches!(self.key.as_slice(), [key] if names(key))
    }

    /// The columns that can be written.
    pub fn writable(&self) -> impl Iterator<Item = &ColumnFacts> {
        self.columns.iter().filter(|column| !column.generated)
    }

    /// Schema and name.
    pub fn id(&self) -> ObjectNameKey {
        (self.schema.clone(), self.name.clone())
    }

    /// The names of the triggers that one of these events runs, for people; empty when there is none.
    pub fn triggers_on(&self, events: &[&str]) -> String {
        let run = |trigger: &&TriggerFacts| trigger.event.is_empty() || events.contains(&trigger.event.as_str());
        let names: Vec<&str> = self.triggers.iter().filter(run).map(|trigger| trigger.name.as_str()).collect();
        names.join(", ")
    }

    /// The facts of one column, whatever the case of its name.
    pub fn column(&self, name: &str) -> Option<&ColumnFacts> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// `schema.table`, for people.
    pub fn label(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Engines whose rows can be rolled back.
const TRANSACTIONAL: [&str; 2] = ["InnoDB", "ROCKSDB"];

/// True if an engine's rows can be rolled back.
pub(crate) fn is_transactional(engine: &str) -> bool {
    TRANSACTIONAL.iter().any(|name| name.eq_ignore_ascii_case(engine))
}
