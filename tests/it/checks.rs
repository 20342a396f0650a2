//! The checks that look at the database, on every server.

mod asked_once;
mod configured;

use crate::support::{Fresh, Project};
use caribou::check::{self, CheckLevel, CheckSettings, CheckedFile, Earlier, KeptData, KnownObjects};
use caribou::database::{Purpose, ServerKind};
use caribou::model::{Class, FileType, Finding, Held, KeptKind, ValidationPhase, ValidationStatus};
use caribou::sql::read;
use serde_json::json;

struct Script<'a> {
    up: &'a str,
    verify: Option<&'a str>,
    file_type: FileType,
    held: Vec<Held>,
}

fn up(up: &str) -> Script<'_> {
    Script { up, verify: None, file_type: FileType::Doctrine, held: Vec::new() }
}

async fn look(fresh: &Fresh, phase: ValidationPhase, script: &Script<'_>, settings: &CheckSettings) -> Vec<Finding> {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let dialect = database.kind().dialect();
    let (up, verify) = (read(script.up, dialect), script.verify.map(|verify| read(verify, dialect)));
    let earlier = Earlier::default();
    let undo = fresh.schemas().undo.clone();
    let of = ("0001_a.sql", script.file_type);
    let subject = CheckedFile {
        kept: Some(KeptData { held: &script.held, undo: &undo }),
        verify: verify.as_ref().map(Result::as_ref),
        ..CheckedFile::new(of, (dialect, &fresh.schemas().core), up.as_ref(), &earlier)
    };
    let findings =
        check::run(phase, &subject, settings, (session.as_mut(), &mut KnownObjects::default()), database.as_ref())
            .await;
    session.close().await;
    findings
}

async fn one(fresh: &Fresh, phase: ValidationPhase, script: &Script<'_>, name: &str) -> (ValidationStatus, String) {
    let findings = look(fresh, phase, script, &CheckSettings::default()).await;
    let finding = findings.into_iter().find(|finding| finding.check == name).expect("it is logged");
    (finding.status, finding.result)
}

async fn run(fresh: &Fresh, statements: &[&str]) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    for statement in statements {
        session.run(statement).await.expect(statement);
    }
    session.close().await;
}

/// What was kept is there with as many rows as were noted, or it is told what is missed.
async fn what_the_undo_needs_is_looked_for(fresh: Fresh) {
    let undo = &fresh.schemas().undo;
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    session.create_schema(undo).await.expect("the undo schema");
    session.close().await;
    let rows = format!("INSERT INTO {undo}.u1 VALUES (1), (2), (3)");
    run(&fresh, &[&format!("CREATE TABLE {undo}.u1 (id INT)"), &rows, &format!("CREATE TABLE {undo}.u2 (id INT)")])
        .await;
    let held = |kind, place: &str, rows| Held {
        statement: 1,
        kind,
        table: "users".into(),
        place: place.into(),
        rows,
        bytes: 0,
    };
    let (copied, moved) = (KeptKind::TableCopied, KeptKind::TableMoved);
    for (held, status, words) in [
        (vec![held(copied, "u1", 3), held(moved, "u2", 900)], ValidationStatus::Passed, "2 kept objects"),
        (vec![held(copied, "u1", 5)], ValidationStatus::Warning, "u1 holds 3 rows, and 5 were kept of users"),
        (vec![held(copied, "u1", 3), held(moved, "u3", 1)], ValidationStatus::Warning, "the undo schema has no u3"),
    ] {
        let script = Script { held, ..up("SELECT 1;\nDROP TABLE users;") };
        let findings = look(&fresh, ValidationPhase::Post, &script, &CheckSettings::default()).await;
        let told = |finding: &&Finding| finding.check == "undo_possible" || finding.result.contains("undo_possible: ");
        let finding = findings.iter().find(told).unwrap_or_else(|| panic!("{words}: {findings:?}"));
        assert!(finding.status == status && finding.result.contains(words), "{words}: {finding:?}");
        if status == ValidationStatus::Warning {
            assert_eq!(finding.class, Some(Class::C), "{finding:?}");
            assert!(finding.result.contains("line 2: statement 2"), "{finding:?}");
        }
    }
    let nothing = look(&fresh, ValidationPhase::Post, &up("SELECT 1;"), &CheckSettings::default()).await;
    assert!(!nothing.iter().any(|finding| finding.result.contains("undo_possible")), "{nothing:?}");

    // And for real: rows of a DELETE, and a table that goes.
    let project = Project::on(&fresh);
    project.migration(
        "1_a.sql",
        "CREATE TABLE a (id INT PRIMARY KEY);\nCREATE TABLE b (id INT PRIMARY KEY);\n\
                                  INSERT INTO a VALUES (1), (2);\nINSERT INTO b VALUES (1);\n",
    );
    project.migration("2_b.sql", "DELETE FROM a WHERE id = 1;\nDROP TABLE b;\n");
    project.run(&["migrate"]).exits(0);
    let told = project.run(&["events", "1", "--format", "json"]).exits(0).stdout;
    assert!(told.contains("undo_possible: 2 kept objects"), "{told}");
}

