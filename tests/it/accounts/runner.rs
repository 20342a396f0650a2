//! Files run as an account of their own, which can reach core and what is kept of it, and nothing of the journal.

use super::{Cast, PASSWORD, refused};
use crate::support::{Fresh, Project, Ran, on_both_servers, on_every_server};
use caribou::store::Role;

/// The worker's account drives, and files run as the runner.
fn apart(cast: &Cast, project: &Project, arguments: &[&str]) -> Ran {
    let mut command = cast.command(project, Role::Worker, arguments);
    command.env("CARIBOU_RUNNER_USER", cast.name(Role::Runner)).env("CARIBOU_RUNNER_PASSWORD", PASSWORD);
    command.output().expect("the binary can be run").into()
}

async fn files_run_as_the_runner(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_who.sql", "CREATE TABLE who AS SELECT CURRENT_USER() AS account;\n");
    apart(&cast, &project, &["migrate"]).exits(0);
    let core = &cast.fresh.schemas().core;
    let sql = format!("SELECT COUNT(*) FROM {core}.who WHERE account = '{}@127.0.0.1'", cast.name(Role::Runner));
    assert_eq!(cast.number(&sql).await, 1, "the file ran as the runner");
    // Without its rights nothing of a file runs, and the answer says what to do.
    cast.run_all(vec![format!("DROP USER '{}'@'127.0.0.1'", cast.name(Role::Runner))]).await;
    project.migration("0002_more.sql", "CREATE TABLE more (id INT);\n");
    let ran = apart(&cast, &project, &["migrate"]).exits(5);
    assert!(ran.stderr.contains("schema grants runner"), "{ran:?}");
}

/// Everything that is kept is kept and put back with the runner's rights.
async fn what_is_kept_comes_back(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.unforeseen();
    project.migration(
        "0001_base.sql",
        "CREATE TABLE parents (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'x') ENGINE=InnoDB;\n\
         CREATE TABLE children (id INT PRIMARY KEY AUTO_INCREMENT, parent INT, note VARCHAR(20), KEY k (parent), \
         CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (id)) ENGINE=InnoDB;\n\
         CREATE TABLE loose (id INT PRIMARY KEY, v INT) ENGINE=InnoDB;\n\
         INSERT INTO parents VALUES (1, 'a'), (2, 'b');\n\
         INSERT INTO children (parent, note) VALUES (1, 'one'), (2, 'two');\n\
         INSERT INTO loose VALUES (1, 10), (2, 20), (3, 30);\n",
    );
    apart(&cast, &project, &["migrate"]).exits(0);
    let sums = "SELECT SUM(CRC32(CONCAT_WS('|', t, a, b, c))) FROM (SELECT 'p' t, id a, name b, '' c FROM \
                {core}.parents UNION ALL SELECT 'c', id, parent, note FROM {core}.children UNION ALL SELECT 'l', id, v, \
                '' FROM {core}.loose) x"
        .replace("{core}", &cast.fresh.schemas().core);
    let before = cast.number(&sums).await;
    for (number, statement) in (2..).zip([
        "DELETE FROM loose WHERE id = 2;",
        "UPDATE parents SET name = CONCAT(name, '!');",
        "ALTER TABLE children DROP COLUMN note;",
        "TRUNCATE TABLE loose;",
        "DROP TABLE children;",
        "DROP TABLE children, parents;",
        "START TRANSACTION;\nDELETE FROM children;\nDELETE FROM parents WHERE id = 1;\nCOMMIT;",
    ]) {
        let name = format!("000{number}_breaks.sql");
        project.migration(&name, format!("{statement}\nINSERT INTO nowhere VALUES (1);\n"));
        let ran = apart(&cast, &project, &["migrate"]);
        assert_eq!(ran.code, Some(1), "{statement}: {ran:?}");
        assert_eq!(cast.number(&sums).await, before, "{statement}: as before");
        std::fs::remove_file(project.path(&format!("migrations/{name}"))).expect("it was there");
    }
}

