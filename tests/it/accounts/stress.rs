//! Freeze and thaw where it is crowded: no connection left on the server, a transaction open at the moment of freezing,
//! several writers, a batch that fails, nobody who needs it.

use super::freeze::{PATIENCE, is_read_only, ran, system, waits_until, worker};
use super::{Cast, PASSWORD};
use crate::support::{Fresh, PrivateServer, Project, Running, on_both_servers};
use caribou::database::{Database, ErrorKind, Purpose, Secret, Session, connect};
use caribou::store::Role;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// An application's account, with a table of its own in core.
async fn application(cast: &Cast) -> Arc<dyn Database> {
    let core = &cast.fresh.schemas().core;
    cast.run_all(vec![
        format!("CREATE TABLE {core}.written (id BIGINT PRIMARY KEY AUTO_INCREMENT, by_whom INT)"),
        format!("CREATE USER app@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'"),
        format!("GRANT ALL ON {core}.* TO app@'127.0.0.1'"),
    ])
    .await;
    let mut target = cast.fresh.target.clone();
    let address = target.address_mut().expect("a server");
    (address.user, address.password) = ("app".to_owned(), Some(Secret::new(PASSWORD)));
    address.tls = Default::default();
    connect(&target).await.expect("it may connect")
}

/// Opens sessions until the server has none left for this account.
async fn take_all(application: &Arc<dyn Database>, taken: &mut Vec<Box<dyn Session>>) {
    loop {
        match application.open(Purpose::Look).await {
            Ok(session) => taken.push(session),
            Err(error) => {
                assert_eq!(error.code.as_deref(), Some("1040"), "{error}");
                return;
            }
        }
    }
}

/// A session of root: the one that is reserved, as soon as the last that was refused is gone from the server.
async fn reserved(cast: &Cast) -> Box<dyn Session> {
    let until = Instant::now() + PATIENCE;
    loop {
        match cast.root.open(Purpose::Control).await {
            Ok(session) => return session,
            Err(error) => assert!(Instant::now() < until, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_full_server_is_thawed(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &["--max-connections=30"]);
    let cast = Cast::in_server(&server).await;
    let application = application(&cast).await;
    let project = Project::on(&cast.fresh);
    let mut working = Running::start(&mut worker(&cast, &project, &["worker"]));
    working.wait_text("Working on");
    waits_until("frozen", async || {
        cast.run(&project, Role::Operator, &["freeze", "--yes", "--reason", "crowded"]).code == Some(0)
    })
    .await;
    working.kill();
    let of_worker = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE user IN ('{}', '{}')",
        cast.name(Role::Worker),
        cast.name(Role::Runner)
    );
    waits_until("the worker's sessions are gone", async || cast.number(&of_worker).await == 0).await;

    // All that applications may have, and the one that is reserved.
    let mut taken = Vec::new();
    take_all(&application, &mut taken).await;
    let mut root = reserved(&cast).await;
    let thaw = ["thaw", "--emergency", "--yes", "--reason", "crowded"];
    let given_up = cast.run(&project, Role::Emergency, &[&thaw[..], &["--timeout", "1s"]].concat()).exits(5);
    for told in ["1040", "waiting for a connection", "max_connections", "extra_port", "admin_port", "KILL"] {
        assert!(given_up.stderr.contains(told), "{told}: {given_up:?}");
    }
    // It waits, and goes on as soon as one is free.
    let waiting = Running::start(&mut cast.command(&project, Role::Emergency, &thaw));
    waiting.wait_text("waiting for a connection");
    assert!(!waiting.has_ended());
    taken.pop().expect("a session").close().await;
    let thawed = waiting.wait().exits(0);
    assert!(thawed.stdout.contains("THAWED"), "{thawed:?}");
    let told = root.query_text("SELECT @@GLOBAL.read_only").await.expect("it answers");
    assert_eq!(told[0].get_i64(0), 0);

    // The reserved one alone is enough: there is never a second connection.
    root.query_text("SET GLOBAL read_only = 1").await.expect("set again");
    root.close().await;
    take_all(&application, &mut taken).await;
    let thawed = cast.run(&project, Role::Emergency, &thaw).exits(0);
    assert!(thawed.stdout.contains("THAWED"), "{thawed:?}");
    let mut root = reserved(&cast).await;
    assert_eq!(root.query_text("SELECT @@GLOBAL.read_only").await.expect("it answers")[0].get_i64(0), 0);
    root.close().await;
    for session in taken {
        session.close().await;
    }
}

/// Writers, each a session of its own.
struct Writers {
    acknowledged: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Writers {
    async fn start(application: &Arc<dyn Database>, how_many: u64) -> Writers {
        let (acknowledged, refused, stop) = Default::default();
        let mut writers = Writers { acknowledged, refused, stop, tasks: Vec::new() };
        for one in 0..how_many {
            let mut session = application.open(Purpose::File).await.expect("a session");
            let (acknowledged, refused) = (writers.acknowledged.clone(), writers.refused.clone());
            let stop = writers.stop.clone();
            writers.tasks.push(tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    match session.run(&format!("INSERT INTO written (by_whom) VALUES ({one})")).await {
                        Ok(_) => acknowledged.fetch_add(1, Ordering::SeqCst),
                        Err(error) if error.kind == ErrorKind::ReadOnly => refused.fetch_add(1, Ordering::SeqCst),
                        Err(error) => panic!("neither written nor refused: {error}"),
                    };
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
                session.close().await;
            }));
        }
        writers
    }

    async fn grows(counter: &AtomicU64) {
        let before = counter.load(Ordering::SeqCst);
        waits_until("writers go on", async || counter.load(Ordering::SeqCst) > before + 10).await;
    }

    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.expect("it wrote, or was refused");
        }
        assert!(self.refused.load(Ordering::SeqCst) > 0);
        self.acknowledged.load(Ordering::SeqCst)
    }
}

