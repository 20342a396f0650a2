//! `caribou migrate` against the server's own client, in pairs: many files with one CREATE TABLE each against one
//! file with the same statements. Servers are private and durable; whole processes are timed, and the journal with
//! them. Then the same directory again, with nothing to do.
//!
//!     cargo bench --bench migrate                              200 files, 7 pairs, one and four at a time, on every
//!                                                              database
//!     cargo bench --bench migrate -- --files 1000 --runs 5 --on mariadb
//!     cargo bench --bench migrate -- --idle-files 1000         how many files the second part has
//!     cargo bench --bench migrate -- --no-idle                 the first part alone

mod common;

use caribou::database::ServerKind;
use common::support::client::client_command;
use common::support::{Fresh, PrivateServer, Project};
use common::{arguments, flag, median, milliseconds, table, verdict};
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

const HEAD: [&str; 7] = ["what", "native ms", "caribou ms", "ratio", "pairs from … to", "bar", ""];

fn main() {
    let words = arguments();
    let number = |name: &str, usual: usize| flag(&words, name).map_or(usual, |text| text.parse().expect("a number"));
    let (files, runs, idle) = (number("--files", 200), number("--runs", 7), number("--idle-files", 1000));
    let on = flag(&words, "--on");
    let kinds = [ServerKind::MariaDb, ServerKind::MySql, ServerKind::Sqlite];
    let mut rows = Vec::new();
    for kind in
        kinds.into_iter().filter(|kind| on.as_deref().is_none_or(|on| on.split(',').any(|k| k == kind.as_str())))
    {
        let stand = Stand::new(kind);
        let first = rows.len();
        rows.push(stand.against_native(files, runs, 1));
        if kind != ServerKind::Sqlite {
            rows.push(stand.against_native(files, runs, 4));
        }
        if !words.iter().any(|word| word == "--no-idle") {
            rows.push(stand.nothing_to_do(idle, runs.max(11)));
        }
        table(&HEAD, &rows[first..]);
        println!();
    }
    table(&HEAD, &rows);
}

/// A database to measure on.
struct Stand {
    kind: ServerKind,
    server: Option<PrivateServer>,
}

impl Stand {
    fn new(kind: ServerKind) -> Self {
        let server = (kind != ServerKind::Sqlite).then(|| PrivateServer::own(kind, &[]));
        Self { kind, server }
    }

    fn fresh(&self) -> Fresh {
        self.server.as_ref().map_or_else(|| Fresh::on(ServerKind::Sqlite), Fresh::in_server)
    }

    /// One statement a file on our side, all in one file on the client's.
    fn against_native(&self, files: usize, runs: usize, parallel: u32) -> Vec<String> {
        let (mut native, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..=runs {
            // Each goes first every other time.
            let (a, b) = if run % 2 == 0 {
                let a = self.native(files);
                (a, self.caribou(files, parallel))
            } else {
                let b = self.caribou(files, parallel);
                (self.native(files), b)
            };
            eprintln!(
                "{} {parallel} at a time, run {run}: native {a:.0} ms, caribou {b:.0} ms, {:.2}",
                self.kind,
                b / a
            );
            // The first pair warms up.
            if run > 0 {
                native.push(a);
                ours.push(b);
                ratios.push(b / a);
            }
        }
        let (least, most) =
            (ratios.iter().copied().fold(f64::INFINITY, f64::min), ratios.iter().copied().fold(0.0, f64::max));
        let bar = match (self.kind, parallel) {
            (ServerKind::Sqlite, _) => 1.0,
            (_, 1) => 1.3,
            (_, _) => 0.8,
        };
        vec![
            format!("{} {files} files, {parallel} at a time", self.kind),
            format!("{:.0}", median(&native)),
            format!("{:.0}", median(&ours)),
            format!("{:.2}", median(&ratios)),
            format!("{least:.2} … {most:.2}"),
            format!("≤ {bar:.1} ×"),
            verdict(median(&ratios), bar),
        ]
    }

    fn native(&self, files: usize) -> f64 {
        let fresh = self.fresh();
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("all.sql");
        std::fs::write(&path, (0..files).map(|n| statement(self.kind, n)).collect::<String>()).expect("a file");
        let mut command = match &self.server {
            Some(server) => {
                let mut command = client_command(self.kind, &server.address());
                command.arg(&fresh.schemas().core);
                command
            }
            None => {
                let mut command = Command::new("sqlite3");
                command.arg(dir.path().join("core.db"));
                command
            }
        };
        command.stdin(File::open(&path).expect("the file")).stdout(Stdio::null());
        let (ms, status) = timed(|| command.status().expect("the client runs"));
        assert!(status.success(), "{command:?}: {status}");
        self.clear(&fresh);
        ms
    }

    fn caribou(&self, files: usize, parallel: u32) -> f64 {
        let fresh = self.fresh();
        let project = self.project(&fresh, files);
        let start = Instant::now();
        let ran = project.run(&["migrate", "--parallel", &parallel.to_string(), "--format", "json"]).exits(0);
        let ms = milliseconds(start.elapsed());
        assert_eq!(ran.json()["batch"]["files_completed"], files, "{ran:?}");
        self.clear(&fresh);
        ms
    }

    /// The whole process when everything has been applied; beside it, the process that does nothing at all.
    fn nothing_to_do(&self, files: usize, runs: usize) -> Vec<String> {
        let fresh = self.fresh();
        let project = self.project(&fresh, files);
        project.run(&["migrate"]).exits(0);
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for run in 0..=runs {
            let (a, _) = timed(|| project.run(&["--version"]).exits(0));
            let (b, _) = timed(|| project.run(&["migrate"]).exits(0));
            if run > 0 {
                bare.push(a);
                ours.push(b);
            }
        }
        self.clear(&fresh);
        let (least, most) =
            (ours.iter().copied().fold(f64::INFINITY, f64::min), ours.iter().copied().fold(0.0, f64::max));
        vec![
            format!("{} nothing to do, {files} files", self.kind),
            format!("{:.1} (--version)", median(&bare)),
            format!("{:.1}", median(&ours)),
            String::new(),
            format!("{least:.1} … {most:.1} ms"),
            "≤ 30 ms".to_owned(),
            verdict(median(&ours), 30.0),
        ]
    }

    /// A project whose schemas are installed: that is done once in a database's life, and not what is measured.
    fn project(&self, fresh: &Fresh, files: usize) -> Project {
        let project = Project::on(fresh);
        project.configure("[budget]\ncore_tables = 100000");
        for n in 0..files {
            project.migration(&format!("{n:05}_table.sql"), statement(self.kind, n));
        }
        project.run(&["schema", "install"]).exits(0);
        project
    }

    /// Leaves the server as it was, so that the last run finds what the first found.
    fn clear(&self, fresh: &Fresh) {
        if let Some(server) = &self.server {
            let drops: String =
                fresh.schemas().all().iter().map(|schema| format!("DROP DATABASE IF EXISTS {schema};")).collect();
            server.ask(&drops).expect("schemas can be dropped");
        }
    }
}

/// Measures how long something took, in milliseconds.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (milliseconds(start.elapsed()), result)
}

fn statement(kind: ServerKind, n: usize) -> String {
    match kind {
        ServerKind::Sqlite => format!(
            "CREATE TABLE herd_{n:05} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, antlers INTEGER NOT NULL DEFAULT 0);\n"
        ),
        ServerKind::MariaDb | ServerKind::MySql => format!(
            "CREATE TABLE herd_{n:05} (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, antlers INT NOT NULL \
             DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n"
        ),
    }
}
