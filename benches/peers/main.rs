//! `caribou migrate` against other tools that run SQL files, in pairs and on the same private servers: the same statements,
//! each tool's own layout of them. Whole processes are timed: all files pending, nothing to do, and all taken back by those
//! that take back a whole history with one command.
//!
//!     CARIBOU_BENCH_PEERS=all cargo bench --bench peers                    every tool, on every database, 200 files
//!     CARIBOU_BENCH_PEERS=dbmate,alembic cargo bench --bench peers -- --on sqlite --work w3 --files 1000 --runs 3
//!
//! A tool is installed from its registry (npm, PyPI, crates.io, Debian) into the cache that the tests use, and only when
//! it is asked for; one that cannot be had stands below the table as NOT RUN, with the reason.

#[path = "../common/mod.rs"]
mod common;
mod peer;
mod tools;
#[path = "../migrate/workload.rs"]
mod workload;

use caribou::database::ServerKind;
use common::support::{Fresh, PrivateServer, Project};
use common::{arguments, flag, median, milliseconds, table, verdict};
use peer::{Peer, Stage};
use std::process::Command;
use std::time::Instant;
use workload::Workload;

const HEAD: [&str; 9] =
    ["on", "what", "with", "theirs ms", "one at a time ms", "ratio", "four at a time ms", "ratio", "faster"];