/// A file that names a schema of ours is refused before anything runs, on every server.
async fn a_file_that_names_what_it_may_not_touch_is_refused(fresh: Fresh) {
    let project = Project::on(&fresh);
    let (journal, undo) = (&fresh.schemas().orchestration, &fresh.schemas().undo);
    project.run(&["schema", "install"]).exits(0);
    let mysql = [
        format!("USE {undo};\nDROP TABLE x;\n"),
        format!("use\n`{}`;\n", journal.to_uppercase()),
        format!("CREATE PROCEDURE p() BEGIN DELETE FROM {journal}.migration_events; END;\n"),
        format!("SET @s = 'DELETE FROM {journal}.migration_events'; PREPARE s FROM @s; EXECUTE s;\n"),
        format!("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM {journal}.migration_events;\n"),
        format!("/*!50000 DROP DATABASE {journal} */;\n"),
        format!("CREATE TABLE t (id INT); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW DELETE FROM `{undo}`.`x`;\n"),
    ];
    let sqlite = [
        format!("DELETE FROM [{journal}].migration_events;\n"),
        format!("DELETE FROM '{journal}'.migration_events;\n"),
        format!("ATTACH '{}/{journal}.db' AS elsewhere;\n", fresh.url().trim_start_matches("sqlite:")),
    ];
    let every = [
        format!("DELETE FROM {journal}.migration_events;\n"),
        format!("DELETE FROM \"{}\" . migration_events;\n", journal.to_uppercase()),
        format!("CREATE VIEW v AS SELECT * FROM {undo}.x;\n"),
        format!("INSERT INTO t SELECT token FROM {journal}.migration_leases;\n"),
    ];
    let own: &[String] = if fresh.kind == caribou::database::ServerKind::Sqlite { &sqlite } else { &mysql };
    for sql in own.iter().chain(&every) {
        project.migration("0001_reaches.sql", sql);
        for verb in ["plan", "migrate"] {
            let ran = project.run(&[verb]).exits(2);
            let said = format!("{}{}", ran.stdout, ran.stderr).to_lowercase();
            assert!(said.contains("orchestrator's own"), "{sql}: {ran:?}");
        }
    }
    // Scripts that run later are no other case.
    project.migration("0001_reaches.sql", "CREATE TABLE t (id INT);\n");
    project.migration("0001_reaches.rollback.sql", format!("DROP TABLE t;\nDELETE FROM {journal}.migration_events;\n"));
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("rollback script") && ran.stderr.contains("line 2"), "{ran:?}");
    project.migration("0001_reaches.rollback.sql", "DROP TABLE t;\n");
    project.migration("0001_reaches.verify.sql", format!("SELECT COUNT(*) FROM {undo}.x;\n"));
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("verify script"), "{ran:?}");
    let batches = project.run(&["history", "--format", "json"]).exits(0).json();
    assert_eq!(batches.as_array().map(Vec::len), Some(0), "no batch came of it: {batches}");
}

/// A statement that a file puts together at run time cannot be seen beforehand: the server refuses it to the runner.
async fn what_cannot_be_seen_is_refused_by_the_server(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    let backwards: String = format!("DELETE FROM {}.migration_commands", cast.orchestration()).chars().rev().collect();
    project.migration(
        "0001_hides.sql",
        format!("CREATE TABLE t (id INT);\nSET @s = REVERSE('{backwards}');\nPREPARE s FROM @s;\nEXECUTE s;\n"),
    );
    let ran = apart(&cast, &project, &["migrate", "--accept-irreversible"]).exits(1);
    assert!(ran.stdout.contains("denied"), "{ran:?}");
    let mut session = cast.by_hand(Role::Runner).await;
    let schemas = cast.fresh.schemas();
    for table in
        ["migration_events", "migration_leases", "migration_commands", "migration_settings", "migration_sources"]
    {
        for sql in ["SELECT * FROM", "DELETE FROM", "DROP TABLE", "SELECT 1 FROM mysql.user,"] {
            refused(session.as_mut(), &format!("{sql} {}.{table}", schemas.orchestration)).await;
        }
    }
    for sql in [
        format!("UPDATE {}.migration_receipts SET token = 0", schemas.orchestration),
        format!("DELETE FROM {}.migration_receipts", schemas.orchestration),
        format!("CREATE TABLE {}.mine (id INT)", schemas.orchestration),
        format!("SELECT * FROM {}.sessions", schemas.ephemeral),
        format!("CALL {}.submit_decision(1, 1, 'approve', NULL, NULL, 'os')", schemas.orchestration),
        format!("CALL {}.submit_command(1, 'abort', '{{}}', NULL, '{{}}', NULL, 'os')", schemas.orchestration),
        format!("GRANT SELECT ON {}.* TO CURRENT_USER()", schemas.orchestration),
    ] {
        refused(session.as_mut(), &sql).await;
    }
    session.close().await;
}

/// Where one account is both, the server refuses nothing: the text is looked at when its turn comes.
async fn what_is_put_together_is_looked_at_when_it_comes(fresh: Fresh) {
    let project = Project::on(&fresh);
    let text = format!("DELETE FROM {}.migration_events", fresh.schemas().orchestration);
    let backwards: String = text.chars().rev().collect();
    project.migration(
        "0001_hides.sql",
        format!("CREATE TABLE t (id INT);\nSET @s = REVERSE('{backwards}');\nPREPARE s FROM @s;\nEXECUTE s;\n"),
    );
    let ran = project.run(&["migrate", "--accept-irreversible"]).exits(1);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("it was not sent"), "{ran:?}");
}

/// What an account may not do as a whole has not been begun: nobody has to look what it left.
async fn what_the_runner_may_not_do_is_undone(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_sets.sql", "CREATE TABLE t (id INT);\nSET GLOBAL max_connections = 3;\n");
    apart(&cast, &project, &["migrate", "--accept-irreversible"]).exits(1);
}

on_every_server!(a_file_that_names_what_it_may_not_touch_is_refused);
on_both_servers!(
    files_run_as_the_runner,
    what_is_kept_comes_back,
    what_cannot_be_seen_is_refused_by_the_server,
    what_is_put_together_is_looked_at_when_it_comes,
    what_the_runner_may_not_do_is_undone,
);
