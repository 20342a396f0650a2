//! Tables of tools that no registry has, made as their sources and documents tell.

use super::{adopt, plain, run_script};
use crate::support::{Fresh, Project, on_every_server};
use caribou::database::ServerKind;
use serde_json::{Value, json};

/// A tool, its table with rows, and what they say of the files.
struct Documented {
    tool: &'static str,
    table: &'static str,
    /// `AUTO_INCREMENT` as the servers call it.
    columns: &'static str,
    rows: &'static [&'static str],
    /// Each with the verdict on its text; `pending` where the table does not say that it has run.
    files: &'static [(&'static str, &'static str)],
    text: fn(&str) -> String,
}

const GOOSE: &str = "id INTEGER PRIMARY KEY AUTO_INCREMENT, version_id BIGINT NOT NULL, is_applied BOOLEAN NOT NULL, tstamp \
                     TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP";
const OF_GOOSE: &[&str] = &[
    "1, 0, 1, '2026-01-02 03:04:04'",
    "2, 1, 1, '2026-01-02 03:04:05'",
    "3, 2, 1, '2026-01-02 03:04:06'",
    "4, 2, 0, '2026-01-02 03:04:07'",
];

const DOCUMENTED: &[Documented] = &[
    Documented {
        tool: "goose",
        table: "goose_db_version",
        columns: GOOSE,
        rows: OF_GOOSE,
        files: &[("1_a.sql", "not_compared"), ("2_b.sql", "pending")],
        text: |name| format!("-- +goose Up\n{}-- +goose Down\nDROP TABLE {name};\n", plain(name)),
    },
    Documented {
        tool: "micrate",
        table: "micrate_db_version",
        columns: GOOSE,
        rows: OF_GOOSE,
        files: &[("1_a.sql", "not_compared"), ("2_b.sql", "pending")],
        text: |name| format!("-- +micrate Up\n{}-- +micrate Down\nDROP TABLE {name};\n", plain(name)),
    },
    Documented {
        tool: "pop",
        table: "schema_migration",
        columns: "version VARCHAR(14) NOT NULL",
        rows: &["'20260101120000'"],
        files: &[("20260101120000_a.up.sql", "not_compared"), ("20260102120000_b.up.sql", "pending")],
        text: plain,
    },
    Documented {
        tool: "phinx",
        table: "phinxlog",
        columns: "version BIGINT PRIMARY KEY, migration_name VARCHAR(100), start_time TIMESTAMP NULL, end_time TIMESTAMP \
                  NULL, breakpoint BOOLEAN NOT NULL DEFAULT 0",
        rows: &["20260101120000, 'A', '2026-01-02 03:04:05', '2026-01-02 03:04:06', 0"],
        files: &[("20260101120000_a.sql", "not_compared"), ("20260102120000_b.sql", "pending")],
        text: plain,
    },
    Documented {
        tool: "doctrine-migrations",
        table: "doctrine_migration_versions",
        columns: "version VARCHAR(191) PRIMARY KEY, executed_at DATETIME, execution_time INTEGER",
        rows: &[r"'App2\Migrations\Version20260101120000', '2026-01-02 03:04:05', 7"],
        files: &[("Version20260101120000.sql", "not_compared"), ("Version20260102120000.sql", "pending")],
        text: plain,
    },
    Documented {
        tool: "flyway",
        table: "flyway_schema_history",
        columns: "installed_rank INT PRIMARY KEY, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT \
                  NULL, script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) NOT NULL, installed_on \
                  TIMESTAMP DEFAULT CURRENT_TIMESTAMP, execution_time INT NOT NULL, success BOOLEAN NOT NULL",
        rows: &[
            "1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, 'ana', '2026-01-02 03:04:05', 0, 1",
            "2, '2', 'b', 'SQL', 'V2__b.sql', @B, 'ana', '2026-01-02 03:04:06', 7, 1",
            "3, NULL, 'c', 'SQL', 'R__c.sql', 4711, 'ana', '2026-01-02 03:04:07', 7, 1",
            "4, '3', 'd', 'SQL', 'V3__d.sql', 4711, 'ana', '2026-01-02 03:04:08', 7, 1",
            "5, '3', 'd', 'UNDO_SQL', 'U3__d.sql', NULL, 'ana', '2026-01-02 03:04:09', 7, 1",
        ],
        files: &[
            ("V1__a.sql", "not_compared"),
            ("V2__b.sql", "same"),
            ("V3__d.sql", "pending"),
            ("R__c.sql", "differs"),
        ],
        text: plain,
    },
];

/// CRC-32 of the second file's only line, as Java's CRC32 has it.
const B: &str = "-2047777673";

async fn the_documented_table_is_read(fresh: Fresh) {
    for one in DOCUMENTED {
        let fresh = Fresh::on(fresh.kind);
        let is_sqlite = fresh.kind == ServerKind::Sqlite;
        let columns =
            if is_sqlite { one.columns.replace("AUTO_INCREMENT", "AUTOINCREMENT") } else { one.columns.into() };
        run_script(&fresh, &format!("CREATE TABLE {} ({columns})", one.table)).await;
        for row in one.rows {
            let row = row.replace("@B", B);
            // A backslash in a text is one to SQLite alone.
            let row = if is_sqlite { row } else { row.replace('\\', "\\\\") };
            run_script(&fresh, &format!("INSERT INTO {} VALUES ({row})", one.table)).await;
        }
        let project = Project::on(&fresh);
        for (place, (path, _)) in one.files.iter().enumerate() {
            project.migration(path, (one.text)(["a", "b", "c", "d"][place]));
        }
        let taken = adopt(&project, &["--yes", "--from", one.tool]);
        let said = |path: &&str| {
            let is_it = |file: &&Value| file["path"] == **path;
            let file = taken["files"].as_array().and_then(|files| files.iter().find(is_it));
            file.map_or(json!("pending"), |file| file["text"].clone())
        };
        for (path, verdict) in one.files {
            assert_eq!(said(path), json!(verdict), "{} {path}: {taken}", one.tool);
        }
        let pending = one.files.iter().filter(|(_, verdict)| *verdict == "pending").count();
        assert_eq!(taken["pending"].as_array().map(Vec::len), Some(pending), "{taken}");
        let ran = project.run(&["migrate", "--format", "json"]).exits(0).json();
        assert_eq!(ran["batch"]["files_total"], pending, "{}: {ran}", one.tool);
    }
}

on_every_server!(the_documented_table_is_read);
