//! The table of another tool is kept in step: what runs here stands there, what is undone here does not, and the tool itself
//! says that there is nothing to do.

use super::tools::{TOOLS, Tool, core_file};
use super::{adopt, brought_along, plain, run_script};
use crate::support::packages::say_not_run;
use crate::support::{Fresh, Project, is_proving, on_every_server, tools};
use caribou::database::{Purpose, ServerKind};
use std::path::Path;

/// A tool, its empty table, the row of its first file and the column by which it knows files. The tables are those that
/// their sources and documents tell: those of dbmate, Prisma and sqlx are held against the tools themselves below, and no registry
/// has the others.
struct Kept {
    tool: &'static str,
    table: &'static str,
    definition: &'static str,
    first: &'static str,
    column: &'static str,
    /// Names of the first and the second file, and how the table knows them.
    files: [&'static str; 2],
    known: [&'static str; 2],
    /// Rows that say of the second that it had run and was undone, where the tool leaves such.
    undone: &'static [&'static str],
    /// The text of a file.
    text: fn(&str) -> String,
}

/// A table like that of goose.
macro_rules! like_goose {
    ($tool:literal, $table:literal, $mark:literal) => {
        Kept {
            tool: $tool,
            table: $table,
            definition: "(id INTEGER PRIMARY KEY AUTO_INCREMENT, version_id BIGINT NOT NULL, is_applied BOOLEAN NOT NULL, \
                         tstamp TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP)",
            first: "(5, 1, 1, '2026-01-02 03:04:05')",
            column: "version_id",
            files: ["1_a.sql", "2_b.sql"],
            known: ["1", "2"],
            undone: &["(6, 2, 1, '2026-01-02 03:04:06')", "(7, 2, 0, '2026-01-02 03:04:07')"],
            text: |name| format!(concat!("-- +", $mark, " Up\n{}-- +", $mark, " Down\nDROP TABLE {};\n"), plain(name), name),
        }
    };
}

const KEPT: &[Kept] = &[
    Kept {
        tool: "dbmate",
        table: "schema_migrations",
        definition: "(version VARCHAR(128) PRIMARY KEY)",
        first: "('001')",
        column: "version",
        files: ["001_a.sql", "002_b.sql"],
        known: ["001", "002"],
        undone: &[],
        text: |name| format!("-- migrate:up\n{}-- migrate:down\nDROP TABLE {name};\n", plain(name)),
    },
    Kept {
        tool: "golang-migrate",
        table: "schema_migrations",
        definition: "(version BIGINT NOT NULL PRIMARY KEY, dirty BOOLEAN NOT NULL)",
        first: "(1, 0)",
        column: "version",
        files: ["1_a.up.sql", "2_b.up.sql"],
        known: ["1", "2"],
        undone: &[],
        text: plain,
    },
    like_goose!("goose", "goose_db_version", "goose"),
    like_goose!("micrate", "micrate_db_version", "micrate"),
    Kept {
        tool: "pop",
        table: "schema_migration",
        definition: "(version VARCHAR(14) NOT NULL)",
        first: "('1')",
        column: "version",
        files: ["1_a.up.sql", "2_b.up.sql"],
        known: ["1", "2"],
        undone: &[],
        text: plain,
    },
    Kept {
        tool: "flyway",
        table: "flyway_schema_history",
        definition: "(installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), description VARCHAR(200) NOT NULL, \
                     type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) \
                     NOT NULL, installed_on TIMESTAMP DEFAULT CURRENT_TIMESTAMP, execution_time INT NOT NULL, success \
                     BOOLEAN NOT NULL)",
        first: "(1, '1', 'a', 'SQL', 'V1__a.sql', NULL, 'ana', '2026-01-02 03:04:05', 1, 1)",
        column: "version",
        files: ["V1__a.sql", "V2__b.sql"],
        known: ["1", "2"],
        undone: &[
            "(2, '2', 'b', 'SQL', 'V2__b.sql', NULL, 'ana', '2026-01-02 03:04:06', 1, 1)",
            "(3, '2', 'b', 'UNDO_SQL', 'U2__b.sql', NULL, 'ana', '2026-01-02 03:04:07', 1, 1)",
        ],
        text: plain,
    },
    Kept {
        tool: "sqlx",
        table: "_sqlx_migrations",
        definition: "(version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT \
                     CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
        first: "(1, 'a', '2026-01-02 03:04:05', 1, '', 1)",
        column: "version",
        files: ["1_a.sql", "2_b.sql"],
        known: ["1", "2"],
        undone: &[],
        text: plain,
    },
    Kept {
        tool: "prisma",
        table: "_prisma_migrations",
        definition: "(id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at DATETIME, \
                     migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at DATETIME, started_at DATETIME NOT \
                     NULL, applied_steps_count INTEGER NOT NULL DEFAULT 0)",
        first: "('1', '', '2026-01-02 03:04:05', '20260101000000_a', NULL, NULL, '2026-01-02 03:04:05', 1)",
        column: "migration_name",
        files: ["20260101000000_a/migration.sql", "20260102000000_b/migration.sql"],
        known: ["20260101000000_a", "20260102000000_b"],
        // As of a clock that is ahead.
        undone: &["('2', '', NULL, '20260102000000_b', 'no', '2099-01-02 03:04:06', '2099-01-02 03:04:06', 0)"],
        text: plain,
    },
];

/// How the table knows the files that have run, in order.
async fn known(fresh: &Fresh, kept: &Kept) -> Vec<String> {
    let mut session = fresh.database().await.open(Purpose::File).await.unwrap();
    let sql = format!("SELECT {0} FROM {1} ORDER BY {0}", kept.column, kept.table);
    let rows = session.query_text(&sql).await.unwrap();
    session.close().await;
    rows.iter().map(|row| row.get_text(0)).collect()
}

/// A project whose first file the tool has run, and the tool's table.
async fn after_the_first(fresh: &Fresh, kept: &Kept) -> Project {
    let project = Project::on(fresh);
    project.migration(kept.files[0], (kept.text)("a"));
    let definition = match fresh.kind {
        ServerKind::Sqlite => kept.definition.replace("AUTO_INCREMENT", "AUTOINCREMENT"),
        _ => kept.definition.to_owned(),
    };
    run_script(fresh, &format!("CREATE TABLE {} {definition}", kept.table)).await;
    run_script(fresh, &format!("INSERT INTO {} VALUES {}", kept.table, kept.first)).await;
    project
}

async fn what_runs_here_stands_in_the_table_of_the_tool(fresh: Fresh) {
    for kept in KEPT {
        let fresh = Fresh::on(fresh.kind);
        let project = after_the_first(&fresh, kept).await;
        let taken = adopt(&project, &["--yes", "--keep-in-step"]);
        assert_eq!((&taken["kept_in_step"], &taken["to_record"]), (&true.into(), &1.into()), "{}: {taken}", kept.tool);
        assert_eq!(known(&fresh, kept).await, [kept.known[0]], "{}", kept.tool);
        project.migration(kept.files[1], (kept.text)("b"));
        project.run(&["migrate"]).exits(0);
        let both = if kept.tool == "golang-migrate" { vec![kept.known[1]] } else { kept.known.to_vec() };
        assert_eq!(known(&fresh, kept).await, both, "{}", kept.tool);
        project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "not yet"]).exits(0);
        assert_eq!(known(&fresh, kept).await, [kept.known[0]], "{}", kept.tool);
        // A row that somebody took away is written by the next worker.
        project.run(&["migrate"]).exits(0);
        run_script(&fresh, &format!("DELETE FROM {}", kept.table)).await;
        project.migration(&kept.files[1].replace('2', "3").replace("_b", "_c"), (kept.text)("c"));
        project.run(&["migrate"]).exits(0);
        let rows = known(&fresh, kept).await.len();
        assert_eq!(rows, if kept.tool == "golang-migrate" { 1 } else { 3 }, "{}", kept.tool);
        // Somebody ends it.
        project.run(&["schema", "settings", "adopt.keep_in_step", "--unset"]).exits(0);
        project.run(&["rollback", "4", "--class", "A", "--yes", "--reason", "not yet"]).exits(0);
        assert_eq!(known(&fresh, kept).await.len(), rows, "{}", kept.tool);
        project.run(&["doctor"]).exits(0);
    }
}

