//! Metrics: what a worker serves is what has happened, promtool has nothing to say against it, and a real Prometheus
//! scrapes it and evaluates every rule and every query of the dashboard that we ship.

use crate::support::{Fresh, Project, Running, needed, on_every_server, run_on};
use caribou::database::ServerKind;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// Interval at which what is waited for is looked for.
const POLL: Duration = Duration::from_millis(100);

/// A project with a file that completes, one whose check opens a window, and one that fails later.
fn project(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project
        .unforeseen()
        .migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY);\n")
        .migration("0001_users.rollback.sql", "DROP TABLE users;\n")
        .migration("0002_loud.sql", "-- caribou: class=B\n\n-- caribou: rows=1\nINSERT INTO users VALUES (1);\n")
        .migration("0002_loud.rollback.sql", "DELETE FROM users WHERE id = 1;\n")
        .migration("0002_loud.verify.sql", "SELECT COUNT(*) = 7 FROM users;\n");
    project.run(&["schema", "install"]).exits(0);
    project
}

fn worker(project: &Project) -> (Running, u16) {
    let worker = Running::start(&mut project.command(&["worker", "--metrics", "0"]));
    worker.wait_text("/metrics");
    worker.wait_text("Working on");
    let said = worker.said();
    let port = said.split("http://127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next()).expect("a port");
    (worker, port.parse().expect("a port"))
}

/// Asks an HTTP server on this machine; the status and the body.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

pub(crate) fn scrape(port: u16) -> String {
    let (status, body) = get(port, "/metrics").expect("an answer");
    assert_eq!(status, 200);
    body
}

/// Waits until a scrape has a line that begins so; its value.
pub(crate) fn until(port: u16, line: &str, wanted: impl Fn(f64) -> bool) -> f64 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = scrape(port);
        let found = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(' ')?.parse().ok());
        if let Some(value) = found.filter(|value| wanted(*value)) {
            return value;
        }
        assert!(Instant::now() < deadline, "{line} never was so:\n{text}");
        std::thread::sleep(POLL);
    }
}

async fn a_worker_serves_what_has_happened(fresh: Fresh) {
    let project = project(&fresh);
    let (worker, port) = worker(&project);
    assert_eq!(get(port, "/").expect("an answer").0, 404);
    until(port, "caribou_lease_held", |held| held == 1.0);
    project.run(&["migrate"]).exits(0);
    until(port, "caribou_files_completed_total", |files| files == 2.0);
    until(port, "caribou_batch_progress_ratio", |done| done == 1.0);
    until(port, "caribou_batch_files{state=\"migrating\"}", |files| files == 0.0);
    until(port, "caribou_process_resident_bytes", |bytes| bytes > 1_000_000.0);
    until(port, "caribou_process_open_descriptors", |open| open > 3.0);
    until(port, "caribou_statement_duration_seconds_count{phase=\"forward\"}", |count| count == 2.0);
    until(port, "caribou_validations_total{phase=\"post\",status=\"warning\"}", |count| count >= 1.0);
    until(port, "caribou_validations_total{phase=\"during\",status=\"passed\"}", |count| count == 1.0);
    until(port, "caribou_batches_total{status=\"completed\"}", |count| count == 1.0);
    // A class B window is open for a day; its alert waits.
    until(port, "caribou_windows_open{left=\"1d\"}", |open| open == 1.0);
    let left = until(port, "caribou_window_left_seconds", |left| left > 0.0);
    assert!((86_000.0..86_401.0).contains(&left), "{left}");
    until(port, "caribou_alerts_open{type=\"warning\"}", |open| open == 1.0);
    until(port, "caribou_lease_age_seconds", |age| (0.0..10.0).contains(&age));
    project.migration("0003_wrong.sql", "INSERT INTO nowhere VALUES (1);\n");
    project.migration("0003_wrong.rollback.sql", "DELETE FROM nowhere;\n");
    project.run(&["migrate"]).exits(1);
    until(port, "caribou_errors_total{category=\"missing_object\"}", |count| count >= 1.0);
    until(port, "caribou_files_rolled_back_total", |count| count == 1.0);
    until(port, "caribou_alerts_open{type=\"critical\"}", |open| open == 1.0);
    check_with_promtool(&scrape(port));
    drop(worker);
}

on_every_server!(a_worker_serves_what_has_happened);

