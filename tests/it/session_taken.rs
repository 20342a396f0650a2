//! What a procedure or a function of the schema does behind a statement's back: give up the lock of the session, write
//! tables from within a SELECT.

use crate::support::{Fresh, Project, on_both_servers};
use caribou::database::barrier_name;

async fn a_barrier_that_a_procedure_gave_up_is_taken_again(fresh: Fresh) {
    let lock = barrier_name("files", &fresh.schemas().orchestration);
    fresh.native("CREATE TABLE seen (id INT PRIMARY KEY, held INT)");
    fresh.native("CREATE PROCEDURE lets_go() DO RELEASE_ALL_LOCKS()");
    let project = Project::on(&fresh);
    let looks = |id: u32| format!("INSERT INTO seen SELECT {id}, IS_USED_LOCK('{lock}') = CONNECTION_ID();\n");
    let text = format!("{}CALL lets_go();\n{}CALL lets_go();\nSELECT 1;\n{}", looks(1), looks(2), looks(3));
    project.migration("0001_a.sql", text);
    project.run(&["migrate", "--accept-irreversible"]).exits(0);
    assert_eq!(fresh.native("SELECT id FROM seen WHERE held = 1 ORDER BY id").split_whitespace().count(), 3);
}

/// A SELECT leaves nothing behind, but for what its functions do.
async fn what_a_function_wrote_is_not_said_to_be_undone(fresh: Fresh) {
    fresh.native("CREATE TABLE t (id INT PRIMARY KEY, a INT)");
    fresh.native("INSERT INTO t VALUES (1, 1)");
    let body = "BEGIN UPDATE t SET a = a + 1; RETURN 1; END";
    fresh.native(&format!("DELIMITER //\nCREATE FUNCTION f() RETURNS INT DETERMINISTIC MODIFIES SQL DATA {body}//"));
    fresh.native("CREATE FUNCTION g() RETURNS INT DETERMINISTIC RETURN 1");
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "SELECT g();\nSELECT f();\nINSERT INTO t VALUES (1, 1);\n");
    let ran = project.run(&["migrate", "--accept-irreversible"]).exits(3);
    assert!(ran.stdout.contains("nothing undoes statement 2 (line 2"), "{ran:?}");
    assert!(!ran.stdout.contains("undone and verified"), "{ran:?}");
    assert_eq!(fresh.native("SELECT a FROM t").trim(), "2");
}

on_both_servers!(a_barrier_that_a_procedure_gave_up_is_taken_again, what_a_function_wrote_is_not_said_to_be_undone);
