//! What is told of a statement when it ends: the server's warnings, the rows that it changed, its time, and the locks
//! that it met.

use crate::support::{Fresh, Project, Running, on_both_servers, on_every_server};
use caribou::database::Purpose;
use caribou::model::{Seq, ValidationPhase, ValidationStatus};
use caribou::store::{Reader, Store};
use std::time::{Duration, Instant};

/// What the journal holds of the phase: check, status, words.
async fn judged(fresh: &Fresh) -> Vec<(String, ValidationStatus, String)> {
    let store = Store::new(fresh.database().await);
    let mut reader = Reader::open(&store).await.expect("a reader");
    let batch = reader.batches(1).await.expect("batches")[0].batch_id;
    let events = reader.events(batch, Seq(0), 10_000).await.expect("events");
    reader.close().await;
    let results = events.iter().flat_map(|event| event.kind.validations());
    let during = results.filter(|result| result.phase == ValidationPhase::During);
    during.map(|result| (result.check.to_owned(), result.status, result.result.to_owned())).collect()
}

fn number(fresh: &Fresh, sql: &str) -> i64 {
    fresh.native(sql).trim().parse().unwrap_or_else(|_| panic!("no number of {sql}"))
}

const CUTS: &str = "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(3));\nSET SESSION sql_mode = '';\n\
                    INSERT INTO t VALUES (1, 'abcdef');\nDROP TABLE IF EXISTS nothing;\n";

async fn a_value_that_is_cut_stands_in_the_log_and_the_report(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_t.sql", CUTS);
    project.run(&["migrate"]).exits(0);
    let found = judged(&fresh).await;
    assert_eq!(found.len(), 1, "a note is no warning: {found:?}");
    let (check, status, result) = &found[0];
    assert_eq!((check.as_str(), *status), ("server_warnings", ValidationStatus::Warning), "{found:?}");
    assert!(result.contains("line 3: statement 3: Warning 1265: Data truncated for column 'a'"), "{result}");
    let log = format!(
        "SELECT COUNT(*) FROM {}.migration_validation_log WHERE validation_phase = 'during' AND validation_type = \
         'server_warnings' AND validation_status = 'warning' AND validation_result LIKE '%1265%'",
        fresh.schemas().orchestration
    );
    assert_eq!(number(&fresh, &log), 1);
    let report = project.run(&["report", "1"]).exits(0).stdout;
    assert!(report.contains("server_warnings") && report.contains("Data truncated"), "{report}");
    let listed = project.run(&["checks"]).exits(0).stdout;
    for name in ["server_warnings", "statement_time", "lock_waits", "rows_expected"] {
        let line = listed.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {listed}"));
        assert!(line.contains("during"), "{line}");
    }
}

/// Where a warning is to stop the file: it is undone, whether the statement stood in a transaction or not.
async fn a_warning_that_blocks_undoes_the_file(fresh: Fresh) {
    for (schema, text) in [
        ("plain", CUTS.to_owned()),
        ("in_transaction", CUTS.replace("INSERT", "BEGIN;\nINSERT").replace("DROP", "COMMIT;\nDROP")),
        ("last", CUTS.replace("DROP TABLE IF EXISTS nothing;\n", "")),
    ] {
        let project = Project::on(&fresh);
        project.configure("[checks]\nserver_warnings = \"block\"\n");
        project.migration(&format!("{schema}.sql"), text);
        let ran = project.run(&["migrate"]);
        assert!(ran.code != Some(0), "{schema}: {ran:?}");
        let found = judged(&fresh).await;
        assert_eq!((found[0].0.as_str(), found[0].1), ("server_warnings", ValidationStatus::Failed), "{found:?}");
        let table = format!(
            "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{}' AND TABLE_NAME = 't'",
            fresh.schemas().core
        );
        assert_eq!(number(&fresh, &table), 0, "{schema}: {ran:?}");
        let status = project.run(&["status", "--format", "json"]).json();
        assert_eq!(status["batch"]["status"], "rolled_back", "{schema}: {status}");
    }
}

async fn rows_against_what_the_file_expects_are_logged(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration(
        "1_t.sql",
        "CREATE TABLE t (id INT PRIMARY KEY, a INT);\nINSERT INTO t VALUES (1, 0), (2, 0), (3, 0);\n\
         -- caribou: rows=2\nUPDATE t SET a = 1 WHERE id < 3;\n",
    );
    project.run(&["migrate"]).exits(0);
    let found = judged(&fresh).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1), ("rows_expected", ValidationStatus::Passed), "{found:?}");
    assert!(found[0].2.contains("statement 3: 2 rows changed"), "{found:?}");
    project.migration("2_t.sql", "-- caribou: rows=1\nUPDATE t SET a = 2 WHERE id < 3;\n");
    assert!(project.run(&["migrate"]).code != Some(0));
    let found = judged(&fresh).await;
    assert_eq!((found[0].0.as_str(), found[0].1), ("rows_expected", ValidationStatus::Failed), "{found:?}");
    assert!(found[0].2.contains("2 rows changed, where 1"), "{found:?}");
}