/// What the tool had run and undone is written again, and what it wrote itself stays.
async fn a_row_that_says_undone_is_not_taken_for_one_that_has_run(fresh: Fresh) {
    let kept: Vec<&Kept> = KEPT.iter().filter(|kept| !kept.undone.is_empty()).collect();
    assert_eq!(kept.iter().map(|kept| kept.tool).collect::<Vec<_>>(), ["goose", "micrate", "flyway", "prisma"]);
    for kept in kept {
        let fresh = Fresh::on(fresh.kind);
        let project = after_the_first(&fresh, kept).await;
        for row in kept.undone {
            run_script(&fresh, &format!("INSERT INTO {} VALUES {row}", kept.table)).await;
        }
        let before = rows(&fresh, kept.table).await;
        adopt(&project, &["--yes", "--keep-in-step"]);
        project.migration(kept.files[1], (kept.text)("b"));
        project.run(&["migrate"]).exits(0);
        let after = rows(&fresh, kept.table).await;
        assert_eq!(after.len(), before.len() + 1, "{}: {after:?}", kept.tool);
        is_in_step(&project);
        project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "not yet"]).exits(0);
        assert_eq!(rows(&fresh, kept.table).await, before, "{}", kept.tool);
        is_in_step(&project);
        // A file that fails has brought nothing, and takes nothing away.
        project.migration(
            kept.files[1],
            (kept.text)("b").replace("INT PRIMARY KEY", "INT PRIMARY KEY, CHECK (no_such > 1)"),
        );
        project.unforeseen().run(&["migrate"]).exits(1);
        assert_eq!(rows(&fresh, kept.table).await, before, "{}", kept.tool);
    }
}

