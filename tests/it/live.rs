//! What the worker sees on its server while it works: how far a statement is, who is in its way, how busy the server is.

use crate::support::{
    Fresh, PrivateServer, Project, Running, is_wanted, on_both_servers, on_every_server, run, run_on,
};
use caribou::database::{Purpose, ServerKind};
use caribou::model::{BatchId, Live, LiveStatement, Seq};
use caribou::store::{Reader, Store};
use nix::sys::signal::Signal;
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// Options by which MariaDB lists metadata locks and keeps last statements, as MySQL does by itself.
const TELLS_ALL: [&str; 3] = [
    "--performance-schema=ON",
    "--performance-schema-consumer-events-statements-current=ON",
    "--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON",
];

#[test]
fn mariadb_that_tells_all() {
    tell(ServerKind::MariaDb, &TELLS_ALL);
}

#[test]
fn mysql_that_tells_all() {
    tell(ServerKind::MySql, &["--performance-schema-consumer-events-stages-current=ON"]);
}

/// On a server of its own, which tells all that it can.
fn tell(kind: ServerKind, options: &[&str]) {
    if !is_wanted(kind) {
        return;
    }
    // MariaDB else copies the rows first and makes the keys afterwards, in a stage that tells nothing.
    let small =
        ["--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0", "--loose-innodb-alter-copy-bulk=OFF"];
    // On a disk: in memory the copy is over before its speed is known.
    let server =
        PrivateServer::own_below(kind, Path::new(env!("CARGO_TARGET_TMPDIR")), &[&small[..], options].concat());
    run(async {
        a_long_alter_shows_how_far_it_is(Fresh::in_server(&server)).await;
        let seen = who_holds_a_metadata_lock_is_named(&Fresh::in_server(&server)).await;
        let blocker = &seen.blocked_by[0];
        assert!(blocker.certain && seen.blockers_unknown.is_none(), "{seen:?}");
        assert!(blocker.last.as_deref().is_some_and(|sql| sql.contains("FROM held")), "{seen:?}");
    });
}

/// A worker's looks, as a console reads them.
struct Onlooker {
    reader: Reader,
}

impl Onlooker {
    /// On a place where the schemas are installed.
    async fn on(fresh: &Fresh) -> Onlooker {
        let store = Store::new(fresh.database().await);
        store.install().await.expect("the schemas");
        Onlooker { reader: Reader::open(&store).await.expect("a reader") }
    }

    async fn live(&mut self) -> Option<Live> {
        let tail = self.reader.tail(BatchId(0), Seq(i64::MAX - 1), Seq(i64::MAX - 1)).await.expect("a poll");
        tail.live
    }

