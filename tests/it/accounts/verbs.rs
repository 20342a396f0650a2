//! Each verb of the command line as each role: done, or refused by the server with the missing grant named.

use super::Cast;
use crate::support::{Fresh, Project, Running, on_both_servers};
use caribou::store::Role;
use nix::sys::signal::Signal;

/// What only looks: every role may.
const LOOKING: [&[&str]; 6] =
    [&["status"], &["events"], &["history"], &["schema", "check"], &["schema", "settings"], &["doctor"]];

/// What asks the worker, for operators and the emergency role.
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

on_both_servers!(
    everybody_looks,
    only_operators_ask,
    an_operators_word_counts,
    an_operator_migrates_through_the_worker,
);