/// Says that a file could not be written: while it is done, where people look, and by the doctor with a remedy.
fn tells(project: &Project, why: &str, file: Option<&str>) {
    let title = "the history table of dbmate is not kept in step";
    let ran = project.run(&["migrate"]).exits(0);
    let told = |said: &str| said.contains(title) && said.to_lowercase().contains(why);
    assert!(told(&ran.stdout) || told(&ran.stderr), "at the time: {ran:?}");
    let status = project.run(&["status"]).exits(0);
    assert!(status.stdout.contains("ALERT: ") && told(&status.stdout), "{status:?}");
    let document = project.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(document["system"]["alerts"][0]["title"], title, "{document}");
    let examined = project.run(&["doctor", "--format", "json"]).exits(1).json();
    let finding = examined["findings"].as_array().unwrap().iter().find(|f| f["check"] == "in_step").unwrap().clone();
    assert_eq!(finding["verdict"], "wrong", "{finding}");
    let found = finding["found"].as_str().unwrap();
    assert!(file.is_none_or(|file| found.contains(file)), "{finding}");
    assert!(finding["remedy"].as_str().unwrap().contains("adopt.keep_in_step --unset"), "{finding}");
}

/// Says nothing of it any more.
fn is_in_step(project: &Project) {
    let status = project.run(&["status"]).exits(0);
    assert!(!status.stdout.contains("ALERT: "), "{status:?}");
    let examined = project.run(&["doctor"]).exits(0);
    assert!(examined.stdout.contains("says what has run here"), "{examined:?}");
}

async fn a_row_that_could_not_be_written_is_told_and_written_later(fresh: Fresh) {
    let kept = &KEPT[0];
    let project = Project::on(&fresh);
    let refuses = "CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY, CHECK (version < '002'))";
    fresh.sql(&format!("{refuses}; INSERT INTO schema_migrations VALUES ('001')")).await;
    project.migration("001_a.sql", (kept.text)("a"));
    adopt(&project, &["--yes", "--keep-in-step"]);
    is_in_step(&project);
    project.migration("002_b.sql", (kept.text)("b"));
    tells(&project, "constraint", Some("002_b.sql"));
    assert_eq!(known(&fresh, kept).await, ["001"]);
    // Told once, as long as it stands.
    project.migration("003_c.sql", (kept.text)("c"));
    project.run(&["migrate"]).exits(0);
    let alerts = project.run(&["alerts", "--all", "--format", "json"]).exits(0).json();
    let about_it = |alert: &&serde_json::Value| alert["title"].as_str().unwrap().contains("not kept in step");
    assert_eq!(alerts["alerts"].as_array().unwrap().iter().filter(about_it).count(), 1, "{alerts}");
    // The next file brings what is missing along.
    let made = "CREATE TABLE n (version VARCHAR(128) PRIMARY KEY); INSERT INTO n SELECT * FROM schema_migrations; DROP \
                TABLE schema_migrations; ALTER TABLE n RENAME TO schema_migrations";
    fresh.sql(made).await;
    project.migration("004_d.sql", (kept.text)("d"));
    project.run(&["migrate"]).exits(0);
    assert_eq!(known(&fresh, kept).await, ["001", "002", "003", "004"]);
    is_in_step(&project);
    fresh.sql("DROP TABLE schema_migrations").await;
    project.migration("005_e.sql", (kept.text)("e"));
    tells(&project, "there is no such table", None);
    fresh.sql("CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY)").await;
    project.migration("006_f.sql", (kept.text)("f"));
    project.run(&["migrate"]).exits(0);
    assert_eq!(known(&fresh, kept).await.len(), 6);
    is_in_step(&project);
}

