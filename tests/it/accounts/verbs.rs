//! Each verb of the command line as each role: done, or refused by the server with the missing grant named.

use super::Cast;
use crate::support::{Fresh, Project, Running, on_both_servers};
use caribou::store::{Role, Store};
use nix::sys::signal::Signal;

/// Commands that only look: every role may.
const LOOKING: [&[&str]; 6] =
    [&["status"], &["events"], &["history"], &["schema", "check"], &["schema", "settings"], &["doctor"]];

/// Commands that ask the worker, for operators and the emergency role.
const ASKING: [&[&str]; 6] = [
    &["pause", "--yes"],
    &["step", "--yes"],
    &["break", "0002_b.sql", "--yes"],
    &["break", "0002_b.sql", "--clear", "--yes"],
    &["resume", "--yes"],
    &["abort", "--yes", "--reason", "not now"],
];

/// A project with a batch that is held, and its worker.
async fn held(fresh: Fresh) -> (Cast, Project, Running) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n").migration("0001_a.rollback.sql", "DROP TABLE a;\n");
    project.migration("0002_b.sql", "CREATE TABLE b (id INT);\n").migration("0002_b.rollback.sql", "DROP TABLE b;\n");
    let running = Running::start(&mut cast.command(&project, Role::Worker, &["migrate", "--step"]));
    running.wait_text("stepping");
    (cast, project, running)
}

async fn everybody_looks(fresh: Fresh) {
    let (cast, project, running) = held(fresh).await;
    for role in Role::ALL {
        for verb in LOOKING {
            let ran = cast.run(&project, role, verb);
            // Not being able to migrate is a finding of the doctor's.
            let fine = ran.code == Some(0) || (verb == ["doctor"] && ran.code == Some(1));
            assert!(fine, "{role:?} {verb:?}: {ran:?}");
            // A server shows procedures only to those who may run them, and their text to whoever made them.
            let says =
                ran.stdout.contains("submit_command is not shown") || ran.stdout.contains("is there, and its text");
            assert_eq!(says, verb == ["schema", "check"] && role != Role::Worker, "{role:?} {verb:?}: {ran:?}");
        }
    }
    running.signal(Signal::SIGINT);
    running.wait().exits(130);
}

async fn only_operators_ask(fresh: Fresh) {
    let (cast, project, running) = held(fresh).await;
    for role in [Role::Observer, Role::Approver] {
        for verb in ASKING {
            let ran = cast.run(&project, role, verb).exits(5);
            assert!(
                ran.stderr.contains("submit_command") && ran.stderr.contains("hint:"),
                "{role:?} {verb:?}: {ran:?}"
            );
        }
    }
    for verb in &ASKING[1..5] {
        cast.run(&project, Role::Operator, verb).exits(0);
    }
    drop(running);
}

async fn an_operators_word_counts(fresh: Fresh) {
    let (cast, project, running) = held(fresh).await;
    cast.run(&project, Role::Emergency, &["step", "--yes"]).exits(0);
    cast.run(&project, Role::Operator, &["abort", "--yes", "--reason", "not now"]).exits(0);
    running.wait().exits(1);
    let events = cast.run(&project, Role::Observer, &["events"]).exits(0);
    assert!(events.stdout.contains(&cast.name(Role::Operator)), "{events:?}");
    assert!(events.stdout.contains(&cast.name(Role::Emergency)), "{events:?}");
}