    /// The statement that a worker has under way, once it is as wanted.
    async fn until(&mut self, of: &Running, what: &str, wanted: impl Fn(&LiveStatement) -> bool) -> LiveStatement {
        let deadline = Instant::now() + PATIENCE;
        let mut last = None;
        loop {
            if let Some(live) = self.live().await {
                if let Some(seen) = live.statements.iter().find(|seen| wanted(seen)) {
                    return seen.clone();
                }
                last = Some(live);
            }
            let is_late = Instant::now() >= deadline || of.has_ended();
            assert!(!is_late, "{what}: not seen; last: {last:?}\n{}", of.said());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Rows that are left of a look.
    async fn rows(&mut self, fresh: &Fresh) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {}.temp_data", fresh.schemas().ephemeral);
        let rows = self.reader.session().query_text(&sql).await.expect("a count");
        rows[0].get_i64(0)
    }
}

async fn a_long_alter_shows_how_far_it_is(fresh: Fresh) {
    let mut onlooker = Onlooker::on(&fresh).await;
    // Unique keys in no order make the copy long: each row is looked for before it is written.
    let random = "LEFT(SHA2(CONCAT(RAND(), RAND()), 256), 40)";
    fresh.native(&format!(
        "CREATE TABLE big (id INT PRIMARY KEY AUTO_INCREMENT, a INT NOT NULL, b CHAR(40) NOT NULL, c CHAR(40) NOT NULL);
         INSERT INTO big (a, b, c) SELECT 1, {random}, {random};",
    ));
    for _ in 0..18 {
        fresh.native(&format!("INSERT INTO big (a, b, c) SELECT a + 1, {random}, {random} FROM big"));
    }
    fresh.native("ALTER TABLE big ADD UNIQUE KEY (b), ADD UNIQUE KEY (c, b); ANALYZE TABLE big;");
    let project = Project::on(&fresh);
    project.migration("0001_big.sql", "ALTER TABLE big MODIFY a BIGINT NOT NULL, ALGORITHM=COPY;\n");
    let migrate = Running::start(&mut project.command(&["migrate"]));
    let copies =
        |seen: &LiveStatement| seen.stage.as_ref().and_then(|s| s.done_permille.filter(|_| s.name.contains("copy")));
    let first = onlooker.until(&migrate, "it copies", |seen| copies(seen).is_some_and(|done| done < 900)).await;
    let before = copies(&first).expect("a stage");
    let later = onlooker.until(&migrate, "it goes on", |seen| copies(seen).is_some_and(|done| done > before)).await;
    let stage = later.stage.expect("a stage");
    let total = stage.rows_total.expect("rows");
    assert!((200_000..350_000).contains(&total), "{stage:?}");
    assert!(stage.rows_done.is_some_and(|done| done > 0 && done <= total * 11 / 10), "{stage:?}");
    assert!(later.connection.is_some() && later.elapsed_ms > 1_000 && later.elapsed_ms > first.elapsed_ms);
    assert_eq!((later.statement, &later.stage_unknown, &later.blockers_unknown), (0, &None, &None));
    if fresh.kind == ServerKind::MariaDb {
        assert_eq!((stage.step, stage.steps), (Some(1), Some(2)));
    }
    let left = onlooker
        .until(&migrate, "the time left", |seen| seen.stage.as_ref().is_some_and(|s| s.left_ms.is_some()))
        .await;
    assert!(left.stage.and_then(|stage| stage.left_ms).is_some_and(|ms| ms < 600_000));
    let told = project.run(&["status"]).exits(0).stdout;
    assert!(
        told.contains("Now: 0001_big.sql, statement 1, for ") && told.contains(" % ") || told.contains(" %,"),
        "{told}"
    );
    let json = project.run(&["status", "--format", "json"]).json();
    assert_eq!(
        (&json["live"]["statements"][0]["path"], &json["live"]["statements"][0]["statement"]),
        (&"0001_big.sql".into(), &1.into()),
        "{json}"
    );
    assert!(json["live"]["load"]["threads_running"].as_u64().is_some_and(|n| n > 0), "{json}");
    migrate.wait().exits(0);
    assert_eq!(onlooker.rows(&fresh).await, 0, "a worker that ends in good order takes it away");
    assert_eq!(onlooker.live().await, None);
}

/// A session that reads a table in a transaction and then does nothing; the look at the statement that waits for it, when
/// it was seen first.
async fn who_holds_a_metadata_lock_is_named(fresh: &Fresh) -> LiveStatement {
    let mut onlooker = Onlooker::on(fresh).await;
    fresh.native("CREATE TABLE held (id INT PRIMARY KEY); INSERT INTO held VALUES (1);");
    let database = fresh.database().await;
    let mut holder = database.open(Purpose::File).await.expect("a session");
    holder.begin().await.expect("begin");
    holder.run("SELECT COUNT(*) FROM held").await.expect("it reads");
    let connection = holder.connection_id();
    let project = Project::on(fresh);
    project.migration("0001_held.sql", "ALTER TABLE held ADD COLUMN a INT;\n");
    let migrate = Running::start(&mut project.command(&["migrate"]));
    let is_named = |seen: &LiveStatement| seen.blocked_by.iter().any(|blocker| blocker.connection == connection);
    let seen = onlooker.until(&migrate, "who holds the lock", is_named).await;
    let blocker = seen.blocked_by.iter().find(|blocker| blocker.connection == connection).expect("it is named");
    assert!(blocker.account.starts_with("root@") && !blocker.account.contains(':'), "{blocker:?}");
    assert_eq!((&*blocker.object, &*blocker.lock), (&*format!("{}.held", fresh.schemas().core), "metadata lock"));
    // Whatever the time zones of server and session.
    assert!(blocker.transaction_ms.is_some_and(|ms| ms < 120_000), "{blocker:?}");
    assert!(blocker.gone_idle() && blocker.idle_ms.is_some(), "{blocker:?}");
    let told = project.run(&["status"]).exits(0).stdout;
    assert!(told.contains(&format!("held by connection {connection} root@")), "{told}");
    assert!(told.contains("no statement running"), "{told}");
    // It runs something, still in its transaction.
    let busy = tokio::spawn(async move {
        let ended = holder.run("SELECT SLEEP(100) AS it_sleeps").await;
        (holder, ended)
    });
    let runs = |seen: &LiveStatement| {
        let of = seen.blocked_by.iter().find(|blocker| blocker.connection == connection);
        of.is_some_and(|blocker| blocker.runs.as_deref().is_some_and(|sql| sql.contains("it_sleeps")))
    };
    onlooker.until(&migrate, "what the holder runs", runs).await;
    database.kill(connection).await.expect("it can be ended");
    drop(busy.await.expect("it ends"));
    migrate.wait().exits(0);
    seen
}

/// As it is installed: MySQL lists the locks, MariaDB does not without its plugin.
async fn a_server_that_does_not_list_locks_says_so(fresh: Fresh) {
    let seen = who_holds_a_metadata_lock_is_named(&fresh).await;
    let certain = seen.blocked_by.iter().all(|blocker| blocker.certain);
    match fresh.kind {
        ServerKind::MySql => assert!(certain && seen.blockers_unknown.is_none(), "{seen:?}"),
        _ if certain => assert!(seen.blockers_unknown.is_none(), "the plugin is there: {seen:?}"),
        _ => assert!(seen.blockers_unknown.is_some_and(|why| why.contains("metadata_lock_info"))),
    }
}

async fn who_holds_a_row_is_named(fresh: Fresh) {
    let mut onlooker = Onlooker::on(&fresh).await;
    fresh.native("CREATE TABLE held (id INT PRIMARY KEY, a INT) ENGINE=InnoDB; INSERT INTO held VALUES (1, 1);");
    let mut holder = fresh.database().await.open(Purpose::File).await.expect("a session");
    holder.begin().await.expect("begin");
    holder.run("UPDATE held SET a = 2").await.expect("it writes");
    let project = Project::on(&fresh);
    project.migration("0001_held.sql", "UPDATE held SET a = 3 WHERE id = 1;\n");
    let migrate = Running::start(&mut project.command(&["migrate"]));
    let seen = onlooker.until(&migrate, "who holds the row", |seen| !seen.blocked_by.is_empty()).await;
    let blocker = &seen.blocked_by[0];
    assert_eq!(blocker.connection, holder.connection_id(), "{seen:?}");
    assert_eq!((&*blocker.object, &*blocker.lock), (&*format!("{}.held", fresh.schemas().core), "row lock"));
    assert!(blocker.certain && blocker.transaction_ms.is_some(), "{seen:?}");
    holder.rollback().await.expect("it gives way");
    migrate.wait().exits(0);
}

/// An account that may do the work and nothing else.
async fn what_an_account_may_not_see_is_said_with_its_reason(fresh: Fresh) {
    let core = fresh.schemas().core.clone();
    let user = format!("bare_{core}");
    fresh.native(&format!("CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY 'Secret.1'"));
    for end in ["", "_orchestration", "_ephemeral", "_undo"] {
        fresh.native(&format!("GRANT ALL ON {core}{end}.* TO '{user}'@'127.0.0.1'"));
    }
    let mut onlooker = Onlooker::on(&fresh).await;
    let project = Project::on(&fresh);
    project.migration("0001_slow.sql", "CREATE TABLE slow AS SELECT SLEEP(20) AS n;\n");
    let mut command = project.command(&["migrate"]);
    command.env("CARIBOU_DATABASE_USER", &user).env("CARIBOU_PASSWORD", "Secret.1");
    command.env("CARIBOU_DATABASE_SSL_MODE", "preferred");
    let migrate = Running::start(&mut command);
    let seen = onlooker.until(&migrate, "why it is not seen", |seen| seen.waits_unknown.is_some()).await;
    let why = seen.waits_unknown.expect("a reason");
    match fresh.kind {
        ServerKind::MySql => {
            assert!(why.contains("SELECT on performance_schema"), "{why}");
            assert!(seen.stage.is_none() && seen.stage_unknown.is_some_and(|why| why.contains("performance_schema")));
        }
        // It sees its own sessions, and no transactions.
        _ => {
            assert!(why.contains("PROCESS"), "{why}");
            assert!(seen.stage.is_some_and(|stage| stage.name.contains("sleep")));
        }
    }
    assert!(seen.blocked_by.is_empty() && seen.blockers_unknown.is_none());
    let load = onlooker.live().await.and_then(|live| live.load).expect("it needs no privilege");
    assert!(load.threads_running.is_some() && load.connections.is_some(), "{load:?}");
    assert!(load.lag_unknown.is_some_and(|why| why.contains("throttle.replicas")));
    let told = project.run(&["status"]).exits(0).stdout;
    assert!(told.contains("whether it waits: ? "), "{told}");
    migrate.wait().exits(0);
}

/// SQLite has no server: that somebody holds the file is all that can be said.
async fn who_holds_the_file_is_said_in_words(fresh: Fresh) {
    let mut onlooker = Onlooker::on(&fresh).await;
    let mut holder = fresh.database().await.open(Purpose::File).await.expect("a session");
    holder.run("CREATE TABLE held (id INT)").await.expect("DDL");
    holder.begin().await.expect("begin");
    holder.run("INSERT INTO held VALUES (1)").await.expect("it writes");
    let project = Project::on(&fresh);
    project.migration("0001_held.sql", "INSERT INTO held VALUES (2);\n");
    let migrate = Running::start(&mut project.command(&["migrate"]));
    let seen = onlooker.until(&migrate, "that it is held", |seen| seen.blockers_unknown.is_some()).await;
    assert!(seen.blockers_unknown.is_some_and(|why| why.contains("SQLite does not say which")));
    assert!(seen.connection.is_none() && seen.stage.is_none() && seen.stage_unknown.is_some());
    assert_eq!(onlooker.live().await.and_then(|live| live.load), None);
    holder.commit().await.expect("it gives way");
    migrate.wait().exits(0);
    assert_eq!(onlooker.rows(&fresh).await, 0);
}

/// The row of a worker that was killed tells nothing any more, and the journal is told without the ephemeral schema.
async fn what_was_left_behind_or_taken_away_is_nobodys_trouble(fresh: Fresh) {
    let mut onlooker = Onlooker::on(&fresh).await;
    let project = Project::on(&fresh);
    project.migration("0001_slow.sql", slow(&fresh));
    let mut migrate = Running::start(&mut project.command(&["migrate"]));
    onlooker.until(&migrate, "a statement", |_| true).await;
    migrate.signal(Signal::SIGKILL);
    migrate.kill();
    assert_eq!(onlooker.rows(&fresh).await, 1);
    let deadline = Instant::now() + PATIENCE;
    while onlooker.live().await.is_some() {
        assert!(Instant::now() < deadline, "it is told for ever");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut root = fresh.database().await.open(Purpose::Control).await.expect("a session");
    root.query_text(&format!("DROP TABLE {}.temp_data", fresh.schemas().ephemeral)).await.expect("it goes");
    let tail = onlooker.reader.tail(BatchId(1), Seq(0), Seq(0)).await.expect("a poll");
    assert!(tail.live.is_none() && !tail.events.is_empty() && tail.lease.is_some());
    assert_eq!(onlooker.reader.live().await.expect("an answer"), None);
}

/// A statement that runs for some seconds.
fn slow(fresh: &Fresh) -> &'static str {
    match fresh.kind {
        ServerKind::Sqlite => {
            "CREATE TABLE slow AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 40000000) \
             SELECT COUNT(*) AS n FROM c;\n"
        }
        _ => "CREATE TABLE slow AS SELECT SLEEP(30) AS n;\n",
    }
}

#[test]
fn sqlite_says_in_words_that_the_file_is_held() {
    run_on(ServerKind::Sqlite, who_holds_the_file_is_said_in_words);
}

on_every_server!(what_was_left_behind_or_taken_away_is_nobodys_trouble);
on_both_servers!(
    a_server_that_does_not_list_locks_says_so,
    who_holds_a_row_is_named,
    what_an_account_may_not_see_is_said_with_its_reason
);
