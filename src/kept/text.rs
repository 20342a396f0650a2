//! The pieces of SQL that keeping and putting back are made of.

use super::facts::{ColumnFacts, TableFacts};
use crate::database::OURS_IN_CORE;
use crate::model::{Kept, Place, Sibling};
use crate::sql::{Dialect, quote_identifier};
use crate::store::{Result, Store};

/// Column that tells what became of a row: `o` it was there before (changed or deleted), `p` the same without a parent,
/// `n` the statement added it.
pub(crate) const IS: &str = "caribou$is";
/// A row's image after the statement; NULL where it was gone then.
pub(crate) const AFTER: &str = "caribou$after";
/// Column that tells what putting back does with it, or the reason why it leaves it alone.
pub(crate) const DO: &str = "caribou$do";

/// Aliases of the original table and of the one that keeps, where values are put back.
pub(crate) const T: &str = "caribou_t";
pub(crate) const K: &str = "caribou_k";

/// Types whose values can be long: hashed by themselves, so that no row is longer than the server's packets.
const LONG: &[&str] = &[
    "tinyblob",
    "blob",
    "mediumblob",
    "longblob",
    "tinytext",
    "text",
    "mediumtext",
    "longtext",
    "json",
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geomcollection",
    "geometrycollection",
    "varchar",
    "varbinary",
    "vector",
];

/// The names of one kept thing, quoted.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    dialect: Dialect,
    /// The original table, with its schema.
    pub(crate) table: String,
    /// The table that keeps, with its schema.
    pub(crate) place: String,
    key: Vec<String>,
    columns: Vec<String>,
    /// The rows that are looked at instead of the original table's: those that steps before it would leave there.
    seen: Option<String>,
}

impl Names {
    /// The same, where `seen` has the table's rows; nothing is put back by these.
    pub(crate) fn seeing(self, seen: Option<String>) -> Names {
        Names { seen, ..self }
    }

    /// The rows of the original table, under another name.
    pub(crate) fn rows(&self, alias: &str) -> String {
        format!("{} AS {alias}", self.seen.as_ref().unwrap_or(&self.table))
    }

    /// The same under the name that the table has, by which it may be locked.
    pub(crate) fn own_rows(&self) -> String {
        if self.seen.is_some() { self.rows("caribou_seen") } else { self.table.clone() }
    }

    pub(crate) fn from_kept(store: &Store, kept: &Kept) -> Result<Names> {
        Self::new(store, kept.schema.as_deref(), &kept.table, &kept.place, &kept.key, &kept.columns)
    }

    /// The same while the statement runs: on SQLite what is kept stands in core then (`staging`).
    pub(crate) fn at_work(store: &Store, kept: &Kept) -> Result<Names> {
        let names = Self::from_kept(store, kept)?;
        match store.dialect() {
            Dialect::Sqlite => Ok(Names { place: staged_name(&kept.place)?, ..names }),
            Dialect::MySql | Dialect::MariaDb => Ok(names),
        }
    }

    /// Those of another table kept for the same statement, all of whose columns are.
    pub(crate) fn from_sibling(store: &Store, sibling: &Sibling, facts: &TableFacts) -> Result<Names> {
        let columns: Vec<String> = facts.writable().map(|column| column.name.clone()).collect();
        Self::new(store, sibling.schema.as_deref(), &sibling.table, &sibling.place, &sibling.key, &columns)
    }

    fn new(
        store: &Store,
        schema: Option<&str>,
        name: &str,
        place: &str,
        key: &[String],
        columns: &[String],
    ) -> Result<Names> {
        let dialect = store.dialect();
        let quote = |name: &String| quote_identifier(name, dialect);
        Ok(Names {
            dialect,
            table: table(dialect, schema, name)?,
            place: table(dialect, Some(&store.schemas().undo), place)?,
            key: key.iter().map(quote).collect::<std::result::Result<_, _>>()?,
            columns: columns.iter().map(quote).collect::<std::result::Result<_, _>>()?,
            seen: None,
        })
    }