async fn a_tool_whose_rows_cannot_be_made_is_refused_by_name(fresh: Fresh) {
    let Some(project) = brought_along(&fresh, "django").await else { return };
    let refused = project.run(&["adopt", "--yes", "--keep-in-step"]).exits(2);
    assert!(refused.stderr.contains("Django cannot be kept in step"), "{refused:?}");
    assert!(refused.stderr.contains("dbmate, diesel, flyway, golang-migrate"), "{refused:?}");
    assert!(!project.run(&["history"]).stdout.contains("taken over"), "nothing was written");
}

/// The real tools, on tables that Caribou has kept.
async fn the_tool_itself_has_nothing_to_do(fresh: Fresh) {
    for tool in TOOLS.iter().filter(|tool| tool.on.contains(&fresh.kind)) {
        if !is_proving(&format!("{} itself on {}", tool.source.name, fresh.kind)) {
            continue;
        }
        match tools::installed(&tool.source) {
            Ok(folder) => goes_on_and_back(&Fresh::on(fresh.kind), tool, &folder.join(tool.source.program)).await,
            Err(why) => say_not_run(&format!("{} itself", tool.source.name), &why),
        }
    }
}

/// The tool runs the first file, Caribou the second and takes it back, and the tool runs it again.
async fn goes_on_and_back(fresh: &Fresh, tool: &Tool, program: &Path) {
    let project = Project::on(fresh);
    if let Some(file) = core_file(fresh) {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, "").expect("a file");
    }
    let run = || {
        let done = (tool.up)(program, &project, fresh).output().expect("it runs");
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{} on {}: {said}", tool.source.name, fresh.kind);
    };
    for (name, text) in (tool.beside)(fresh, program) {
        project.write(&name, text);
    }
    write(&project, tool, 0);
    run();
    let first = rows(fresh, tool.table).await;
    let taken = adopt(&project, &["--yes", "--keep-in-step"]);
    assert_eq!(taken["to_record"], 1, "{} on {}: {taken}", tool.source.name, fresh.kind);
    assert_eq!(taken["files"][0]["text"], tool.compared, "{} on {}: {taken}", tool.source.name, fresh.kind);
    write(&project, tool, 1);
    project.run(&["migrate"]).exits(0);
    let both = rows(fresh, tool.table).await;
    assert_eq!(both.len(), first.len() + 1, "{} on {}: {both:?}", tool.source.name, fresh.kind);
    // The table b stands: a tool that had something to do would fail.
    run();
    assert_eq!(rows(fresh, tool.table).await, both, "{} on {}: it has nothing to do", tool.source.name, fresh.kind);
    project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "not yet"]).exits(0);
    assert_eq!(rows(fresh, tool.table).await, first, "{} on {}", tool.source.name, fresh.kind);
    // And the team goes back to it.
    run();
    assert_eq!(rows(fresh, tool.table).await.len(), both.len(), "{} on {}: it goes on", tool.source.name, fresh.kind);
}

/// A file, and what the tool has of it that is no SQL.
fn write(project: &Project, tool: &Tool, place: usize) {
    let (path, table) = (tool.files[place], ["a", "b"][place]);
    project.migration(path, (tool.text)(table));
    if let Some((beside, text)) = (tool.program_of)(path, table) {
        project.write(&beside, text);
    }
}

async fn rows(fresh: &Fresh, table: &str) -> Vec<String> {
    let mut session = fresh.database().await.open(Purpose::File).await.unwrap();
    let rows = session.query_text(&format!("SELECT * FROM {table} ORDER BY 1")).await.unwrap();
    session.close().await;
    rows.iter().map(|row| format!("{row:?}")).collect()
}

on_every_server!(
    what_runs_here_stands_in_the_table_of_the_tool,
    a_row_that_says_undone_is_not_taken_for_one_that_has_run,
    a_row_that_could_not_be_written_is_told_and_written_later,
    a_tool_whose_rows_cannot_be_made_is_refused_by_name,
    the_tool_itself_has_nothing_to_do,
);
