//! Alerts are told: by a command, by webhooks to a real little HTTP server, by mail through a program; what hangs or fails
//! holds nobody up, is tried again and is itself an alert, and nothing is told twice.

mod receiver;

use crate::support::{Fresh, Project, Running, needed, on_every_server};
use caribou::database::Purpose;
use caribou::store::{Reader, Store, compare};
use receiver::Receiver;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// Interval at which what is waited for is looked for.
const POLL: Duration = Duration::from_millis(50);
const SECRET: &str = "a secret of the hook";

/// A project whose second file fails, so that a critical alert is raised.
fn project(fresh: &Fresh, configuration: &str) -> Project {
    let project = Project::on(fresh);
    project.configure(configuration);
    project
        .unforeseen()
        .migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY);\n")
        .migration("0001_users.rollback.sql", "DROP TABLE users;\n")
        .migration("0002_wrong.sql", "INSERT INTO nowhere VALUES (1);\n")
        .migration("0002_wrong.rollback.sql", "DELETE FROM nowhere;\n");
    project
}

fn script(project: &Project, name: &str, text: &str) -> String {
    let path = project.path(name);
    project.write(name, format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

/// Reads what a script has written so far, one JSON document a line.
fn lines(project: &Project, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(project.path(name)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "it never came: {what}");
        std::thread::sleep(POLL);
    }
}

async fn agree(fresh: &Fresh) {
    let store = Store::new(fresh.database().await);
    let mut reader = Reader::open(&store).await.unwrap();
    for batch in reader.batches(10).await.unwrap() {
        assert_eq!(compare(&mut reader, batch.batch_id).await.unwrap(), [], "the rows follow from the journal");
    }
    reader.close().await;
}

async fn each_way_tells_what_was_raised_and_nothing_is_told_twice(fresh: Fresh) {
    let (plain, slack) = (Receiver::start(), Receiver::start());
    let project = project(&fresh, "");
    let page = script(&project, "page", "read line; printf '%s\\n' \"$line\" >> told.jsonl; env > environment");
    let mail = script(&project, "sendmail", "echo \"$@\" > mail.arguments; cat >> mail.txt; echo >> mail.txt");
    project.configure(&format!(
        "[alerts]\nsendmail = \"{mail}\"\nmail_from = \"caribou@example.org\"\n\
         [alerts.hooks.page]\ncommand = [\"{page}\", \"$(touch pwned)\"]\ncontact = \"Ana\"\n\
         [alerts.hooks.signed]\nurl = \"{}\"\nsecret_env = \"HOOK_SECRET\"\nleast = \"critical\"\n\
         [alerts.hooks.slack]\nurl = \"{}\"\nformat = \"slack\"\nleast = \"critical\"\n\
         [alerts.hooks.boss]\nmail = \"boss@example.org\"\nleast = \"critical\"\n\
         [alerts.hooks.later]\ncommand = [\"false\"]\nlevel = 2\n",
        plain.url(),
        slack.url()
    ));
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        crate::support::Ran::from(command.env("HOOK_SECRET", SECRET).output().unwrap())
    };
    run(&["migrate"]).exits(1);

    let told = lines(&project, "told.jsonl");
    let titles: Vec<&str> = told.iter().map(|t| t["title"].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        ["batch 1 has started", "0002_wrong.sql failed and is rolled back", "batch 1 is rolled back"],
        "milestones, and what went wrong, in their order"
    );
    assert_eq!(
        (&told[1]["type"], &told[1]["contact"], &told[1]["batch"]),
        (&"critical".into(), &"Ana".into(), &1.into())
    );
    assert!(!project.path("pwned").exists(), "no shell is between");
    let environment = std::fs::read_to_string(project.path("environment")).unwrap();
    assert!(!environment.contains("CARIBOU_"), "{environment}");

    let post = plain.one();
    post.is_signed_with(SECRET);
    let body = post.json();
    assert_eq!((&body["type"], &body["hook"]), (&"critical".into(), &"signed".into()));
    assert_eq!(
        post.header("idempotency-key").unwrap().replace('_', ""),
        body["key"].as_str().unwrap().replace('_', "")
    );
    let text = slack.one().json();
    assert!(text["text"].as_str().unwrap().starts_with("[caribou critical] 0002_wrong.sql failed"), "{text}");

    let mail = std::fs::read_to_string(project.path("mail.txt")).unwrap();
    assert!(
        mail.starts_with("From: caribou@example.org\nTo: boss@example.org\nSubject: [caribou critical] 0002"),
        "{mail}"
    );
    assert_eq!(std::fs::read_to_string(project.path("mail.arguments")).unwrap(), "-t -i\n");

    let listed = run(&["alerts", "--format", "json"]).json();
    let told_by: Vec<&str> =
        listed["alerts"][0]["told"].as_array().unwrap().iter().map(|t| t["hook"].as_str().unwrap()).collect();
    assert_eq!(told_by.len(), 4, "each hook that it concerns, and once: {listed}");
    assert!(run(&["alerts"]).stdout.contains("page"));

    // The next run begins by looking what was told: nothing is told again.
    let alert = listed["alerts"][0]["id"].to_string();
    run(&["ack", &alert, "--yes"]).exits(0);
    assert_eq!(lines(&project, "told.jsonl").len(), 3);
    run(&["resolve", &alert, "--yes"]).exits(0);
    let told = lines(&project, "told.jsonl");
    assert_eq!((told.len(), &told[3]["status"]), (4, &"resolved".into()), "who heard of it hears of its end");
    assert_eq!((plain.count(), slack.count()), (2, 2));
    let shown = run(&["config"]).stdout;
    assert!(shown.contains("/***") && !shown.contains(plain.path()), "{shown}");
    agree(&fresh).await;
}

