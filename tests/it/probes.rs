//! Performance probes and the monitoring baseline, on real data: an index goes, a query is slow, and somebody decides.

use crate::support::{Fresh, PrivateServer, Project, is_wanted, on_every_server};
use caribou::database::{Database, Purpose, ServerKind};
use serde_json::Value;

/// Rows of the table: without its index a query reads them all.
const ROWS: u32 = 200_000;

/// A table of so many rows, made by one statement, and an index on it.
pub async fn orders(database: &dyn Database) {
    let depth = format!(
        "SET SESSION {}",
        match database.kind() {
            ServerKind::MySql => format!("cte_max_recursion_depth = {ROWS}"),
            _ => format!("max_recursive_iterations = {ROWS}"),
        }
    );
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})");
    let values = "SELECT i, i, 'some words that take room in every row' FROM n";
    let insert = match database.kind() {
        ServerKind::Sqlite => format!("{numbers} INSERT INTO orders {values}"),
        _ => format!("INSERT INTO orders {numbers} {values}"),
    };
    let mut session = database.open(Purpose::File).await.expect("a session");
    let create = "CREATE TABLE orders (id INT PRIMARY KEY, day INT NOT NULL, note VARCHAR(80))".to_owned();
    let index = "CREATE INDEX orders_day ON orders (day)".to_owned();
    let depth = Some(depth).filter(|_| database.kind() != ServerKind::Sqlite);
    for sql in [Some(create), depth, Some(insert), Some(index)].into_iter().flatten() {
        session.run(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    session.close().await;
}

const PROBES: &str = "[[probes]]\nname = \"by_day\"\nsql = \"SELECT note FROM orders WHERE day = 4711\"\nmax_ratio = 3\n\
    runs = 5\n\n[[probes]]\nname = \"lost\"\nsql = \"SELECT * FROM nowhere\"\n";

fn json(project: &Project, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    project.run(&arguments).json()
}

async fn a_dropped_index_opens_a_window_and_its_rollback_brings_it_back(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure(PROBES);
    project.run(&["schema", "install"]).exits(0);
    let database = fresh.database().await;
    orders(database.as_ref()).await;
    project.migration("1_apart.sql", "CREATE TABLE apart (id INT PRIMARY KEY);\n").migration(
        "2_slow.sql",
        match database.kind() {
            ServerKind::Sqlite => "DROP INDEX orders_day;\n",
            _ => "ALTER TABLE orders DROP INDEX orders_day;\n",
        },
    );
    let ran = project.run(&["migrate"]).exits(0);
    assert!(ran.stdout.contains("Rollback 1 (class B"), "{ran:?}");

    let open = &json(&project, &["rollbacks"])["rollbacks"][0];
    let reason = open["reason"].as_str().expect("a reason");
    assert!(reason.contains("probe by_day is") && !reason.contains("plan"), "{open}");
    assert_eq!(open["scope"], serde_json::json!(["2_slow.sql"]), "the other file has nothing to do with it");

    let report = json(&project, &["report", "1"]);
    let findings = report["findings"].as_array().expect("findings");
    let of = |phase: &str, class: Value| {
        let fits = |f: &&Value| f["check"] == "performance_probe" && f["phase"] == phase && f["class"] == class;
        findings.iter().filter(fits).map(|f| f["result"].as_str().unwrap_or_default()).collect::<Vec<_>>()
    };
    let slower = of("post", "B".into());
    assert!(slower.len() == 1 && slower[0].contains("plan before:") && slower[0].contains("orders_day"), "{slower:?}");
    let plans: Vec<&str> = slower[0].split("plan after:").collect();
    assert!(plans.len() == 2 && plans[0].contains("orders_day") && !plans[1].contains("orders_day"), "{plans:?}");
    let lost = of("pre", Value::Null);
    assert!(
        lost.len() == 1 && lost[0].contains("probe lost could not be measured"),
        "a warning, and no more: {lost:?}"
    );
    assert!(report["probes"][0]["ratio"].as_f64().is_some_and(|ratio| ratio > 3.0), "{}", report["probes"]);
    let sized = |report: &Value, table: &str| {
        let tables = report["baseline"]["tables"].as_array().cloned().unwrap_or_default();
        tables.into_iter().find(|one| one["table"] == table)
    };
    assert!(sized(&report, "apart").is_some_and(|one| one["bytes"].as_u64() > Some(0)), "{}", report["baseline"]);
    assert!(!report["baseline"]["counters"].as_array().expect("counters").is_empty(), "{}", report["baseline"]);

    assert_eq!(json(&project, &["approve", "1", "--yes", "--reason", "a test"])["status"], "effective");
    assert!(json(&project, &["rollbacks"])["rollbacks"].as_array().is_some_and(Vec::is_empty), "nothing is open");
    let mut session = database.open(Purpose::File).await.expect("a session");
    let sql = match database.kind() {
        ServerKind::Sqlite => "SELECT COUNT(*) FROM orders INDEXED BY orders_day WHERE day = 1",
        _ => "SELECT COUNT(*) FROM orders FORCE INDEX (orders_day) WHERE day = 1",
    };
    assert_eq!(session.query_text(sql).await.expect("the index is back")[0].get_u64(0), 1);
    session.close().await;

    project.migration("3_apart.sql", "-- caribou: requires=1_apart\nINSERT INTO apart VALUES (1);\n");
    std::fs::remove_file(project.path("migrations/2_slow.sql")).expect("the file is gone");
    project.run(&["migrate"]).exits(0);
    let later = json(&project, &["report"]);
    let apart = sized(&later, "apart").expect("the table is measured again");
    assert_eq!(apart["earlier"]["batch"], 1, "{apart}");
    let again = &later["probes"][0];
    assert_eq!(again["earlier"]["batch"], 1, "{again}");
    // Measured again after the rollback: as fast as with the index, before the batch and after it.
    let slow = again["earlier"]["ms"].as_f64().expect("it was measured");
    for ms in [&again["before_ms"], &again["after_ms"]] {
        assert!(ms.as_f64().is_some_and(|ms| ms * 2.0 < slow), "{again}");
    }
    let told = project.run(&["report"]).exits(0).stdout;
    assert!(told.contains("## Probes") && told.contains("batch 1: "), "{told}");
}

/// Probes are measured before and after a batch that runs frozen, and nothing of the freeze is in their way.
fn are_measured_while_frozen(fresh: &Fresh) {
    let project = Project::on(fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\n");
    project.run(&["migrate"]).exits(0);
    let probe = "[[probes]]\nname = \"a\"\nsql = \"SELECT * FROM a\"\nmax_ratio = 1000\nruns = 3\n";
    project.configure(&format!("[policy]\nfreeze = \"always\"\n{probe}"));
    project.migration("2_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO b VALUES (1);\n");
    project.run(&["migrate"]).exits(0);
    let told = project.run(&["events", "0", "--format", "json"]).exits(0).stdout;
    assert!(told.contains("\"step\":\"begun\"") && told.contains("\"step\":\"thawed\""), "{told}");
    let report = json(&project, &["report", "2"]);
    assert!(report["probes"][0]["ratio"].as_f64().is_some(), "measured before and after: {}", report["probes"]);
    assert_eq!(json(&project, &["status"])["system"]["status"], "normal");
}

#[test]
fn probes_are_measured_while_frozen() {
    if is_wanted(ServerKind::Sqlite) {
        are_measured_while_frozen(&Fresh::on(ServerKind::Sqlite));
    }
    for kind in [ServerKind::MariaDb, ServerKind::MySql].into_iter().filter(|kind| is_wanted(*kind)) {
        // The freeze is of the whole server.
        let server = PrivateServer::own(kind, &[]);
        are_measured_while_frozen(&Fresh::in_server(&server));
    }
}

on_every_server!(a_dropped_index_opens_a_window_and_its_rollback_brings_it_back);

#[test]
fn a_probe_that_writes_is_refused_before_anything_runs() {
    let project = Project::empty();
    project.write(
        "caribou.toml",
        "[database]\nurl = \"sqlite:db\"\n\n[[probes]]\nname = \"a\"\nsql = \"DELETE FROM t\"\n",
    );
    project.migration("1_a.sql", "CREATE TABLE t (id INT);\n");
    let refused = project.run(&["migrate"]).exits(2).stderr;
    assert!(refused.contains("caribou.toml:4: the probe a must be a SELECT") && refused.contains("hint:"), "{refused}");
    assert!(!project.path("db").exists(), "nothing was made");
}
