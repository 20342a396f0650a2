//! Rows that files cannot change, as they were before each and after it, and who may have written beside it.

use super::count::{AT_ONCE, bounded};
use super::to_come::Rest;
use super::unchanged::{Comparable, Unchanged, changes_rows, comparable};
use crate::database::{DbError, Definition, ErrorKind, ServerKind, Session};
use crate::model::{BatchId, FileId, SystemStateId};
use crate::sql::{Dialect, How, ObjectKind, ObjectName, Statement, quote_identifier, quote_name};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Characters of a value that are compared on SQLite; of what is longer, the length as well.
const LONGEST: usize = 4096;

/// Rows of a table, with a sum over the values of the columns that stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowCount {
    pub(super) rows: u64,
    pub(super) values: String,
}

/// Sign by which it is known that nobody else wrote between two looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Witness {
    /// SQLite: the connection, and its number of what others have committed.
    pub(super) version: Option<(u64, i64)>,
    /// On a server: the freeze that keeps others from writing.
    pub(super) freeze: Option<SystemStateId>,
}

/// One look at the tables of a file; `Err`: why a table was not counted.
#[derive(Debug, Default)]
pub struct RowsSeen {
    pub(super) counts: Vec<Result<RowCount, String>>,
    pub(super) witness: Witness,
}

/// A file whose tables are compared, or that changes rows itself.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) changes_rows: bool,
    /// Another file of the batch that changes rows ran beside it.
    pub(super) crossed: bool,
    pub(super) comparable: Comparable,
    pub(super) before: RowsSeen,
    pub(super) after: Option<RowsSeen>,
}

/// Files that run, and the tables that their batch has made.
#[derive(Debug, Default)]
pub struct RowWatch {
    batch: Option<BatchId>,
    made: HashSet<ObjectName>,
    pub(super) files: HashMap<FileId, Watched>,
}

impl RowWatch {
    /// A file is about to run: gives the tables whose rows it cannot change. `most`: rows of a table that is compared.
    pub fn begin(
        &mut self,
        rest: Rest<'_>,
        (statements, definitions): (&[Statement], &[Definition]),
        (core, dialect): (&str, Dialect),
        most: u64,
    ) -> Vec<Unchanged> {
        if self.batch != Some(rest.batch.id) {
            *self = RowWatch { batch: Some(rest.batch.id), ..RowWatch::default() };
        }
        self.files.retain(|id, _| *id != rest.file && rest.batch.active.contains(id));
        let mut watched = Watched { changes_rows: changes_rows(statements, dialect), ..Watched::default() };
        if most > 0 {
            watched.comparable = comparable(statements, definitions, &self.made, (core, dialect));
        }
        self.takes_in_tables(statements, definitions, core);
        watched.crossed = self.files.values().any(|other| other.changes_rows);
        for other in self.files.values_mut() {
            other.crossed |= watched.changes_rows;
        }
        let tables = watched.comparable.tables.clone();
        self.files.insert(rest.file, watched);
        tables
    }

    /// Rows of what the batch makes itself are its own affair.
    fn takes_in_tables(&mut self, statements: &[Statement], definitions: &[Definition], core: &str) {
        let stood: HashSet<&ObjectName> =
            definitions.iter().filter(|one| one.text.is_some()).map(|one| &one.object).collect();
        let touches = statements.iter().flat_map(|statement| &statement.analysis.touches);
        let made = touches.filter(|touch| touch.how == How::Creates && !stood.contains(&touch.object));
        let qualified = |object: &ObjectName| {
            let schema = object.schema.as_deref().unwrap_or(core);
            ObjectName::qualified(ObjectKind::Table, schema, object.name.clone())
        };
        self.made.extend(made.map(|touch| qualified(&touch.object)));
    }

    /// The tables as they were before the file.
    pub fn stood(&mut self, file: FileId, seen: RowsSeen) {
        if let Some(watched) = self.files.get_mut(&file) {
            watched.before = seen;
        }
    }

    /// The tables of a file that were counted before it, and are to be counted after it.
    pub fn to_compare(&self, file: FileId) -> Vec<Unchanged> {
        let Some(watched) = self.files.get(&file) else { return Vec::new() };
        let counted = watched.comparable.tables.iter().zip(&watched.before.counts);
        counted.filter(|(_, count)| count.is_ok()).map(|(table, _)| table.clone()).collect()
    }

