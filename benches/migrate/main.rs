//! `caribou migrate` against the server's own client, in pairs: many files against one file with the same statements.
//! Servers are private and durable; whole processes are timed, and the journal with them. Beside each ratio stands what
//! the server counted for a file: questions, commits of the journal, syncs. Then the same directory again, with nothing
//! to do.
//!
//!     cargo bench --bench migrate                              200 files of one CREATE TABLE (w1), of five statements
//!                                                              (w3) and of one ADD COLUMN (alter), 7 pairs, one and
//!                                                              four at a time, on every database
//!     cargo bench --bench migrate -- --files 1000 --runs 5 --on mariadb --work w1 --parallel 4
//!     cargo bench --bench migrate -- --rollback                and the whole batch rolled back, against what undoes it
//!     cargo bench --bench migrate -- --checks                  and with every check off, against the default profile
//!     cargo bench --bench migrate -- --idle-files 1000         how many files the last part has
//!     cargo bench --bench migrate -- --no-idle                 without the last part

mod around;
#[path = "../common/mod.rs"]
mod common;
mod counts;
mod workload;

use caribou::database::ServerKind;
use common::support::client::client_command;
use common::support::{Fresh, PrivateServer, Project};
use common::{arguments, flag, median, milliseconds, table, verdict};
use counts::Counts;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;
use workload::Workload;

const HEAD: [&str; 10] =
    ["what", "native ms", "caribou ms", "ratio", "pairs from … to", "bar", "", "questions", "commits", "syncs a file"];

fn main() {
    let words = arguments();
    let number = |name: &str, usual: usize| flag(&words, name).map_or(usual, |text| text.parse().expect("a number"));
    let (files, runs, idle) = (number("--files", 200), number("--runs", 7), number("--idle-files", 1000));
    let named = |name: &str| flag(&words, name);
    let on = named("--on");
    let kinds = [ServerKind::MariaDb, ServerKind::MySql, ServerKind::Sqlite];
    let mut rows = Vec::new();
    for kind in
        kinds.into_iter().filter(|kind| on.as_deref().is_none_or(|on| on.split(',').any(|k| k == kind.as_str())))
    {
        let stand = Stand::new(kind);
        let first = rows.len();
        let wanted =
            |work: &Workload| named("--work").is_none_or(|name| name == work.name()) && around::is_on(*work, kind);
        for work in Workload::ALL.into_iter().filter(wanted) {
            // SQLite has one writer at a time, whoever asks.
            let widths = if kind == ServerKind::Sqlite { &[1][..] } else { &[1, 4] };
            for parallel in
                widths.iter().copied().filter(|n| named("--parallel").is_none_or(|one| one == n.to_string()))
            {
                let run = Run { work, files, parallel };
                rows.push(stand.against_native(run, runs));
            }
            if words.iter().any(|word| word == "--rollback") {
                rows.push(stand.rolled_back(Run { work, files, parallel: 1 }, runs));
            }
            if words.iter().any(|word| word == "--checks") {
                rows.push(stand.with_and_without_checks(Run { work, files, parallel: 1 }, runs));
            }
        }
        if !words.iter().any(|word| word == "--no-idle") {
            rows.push(stand.nothing_to_do(idle, runs.max(11)));
        }
        table(&HEAD, &rows[first..]);
        println!();
    }
    table(&HEAD, &rows);
}

/// One way to apply files.
#[derive(Clone, Copy)]
struct Run {
    work: Workload,
    files: usize,
    parallel: u32,
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

    /// One file after the other, or several at a time, on our side; all in one file on the client's.
    fn against_native(&self, run: Run, pairs: usize) -> Vec<String> {
        let bar = match (self.kind, run.parallel, run.work) {
            (ServerKind::Sqlite, _, Workload::One) => 1.0,
            (ServerKind::Sqlite, _, Workload::Five) => 0.4,
            (_, 1, _) => 1.25,
            (_, _, _) => 0.75,
        };
        let what = format!("{} {} {} files, {} at a time", self.kind, run.work.name(), run.files, run.parallel);
        let all = (0..run.files).map(|n| run.work.text(self.kind, n)).collect::<String>();
        let before = around::before(run.work, self.kind, run.files);
        self.pairs(&what, pairs, bar, || self.native(&before, &all), || self.caribou(run, ""))
    }

    /// The rollback of a batch, verified, against as many statements that undo it.
    fn rolled_back(&self, run: Run, pairs: usize) -> Vec<String> {
        let what = format!("{} {} {} files, rolled back", self.kind, run.work.name(), run.files);
        let before = around::before(run.work, self.kind, run.files);
        let made: String = (0..run.files).map(|n| run.work.text(self.kind, n)).fold(before, |all, one| all + &one);
        let undo = (0..run.files).rev().map(|n| around::undo(run.work, n)).collect::<String>();
        self.pairs(&what, pairs, 1.5, || self.native(&made, &undo), || self.back(run))
    }

