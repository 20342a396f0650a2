//! Beginning of the stories of the console: a project, a worker in another process, a console on a terminal.

use crate::support::{Fresh, Project, Running, Shot, Terminal};
use caribou::database::{Purpose, Session};
use serde_json::Value;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// The sizes that are looked at.
pub const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// A project on a fresh target, with the orchestration schema installed.
pub struct Stage {
    /// Schemas that it lives in; holds the files of SQLite.
    fresh: Fresh,
    pub project: Project,
    worker: Option<Running>,
}

impl Stage {
    /// A project without files.
    pub fn new(fresh: Fresh) -> Self {
        let project = Project::on(&fresh);
        // A worker that is killed is to be missed soon.
        project.configure("[workers]\nlease_ttl = \"3s\"\nparallel = 1");
        project.run(&["schema", "install"]).exits(0);
        Self { fresh, project, worker: None }
    }

    /// The schemas that it lives in.
    pub fn fresh(&self) -> &Fresh {
        &self.fresh
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

    /// Hands the directory's files to the worker, and waits until they are a batch. Who handed them over does not follow
    /// it: it would take the worker's place.
    pub fn hand_over(&mut self, arguments: &[&str]) {
        let before = self.status()["batch"]["id"].clone();
        let words: Vec<&str> = ["migrate"].iter().chain(arguments).copied().collect();
        let follower = Running::start(&mut self.project.command(&words));
        self.until("a new batch", |status| status["batch"]["id"] != before);
        drop(follower);
    }

    /// Runs a statement in the core schema, as somebody else does.
    pub async fn ask(&self, sql: &str) {
        let database = self.fresh.database().await;
        let mut session = database.open(Purpose::File).await.expect("a session");
        session.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        session.close().await;
    }

    /// An account of a role, by the statements that `schema grants` prints. Its name, which no other story uses.
    pub async fn account(&self, role: &str) -> String {
        let name = format!("{role}_{}", self.fresh.schemas().core);
        self.ask(&format!("CREATE USER '{name}'@'%'")).await;
        let grants = self.project.run(&["schema", "grants", role, &format!("{name}@%"), "--format", "json"]).json();
        for sql in grants.as_array().expect("statements").iter().filter_map(Value::as_str) {
            self.ask(sql).await;
        }
        name
    }

    /// A table `gate` with a row that somebody else's transaction holds: a statement that wants it waits until it is let go.
    pub async fn gate(&self) -> Gate {
        self.ask("CREATE TABLE gate (id INT PRIMARY KEY, n INT) ENGINE = InnoDB").await;
        self.ask("INSERT INTO gate VALUES (1, 0)").await;
        let mut session = self.fresh.database().await.open(Purpose::File).await.expect("a session");
        session.begin().await.expect("a transaction");
        session.run("UPDATE gate SET n = 7").await.expect("the row is there");
        Gate(session)
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

/// Somebody else's transaction.
pub struct Gate(Box<dyn Session>);

impl Gate {
    /// Ends it.
    pub async fn open(mut self) {
        self.0.rollback().await.expect("it can be rolled back");
        self.0.close().await;
    }
}

/// The nine screens by their keys, and what the tabs say of each on a wide screen.
pub const SCREENS: [(&str, &str); 9] = [
    ("1", "[1 Board"),
    ("2", "[2 Files"),
    ("3", "[3 Graph"),
    ("4", "[4 Validations"),
    ("5", "[5 Decisions"),
    ("6", "[6 Alerts"),
    ("7", "[7 History"),
    ("8", "[8 Checklist"),
    ("9", "[9 Log"),
];

/// Types the texts that a dialog asks for, accepts it, and waits until it is gone.
#[track_caller]
pub fn confirm(terminal: &mut Terminal, title: &str, words: &[&str]) {
    terminal.keys(&format!("{}\t\r", words.join("\t")));
    terminal.wait_gone(title);
}

/// Asks for a change that only `y` confirms, and waits until it is in effect.
#[track_caller]
pub fn do_it(terminal: &mut Terminal, keys: &str, title: &str) {
    ask(terminal, keys, title);
    terminal.keys("y");
    terminal.wait_gone(title);
    terminal.wait_text("→ effective");
}

/// Asks for a change and waits until its dialog takes keys: those typed before it was painted are thrown away, and the
/// frame that shows it is seen a moment before that.
#[track_caller]
pub fn ask(terminal: &mut Terminal, keys: &str, title: &str) -> Shot {
    terminal.keys(keys);
    terminal.wait_text(title);
    terminal.wait_frames(1)
}

/// Attached, and not stale.
pub fn is_live(shot: &Shot) -> bool {
    shot.shows("LIVE") && !shot.shows("STALE")
}

/// True if the whole screen is drawn: header, footer, and the console's own screen behind both.
pub fn is_whole(shot: &Shot) -> bool {
    let lines = shot.lines();
    let footer = lines.last().is_some_and(|line| !line.trim().is_empty());
    shot.screen().alternate_screen() && !lines[0].trim().is_empty() && footer
}
