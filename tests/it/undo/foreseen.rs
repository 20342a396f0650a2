//! Foresight of what an undo would cost and lose, said before anything runs, and before anybody approves it.

use crate::support::{Fresh, Project, Running, on_both_servers, on_every_server};
use caribou::database::{Purpose, ServerKind};

const FIVE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);\n\
    INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5);\n";

async fn a_plan_says_what_keeping_costs(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(FIVE).await;
    project.migration("0001_t.sql", "UPDATE t SET n = 0 WHERE id > 2;\nDELETE FROM t;\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let statements = &plan["files"][0]["statements"];
    assert_eq!((statements[0]["undo"].as_str(), statements[0]["undo_cost"]["rows"].as_u64()), (Some("kept"), Some(3)));
    assert_eq!(statements[1]["undo_cost"]["rows"], 5);
    let human = project.run(&["plan"]).exits(0).stdout;
    assert!(human.contains("Keeping copies 8 rows"), "{human}");
}

async fn beyond_the_budget_nothing_begins(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(FIVE).await;
    project.configure("[undo]\nmax_rows = 4");
    project.migration("0001_u.sql", "CREATE TABLE u (id INT);\n").migration("0002_t.sql", "DELETE FROM t;\n");
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("0002_t.sql, line 1") && ran.stderr.contains("undo.max_rows"), "{ran:?}");
    assert!(ran.stderr.contains("--accept-irreversible"), "{ran:?}");
    fresh.sql("CREATE TABLE u (id INT)").await;
    let plan = project.run(&["plan", "--accept-irreversible", "--format", "json"]).exits(0).json();
    assert_eq!((&plan["undo_coverage"]["none"], &plan["undo_coverage"]["kept"]), (&1.into(), &0.into()), "{plan}");
}

async fn what_has_no_transactions_is_said_to_be_irreversible(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql("CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM").await;
    project.migration("0001_m.sql", "INSERT INTO m VALUES (1);\n");
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("has no transactions (MyISAM)"), "{ran:?}");
    project.migration("0001_m.rollback.sql", "DELETE FROM m;\n");
    project.run(&["migrate"]).exits(0);
}

/// Statements that destroy too much to keep, each with a script that brings the definitions back and not the rows.
const WRONG_SCRIPTS: [(&str, &str); 5] = [
    ("DELETE FROM t;\n", "UPDATE t SET n = n;\n"),
    ("DROP TABLE t;\n", "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);\n"),
    ("ALTER TABLE t DROP COLUMN n;\n", "ALTER TABLE t ADD COLUMN n INT;\n"),
    (
        "CREATE TABLE u AS SELECT * FROM t;\nDROP TABLE t;\n",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);\nDROP TABLE u;\n",
    ),
    (
        "DELETE FROM t WHERE id > 1;\nUPDATE t SET n = 7;\n",
        "BEGIN;\nINSERT INTO t VALUES (2, 2);\nROLLBACK;\nSELECT no_such FROM t;\n",
    ),
];

async fn rows(fresh: &Fresh) -> Vec<(i64, i64)> {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.unwrap();
    let rows = session.query_text("SELECT id, n FROM t ORDER BY id").await.unwrap();
    session.close().await;
    rows.iter().map(|row| (row.get_i64(0), row.get_i64(1))).collect()
}

/// Either all of it comes back, by what was kept without a copy, or a person is told: never "undone" with rows gone.
async fn what_was_not_kept_is_never_called_undone(shared: Fresh) {
    let truncate = [("TRUNCATE TABLE t;\n", "DELETE FROM t WHERE id = 0;\n")];
    let of_servers = truncate.iter().filter(|_| shared.kind != ServerKind::Sqlite);
    for (up, down) in WRONG_SCRIPTS.iter().chain(of_servers) {
        let fresh = Fresh::on(shared.kind);
        let project = Project::on(&fresh);
        fresh.sql(FIVE).await;
        project.configure("[undo]\nmax_rows = 1");
        project.migration("0001_t.sql", up).migration("0001_t.rollback.sql", down);
        let before = rows(&fresh).await;
        project.run(&["migrate", "--accept-irreversible"]).exits(0);
        let ran = project.run(&["rollback", "--class", "A", "--yes", "--reason", "back"]);
        let verified = ran.stdout.contains("and verified") && !ran.stdout.contains("not compared: the rows");
        match ran.code.unwrap_or(-1) {
            0 if verified => assert_eq!(rows(&fresh).await, before, "{up}: {ran:?}"),
            0 => assert!(ran.stdout.contains("but for what could not be compared"), "{up}: {ran:?}"),
            3 => assert!(!ran.stdout.contains("and verified"), "{up}: {ran:?}"),
            _ => panic!("{up}: {ran:?}"),
        }
        fresh.drop_schemas();
    }
}