/// An operator hands a batch to the worker; without one, nobody but the worker's account drives.
async fn an_operator_migrates_through_the_worker(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    for role in [Role::Observer, Role::Operator, Role::Approver, Role::Emergency] {
        for verb in [&["migrate"][..], &["schema", "install"]] {
            let ran = cast.run(&project, role, verb).exits(5);
            assert!(
                ran.stderr.contains("denied") && ran.stderr.contains(&cast.name(role)),
                "{role:?} {verb:?}: {ran:?}"
            );
        }
    }
    let worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    let mut waited = cast.run(&project, Role::Operator, &["status"]);
    while !waited.stdout.contains("Worker:") {
        waited = cast.run(&project, Role::Operator, &["status"]);
    }
    cast.run(&project, Role::Observer, &["migrate"]).exits(5);
    for role in Role::ALL {
        cast.run(&project, role, &["plan"]).exits(0);
    }
    cast.run(&project, Role::Operator, &["migrate"]).exits(0);
    let history = cast.run(&project, Role::Observer, &["history", "--format", "json"]).exits(0);
    assert!(history.stdout.contains("completed"), "{history:?}");
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

/// That a file which has run lies there otherwise is recorded for those who may ask the worker; the server's grants say so.
async fn only_operators_repair(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    cast.run(&project, Role::Worker, &["migrate"]).exits(0);
    project.migration("0001_a.sql", "CREATE TABLE a (id BIGINT);\n");
    let asked = ["repair", "0001_a.sql", "--yes", "--reason", "it was BIGINT all along"];
    for role in [Role::Observer, Role::Approver] {
        let ran = cast.run(&project, role, &asked).exits(5);
        let says = ["denied", "submit_command", "hint:", "grants operator"];
        assert!(says.iter().all(|words| ran.stderr.contains(words)), "{role:?}: {ran:?}");
    }
    let still = cast.run(&project, Role::Observer, &["repair", "--all", "--dry-run"]).exits(0);
    assert!(still.stdout.contains("0001_a.sql"), "nothing was recorded: {still:?}");
    let worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    worker.wait_text("Working on");
    cast.run(&project, Role::Operator, &asked).exits(0);
    let nothing = cast.run(&project, Role::Observer, &["repair", "--all", "--dry-run"]).exits(0);
    assert!(nothing.stdout.contains("nothing to repair"), "{nothing:?}");
    let events = cast.run(&project, Role::Observer, &["events", "--batch", "1"]).exits(0);
    assert!(events.stdout.contains(&cast.name(Role::Operator)), "{events:?}");
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

/// With four eyes an approver lets a check pass that stopped an operator's file; nobody else may.
async fn an_approver_lets_a_check_pass(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.configure("[names]\ntables = \"[a-z_]+\"\n[checks]\nnames = \"block\"");
    project.migration("0001_a.sql", "CREATE TABLE Legacy (id INT PRIMARY KEY);\n");
    cast.run(&project, Role::Worker, &["schema", "settings", "approval.four_eyes", "true"]).exits(0);
    let worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    worker.wait_text("Working on");
    cast.run(&project, Role::Operator, &["migrate"]).exits(1);
    let asked = ["override", "0001_a.sql", "--yes", "--reason", "older than the rule"];
    for role in [Role::Observer, Role::Operator, Role::Emergency] {
        let ran = cast.run(&project, role, &asked).exits(5);
        assert!(ran.stderr.contains("submit_decision") && ran.stderr.contains("hint:"), "{role:?}: {ran:?}");
    }
    // Whoever started it may not, also with the right to approve.
    cast.run_all(
        Store::new(cast.root.clone()).grants(Role::Approver, &cast.name(Role::Operator), "127.0.0.1").expect("grants"),
    )
    .await;
    let own = cast.run(&project, Role::Operator, &asked).exits(2);
    assert!(own.stdout.contains("four eyes"), "{own:?}");
    let ran = cast.run(&project, Role::Approver, &asked).exits(0);
    assert!(ran.stdout.contains("override: effective"), "{ran:?}");
    let mut told = cast.run(&project, Role::Observer, &["status", "--format", "json"]).exits(0).json();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while told["files"][0]["status"] != "completed" {
        assert!(std::time::Instant::now() < until, "never completed: {told}");
        told = cast.run(&project, Role::Observer, &["status", "--format", "json"]).exits(0).json();
    }
    let by = told["files"][0]["overridden"][0]["by"].as_str().unwrap_or_default();
    assert!(by.starts_with(&cast.name(Role::Approver)), "{told}");
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

/// An operator's account sees nothing of core: the plan says what it cannot tell, and is made.
async fn an_operator_plans_what_it_cannot_see(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1), (2);\n");
    cast.run(&project, Role::Worker, &["migrate"]).exits(0);
    project.migration("0002_less.sql", "DELETE FROM a WHERE id = 1;\n");
    let planned = cast.run(&project, Role::Operator, &["plan"]).exits(0);
    assert!(planned.stdout.contains("may not look into"), "{planned:?}");
    let planned = cast.run(&project, Role::Worker, &["plan"]).exits(0);
    assert!(!planned.stdout.contains("may not look into"), "{planned:?}");
    let worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    let mut waited = cast.run(&project, Role::Operator, &["status"]);
    while !waited.stdout.contains("Worker:") {
        waited = cast.run(&project, Role::Operator, &["status"]);
    }
    cast.run(&project, Role::Operator, &["migrate"]).exits(0);
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

/// An account that could be anybody gets no statement; one that may come from anywhere is spoken of.
async fn no_role_is_for_everybody(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    for anybody in ["@localhost", "''@'%'", "%@%", "'%'@10.0.0.1", "_@localhost", "@"] {
        let ran = cast.run(&project, Role::Worker, &["schema", "grants", "operator", anybody]).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("anybody"), "{anybody}: {ran:?}");
    }
    for anywhere in ["ana", "ana@%", "'ana'@'%'"] {
        let ran = cast.run(&project, Role::Worker, &["schema", "grants", "operator", anywhere]).exits(0);
        assert!(ran.stdout.contains("'ana'@'%'") && ran.stderr.contains("from anywhere"), "{anywhere}: {ran:?}");
    }
    let ran = cast.run(&project, Role::Worker, &["schema", "grants", "runner", "files@10.0.0.7"]).exits(0);
    assert!(ran.stdout.contains("migration_receipts") && ran.stderr.is_empty(), "{ran:?}");
}

/// An account that may write the journal without a grant that names it is told to whoever can see the grants.
async fn a_grant_by_wildcard_is_told(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    let pattern = format!("{}%", &cast.orchestration()[..cast.orchestration().len() - 1]);
    let account = format!("'{}w'@'localhost'", cast.fresh.schemas().core);
    cast.run_all(vec![
        format!("CREATE USER {account} IDENTIFIED BY 'x'"),
        format!("GRANT INSERT ON `{pattern}`.* TO {account}"),
    ])
    .await;
    let seen = project.run(&["doctor"]);
    assert!(seen.stdout.contains(&account) && seen.stdout.contains(&pattern), "{seen:?}");
    let own = cast.run(&project, Role::Worker, &["doctor"]);
    assert!(own.stdout.contains("this account sees its own grants only"), "{own:?}");
    cast.run_all(vec![format!("DROP USER {account}")]).await;
}

on_both_servers!(
    a_grant_by_wildcard_is_told,
    an_operator_plans_what_it_cannot_see,
    no_role_is_for_everybody,
    everybody_looks,
    only_operators_ask,
    only_operators_repair,
    an_operators_word_counts,
    an_operator_migrates_through_the_worker,
    an_approver_lets_a_check_pass,
);
