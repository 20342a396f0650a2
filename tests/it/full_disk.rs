//! No space left on the server's disk, for the file's own rows and for the journal: said clearly, nothing half done, and
//! it goes on when there is space again.

use crate::support::{Fresh, PrivateServer, Project, Ran, SmallDisk, is_wanted, run};
use caribou::database::{Purpose, ServerKind};

/// A target on a disk of its own. What lives on the disk ends before it.
struct Stage {
    project: Project,
    fresh: Fresh,
    server: Option<PrivateServer>,
    disk: SmallDisk,
}

impl Stage {
    fn new(kind: ServerKind) -> Option<Stage> {
        let megabytes = match kind {
            ServerKind::Sqlite => 16,
            ServerKind::MariaDb => 160,
            ServerKind::MySql => 256,
        };
        if !is_wanted(kind) {
            return None;
        }
        let disk = SmallDisk::new(megabytes)?;
        // With a binary log MySQL would wait for space, a minute at a time, instead of refusing.
        let server =
            (kind != ServerKind::Sqlite).then(|| PrivateServer::own_below(kind, disk.path(), &["--skip-log-bin"]));
        let fresh = match &server {
            Some(server) => Fresh::in_server(server),
            None => Fresh::sqlite_below(disk.path()),
        };
        let project = Project::on(&fresh);
        project.configure("[workers]\nlease_ttl = \"10s\"").run(&["schema", "install"]).exits(0);
        Some(Stage { project, fresh, server, disk })
    }

    async fn number(&self, sql: &str) -> Option<i64> {
        let database = self.fresh.database().await;
        let mut session = database.open(Purpose::File).await.expect("a session");
        let rows = session.query_text(sql).await;
        session.close().await;
        rows.ok().and_then(|rows| rows.first().map(|row| row.get_i64(0)))
    }

    /// Checks the answer of a run on the full disk. MariaDB may crash when a disk is full: then the connection is what
    /// it has lost.
    #[track_caller]
    fn refused(&self, ran: Ran) -> Ran {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains("panicked"), "{said}");
        if self.server.as_ref().is_some_and(|server| !server.answers()) {
            eprintln!("the server died of the full disk");
            assert!(said.contains("check that the server runs") || said.contains("that the server runs"), "{said}");
            return ran.exits(5);
        }
        assert!(said.contains("full") || said.contains("No space left"), "{said}");
        assert!(said.contains("make space"), "{said}");
        ran.exits(1)
    }

    /// Runs until nothing is left to do, as a person would after making space.
    fn goes_on(&mut self) {
        self.disk.make_space();
        if let Some(server) = self.server.as_mut().filter(|server| !server.answers()) {
            server.restart();
        }
        let mut ran = self.project.run(&["migrate"]);
        if ran.code == Some(3) && self.fresh.kind == ServerKind::Sqlite {
            // Its journal had no room for the end of the last statement, and SQLite's files do not commit as one: a person
            // looks, mends and says so.
            assert!(ran.stdout.contains("in doubt"), "{ran:?}");
            run(self.number("DROP TABLE big"));
            let settle = ["settle", "0002_big.sql", "--as", "rolled_back", "--yes", "--reason", "dropped it"];
            self.project.run(&settle).exits(0);
            ran = self.project.run(&["migrate"]);
        } else if ran.code == Some(1) {
            // What was under way was undone first.
            ran = self.project.run(&["migrate"]);
        }
        ran.exits(0);
        self.project.run(&["doctor"]).exits(0);
    }
}

/// Rows by doubling: 2^15 of 200 bytes.
fn many_rows() -> String {
    let filler = "x".repeat(200);
    let first = format!("CREATE TABLE big (text VARCHAR(200));\nINSERT INTO big VALUES ('{filler}');\n");
    first + &"INSERT INTO big SELECT * FROM big;\n".repeat(15)
}

