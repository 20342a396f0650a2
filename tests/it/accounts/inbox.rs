//! Rows are untrusted: whatever an account asks is answered, and no row ends a worker twice.

use super::Cast;
use crate::support::{Fresh, Project, Running, on_both_servers};
use caribou::database::{Session, Value};
use caribou::model::{
    BatchId, Checksum, Epoch, FileType, PlannedFile, RollbackId, SourceText, Submission, Verb, Verdict,
};
use caribou::model::{CommandId, DecisionId};
use caribou::plan;
use caribou::sql;
use caribou::store::{Answer, NewCommand, Role, Store, answer, submit_command};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A sound plan of one file.
fn sound(store: &Store, path: &str, up: &str) -> Submission {
    let script = sql::read(up, store.dialect()).expect("a script");
    let source = SourceText::key(up, None, None);
    let file = PlannedFile {
        path: path.to_owned(),
        file_type: FileType::Module,
        hash: Checksum("0".repeat(64)),
        canonical: plan::canonical(&script),
        source: source.clone(),
        epoch_from: Epoch(0),
        epoch_to: Epoch(1),
        wave: 1,
        again: None,
        statements: u32::try_from(script.statements.len()).expect("few"),
        undo_statements: None,
        coverage: Default::default(),
        requires: Vec::new(),
        locks: None,
        expected: None,
        findings: Vec::new(),
    };
    let text = SourceText { checksum: source, path: path.to_owned(), up: up.to_owned(), down: None, verify: None };
    Submission {
        name: "handed over".into(),
        epoch_to: Epoch(1),
        files: vec![file],
        texts: vec![text],
        ..Submission::default()
    }
}

/// Plans that nobody makes with Caribou, and what is said of each.
fn unsound(store: &Store) -> Vec<(&'static str, Submission)> {
    let of = |change: &dyn Fn(&mut Submission)| {
        let mut plan = sound(store, "0001_a.sql", "CREATE TABLE a (id INT);\n");
        change(&mut plan);
        plan
    };
    let ours = store.schemas().orchestration.clone();
    vec![
        ("not the one of its checksum", of(&|p| p.texts[0].up.push_str("DROP TABLE a;"))),
        ("is missing", of(&|p| p.texts.clear())),
        ("no path of a file", of(&|p| (p.files[0].path, p.texts[0].path) = ("../../etc/passwd".into(), "x".into()))),
        ("no path of a file", of(&|p| p.texts[0].path = "/etc/passwd".into())),
        ("at most 512", of(&|p| p.files[0].path = "x".repeat(600))),
        ("at most 255", of(&|p| p.name = "x".repeat(300))),
        ("as many statements", of(&|p| p.files[0].statements = 2)),
        ("not those of the plan", of(&|p| p.files[0].canonical = Checksum("1:0".into()))),
        ("in it twice", of(&|p| p.files.push(p.files[0].clone()))),
        ("leads from epoch", of(&|p| p.files[0].epoch_to = Epoch(i64::MAX))),
        ("leads from epoch", of(&|p| (p.epoch_from, p.epoch_to) = (Epoch(7), Epoch(1)))),
        ("as good as none", of(&|p| p.policy.windows.d = 0)),
        ("longer than a year", of(&|p| p.policy.windows.d = u64::MAX)),
        ("1 to 64", of(&|p| p.policy.parallel = Some(100_000))),
        ("no files", of(&|p| (p.files, p.texts) = (Vec::new(), Vec::new()))),
        ("control characters", of(&|p| p.name = "a\u{1b}[2J".into())),
        ("orchestrator's own", sound(store, "0001_a.sql", &format!("DELETE FROM {ours}.migration_events;\n"))),
        (
            "orchestrator's own",
            of(&|p| p.policy.session = vec![("@a".into(), format!("(SELECT 1 FROM {ours}.migration_events)"))]),
        ),
    ]
}

