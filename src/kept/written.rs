//! The schema of core as SQLite holds it: the text of every table, view, index and trigger as it was written, and the
//! numbers that a file has for its applications.

use crate::database::{OURS_IN_CORE, Row, ServerKind, Session};
use crate::model::SchemaLine;
use crate::store::Result;
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
    async fn beyond(&self, session: &mut dyn Session) -> Result<(Version, Vec<Row>)> {
        let sql = format!(
            "SELECT v.*, m.type, m.name, m.sql, m.tbl_name, m.rowid FROM ({}) v LEFT JOIN main.sqlite_master m ON m.rowid > \
             ? ORDER BY m.type IN ('table', 'view') DESC, m.type = 'trigger', m.name",
            version_sql()
        );
        let rows = session.query(&sql, &[self.newest.into()]).await?;
        Ok((version_of(rows.first()), rows))
    }

    /// Takes in the lines that were read, and gives the names of the tables and views that they belong to.
    fn take(&mut self, rows: Vec<Row>) -> BTreeSet<String> {
        let at = 1 + NUMBERS.len();
        let mut changed = BTreeSet::new();
        for row in rows.iter().filter(|row| row.opt_text(at).is_some()) {
            self.newest = self.newest.max(row.get_i64(at + 4));
            let name = row.get_text(at + 1);
            let is_ours = name.starts_with("sqlite_") || name.starts_with(OURS_IN_CORE);
            let Some(sql) = row.opt_text(at + 2).filter(|_| !is_ours) else { continue };
            let line = SchemaLine { kind: row.get_text(at), name, sql };
            changed.insert(self.put(line, row.get_text(at + 3)));
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
