//! A network that swallows everything and closes nothing: whoever waits for the database ends by itself, within the
//! lease and with words, and at once when asked to.

use crate::crash::{PATIENCE, Scene, exits, running_statement};
use crate::support::{Fresh, Project, Proxy, Ran, Running, on_both_servers};
use caribou::database::Place;
use caribou::model::EventKind;
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

/// More than any lease and any patience here, on a busy machine; a black hole that nobody notices lasts for ever.
const SOON: Duration = Duration::from_secs(40);
/// Less than the ten seconds for which an answer or a connection is waited for.
const LONG_BEFORE_THE_ANSWER: Duration = Duration::from_secs(7);

/// A project like the scene's, whose database is reached through a proxy.
fn behind(scene: &Scene, fresh: &Fresh) -> (Proxy, Project) {
    let Place::Server(address) = &fresh.target.place else { panic!("a server") };
    let proxy = Proxy::before(address.port);
    let url = fresh.url().replace(&format!(":{}", address.port), &format!(":{}", proxy.port));
    let theirs = Project::empty();
    let dir = scene.project.path("migrations");
    theirs.write(
        "caribou.toml",
        format!(
            "[database]\nurl = \"{url}\"\nconnect_timeout = \"3s\"\n[workers]\nlease_ttl = \"3s\"\n[migrations]\ndir = \"{}\"\n",
            dir.display()
        ),
    );
    (proxy, theirs)
}

fn slow_file(scene: &Scene) {
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\nINSERT INTO t SELECT SLEEP(600);\n");
    scene.project.migration("0001_t.rollback.sql", "DROP TABLE t;\n");
}

/// It ends in time, and says that the database does not answer.
#[track_caller]
fn ends_with_words(running: Running, since: Instant, code: i32, words: &str) -> Ran {
    let ran = running.wait().exits(code);
    assert!(since.elapsed() < SOON, "it took {:?}", since.elapsed());
    assert!(ran.stderr.contains(words), "no {words:?}: {ran:?}");
    ran
}

async fn a_migration_ends_with_its_lease(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let (proxy, theirs) = behind(&scene, &fresh);
    slow_file(&scene);
    let running = Running::start(&mut theirs.command(&["migrate"]));
    running_statement(&scene, 1).await;
    proxy.stall();
    ends_with_words(running, Instant::now(), 4, "has not answered for 3 s");
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\n");
    exits(scene.project.run(&["migrate"]), &[0, 1]);
    scene.agree().await;
}

async fn a_follower_ends_with_words(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let (proxy, theirs) = behind(&scene, &fresh);
    slow_file(&scene);
    let mut worker = Running::start(&mut scene.project.command(&["worker"]));
    worker.wait_text("Working on");
    scene
        .until("a worker is there", |e| e.iter().any(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).then_some(()))
        .await;
    let follower = Running::start(&mut theirs.command(&["migrate"]));
    running_statement(&scene, 1).await;
    follower.wait_text("0 of 1 file");
    proxy.stall();
    ends_with_words(follower, Instant::now(), 5, "what becomes of the batch is not seen from here");
    worker.kill();
}

async fn who_cannot_even_connect_says_so(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let (proxy, theirs) = behind(&scene, &fresh);
    proxy.stall();
    for verb in [&["status"][..], &["migrate"], &["pause", "--yes"], &["doctor"], &["worker"]] {
        let since = Instant::now();
        let ran = theirs.run(verb).exits(5);
        assert!(since.elapsed() < SOON, "{verb:?} took {:?}", since.elapsed());
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("no connection within 3 s"), "{verb:?}: {ran:?}");
    }
}

/// While it connects, while it waits for a batch, while a statement runs: whoever asks it to end is not kept waiting.
async fn a_signal_ends_what_hears_nothing(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let (proxy, theirs) = behind(&scene, &fresh);
    let worker = Running::start(&mut theirs.command(&["worker"]));
    scene.until("it works", |e| e.iter().any(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).then_some(())).await;
    proxy.stall();
    let since = Instant::now();
    worker.signal(Signal::SIGTERM);
    worker.wait();
    assert!(since.elapsed() < SOON, "an idle worker took {:?}", since.elapsed());
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        for verb in ["status", "migrate", "worker"] {
            let running = Running::start(&mut theirs.command(&[verb]));
            waits_for_the_network(&running);
            let since = Instant::now();
            running.signal(signal);
            running.wait();
            assert!(since.elapsed() < LONG_BEFORE_THE_ANSWER, "{verb} took {:?}", since.elapsed());
        }
    }
}

/// Until it has a connection to somewhere.
fn waits_for_the_network(running: &Running) {
    let deadline = Instant::now() + PATIENCE;
    let sockets = format!("/proc/{}/fd", running.pid());
    let has_one = || {
        let files = std::fs::read_dir(&sockets).into_iter().flatten().flatten();
        files
            .filter_map(|file| std::fs::read_link(file.path()).ok())
            .any(|to| to.to_string_lossy().starts_with("socket:"))
    };
    while !has_one() && !running.has_ended() {
        assert!(Instant::now() < deadline, "it never connects");
    }
}

on_both_servers!(
    a_migration_ends_with_its_lease,
    a_follower_ends_with_words,
    who_cannot_even_connect_says_so,
    a_signal_ends_what_hears_nothing,
);
