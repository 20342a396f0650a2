//! The schema of core as SQLite holds it: the text of every table, view, index and trigger as it was written, and the
//! numbers that a file has for its applications.

use crate::database::{OURS_IN_CORE, ServerKind, Session};
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
            // First: what changes meanwhile makes another version than this.
            written.version = version(session).await?;
            written.read_beyond(session).await?;
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
        let now = version(session).await?;
        if now == self.version {
            return Ok(Some(BTreeSet::new()));
        }
        if now != (Version { schema: self.version.schema + 1, ..self.version }) {
            return Ok(None);
        }
        self.version = now;
        self.read_beyond(session).await.map(Some)
    }

    /// Reads the lines beyond the newest. Tables and views come first, then indexes and triggers by their names.
    async fn read_beyond(&mut self, session: &mut dyn Session) -> Result<BTreeSet<String>> {
        let sql = format!(
            "SELECT type, name, sql, tbl_name, rowid FROM main.sqlite_master WHERE rowid > {} ORDER BY type IN ('table', \
             'view') DESC, type = 'trigger', name",
            self.newest
        );
        let mut changed = BTreeSet::new();
        for row in session.query(&sql, &[]).await? {
            self.newest = self.newest.max(row.get_i64(4));
            let name = row.get_text(1);
            let is_ours = name.starts_with("sqlite_") || name.starts_with(OURS_IN_CORE);
            let Some(sql) = row.opt_text(2).filter(|_| !is_ours) else { continue };
            let line = SchemaLine { kind: row.get_text(0), name, sql };
            changed.insert(self.put(line, row.get_text(3)));
        }
        Ok(changed)
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
    let sql = format!(
        "SELECT schema_version, {} FROM pragma_schema_version, {}",
        NUMBERS.join(", "),
        NUMBERS.map(|name| format!("pragma_{name}")).join(", ")
    );
    let rows = session.query(&sql, &[]).await?;
    let number = |at: usize| rows.first().map_or(0, |row| row.get_i64(at));
    Ok(Version { schema: number(0), numbers: std::array::from_fn(|n| number(n + 1)) })
}

/// One of the [`NUMBERS`].
///
/// # Errors
/// The database's.
pub(super) async fn number(session: &mut dyn Session, name: &str) -> Result<i64> {
    let rows = session.query(&format!("PRAGMA main.{name}"), &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get_i64(0)))
}
