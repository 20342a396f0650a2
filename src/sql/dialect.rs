//! The three languages that files are written in.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Dialect of a text: the server by whose rules it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Dialect {
    /// Oracle MySQL 8.0 and later.
    #[serde(rename = "mysql")]
    MySql,
    /// MariaDB 10.5 and later.
    #[serde(rename = "mariadb")]
    MariaDb,
    /// SQLite 3.
    #[serde(rename = "sqlite")]
    Sqlite,
}

impl Dialect {
    /// Every dialect, in the order of the documentation.
    pub const ALL: [Dialect; 3] = [Dialect::MySql, Dialect::MariaDb, Dialect::Sqlite];

    /// The name as it stands in configuration and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::MySql => "mysql",
            Dialect::MariaDb => "mariadb",
            Dialect::Sqlite => "sqlite",
        }
    }

    /// MySQL and MariaDB: backslash escapes, `#` comments, executable comments, `DELIMITER`,
    /// implicit commits.
    pub fn is_mysql_family(self) -> bool {
        !matches!(self, Dialect::Sqlite)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
