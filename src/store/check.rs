//! Comparing what stands there with what should.

use super::procedures::Standing;
use super::tables::{PROCEDURES, TableSpec, expected};
use super::{Result, Store};
use crate::database::{Purpose, Session};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Difference {
    /// The table, column, index or procedure.
    pub object: String,
    pub expected: String,
    /// Type or text that stands there; `None` for nothing.
    pub found: Option<String>,
    /// True if this account only does not see it: nobody can say whether it differs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
    /// The statement that mends it, where `install` does not.
    #[serde(skip)]
    pub mend: Option<String>,
}

const PROCEDURE: &str = "the procedure that `schema install` makes";

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            None => write!(f, "{} is missing (expected: {})", self.object, self.expected),
            Some(found) => write!(f, "{} is {found}, expected: {}", self.object, self.expected),
        }
    }
}

impl Store {
    /// Compares tables, columns with their types, indexes and procedures with what `install` makes. Objects that are
    /// not ours are passed over.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn check(&self) -> Result<Vec<Difference>> {
        let mut session = self.database().open(Purpose::Reader).await?;
        let found = self.check_on(session.as_mut()).await;
        session.close().await;
        found
    }

    /// The same on a session that is open already.
    pub async fn check_on(&self, session: &mut dyn Session) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for schema in [&self.schemas().orchestration, &self.schemas().ephemeral] {
            let live = self.live(session, schema).await?;
            let indexes = self.indexes(session, schema).await?;
            let ours = expected(self.kind()).into_iter().filter(|spec| spec.schema_name(self) == schema);
            for spec in ours {
                let object = format!("{schema}.{}", self.table(&spec.name));
                match live.get(&self.table(&spec.name).to_lowercase()) {
                    None => differences.push(missing(object, "a table")),
                    Some(columns) => {
                        compare_columns(&object, &spec.full_name(self)?, &spec, columns, &mut differences);
                        let there = indexes.get(&self.table(&spec.name).to_lowercase());
                        compare_indexes(&object, &spec, there, &mut differences);
                    }
                }
            }
        }
        if self.dialect().is_mysql_family() {
            for (name, text) in PROCEDURES {
                let object = format!("{}.{}", self.schemas().orchestration, self.table(name));
                let (found, unseen) = match self.standing(session, name, text).await? {
                    Standing::AsExpected => continue,
                    Standing::Missing => (None, false),
                    Standing::Unseen(how) => (Some(how.to_owned()), true),
                    Standing::Other { .. } => (Some("a procedure with another text".to_owned()), false),
                };
                differences.push(Difference { object, expected: PROCEDURE.to_owned(), found, unseen, mend: None });
            }
        }
        Ok(differences)
    }
}

fn missing(object: impl Into<String>, expected: impl Into<String>) -> Difference {
    Difference { object: object.into(), expected: expected.into(), found: None, unseen: false, mend: None }
}

fn compare_indexes(
    object: &str,
    spec: &TableSpec,
    there: Option<&BTreeSet<String>>,
    differences: &mut Vec<Difference>,
) {
    for (index, columns) in &spec.indexes {
        if there.is_none_or(|there| !there.contains(index)) {
            differences.push(missing(format!("{object}, index {index}"), format!("an index on {columns}")));
        }
    }
}

fn compare_columns(
    object: &str,
    table: &str,
    spec: &TableSpec,
    live: &BTreeMap<String, String>,
    differences: &mut Vec<Difference>,
) {
    for (column, definition) in &spec.columns {
        let object = format!("{object}.{column}");
        let expected = type_of(definition);
        match live.get(column) {
            None => differences.push(missing(object, expected)),
            Some(found) if type_of(found) != expected => {
                let mend = Some(format!("ALTER TABLE {table} MODIFY COLUMN {column} {definition}"));
                differences.push(Difference { object, expected, found: Some(found.clone()), unseen: false, mend });
            }
            Some(_) => {}
        }
    }
}

/// The type alone, in one spelling: without the display width of integers, which some servers show, and with MariaDB's
/// name for JSON.
fn type_of(definition: &str) -> String {
    let mut text = definition.to_lowercase().replace(", ", ",");
    for end in [" not null", " null", " default", " auto_increment", " check"] {
        if let Some(at) = text.find(end) {
            text.truncate(at);
        }
    }
    if text == "integer" {
        // SQLite's name for a key that is the row's own number; elsewhere in a legacy table.
        return "bigint".to_owned();
    }
    let (name, rest) = text.split_once('(').unwrap_or((&text, ""));
    let is_integer = matches!(name, "bigint" | "int" | "tinyint");
    match (is_integer, rest.split_once(')')) {
        (true, Some((_, after))) => format!("{name}{after}"),
        _ if text == "json" => "longtext".to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_compared_in_one_spelling() {
        for (defined, shown) in [
            ("BIGINT NOT NULL DEFAULT 0", "bigint(20)"),
            ("BIGINT UNSIGNED NOT NULL DEFAULT 0", "bigint unsigned"),
            ("BIGINT NOT NULL AUTO_INCREMENT", "bigint"),
            ("JSON NULL", "longtext"),
            ("JSON NOT NULL", "json"),
            ("ENUM('a', 'b') NOT NULL DEFAULT 'a'", "enum('a','b')"),
            ("VARCHAR(64) NOT NULL DEFAULT ''", "varchar(64)"),
            ("DECIMAL(5,2) NOT NULL DEFAULT 0", "decimal(5,2)"),
        ] {
            assert_eq!(type_of(defined), type_of(shown), "{defined}");
        }
        assert_ne!(type_of("VARCHAR(64)"), type_of("varchar(32)"));
    }
}
