//! Names as the server compares them.

use crate::sql::Dialect;

/// The server's rules for names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub(super) dialect: Dialect,
    /// Names of tables are compared without their case (`lower_case_table_names`); always so on SQLite.
    pub(super) fold_tables: bool,
}

/// The longest name of an object, a column, a key or a constraint on MySQL and MariaDB, in characters.
const LONGEST: usize = 64;

impl Names {
    /// The name of a table or view by which it is found.
    pub(super) fn table(&self, name: &str) -> String {
        if self.fold_tables { self.column(name) } else { name.to_owned() }
    }

    /// The name of a column, key or constraint by which it is found.
    pub(super) fn column(&self, name: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => name.to_ascii_lowercase(),
            Dialect::MySql | Dialect::MariaDb => name.to_lowercase(),
        }
    }

    /// True if the server will refuse a name for its length.
    pub(super) fn is_too_long(&self, name: &str) -> bool {
        self.dialect.is_mysql_family() && name.len() > LONGEST && name.chars().count() > LONGEST
    }
}

/// True if two names of columns, keys or constraints are the same to every server.
pub(super) fn same(one: &str, other: &str) -> bool {
    let is_ascii = one.is_ascii() && other.is_ascii();
    one.eq_ignore_ascii_case(other) || (!is_ascii && one.to_lowercase() == other.to_lowercase())
}

/// Tables that are there without anybody having made them.
pub(super) fn comes_with_the_server(name: &str, dialect: Dialect) -> bool {
    let name = name.to_ascii_lowercase();
    match dialect {
        Dialect::Sqlite => [
            "sqlite_",
            "pragma_",
            "json_",
            "jsonb_",
            "generate_series",
            "dbstat",
            "bytecode",
            "tables_used",
            "caribou$",
        ]
        .iter()
        .any(|begin| name.starts_with(begin)),
        // The sequence engine: seq_1_to_10.
        Dialect::MariaDb => name == "dual" || (name.starts_with("seq_") && name.contains("_to_")),
        Dialect::MySql => name == "dual",
    }
}
