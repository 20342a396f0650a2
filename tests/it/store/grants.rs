//! Real accounts: what a role may not do is refused by the server.

use super::{control, installed};
use crate::support::{Fresh, PrivateServer, on_both_servers};
use caribou::database::{ErrorKind, Secret, Session, Target, connect};
use caribou::model::{BatchId, CommandId, Verb};
use caribou::store::{
    NewCommand, PendingCommand, Reader, Role, SessionRole, Store, pending_commands, submit_command, touch_session,
};
use std::time::Duration;

/// A store as seen by an account of a role.
async fn account_of(fresh: &Fresh, store: &Store, role: Role) -> Store {
    let name = format!("{}_{}", role.as_str(), fresh.schemas().core);
    let mut root = control(store).await;
    let account = format!("'{name}'@'127.0.0.1'");
    for sql in [format!("CREATE USER {account} IDENTIFIED BY 'Secret.1'")]
        .into_iter()
        .chain(store.grants(role, &name, "127.0.0.1").expect("grants"))
    {
        root.query_text(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let mut target: Target = fresh.target.clone();
    let address = target.address_mut().expect("a server");
    address.user = name;
    address.password = Some(Secret::new("Secret.1"));
    address.tls = Default::default();
    Store::new(connect(&target).await.expect("it may connect"))
}

async fn refused(session: &mut dyn Session, sql: &str) {
    let error = session.execute(sql, &[]).await.expect_err(sql);
    assert!(matches!(error.kind, ErrorKind::Privilege | ErrorKind::ReadOnly), "{sql}: {error}");
}

async fn an_observer_sees_and_cannot_ask(fresh: Fresh) {
    let store = installed(&fresh).await;
    let observer = account_of(&fresh, &store, Role::Observer).await;
    let mut reader = Reader::open(&observer).await.expect("it may read");
    reader.batches(1).await.expect("it may read");
    let mut session = control(&observer).await;
    let pause = NewCommand::new(BatchId(1), Verb::Pause);
    let error = submit_command(session.as_mut(), &observer, &pause).await.expect_err("it may not ask");
    let error = error.database().expect("the server's").clone();
    assert!(error.kind == ErrorKind::Privilege && error.message.contains("submit_command"), "{error}");
    let schema = &fresh.schemas().orchestration;
    refused(session.as_mut(), &format!("INSERT INTO {schema}.migration_commands (verb) VALUES ('pause')")).await;
    refused(session.as_mut(), &format!("UPDATE {schema}.migration_leases SET token = 99")).await;
    refused(session.as_mut(), &format!("CALL {schema}.submit_decision(1, 1, 'approve', NULL, NULL, '')")).await;
    touch_session(session.as_mut(), &observer, "me", SessionRole::Console, Duration::from_secs(60))
        .await
        .expect("it may say that it watches");
    let seen = reader.sessions().await.expect("sessions");
    assert!(seen[0].account.starts_with("observer_"), "{seen:?}");
}

/// The server says who asked.
async fn an_operator_asks_under_its_own_name(fresh: Fresh) {
    let store = installed(&fresh).await;
    let operator = account_of(&fresh, &store, Role::Operator).await;
    let mut session = control(&operator).await;
    let pause = NewCommand::new(BatchId(1), Verb::Pause);
    let id = submit_command(session.as_mut(), &operator, &pause).await.expect("it may ask");
    let pending = pending_commands(control(&store).await.as_mut(), &store, CommandId(0)).await.expect("commands");
    let [PendingCommand::Readable(command)] = &pending[..] else { panic!("{pending:?}") };
    assert_eq!(command.id, id);
    let user = format!("operator_{}@", fresh.schemas().core);
    assert!(command.operator.starts_with(&user), "{command:?}");
    let schema = &fresh.schemas().orchestration;
    let forged = format!("INSERT INTO {schema}.migration_commands (verb, operator) VALUES ('abort', 'root@localhost')");
    refused(session.as_mut(), &forged).await;
    refused(session.as_mut(), &format!("CALL {schema}.submit_decision(1, 1, 'approve', NULL, NULL, '')")).await;
    refused(session.as_mut(), &format!("UPDATE {schema}.migration_files SET state_id = 1")).await;
}

/// The procedures run as their definer, whom a freeze does not stop.
async fn an_operator_asks_while_the_server_is_frozen(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let fresh = Fresh::in_server(&server);
    let store = installed(&fresh).await;
    let operator = account_of(&fresh, &store, Role::Operator).await;
    let mut session = control(&operator).await;
    control(&store).await.query_text("SET GLOBAL read_only = 1").await.expect("frozen");
    let resume = NewCommand::new(BatchId(1), Verb::Resume);
    submit_command(session.as_mut(), &operator, &resume).await.expect("it may ask");
    touch_session(session.as_mut(), &operator, "me", SessionRole::Console, Duration::from_secs(60))
        .await
        .expect("it may say that it watches");
    let pending = pending_commands(session.as_mut(), &operator, CommandId(0)).await.expect("commands");
    assert_eq!(pending.len(), 1);
}

async fn every_role_can_be_granted(fresh: Fresh) {
    let store = installed(&fresh).await;
    for role in Role::ALL {
        let theirs = account_of(&fresh, &store, role).await;
        Reader::open(&theirs).await.unwrap_or_else(|error| panic!("{role:?}: {error}"));
    }
}

on_both_servers!(
    an_observer_sees_and_cannot_ask,
    an_operator_asks_under_its_own_name,
    an_operator_asks_while_the_server_is_frozen,
    every_role_can_be_granted,
);