async fn what_a_file_expects_is_looked_for(fresh: Fresh) {
    run(&fresh, &["CREATE TABLE here (id INT PRIMARY KEY)", "CREATE VIEW seen AS SELECT id FROM here"]).await;
    let core = &fresh.schemas().core;
    let good = [
        "ALTER TABLE here ADD COLUMN a INT;",
        "CREATE TABLE fresh (id INT); ALTER TABLE fresh ADD COLUMN a INT; DROP TABLE fresh;",
        "CREATE TABLE IF NOT EXISTS here (id INT); DROP TABLE IF EXISTS gone; DROP VIEW IF EXISTS gone_too;",
        "DROP VIEW seen; DROP TABLE here; CREATE TABLE here (id INT);",
        "CREATE TEMPORARY TABLE here (id INT);",
        "INSERT INTO nowhere VALUES (1);",
        &format!("ALTER TABLE {core}.here ADD COLUMN a INT;"),
    ];
    for sql in good {
        let (status, result) = one(&fresh, ValidationPhase::Pre, &up(sql), "objects_exist").await;
        assert_eq!(status, ValidationStatus::Passed, "{sql}: {result}");
    }
    let bad = [
        ("SELECT 1;\nALTER TABLE missing ADD COLUMN a INT;", "line 2: statement 2: it alters the table missing"),
        ("DROP TABLE missing;", "line 1: statement 1: it drops the table missing, which is not there"),
        ("DROP VIEW missing;", "it drops the view missing"),
        ("CREATE TABLE here (id INT);", "it creates the table here, which is there already"),
        ("CREATE VIEW seen AS SELECT 1;", "it creates the view seen, which is there already"),
        ("DROP TABLE here; DROP TABLE missing;", "statement 2: it drops the table missing"),
    ];
    for (sql, words) in bad {
        let (status, result) = one(&fresh, ValidationPhase::Pre, &up(sql), "objects_exist").await;
        assert_eq!(status, ValidationStatus::Failed, "{sql}: {result}");
        assert!(result.contains(words), "{sql}: {words:?} is not in {result:?}");
    }
}

async fn what_a_file_left_is_compared_with_what_it_says(fresh: Fresh) {
    run(&fresh, &["CREATE TABLE made (id INT PRIMARY KEY)"]).await;
    let (status, _) = one(&fresh, ValidationPhase::Post, &up("CREATE TABLE made (id INT);"), "objects_as_stated").await;
    assert_eq!(status, ValidationStatus::Passed);
    let sql = "CREATE TABLE never (id INT); DROP TABLE made;";
    let (status, result) = one(&fresh, ValidationPhase::Post, &up(sql), "objects_as_stated").await;
    assert_eq!(status, ValidationStatus::Failed);
    assert!(result.contains("never was created and is not there"), "{result}");
    assert!(result.contains("made was dropped and is still there"), "{result}");
}

