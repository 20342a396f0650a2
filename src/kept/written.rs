//! The schema of core as SQLite holds it: the text of every table, view, index and trigger as it was written, and the
//! numbers that a file has for its applications.

use crate::database::{OURS_IN_CORE, Row, ServerKind, Session, Value};
use crate::model::SchemaLine;
use crate::store::{Result, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Numbers of the file that its applications set, and that are part of what a migration changes.
const NUMBERS: [&str; 2] = ["user_version", "application_id"];

/// Every table and view by its name, each with its lines: itself first, then what goes with it.
///
/// # Errors
/// The database's.
pub(super) async fn lines(session: &mut dyn Session) -> Result<BTreeMap<String, Vec<SchemaLine>>> {
    Ok(Written::read(session).await?.lines)
}

/// The schema of core as it was read, from which reading goes on: a schema of thousands of tables is not read again for
/// each of them.
#[derive(Debug, Default)]
pub struct Written {
    lines: BTreeMap<String, Vec<SchemaLine>>,
    /// Those names by how they read in lower case: what a line belongs to may be spelled in another case there.
    spelled: HashMap<String, String>,
    version: Version,
    /// The highest rowid in the schema's table; whatever is created stands beyond it.
    newest: i64,
}

/// A row of the schema's table: type, name, text, the table that it is of, its number.
type Line = (String, String, Option<String>, String, i64);

/// All lines in one row: each row that is handed over wakes the one who waits for it.
const LINES: &str = "json_group_array(json_array(type, name, CAST(sql AS TEXT), tbl_name, rowid))";

/// Names that are asked for one by one; of more, all is read.
const MOST_NAMES: usize = 50;

/// Version of the schema, which is another after every change of it by whomever, and the [`NUMBERS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Version {
    schema: i64,
    numbers: [i64; NUMBERS.len()],
}

impl Written {
    /// Reads all of it; nothing on a server.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(session: &mut dyn Session) -> Result<Written> {
        let mut written = Written::default();
        if session.kind() == ServerKind::Sqlite {
            let (version, rows) = written.beyond(session).await?;
            written.version = version;
            written.take(rows);
        }
        Ok(written)
    }

    /// Reads these tables and views alone, of whatever case their names are; nothing on a server. Nothing is read on from it.
    ///
    /// # Errors
    /// The database's.
    pub async fn read_of(session: &mut dyn Session, names: &BTreeSet<String>) -> Result<Written> {
        if names.len() > MOST_NAMES {
            return Written::read(session).await;
        }
        let mut written = Written::default();
        if session.kind() == ServerKind::Sqlite && !names.is_empty() {
            let places = vec!["?"; names.len()].join(", ");
            let values: Vec<Value> = names.iter().map(|name| name.as_str().into()).collect();
            let sql = format!("SELECT {LINES} FROM main.sqlite_master WHERE tbl_name COLLATE NOCASE IN ({places})");
            let rows = session.query(&sql, &values).await?;
            written.take(lines_of(rows.first().map(|row| row.get_text(0)))?);
        }
        Ok(written)
    }

    /// The tables and views by their names.
    pub fn lines(&self) -> &BTreeMap<String, Vec<SchemaLine>> {
        &self.lines
    }

    /// The [`NUMBERS`] with their values.
    pub fn numbers(&self) -> impl Iterator<Item = (&'static str, i64)> {
        NUMBERS.into_iter().zip(self.version.numbers)
    }

    /// True if nothing has changed since it was read.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_current(&self, session: &mut dyn Session) -> Result<bool> {
        Ok(version(session).await? == self.version)
    }

    /// Reads on after a statement that creates something and changes nothing: gives the names of the tables and views that
    /// have come or have more lines. `None` where something else has changed too; then all of it is to be read.
    ///
    /// # Errors
    /// The database's.
    pub async fn read_created(&mut self, session: &mut dyn Session) -> Result<Option<BTreeSet<String>>> {
        let (now, rows) = self.beyond(session).await?;
        if now == self.version {
            return Ok(Some(BTreeSet::new()));
        }
        if now != (Version { schema: self.version.schema + 1, ..self.version }) {
            return Ok(None);
        }
        self.version = now;
        Ok(Some(self.take(rows)))
    }

    /// Reads the version and, at the same moment, the lines beyond the newest. Tables and views come first, then indexes
    /// and triggers by their names.
    async fn beyond(&self, session: &mut dyn Session) -> Result<(Version, Vec<Line>)> {
        let sql =
            format!("SELECT v.*, (SELECT {LINES} FROM main.sqlite_master WHERE rowid > ?) FROM ({}) v", version_sql());
        let rows = session.query(&sql, &[self.newest.into()]).await?;
        let lines = lines_of(rows.first().map(|row| row.get_text(1 + NUMBERS.len())))?;
        Ok((version_of(rows.first()), lines))
    }

    /// Takes in the lines that were read, and gives the names of the tables and views that they belong to.
    fn take(&mut self, lines: Vec<Line>) -> BTreeSet<String> {
        let mut changed = BTreeSet::new();
        for (kind, name, sql, of, number) in lines {
            self.newest = self.newest.max(number);
            let is_ours = name.starts_with("sqlite_") || name.starts_with(OURS_IN_CORE);
            let Some(sql) = sql.filter(|_| !is_ours) else { continue };
            changed.insert(self.put(SchemaLine { kind, name, sql }, of));
        }
        changed
    }

    /// Puts a line where it belongs, and gives the name of that.
    fn put(&mut self, line: SchemaLine, of: String) -> String {
        let folded = of.to_ascii_lowercase();
        let owner = match line.is_relation() {
            true => line.name.clone(),
            false => self.spelled.get(&folded).cloned().unwrap_or(of),
        };
        self.spelled.entry(folded).or_insert_with(|| owner.clone());
        let lines = self.lines.entry(owner.clone()).or_default();
        let rank = |line: &SchemaLine| (!line.is_relation(), line.kind == "trigger", line.name.clone());
        let at = lines.partition_point(|other| rank(other) <= rank(&line));
        lines.insert(at, line);
        owner
    }
}

/// Tables and views come first, then indexes and triggers by their names.
fn lines_of(text: Option<String>) -> Result<Vec<Line>> {
    let text = text.unwrap_or_else(|| "[]".to_owned());
    let mut lines: Vec<Line> =
        serde_json::from_str(&text).map_err(|error| StoreError::corrupt("the schema of core", error))?;
    let rank = |(kind, ..): &Line| (!matches!(kind.as_str(), "table" | "view"), kind == "trigger");
    lines.sort_by(|a, b| (rank(a), &a.1).cmp(&(rank(b), &b.1)));
    Ok(lines)
}

async fn version(session: &mut dyn Session) -> Result<Version> {
    Ok(version_of(session.query(&version_sql(), &[]).await?.first()))
}

fn version_sql() -> String {
    let numbers = NUMBERS.map(|name| format!("pragma_{name}")).join(", ");
    format!("SELECT schema_version, {} FROM pragma_schema_version, {numbers}", NUMBERS.join(", "))
}

fn version_of(row: Option<&Row>) -> Version {
    let number = |at: usize| row.map_or(0, |row| row.get_i64(at));
    Version { schema: number(0), numbers: std::array::from_fn(|n| number(n + 1)) }
}

/// One of the [`NUMBERS`].
///
/// # Errors
/// The database's.
pub(super) async fn number(session: &mut dyn Session, name: &str) -> Result<i64> {
    let rows = session.query(&format!("PRAGMA main.{name}"), &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get_i64(0)))
}
