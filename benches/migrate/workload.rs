//! The files that are measured: what stands in each.

use caribou::database::ServerKind;

/// Rows of the INSERT in a file of five statements.
const ROWS: usize = 100;

/// One kind of file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// One CREATE TABLE.
    One,
    /// CREATE TABLE, INSERT of 100 rows, ADD COLUMN, CREATE INDEX, UPDATE of half the rows.
    Five,
    /// ADD COLUMN to a table that stands, in a schema with a table for each file and views on some of them.
    Column,
}

impl Workload {
    pub const ALL: [Workload; 3] = [Workload::One, Workload::Five, Workload::Column];

    /// The name on the command line and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Workload::One => "w1",
            Workload::Five => "w3",
            Workload::Column => "alter",
        }
    }

    /// The text of a file.
    pub fn text(self, kind: ServerKind, n: usize) -> String {
        if self == Workload::Column {
            return format!("ALTER TABLE herd_{n:05} ADD COLUMN weight INTEGER NULL;\n");
        }
        let mut text = create(kind, n);
        if self == Workload::Five {
            let rows: Vec<String> = (1..=ROWS).map(|id| format!("({id}, 'name {id}')")).collect();
            text.push_str(&format!("INSERT INTO herd_{n:05} (id, name) VALUES {};\n", rows.join(", ")));
            text.push_str(&format!("ALTER TABLE herd_{n:05} ADD COLUMN weight INTEGER NULL;\n"));
            text.push_str(&format!("CREATE INDEX by_name_{n:05} ON herd_{n:05} (name);\n"));
            text.push_str(&format!("UPDATE herd_{n:05} SET weight = 100 WHERE id <= {};\n", ROWS / 2));
        }
        text
    }
}

/// A table.
pub fn create(kind: ServerKind, n: usize) -> String {
    match kind {
        ServerKind::Sqlite => format!(
            "CREATE TABLE herd_{n:05} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, antlers INTEGER NOT NULL DEFAULT 0);\n"
        ),
        ServerKind::MariaDb | ServerKind::MySql => format!(
            "CREATE TABLE herd_{n:05} (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, antlers INT NOT NULL \
             DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n"
        ),
    }
}