fn rows_that_do_not_fit_are_undone(kind: ServerKind) {
    let Some(mut stage) = Stage::new(kind) else { return };
    stage.project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n").run(&["migrate"]).exits(0);
    stage.project.migration("0002_big.sql", many_rows()).migration("0002_big.rollback.sql", "DROP TABLE big;\n");
    stage.disk.fill(3 << 10);
    let ran = stage.refused(stage.project.run(&["migrate"]));
    // The journal shares the disk: where its own commit found no room there is no report, and the next run finds out.
    if !ran.stdout.is_empty() {
        assert!(ran.stdout.contains("disk: ") && ran.stdout.contains("undone       yes"), "{ran:?}");
        assert_eq!(run(stage.number("SELECT COUNT(*) FROM big")), None);
    }
    stage.goes_on();
    assert_eq!(run(stage.number("SELECT COUNT(*) FROM big")), Some(1 << 15));
}

/// The file writes nothing itself: only the journal grows.
fn a_journal_that_does_not_fit_ends_the_run(kind: ServerKind) {
    let Some(mut stage) = Stage::new(kind) else { return };
    stage.project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    stage.project.migration("0002_looks.sql", "SELECT COUNT(*) FROM a;\n".repeat(3_000));
    stage.project.migration("0003_b.sql", "CREATE TABLE b (id INT);\n");
    stage.disk.fill(500);
    stage.refused(stage.project.run(&["migrate"]));
    stage.goes_on();
    assert_eq!(run(stage.number("SELECT COUNT(*) FROM b")), Some(0));
}

/// Not even the plan fits: nothing has begun.
fn a_plan_that_does_not_fit_is_refused(kind: ServerKind) {
    let Some(mut stage) = Stage::new(kind) else { return };
    let long = "x".repeat(6 << 20);
    stage.project.migration("0001_a.sql", format!("-- {long}\nCREATE TABLE a (id INT);\n"));
    stage.disk.fill(1 << 10);
    stage.refused(stage.project.run(&["migrate"]));
    stage.goes_on();
    assert_eq!(run(stage.number("SELECT COUNT(*) FROM a")), Some(0));
}

/// A table that the disk does not hold twice: told before the copy begins, and not where there is room.
fn a_copy_that_does_not_fit_is_foreseen(kind: ServerKind) {
    let Some(stage) = Stage::new(kind) else { return };
    stage.project.configure("[checks]\nlarge_rows = 1000\ndisk_free = \"block\"");
    stage.project.migration("0001_big.sql", many_rows()).run(&["migrate"]).exits(0);
    run(stage.number("ANALYZE TABLE big"));
    stage.project.migration("0002_text.sql", "-- Longer.\nALTER TABLE big MODIFY text TEXT;\n");
    let roomy = stage.project.run(&["plan"]).exits(0);
    assert!(!roomy.stdout.contains("disk_free"), "{roomy:?}");
    stage.disk.fill(3 << 10);
    let told = stage.project.run(&["plan", "--format", "json"]);
    assert!(told.stdout.contains("disk_free") && told.stdout.contains(" MB are free on "), "{told:?}");
    let refused = stage.project.run(&["migrate"]).exits(1);
    assert!(format!("{refused:?}").contains("disk_free"), "{refused:?}");
    assert_eq!(run(stage.number("SELECT COUNT(*) FROM big")), Some(1 << 15));
}

#[test]
fn a_copy_that_does_not_fit_is_foreseen_by_mariadb() {
    a_copy_that_does_not_fit_is_foreseen(ServerKind::MariaDb);
}

#[test]
fn a_copy_that_does_not_fit_is_foreseen_by_mysql() {
    a_copy_that_does_not_fit_is_foreseen(ServerKind::MySql);
}

macro_rules! on_a_small_disk {
    ($($story:ident),* $(,)?) => {
        $(mod $story {
            use caribou::database::ServerKind;

            #[test]
            fn sqlite() {
                super::$story(ServerKind::Sqlite);
            }

            #[test]
            fn mariadb() {
                super::$story(ServerKind::MariaDb);
            }

            #[test]
            fn mysql() {
                super::$story(ServerKind::MySql);
            }
        })*
    };
}

on_a_small_disk!(
    rows_that_do_not_fit_are_undone,
    a_journal_that_does_not_fit_ends_the_run,
    a_plan_that_does_not_fit_is_refused,
);