    /// The key and then the columns that are not in it, quoted: the stored columns of a table that keeps rows.
    pub(crate) fn stored(&self) -> Vec<&str> {
        let rest = self.columns.iter().filter(|column| !self.key.contains(column));
        self.key.iter().chain(rest).map(String::as_str).collect()
    }

    /// The key's columns, quoted.
    pub(crate) fn key(&self) -> &[String] {
        &self.key
    }

    /// True if it is the table in which SQLite notes where counters stand.
    pub(crate) fn is_counters(&self) -> bool {
        self.is_sqlite() && self.table.trim_end_matches('"').ends_with("sqlite_sequence")
    }

    /// Words that insert rows as they are: on SQLite a key of the table may say that others give way to them, or they to
    /// others.
    pub(crate) fn insert(&self) -> &'static str {
        if self.is_sqlite() { "INSERT OR ABORT" } else { "INSERT" }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    /// `a.x, a.y`, or without a prefix.
    pub(crate) fn list(&self, alias: &str) -> String {
        let prefix = if alias.is_empty() { String::new() } else { format!("{alias}.") };
        self.stored().iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>().join(", ")
    }

    /// `a.k1 = b.k1 AND a.k2 = b.k2`.
    pub(crate) fn same_key(&self, a: &str, b: &str) -> String {
        self.key.iter().map(|name| format!("{a}.{name} = {b}.{name}")).collect::<Vec<_>>().join(" AND ")
    }

    /// The same where a row of the original table, `own`, looks for the one that was kept of it. On SQLite the columns that
    /// keep have no type, and one with a type converts what it is compared with: the key of what was kept would not be
    /// used then, and all of it be read for each row. Behind a `+` a column has no type.
    pub(crate) fn kept_key(&self, own: &str, kept: &str) -> String {
        if !self.is_sqlite() {
            return self.same_key(own, kept);
        }
        self.key.iter().map(|name| format!("+{own}.{name} = {kept}.{name}")).collect::<Vec<_>>().join(" AND ")
    }

    /// One of our own columns, quoted.
    pub(crate) fn own(&self, name: &str) -> String {
        quoted(self.dialect, name)
    }

    /// Gives the expression that stands for all of a row's columns: a hash, or on SQLite, which has none, the values as
    /// literals.
    pub(crate) fn image(&self, facts: &TableFacts, alias: &str) -> String {
        // What is parked is to nobody's eyes; and it may be gone for good by the time that images are compared.
        let visible = facts.columns.iter().filter(|column| !Place::is_parked(&column.name));
        let kept = visible.filter(|column| self.columns.contains(&quoted(self.dialect, &column.name)));
        self.image_of(&kept.cloned().collect::<Vec<_>>(), alias)
    }

    /// The same for some columns.
    pub(crate) fn image_of(&self, columns: &[ColumnFacts], alias: &str) -> String {
        let prefix = if alias.is_empty() { String::new() } else { format!("{alias}.") };
        let one = |facts: &ColumnFacts| {
            one_image(self.dialect, facts, &format!("{prefix}{}", quoted(self.dialect, &facts.name)))
        };
        let columns: Vec<String> = columns.iter().map(one).collect();
        match self.dialect {
            Dialect::Sqlite if columns.is_empty() => "''".to_owned(),
            Dialect::Sqlite => columns.join(" || ',' || "),
            Dialect::MySql | Dialect::MariaDb => format!("SHA2(CONCAT_WS(',', {}), 256)", columns.join(", ")),
        }
    }

    /// Number of bytes the stored columns hold, summed over the rows that keep.
    pub(crate) fn bytes(&self) -> String {
        let length = |name: &&str| format!("COALESCE(LENGTH({name}), 0)");
        let lengths: Vec<String> = self.stored().iter().map(length).collect();
        format!("COALESCE(SUM({}), 0)", lengths.join(" + "))
    }
}