async fn a_hook_that_hangs_or_fails_holds_nobody_up_and_is_one_alert(fresh: Fresh) {
    let project = project(&fresh, "");
    let hangs = script(&project, "hangs", "sleep 600");
    let fails =
        script(&project, "fails", "test -e mended || { echo no such channel >&2; exit 1; }; cat >> mended.jsonl");
    let works = script(&project, "works", "read line; printf '%s\\n' \"$line\" >> works.jsonl");
    project.configure(&format!(
        "[alerts]\nretry = \"20ms\"\nmilestones = false\n\
         [alerts.hooks.hangs]\ncommand = [\"{hangs}\"]\ntimeout = \"300ms\"\n\
         [alerts.hooks.fails]\ncommand = [\"{fails}\"]\n\
         [alerts.hooks.works]\ncommand = [\"{works}\"]\n"
    ));
    project.run(&["schema", "install"]).exits(0);
    let worker = Running::start(&mut project.command(&["worker"]));
    worker.wait_text("Working on");
    project.run(&["migrate"]).exits(1);
    let broken = |hook: &str| {
        let title = format!("the alert hook {hook} fails");
        let listed = project.run(&["alerts", "--all", "--format", "json"]).json();
        let of = |a: &&Value| a["title"] == title.as_str();
        listed["alerts"].as_array().unwrap().iter().filter(of).cloned().collect::<Vec<_>>()
    };
    for hook in ["hangs", "fails"] {
        let alerts = until("the alert about the hook", || Some(broken(hook)).filter(|a| !a.is_empty()));
        assert_eq!((alerts.len(), &alerts[0]["type"], &alerts[0]["batch"]), (1, &"warning".into(), &0.into()));
    }
    assert!(broken("fails")[0]["message"].as_str().unwrap().contains("no such channel"));
    assert!(broken("hangs")[0]["message"].as_str().unwrap().contains("did not end within 0.3 s"));
    until("the others are told of it", || {
        let told = lines(&project, "works.jsonl");
        let of = |word: &str| told.iter().any(|t| t["title"].as_str().unwrap().contains(word));
        (of("0002_wrong.sql failed") && of("hook hangs fails") && of("hook fails fails")).then_some(())
    });
    // Somebody mends it; the next alert resolves the one about the hook.
    project.write("mended", "");
    project.migration("0002_wrong.sql", "INSERT INTO nowhere VALUES (2);\n");
    project.run(&["migrate"]).exits(1);
    until("the hook works again", || (broken("fails")[0]["status"] == "resolved").then_some(()));
    assert_eq!(broken("fails").len(), 1);
    let id = broken("hangs")[0]["id"].to_string();
    project.run(&["resolve", &id, "--yes"]).exits(0);
    assert_eq!(broken("hangs")[0]["status"], "resolved", "an alert of no batch is resolved like any other");
    agree(&fresh).await;
}

