//! An `ALTER TABLE` made at random, from what stands there.

use caribou::database::{Row, ServerKind, Session};
use fastrand::Rng;

/// The table as it is now.
#[derive(Default, Debug)]
pub struct Known {
    pub table: String,
    columns: Vec<String>,
    keys: Vec<String>,
    foreign_keys: Vec<String>,
    checks: Vec<String>,
}

impl Known {
    /// Reads the names of the parts of the table beside `p`.
    pub async fn look(&mut self, session: &mut dyn Session, core: &str) {
        let relations = session.relations(core).await.expect("relations");
        self.table = relations.iter().find(|one| one.name != "p").expect("a table").name.clone();
        let texts = |rows: Vec<Row>, at: usize| -> Vec<String> { rows.iter().map(|row| row.get_text(at)).collect() };
        if session.kind() == ServerKind::Sqlite {
            let rows = session.query_text(&format!("PRAGMA table_xinfo({})", self.table)).await.expect("columns");
            self.columns = texts(rows, 1);
            return;
        }
        let values = [core.into(), self.table.as_str().into()];
        let mut ask = async |sql: &str| texts(session.query(sql, &values).await.expect("names"), 0);
        self.columns = ask("SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION").await;
        self.keys = ask(
            "SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
        )
        .await;
        self.keys.retain(|name| name != "PRIMARY");
        self.foreign_keys = ask("SELECT CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND CONSTRAINT_TYPE = 'FOREIGN KEY'").await;
        self.checks = ask("SELECT CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND CONSTRAINT_TYPE = 'CHECK'").await;
    }
}

const TYPES: &[&str] = &[
    "INT",
    "BIGINT UNSIGNED",
    "SMALLINT",
    "VARCHAR(10)",
    "VARCHAR(40)",
    "VARCHAR(10) CHARACTER SET latin1",
    "CHAR(4)",
    "TEXT",
    "DATE",
    "DATETIME(3)",
    "DECIMAL(8,2)",
    "ENUM('a','b')",
    "BLOB",
    "JSON",
    "DOUBLE",
    "VARCHAR(12) COLLATE utf8mb4_bin",
    "TIMESTAMP NULL",
];

/// One statement with up to four operations.
pub fn alteration(known: &Known, kind: ServerKind, random: &mut Rng) -> String {
    let table = &known.table;
    if kind == ServerKind::Sqlite {
        return format!("ALTER TABLE {table} {}", of_sqlite(known, random));
    }
    let count = random.usize(1..=4);
    let operations: Vec<String> = (0..count).map(|_| operation(known, kind, random)).collect();
    format!("ALTER TABLE {table} {}", operations.join(", "))
}

fn fresh(prefix: &str, random: &mut Rng) -> String {
    format!("{prefix}{}", random.u16(10..999))
}

fn one(names: &[String], random: &mut Rng) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names[random.usize(..names.len())].clone() }
}

fn definition(random: &mut Rng) -> String {
    let kind = TYPES[random.usize(..TYPES.len())];
    let null = ["", " NULL", " NOT NULL"][random.usize(..3)];
    let comment = ["", "", " COMMENT 'it''s, (a) comment'"][random.usize(..3)];
    format!("{kind}{null}{comment}")
}

fn place(known: &Known, random: &mut Rng) -> String {
    match random.u8(..4) {
        0 => " FIRST".to_owned(),
        1 => format!(" AFTER {}", one(&known.columns, random)),
        _ => String::new(),
    }
}

fn key_parts(known: &Known, random: &mut Rng) -> String {
    let count = random.usize(1..=2);
    let part = |random: &mut Rng| {
        let suffix = ["", "", " DESC", "(3)"][random.usize(..4)];
        format!("{}{suffix}", one(&known.columns, random))
    };
    (0..count).map(|_| part(random)).collect::<Vec<_>>().join(", ")
}

fn operation(known: &Known, kind: ServerKind, random: &mut Rng) -> String {
    let column = one(&known.columns, random);
    let drop_check = if kind == ServerKind::MySql { "DROP CHECK" } else { "DROP CONSTRAINT" };
    match random.u8(..27) {
        0..=3 => format!("ADD COLUMN {} {}{}", fresh("c", random), definition(random), place(known, random)),
        4 => format!(
            "ADD COLUMN {} INT AS (id + {}) {}",
            fresh("g", random),
            random.u8(..9),
            ["STORED", "VIRTUAL"][random.usize(..2)]
        ),
        5 | 6 => format!("DROP COLUMN {column}"),
        7 | 8 => format!("MODIFY COLUMN {column} {}{}", definition(random), place(known, random)),
        9 | 10 => {
            format!("CHANGE COLUMN {column} {} {}{}", fresh("c", random), definition(random), place(known, random))
        }
        11 | 12 => format!("RENAME COLUMN {column} TO {}", fresh("c", random)),
        13 => format!("ALTER COLUMN {column} SET DEFAULT {}", random.u8(..9)),
        14 => format!("ALTER COLUMN {column} DROP DEFAULT"),
        15 | 16 => format!("ADD KEY {} ({})", fresh("k", random), key_parts(known, random)),
        17 => format!("ADD UNIQUE KEY {} ({})", fresh("u", random), key_parts(known, random)),
        18 => format!("ADD FULLTEXT KEY {} ({column})", fresh("f", random)),
        19 | 20 => format!("DROP KEY {}", one(&known.keys, random)),
        21 => format!("RENAME INDEX {} TO {}", one(&known.keys, random), fresh("k", random)),
        22 => format!("ADD CONSTRAINT {} FOREIGN KEY ({column}) REFERENCES p (id)", fresh("f", random)),
        23 => format!("DROP FOREIGN KEY {}", one(&known.foreign_keys, random)),
        24 => format!("ADD CONSTRAINT {} CHECK ({column} <> {})", fresh("x", random), random.u8(..)),
        25 => format!("{drop_check} {}", one(&known.checks, random)),
        _ => whole(random),
    }
}

fn whole(random: &mut Rng) -> String {
    match random.u8(..9) {
        0 => "DEFAULT CHARACTER SET latin1".to_owned(),
        1 => "DEFAULT CHARACTER SET utf8mb4".to_owned(),
        2 => "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin".to_owned(),
        3 => format!("COMMENT = 'number {}'", random.u8(..)),
        4 => "ROW_FORMAT = DYNAMIC".to_owned(),
        5 => format!("RENAME TO t{}", random.u8(..)),
        6 => "DROP PRIMARY KEY".to_owned(),
        7 => "DROP PRIMARY KEY, ADD PRIMARY KEY (id)".to_owned(),
        _ => "FORCE".to_owned(),
    }
}

fn of_sqlite(known: &Known, random: &mut Rng) -> String {
    let column = one(&known.columns, random);
    let quoted = ["\"order\"", "\"a b\"", "plain", "[other]"];
    match random.u8(..7) {
        0 => format!("ADD COLUMN {} INT", fresh("c", random)),
        1 => format!("ADD COLUMN {} TEXT NOT NULL DEFAULT 'a''b'", fresh("c", random)),
        2 => format!("ADD COLUMN {} INT REFERENCES p (id)", fresh("c", random)),
        3 => format!("DROP COLUMN \"{column}\""),
        4 => format!("RENAME COLUMN \"{column}\" TO {}", fresh("c", random)),
        5 => format!("RENAME COLUMN \"{column}\" TO {}", quoted[random.usize(..quoted.len())]),
        _ => format!("RENAME TO t{}", random.u8(..)),
    }
}
