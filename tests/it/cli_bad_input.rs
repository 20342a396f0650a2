//! Bad input, each through the real binary: what, where, what to do; the right exit status; nothing half done.

use crate::support::{Fresh, PrivateServer, Project, Ran, Running, on_both_servers, on_every_server, run_on};
use caribou::database::{Purpose, ServerKind};
use std::os::unix::fs::PermissionsExt;

/// Runs `migrate` on a directory that must be refused, and checks that nothing was touched.
#[track_caller]
fn refused(project: &Project, code: i32, says: &[&str]) {
    let ran = project.run(&["migrate"]).exits(code);
    for text in says {
        assert!(ran.stderr.contains(text), "no {text:?} in {ran:?}");
    }
    assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("RUST_BACKTRACE"), "{ran:?}");
}

/// On SQLite, a fresh project.
fn on_sqlite(story: impl Fn(&Project)) {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        story(&project);
        let there = fresh.sqlite_dir().expect("a directory").exists();
        assert!(!there, "what was refused has made the database");
    });
}

#[test]
fn a_file_that_cannot_be_read() {
    on_sqlite(|project| {
        project.migration("0001_a.sql", "SELECT 1;\n");
        std::os::unix::fs::symlink("/nowhere/at/all", project.path("migrations/0002_b.sql")).expect("a link");
        refused(project, 2, &["0002_b.sql"]);
    });
}

#[test]
fn a_file_that_may_not_be_read() {
    on_sqlite(|project| {
        let file = project.migration("0001_a.sql", "SELECT 1;\n").path("migrations/0001_a.sql");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).expect("permissions");
        let mut command = match std::fs::read(&file) {
            // Root reads everything.
            Ok(_) => project.command_as_nobody(&["migrate"]),
            Err(_) => project.command(&["migrate"]),
        };
        let ran = Ran::from(command.output().expect("the binary can be run")).exits(2);
        assert!(ran.stderr.contains("0001_a.sql") && ran.stderr.contains("the right to read it"), "{ran:?}");
    });
}

#[test]
fn a_directory_that_is_not_there() {
    on_sqlite(|project| {
        std::fs::remove_dir(project.path("migrations")).expect("it can be removed");
        refused(project, 2, &["migrations"]);
    });
}

#[test]
fn a_file_that_is_not_utf8() {
    on_sqlite(|project| {
        project.migration("0001_a.sql", b"SELECT 1;\n-- gr\xfc\xdfe\n");
        refused(project, 2, &["0001_a.sql", "not UTF-8", "byte 15", "line 2", "iconv"]);
    });
}

#[test]
fn an_unclosed_string() {
    on_sqlite(|project| {
        project.migration("0001_a.sql", "SELECT 1;\nINSERT INTO a VALUES ('oops);\n");
        refused(project, 2, &["0001_a.sql", "line 2"]);
    });
}

#[test]
fn a_version_that_is_there_twice() {
    on_sqlite(|project| {
        project.migration("0001_a.sql", "SELECT 1;\n").migration("0001_b.sql", "SELECT 2;\n");
        refused(project, 2, &["0001_a.sql", "0001_b.sql", "same version"]);
    });
}

#[test]
fn files_that_wait_for_each_other() {
    on_sqlite(|project| {
        project.migration("0001_a.sql", "-- caribou: requires=0002_b\nSELECT 1;\n");
        project.migration("0002_b.sql", "-- caribou: requires=0001_a\nSELECT 2;\n");
        refused(project, 2, &["circle", "0001_a.sql", "0002_b.sql"]);
    });
}

#[test]
fn a_dependency_that_is_not_there() {
    on_sqlite(|project| {
        project.migration("0001_a.sql", "-- caribou: requires=0000_nowhere\nSELECT 1;\n");
        refused(project, 2, &["0001_a.sql", "0000_nowhere", "neither in the directory nor in the history"]);
    });
}

#[test]
fn a_target_url_with_a_password() {
    let ran = Project::empty().run(&["status", "--url", "mysql://ana:hunter2@db1/shop"]).exits(2);
    assert!(ran.stderr.contains("holds a password") && !ran.stderr.contains("hunter2"), "{ran:?}");
}

#[test]
fn fifty_megabytes_are_no_problem() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        let line = format!("INSERT INTO big VALUES ('{}');\n", "x".repeat(1_000_000));
        project.migration("0001_big.sql", format!("CREATE TABLE big (text TEXT);\n{}", line.repeat(50)));
        project.migration("0001_big.rollback.sql", "DROP TABLE big;\n");
        project.run(&["migrate"]).exits(0);
    });
}

async fn a_completed_file_that_changed_is_told_and_not_run_again(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n").run(&["migrate"]).exits(0);
    project.migration("0001_a.sql", "CREATE TABLE a (id BIGINT);\n");
    let ran = project.run(&["migrate"]).exits(0);
    assert!(ran.stderr.contains("0001_a.sql"), "the change is told: {ran:?}");
}

async fn a_file_that_changed_after_planning(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n").migration("0002_b.sql", "CREATE TABLE b (id INT);\n");
    let migrate = Running::start(&mut project.command(&["migrate", "--step"]));
    migrate.wait_text("stepping");
    project.migration("0002_b.sql", "CREATE TABLE b (id BIGINT);\n");
    project.run(&["resume", "--yes"]).exits(0);
    let ended = migrate.wait().exits(1);
    assert!(ended.stdout.contains("0002_b.sql has changed since it was planned"), "{ended:?}");
    let status = project.run(&["status", "--format", "json"]).json();
    assert_eq!((&status["files"][0]["status"], &status["files"][1]["state"]), (&"completed".into(), &"failed".into()));
    // Planned as it is now, it runs.
    project.run(&["migrate"]).exits(0);
}