/// An abort takes everything back; but others have written into a table that would go.
async fn class_a_waits_where_rows_of_others_would_go(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.run(&["schema", "install"]).exits(0);
    project.migration("0001_t.sql", FIVE).migration("0002_u.sql", "CREATE TABLE u (id INT);\n");
    let begin = || {
        let worker = Running::start(&mut project.command(&["migrate", "--step"]));
        worker.wait_text("stepping");
        worker
    };
    let worker = begin();
    for _ in 0..2 {
        project.run(&["step", "--yes"]).exits(0);
    }
    worker.wait_text("0001_t.sql");
    until(&project, |status| status["files"][0]["statement"] == 2).await;
    fresh.sql("INSERT INTO t VALUES (6, 6)").await;
    project.run(&["abort", "--yes", "--reason", "not today"]).exits(0);
    until(&project, |status| status["batch"]["hold"].as_str().is_some_and(|h| h.contains("awaiting_approval"))).await;
    let status = project.run(&["status"]).stdout;
    assert!(status.contains("1 row of") && status.contains("which is dropped"), "{status}");
    let rollbacks = project.run(&["rollbacks", "--format", "json"]).json();
    let id = rollbacks["rollbacks"][0]["id"].to_string();
    project.run(&["approve", &id, "--yes", "--reason", "it was a test"]).exits(0);
    worker.wait().exits(1);
    fresh.sql("CREATE TABLE t (id INT)").await;
}

async fn until(project: &Project, wanted: impl Fn(&serde_json::Value) -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let status = project.run(&["status", "--format", "json"]).json();
        if wanted(&status) {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{status}");
    }
}

async fn the_data_is_asked_whether_the_undo_still_fits(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql("CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL, s VARCHAR(3), UNIQUE KEY one (s))").await;
    project.migration(
        "0001_t.sql",
        "ALTER TABLE t MODIFY n INT NULL, MODIFY s VARCHAR(9), DROP KEY one, ADD COLUMN c INT DEFAULT 7;\n",
    );
    project.run(&["migrate"]).exits(0);
    let ask = || project.run(&["rollback", "--dry-run", "--format", "json"]).exits(0).json();
    let fits = ask();
    assert_eq!(
        (&fits["fit"]["asked"], fits["fit"]["misfits"].as_array().map(Vec::len)),
        (&3.into(), Some(0)),
        "{fits}"
    );
    assert_eq!(fits["rows_written_since"], 0, "{fits}");
    fresh.sql("INSERT INTO t VALUES (1, NULL, 'abcde', 7), (2, 2, 'x', 8), (3, 3, 'x', 7)").await;
    let fits = ask();
    assert_eq!(fits["fit"]["misfits"].as_array().map(Vec::len), Some(3), "{fits}");
    assert_eq!(fits["files"][0]["lost"][0]["rows"], 1, "{fits}");
    let human = project.run(&["rollback", "--dry-run"]).exits(0).stdout;
    assert!(human.contains("IT WOULD FAIL: 1 row of t have no value for n"), "{human}");
    assert!(human.contains("of 3 questions to the data, 0 speak for the undo"), "{human}");
}

/// Somebody uses what the file allows while it still runs: the undo would stop there.
async fn rows_that_do_not_fit_back_are_told_as_soon_as_the_file_has_run(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[checks]\nundo_possible = \"warn\"\n");
    fresh
        .sql("CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL, s VARCHAR(3)); INSERT INTO t VALUES (1, 1, 'x')")
        .await;
    let file = "ALTER TABLE t MODIFY n INT NULL, MODIFY s VARCHAR(9);\nSELECT SLEEP(2.75);\n";
    project.migration("0001_t.sql", file);
    let running = Running::start(&mut project.command(&["migrate"]));
    let sleeps = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(2.75)%'";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while fresh.native(sleeps).trim() == "0" {
        assert!(std::time::Instant::now() < deadline, "the statement is not seen");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    fresh.sql("INSERT INTO t VALUES (2, NULL, 'abcd')").await;
    running.wait().exits(0);
    let events = project.run(&["events", "1", "--format", "json"]).exits(0).stdout;
    for words in
        ["the undo would stop at 1 row of", "have no value for n, which becomes NOT NULL", "beyond its type of before"]
    {
        assert!(events.contains(words), "{words}: {events}");
    }
}

on_every_server!(
    a_plan_says_what_keeping_costs,
    beyond_the_budget_nothing_begins,
    what_was_not_kept_is_never_called_undone,
    class_a_waits_where_rows_of_others_would_go,
);
on_both_servers!(
    rows_that_do_not_fit_back_are_told_as_soon_as_the_file_has_run,
    what_has_no_transactions_is_said_to_be_irreversible,
    the_data_is_asked_whether_the_undo_still_fits
);