async fn a_statement_slower_than_its_last_run_is_told_of(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[checks]\nstatement_time = \"block\"\n");
    project
        .migration("1_pace.sql", "CREATE TABLE pace (id INT PRIMARY KEY, s INT);\nINSERT INTO pace VALUES (1, 0);\n");
    project.run(&["migrate"]).exits(0);
    project.migration("2_slow.sql", "CREATE TABLE u (id INT PRIMARY KEY);\nINSERT INTO u SELECT SLEEP(s) FROM pace;\n");
    project.run(&["migrate"]).exits(0);
    assert_eq!(judged(&fresh).await, []);
    project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "once more"]).exits(0);
    fresh.native(&format!("UPDATE {}.pace SET s = 2", fresh.schemas().core));
    project.run(&["migrate"]).exits(0);
    let found = judged(&fresh).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1), ("statement_time", ValidationStatus::Warning), "{found:?}");
    assert!(found[0].2.contains("statement 2") && found[0].2.contains("(as the last run)"), "{found:?}");
}

/// A real deadlock: our statement holds row 1 and waits for row 2; the other session holds row 2, has written more, and
/// asks for row 1. The server ends ours, which is sent again until the other is done.
async fn a_deadlock_is_tried_again_and_told(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration(
        "1_d.sql",
        "CREATE TABLE d (id INT PRIMARY KEY, n INT);\nINSERT INTO d VALUES (1, 0), (2, 0);\n\
         CREATE TABLE other (id INT PRIMARY KEY);\n",
    );
    project.run(&["migrate"]).exits(0);
    let database = fresh.database().await;
    let mut other = database.open(Purpose::File).await.expect("a session");
    other.run("BEGIN").await.expect("begun");
    let rows: Vec<String> = (0..200).map(|n| format!("({n})")).collect();
    other.run(&format!("INSERT INTO other VALUES {}", rows.join(", "))).await.expect("written");
    other.run("UPDATE d SET n = n + 10 WHERE id = 2").await.expect("row 2 is held");
    project.migration("2_d.sql", "UPDATE d SET n = n + 1;\n");
    let migrate = Running::start(&mut project.command(&["migrate"]));
    // Row 1 is the file's once nobody else can lock it. (The server's list of transactions does not tell: it stands still
    // while it is read more often than ten times a second.)
    let free = format!(
        "SELECT COUNT(*) FROM (SELECT id FROM {}.d WHERE id = 1 FOR UPDATE SKIP LOCKED) f",
        fresh.schemas().core
    );
    let deadline = Instant::now() + Duration::from_secs(60);
    while number(&fresh, &free) == 1 {
        assert!(Instant::now() < deadline, "it does not hold row 1: {}", migrate.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    other.run("UPDATE d SET n = n + 10 WHERE id = 1").await.expect("the lighter one is the victim");
    other.run("COMMIT").await.expect("committed");
    migrate.wait().exits(0);
    other.close().await;
    let found = judged(&fresh).await;
    let told = found.iter().find(|(check, ..)| check == "lock_waits").unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(told.1, ValidationStatus::Warning);
    assert!(told.2.contains("sent again") && told.2.to_lowercase().contains("deadlock"), "{told:?}");
    let events = project.run(&["events", "2", "--format", "json"]).exits(0).stdout;
    assert!(events.contains("statement_waited") && events.contains("\"deadlock\""), "{events}");
    let sum = format!("SELECT SUM(n) FROM {}.d", fresh.schemas().core);
    assert_eq!(number(&fresh, &sum), 22, "both have written, each once");
}

/// What an undo meets is told like what the file met.
async fn a_lock_that_an_undo_meets_is_told(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_d.sql", "CREATE TABLE d (id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(0);
    project.migration("2_d.sql", "ALTER TABLE d ADD COLUMN n INT;\n");
    project.run(&["migrate"]).exits(0);
    let mut other = fresh.database().await.open(Purpose::File).await.expect("a session");
    other.run("BEGIN").await.expect("begun");
    other.run("SELECT * FROM d").await.expect("read");
    let file = ["rollback", "2", "--class", "A", "--yes", "--reason", "back"];
    let rollback = Running::start(&mut project.command(&file));
    let waited = format!(
        "SELECT COUNT(*) FROM {}.migration_events WHERE payload LIKE '%statement_waited%'",
        fresh.schemas().orchestration
    );
    let deadline = Instant::now() + Duration::from_secs(60);
    while number(&fresh, &waited) == 0 {
        assert!(Instant::now() < deadline, "it does not wait: {}", rollback.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    other.run("COMMIT").await.expect("committed");
    other.close().await;
    rollback.wait().exits(0);
    let found = judged(&fresh).await;
    let told = found.iter().find(|(check, ..)| check == "lock_waits").unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(told.1, ValidationStatus::Warning);
    assert!(told.2.contains("step 1 of the undo: ") && told.2.contains("sent again"), "{told:?}");
}

on_both_servers!(
    a_lock_that_an_undo_meets_is_told,
    a_value_that_is_cut_stands_in_the_log_and_the_report,
    a_warning_that_blocks_undoes_the_file,
    a_statement_slower_than_its_last_run_is_told_of,
    a_deadlock_is_tried_again_and_told,
);
on_every_server!(rows_against_what_the_file_expects_are_logged);