    /// The default profile of checks against none of them at all.
    fn with_and_without_checks(&self, run: Run, pairs: usize) -> Vec<String> {
        let what = format!("{} {} {} files, with checks against without", self.kind, run.work.name(), run.files);
        let listed = Project::empty().run(&["checks", "--format", "json"]).exits(0).json();
        // What is found once a file has run, and is of class A, cannot be off.
        let is_fixed = |check: &serde_json::Value| check["phase"] == "after" && check["level"] == "block";
        let names = listed["checks"].as_array().expect("a list").iter().filter(|check| !is_fixed(check));
        let off: String =
            names.map(|check| format!("{} = \"off\"\n", check["name"].as_str().expect("a name"))).collect();
        let off = format!("[plan]\nforeseen = \"off\"\n[checks]\n{off}");
        self.pairs(&what, pairs, 1.1, || self.caribou(run, &off).0, || self.caribou(run, ""))
    }

    fn pairs(
        &self,
        what: &str,
        pairs: usize,
        bar: f64,
        native: impl Fn() -> f64,
        caribou: impl Fn() -> (f64, Counts),
    ) -> Vec<String> {
        let (mut theirs, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let mut counts = Counts::default();
        for pair in 0..=pairs {
            // Each goes first every other time.
            let (a, (b, counted)) = if pair % 2 == 0 {
                let a = native();
                (a, caribou())
            } else {
                let b = caribou();
                (native(), b)
            };
            eprintln!("{what}, pair {pair}: native {a:.0} ms, caribou {b:.0} ms, {:.2}", b / a);
            // The first pair warms up.
            if pair > 0 {
                theirs.push(a);
                ours.push(b);
                ratios.push(b / a);
                counts = counted;
            }
        }
        let (least, most) =
            (ratios.iter().copied().fold(f64::INFINITY, f64::min), ratios.iter().copied().fold(0.0, f64::max));
        let mut row = vec![
            what.to_owned(),
            format!("{:.0}", median(&theirs)),
            format!("{:.0}", median(&ours)),
            format!("{:.2}", median(&ratios)),
            format!("{least:.2} … {most:.2}"),
            format!("≤ {bar:.2} ×"),
            verdict(median(&ratios), bar),
        ];
        if self.server.is_some() {
            row.extend(counts.cells());
        }
        row
    }

    /// The time that the client takes for a text, after another one that is not timed.
    fn native(&self, before: &str, text: &str) -> f64 {
        let fresh = self.fresh();
        let dir = tempfile::tempdir().expect("a directory");
        let run = |text: &str| {
            let path = dir.path().join("all.sql");
            std::fs::write(&path, text).expect("a file");
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
            ms
        };
        if !before.is_empty() {
            run(before);
        }
        let ms = run(text);
        self.clear(&fresh);
        ms
    }

    fn caribou(&self, run: Run, lines: &str) -> (f64, Counts) {
        let fresh = self.fresh();
        let project = self.project(&fresh, run.work, run.files);
        project.configure(lines);
        let measured = self.counted(&fresh, run.files, || {
            let ran = project.run(&["migrate", "--parallel", &run.parallel.to_string(), "--format", "json"]).exits(0);
            assert_eq!(ran.json()["batch"]["files_completed"], run.files, "{ran:?}");
        });
        self.clear(&fresh);
        measured
    }

    fn back(&self, run: Run) -> (f64, Counts) {
        let fresh = self.fresh();
        let project = self.project(&fresh, run.work, run.files);
        project.run(&["migrate"]).exits(0);
        let measured = self.counted(&fresh, run.files, || {
            project.run(&["rollback", "--class", "A", "--yes", "--reason", "to see how long it takes"]).exits(0);
        });
        self.clear(&fresh);
        measured
    }

    /// The time that something of ours takes, and what the server counts meanwhile for a file.
    fn counted(&self, fresh: &Fresh, files: usize, work: impl FnOnce()) -> (f64, Counts) {
        let Some(server) = &self.server else { return (timed(work).0, Counts::default()) };
        // Each receipt was committed with rows.
        let sql = format!("SELECT COUNT(*) FROM {}.migration_receipts", fresh.schemas().orchestration);
        let receipts = || server.ask(&sql).expect("receipts can be counted").trim().parse::<f64>().expect("a number");
        let (receipts_before, before) = (receipts(), Counts::so_far(server));
        let (ms, ()) = timed(work);
        let after = Counts::so_far(server);
        (ms, after.a_file(before, receipts() - receipts_before, files))
    }

    /// The whole process when everything has been applied; beside it, the process that does nothing at all.
    fn nothing_to_do(&self, files: usize, runs: usize) -> Vec<String> {
        let fresh = self.fresh();
        let project = self.project(&fresh, Workload::One, files);
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
            "≤ 20 ms".to_owned(),
            verdict(median(&ours), 20.0),
        ]
    }

    /// A project whose schemas are installed: that is done once in a database's life, and not what is measured.
    fn project(&self, fresh: &Fresh, work: Workload, files: usize) -> Project {
        let project = Project::on(fresh);
        project.configure("[budget]\ncore_tables = 100000");
        let before = around::before(work, self.kind, files);
        if !before.is_empty() {
            fresh.native(&before);
        }
        for n in 0..files {
            project.migration(&format!("{n:05}_table.sql"), work.text(self.kind, n));
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
