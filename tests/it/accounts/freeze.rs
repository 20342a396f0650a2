//! The freeze on real servers, with an application that writes all the time: what was acknowledged is there, what was
//! refused is not, and nothing is lost in silence.

use super::{Cast, PASSWORD};
use crate::support::{Fresh, PrivateServer, Project, Ran, Running, on_both_servers};
use caribou::database::{Database, ErrorKind, Purpose, Secret, ServerKind, connect};
use caribou::store::Role;
use nix::sys::signal::Signal;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// An application that inserts one row after the other.
struct Application {
    database: Arc<dyn Database>,
    acknowledged: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    writing: Option<JoinHandle<()>>,
}

impl Application {
    /// With an account of its own and a table `written`.
    async fn of(cast: &Cast) -> Application {
        let core = cast.fresh.schemas().core.clone();
        cast.run_all(vec![
            format!("CREATE TABLE {core}.written (id BIGINT PRIMARY KEY)"),
            format!("CREATE USER app@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'"),
            format!("GRANT ALL ON {core}.* TO app@'127.0.0.1'"),
        ])
        .await;
        let mut target = cast.fresh.target.clone();
        let address = target.address_mut().expect("a server");
        (address.user, address.password) = ("app".to_owned(), Some(Secret::new(PASSWORD)));
        address.tls = Default::default();
        let database = connect(&target).await.expect("it may connect");
        let (acknowledged, refused, stop) = Default::default();
        let mut application = Application { database, acknowledged, refused, stop, writing: None };
        application.writing = Some(application.write(core).await);
        application
    }

