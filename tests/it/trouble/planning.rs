//! `migrate` plans again when somebody came between, and never without end.

use crate::support::{Fresh, Project, Running, on_every_server};
use caribou::database::Purpose;

async fn change(fresh: &Fresh, sql: &str) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let sql = sql.replace("ORCHESTRATION", &fresh.schemas().orchestration);
    session.query_text(&sql).await.expect("changed");
    session.close().await;
}

fn two_files(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n").migration("0002_b.sql", "CREATE TABLE b (id INT);\n");
    project.run(&["migrate"]).exits(0);
    project
}

/// Its key is taken, and no plan sees it.
async fn a_row_of_the_newest_file_that_somebody_deleted(fresh: Fresh) {
    let project = two_files(&fresh);
    change(&fresh, "UPDATE ORCHESTRATION.migration_files SET is_deleted = 1 WHERE file_id = 2").await;
    std::fs::remove_file(project.path("migrations/0002_b.sql")).expect("a file");
    project.migration("0003_c.sql", "CREATE TABLE c (id INT);\n");
    project.run(&["migrate"]).exits(0);
}

/// Not the newest batch has the highest epoch.
async fn an_earlier_batch_of_a_higher_epoch(fresh: Fresh) {
    let project = two_files(&fresh);
    project.migration("0003_c.sql", "CREATE TABLE c (id INT);\n");
    project.run(&["migrate"]).exits(0);
    change(&fresh, "UPDATE ORCHESTRATION.migration_batches SET epoch_to = 900 WHERE batch_id = 1").await;
    project.migration("0004_d.sql", "CREATE TABLE d (id INT);\n");
    let ran = project.run(&["migrate", "--format", "json"]).exits(0).json();
    assert!(ran["batch"]["epoch_to"].as_i64().expect("an epoch") > 900, "{ran}");
}

/// A worker knows of a higher epoch than the tables show: it refuses every plan, and `migrate` says so.
async fn a_worker_that_knows_of_more_than_the_tables(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.run(&["schema", "install"]).exits(0);
    let worker = Running::start(&mut project.command(&["worker"]));
    worker.wait_text("Working on");
    while !project.run(&["status"]).exits(0).stdout.contains("seen") {}
    project.migration("0900_a.sql", "CREATE TABLE a (id INT);\n");
    assert!(project.run(&["migrate"]).exits(0).stderr.contains("Handing"));
    change(&fresh, "UPDATE ORCHESTRATION.migration_batches SET epoch_to = 5").await;
    change(&fresh, "UPDATE ORCHESTRATION.migration_files SET epoch_to = 5").await;
    project.migration("0901_b.sql", "CREATE TABLE b (id INT);\n");
    let ran = project.run(&["migrate"]).exits(4);
    assert_eq!(ran.stderr.matches("planning again").count(), 2, "{ran:?}");
    assert!(ran.stderr.contains("nothing has changed between them"), "{ran:?}");
}

on_every_server!(
    a_row_of_the_newest_file_that_somebody_deleted,
    an_earlier_batch_of_a_higher_epoch,
    a_worker_that_knows_of_more_than_the_tables,
);
