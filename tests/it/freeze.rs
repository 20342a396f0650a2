//! The freeze of a SQLite file: its write lock, held while no file runs.

use crate::metrics::until as scraped;
use crate::support::{Fresh, Project, Running, run_on};
use caribou::database::{ErrorKind, Purpose, ServerKind};
use nix::sys::signal::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_file_is_frozen_while_no_file_runs() {
    run_on(ServerKind::Sqlite, frozen);
}

#[test]
fn nothing_that_an_application_writes_all_the_time_is_lost() {
    run_on(ServerKind::Sqlite, written_all_the_time);
}

/// An application that inserts one row after the other: what was acknowledged, and what was refused.
struct Application {
    counts: Arc<[AtomicU64; 2]>,
    stop: Arc<AtomicBool>,
    writing: JoinHandle<()>,
}

impl Application {
    async fn start(fresh: &Fresh) -> Application {
        let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
        session.query_text("PRAGMA busy_timeout = 20").await.expect("it waits shortly");
        let (counts, stop) = (Arc::new([AtomicU64::new(0), AtomicU64::new(0)]), Arc::new(AtomicBool::new(false)));
        let (counted, stopped) = (counts.clone(), stop.clone());
        let writing = tokio::spawn(async move {
            let mut id = 0_u64;
            while !stopped.load(Ordering::SeqCst) {
                id += 1;
                match session.run(&format!("INSERT INTO written VALUES ({id})")).await {
                    Ok(_) => counted[0].fetch_add(1, Ordering::SeqCst),
                    Err(error) if error.kind == ErrorKind::LockWait => counted[1].fetch_add(1, Ordering::SeqCst),
                    Err(error) => panic!("neither written nor refused: {error}"),
                };
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            session.close().await;
        });
        Application { counts, stop, writing }
    }

    /// Waits until one of the counts has grown; how much the other has meanwhile.
    async fn grows(&self, which: usize) -> u64 {
        let before = [0, 1].map(|one| self.counts[one].load(Ordering::SeqCst));
        let until = Instant::now() + PATIENCE;
        while self.counts[which].load(Ordering::SeqCst) <= before[which] + 2 {
            assert!(Instant::now() < until, "the application stands");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.counts[1 - which].load(Ordering::SeqCst) - before[1 - which]
    }
}

async fn written_all_the_time(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE written (id INTEGER PRIMARY KEY);\n").run(&["migrate"]).exits(0);
    let mut working = Running::start(&mut project.command(&["worker", "--metrics", "0"]));
    working.wait_text("/metrics");
    working.wait_text("Working on");
    let port = working.said().split("http://127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next()?.parse().ok());
    let application = Application::start(&fresh).await;
    application.grows(0).await;
    let freeze = async || {
        let until = Instant::now() + PATIENCE;
        while project.run(&["freeze", "--yes", "--reason", "the night"]).code != Some(0) {
            assert!(Instant::now() < until, "never frozen");
        }
    };
    freeze().await;
    assert_eq!(application.grows(1).await, 0, "a write went through the freeze");
    scraped(port.expect("a port"), "caribou_system_frozen", |frozen| frozen == 1.0);
    // Files run under it, between which a write may come; afterwards none does.
    project.migration("0002_b.sql", "CREATE TABLE b (id INTEGER PRIMARY KEY);\nINSERT INTO b VALUES (1);\n");
    project.run(&["migrate"]).exits(0);
    let until = Instant::now() + PATIENCE;
    while application.grows(1).await != 0 {
        assert!(Instant::now() < until, "writes go on behind the last file");
    }
    project.run(&["thaw", "--yes"]).exits(0);
    application.grows(0).await;
    scraped(port.expect("a port"), "caribou_system_frozen", |frozen| frozen == 0.0);
    // The lock goes with the process that holds it, however that ends: the freeze is over, and everybody is told so.
    freeze().await;
    assert_eq!(application.grows(1).await, 0);
    working.kill();
    application.grows(0).await;
    let until = Instant::now() + PATIENCE;
    while !project.run(&["status"]).exits(0).stdout.contains("which goes with its process") {
        assert!(Instant::now() < until, "nobody says that it is over");
    }
    let told = project.run(&["status", "--format", "json"]).exits(0).json()["system"].clone();
    assert_eq!(
        (&told["status"], &told["enforced"], &told["left_behind"]),
        (&"frozen".into(), &false.into(), &true.into()),
        "nobody is stopped any more: {told}"
    );
    let doctor = project.run(&["doctor"]).exits(1).stdout;
    assert!(doctor.contains("no worker watches over it") && !doctor.contains("ENFORCED"), "{doctor}");
    project.run(&["thaw", "--emergency", "--yes", "--reason", "the host is gone"]).exits(0);
    application.stop.store(true, Ordering::SeqCst);
    application.writing.await.expect("it wrote, or was refused");
    let mut session = fresh.database().await.open(Purpose::Reader).await.expect("a session");
    let sql = format!("SELECT COUNT(*) FROM {}.written", fresh.schemas().core);
    let rows = session.query_text(&sql).await.expect("rows")[0].get_u64(0);
    session.close().await;
    assert_eq!(rows, application.counts[0].load(Ordering::SeqCst), "rows and acknowledged writes");
}

async fn frozen(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[policy]\nfreeze = \"critical\"\n[freeze]\nmax_idle = \"8s\"");
    project.migration("0001_a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);\n");
    project.migration("0002_b.sql", "-- caribou: freeze=critical\nINSERT INTO a VALUES (1);\n");
    project.migration("0003_c.sql", "INSERT INTO a VALUES (2);\n");
    let said = project.run(&["migrate"]).exits(0).stderr;
    assert!(said.contains("  frozen ") && said.contains("  thawed "), "who migrates is told: {said}");
    // The policy froze for the one file that asks for it.
    let told = project.run(&["events", "0", "--format", "json"]).exits(0).stdout;
    assert_eq!(told.matches("\"step\":\"begun\"").count(), 1, "{told}");
    assert!(told.contains("0002_b.sql asks for it") && told.contains("\"step\":\"thawed\""), "{told}");

    let working = Running::start(&mut project.command(&["worker"]));
    working.wait_text("Working on");
    let until = Instant::now() + PATIENCE;
    while project.run(&["freeze", "--yes", "--reason", "nobody writes"]).code != Some(0) {
        assert!(Instant::now() < until, "never frozen");
    }
    let status = project.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(
        (status["system"]["means"].as_str(), status["system"]["enforced"].as_bool()),
        (Some("write_lock"), Some(true))
    );
    let database = fresh.database().await;
    let mut application = database.open(Purpose::File).await.expect("a session");
    application.query_text("PRAGMA busy_timeout = 0").await.expect("it need not wait");
    let error = application.run("INSERT INTO a VALUES (3)").await.expect_err("the file is frozen");
    assert_eq!(error.kind, ErrorKind::LockWait, "{error}");
    assert_eq!(application.query_text("SELECT COUNT(*) FROM a").await.expect("reading goes on")[0].get_i64(0), 2);
    // A worker that nobody needs for so long lets go by itself, and says so.
    let until = Instant::now() + PATIENCE;
    while application.run("INSERT INTO a VALUES (3)").await.is_err() {
        assert!(Instant::now() < until, "never thawed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    application.close().await;
    let told = project.run(&["events", "0", "--format", "json"]).exits(0).stdout;
    assert!(told.contains("freeze.max_idle"), "{told}");
    working.signal(Signal::SIGTERM);
    working.wait().exits(0);
    assert_eq!(project.run(&["status", "--format", "json"]).exits(0).json()["system"]["status"], "normal");
}
