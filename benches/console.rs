//! The console: how fast it is there, and what it costs when nothing happens.
//!
//!     apt-get install -y htop; python3 -m venv /tmp/dolphie; /tmp/dolphie/bin/pip install dolphie; DOLPHIE=/tmp/dolphie/bin/dolphie cargo bench --bench console
//!
//! is the whole of it, in one command: 60 s of idling each, beside htop and Dolphie in the same run. One that is not
//! installed stands in the table as NOT RUN. Shorter, or in part:
//!
//!     cargo bench --bench console -- --seconds 20 --files 10000
//!     cargo bench --bench console -- --only keys           or first, idle, memory, peers

mod common;

use caribou::database::ServerKind;
use common::support::{Fresh, PrivateServer, Project, Running, Terminal};
use common::{arguments, flag, median, milliseconds, table, verdict};
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// The account that the console uses, so that its queries can be told from the worker's.
const WATCHER: &str = "watcher";
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    let words = arguments();
    let number = |name: &str, usual: u64| flag(&words, name).map_or(usual, |text| text.parse().expect("a number"));
    let (seconds, files) = (number("--seconds", 60), number("--files", 100_000));
    let only = flag(&words, "--only");
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let mut rows = Vec::new();
    if wanted("first") {
        rows.extend(first_frame());
    }
    if wanted("idle") {
        rows.extend(idle(Duration::from_secs(seconds)));
    }
    if wanted("keys") {
        rows.extend(keys(flag(&words, "--busy").map_or(20_000, |text| text.parse().expect("a number"))));
    }
    if wanted("peers") {
        rows.extend(peers(Duration::from_secs(seconds)));
    }
    if wanted("memory") {
        rows.extend(many_files(files));
    }
    println!("{}", machine());
    table(&["what", "figure", "bar", ""], &rows);
}

fn row(what: impl Into<String>, figure: f64, unit: &str, bar: f64) -> Vec<String> {
    let digits = if figure < 10.0 { 2 } else { 0 };
    vec![what.into(), format!("{figure:.digits$} {unit}"), format!("≤ {bar} {unit}"), verdict(figure, bar)]
}

/// From the start of the process to a whole screen, on SQLite files in this process's reach.
fn first_frame() -> Vec<Vec<String>> {
    let fresh = Fresh::on(ServerKind::Sqlite);
    let project = small_batch(&fresh);
    let (mut anything, mut batch) = (Vec::new(), Vec::new());
    for run in 0..=10 {
        let mut terminal = Terminal::start(&project.on_terminal(&["console"]), 120, 40);
        let drawn = terminal.wait("a first frame", |shot| !shot.text().trim().is_empty()).at;
        let full = terminal.wait("the batch on the screen", |shot| shot.shows("LIVE")).at;
        if run > 0 {
            let (started, _) = terminal.began();
            anything.push(milliseconds(drawn - started));
            batch.push(milliseconds(full - started));
        }
        terminal.keys("\u{3}");
        terminal.wait_exit();
    }
    vec![
        row("first frame, embedded SQLite", median(&anything), "ms", 50.0),
        row("first frame with the batch in it", median(&batch), "ms", 50.0),
    ]
}

