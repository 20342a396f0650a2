//! The checks that look at the database, on every server.

use crate::support::Fresh;
use caribou::check::{self, CheckLevel, CheckSettings, Known, Subject};
use caribou::database::Purpose;
use caribou::model::{Class, FileType, Finding, ValidationPhase, ValidationStatus};
use caribou::sql::read;

struct Script<'a> {
    up: &'a str,
    verify: Option<&'a str>,
    file_type: FileType,
}

fn up(up: &str) -> Script<'_> {
    Script { up, verify: None, file_type: FileType::Doctrine }
}

async fn look(fresh: &Fresh, phase: ValidationPhase, script: &Script<'_>, settings: &CheckSettings) -> Vec<Finding> {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let dialect = database.kind().dialect();
    let (up, verify) = (read(script.up, dialect), script.verify.map(|verify| read(verify, dialect)));
    let subject = Subject {
        class: None,
        path: "0001_a.sql",
        file_type: script.file_type,
        dialect,
        core: &fresh.schemas().core,
        up: up.as_ref(),
        down: None,
        verify: verify.as_ref().map(Result::as_ref),
    };
    let findings =
        check::run(phase, &subject, settings, (session.as_mut(), &mut Known::default()), database.as_ref()).await;
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
    let verify = |verify| Script { up: "SELECT 1;", verify: Some(verify), file_type: FileType::Doctrine };
    let good = verify("SELECT COUNT(*) = 1 FROM t;\nSELECT id FROM t WHERE id = 7;\nSELECT 1 UNION ALL SELECT 2;");
    let (status, result) = one(&fresh, ValidationPhase::Post, &good, "verify_script").await;
    assert_eq!((status, result.as_str()), (ValidationStatus::Passed, "3 statements"));
    let bad = [
        ("SELECT 1;\nSELECT COUNT(*) = 2 FROM t;", "line 2: statement 2: 1 of 1 rows are not true, the first says 0"),
        ("SELECT NULL;", "the first says NULL"),
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

crate::support::on_every_server!(
    what_a_file_expects_is_looked_for,
    what_a_file_left_is_compared_with_what_it_says,
    a_verify_script_must_be_true,
    core_has_a_budget_of_tables,
);
