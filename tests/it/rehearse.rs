//! `caribou rehearse`, the real binary: a rollback proved on a scratch schema, with the real one untouched.

use crate::support::{Fresh, Project, Running, on_both_servers, on_every_server};
use caribou::database::{Definition, Purpose, ServerKind};
use nix::sys::signal::Signal;
use serde_json::json;

/// A project that has run: two tables with a foreign key, an index, a view, rows; on servers also programs.
fn grown(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project.migration(
        "0001_base.sql",
        "CREATE TABLE herd (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, `order` INT DEFAULT 3);\n\
         CREATE TABLE animal (id INT PRIMARY KEY, herd_id INT, weight INT, CONSTRAINT animal_herd FOREIGN KEY (herd_id) \
         REFERENCES herd (id));\n\
         CREATE INDEX by_name ON herd (name);\n\
         CREATE VIEW heavy AS SELECT id FROM animal WHERE weight > 300;\n\
         INSERT INTO herd VALUES (1, 'north', 1);\nINSERT INTO animal VALUES (1, 1, 400);\n",
    );
    if fresh.kind != ServerKind::Sqlite {
        project.migration(
            "0002_programs.sql",
            "DELIMITER //\nCREATE TRIGGER weigh BEFORE INSERT ON animal FOR EACH ROW BEGIN SET NEW.weight = 5; END//\n\
             CREATE PROCEDURE count_all() BEGIN SELECT COUNT(*) FROM animal; END//\n",
        );
    }
    project.run(&["migrate", "--accept-irreversible"]).exits(0);
    project
}

/// Everything in core: relations with their definitions.
async fn picture(fresh: &Fresh) -> Vec<Definition> {
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let objects = session.relations(&fresh.schemas().core).await.expect("relations");
    let found = session.inspect(&objects).await.expect("definitions");
    session.close().await;
    found
}

/// The scratch schemas that are there.
async fn scratch(fresh: &Fresh) -> Vec<String> {
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let mut there = Vec::new();
    for suffix in ["", "_orchestration", "_ephemeral", "_undo"] {
        let name = format!("{}_rehearsal{suffix}", fresh.schemas().core);
        if session.schema_exists(&name).await.expect("an answer") {
            there.push(name);
        }
    }
    session.close().await;
    there
}

async fn a_good_rollback_is_proved_and_the_plan_says_so(fresh: Fresh) {
    let project = grown(&fresh);
    project
        .migration(
            "0003_colour.sql",
            "ALTER TABLE herd ADD COLUMN colour INT;\nCREATE TABLE farm (id INT PRIMARY KEY);\n",
        )
        .migration("0003_colour.rollback.sql", "DROP TABLE farm;\nALTER TABLE herd DROP COLUMN colour;\n");
    let before = picture(&fresh).await;
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["rollback_rehearsed"], json!(null));
    let ran = project.run(&["rehearse", "--format", "json"]).exits(0).json();
    assert_eq!(ran["rehearsed"], true, "{ran}");
    assert_eq!(ran["steps"], json!(["up", "down", "compare", "derived", "up_again"]));
    assert_eq!((&ran["kept"], &ran["plan"]), (&json!(true), &plan["checksum"]));
    assert_eq!(picture(&fresh).await, before, "the real schema");
    assert_eq!(scratch(&fresh).await, Vec::<String>::new());
    assert_eq!(project.run(&["plan", "--format", "json"]).exits(0).json()["rollback_rehearsed"], true);
    let told = project.run(&["plan"]).exits(0);
    assert!(told.stdout.contains("Rollback rehearsed"), "{told:?}");
    project.migration("0004_more.sql", "CREATE TABLE more (id INT PRIMARY KEY);\n");
    project.migration("0004_more.rollback.sql", "DROP TABLE more;\n");
    let other = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(other["rollback_rehearsed"], json!(null), "another plan has not been rehearsed");
}

/// Without scripts it is the undo that Caribou makes itself, with what it keeps, that is proved.
async fn without_a_script_the_undo_made_here_is_proved(fresh: Fresh) {
    let project = grown(&fresh);
    project.migration(
        "0003_no_script.sql",
        "ALTER TABLE herd ADD COLUMN colour INT;\nDROP VIEW heavy;\nDROP TABLE animal;\n\
         CREATE TABLE farm (id INT PRIMARY KEY);\nINSERT INTO farm VALUES (1);\n",
    );
    let before = picture(&fresh).await;
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!((&plan["undo_coverage"]["derived"], &plan["undo_coverage"]["kept"]), (&json!(4), &json!(1)), "{plan}");
    let ran = project.run(&["rehearse", "--format", "json"]).exits(0).json();
    assert_eq!(ran["steps"], json!(["up", "down", "compare", "up_again"]), "{ran}");
    assert_eq!(picture(&fresh).await, before, "the real schema");
    assert_eq!(scratch(&fresh).await, Vec::<String>::new());
    assert_eq!(project.run(&["plan", "--format", "json"]).exits(0).json()["rollback_rehearsed"], true);
    project.run(&["migrate"]).exits(0);
    project.run(&["rollback", "--yes", "--reason", "as rehearsed"]).exits(0);
    assert_eq!(picture(&fresh).await, before, "and so it goes on the real one");
}