/// A column's value as text that differs where the values do; NULL has a sign of its own.
fn one_image(dialect: Dialect, facts: &ColumnFacts, column: &str) -> String {
    if dialect == Dialect::Sqlite {
        // A text is quoted up to a NUL that stands in it, and no further.
        return format!(
            "CASE WHEN typeof({column}) = 'text' AND instr({column}, char(0)) THEN 't' || hex({column}) ELSE \
             quote({column}) END"
        );
    }
    match facts.data_type.as_str() {
        // Printed with six digits only; as a double it has all of them.
        "float" => format!("IFNULL(HEX(CAST({column} + 0E0 AS BINARY)), '-')"),
        long if LONG.contains(&long) => format!("IFNULL(SHA2({column}, 256), '-')"),
        _ => format!("IFNULL(HEX(CAST({column} AS BINARY)), '-')"),
    }
}

/// A name that is not empty and has no NUL: ours, or one that the server gave.
fn quoted(dialect: Dialect, name: &str) -> String {
    quote_identifier(name, dialect).unwrap_or_default()
}

/// A table's name with its schema; on SQLite core is `main`, so that no temporary table is meant.
pub(crate) fn table(dialect: Dialect, schema: Option<&str>, name: &str) -> Result<String> {
    let schema = match (schema, dialect) {
        (Some(schema), _) => quote_identifier(schema, dialect)?,
        (None, Dialect::Sqlite) => "main".to_owned(),
        (None, _) => return Ok(quote_identifier(name, dialect)?),
    };
    Ok(format!("{schema}.{}", quote_identifier(name, dialect)?))
}

/// The full name of a table of the undo schema, quoted.
///
/// # Errors
/// When it cannot be quoted.
pub(crate) fn place_name(store: &Store, place: &str) -> Result<String> {
    table(store.dialect(), Some(&store.schemas().undo), place)
}

/// The full name of what is kept while it stands in core, quoted (SQLite).
pub(crate) fn staged_name(place: &str) -> Result<String> {
    table(Dialect::Sqlite, None, &format!("{OURS_IN_CORE}{place}"))
}

/// The name of the column into which the `n`-th value that stays is converted back.
pub(crate) fn spare(n: usize) -> String {
    format!("caribou$spare{n}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Purpose, Target, connect};

    #[tokio::test]
    async fn what_was_kept_of_a_row_is_found_by_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let database = connect(&Target::sqlite(dir.path())).await.unwrap();
        let store = Store::new(database.clone());
        let mut session = database.open(Purpose::File).await.unwrap();
        for (declared, key) in [("id INTEGER PRIMARY KEY, b INT", "rowid"), ("id INT, b INT, PRIMARY KEY (id)", "id")] {
            let names = Names::new(&store, None, "t", "u1", &[key.to_owned()], &["b".to_owned()]).unwrap();
            let made = [
                format!("CREATE TABLE {} ({declared})", names.table),
                format!("CREATE TABLE {} ({key}, b, PRIMARY KEY ({key})) WITHOUT ROWID", names.place),
            ];
            for sql in made {
                session.execute(&sql, &[]).await.unwrap();
            }
            let (table, place, found) = (&names.table, &names.place, names.kept_key("t", "k"));
            let sql = format!("SELECT 1 FROM {table} AS t WHERE NOT EXISTS (SELECT 1 FROM {place} AS k WHERE {found})");
            let plan = session.query_text(&format!("EXPLAIN QUERY PLAN {sql}")).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get_text(3)).collect();
            assert!(plan.iter().any(|step| step.starts_with("SEARCH k USING PRIMARY KEY")), "{plan:?}");
            for name in [table, place] {
                session.execute(&format!("DROP TABLE {name}"), &[]).await.unwrap();
            }
        }
        session.close().await;
    }
}