async fn a_verify_script_must_be_true(fresh: Fresh) {
    run(&fresh, &["CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)"]).await;
    let verify =
        |verify| Script { up: "SELECT 1;", verify: Some(verify), file_type: FileType::Doctrine, held: Vec::new() };
    let good = verify("SELECT COUNT(*) = 1 FROM t;\nSELECT id FROM t WHERE id = 7;\nSELECT 1 UNION ALL SELECT 2;");
    let (status, result) = one(&fresh, ValidationPhase::Post, &good, "verify_script").await;
    assert_eq!((status, result.as_str()), (ValidationStatus::Passed, "3 statements"));
    let bad = [
        ("SELECT 1;\nSELECT COUNT(*) = 2 FROM t;", "line 2: statement 2: it says 0, not true"),
        ("SELECT NULL;", "it says NULL, not true"),
        ("SELECT * FROM nowhere;", "statement 1: it failed"),
        ("DELETE FROM t WHERE id = 1;", "a verify script only looks, and this is delete"),
    ];
    for (sql, words) in bad {
        let (status, result) = one(&fresh, ValidationPhase::Post, &verify(sql), "verify_script").await;
        assert_eq!(status, ValidationStatus::Failed, "{sql}: {result}");
        assert!(result.contains(words), "{sql}: {words:?} is not in {result:?}");
    }
    let module = Script { file_type: FileType::Module, ..verify("SELECT 0;") };
    let findings = look(&fresh, ValidationPhase::Post, &module, &CheckSettings::default()).await;
    let finding = findings.iter().find(|finding| finding.check == "verify_script").expect("it is logged");
    assert_eq!((finding.status, finding.class), (ValidationStatus::Warning, Some(Class::B)));
    let rows =
        fresh.database().await.open(Purpose::File).await.expect("a session").query("SELECT id FROM t", &[]).await;
    assert_eq!(rows.expect("rows").len(), 1, "nothing was deleted");
}

async fn core_has_a_budget_of_tables(fresh: Fresh) {
    run(
        &fresh,
        &[
            "CREATE TABLE a (id INT PRIMARY KEY)",
            "CREATE TABLE b (id INT PRIMARY KEY)",
            "CREATE VIEW v AS SELECT id FROM a",
        ],
    )
    .await;
    let mut settings = CheckSettings { core_tables: 2, ..CheckSettings::default() };
    let budget =
        |findings: Vec<Finding>| findings.into_iter().find(|f| f.check == "table_budget").expect("it is logged");
    let sql = up("DROP TABLE a; CREATE TABLE c (id INT);");
    let finding = budget(look(&fresh, ValidationPhase::Pre, &sql, &settings).await);
    assert_eq!((finding.status, finding.result.as_str()), (ValidationStatus::Passed, "2 tables"));
    let sql = up("CREATE TABLE c (id INT);");
    let finding = budget(look(&fresh, ValidationPhase::Pre, &sql, &settings).await);
    assert_eq!(finding.status, ValidationStatus::Warning);
    assert!(finding.result.contains("would have 3 tables, and its budget is 2"), "{finding:?}");
    settings.levels.insert("table_budget".to_owned(), CheckLevel::Block);
    assert!(budget(look(&fresh, ValidationPhase::Pre, &sql, &settings).await).blocks());
    run(&fresh, &["DROP TABLE b"]).await;
    let finding = budget(look(&fresh, ValidationPhase::Pre, &sql, &settings).await);
    assert_eq!(finding.status, ValidationStatus::Passed, "what stops a file is looked at anew: {finding:?}");
}

