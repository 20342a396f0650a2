//! The worker is killed, the server goes away and comes back, the server is down at the start.

use super::stage::{SIZES, Stage, ask, is_live};
use crate::support::{Fresh, PrivateServer, on_both_servers, on_every_server};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

async fn a_killed_worker_is_missed(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(2);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.live(SIZES[0]);
    terminal.wait("a worker", |shot| is_live(shot) && !shot.shows("NO WORKER"));
    stage.kill_worker();
    terminal.wait_text("NO WORKER");
    // An order is taken, and it is said that nobody answers yet.
    ask(&mut terminal, "S", "nobody will answer");
    terminal.keys("y");
    terminal.wait_gone("nobody will answer");
    stage.start_worker();
    terminal.wait("the next worker", |shot| !shot.shows("NO WORKER"));
    terminal.wait_text("→ effective");
}

/// Stops the server's process, so that connections stand and nothing answers, and lets it go on.
async fn a_server_that_does_not_answer_makes_the_screen_stale(fresh: Fresh) {
    let server = PrivateServer::own(fresh.kind, &[]);
    let mut stage = Stage::new(Fresh::in_server(&server));
    stage.herds(1);
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("completion", |status| status["batch"]["status"] == "completed");
    let mut terminal = stage.live(SIZES[1]);
    let pid = Pid::from_raw(server.pid().expect("a server"));
    kill(pid, Signal::SIGSTOP).expect("a signal");
    let shot = terminal.wait("STALE with its age", |shot| shot.shows("STALE"));
    assert!(shot.shows("herd"), "the last state stays: {}", shot.text());
    // Keys never wait for the database, and changes are refused.
    terminal.keys("?");
    terminal.wait_text("Help: Board");
    terminal.keys("q");
    terminal.keys("P");
    terminal.wait_text("changes wait for the connection");
    kill(pid, Signal::SIGCONT).expect("a signal");
    terminal.wait("LIVE again", is_live);
}

async fn a_server_that_is_gone_is_awaited(fresh: Fresh) {
    let mut server = PrivateServer::own(fresh.kind, &[]);
    let stage = Stage::new(Fresh::in_server(&server));
    stage.herds(1);
    stage.project.run(&["migrate"]).exits(0);
    let mut terminal = stage.live(SIZES[0]);
    server.kill();
    let first = terminal.wait_text("STALE");
    // The age grows.
    terminal.wait("a greater age", |shot| shot.line_with("STALE") != first.line_with("STALE"));
    assert!(terminal.shot().shows("herd"), "{}", terminal.shot().text());
    terminal.keys("\x03");
    assert!(terminal.wait_exit().success(), "{}", terminal.shot().text());
}

async fn it_starts_while_the_server_is_down(fresh: Fresh) {
    let server = PrivateServer::own(fresh.kind, &[]);
    let stage = Stage::new(Fresh::in_server(&server));
    stage.herds(1);
    stage.project.run(&["migrate"]).exits(0);
    let pid = Pid::from_raw(server.pid().expect("a server"));
    kill(pid, Signal::SIGSTOP).expect("a signal");
    let mut terminal = stage.console(&[], SIZES[0]);
    terminal.wait("a screen without a database", |shot| !shot.text().trim().is_empty() && !shot.shows("LIVE"));
    terminal.keys("?");
    terminal.wait_text("Help: Board");
    terminal.keys("q");
    kill(pid, Signal::SIGCONT).expect("a signal");
    terminal.wait("the batch", |shot| is_live(shot) && shot.shows("herd"));
}

on_every_server!(a_killed_worker_is_missed);
on_both_servers!(
    a_server_that_does_not_answer_makes_the_screen_stale,
    a_server_that_is_gone_is_awaited,
    it_starts_while_the_server_is_down,
);