/// Asks for an answer until there is one.
async fn answered(session: &mut dyn Session, store: &Store, id: CommandId) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match answer(session, store, id).await.expect("an answer") {
            Answer::Pending => assert!(Instant::now() < deadline, "command {id:?} was never answered"),
            said => return said,
        }
    }
}

async fn decided(session: &mut dyn Session, store: &Store, id: DecisionId) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match answer(session, store, id).await.expect("an answer") {
            Answer::Pending => assert!(Instant::now() < deadline, "decision {id:?} was never answered"),
            said => return said,
        }
    }
}

/// Calls a procedure by hand; the number that it gives.
async fn call(session: &mut dyn Session, sql: &str, values: &[Value]) -> i64 {
    let rows = session.query(sql, values).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.first().map_or(0, |row| row.get_i64(0))
}

async fn whatever_is_asked_is_answered(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    let worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    let operator = cast.store(Role::Operator).await;
    let mut session = cast.by_hand(Role::Operator).await;
    for (says, plan) in unsound(&operator) {
        let new = NewCommand { submission: Some(Box::new(plan)), ..NewCommand::new(BatchId(0), Verb::Run) };
        let id = submit_command(session.as_mut(), &operator, &new).await.expect("handed in");
        match answered(session.as_mut(), &operator, id).await {
            Answer::Refused { reason } => assert!(reason.contains(says), "{says}: {reason}"),
            other => panic!("{says}: {other:?}"),
        }
    }
    let ours = cast.orchestration();
    let sql = format!("CALL {ours}.submit_command(?, ?, ?, ?, ?, ?, 'os')");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (batch, command, expects, submission) in [
        (1, "", "{}", None),
        (1, "no json at all", "{}", None),
        (1, r#"{"verb":"dance"}"#, "{}", None),
        (1, r#"{"verb":"break","file":1,"statement":4294967295,"clear":false}"#, "{}", None),
        (i64::MIN, r#"{"verb":"rollback","files":[-1],"class":"A","now":true}"#, "{}", None),
        (-1, r#"{"verb":"discard","file":-9223372036854775808}"#, "{}", None),
        (i64::MAX, r#"{"verb":"pause"}"#, "[[[[", None),
        (1, r#"{"verb":"accept_server","server":"elsewhere"}"#, "{}", None),
        (0, r#"{"verb":"run"}"#, "{}", None),
        (0, r#"{"verb":"run"}"#, "{}", Some("{}")),
        (0, r#"{"verb":"run"}"#, "{}", Some(deep.as_str())),
    ] {
        let values = [
            batch.into(),
            "x".into(),
            command.into(),
            Value::Null,
            expects.into(),
            submission.map_or(Value::Null, Into::into),
        ];
        let id = CommandId(call(session.as_mut(), &sql, &values).await);
        let said = answered(session.as_mut(), &operator, id).await;
        assert!(matches!(&said, Answer::Refused { reason } if !reason.is_empty()), "{command}: {said:?}");
    }
    let approver = cast.store(Role::Approver).await;
    let mut deciding = cast.by_hand(Role::Approver).await;
    let sql = format!("CALL {ours}.submit_decision(?, ?, ?, ?, NULL, 'os')");
    for (batch, rollback, word, seen) in [
        (i64::MIN, i64::MIN, "approve", "{}"),
        (-1, 0, "dance", "{}"),
        (1, i64::MAX, "reject", "no json"),
        (1, 1, "approve", deep.as_str()),
    ] {
        let values = [batch.into(), rollback.into(), word.into(), seen.into()];
        let id = DecisionId(call(deciding.as_mut(), &sql, &values).await);
        let said = decided(deciding.as_mut(), &approver, id).await;
        assert!(matches!(&said, Answer::Refused { reason } if !reason.is_empty()), "{word}: {said:?}");
    }
    let (batches, texts) = (
        cast.number(&format!("SELECT COUNT(*) FROM {ours}.migration_batches")).await,
        cast.number(&format!("SELECT COUNT(*) FROM {ours}.migration_sources")).await,
    );
    assert_eq!((batches, texts), (0, 0), "nothing came of what was refused, no text is kept");
    // The same worker goes on.
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    cast.run(&project, Role::Operator, &["migrate"]).exits(0);
    for session in [session, deciding] {
        session.close().await;
    }
    assert!(!worker.has_ended());
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

async fn what_is_too_long_is_refused_at_the_door(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let ours = cast.orchestration();
    let mut session = cast.by_hand(Role::Operator).await;
    let sql = format!("CALL {ours}.submit_command(1, 'pause', ?, ?, ?, NULL, 'os')");
    let long = "x".repeat(300_000);
    for (values, says) in [
        (["{}", &long[..4_001], "{}"], "reason"),
        ([long.as_str(), "", "{}"], "the command is longer"),
        (["{}", "", long.as_str()], "expects"),
    ] {
        let values = values.map(Value::from);
        let error = session.query(&sql, &values).await.expect_err("too long");
        assert!(error.message.contains(says), "{error}");
    }
    let operator = cast.store(Role::Operator).await;
    let new = NewCommand { reason: Some("x".repeat(4_001)), ..NewCommand::new(BatchId(1), Verb::Pause) };
    let error = submit_command(session.as_mut(), &operator, &new).await.expect_err("too long");
    assert!(error.to_string().contains("4001 characters"), "{error}");
    session.close().await;
    // A row that came some other way is answered all the same.
    cast.run_all(vec![
        format!(
            "INSERT INTO {ours}.migration_commands (batch_id, verb, command, reason, operator) VALUES (1, 'pause', \
             '{{\"verb\":\"pause\"}}', REPEAT('x', 60000), 'eve@%'), (1, 'pause', REPEAT('x', 300000), NULL, 'eve@%')"
        ),
        format!(
            "INSERT INTO {ours}.migration_decisions (batch_id, rollback_id, decision, subject, operator) VALUES (1, 1, \
             'approve', REPEAT('x', 1100000), 'eve@%')"
        ),
    ])
    .await;
    let project = Project::on(&cast.fresh);
    let _worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    let worker = cast.store(Role::Worker).await;
    let mut looking = cast.by_hand(Role::Worker).await;
    for id in 1..=2 {
        let said = answered(looking.as_mut(), &worker, CommandId(id)).await;
        assert!(matches!(&said, Answer::Refused { .. }), "{said:?}");
    }
    let said = decided(looking.as_mut(), &worker, DecisionId(1)).await;
    assert!(matches!(&said, Answer::Refused { .. }), "{said:?}");
    looking.close().await;
}

/// A worker that ends with a row in its hands: the next one refuses the row, and lives.
async fn no_row_ends_a_second_worker(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    project.configure("[workers]\nlease_ttl = \"2s\"");
    let operator = cast.store(Role::Operator).await;
    let mut session = cast.by_hand(Role::Operator).await;
    let plan = sound(&operator, "0001_a.sql", "CREATE TABLE a (id INT);\n");
    let new = NewCommand { submission: Some(Box::new(plan)), ..NewCommand::new(BatchId(0), Verb::Run) };
    let id = submit_command(session.as_mut(), &operator, &new).await.expect("handed in");
    // It ends where what the command led to is decided and not yet durable. The first commit is the lease's.
    let mut first = cast.command(&project, Role::Worker, &["worker"]);
    let first = Running::start(first.env("CARIBOU_FAULT", "before_commit:2")).wait();
    assert_ne!(first.code, Some(0), "{first:?}");
    assert_eq!(answer(session.as_mut(), &operator, id).await.expect("an answer"), Answer::Pending);
    let second = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    let said = answered(session.as_mut(), &operator, id).await;
    assert!(matches!(&said, Answer::Refused { reason } if reason.contains("ended before it answered")), "{said:?}");
    cast.run(&project, Role::Operator, &["migrate"]).exits(0);
    session.close().await;
    second.signal(Signal::SIGTERM);
    second.wait().exits(0);
}

/// An account that asks a thousand times is refused; and while one floods, others are heard.
async fn a_flood_is_let_in_in_part(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let ours = cast.orchestration();
    let mut session = cast.by_hand(Role::Operator).await;
    let sql = format!("CALL {ours}.submit_command(1, 'pause', '{{\"verb\":\"pause\"}}', NULL, '{{}}', NULL, 'os')");
    let mut let_in = 0;
    let refused = loop {
        match session.query_text(&sql).await {
            Ok(_) => let_in += 1,
            Err(error) => break error,
        }
        assert!(let_in <= 100, "it was never refused");
    };
    assert_eq!(let_in, 100);
    assert!(refused.message.contains("wait for an answer"), "{refused}");
    session.close().await;
    // Other accounts flood as well, and behind all of it an approver decides.
    let rows: Vec<String> =
        (0..2_000).map(|n| format!("(1, 'pause', '{{\"verb\":\"pause\"}}', 'eve{}@%')", n / 100)).collect();
    cast.run_all(vec![format!(
        "INSERT INTO {ours}.migration_commands (batch_id, verb, command, operator) VALUES {}",
        rows.join(", ")
    )])
    .await;
    let approver = cast.store(Role::Approver).await;
    let mut deciding = cast.by_hand(Role::Approver).await;
    let new = caribou::store::NewDecision {
        batch: BatchId(1),
        rollback: RollbackId(1),
        verdict: Verdict::Approve,
        reason: None,
        seen: caribou::model::Seen {
            class: caribou::model::Class::B,
            status: caribou::model::RollbackStatus::Pending,
            files: Vec::new(),
        },
    };
    let id = caribou::store::submit_decision(deciding.as_mut(), &approver, &new).await.expect("handed in");
    let project = Project::on(&cast.fresh);
    let _worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    decided(deciding.as_mut(), &approver, id).await;
    let left = cast
        .number(&format!("SELECT COUNT(*) FROM {ours}.migration_commands WHERE command_status = 'submitted'"))
        .await;
    assert!(left > 1_000, "the decision did not wait for the flood: {left} commands are left");
    deciding.close().await;
}

/// A text that was changed by hand is not run.
async fn a_text_that_was_changed_does_not_run(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    project.configure("[workers]\nlease_ttl = \"2s\"");
    let mut stepping = cast.command(&project, Role::Worker, &["migrate", "--step"]);
    let mut stepping = Running::start(&mut stepping);
    stepping.wait_text("stepping");
    stepping.kill();
    let ours = cast.orchestration();
    cast.run_all(vec![format!("UPDATE {ours}.migration_sources SET up_text = 'CREATE TABLE evil (id INT);\n'")]).await;
    // Where it was killed before the file was looked at, it waits for this; else it needs no more.
    cast.run(&project, Role::Operator, &["step", "--no-wait", "--yes"]).exits(0);
    let _worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    let deadline = Instant::now() + PATIENCE;
    let sql =
        format!("SELECT COUNT(*) FROM {ours}.migration_files WHERE state_id = 8 AND error_message LIKE '%checksum%'");
    while cast.number(&sql).await == 0 {
        assert!(Instant::now() < deadline, "{:?}", cast.run(&project, Role::Operator, &["status"]));
    }
    let core = &cast.fresh.schemas().core;
    let sql = format!("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{core}'");
    assert_eq!(cast.number(&sql).await, 0);
}

on_both_servers!(
    whatever_is_asked_is_answered,
    what_is_too_long_is_refused_at_the_door,
    no_row_ends_a_second_worker,
    a_flood_is_let_in_in_part,
    a_text_that_was_changed_does_not_run,
);
