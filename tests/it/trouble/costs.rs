//! Cost of keeping: it is not read from statistics, since those of a table that was filled a moment ago know of
//! nothing.

use crate::support::{Fresh, Project, on_every_server};
use caribou::database::Purpose;

async fn rows_that_no_statistics_know_of_are_weighed(fresh: Fresh) {
    let project = Project::on(&fresh);
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    session.run("CREATE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR(4000))").await.expect("a table");
    if database.kind() != caribou::database::ServerKind::Sqlite {
        // From here on the catalogue says that it is empty.
        session.query_text("ANALYZE TABLE t").await.expect("statistics");
        let sql =
            "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't'";
        assert_eq!(session.query_text(sql).await.expect("an answer")[0].get_u64(0), 0);
    }
    let rows: Vec<String> = (1..=60).map(|n| format!("({n}, '{}')", "x".repeat(2_000))).collect();
    session.run(&format!("INSERT INTO t VALUES {}", rows.join(", "))).await.expect("rows");
    session.close().await;
    project.configure("[undo]\nmax_bytes = 50000");
    project.migration("0001_t.sql", "DELETE FROM t WHERE id > 10;\n");
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("undo.max_bytes"), "{ran:?}");
    project.migration("0001_t.sql", "DELETE FROM t WHERE id <= 10;\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let cost = &plan["files"][0]["statements"][0]["undo_cost"];
    assert_eq!(cost["rows"], 10, "{plan}");
    assert!((20_000..25_000).contains(&cost["bytes"].as_u64().expect("bytes")), "{cost}");
    project.run(&["migrate"]).exits(0);
}

on_every_server!(rows_that_no_statistics_know_of_are_weighed);
