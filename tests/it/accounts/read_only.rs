//! While the server is frozen: commands and decisions are taken, and nothing else of anybody's is.

use super::{Cast, refused};
use crate::support::{Fresh, PrivateServer, Project, Running, on_both_servers};
use caribou::database::ErrorKind;
use caribou::store::Role;

/// The procedures run as their definer, whom a freeze does not stop.
async fn asking_and_deciding_work_on_a_frozen_server(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let ours = cast.orchestration().to_owned();
    let calls = [
        (Role::Observer, format!("CALL {ours}.touch_session('k', 'console', NULL, 60)")),
        (Role::Operator, format!("CALL {ours}.submit_command(1, 'resume', '{{}}', NULL, '{{}}', NULL, 'os')")),
        (Role::Approver, format!("CALL {ours}.submit_decision(1, 1, 'approve', NULL, NULL, 'os')")),
    ];
    cast.run_all(vec!["SET GLOBAL read_only = 1".to_owned()]).await;
    for (role, call) in calls {
        let mut session = cast.by_hand(role).await;
        session.query_text(&call).await.unwrap_or_else(|error| panic!("{role:?}: {error}"));
        session.close().await;
    }
    assert_eq!(cast.number(&format!("SELECT COUNT(*) FROM {ours}.migration_commands")).await, 1);
    assert_eq!(cast.number(&format!("SELECT COUNT(*) FROM {ours}.migration_decisions")).await, 1);
    // An application's write is what a freeze is for.
    let core = cast.fresh.schemas().core.clone();
    cast.run_all(vec![
        format!("CREATE TABLE {core}.t (id INT PRIMARY KEY)"),
        "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'Secret.1'".to_owned(),
        format!("GRANT ALL ON {core}.* TO app@'127.0.0.1'"),
    ])
    .await;
    let insert = format!("INSERT INTO {core}.t VALUES (1)");
    let mut target = cast.fresh.target.clone();
    let address = target.address_mut().expect("a server");
    address.user = "app".to_owned();
    address.password = Some(caribou::database::Secret::new("Secret.1"));
    address.tls = Default::default();
    let app = caribou::database::connect(&target).await.expect("it may connect");
    let mut session = app.open(caribou::database::Purpose::File).await.expect("a session");
    let error = session.query_text(&insert).await.expect_err("the server is frozen");
    assert_eq!(error.kind, ErrorKind::ReadOnly, "{error}");
    session.close().await;
    // The worker goes on, and the emergency role lifts it by itself.
    let mut worker = cast.by_hand(Role::Worker).await;
    worker.query_text(&insert).await.expect("the worker is exempt");
    worker.close().await;
    for role in [Role::Observer, Role::Operator, Role::Approver] {
        let mut session = cast.by_hand(role).await;
        refused(session.as_mut(), "SET GLOBAL read_only = 0").await;
        session.close().await;
    }
    let mut emergency = cast.by_hand(Role::Emergency).await;
    emergency.query_text("SET GLOBAL read_only = 0").await.expect("it may thaw");
    refused(emergency.as_mut(), &insert).await;
    emergency.close().await;
}

/// By the real binary: a batch is held, the server is frozen, and an operator lets it go on.
async fn an_operator_resumes_on_a_frozen_server(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let cast = Cast::in_server(&server).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    let running = Running::start(&mut cast.command(&project, Role::Worker, &["migrate", "--step"]));
    running.wait_text("stepping");
    cast.run_all(vec!["SET GLOBAL read_only = 1".to_owned()]).await;
    let refused = cast.run(&project, Role::Approver, &["resume", "--yes"]).exits(5);
    assert!(refused.stderr.contains("submit_command"), "{refused:?}");
    cast.run(&project, Role::Operator, &["resume", "--yes"]).exits(0);
    running.wait().exits(0);
    let core = cast.fresh.schemas().core.clone();
    assert_eq!(cast.number(&format!("SELECT COUNT(*) FROM {core}.a")).await, 0, "the worker migrated under the freeze");
}

on_both_servers!(asking_and_deciding_work_on_a_frozen_server, an_operator_resumes_on_a_frozen_server);