async fn a_rollback_that_leaves_something_is_told(fresh: Fresh) {
    let project = grown(&fresh);
    project
        .migration("0003_two.sql", "ALTER TABLE herd ADD COLUMN one INT;\nALTER TABLE herd ADD COLUMN two INT;\n")
        .migration("0003_two.rollback.sql", "ALTER TABLE herd DROP COLUMN two;\n");
    let before = picture(&fresh).await;
    // The undo arrives all the same, by what is derived; whose script does not is named, with the difference.
    let ran = project.run(&["rehearse", "--format", "json"]).exits(0).json();
    assert_eq!(ran["rehearsed"], true, "{ran}");
    let named = ran["scripts"][0].as_str().unwrap_or_default();
    assert!(named.contains("0003_two.sql") && named.contains("one"), "{ran}");
    assert_eq!(picture(&fresh).await, before, "the real schema");
    assert_eq!(scratch(&fresh).await, Vec::<String>::new());
    let told = project.run(&["rehearse"]).exits(0);
    assert!(format!("{}{}", told.stdout, told.stderr).contains("did not lead back"), "{told:?}");
}

async fn a_plan_that_fails_is_told(fresh: Fresh) {
    let project = grown(&fresh);
    project.migration("0003_bad.sql", "INSERT INTO no_such_table VALUES (1);\n");
    project.migration("0003_bad.rollback.sql", "SELECT 1;\n");
    let ran = project.run(&["rehearse", "--format", "json"]).exits(1).json();
    assert_eq!(ran["failed"]["step"], "up", "{ran}");
    assert!(ran["failed"]["why"].as_str().is_some_and(|why| why.contains("no_such_table")), "{ran}");
    assert_eq!(scratch(&fresh).await, Vec::<String>::new());
}

async fn what_would_act_elsewhere_is_refused(fresh: Fresh) {
    let project = grown(&fresh);
    let core = &fresh.schemas().core;
    for (text, words) in [
        (format!("CREATE TABLE {core}.named (id INT);"), "names the schema"),
        (format!("INSERT INTO herd SELECT id + 10, name, 1 FROM `{core}` . herd;"), "names the schema"),
        ("CREATE TABLE elsewhere.named (id INT);".to_owned(), "it changes elsewhere.named"),
        ("USE mysql;".to_owned(), "another schema"),
        ("CREATE USER nobody_of_ours;".to_owned(), "whole server"),
    ] {
        project.migration("0003_far.sql", format!("{text}\n"));
        project.migration("0003_far.rollback.sql", "SELECT 1;\n");
        let ran = project.run(&["rehearse"]).exits(2);
        assert!(ran.stderr.contains(words) && ran.stderr.contains("line 1"), "{text}: {ran:?}");
    }
    assert_eq!(scratch(&fresh).await, Vec::<String>::new());
}

async fn a_schema_of_somebody_else_is_left_alone(fresh: Fresh) {
    let project = grown(&fresh);
    project
        .migration("0003_farm.sql", "CREATE TABLE farm (id INT);\n")
        .migration("0003_farm.rollback.sql", "DROP TABLE farm;\n");
    let name = format!("{}_rehearsal", fresh.schemas().core);
    fresh.native(&format!("CREATE DATABASE {name}; CREATE TABLE {name}.precious (id INT)"));
    let ran = project.run(&["rehearse"]).exits(2);
    assert!(ran.stderr.contains("is not a rehearsal's"), "{ran:?}");
    assert_eq!(fresh.native(&format!("SHOW TABLES FROM {name}")).trim(), "precious");
    fresh.native(&format!("DROP DATABASE {name}"));
    project.run(&["rehearse"]).exits(0);
}

async fn an_interrupted_rehearsal_leaves_nothing(fresh: Fresh) {
    let project = grown(&fresh);
    project
        .migration("0003_slow.sql", "CREATE TABLE slow (id INT);\nINSERT INTO slow SELECT SLEEP(2);\n")
        .migration("0003_slow.rollback.sql", "DROP TABLE slow;\n");
    let running = Running::start(&mut project.command(&["rehearse"]));
    running.wait_text("Rehearsal: up");
    running.signal(Signal::SIGINT);
    let ended = running.wait();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert_eq!(scratch(&fresh).await, Vec::<String>::new());
}

on_every_server!(
    a_good_rollback_is_proved_and_the_plan_says_so,
    without_a_script_the_undo_made_here_is_proved,
    a_rollback_that_leaves_something_is_told,
    a_plan_that_fails_is_told,
);
on_both_servers!(
    what_would_act_elsewhere_is_refused,
    a_schema_of_somebody_else_is_left_alone,
    an_interrupted_rehearsal_leaves_nothing,
);