/// A transaction of several statements is open when somebody freezes: it is waited for, its rows are there, and nothing of
/// the other writers is lost.
async fn an_open_transaction_is_waited_for(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &["--log-output=TABLE", "--general-log=1"]);
    let cast = Cast::in_server(&server).await;
    let application = application(&cast).await;
    let project = Project::on(&cast.fresh);
    let working = Running::start(&mut worker(&cast, &project, &["worker"]));
    working.wait_text("Working on");
    let writers = Writers::start(&application, 5).await;
    Writers::grows(&writers.acknowledged).await;
    let mut open = application.open(Purpose::File).await.expect("a session");
    open.run("BEGIN").await.expect("begun");
    open.run("INSERT INTO written (by_whom) VALUES (100)").await.expect("written");
    let looks = format!(
        "SELECT COUNT(*) FROM mysql.general_log WHERE user_host LIKE '{}%' AND LOWER(CONVERT(argument USING utf8mb4)) LIKE \
         '%innodb_trx%' AND command_type IN ('Query', 'Execute')",
        cast.name(Role::Worker)
    );
    let before = cast.number(&looks).await;
    let freeze = ["freeze", "--yes", "--reason", "the night", "--timeout", "60s"];
    let freezing = Running::start(&mut cast.command(&project, Role::Operator, &freeze));
    // It has looked for writers, found one, and looks again.
    waits_until("the freeze waits", async || cast.number(&looks).await >= before + 2).await;
    assert!(!is_read_only(&cast).await && !freezing.has_ended());
    open.run("INSERT INTO written (by_whom) VALUES (100)").await.expect("written");
    open.run("COMMIT").await.expect("a drained transaction commits");
    freezing.wait().exits(0);
    assert!(is_read_only(&cast).await);
    Writers::grows(&writers.refused).await;
    cast.run(&project, Role::Operator, &["thaw", "--yes"]).exits(0);
    Writers::grows(&writers.acknowledged).await;
    open.close().await;
    let acknowledged = writers.end().await;
    let core = &cast.fresh.schemas().core;
    let own = format!("SELECT COUNT(*) FROM {core}.written WHERE by_whom = 100");
    assert_eq!(cast.number(&own).await, 2);
    let others = format!("SELECT COUNT(*) FROM {core}.written WHERE by_whom < 100");
    assert_eq!(u64::try_from(cast.number(&others).await).expect("rows"), acknowledged);
    drop(working);
}

/// A batch that runs frozen, fails and is undone lets everybody write again.
async fn a_batch_that_fails_thaws(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let project = Project::on(&cast.fresh);
    project.configure("[policy]\nfreeze = \"always\"\n[plan]\nforeseen = \"off\"");
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\n");
    project.migration("0002_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\n");
    let failed = ran(worker(&cast, &project, &["migrate"])).exits(1);
    assert!(format!("{}{}", failed.stdout, failed.stderr).contains("1062"), "{failed:?}");
    assert!(!is_read_only(&cast).await, "it is undone, and thawed");
    assert_eq!(system(&cast, &project)["status"], "normal");
    let status = cast.run(&project, Role::Observer, &["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["batch"]["status"], "rolled_back", "{status}");
    let events = cast.run(&project, Role::Observer, &["events", "0", "--format", "json"]).exits(0).stdout;
    for step in ["begun", "proven", "thawed"] {
        assert_eq!(events.matches(&format!("\"step\":\"{step}\"")).count(), 1, "{step}: {events}");
    }
    let tables = format!(
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{}' AND TABLE_NAME IN ('a', 'b')",
        cast.fresh.schemas().core
    );
    assert_eq!(cast.number(&tables).await, 0);
}

/// A freeze that nobody needs for so long is lifted by the worker, and said.
async fn a_freeze_that_nobody_needs_is_lifted(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let project = Project::on(&cast.fresh);
    project.configure("[freeze]\nmax_idle = \"3s\"");
    let working = Running::start(&mut worker(&cast, &project, &["worker"]));
    working.wait_text("Working on");
    waits_until("frozen", async || {
        cast.run(&project, Role::Operator, &["freeze", "--yes", "--reason", "forgotten"]).code == Some(0)
    })
    .await;
    let is_told = async || {
        let events = cast.run(&project, Role::Observer, &["events", "0", "--format", "json"]).exits(0).stdout;
        events.contains("freeze.max_idle") && events.contains("\"step\":\"thawed\"")
    };
    waits_until("it is lifted", async || !is_read_only(&cast).await).await;
    waits_until("it is said", is_told).await;
    let alerts = cast.run(&project, Role::Observer, &["alerts"]).exits(0).stdout;
    assert!(alerts.contains("freeze"), "{alerts}");
    drop(working);
}

on_both_servers!(
    a_full_server_is_thawed,
    an_open_transaction_is_waited_for,
    a_batch_that_fails_thaws,
    a_freeze_that_nobody_needs_is_lifted,
);