/// A live console on MariaDB with a worker beside it, then the same with the server gone.
fn idle(time: Duration) -> Vec<Vec<String>> {
    let mut server = PrivateServer::own(ServerKind::MariaDb, &["--log-output=FILE"]);
    let fresh = Fresh::in_server(&server);
    let project = small_batch(&fresh);
    server
        .ask(&format!("CREATE USER {WATCHER}@'%'; GRANT ALL ON *.* TO {WATCHER}@'%'; FLUSH PRIVILEGES"))
        .expect("an account");
    let worker = Running::start(&mut project.command(&["worker"]));
    let watching = ["console", "--user", WATCHER];
    let mut terminal = Terminal::start(&project.on_terminal(&watching), 120, 40);
    terminal.wait("a live console", |shot| shot.shows("LIVE") && !shot.shows("NO WORKER"));
    // What has just happened keeps it busy for a few seconds.
    terminal.wait_frames(8);
    let log = server.dir.join("general.log");
    let file = log.display();
    server.ask(&format!("SET GLOBAL general_log_file = '{file}'; SET GLOBAL general_log = ON")).expect("a log");
    let before = fs::read_to_string(&log).unwrap_or_default().len();
    let live = cost(&terminal, time);
    let queries = queries_since(&server, &log, before);
    let mut rows = figures("idle, live on MariaDB", &live);
    rows.push(row("  queries", queries as f64 / time.as_secs_f64(), "/s", 1.0));
    drop(worker);
    server.kill();
    terminal.wait("STALE", |shot| shot.shows("STALE"));
    rows.extend(figures("idle, server gone", &cost(&terminal, time)));
    terminal.keys("\u{3}");
    terminal.wait_exit();
    rows
}

/// Cost of a process over some time.
struct Cost {
    percent: f64,
    bytes: f64,
    frames: f64,
    resident: f64,
    anonymous: f64,
}

fn figures(what: &str, cost: &Cost) -> Vec<Vec<String>> {
    vec![
        row(format!("{what}: CPU"), cost.percent, "% of a core", 0.5),
        row("  to the terminal", cost.bytes, "bytes/s", 400.0),
        vec!["  frames".to_owned(), format!("{:.2} /s", cost.frames), String::new(), String::new()],
        row("  resident", cost.resident, "MB", 15.0),
        vec![
            "  of it its own (anonymous)".to_owned(),
            format!("{:.1} MB", cost.anonymous),
            String::new(),
            String::new(),
        ],
    ]
}

fn cost(terminal: &Terminal, time: Duration) -> Cost {
    let pid = terminal.pid();
    let (start, ns, bytes, frames) = (Instant::now(), run_time(pid), terminal.written(), terminal.frames());
    // The measurement itself: nothing is waited for but time.
    std::thread::sleep(time);
    let seconds = start.elapsed().as_secs_f64();
    Cost {
        percent: (run_time(pid) - ns) / 1e9 / seconds * 100.0,
        bytes: (terminal.written() - bytes) as f64 / seconds,
        frames: (terminal.frames() - frames) as f64 / seconds,
        resident: status_mb(pid, "VmRSS:"),
        anonymous: status_mb(pid, "RssAnon:"),
    }
}

/// Nanoseconds on a processor, over all threads.
fn run_time(pid: i32) -> f64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("a process");
    let of = |path: std::path::PathBuf| {
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.filter_map(|task| of(task.ok()?.path())).sum()
}

fn status_mb(pid: i32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a figure");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("kilobytes") / 1024.0
}

/// The watcher's statements in the general log; prints each kind with its count.
fn queries_since(server: &PrivateServer, log: &std::path::Path, from: usize) -> usize {
    server.ask("SET GLOBAL general_log = OFF").expect("the log can be closed");
    let ids =
        server.ask(&format!("SELECT id FROM information_schema.processlist WHERE user = '{WATCHER}'")).expect("ids");
    let ids: Vec<&str> = ids.lines().collect();
    let text = fs::read_to_string(log).expect("the log");
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for line in text[from..].lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|w| ["Query", "Execute", "Prepare"].contains(w)) else { continue };
        if at > 0 && ids.contains(&words[at - 1]) {
            *kinds.entry(words[at..].join(" ").chars().take(100).collect()).or_default() += 1;
        }
    }
    for (kind, count) in &kinds {
        eprintln!("{count:>5}  {kind}");
    }
    kinds.values().sum()
}