/// Tries of a hook that fails are further and further apart, and come to an end.
async fn a_hook_that_fails_is_tried_again_after_growing_pauses(fresh: Fresh) {
    let project = project(&fresh, "");
    let fails = script(&project, "fails", "date +%s%N >> tries; exit 1");
    let first = Duration::from_millis(100);
    project.configure(&format!(
        "[alerts]\nretry = \"100ms\"\nmilestones = false\n[alerts.hooks.fails]\ncommand = [\"{fails}\"]\n"
    ));
    project.run(&["schema", "install"]).exits(0);
    let worker = Running::start(&mut project.command(&["worker"]));
    worker.wait_text("Working on");
    project.run(&["migrate"]).exits(1);
    let job = format!(
        "SELECT attempts FROM {}.job_queue WHERE job_type = 'caribou_alert' AND job_status = 'failed'",
        fresh.schemas().ephemeral
    );
    let until = Instant::now() + Duration::from_secs(120);
    let attempts = loop {
        let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
        let rows = session.query_text(&job).await.expect("rows");
        session.close().await;
        if let Some(row) = rows.first() {
            break row.get_text(0);
        }
        assert!(Instant::now() < until, "it is never given up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(attempts, "5");
    let tries = std::fs::read_to_string(project.path("tries")).expect("it was tried");
    let tries: Vec<u64> = tries.lines().map(|line| line.parse().expect("a time")).collect();
    assert_eq!(tries.len(), 5, "one alert, and no sixth try: {tries:?}");
    // A tenth less at the most, so that many hooks do not come together.
    for (n, pair) in (0..).zip(tries.windows(2)) {
        let (pause, least) = (Duration::from_nanos(pair[1] - pair[0]), first.mul_f64(0.9) * 4_u32.pow(n));
        assert!(pause >= least, "pause {n} was {pause:?} and not {least:?}: {tries:?}");
    }
}

/// A hook that hangs holds up the end of a process for no longer than is configured, and that is said.
async fn a_hook_that_hangs_is_waited_for_as_long_as_is_said(fresh: Fresh) {
    let project = project(&fresh, "");
    let hangs = script(&project, "hangs", "sleep 600");
    project.configure(&format!(
        "[alerts]\nlinger = \"2s\"\nmilestones = false\n[alerts.hooks.hangs]\ncommand = [\"{hangs}\"]\ntimeout = \"600s\"\n"
    ));
    let began = Instant::now();
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stderr.contains("waiting for it, 2.0 s at the most (alerts.linger)"), "{ran:?}");
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(2), "it was waited for: {waited:?}");
    project.write(
        "caribou.toml",
        std::fs::read_to_string(project.path("caribou.toml")).unwrap().replace("\"2s\"", "\"100ms\""),
    );
    project.run(&["migrate"]).exits(1);
    let named = project.configure("[hooks]\nlinger = \"1s\"\n").run(&["plan"]).exits(2);
    assert!(named.stderr.contains("alerts.linger"), "{named:?}");
    agree(&fresh).await;
}

async fn a_batch_that_takes_too_long_rises_until_somebody_acknowledges_it(fresh: Fresh) {
    let project = Project::on(&fresh);
    let page = script(&project, "page", "read line; printf '%s\\n' \"$line\" >> told.jsonl");
    project.configure(&format!(
        "[alerts]\nprolonged = \"200ms\"\nescalate_after = \"300ms\"\nack_expires = \"500ms\"\nmilestones = false\n\
         [alerts.hooks.first]\ncommand = [\"{page}\"]\n[alerts.hooks.second]\ncommand = [\"{page}\"]\nlevel = 2\n\
         [alerts.hooks.third]\ncommand = [\"{page}\"]\nlevel = 3\n"
    ));
    project.migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY);\n");
    project.migration("0001_users.rollback.sql", "DROP TABLE users;\n");
    project.migration("0002_more.sql", "CREATE TABLE more (id INT PRIMARY KEY);\n");
    project.migration("0002_more.rollback.sql", "DROP TABLE more;\n");
    project.run(&["schema", "install"]).exits(0);
    let worker = Running::start(&mut project.command(&["worker"]));
    worker.wait_text("Working on");
    let batch = Running::start(&mut project.command(&["migrate", "--step"]));
    batch.wait_text("stepping");
    // The first file's turn: the batch has started, and holds again.
    project.run(&["step", "--transition", "--yes"]).exits(0);
    let heard =
        |hook: &str| lines(&project, "told.jsonl").into_iter().filter(|t| t["hook"] == hook).collect::<Vec<_>>();
    let first = until("level 3", || heard("third").into_iter().next());
    assert_eq!(
        (&first["level"], &first["type"], &first["status"]),
        (&3.into(), &"critical".into(), &"escalated".into())
    );
    // Each hook has a program of its own: the others may be told a moment later.
    let told = |hook: &str| heard(hook).iter().map(|t| t["level"].as_i64().unwrap()).collect::<Vec<_>>();
    let every = until("who is told at level 1 hears of every level", || Some(told("first")).filter(|l| l.len() > 2));
    assert_eq!(every, [1, 2, 3]);
    assert_eq!(until("level 2 hears of two", || Some(told("second")).filter(|l| l.len() > 1)), [2, 3]);
    let id = first["alert"].to_string();
    project.run(&["ack", &id, "--yes"]).exits(0);
    let again = until("it fires again", || heard("third").into_iter().nth(1));
    assert_eq!((&again["status"], &again["level"]), (&"new".into(), &3.into()));
    project.run(&["resume", "--yes"]).exits(0);
    batch.wait().exits(0);
    let listed = project.run(&["alerts", "--format", "json"]).json();
    assert_eq!(listed["alerts"], serde_json::json!([]), "the end of the batch resolves it");
    agree(&fresh).await;
}

