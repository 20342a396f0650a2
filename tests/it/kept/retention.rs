//! Kept data goes when its time is over, when it was put back, or when somebody says so; through the real binary.

use crate::support::{Fresh, Project, on_every_server};
use caribou::database::{Purpose, ServerKind};
use chrono::{TimeDelta, Utc};

const BEFORE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(40));\n\
     INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob');\n";

/// Tables of the undo schema, and the words of `migration_undo` about all that were.
async fn kept(fresh: &Fresh) -> (usize, Vec<String>) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.unwrap();
    let there = session.relations(&database.schemas().undo).await.unwrap().len();
    let quote = if fresh.kind == ServerKind::Sqlite { '"' } else { '`' };
    let orchestration = &database.schemas().orchestration;
    let sql = format!("SELECT undo_status FROM {quote}{orchestration}{quote}.migration_undo ORDER BY kept_object");
    let rows = session.query(&sql, &[]).await.unwrap();
    session.close().await;
    (there, rows.iter().map(|row| row.get_text(0)).collect())
}

async fn what_somebody_discards_is_gone_and_the_journal_says_so(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    project.migration("0002_delete.sql", "DELETE FROM people WHERE id = 1;\nUPDATE people SET name = 'Eve';\n");
    project.run(&["migrate"]).exits(0);
    assert_eq!(kept(&fresh).await, (2, vec!["kept".to_owned(), "kept".to_owned()]));
    let silent = project.run(&["discard", "2", "--yes"]).exits(2);
    assert!(silent.stderr.contains("needs a reason"), "{silent:?}");
    let done =
        project.run(&["discard", "0002_delete.sql", "--yes", "--reason", "personal", "--format", "json"]).exits(0);
    assert_eq!(done.json()["status"], "effective");
    assert_eq!(kept(&fresh).await, (0, vec!["discarded".to_owned(), "discarded".to_owned()]));
    let events = project.run(&["events", "--batch", "2"]).exits(0);
    assert!(events.stdout.contains("kept_discarded") && events.stdout.contains("reason=personal"), "{events:?}");
    let again = project.run(&["discard", "2", "--yes", "--reason", "again"]).exits(2);
    assert!(again.stdout.contains("nothing is kept of it"), "{again:?}");
    project.run(&["doctor"]).exits(0);
}

async fn what_was_put_back_is_not_kept_any_longer(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.unforeseen();
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    project.migration(
        "0002_fails.sql",
        "-- caribou: transaction=statement\nDELETE FROM people;\nINSERT INTO no_such_table VALUES (1);\n",
    );
    project.run(&["migrate"]).exits(1);
    assert_eq!(kept(&fresh).await, (0, vec!["used".to_owned()]));
}

async fn what_has_had_its_time_is_let_go(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    project.migration("0002_delete.sql", "DELETE FROM people;\n");
    project.configure("[undo]\nkeep_for = \"1ms\"");
    project.run(&["migrate"]).exits(0);
    assert_eq!(kept(&fresh).await, (0, vec!["discarded".to_owned()]));
    let events = project.run(&["events", "--batch", "2"]).exits(0);
    assert!(events.stdout.contains("the time for which it was kept is over"), "{events:?}");
}

/// Two times of the day so many hours from now.
fn hours(from: i64, until: i64) -> String {
    let hour = |ahead| (Utc::now() + TimeDelta::hours(ahead)).format("%H:00").to_string();
    format!("{}-{}", hour(from), hour(until))
}

async fn what_has_had_its_time_waits_for_the_hours_of_maintenance(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    let wrong = project.run(&["schema", "settings", "undo.maintenance", "at night"]).exits(2);
    assert!(wrong.stderr.contains("22:00-04:30"), "{wrong:?}");
    project.run(&["schema", "settings", "undo.maintenance", &hours(8, 10)]).exits(0);
    project.migration("0002_delete.sql", "DELETE FROM people;\n");
    project.configure("[undo]\nkeep_for = \"1ms\"");
    project.run(&["migrate"]).exits(0);
    assert_eq!(kept(&fresh).await, (1, vec!["kept".to_owned()]));
    project.run(&["schema", "settings", "undo.maintenance", &hours(-2, 3)]).exits(0);
    project.migration("0003_after.sql", "CREATE TABLE later (id INT);\n");
    project.run(&["migrate"]).exits(0);
    assert_eq!(kept(&fresh).await, (0, vec!["discarded".to_owned()]));
}

on_every_server!(
    what_has_had_its_time_waits_for_the_hours_of_maintenance,
    what_somebody_discards_is_gone_and_the_journal_says_so,
    what_was_put_back_is_not_kept_any_longer,
    what_has_had_its_time_is_let_go,
);