    async fn write(&self, core: String) -> JoinHandle<()> {
        let mut session = self.database.open(Purpose::File).await.expect("a session");
        let (acknowledged, refused, stop) = (self.acknowledged.clone(), self.refused.clone(), self.stop.clone());
        tokio::spawn(async move {
            let mut id = 0_u64;
            while !stop.load(Ordering::SeqCst) {
                id += 1;
                match session.run(&format!("INSERT INTO {core}.written VALUES ({id})")).await {
                    Ok(_) => acknowledged.fetch_add(1, Ordering::SeqCst),
                    Err(error) if error.kind == ErrorKind::ReadOnly => refused.fetch_add(1, Ordering::SeqCst),
                    Err(error) => panic!("neither written nor refused: {error}"),
                };
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            session.close().await;
        })
    }

    /// Waits until more was written.
    async fn goes_on(&self) {
        grows(&self.acknowledged).await;
    }

    /// Waits until it is refused, and nothing is written meanwhile.
    async fn stands_still(&self) {
        let before = self.acknowledged.load(Ordering::SeqCst);
        grows(&self.refused).await;
        assert_eq!(self.acknowledged.load(Ordering::SeqCst), before, "a write went through the freeze");
    }

    /// Its rows against what it was told.
    async fn ends(mut self, cast: &Cast) {
        self.stop.store(true, Ordering::SeqCst);
        self.writing.take().expect("it writes").await.expect("it wrote, or was refused");
        let sql = format!("SELECT COUNT(*) FROM {}.written", cast.fresh.schemas().core);
        let rows = u64::try_from(cast.number(&sql).await).expect("rows");
        assert_eq!(rows, self.acknowledged.load(Ordering::SeqCst), "rows and acknowledged writes");
        assert!(self.refused.load(Ordering::SeqCst) > 0);
    }
}

async fn grows(counter: &AtomicU64) {
    let (before, until) = (counter.load(Ordering::SeqCst), Instant::now() + PATIENCE);
    while counter.load(Ordering::SeqCst) <= before + 2 {
        assert!(Instant::now() < until, "the application stands");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The worker's account drives, and files run as the runner.
pub(super) fn worker(cast: &Cast, project: &Project, arguments: &[&str]) -> Command {
    let mut command = cast.command(project, Role::Worker, arguments);
    command.env("CARIBOU_RUNNER_USER", cast.name(Role::Runner)).env("CARIBOU_RUNNER_PASSWORD", PASSWORD);
    command
}

pub(super) fn ran(mut command: Command) -> Ran {
    command.output().expect("the binary can be run").into()
}

pub(super) fn system(cast: &Cast, project: &Project) -> serde_json::Value {
    cast.run(project, Role::Observer, &["status", "--format", "json"]).exits(0).json()["system"].clone()
}

pub(super) async fn is_read_only(cast: &Cast) -> bool {
    cast.number("SELECT @@GLOBAL.read_only").await == 1
}

pub(super) async fn waits_until(what: &str, is_so: impl AsyncFn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < until, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn has_a_worker(cast: &Cast) {
    let held = format!("SELECT COUNT(*) FROM {}.migration_leases WHERE expires_ms > 0", cast.orchestration());
    waits_until("a worker", async || cast.number(&held).await == 1).await;
}

async fn an_operator_freezes_and_thaws(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let application = Application::of(&cast).await;
    let project = Project::on(&cast.fresh);
    let none = cast.run(&project, Role::Operator, &["freeze", "--yes"]).exits(2);
    assert!(none.stderr.contains("no worker is alive"), "{none:?}");
    let mut working = Running::start(&mut worker(&cast, &project, &["worker"]));
    working.wait_text("Working on");
    has_a_worker(&cast).await;

    // A transaction that does not end is named, and nothing is frozen.
    let mut open = application.database.open(Purpose::File).await.expect("a session");
    open.run("BEGIN").await.expect("begun");
    open.run("INSERT INTO written VALUES (-1)").await.expect("written");
    let refused = cast.run(&project, Role::Operator, &["freeze", "--yes", "--reason", "early"]).exits(2);
    assert!(refused.stdout.contains("1 write transaction is open") && refused.stdout.contains("app@"), "{refused:?}");
    open.run("ROLLBACK").await.expect("undone");
    open.close().await;
    application.goes_on().await;

    let frozen = cast.run(&project, Role::Operator, &["freeze", "--yes", "--reason", "the importer"]).exits(0);
    for told in
        ["FROZEN", "ENFORCED by read_only", "read back as 1", "app@", "the importer", &cast.fresh.schemas().core]
    {
        assert!(frozen.stdout.contains(told), "{told}: {frozen:?}");
    }
    application.stands_still().await;
    let told = system(&cast, &project);
    assert_eq!((told["status"].as_str(), told["enforced"].as_bool()), (Some("frozen"), Some(true)), "{told}");
    assert!(told["by"].as_str().is_some_and(|by| by.starts_with(&cast.name(Role::Operator))), "{told}");
    let again = cast.run(&project, Role::Operator, &["freeze", "--yes"]).exits(2);
    assert!(again.stdout.contains("frozen already"), "{again:?}");

    // Files run under it, as the runner, and the application still does not.
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\n");
    ran(worker(&cast, &project, &["migrate"])).exits(0);
    application.stands_still().await;
    cast.run(&project, Role::Operator, &["thaw", "--yes"]).exits(0);
    application.goes_on().await;
    assert_eq!(system(&cast, &project)["status"], "normal");

    // The worker is killed in the middle of a freeze: everybody sees it, and one who may ends it.
    cast.run(&project, Role::Operator, &["freeze", "--yes", "--reason", "again"]).exits(0);
    working.kill();
    application.stands_still().await;
    waits_until("the worker is missed", async || system(&cast, &project)["left_behind"] == true).await;
    let status = cast.run(&project, Role::Observer, &["status"]).exits(0);
    assert!(status.stdout.contains("NO WORKER watches over it"), "{status:?}");
    let doctor = ran(worker(&cast, &project, &["doctor"])).exits(1);
    assert!(doctor.stdout.contains("no worker watches over it"), "{doctor:?}");
    let denied = cast.run(&project, Role::Operator, &["thaw", "--emergency", "--yes", "--reason", "x"]).exits(5);
    assert!(denied.stderr.contains("schema grants emergency"), "{denied:?}");
    let thawed = ["thaw", "--emergency", "--yes", "--reason", "the host is gone"];
    cast.run(&project, Role::Emergency, &thawed).exits(0);
    application.goes_on().await;
    assert_eq!(system(&cast, &project)["lifted"], true);

    // The next worker journals who did it; nothing is frozen again before somebody says that it is over.
    let working = Running::start(&mut worker(&cast, &project, &["worker"]));
    waits_until("the emergency is journalled", async || system(&cast, &project)["status"] == "emergency").await;
    let refused = cast.run(&project, Role::Operator, &["freeze", "--yes"]).exits(2);
    assert!(refused.stdout.contains("emergency"), "{refused:?}");
    cast.run(&project, Role::Operator, &["thaw", "--yes", "--reason", "over"]).exits(0);
    assert_eq!(system(&cast, &project)["status"], "normal");
    // What would stop the files too is not set: then a freeze is a word, and says so.
    let privilege = if shared.kind == ServerKind::MariaDb { "READ ONLY ADMIN" } else { "CONNECTION_ADMIN" };
    let runner = format!("'{}'@'127.0.0.1'", cast.name(Role::Runner));
    cast.run_all(vec![format!("REVOKE {privilege} ON *.* FROM {runner}")]).await;
    let advisory = cast.run(&project, Role::Operator, &["freeze", "--yes"]).exits(0);
    assert!(advisory.stdout.contains("ADVISORY") && advisory.stdout.contains("schema grants runner"), "{advisory:?}");
    assert_eq!(system(&cast, &project)["enforced"], false);
    application.goes_on().await;
    cast.run(&project, Role::Operator, &["thaw", "--yes"]).exits(0);
    cast.run_all(vec![format!("GRANT {privilege} ON *.* TO {runner}")]).await;
    // A worker that is told to end leaves nothing frozen.
    cast.run(&project, Role::Operator, &["freeze", "--yes"]).exits(0);
    working.signal(Signal::SIGTERM);
    working.wait().exits(0);
    assert!(!is_read_only(&cast).await);
    application.ends(&cast).await;
    let doctor = ran(worker(&cast, &project, &["doctor"]));
    assert!(doctor.stdout.contains("normal: nobody is kept from writing"), "{doctor:?}");
    assert!(!doctor.stdout.contains("migration_system_state"), "{doctor:?}");
}

/// `policy.freeze = always`, through a pause, a kill -9 and an interruption.
async fn a_batch_runs_frozen(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let project = Project::on(&cast.fresh);
    project.configure("[policy]\nfreeze = \"always\"\n[workers]\nlease_ttl = \"2s\"");
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\n");
    project.migration("0002_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\n");
    let mut running = Running::start(&mut worker(&cast, &project, &["migrate", "--step"]));
    running.wait_text("stepping");
    assert!(!is_read_only(&cast).await, "nothing runs yet");
    cast.run(&project, Role::Operator, &["step", "--transition", "--yes"]).exits(0);
    waits_until("frozen", async || is_read_only(&cast).await).await;
    running.kill();
    // It is ours, so the next one is not stopped by it: it goes on frozen, and is interrupted.
    let running = Running::start(&mut worker(&cast, &project, &["migrate"]));
    running.wait_text("stepping");
    waits_until("taken over", async || system(&cast, &project)["left_behind"] != true).await;
    assert!(is_read_only(&cast).await);
    running.signal(Signal::SIGINT);
    running.wait().exits(130);
    assert!(!is_read_only(&cast).await, "an interrupted worker thaws");
    let said = ran(worker(&cast, &project, &["migrate"])).exits(0).stderr;
    assert!(said.contains("others are kept from writing; ENFORCED by read_only"), "{said}");
    assert!(said.contains("  thawed "), "{said}");
    assert!(!is_read_only(&cast).await);
    let events = cast.run(&project, Role::Observer, &["events", "0", "--format", "json"]).exits(0).stdout;
    for step in ["begun", "proven", "taken_over", "thaw_begun", "thawed"] {
        assert!(events.contains(&format!("\"step\":\"{step}\"")), "{step}: {events}");
    }

    // What others made read_only is not ours to run under, and not ours to lift.
    cast.run_all(vec!["SET GLOBAL read_only = 1".to_owned()]).await;
    project.migration("0003_c.sql", "CREATE TABLE c (id INT PRIMARY KEY);\n");
    let refused = ran(worker(&cast, &project, &["migrate"])).exits(2);
    assert!(refused.stderr.contains("--on-replica"), "{refused:?}");
    let running = Running::start(&mut worker(&cast, &project, &["migrate", "--on-replica"]));
    running.wait_text("is to run frozen");
    cast.run_all(vec!["SET GLOBAL read_only = 0".to_owned()]).await;
    cast.run(&project, Role::Operator, &["resume", "--yes"]).exits(0);
    running.wait().exits(0);
    assert!(!is_read_only(&cast).await);
}

/// `policy.freeze = critical`: the system is frozen for the files that ask for it, and for no other.
async fn a_file_that_asks_for_it_runs_frozen(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let application = Application::of(&cast).await;
    let project = Project::on(&cast.fresh);
    project.configure("[policy]\nfreeze = \"critical\"");
    project.migration("0001_a.sql", "CREATE TABLE seen (id INT PRIMARY KEY, frozen INT);\n");
    project.migration("0002_b.sql", "INSERT INTO seen VALUES (2, @@GLOBAL.read_only);\n");
    // It takes its time, so that the application meets the freeze.
    project.migration(
        "0003_c.sql",
        "-- caribou: freeze=critical\nINSERT INTO seen VALUES (3, @@GLOBAL.read_only);\nDO SLEEP(1);\n",
    );
    project.migration("0004_d.sql", "INSERT INTO seen VALUES (4, @@GLOBAL.read_only);\n");
    application.goes_on().await;
    let ran = ran(worker(&cast, &project, &["migrate", "--accept-irreversible"])).exits(0);
    assert_eq!(ran.stderr.matches("ENFORCED by read_only").count(), 1, "{ran:?}");
    let core = &cast.fresh.schemas().core;
    let seen = async |id: u32| cast.number(&format!("SELECT frozen FROM {core}.seen WHERE id = {id}")).await;
    assert_eq!([seen(2).await, seen(3).await, seen(4).await], [0, 1, 0], "frozen for the one file alone");
    let events = cast.run(&project, Role::Observer, &["events", "0", "--format", "json"]).exits(0).stdout;
    assert_eq!(events.matches("\"step\":\"begun\"").count(), 1, "{events}");
    assert_eq!(events.matches("\"step\":\"thawed\"").count(), 1, "{events}");
    assert!(events.contains("0003_c.sql asks for it (freeze=critical)"), "{events}");
    assert!(!is_read_only(&cast).await);
    application.goes_on().await;
    application.ends(&cast).await;
}

/// Rows that go while nobody may write are lost, and the batch is undone; where an account that no freeze stops is
/// connected, it may have been that one.
async fn rows_that_go_under_a_freeze_are_a_loss(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1), (2), (3), (4);\n");
    ran(worker(&cast, &project, &["migrate"])).exits(0);
    project.configure("[policy]\nfreeze = \"always\"");
    let core = cast.fresh.schemas().core.clone();
    let log = |words: &str| {
        let of = format!("{}.migration_validation_log WHERE validation_result LIKE '%{words}%'", cast.orchestration());
        format!("SELECT COUNT(*) FROM {of} AND validation_type = 'rows_unchanged' AND validation_status = ")
    };
    let columns =
        format!("SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{core}' AND TABLE_NAME = 'a'");
    for (file, row, stays) in [("0002_b", 1, true), ("0003_c", 2, false)] {
        project.migration(
            &format!("{file}.sql"),
            format!("ALTER TABLE a ADD COLUMN {file}_b INT;\nALTER TABLE a ADD COLUMN {file}_c INT;\n"),
        );
        let running = Running::start(&mut worker(&cast, &project, &["migrate", "--step"]));
        running.wait_text("stepping");
        cast.run(&project, Role::Operator, &["step", "--yes"]).exits(0);
        assert!(is_read_only(&cast).await);
        // Who is exempt from it the worker sees where it may read the accounts.
        let worker = format!("'{}'@'127.0.0.1'", cast.name(Role::Worker));
        cast.run_all(vec![format!("GRANT SELECT ON mysql.* TO {worker}")]).await;
        let root = cast.session().await;
        cast.run_all(vec![format!("DELETE FROM {core}.a WHERE id = {row}")]).await;
        if stays {
            cast.run(&project, Role::Operator, &["resume", "--yes"]).exits(0);
            running.wait().exits(0);
            root.close().await;
            assert_eq!(cast.number(&columns).await, 3);
            let told = log("root@% may have written meanwhile");
            assert_eq!(cast.number(&format!("{told}'passed'")).await, 1);
        } else {
            root.close().await;
            cast.run(&project, Role::Operator, &["resume", "--yes"]).exits(0);
            running.wait().exits(1);
            assert_eq!(cast.number(&columns).await, 3, "the batch is undone");
            let told = log("a had 3 rows before the file, and has 2 after it");
            assert_eq!(cast.number(&format!("{told}'failed'")).await, 1);
        }
        assert!(!is_read_only(&cast).await);
    }
}

/// A worker that cannot renew its lease lifts what it froze while it can.
async fn a_worker_without_its_lease_thaws(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let project = Project::on(&cast.fresh);
    project.configure("[workers]\nlease_ttl = \"2s\"");
    let working = Running::start(&mut worker(&cast, &project, &["worker"]));
    waits_until("frozen", async || {
        cast.run(&project, Role::Operator, &["freeze", "--yes", "--timeout", "5s"]).code == Some(0)
    })
    .await;
    assert!(is_read_only(&cast).await);
    // Its own account holds the lease's row, which nothing clears away.
    let mut holder = cast.by_hand(Role::Worker).await;
    holder.query_text("BEGIN").await.expect("begun");
    let lock = format!("SELECT * FROM {}.migration_leases FOR UPDATE", cast.orchestration());
    holder.query_text(&lock).await.expect("held");
    waits_until("thawed", async || !is_read_only(&cast).await).await;
    holder.query_text("ROLLBACK").await.expect("let go");
    holder.close().await;
    waits_until("journalled", async || system(&cast, &project)["status"] == "normal").await;
    drop(working);
}

on_both_servers!(
    an_operator_freezes_and_thaws,
    a_batch_runs_frozen,
    a_file_that_asks_for_it_runs_frozen,
    rows_that_go_under_a_freeze_are_a_loss,
    a_worker_without_its_lease_thaws,
);