    /// The tables as they are after the file, in the order of [`RowWatch::to_compare`].
    pub fn stand(&mut self, file: FileId, seen: RowsSeen) {
        if let Some(watched) = self.files.get_mut(&file) {
            watched.after = Some(seen);
        }
    }
}

/// Side of a file on which its tables are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// Counts the rows of tables, each within a second and up to `most` rows.
///
/// # Errors
/// Those of a connection that is gone.
pub async fn count_rows(
    session: &mut dyn Session,
    (tables, side): (&[Unchanged], Side),
    most: u64,
    freeze: Option<SystemStateId>,
) -> Result<RowsSeen, DbError> {
    let mut seen = RowsSeen { witness: Witness { version: None, freeze }, ..RowsSeen::default() };
    // What others commit while the rows are read is to be seen as theirs.
    if side == Side::Before {
        seen.witness.version = version(session).await?;
    }
    for table in tables {
        let question = question(table, side, most, session.kind().dialect())?;
        let answer = session.query_text(&bounded(&question, AT_ONCE, session.kind().dialect())).await;
        seen.counts.push(match answer {
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => Err(error.message),
            Ok(rows) => {
                let row = rows.first();
                let rows = row.map_or(0, |row| row.get_text(0).parse().unwrap_or_default());
                let values = row.and_then(|row| row.opt_text(1)).unwrap_or_default();
                match rows > most {
                    true => Err(format!("more than {most} rows, checks.compared_rows")),
                    false => Ok(RowCount { rows, values: summed(&values) }),
                }
            }
        });
    }
    if side == Side::After {
        seen.witness.version = version(session).await?;
    }
    Ok(seen)
}

/// A number of SQLite's that changes with every commit of another connection to core.
async fn version(session: &mut dyn Session) -> Result<Option<(u64, i64)>, DbError> {
    if session.kind() != ServerKind::Sqlite {
        return Ok(None);
    }
    let rows = session.query_text("PRAGMA main.data_version").await?;
    Ok(rows.first().map(|row| (session.connection_id(), row.get_i64(0))))
}

fn summed(values: &str) -> String {
    let hash = Sha256::digest(values.as_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The question for the rows, and for a text or sum that is another one where a value is.
fn question(table: &Unchanged, side: Side, most: u64, dialect: Dialect) -> Result<String, DbError> {
    let mut name = if side == Side::Before { table.before.clone() } else { table.after.clone() };
    if dialect == Dialect::Sqlite {
        name.schema = Some("main".to_owned());
    }
    let name = quote_name(&name, dialect)?;
    let columns = table.columns.iter().map(|(before, after)| if side == Side::Before { before } else { after });
    let columns = columns.map(|column| quote_identifier(column, dialect)).collect::<Result<Vec<_>, _>>()?;
    let limit = most.saturating_add(1);
    if dialect == Dialect::Sqlite {
        let one = |c: &String| {
            format!(
                "CASE WHEN length({c}) > {LONGEST} THEN quote(substr({c}, 1, {LONGEST})) || length({c}) ELSE quote({c}) END"
            )
        };
        let values = columns.iter().map(one).collect::<Vec<_>>().join(" || ',' || ");
        let values = if values.is_empty() { "''" } else { values.as_str() };
        return Ok(format!(
            "SELECT COUNT(*), group_concat(caribou_h, char(10)) FROM (SELECT caribou_h FROM (SELECT {values} AS caribou_h \
             FROM {name} LIMIT {limit}) ORDER BY caribou_h)"
        ));
    }
    let values = columns.iter().map(|c| format!("IFNULL(CRC32({c}), 'n')")).collect::<Vec<_>>().join(", ");
    let values = if values.is_empty() { "0".to_owned() } else { format!("CRC32(CONCAT_WS(',', {values}))") };
    Ok(format!(
        "SELECT COUNT(*), SUM(caribou_h) FROM (SELECT {values} AS caribou_h FROM {name} LIMIT {limit}) AS caribou_r"
    ))
}