/// From a key to the frame that answers it, while a batch of so many files runs as fast as it can on SQLite.
fn keys(files: u64) -> Vec<Vec<String>> {
    /// Keys that are pressed at the most.
    const PRESSED: usize = 400;
    let fresh = Fresh::on(ServerKind::Sqlite);
    let project = Project::on(&fresh);
    for n in 0..files {
        project.migration(&format!("{n:06}_view.sql"), format!("CREATE VIEW v{n:06} AS SELECT {n};\n"));
    }
    project.run(&["schema", "install"]).exits(0);
    let mut terminal = Terminal::start(&project.on_terminal(&["console"]), 120, 40);
    terminal.wait("a live console", |shot| shot.shows("LIVE"));
    let run = Running::start(&mut project.command(&["migrate"]));
    terminal.wait_for("the batch", PATIENCE, |shot| shot.shows("RUNNING"));
    let mut taken = Vec::new();
    let begun = Instant::now();
    while !run.has_ended() && taken.len() < PRESSED {
        for (key, opens) in [("?", true), ("?", false)] {
            let pressed = Instant::now();
            terminal.keys(key);
            let answered = terminal.wait("the answer", |shot| shot.shows("Help: Board") == opens).at;
            taken.push(milliseconds(answered - pressed));
        }
    }
    let shown = terminal.shot();
    drop(run);
    // Whatever was written was written until here.
    let seconds = begun.elapsed().as_secs_f64();
    let events = project.run(&["events", "--format", "json"]).stdout.lines().count();
    eprintln!("{} keys in {seconds:.1} s; {events} events were written.\n{}", taken.len(), shown.text());
    taken.sort_by(f64::total_cmp);
    let at = |part: f64| taken[((taken.len() - 1) as f64 * part) as usize];
    vec![
        vec![
            "events a second meanwhile".into(),
            format!("{:.0}", events as f64 / seconds),
            "≥ 1000".into(),
            String::new(),
        ],
        row("key to screen, median", at(0.5), "ms", 16.0),
        row("key to screen, p99", at(0.99), "ms", 16.0),
    ]
}

