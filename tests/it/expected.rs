//! How long files may take, the real binary: as rehearsed, as the last run, guessed.

use crate::support::{Fresh, Project, on_both_servers, on_every_server};
use caribou::database::Purpose;
use serde_json::{Value, json};

fn plan(project: &Project) -> Value {
    project.run(&["plan", "--format", "json"]).exits(0).json()
}

async fn a_file_that_runs_again_is_expected_to_take_what_it_took(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration("0001_herd.sql", "CREATE TABLE herd (id INT PRIMARY KEY);\nINSERT INTO herd VALUES (1), (2);\n")
        .migration("0002_farm.sql", "CREATE TABLE farm (id INT PRIMARY KEY);\n");
    let first = plan(&project);
    assert_eq!(first["files"][0]["expected"]["source"], "guessed", "{first}");
    assert_eq!(first["files"][0]["expected"]["statements"].as_array().unwrap().len(), 2);
    assert!(first["expected"]["ms"].as_u64().unwrap() > 0 && first["expected"]["width"].as_u64().unwrap() > 0);
    project.run(&["migrate"]).exits(0);
    project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "once more"]).exits(0);
    let again = plan(&project);
    for file in 0..2 {
        let expected = &again["files"][file]["expected"];
        assert_eq!((&expected["source"], &expected["batch"]), (&json!("last_run"), &json!(1)), "{again}");
    }
    // Another text of the same path takes what the path took.
    project.migration("0002_farm.sql", "CREATE TABLE farm (id INT PRIMARY KEY, name VARCHAR(9));\n");
    let edited = plan(&project);
    assert_eq!(edited["files"][1]["expected"]["source"], "last_run", "{edited}");
    let told = project.run(&["plan"]).exits(0).stdout;
    assert!(told.contains("(as the last run)") && told.contains("Time: ~"), "{told}");
    // Each statement of a file that has more than one says its own.
    let statement = &again["files"][0]["statements"][1]["expected"];
    assert_eq!(
        (&statement["source"], &statement["ms"]),
        (&json!("last_run"), &again["files"][0]["expected"]["statements"][1])
    );
    let lines: Vec<&str> =
        told.lines().filter(|line| line.contains("undo:") && line.contains("(as the last run)")).collect();
    assert_eq!(lines.len(), 2, "{told}");
    // The journal keeps what was expected.
    project.run(&["migrate"]).exits(0);
    let store = caribou::store::Store::new(fresh.database().await);
    let mut reader = caribou::store::Reader::open(&store).await.expect("a reader");
    let batch = reader.batches(1).await.expect("batches")[0].batch_id;
    let world = reader.world(batch).await.expect("a world").expect("a batch");
    for file in world.batch(batch).unwrap().in_order() {
        let expected = file.expected.as_ref().expect("a time");
        assert_eq!(serde_json::to_value(expected).unwrap()["source"], "last_run", "{}", file.path);
        assert!(file.begun_at.is_some_and(|begun| begun <= file.moved_at));
    }
    reader.close().await;
}

async fn what_was_rehearsed_is_expected_while_few_rows_are_there(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_herd.sql", "CREATE TABLE herd (id INT PRIMARY KEY, name VARCHAR(40));\n");
    project.run(&["migrate"]).exits(0);
    project
        .migration("0002_name.sql", "CREATE INDEX by_name ON herd (name);\nCREATE TABLE farm (id INT PRIMARY KEY);\n");
    assert_eq!(plan(&project)["files"][0]["expected"]["source"], "guessed");
    project.run(&["rehearse"]).exits(0);
    let rehearsed = plan(&project);
    let expected = &rehearsed["files"][0]["expected"];
    assert_eq!(expected["source"], "rehearsed", "{rehearsed}");
    assert!(expected["at"].as_i64().unwrap() > 1_700_000_000_000, "{expected}");
    assert_eq!(expected["statements"].as_array().unwrap().len(), 2);
    assert!(project.run(&["plan"]).exits(0).stdout.contains("(rehearsed)"));
    // A rehearsal has no rows: of many it tells nothing.
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    for start in (0..20_000).step_by(2_000) {
        let rows: Vec<String> = (start..start + 2_000).map(|n| format!("({n}, 'herd {n}')")).collect();
        session.run(&format!("INSERT INTO herd VALUES {}", rows.join(", "))).await.expect("rows");
    }
    if fresh.kind != caribou::database::ServerKind::Sqlite {
        session.run("ANALYZE TABLE herd").await.expect("statistics");
    }
    session.close().await;
    let grown = plan(&project);
    assert_eq!(grown["files"][0]["expected"]["source"], "guessed", "{grown}");
}

