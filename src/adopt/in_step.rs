//! Keeping another tool's table in step: after each file the row that the tool itself would have written, so that it says
//! that there is nothing to do. Only tools whose row can be made from the file alone.

use super::history_row::{HistoryRow, RanFile, Writes};
use super::search::{Found, named};
use super::{EntryState, TABLES, search};
use crate::database::{DbError, Row, Session, Value};
use std::collections::{BTreeSet, HashMap};

/// The tools whose tables can be kept in step, by their names in commands.
pub fn kept_in_step() -> Vec<&'static str> {
    TABLES.iter().filter(|table| table.writes.is_some()).map(|table| table.name).collect()
}

/// The table of a tool that is kept in step.
#[derive(Debug, Clone)]
pub struct InStep {
    found: Found,
    writes: Writes,
}

impl InStep {
    /// The table of the tool with that name; `None` where it is not there, or not of those that can be kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(session: &mut dyn Session, core: &str, name: &str) -> Result<Option<InStep>, DbError> {
        let found = search(session, core).await?.into_iter().find(|found| found.history.name == name);
        Ok(found.and_then(|found| Some(InStep { writes: found.history.writes?, found })))
    }

    /// True if it holds the last version alone.
    pub fn keeps_the_last(&self) -> bool {
        matches!(self.writes, Writes::Last { .. })
    }

    /// Writes that a file has completed, where the last row about it does not say so.
    ///
    /// # Errors
    /// The database's.
    pub async fn completed(&self, session: &mut dyn Session, file: &RanFile) -> Result<(), DbError> {
        let Writes::Rows { row, rank, .. } = self.writes else { return Ok(()) };
        let Some(row) = row(file) else { return Ok(()) };
        if self.says(session, &row).await?.is_some() {
            return Ok(());
        }
        let table = named(session, &self.found)?;
        let mut columns = row.columns;
        if let Some(rank) = rank {
            let last = session.query_text(&format!("SELECT COALESCE(MAX({rank}), 0) FROM {table}")).await?;
            columns.push((rank, Value::Int(last.first().map_or(0, |row| row.get_i64(0)) + 1)));
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<Value> = columns.iter().map(|(_, value)| value.clone()).collect();
        let places = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({}) VALUES ({places})", names.join(", "));
        session.execute(&sql, &values).await.map(drop)
    }

    /// Takes back that it has. What the tool itself wrote about the file before stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn undone(&self, session: &mut dyn Session, file: &RanFile) -> Result<(), DbError> {
        let Writes::Rows { row, apart, .. } = self.writes else { return Ok(()) };
        let Some(row) = row(file) else { return Ok(()) };
        let Some(last) = self.says(session, &row).await? else { return Ok(()) };
        let mut known = row.columns[..row.known_by].to_vec();
        known.extend(apart.and_then(|column| Some((column, last.named(column)?.clone()))));
        let terms: Vec<String> = known.iter().map(|(name, _)| format!("{name} = ?")).collect();
        let values: Vec<Value> = known.into_iter().map(|(_, value)| value).collect();
        let table = named(session, &self.found)?;
        session.execute(&format!("DELETE FROM {table} WHERE {}", terms.join(" AND ")), &values).await.map(drop)
    }

    /// The last row about a file, where that says that it has run as it stands.
    async fn says(&self, session: &mut dyn Session, row: &HistoryRow) -> Result<Option<Row>, DbError> {
        let Some((column, value)) = row.columns.first() else { return Ok(None) };
        let rows = self.rows(session, &format!(" WHERE {column} = ?"), std::slice::from_ref(value)).await?;
        let agrees = |found: &Row| {
            let mut known = row.columns[..row.known_by].iter();
            known.all(|(column, value)| found.named(column).and_then(Value::as_text) == value.as_text())
        };
        Ok(rows.into_iter().next_back().filter(|last| self.has_run(last) && agrees(last)))
    }

    /// Rows in the order in which they were written.
    async fn rows(&self, session: &mut dyn Session, condition: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        let table = named(session, &self.found)?;
        let sql = format!("SELECT * FROM {table}{condition} ORDER BY {}", self.found.history.order);
        session.query(&sql, values).await
    }

    /// True if a row says of its file that it has run.
    fn has_run(&self, row: &Row) -> bool {
        (self.found.history.read)(row).is_some_and(|entry| entry.state == EntryState::Applied)
    }

    /// Of files that have run here, each with whether it stands: those of which the table does not say so. Of a table that
    /// holds the last version alone, the file that it should name.
    ///
    /// # Errors
    /// The database's.
    pub async fn missing(
        &self,
        session: &mut dyn Session,
        files: &[(&str, bool)],
    ) -> Result<BTreeSet<String>, DbError> {
        let row = match self.writes {
            Writes::Rows { row, .. } => row,
            Writes::Last { version } => return self.last_is_missing(session, files, version).await,
        };
        let mut standing = HashMap::new();
        for found in self.rows(session, "", &[]).await? {
            let has_run = self.has_run(&found);
            let names = NAMES.iter().filter_map(|column| Some((*column, found.named(column)?.as_text()?)));
            standing.extend(names.map(|name| (name, has_run)));
        }
        let differs = |(path, stands): &&(&str, bool)| {
            let name = row(&RanFile::named(path)).and_then(|row| row.name());
            name.is_some_and(|name| standing.get(&name).copied().unwrap_or_default() != *stands)
        };
        Ok(files.iter().filter(differs).map(|(path, _)| (*path).to_owned()).collect())
    }

    /// The file that should stand there, where it does not.
    async fn last_is_missing(
        &self,
        session: &mut dyn Session,
        files: &[(&str, bool)],
        version: fn(&str) -> Option<u64>,
    ) -> Result<BTreeSet<String>, DbError> {
        let named = self.last_version(session).await?;
        let completed = files.iter().filter(|(_, stands)| *stands).map(|(path, _)| *path);
        let last = completed.filter(|path| version(path).is_some()).max_by_key(|path| version(path));
        let ours = files.iter().map(|(path, _)| *path).find(|path| named.is_some() && version(path) == named);
        let is_beyond = ours.is_none() && named > last.and_then(version);
        let is_named = is_beyond || named == last.and_then(version);
        Ok(last.or(ours).filter(|_| !is_named).map(str::to_owned).into_iter().collect())
    }

    async fn last_version(&self, session: &mut dyn Session) -> Result<Option<u64>, DbError> {
        let table = named(session, &self.found)?;
        let rows = session.query_text(&format!("SELECT version FROM {table}")).await?;
        Ok(rows.first().and_then(|row| row.opt_u64(0)))
    }

    /// Its place: schema and name.
    pub fn place(&self) -> String {
        self.found.place()
    }

    /// Writes the last version of those that have completed; `all` are those that were ever begun here. A version that
    /// nothing here has brought stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn last(&self, session: &mut dyn Session, all: &[String], completed: &[String]) -> Result<(), DbError> {
        let Writes::Last { version } = self.writes else { return Ok(()) };
        let table = named(session, &self.found)?;
        let last = completed.iter().filter_map(|path| version(path)).max();
        let stands = self.last_version(session).await?;
        let is_ours = |stands: u64| all.iter().any(|path| version(path) == Some(stands));
        if stands == last || stands.is_some_and(|stands| !is_ours(stands) && last.is_none_or(|last| last < stands)) {
            return Ok(());
        }
        session.begin().await?;
        match rewrite(session, &table, last).await {
            Ok(()) => Ok(()),
            Err(error) => {
                session.rollback().await?;
                Err(error)
            }
        }
    }
}