async fn a_schema_of_a_newer_caribou(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    project.run(&["schema", "install"]).exits(0);
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let table = format!("{}.migration_schema_version", fresh.schemas().orchestration);
    let columns = "version, installed_ymdhis";
    let sql = format!("UPDATE {table} SET version = 99");
    session.execute(&sql, &[]).await.unwrap_or_else(|error| panic!("{columns}: {error}"));
    session.close().await;
    for verb in ["migrate", "status", "plan", "worker"] {
        let ran = project.run(&[verb]).exits(2);
        assert!(ran.stderr.contains("version 99") && ran.stderr.contains("newer"), "{ran:?}");
    }
}

on_every_server!(
    a_completed_file_that_changed_is_told_and_not_run_again,
    a_file_that_changed_after_planning,
    a_schema_of_a_newer_caribou,
);

#[test]
fn a_bare_name_never_reaches_our_own_tables_on_sqlite() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        project.migration("0001_a.sql", "CREATE TABLE a (id INT);\nDROP TABLE IF EXISTS migration_progress;\n");
        let ran = project.run(&["migrate"]).exits(1);
        assert!(ran.stdout.contains("migration_progress") && ran.stdout.contains("main.migration_progress"), "{ran:?}");
        project.run(&["schema", "check"]).exits(0);
        project.migration("0001_a.sql", "CREATE TABLE a (id INT);\nDROP TABLE IF EXISTS main.migration_progress;\n");
        project.run(&["migrate"]).exits(0);
        project.run(&["schema", "check"]).exits(0);
    });
}

/// `migrate` as an account with a password, which MySQL takes through TLS only.
fn migrate_as(project: &Project, user: &str, password: &str) -> Ran {
    let mut command = project.command(&["migrate", "--user", user]);
    command.env("CARIBOU_PASSWORD", password).env("CARIBOU_DATABASE_SSL_MODE", "preferred");
    command.output().expect("it runs").into()
}

async fn a_wrong_password(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    let user = format!("u_{}", fresh.schemas().core);
    fresh.native(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'right'"));
    let ran = migrate_as(&project, &user, "hunter2").exits(5);
    assert!(ran.stderr.contains("denied") && ran.stderr.contains(&user), "{ran:?}");
    assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
}

async fn no_privilege(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    let (user, core) = (format!("u_{}", fresh.schemas().core), &fresh.schemas().core);
    fresh.native(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'right'; GRANT SELECT ON {core}.* TO {user}@'%'"));
    let ran = migrate_as(&project, &user, "right").exits(5);
    assert!(ran.stderr.contains("denied") && ran.stderr.contains(&user), "{ran:?}");
    let schemas = fresh.native(&format!("SHOW DATABASES LIKE '{core}%'"));
    assert_eq!(schemas.trim(), core, "nothing was made");
}

async fn a_server_that_is_gone(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    let url = format!("{}://root@127.0.0.1:1/{}?ssl_mode=disabled", fresh.kind, fresh.schemas().core);
    for verb in ["migrate", "plan", "status"] {
        let ran = project.run(&[verb, "--url", &url]).exits(5);
        assert!(ran.stderr.contains("127.0.0.1:1") && ran.stderr.contains("hint:"), "{ran:?}");
    }
    let doctor = project.run(&["doctor", "--url", &url]).exits(5);
    assert!(doctor.stdout.contains("127.0.0.1:1") && doctor.stdout.contains("remedy:"), "{doctor:?}");
}

async fn a_server_that_is_read_only(fresh: Fresh) {
    let server = PrivateServer::own(fresh.kind, &[]);
    let fresh = Fresh::in_server(&server);
    server.ask("SET GLOBAL read_only = 1").expect("it can be set");
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("read_only") && ran.stderr.contains("--on-replica"), "{ran:?}");
    let made = server.ask(&format!("SHOW DATABASES LIKE '{}\\_%'", fresh.schemas().core)).expect("an answer");
    assert_eq!(made.trim(), "", "nothing was made");
    let doctor = project.run(&["doctor"]).exits(1);
    assert!(doctor.stdout.contains("read_only"), "{doctor:?}");
    project.run(&["migrate", "--on-replica"]).exits(0);
}

async fn a_server_that_is_a_replica(fresh: Fresh) {
    let server = PrivateServer::own(fresh.kind, &[]);
    let fresh = Fresh::in_server(&server);
    let follow = match fresh.kind {
        ServerKind::MariaDb => "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'r'",
        _ => "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, SOURCE_USER = 'r'",
    };
    server.ask(follow).expect("it can be told whom to follow");
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("replica") && ran.stderr.contains("127.0.0.1:1"), "{ran:?}");
    assert!(ran.stderr.contains("--on-replica"), "{ran:?}");
    let made = server.ask(&format!("SHOW DATABASES LIKE '{}\\_%'", fresh.schemas().core)).expect("an answer");
    assert_eq!(made.trim(), "", "nothing was made");
}

on_both_servers!(
    a_wrong_password,
    no_privilege,
    a_server_that_is_gone,
    a_server_that_is_read_only,
    a_server_that_is_a_replica,
);