/// The day, the processor and the system that figures belong to.
fn machine() -> String {
    let said = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).output().ok();
        output.map_or_else(String::new, |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("", |line| line.trim_start_matches(['\t', ':', ' ']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    format!(
        "{}, {cores} cores of {model}, {}, load {load} at the end",
        said("date", &["-u", "+%Y-%m-%d"]),
        said("uname", &["-sr"])
    )
}

/// A program that people use for the same.
struct Peer {
    name: &'static str,
    command: Command,
    /// Word by which its first content is known.
    word: &'static str,
    /// Key that opens its help, word by which that is known, and key that closes it.
    help: (&'static str, &'static str, &'static str),
    /// True if it asks a database, as the watcher.
    asks: bool,
}

/// They are measured on the same machine and in the same run.
fn peers(time: Duration) -> Vec<Vec<String>> {
    let server = PrivateServer::own(ServerKind::MariaDb, &["--log-output=FILE"]);
    let account = format!("CREATE USER {WATCHER}@'%'; GRANT ALL ON *.* TO {WATCHER}@'%'; FLUSH PRIVILEGES");
    server.ask(&account).expect("an account");
    let (host, port) = ("127.0.0.1", server.port.to_string());
    let mut dolphie = Command::new(std::env::var("DOLPHIE").unwrap_or_else(|_| "dolphie".to_owned()));
    dolphie.args(["-h", host, "-P", &port, "-u", WATCHER, "--panels", "dashboard,processlist"]);
    let all = [
        Peer {
            name: "htop",
            command: Command::new("htop"),
            word: "PID",
            help: ("h", "Press any key", "q"),
            asks: false,
        },
        Peer {
            name: "Dolphie",
            command: dolphie,
            word: "Threads",
            help: ("?", "Search for commands", "\u{1b}"),
            asks: true,
        },
    ];
    all.into_iter().flat_map(|peer| measured(peer, &server, time)).collect()
}

fn measured(peer: Peer, server: &PrivateServer, time: Duration) -> Vec<Vec<String>> {
    let plain = |what: &str, figure: String| vec![what.to_owned(), figure, String::new(), String::new()];
    let program = peer.command.get_program().to_owned();
    if Command::new(&program).arg("--version").output().is_err() {
        return vec![plain(&format!("{}: not installed", peer.name), "NOT RUN".to_owned())];
    }
    let mut terminal = Terminal::start(&peer.command, 120, 40);
    let first = terminal.wait_for(peer.name, PATIENCE, |shot| shot.shows(peer.word)).at;
    let mut rows = vec![plain(
        &format!("{}: first content", peer.name),
        format!("{:.0} ms", milliseconds(first - terminal.began().0)),
    )];
    let log = server.dir.join("peers.log");
    let log_on = format!("SET GLOBAL general_log_file = '{}'; SET GLOBAL general_log = ON", log.display());
    server.ask(&log_on).expect("a log");
    let cost = cost(&terminal, time);
    let queries = queries_since(server, &log, 0) as f64 / time.as_secs_f64();
    for (what, figure, unit) in [
        ("  CPU", cost.percent, "% of a core"),
        ("  to the terminal", cost.bytes, "bytes/s"),
        ("  resident", cost.resident, "MB"),
    ] {
        rows.push(plain(what, format!("{figure:.1} {unit}")));
    }
    if peer.asks {
        rows.push(plain("  queries", format!("{queries:.2} /s")));
    }
    rows.push(plain("  key to screen, median", format!("{:.0} ms", help_latency(&mut terminal, peer.help))));
    rows
}

/// Milliseconds from the key that opens its help to the screen that shows it: the middle of ten.
fn help_latency(terminal: &mut Terminal, (opens, word, closes): (&str, &str, &str)) -> f64 {
    let mut taken = Vec::new();
    for _ in 0..10 {
        let pressed = Instant::now();
        terminal.keys(opens);
        let answered = terminal.wait_for("its help", PATIENCE, |shot| shot.shows(word)).at;
        taken.push(milliseconds(answered - pressed));
        terminal.keys(closes);
        terminal.wait_for("its screen", PATIENCE, |shot| !shot.shows(word));
    }
    median(&taken)
}

/// A console on a batch of very many files.
fn many_files(files: u64) -> Vec<Vec<String>> {
    let fresh = Fresh::on(ServerKind::Sqlite);
    let project = Project::on(&fresh);
    for n in 0..files {
        project.migration(&format!("{n:06}_view.sql"), format!("CREATE VIEW v{n:06} AS SELECT {n};\n"));
    }
    let started = Instant::now();
    project.run(&["migrate"]).exits(0);
    eprintln!("{files} files applied in {:.1} s", started.elapsed().as_secs_f64());
    let mut terminal = Terminal::start(&project.on_terminal(&["console"]), 120, 40);
    let shot = terminal.wait_for("the batch", PATIENCE, |shot| shot.shows("LIVE"));
    let (started, _) = terminal.began();
    terminal.keys("2");
    terminal.wait_for("the files", PATIENCE, |shot| shot.shows("000000_view.sql") || shot.shows("_view.sql"));
    terminal.keys("G");
    terminal.wait_for("the last file", PATIENCE, |shot| shot.shows(&format!("{:06}_view", files - 1)));
    let pid = terminal.pid();
    vec![
        row(format!("memory with {files} files"), status_mb(pid, "VmRSS:"), "MB", 100.0),
        row(format!("  there after ({files} files)"), milliseconds(shot.at - started), "ms", 1000.0),
    ]
}

/// A project with a finished batch of a few files.
fn small_batch(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    for n in 0..5 {
        project
            .migration(&format!("{n:03}_table.sql"), format!("CREATE TABLE herd_{n} (id INT NOT NULL PRIMARY KEY);\n"));
    }
    project.run(&["schema", "install"]).exits(0);
    project.run(&["migrate"]).exits(0);
    project
}