async fn what_nobody_knows_has_a_reason(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    project.migration("0002_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO b SELECT id FROM a;\n");
    let told = plan(&project);
    assert_eq!(told["expected"]["ms"], json!(null), "{told}");
    let why = told["files"][1]["expected_unknown"].as_str().unwrap();
    assert!(why.starts_with("statement 2: the rows that it copies are not counted"), "{why}");
    let text = project.run(&["plan"]).exits(0).stdout;
    assert!(text.contains("Time: not known: 0002_b.sql: statement 2"), "{text}");
    let (known, unknown) = (&told["files"][1]["statements"][0], &told["files"][1]["statements"][1]);
    assert_eq!((&known["expected"]["source"], &unknown["expected"]), (&json!("guessed"), &json!(null)), "{told}");
    assert!(unknown["expected_unknown"].as_str().unwrap().starts_with("the rows that it copies"), "{unknown}");
    assert_eq!(text.matches("time not known").count(), 1, "{text}");
}

/// The means of an ALTER are asked of the server, with rows and bytes; before there is a schema to ask in, that is said.
async fn the_means_of_an_alter_are_asked_or_not_known(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[checks]\nlarge_rows = 1000");
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    session.run("CREATE TABLE t (a INT PRIMARY KEY, b INT, c INT NULL)").await.expect("a table");
    let rows: Vec<String> = (0..2000).map(|n| format!("({n}, {n}, IF({n} < 7, NULL, 1))")).collect();
    session.run(&format!("INSERT INTO t VALUES {}", rows.join(", "))).await.expect("rows");
    session.run("ANALYZE TABLE t").await.expect("statistics");
    session.close().await;
    project.migration("1_b.sql", "ALTER TABLE t MODIFY b BIGINT, MODIFY c INT NOT NULL;\n");
    let of = |told: &Value, check: &str| -> Vec<String> {
        let findings = told["files"][0]["findings"].as_array().expect("findings").iter();
        findings.filter(|one| one["check"] == check).map(|one| one["message"].as_str().unwrap().to_owned()).collect()
    };
    let told = plan(&project);
    let open = of(&told, "refused_by_server");
    assert!(
        open.len() == 1 && open[0].contains("not known yet") && open[0].contains("caribou schema install"),
        "{told}"
    );
    assert_eq!(of(&told, "nulls_in_the_way").len(), 1, "the data are asked all the same: {told}");
    assert_eq!(told["files"][0]["statements"][0]["algorithm"], json!(null), "{told}");

    project.run(&["schema", "install"]).exits(0);
    let told = plan(&project);
    let statement = &told["files"][0]["statements"][0];
    assert_eq!(
        (&statement["algorithm"], &statement["lock"], &statement["instant"]),
        (&json!("COPY"), &json!("SHARED"), &json!(false)),
        "{told}"
    );
    let size = &statement["size"];
    assert!(size["rows"].as_u64().is_some_and(|rows| (1500..2500).contains(&rows)), "{told}");
    assert!(size["bytes"].as_u64().is_some_and(|bytes| bytes >= 16_384), "{told}");
    let blocking = of(&told, "blocking_alter");
    assert!(blocking.len() == 1 && blocking[0].contains("ALGORITHM=COPY, LOCK=SHARED at best"), "{told}");
    assert_eq!(of(&told, "refused_by_server"), [] as [String; 0], "{told}");
}

on_both_servers!(the_means_of_an_alter_are_asked_or_not_known);
on_every_server!(
    a_file_that_runs_again_is_expected_to_take_what_it_took,
    what_was_rehearsed_is_expected_while_few_rows_are_there,
    what_nobody_knows_has_a_reason,
);
