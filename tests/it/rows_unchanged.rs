//! Rows of tables whose definition alone a file changes: counted before it and after it, with their values. What others
//! may have written meanwhile is told, and undoes nothing; under a freeze it is a loss (`accounts/freeze.rs`).

use crate::support::{Fresh, Project, Running, on_every_server};
use caribou::database::{Purpose, ServerKind};

const BASE: &str = "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b INT);\n\
                    CREATE TABLE u (id INT PRIMARY KEY);\n\
                    INSERT INTO t VALUES (1, 'x', 7), (2, NULL, 8), (3, '', 9);\n\
                    INSERT INTO u VALUES (1);\n";

fn project(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project.migration("1_base.sql", BASE);
    project.run(&["migrate"]).exits(0);
    project
}

/// What the log says of the check: status and words, the newest last. What passed may stand among others.
async fn told(fresh: &Fresh) -> Vec<(String, String)> {
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let sql = format!(
        "SELECT validation_type, validation_status, validation_result FROM {}.migration_validation_log ORDER BY \
         validation_id",
        fresh.schemas().orchestration
    );
    let rows = session.query_text(&sql).await.expect("rows");
    session.close().await;
    let line = |text: String| {
        let line = text.lines().find_map(|line| line.strip_prefix("rows_unchanged: ").map(str::to_owned));
        line.unwrap_or_default()
    };
    let found = rows.iter().filter_map(|row| match row.get_text(0).as_str() {
        "rows_unchanged" => Some((row.get_text(1), row.get_text(2))),
        "other_checks" => Some((row.get_text(1), line(row.get_text(2)))).filter(|(_, line)| !line.is_empty()),
        _ => None,
    });
    found.collect()
}

async fn tables_that_only_change_their_form_are_compared(fresh: Fresh) {
    let project = project(&fresh);
    assert!(told(&fresh).await.is_empty(), "the batch makes its tables itself");
    let mut count = 0;
    let rename = if fresh.kind == ServerKind::Sqlite { "ALTER TABLE w RENAME TO t" } else { "RENAME TABLE w TO t" };
    let mut says = async |file: &str, statements: &str, words: &str| {
        project.migration(file, statements).run(&["migrate"]).exits(0);
        let told = told(&fresh).await;
        count += 1;
        assert_eq!(told.len(), count, "{told:?}");
        assert_eq!((told[count - 1].0.as_str(), told[count - 1].1.as_str()), ("passed", words));
    };
    says(
        "2_form.sql",
        "ALTER TABLE t ADD COLUMN c INT;\nCREATE INDEX ta ON t (a);\nALTER TABLE t RENAME COLUMN b TO bb;\n\
         CREATE INDEX ub ON u (id);\n",
        "2 tables, as before: t (3 rows, values of 3 columns), u (1 row, values of 1 column)",
    )
    .await;
    says(
        "3_name.sql",
        &format!("ALTER TABLE t RENAME TO w;\n{rename};\nALTER TABLE t DROP COLUMN c;\n"),
        "1 table, as before: t (3 rows, values of 3 columns)",
    )
    .await;
    says(
        "4_rows.sql",
        "ALTER TABLE t ADD COLUMN d INT;\nUPDATE t SET d = 1;\n",
        "0 tables; not compared: t (statement 2 changes rows, which triggers and foreign keys may carry on)",
    )
    .await;
    project.configure("[checks]\ncompared_rows = 2");
    says(
        "5_size.sql",
        "ALTER TABLE t ADD COLUMN e INT;\nALTER TABLE u ADD COLUMN e INT;\n",
        "1 table, as before: u (1 row, values of 1 column); not compared: t (more than 2 rows, checks.compared_rows)",
    )
    .await;
    project.write(
        "caribou.toml",
        std::fs::read_to_string(project.path("caribou.toml")).unwrap().replace("rows = 2", "rows = 0"),
    );
    project.migration("6_off.sql", "ALTER TABLE u ADD COLUMN f INT;\n").run(&["migrate"]).exits(0);
    assert_eq!(told(&fresh).await.len(), 4, "nothing is compared");
}

async fn what_others_write_meanwhile_is_no_loss(fresh: Fresh) {
    let project = project(&fresh);
    project.migration("2_form.sql", "ALTER TABLE t ADD COLUMN c INT;\nALTER TABLE t ADD COLUMN d INT;\n");
    for (statement, words) in [
        ("DELETE FROM t WHERE id = 1", "t had 3 rows before the file, and has 2 after it"),
        ("UPDATE t SET b = 70 WHERE id = 2", "t has its 2 rows still, and other values in them than before the file"),
    ] {
        let running = Running::start(&mut project.command(&["migrate", "--step"]));
        running.wait_text("stepping");
        project.run(&["step", "--yes"]).exits(0);
        assert_eq!(fresh.try_sql(statement).await, None);
        project.run(&["resume", "--yes"]).exits(0);
        running.wait().exits(0);
        let told = told(&fresh).await;
        let (status, result) = told.last().expect("it is told");
        let who = match fresh.kind {
            ServerKind::Sqlite => "another program wrote to the core file meanwhile",
            _ => "no freeze kept them from it",
        };
        assert!(status == "passed" && result.contains(words) && result.contains(who), "{told:?}");
        project.migration("3_form.sql", "ALTER TABLE t ADD COLUMN e INT;\nALTER TABLE t ADD COLUMN f INT;\n");
    }
}

on_every_server!(tables_that_only_change_their_form_are_compared, what_others_write_meanwhile_is_no_loss);
