//! Data kept of what a statement destroys (`docs/design/undo.md`, Four ways back). Where it lies is in the journal,
//! and so that it can be found without one, in the name of the table that holds it.

use super::{BatchId, FileId, Ymdhis};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Way in which something was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeptKind {
    /// The table itself, renamed into the undo schema: nothing was copied.
    TableMoved,
    /// All rows of a table that is dropped or emptied, copied.
    TableCopied,
    /// Some columns of all rows, with the key.
    Columns,
    /// A column that stays in its table, out of sight and under another name: nothing was copied.
    ColumnParked,
    /// The rows that the statement changed, as they were, and the rows that it added.
    Rows,
}

impl KeptKind {
    /// True if it was put elsewhere as it is, by statements that commit by themselves, and comes back so; the rest is
    /// copied.
    pub fn is_moved(self) -> bool {
        matches!(self, KeptKind::TableMoved | KeptKind::ColumnParked)
    }

    /// The word used in tables, JSON and screens.
    pub fn as_str(self) -> &'static str {
        match self {
            KeptKind::TableMoved => "table_moved",
            KeptKind::TableCopied => "table_copied",
            KeptKind::Columns => "columns",
            KeptKind::ColumnParked => "column_parked",
            KeptKind::Rows => "rows",
        }
    }
}

impl fmt::Display for KeptKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Cost of keeping: the amount that is copied for one statement. A table that is moved costs nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeptCost {
    /// Rows.
    pub rows: u64,
    /// Bytes, about.
    pub bytes: u64,
}

impl std::iter::Sum for KeptCost {
    fn sum<I: Iterator<Item = KeptCost>>(costs: I) -> KeptCost {
        costs.fold(KeptCost::default(), |all, one| KeptCost { rows: all.rows + one.rows, bytes: all.bytes + one.bytes })
    }
}

/// One thing kept of one table for one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Kept {
    /// Number within the statement, from 0.
    pub n: u32,
    /// Way in which it was kept.
    pub kind: KeptKind,
    /// The schema of the table that the statement destroys or changes; `None` is core on SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its name.
    pub table: String,
    /// The table of the undo schema that holds it: [`Place::name`].
    pub place: String,
    /// An empty twin that takes the table's place (TRUNCATE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// Columns by which a row is known: those of a primary key, of a unique key without NULL, or SQLite's rowid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The columns kept, without generated ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Those of the columns that stay, with other values; the others are dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Statements that take off the table what would follow it into the undo schema (foreign keys, triggers); of a parked
    /// column the operation that parks it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<String>,
    /// Parts that were taken off, to be put on again in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Attached>,
    /// Other tables kept for the same statement: they change with this one by foreign keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub siblings: Vec<Sibling>,
    /// Set if no key tells its rows apart: the table is kept as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
    /// AUTOINCREMENT of a dropped table, as it stood (SQLite).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<i64>,
    /// True if rows and bytes were counted when it had been kept. Before, nobody knows: a crash may have come between.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    /// Number of rows that are kept; an estimate for a table that was moved.
    pub rows: u64,
    /// Number of bytes they take; an estimate for a table that was moved.
    pub bytes: u64,
}

impl Kept {
    /// True if it certainly holds nothing.
    pub fn is_empty(&self) -> bool {
        self.counted && self.whole.as_ref().map_or(self.rows == 0, |whole| !whole.changed)
    }
}

/// A table that is kept as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Whole {
    /// The columns by which it is seen whether the table stands as the statement left it, under their names of before.
    pub compared: Vec<String>,
    /// True if the statement changed it; true until that has been looked at.
    pub changed: bool,
}

/// Data that a file still holds in the undo schema for one of its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Index of the statement.
    pub statement: u32,
    /// Way in which it was kept.
    pub kind: KeptKind,
    /// The original table.
    pub table: String,
    /// The table of the undo schema.
    pub place: String,
    /// As in [`Kept`].
    pub rows: u64,
    /// As in [`Kept`].
    pub bytes: u64,
}

impl Held {
    /// Makes the entry for one piece of a statement's kept data.
    pub fn from_kept(statement: u32, kept: &Kept) -> Held {
        let Kept { kind, table, place, rows, bytes, .. } = kept;
        Held { statement, kind: *kind, table: table.clone(), place: place.clone(), rows: *rows, bytes: *bytes }
    }
}

/// Another table kept for the same statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sibling {
    /// Its schema; `None` is core on SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its name.
    pub table: String,
    /// The table of the undo schema that holds it.
    pub place: String,
    /// Columns by which its rows are known.
    pub key: Vec<String>,
}

/// Something attached to a table that must not go where the table goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Attached {
    /// A column that was parked.
    Column {
        /// Its name.
        name: String,
        /// The statement that brings it back; it may end in a place, or in an algorithm.
        sql: String,
        /// The column before it; `None` where it was the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// A foreign key of the table.
    ForeignKey {
        /// Its name.
        name: String,
        /// The statement that adds it.
        sql: String,
    },
    /// The table's secondary indexes in their order, as the server shows them: with a foreign key that is put on again,
    /// the server makes its own index anew, under another name and at the end.
    Indexes {
        /// `KEY name (columns)` and so on.
        lines: Vec<String>,
    },
    /// A trigger of the table.
    Trigger {
        /// Its name.
        name: String,
        /// The statement that creates it.
        sql: String,
        /// Its schema, where that is not core.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<String>,
        /// Session variables that it is to be created under: `sql_mode`, `character_set_client`, `collation_connection`.
        variables: Vec<(String, String)>,
    },
}

