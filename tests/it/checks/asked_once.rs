//! What is the same for all files of a batch is asked once, as the server's own log of what it was asked says.

use crate::support::{Fresh, PrivateServer, Project, on_both_servers};
use caribou::database::ServerKind;
use std::fmt::Write;

/// Questions whose answers are the same for all files of a batch, by a part of each.
fn same_for_all(kind: ServerKind) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![
        ("open transactions", "information_schema.INNODB_TRX x JOIN information_schema.PROCESSLIST p ON p.ID"),
        ("what stands on what", "TRIGGER_NAME, ACTION_STATEMENT, EVENT_OBJECT_TABLE FROM"),
    ];
    // MariaDB tells it by a plugin.
    if kind == ServerKind::MySql {
        all.push(("who holds the tables", "performance_schema.metadata_locks m"));
    }
    all
}

async fn what_is_the_same_for_all_files_is_asked_once(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &["--general-log=1", "--log-output=TABLE"]);
    let asked = [10, 30].map(|files| {
        let project = Project::on(&Fresh::in_server(&server));
        let mut base = String::new();
        for n in 1..=files {
            writeln!(base, "CREATE TABLE t{n} (id INT PRIMARY KEY, a INT);").expect("it is written");
        }
        project.migration("0001_base.sql", base).run(&["migrate"]).exits(0);
        for n in 1..=files {
            project.migration(&format!("1{n:03}_drop.sql"), format!("ALTER TABLE t{n} DROP COLUMN a;\n"));
        }
        server.ask("TRUNCATE TABLE mysql.general_log").expect("the log is emptied");
        project.run(&["migrate"]).exits(0);
        same_for_all(shared.kind).into_iter().map(|(what, part)| (what, count(&server, part))).collect::<Vec<_>>()
    });
    assert_eq!(asked[0], asked[1], "10 files and 30 are asked the same");
    assert!(asked[0].iter().all(|(_, count)| (1..=4).contains(count)), "by the plan and by the batch: {asked:?}");
}

/// How often the server was asked something.
fn count(server: &PrivateServer, part: &str) -> u64 {
    let sql = format!(
        "SELECT COUNT(*) FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND argument LIKE '%{part}%' \
         AND argument NOT LIKE '%general_log%'"
    );
    server.ask(&sql).expect("the log is read").trim().parse().expect("a number")
}

on_both_servers!(what_is_the_same_for_all_files_is_asked_once);
