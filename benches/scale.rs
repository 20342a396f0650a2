//! Size: what a command costs on a journal of very many files and events, in time and in memory. The journal is made by the
//! model and written by the store's own journal, without a statement being run; batches are added until it has as many
//! events as are wanted.
//!
//!     cargo bench --bench scale
//!     cargo bench --bench scale -- --files 100000 --events 10000000 --servers sqlite,mariadb
//!
//! `--profile release` measures what `cargo build --release` builds. Times are of whole processes, the best of three, and
//! memory is the highest that `/proc` has told while one ran.

mod common;

use caribou::database::ServerKind;
use caribou::model::BatchId;
use caribou::store::{Reader, Store};
use common::support::large::{self, Large};
use common::support::{Fresh, Project, Terminal, run};
use common::{arguments, flag, milliseconds, table, verdict};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Number of times that a command is run.
const RUNS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(600);

fn main() {
    let words = arguments();
    let number = |name: &str, usual: usize| flag(&words, name).map_or(usual, |text| text.parse().expect("a number"));
    let (files, events) = (number("--files", 4_000), number("--events", 0));
    let servers = flag(&words, "--servers").unwrap_or_else(|| "sqlite,mariadb".to_owned());
    let mut rows = Vec::new();
    for name in servers.split(',') {
        let kind = match name {
            "sqlite" => ServerKind::Sqlite,
            "mariadb" => ServerKind::MariaDb,
            "mysql" => ServerKind::MySql,
            other => panic!("no such server: {other}"),
        };
        rows.extend(on_server(kind, files, events));
    }
    table(&["on", "what", "time", "bar", "", "memory", "bar", ""], &rows);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load afterwards: {}", load.trim());
}

fn on_server(kind: ServerKind, files: usize, events: usize) -> Vec<Vec<String>> {
    let fresh = Fresh::on(kind);
    let project = Project::on(&fresh);
    let (batch, last) = run(fill(&fresh, files, events));
    let write = |name: &str, text: String| {
        project.migration(name, text);
    };
    large::write_directory(write, last, files.min(1_000));
    let batch = batch.to_string();
    let on = format!("{kind}, {files} files");
    let mut rows = Vec::new();
    let all_events = ["events", &batch, "--format", "json"];
    for (what, arguments, time, memory) in [
        ("status", &["status"][..], Some(100.0), None),
        ("status as JSON", &["status", "--format", "json"], Some(100.0), None),
        ("status --all", &["status", "--all"], None, Some(60.0)),
        ("status --all as JSON", &["status", "--all", "--format", "json"], None, Some(60.0)),
        ("doctor", &["doctor"], None, Some(60.0)),
        ("history", &["history"], Some(100.0), None),
        ("rollbacks", &["rollbacks"], Some(100.0), None),
        ("events --tail 20", &["events", "--tail", "20"], Some(100.0), None),
        ("events, all of a batch", &all_events, None, Some(60.0)),
        ("plan: nothing pending of 1,000", &["plan", "--format", "json"], None, None),
        ("migrate: nothing to do with 1,000", &["migrate"], Some(20.0), None),
    ] {
        let (ms, mb) = cost(|| project.command(arguments));
        rows.push(row(&on, what, (ms, time), Some((mb, memory))));
    }
    rows.extend(console(&project, &on, last));
    rows
}

/// Fills the journal; the last batch, and the number of files of all batches.
async fn fill(fresh: &Fresh, files: usize, events: usize) -> (BatchId, usize) {
    let store = Store::new(fresh.database().await);
    store.install().await.expect("it can be installed");
    let begun = Instant::now();
    let mut written = 0;
    for last in 1.. {
        // A journal holds in memory what it has written: a new one for each batch.
        let mut journal = large::journal(&store).await;
        let batch = large::add(&mut journal, Large::completed(files)).await;
        large::end(journal).await;
        let mut reader = Reader::open(&store).await.expect("a reader");
        written += usize::try_from(reader.before_last(batch, 0).await.expect("a number").0).expect("a number");
        reader.close().await;
        if written >= events {
            eprintln!("{}: {written} events written in {:.1} s", fresh.kind, begun.elapsed().as_secs_f64());
            return (batch, last * files);
        }
    }
    unreachable!("it ends when there are enough events")
}