async fn a_plan_says_what_the_checks_find(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration(
        "1_t.sql",
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(40));\nCREATE TABLE w (id INT PRIMARY KEY, a VARCHAR(40));\n",
    );
    project.run(&["migrate"]).exits(0);
    let rows = "VALUES (1, 'one'), (2, 'one')";
    run(&fresh, &[&format!("INSERT INTO t {rows}"), &format!("INSERT INTO w {rows}")]).await;
    project.migration("2_u.sql", "SELECT 1;\nCREATE UNIQUE INDEX u ON t (a);\n");
    project.migration("3_v.sql", "CREATE INDEX i ON t (a);\nUPDATE t SET a = 'x';\n");
    project.migration("4_w.sql", "DELETE FROM w WHERE id = 2;\nCREATE UNIQUE INDEX x ON w (a);\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let finding = |file: usize, check: &str| {
        let findings = plan["files"][file]["findings"].as_array().expect("findings").iter();
        findings.filter(|f| f["check"] == check).cloned().collect::<Vec<_>>()
    };
    let twice = finding(0, "duplicate_rows");
    assert_eq!(twice.len(), 1, "{plan}");
    let twice = &twice[0];
    assert_eq!((&twice["level"], &twice["line"], &twice["statement"]), (&json!("blocking"), &json!(2), &json!(2)));
    for (key, says) in [
        ("message", "1 row of"),
        ("reason", "fails"),
        ("safer", "HAVING"),
        ("asked", "GROUP BY"),
        ("policy", "checks.duplicate_rows"),
    ] {
        assert!(twice[key].as_str().is_some_and(|text| text.contains(says)), "{key}: {twice}");
    }
    let open = finding(1, "refused_by_server");
    assert!(
        open[0]["message"].as_str().is_some_and(|text| text.contains("statement 2 of 2_u.sql changes t before it")),
        "{plan}"
    );
    // Where only rows are changed before, they are counted as they stand; what stands before may be there to mend them.
    let open = finding(2, "refused_by_server");
    let counted = "statement 1 changes rows of w before it; as they stand now, 1 row of";
    assert!(open.len() == 1 && open[0]["message"].as_str().is_some_and(|text| text.contains(counted)), "{plan}");
    assert!(finding(2, "duplicate_rows").is_empty(), "{plan}");
    assert_eq!(finding(1, "unbounded_write").len(), 1, "{plan}");
    let told = project.run(&["plan"]).exits(0).stdout;
    for says in ["blocking: line 2: statement 2: 1 row of", "      why: ", "      instead: "] {
        assert!(told.contains(says), "{says}: {told}");
    }
    let refused = project.run(&["migrate"]).exits(1);
    assert!(format!("{refused:?}").contains("duplicate_rows"), "{refused:?}");
    if fresh.kind != ServerKind::Sqlite {
        let ours = format!("TABLE_SCHEMA LIKE '{}%'", fresh.schemas().core);
        let twins = fresh.native(&format!(
            "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME LIKE 'caribou\\_twin%' AND {ours}"
        ));
        assert_eq!(twins.trim(), "0");
    }
}

/// A twin of a worker that was killed goes; one whose maker lives stays.
async fn twins_left_behind_are_dropped(fresh: Fresh) {
    let scratch = &fresh.schemas().ephemeral;
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    session.create_schema(scratch).await.expect("a schema");
    let (alive, gone) = (session.connection_id(), u32::MAX);
    run(&fresh, &[&format!("CREATE TABLE {scratch}.caribou_twin_{alive} (id INT)")]).await;
    run(&fresh, &[&format!("CREATE TABLE {scratch}.caribou_twin_{gone} (id INT)")]).await;
    let (now, later) = (std::time::Duration::ZERO, std::time::Duration::from_secs(3600));
    assert_eq!(check::drop_twins_left(session.as_mut(), scratch, later).await.expect("an answer"), 0);
    assert_eq!(check::drop_twins_left(session.as_mut(), scratch, now).await.expect("an answer"), 1);
    let left = session.relations(scratch).await.expect("tables");
    assert_eq!(left.iter().map(|one| one.name.clone()).collect::<Vec<_>>(), [format!("caribou_twin_{alive}")]);
    session.close().await;
}

crate::support::on_both_servers!(twins_left_behind_are_dropped);

crate::support::on_every_server!(
    a_late_and_an_edited_file_are_found_by_checks_of_the_plan,
    names_are_of_the_patterns_that_are_configured,
    what_the_undo_needs_is_looked_for,
    a_plan_says_what_the_checks_find,
    what_a_file_expects_is_looked_for,
    what_a_file_left_is_compared_with_what_it_says,
    a_verify_script_must_be_true,
    core_has_a_budget_of_tables,
);

/// The rows of the validation log that a check has: file, status, result.
async fn logged(fresh: &Fresh, check: &str) -> Vec<(i64, String, String)> {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let log = format!("{}.migration_validation_log", fresh.schemas().orchestration);
    let sql = format!(
        "SELECT file_id, validation_status, validation_result FROM {log} WHERE validation_type = ? ORDER BY validation_id"
    );
    let rows = session.query(&sql, &[check.into()]).await.expect("rows");
    session.close().await;
    rows.iter().map(|row| (row.get_i64(0), row.get_text(1), row.get_text(2))).collect()
}