fn main() {
    let asked = std::env::var("CARIBOU_BENCH_PEERS").unwrap_or_default();
    let wanted: Vec<&str> = asked.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let known: Vec<&str> = tools::ALL.iter().map(|peer| peer.source.name).collect();
    if let Some(unknown) = wanted.iter().find(|name| **name != "all" && !known.contains(name)) {
        panic!("CARIBOU_BENCH_PEERS names {unknown}; there are {}", known.join(", "));
    }
    if wanted.is_empty() {
        println!(
            "NOT RUN: tools are installed only when they are asked for: CARIBOU_BENCH_PEERS=all, or some of {}",
            known.join(", ")
        );
        return;
    }
    let peers = tools::ALL.iter().filter(|peer| wanted.contains(&"all") || wanted.contains(&peer.source.name));
    let (mut ready, mut not_run) = (Vec::new(), Vec::new());
    for peer in peers {
        match common::support::tools::installed(&peer.source) {
            Ok(folder) => ready.push((peer, folder)),
            Err(why) => not_run.push(format!("NOT RUN: {}: {}", peer.source.name, why.trim())),
        }
    }
    let words = arguments();
    let number = |name: &str, usual: usize| flag(&words, name).map_or(usual, |text| text.parse().expect("a number"));
    let (files, runs) = (number("--files", 200), number("--runs", 5));
    let (on, only) = (flag(&words, "--on"), flag(&words, "--work"));
    let mut rows = Vec::new();
    for kind in [ServerKind::MariaDb, ServerKind::MySql, ServerKind::Sqlite] {
        if on.as_deref().is_some_and(|on| on.split(',').all(|name| name != kind.as_str())) {
            continue;
        }
        let server = (kind != ServerKind::Sqlite).then(|| PrivateServer::own(kind, &[]));
        let stand = Stand { kind, server };
        let wanted = |work: &Workload| only.as_deref().is_none_or(|name| name == work.name());
        // Not all of them alter what another tool has made.
        let works = Workload::ALL.into_iter().filter(|work| *work != Workload::Column);
        for work in works.filter(wanted) {
            for (peer, folder) in &ready {
                match stand.compare(peer, folder, (work, files), runs) {
                    Ok(told) => rows.extend(told),
                    Err(why) => {
                        not_run.push(format!("NOT RUN: {} on {kind}, {}: {why}", peer.source.name, work.name()))
                    }
                }
            }
        }
    }
    table(&HEAD, &rows);
    not_run.iter().for_each(|line| println!("{line}"));
    println!("load afterwards: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

/// A database to measure on.
struct Stand {
    kind: ServerKind,
    server: Option<PrivateServer>,
}

/// Milliseconds of one run: all files, nothing to do, all taken back.
#[derive(Default, Clone, Copy)]
struct Times {
    up: f64,
    idle: f64,
    down: Option<f64>,
}

impl Stand {
    /// Theirs, ours one at a time and ours four at a time, by turns; the rows of the table.
    fn compare(
        &self,
        peer: &Peer,
        tool: &std::path::Path,
        (work, files): (Workload, usize),
        runs: usize,
    ) -> Result<Vec<Vec<String>>, String> {
        let several = self.kind != ServerKind::Sqlite;
        let (mut theirs, mut one, mut four) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..=runs {
            let mut all = [Times::default(); 3];
            // Each goes first in its turn.
            for step in 0..3 {
                match (run + step) % 3 {
                    0 => all[0] = self.theirs(peer, tool, work, files)?,
                    1 => all[1] = self.ours(work, files, 1),
                    _ if several => all[2] = self.ours(work, files, 4),
                    _ => {}
                }
            }
            let [a, b, c] = all;
            eprintln!(
                "{} {} {}, run {run}: {:.0} ms, ours {:.0} and {:.0} ms",
                self.kind,
                work.name(),
                peer.source.name,
                a.up,
                b.up,
                c.up
            );
            // The first run warms up.
            if run > 0 {
                theirs.push(a);
                one.push(b);
                four.push(c);
            }
        }
        let row = |what: &str, of: &dyn Fn(&Times) -> f64| {
            let all: Vec<[f64; 3]> = (0..runs).map(|at| [of(&theirs[at]), of(&one[at]), of(&four[at])]).collect();
            let column = |at: usize| median(&all.iter().map(|times| times[at]).collect::<Vec<_>>());
            let ratio = |at: usize| median(&all.iter().map(|times| times[at] / times[0]).collect::<Vec<_>>());
            let mut cells = vec![self.kind.to_string(), what.to_owned(), peer.source.name.to_owned()];
            cells.extend([format!("{:.0}", column(0)), format!("{:.0}", column(1)), format!("{:.2}", ratio(1))]);
            cells.extend(match several {
                true => [format!("{:.0}", column(2)), format!("{:.2}", ratio(2))],
                false => [String::new(), String::new()],
            });
            let best = if several { ratio(1).min(ratio(2)) } else { ratio(1) };
            cells.push(verdict(best, 1.0));
            cells
        };
        let named = |what: &str| format!("{} {files} files{what}", work.name());
        let mut rows = vec![row(&named(""), &|times| times.up), row(&named(", nothing to do"), &|times| times.idle)];
        if theirs.iter().all(|times| times.down.is_some()) {
            rows.push(row(&named(", taken back"), &|times| times.down.unwrap_or(f64::NAN)));
        }
        Ok(rows)
    }

    fn fresh(&self) -> Fresh {
        self.server.as_ref().map_or_else(|| Fresh::on(ServerKind::Sqlite), Fresh::in_server)
    }

    fn theirs(&self, peer: &Peer, tool: &std::path::Path, work: Workload, files: usize) -> Result<Times, String> {
        let fresh = self.fresh();
        let dir = tempfile::tempdir().expect("a directory");
        if let Some(files) = fresh.sqlite_dir() {
            std::fs::create_dir_all(files).expect("a directory");
        }
        let stage = Stage { dir: dir.path(), tool, fresh: &fresh, work, files };
        (peer.lay_out)(&stage);
        let up = timed(&mut (peer.up)(&stage))?;
        let made = stage.tables();
        if made < files {
            return Err(format!("{made} of {files} tables stand after it"));
        }
        let idle = timed(&mut (peer.up)(&stage))?;
        let down = peer.down.map(|down| timed(&mut down(&stage))).transpose()?;
        fresh.drop_schemas();
        Ok(Times { up, idle, down })
    }

    fn ours(&self, work: Workload, files: usize, parallel: u32) -> Times {
        let fresh = self.fresh();
        let project = Project::on(&fresh);
        project.configure("[budget]\ncore_tables = 100000");
        for n in 0..files {
            project.migration(&format!("{n:05}_table.sql"), work.text(self.kind, n));
        }
        // Once in a database's life, as the others' tables are not: those make theirs within the time.
        project.run(&["schema", "install"]).exits(0);
        let parallel = parallel.to_string();
        let ran = |words: &[&str]| timed(&mut project.command(words)).unwrap_or_else(|why| panic!("{why}"));
        let migrate = ["migrate", "--parallel", &parallel];
        let (up, idle) = (ran(&migrate), ran(&migrate));
        let down = ran(&["rollback", "--class", "A", "--yes", "--reason", "to see how long it takes"]);
        fresh.drop_schemas();
        Times { up, idle, down: Some(down) }
    }
}

/// The milliseconds that a whole process takes, and what it says when it fails.
fn timed(command: &mut Command) -> Result<f64, String> {
    let start = Instant::now();
    let done = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    let took = milliseconds(start.elapsed());
    if done.status.success() {
        return Ok(took);
    }
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let end: Vec<&str> = said.trim().lines().rev().take(3).collect();
    Err(format!(
        "{} ended with {}: {}",
        command.get_program().display(),
        done.status,
        end.into_iter().rev().collect::<Vec<_>>().join(" / ")
    ))
}