/// Columns by which files are known.
const NAMES: [&str; 6] = ["version", "version_id", "script", "id", "migration_id", "migration_name"];

/// Puts one version, or none, in place of what stands there, and commits.
async fn rewrite(session: &mut dyn Session, table: &str, last: Option<u64>) -> Result<(), DbError> {
    session.execute(&format!("DELETE FROM {table}"), &[]).await?;
    if let Some(last) = last {
        let sql = format!("INSERT INTO {table} (version, dirty) VALUES (?, ?)");
        session.execute(&sql, &[Value::UInt(last), Value::Int(0)]).await?;
    }
    session.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(tool: &str, path: &str, text: &str) -> Option<Vec<(&'static str, Value)>> {
        let table = TABLES.iter().find(|table| table.name == tool).expect("a tool");
        let Some(Writes::Rows { row, .. }) = table.writes else { panic!("{tool} has no rows") };
        let file = RanFile { path: path.into(), text: text.into(), ms: 7, by: "ana".into() };
        row(&file).map(|row| row.columns)
    }

    #[test]
    fn each_row_is_the_one_of_its_tool() {
        let first = |tool, path| row(tool, path, "SELECT 1;").expect("a row").remove(0);
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(first("dbmate", "0012_a.sql"), ("version", text("0012")));
        assert_eq!(first("pop", "20260102030405_a.mysql.up.sql"), ("version", text("20260102030405")));
        assert_eq!(first("rails", "0012_a.sql"), ("version", text("12")));
        assert_eq!(first("goose", "00012_a.sql"), ("version_id", Value::Int(12)));
        assert_eq!(first("sqlx", "0012_a_b.up.sql"), ("version", Value::Int(12)));
        assert_eq!(first("refinery", "V12__a.sql"), ("version", Value::Int(12)));
        assert_eq!(first("diesel", "2026-01-02-030405_a/up.sql"), ("version", text("20260102030405")));
        assert_eq!(first("flyway", "sub/V1_2__a_b.sql"), ("version", text("1.2")));
        assert_eq!(first("sql-migrate", "sub/0012_a.sql"), ("id", text("0012_a.sql")));
        assert_eq!(first("yoyo", "0012.a.sql"), ("migration_id", text("0012.a")));
        assert_eq!(first("prisma", "20260102030405_a/migration.sql"), ("migration_name", text("20260102030405_a")));
        let id = row("prisma", "a/migration.sql", "").expect("a row").remove(1).1.as_text().expect("a text");
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(row("sqlx", "0012_a_b.up.sql", "").expect("a row")[1].1, text("a b"));
        assert_eq!(row("flyway", "R__v.sql", "").expect("a row")[0], ("script", text("R__v.sql")));
        for (tool, path) in [("dbmate", "a.sql"), ("goose", "a.sql"), ("refinery", "1_a.sql"), ("flyway", "1_a.sql")] {
            assert_eq!(row(tool, path, ""), None, "{tool} {path}");
        }
    }

    #[test]
    fn of_those_with_one_row_the_last_version_counts() {
        let table = TABLES.iter().find(|table| table.name == "golang-migrate").expect("a tool");
        let Some(Writes::Last { version }) = table.writes else { panic!("it has rows") };
        assert_eq!((version("0010_a.up.sql"), version("a.up.sql")), (Some(10), None));
    }

    #[test]
    fn the_list_is_what_the_documents_say() {
        let mut names = kept_in_step();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "dbmate",
                "diesel",
                "flyway",
                "golang-migrate",
                "goose",
                "micrate",
                "pop",
                "prisma",
                "rails",
                "refinery",
                "sql-migrate",
                "sqlx",
                "yoyo",
            ]
        );
    }
}