on_every_server!(
    each_way_tells_what_was_raised_and_nothing_is_told_twice,
    a_hook_that_hangs_is_waited_for_as_long_as_is_said,
    a_hook_that_hangs_or_fails_holds_nobody_up_and_is_one_alert,
    a_hook_that_fails_is_tried_again_after_growing_pauses,
    a_batch_that_takes_too_long_rises_until_somebody_acknowledges_it,
);

#[test]
fn a_test_of_the_hooks_says_what_came_back() {
    let receiver = Receiver::start();
    let project = Project::empty();
    project.write("caribou.toml", "[database]\nurl = \"sqlite:database\"\n");
    let none = project.run(&["alerts", "test"]).exits(2);
    assert!(none.stderr.contains("[alerts.hooks.ops]"), "{none:?}");
    project.configure(&format!(
        "[alerts.hooks.ops]\nurl = \"{}\"\n[alerts.hooks.lead]\ncommand = [\"false\"]\nlevel = 2\n",
        receiver.url()
    ));
    let ran = project.run(&["alerts", "test", "--hook", "ops", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&ran["hooks"][0]["delivered"], &ran["hooks"][0]["answer"]),
        (&true.into(), &"200 OK: thank you".into())
    );
    assert_eq!(receiver.one().json()["test"], true);
    let ran = project.run(&["alerts", "test"]).exits(1);
    assert!(ran.stdout.contains("delivered") && ran.stdout.contains("false failed (exit status: 1)"), "{ran:?}");
    let unknown = project.run(&["alerts", "test", "--hook", "nobody"]).exits(2);
    assert!(unknown.stderr.contains("there is: ops, lead"), "{unknown:?}");
    assert!(!project.path("database").exists(), "it needs no database");
}

/// Runs `openssl` in the project's directory; false where it is left out on purpose.
fn openssl(project: &Project, arguments: &str) -> bool {
    let Some(program) = needed("openssl", "openssl") else { return false };
    let mut command = std::process::Command::new(program);
    let ran = command.args(arguments.split(' ')).current_dir(project.path(".")).output().expect("openssl runs");
    assert!(ran.status.success(), "{arguments}: {}", String::from_utf8_lossy(&ran.stderr));
    true
}

/// A server that an authority of one's own vouches for is told where that authority is trusted, and nowhere else.
#[test]
fn a_webhook_is_told_by_tls_where_its_certificate_is_trusted() {
    let project = Project::empty();
    let ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    if !openssl(&project, &format!("req -x509 {ec} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority")) {
        return;
    }
    project.write("names", "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\n");
    openssl(&project, &format!("req -new {ec} -keyout server.key -out server.csr -subj /CN=receiver"));
    let sign =
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem";
    openssl(&project, sign);
    let receiver = Receiver::start_tls(&project.path("server.pem"), &project.path("server.key"));
    assert!(receiver.url().starts_with("https://"));
    project.write("caribou.toml", "[database]\nurl = \"sqlite:database\"\n");
    project.configure(&format!("[alerts.hooks.ops]\nurl = \"{}\"\n", receiver.url()));
    let refused = project.run(&["alerts", "test"]).exits(1);
    let why = format!("{refused:?}");
    assert!(why.contains("UnknownIssuer") || why.contains("ca-certificates"), "{why}");
    assert_eq!(receiver.count(), 0);
    let mut trusting = project.command(&["alerts", "test", "--format", "json"]);
    let ran = Running::start(trusting.env("SSL_CERT_FILE", project.path("ca.pem"))).wait().exits(0).json();
    assert_eq!(ran["hooks"][0]["delivered"], true, "{ran}");
    assert_eq!(receiver.one().json()["test"], true);
}