async fn a_late_and_an_edited_file_are_found_by_checks_of_the_plan(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0002_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\n").run(&["migrate"]).exits(0);
    project.migration("0002_b.sql", "CREATE TABLE b (id BIGINT PRIMARY KEY);\n");
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let late = &plan["files"][0]["findings"][0];
    assert_eq!(
        (&late["check"], &late["level"], &late["policy"]),
        (&json!("out_of_order"), &json!("warning"), &json!("checks.out_of_order")),
        "{plan}"
    );
    let edited = plan["findings"].as_array().expect("findings").iter().find(|one| one["check"] == "checksum_drift");
    let edited = edited.unwrap_or_else(|| panic!("{plan}"));
    assert_eq!((&edited["level"], &edited["policy"]), (&json!("warning"), &json!("checks.checksum_drift")));
    assert!(edited["safer"].as_str().is_some_and(|safer| safer.contains("as a new migration")), "{edited}");
    // What blocks stops the file, or the plan.
    let plain = std::fs::read_to_string(project.path("caribou.toml")).expect("a configuration");
    project.configure("[checks]\nchecksum_drift = \"block\"");
    let refused = project.run(&["migrate"]).exits(2).stderr;
    assert!(refused.contains("0002_b.sql was changed after it had run") && refused.contains("checks.checksum_drift"));
    project.write("caribou.toml", format!("{plain}[checks]\nout_of_order = \"block\"\n"));
    let stopped = project.run(&["migrate", "--format", "json"]).exits(1).json();
    let error = stopped["files"][0]["error"].as_str().unwrap_or_default();
    assert!(error.contains("out_of_order: it comes before 0002_b.sql"), "{stopped}");
    assert_eq!(stopped["files"][0]["statement"], 0, "{stopped}");
    assert_eq!(logged(&fresh, "out_of_order").await[0].1, "failed");
    // Switched off, nothing is said; as a warning it stands in the log.
    project.write("caribou.toml", format!("{plain}[checks]\nout_of_order = \"off\"\nchecksum_drift = \"off\"\n"));
    let told = project.run(&["plan", "--format", "json"]).exits(0).stdout;
    assert!(!told.contains("out_of_order") && !told.contains("checksum_drift"), "{told}");
    project.write("caribou.toml", plain);
    project.run(&["migrate"]).exits(0);
    let late = logged(&fresh, "out_of_order").await;
    assert_eq!((late.len(), late[1].1.as_str()), (2, "warning"), "{late:?}");
    let edited = logged(&fresh, "checksum_drift").await;
    assert!(edited.iter().all(|(file, status, _)| (*file, status.as_str()) == (0, "warning")), "{edited:?}");
    assert!(edited[0].2.contains("0002_b.sql") && edited[0].2.contains("policy: checks.checksum_drift"), "{edited:?}");
}

async fn names_are_of_the_patterns_that_are_configured(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE Users (userId INT PRIMARY KEY);\n");
    let quiet = project.run(&["plan", "--format", "json"]).exits(0).stdout;
    assert!(!quiet.contains("checks.names"), "nothing is asked for where nothing is configured: {quiet}");
    project.configure("[names]\ntables = \"[a-z][a-z0-9_]*\"\ncolumns = \"[a-z_]+\"\n[checks]\nnames = \"block\"");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let findings = plan["files"][0]["findings"].as_array().expect("findings").iter();
    let found: Vec<_> = findings.filter(|one| one["check"] == "names").map(|one| one["policy"].clone()).collect();
    assert_eq!(found, [json!("names.columns"), json!("names.tables")], "{plan}");
    let stopped = project.run(&["migrate"]).exits(1).stdout;
    assert!(stopped.contains("the table Users is not of the pattern [a-z][a-z0-9_]*"), "{stopped}");
    project.migration("0001_a.sql", "CREATE TABLE users (user_id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(0);
}