/// Prefix of the name of a parked column.
const PARKED: &str = "parked$";

/// Statement for which something is kept, and the time until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub batch: BatchId,
    pub file: FileId,
    /// Index of the statement.
    pub statement: u32,
    /// Number of the attempt at the file: each attempt keeps apart.
    pub attempt: u32,
    /// Time when its window closes.
    pub until: Ymdhis,
}

impl Place {
    /// The name of the `n`-th table for it, `u<batch>_<file>_<statement>_<attempt>_<n>_<deadline>`. At most 57
    /// characters: a server that renames a table also renames the constraints that it named after the table, and a name
    /// has 64 at most.
    pub fn name(&self, n: u32) -> String {
        let Place { batch, file, statement, attempt, until } = self;
        format!("u{batch}_{file}_{statement}_{attempt}_{n}_{until}", until = until.0)
    }

    /// The name of the empty twin beside it.
    pub fn twin(&self, n: u32) -> String {
        format!("{}t", self.name(n))
    }

    /// Gives the name of a column while it is parked at a place.
    pub fn parked(place: &str) -> String {
        format!("{PARKED}{place}")
    }

    /// The place at which a column of this name is parked, if it is.
    pub fn from_parked(column: &str) -> Option<&str> {
        column.strip_prefix(PARKED).filter(|place| Place::read(place).is_some())
    }

    /// True if a column of this name is parked.
    pub fn is_parked(column: &str) -> bool {
        Place::from_parked(column).is_some()
    }

    /// Reads a name back: the place and the number; `None` for a table that is not ours.
    pub fn read(name: &str) -> Option<(Place, u32)> {
        let numbers: Vec<&str> = name.strip_prefix('u')?.trim_end_matches('t').split('_').collect();
        let [batch, file, statement, attempt, n, until] = numbers.as_slice() else { return None };
        let place = Place {
            batch: BatchId(batch.parse().ok()?),
            file: FileId(file.parse().ok()?),
            statement: statement.parse().ok()?,
            attempt: attempt.parse().ok()?,
            until: Ymdhis(until.parse().ok()?),
        };
        let n = n.parse().ok()?;
        (name == place.name(n) || name == place.twin(n)).then_some((place, n))
    }
}

/// Result of putting back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBack {
    /// Rows that stand again as they were, those among them that already did, and rows that the statement had added and
    /// that are gone.
    pub restored: u64,
    /// Rows that were left alone, each with the reason: others have changed them since.
    pub skipped: Vec<Skipped>,
}

/// A row that was not put back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// `table (key, …)`.
    pub row: String,
    /// Reason why it was left alone.
    pub reason: SkipReason,
}

/// Reason why a row was not put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Others have changed it since.
    Changed,
    /// Others have deleted it since.
    Gone,
    /// Others have inserted a row with its key since.
    Replaced,
    /// A row of others has a value that must be unique.
    Collides,
    /// The row that it refers to is gone.
    Orphan,
    /// Rows of others refer to it.
    Referred,
}

impl SkipReason {
    /// The words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::Changed => "changed by others since",
            SkipReason::Gone => "deleted by others since",
            SkipReason::Replaced => "inserted anew by others since",
            SkipReason::Collides => "another row has its unique value since",
            SkipReason::Orphan => "the row that it refers to is gone",
            SkipReason::Referred => "other rows refer to it since",
        }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.row, self.reason.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place =
        Place { batch: BatchId(12), file: FileId(34), statement: 5, attempt: 0, until: Ymdhis(20_261_203_224_512) };

    #[test]
    fn a_place_is_read_back_from_its_name() {
        assert_eq!(PLACE.name(1), "u12_34_5_0_1_20261203224512");
        assert_eq!(Place::read(&PLACE.name(1)), Some((PLACE, 1)));
        assert_eq!(Place::read(&PLACE.twin(2)), Some((PLACE, 2)));
        let parked = Place::parked(&PLACE.name(0));
        assert_eq!(Place::from_parked(&parked), Some(PLACE.name(0).as_str()));
        assert!(!Place::is_parked("parked$users") && !Place::is_parked(&PLACE.name(0)));
        for foreign in ["users", "u1_2_3", "u1_2_3_4_5_x", "u01_2_3_4_5_6", "u1_2_3_4_5_6tt", ""] {
            assert_eq!(Place::read(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_place_leaves_room_for_the_suffix_of_a_constraint() {
        let longest = Place {
            batch: BatchId(20_261_203_224_512),
            file: FileId(99_999_999),
            statement: 99_999,
            attempt: 999,
            ..PLACE
        };
        assert!(longest.twin(999).len() + "_chk_99".len() <= 64, "{}", longest.twin(999));
    }
}