fn row(on: &str, what: &str, (ms, time): (f64, Option<f64>), memory: Option<(f64, Option<f64>)>) -> Vec<String> {
    let (mb, most) = memory.unzip();
    let most = most.flatten();
    let against = |value: Option<f64>, bar: Option<f64>| value.zip(bar).map(|(value, bar)| verdict(value, bar));
    vec![
        on.to_owned(),
        what.to_owned(),
        format!("{ms:.0} ms"),
        time.map_or_else(String::new, |bar| format!("≤ {bar} ms")),
        against(Some(ms), time).unwrap_or_default(),
        mb.map_or_else(String::new, |mb| format!("{mb:.0} MB")),
        most.map_or_else(String::new, |bar| format!("≤ {bar} MB")),
        against(mb, most).unwrap_or_default(),
    ]
}

/// The best time of a command, in milliseconds, and the most memory that it took, in MB.
fn cost(command: impl Fn() -> Command) -> (f64, f64) {
    let runs: Vec<(f64, f64)> = (0..RUNS).map(|_| run_once(command())).collect();
    let best = runs.iter().map(|(ms, _)| *ms).fold(f64::INFINITY, f64::min);
    (best, runs.iter().map(|(_, mb)| *mb).fold(0.0, f64::max))
}

fn run_once(mut command: Command) -> (f64, f64) {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("it starts");
    let pid = child.id();
    let watching = std::thread::spawn(move || {
        let mut highest: f64 = 0.0;
        while let Some(mb) = memory(pid, "VmHWM:") {
            highest = highest.max(mb);
            std::thread::sleep(Duration::from_millis(1));
        }
        highest
    });
    let status = child.wait().expect("it ends");
    let ms = milliseconds(begun.elapsed());
    assert!(status.code().is_some(), "{command:?} ended by a signal");
    (ms, watching.join().expect("it was watched"))
}

/// A figure of a process, in MB; `None` where there is no such process any more.
fn memory(pid: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

fn console(project: &Project, on: &str, last: usize) -> Vec<Vec<String>> {
    let mut terminal = Terminal::start(&project.on_terminal(&["console"]), 120, 40);
    let first = terminal.wait_for("a first frame", PATIENCE, |shot| !shot.text().trim().is_empty()).at;
    let live = terminal.wait_for("the batch", PATIENCE, |shot| shot.shows("LIVE")).at;
    let (started, _) = terminal.began();
    let pid = u32::try_from(terminal.pid()).expect("a process");
    let mut rows = vec![
        row(on, "console: first frame", (milliseconds(first - started), Some(50.0)), None),
        row(on, "console: the batch is there", (milliseconds(live - started), None), None),
    ];
    let whole = terminal.wait_for("all of it", PATIENCE, |shot| !shot.shows("reading its files")).at;
    rows.push(row(on, "console: all its files are there", (milliseconds(whole - started), None), None));
    let mut key = |what: &str, keys: &str, shown: &str| {
        let begun = Instant::now();
        terminal.keys(keys);
        let at = terminal.wait_for(shown, PATIENCE, |shot| shot.shows(shown)).at;
        rows.push(row(on, what, (milliseconds(at - begun), Some(16.0)), None));
    };
    key("console: key to the files", "2", "_create_table.sql");
    key("console: key to the last file", "G", &large::name(last));
    let mb = memory(pid, "VmHWM:").zip(memory(pid, "VmRSS:"));
    let (highest, now) = mb.unwrap_or_default();
    rows.push(row(on, "console: highest", (0.0, None), Some((highest, Some(60.0)))));
    rows.push(row(on, "console: afterwards", (0.0, None), Some((now, Some(60.0)))));
    rows
}