#[test]
fn an_address_that_others_can_reach_has_to_be_meant() {
    let project = Project::empty();
    project.write("caribou.toml", "[database]\nurl = \"sqlite:db\"\n");
    let refused = project.run(&["worker", "--metrics", "0.0.0.0:0"]).exits(2);
    assert!(refused.stderr.contains("--metrics-open"), "{refused:?}");
    project.run(&["worker", "--metrics", "nowhere"]).exits(2);
}

fn check_with_promtool(text: &str) {
    let Some(promtool) = needed("promtool", "prometheus") else { return };
    let mut promtool = Command::new(promtool);
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("promtool");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("promtool reads");
    let output = child.wait_with_output().expect("promtool ends");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.trim().is_empty(), "{said}\n{text}");
}

/// A path of the API with a query in it.
fn query_path(expression: &str) -> String {
    let encoded: String = expression
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    format!("/api/v1/query?query={encoded}")
}

fn api(port: u16, path: &str) -> Option<Value> {
    let (_, body) = get(port, path)?;
    serde_json::from_str(&body).ok()
}

/// A real Prometheus that scrapes a port; it ends when it is dropped.
fn prometheus(program: &Path, project: &Project, target: u16) -> (Running, u16) {
    // Another program may take the port in between; then it says so, and the test fails with that.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/prometheus/caribou.rules.yml");
    project.write(
        "prometheus.yml",
        format!(
            "global: {{scrape_interval: 500ms, scrape_timeout: 400ms, evaluation_interval: 500ms}}\n\
             rule_files: [\"{}\"]\nscrape_configs:\n  - job_name: caribou\n    static_configs:\n      - targets: \
             [\"127.0.0.1:{target}\"]\n",
            rules.display()
        ),
    );
    let mut command = Command::new(program);
    command
        .arg(format!("--config.file={}", project.path("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", project.path("tsdb").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .current_dir(project.path("."));
    (Running::start(&mut command), port)
}

async fn a_real_prometheus_evaluates_every_rule_and_every_query(fresh: Fresh) {
    let Some(program) = needed("prometheus", "prometheus") else { return };
    let project = project(&fresh);
    let (_worker, target) = worker(&project);
    project.run(&["migrate"]).exits(0);
    let (server, port) = prometheus(&program, &project, target);
    let deadline = Instant::now() + PATIENCE;
    let asked = |expression: &str| api(port, &query_path(expression));
    let found = |expression: &str| {
        let answer = asked(expression)?;
        Some(answer["data"]["result"].as_array()?.len())
    };
    // Three scrapes: a rate needs two.
    let scraped = "count_over_time(caribou_files_completed_total[1m]) >= 3";
    while found(scraped).is_none_or(|n| n == 0) {
        assert!(Instant::now() < deadline, "it never scraped us: {}", server.said());
        std::thread::sleep(POLL);
    }
    assert_eq!(found("up{job=\"caribou\"} == 1"), Some(1));
    let evaluated = || {
        let rules = api(port, "/api/v1/rules")?;
        let all = rules["data"]["groups"][0]["rules"].as_array()?.clone();
        all.iter().all(|rule| rule["health"] != "unknown").then_some(all)
    };
    let rules = loop {
        if let Some(rules) = evaluated() {
            break rules;
        }
        assert!(Instant::now() < deadline, "the rules were never evaluated: {}", server.said());
        std::thread::sleep(POLL);
    };
    assert!(rules.len() >= 10, "{rules:?}");
    for rule in &rules {
        assert_eq!((&rule["health"], &rule["lastError"]), (&"ok".into(), &Value::Null), "{rule}");
    }
    let firing = |name: &str| rules.iter().find(|r| r["name"] == name).map(|r| r["state"].clone());
    assert_eq!(firing("CaribouWorkerGone"), Some("inactive".into()));

    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/grafana/caribou.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries: Vec<&str> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap())
        .map(|target| target["expr"].as_str().unwrap())
        .collect();
    assert!(queries.len() >= 20, "{queries:?}");
    for query in queries {
        let expression = query.replace("$instance", ".*");
        let answer = asked(&expression).unwrap_or_else(|| panic!("no answer to {expression}"));
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        // What is compared may well be nothing; anything else has something to show.
        let is_compared = expression.ends_with("> 0") || expression.ends_with(">= 0");
        assert!(
            is_compared || answer["data"]["result"].as_array().is_some_and(|r| !r.is_empty()),
            "{expression}: {answer}"
        );
    }
}

#[test]
fn a_real_prometheus_evaluates_what_we_ship() {
    run_on(ServerKind::Sqlite, a_real_prometheus_evaluates_every_rule_and_every_query);
}
