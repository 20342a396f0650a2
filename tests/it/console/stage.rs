//! What the stories of the console begin with: a project, a worker in another process, a console on a terminal.

use crate::support::{Fresh, Project, Running, Shot, Terminal};
use serde_json::Value;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// The sizes that are looked at.
pub const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// A project on a fresh target, with the orchestration schema installed.
pub struct Stage {
    pub fresh: Fresh,
    pub project: Project,
    worker: Option<Running>,
    /// Those who handed a batch over and follow it.
    followers: Vec<Running>,
}

impl Stage {
    /// A project without files.
    pub fn new(fresh: Fresh) -> Self {
        let project = Project::on(&fresh);
        // A worker that is killed is to be missed soon.
        project.configure("[workers]\nlease_ttl = \"3s\"");
        project.run(&["schema", "install"]).exits(0);
        Self { fresh, project, worker: None, followers: Vec::new() }
    }

    /// Files with one CREATE TABLE each: `001_herd.sql` …
    pub fn herds(&self, count: usize) {
        for n in 1..=count {
            self.project.migration(&format!("{n:03}_herd.sql"), format!("CREATE TABLE herd_{n} (id INT);\n"));
        }
    }

    /// Starts a worker in another process, and waits until it holds the lease.
    pub fn start_worker(&mut self) {
        self.worker = Some(Running::start(&mut self.project.command(&["worker"])));
        self.until("a worker that lives", |status| status["worker"]["alive"] == true);
    }

    /// kill -9.
    pub fn kill_worker(&mut self) {
        self.worker.take().expect("a worker").kill();
    }

    /// Hands the directory's files to the worker, and waits until they are a batch.
    pub fn hand_over(&mut self, arguments: &[&str]) {
        let before = self.status()["batch"]["id"].clone();
        let words: Vec<&str> = ["migrate"].iter().chain(arguments).copied().collect();
        self.followers.push(Running::start(&mut self.project.command(&words)));
        self.until("a new batch", |status| status["batch"]["id"] != before);
    }

    /// `caribou status`.
    pub fn status(&self) -> Value {
        self.project.run(&["status", "--format", "json"]).json()
    }

    /// Asks for the status until it is as expected.
    #[track_caller]
    pub fn until(&self, what: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if expected(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "waited for {what} in vain: {status:#}");
        }
    }

    /// A console on a terminal.
    pub fn console(&self, arguments: &[&str], (columns, rows): (u16, u16)) -> Terminal {
        let words: Vec<&str> = ["console"].iter().chain(arguments).copied().collect();
        Terminal::start(&self.project.on_terminal(&words), columns, rows)
    }

    /// A console that shows a batch, live.
    pub fn live(&self, size: (u16, u16)) -> Terminal {
        let terminal = self.console(&[], size);
        terminal.wait("a live console", |shot| is_live(shot) && shot.shows("herd"));
        terminal
    }
}

/// Attached, and not stale.
pub fn is_live(shot: &Shot) -> bool {
    shot.shows("LIVE") && !shot.shows("STALE")
}

/// Whether the whole screen is drawn: header, footer, and the console's own screen behind both.
pub fn is_whole(shot: &Shot) -> bool {
    let lines = shot.lines();
    let footer = lines.last().is_some_and(|line| !line.trim().is_empty());
    shot.screen().alternate_screen() && !lines[0].trim().is_empty() && footer
}
