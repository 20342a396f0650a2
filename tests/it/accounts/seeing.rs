//! What an account cannot see is told as that: nobody unseen is taken for nobody there.

use super::Cast;
use crate::support::{Fresh, Project, on_both_servers};
use caribou::database::{
    ErrorKind, Session, blockers, connected, connected_replicas, exempt_accounts, sees_connections,
};
use caribou::store::Role;

/// Takes from the worker what shows it the connections of others.
async fn blinded(cast: &Cast) {
    let worker = format!("'{}'@'127.0.0.1'", cast.name(Role::Worker));
    let mut sql = vec![format!("REVOKE PROCESS ON *.* FROM {worker}")];
    sql.push(format!("REVOKE SELECT ON performance_schema.* FROM {worker}"));
    cast.run_all(sql).await;
}

async fn sees_all(root: &mut dyn Session) {
    assert!(sees_connections(root).await.unwrap());
    assert!(connected(root, "root").await.unwrap().is_some());
    assert!(!exempt_accounts(root).await.unwrap().expect("root sees them").is_empty());
    assert_eq!(connected_replicas(root).await.unwrap(), Some(0));
}

async fn who_may_not_look_is_not_told_that_nobody_is_there(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let mut root = cast.session().await;
    sees_all(root.as_mut()).await;

    let mut worker = cast.by_hand(Role::Worker).await;
    let others = connected(worker.as_mut(), &cast.name(Role::Worker)).await.unwrap().expect("PROCESS shows them");
    assert!(others.iter().any(|one| one.account.starts_with("root@")), "{others:?}");
    assert_eq!(exempt_accounts(worker.as_mut()).await.unwrap(), None);
    worker.close().await;

    blinded(&cast).await;
    let mut worker = cast.by_hand(Role::Worker).await;
    assert!(!sees_connections(worker.as_mut()).await.unwrap());
    assert_eq!(connected(worker.as_mut(), "nobody").await.unwrap(), None);
    assert_eq!(connected_replicas(worker.as_mut()).await.unwrap(), None);
    let unseen = blockers(worker.as_mut(), &cast.fresh.schemas().core, "t").await.unwrap_err();
    assert_eq!(unseen.kind, ErrorKind::Privilege);
    worker.close().await;
    root.close().await;
}

/// Whether a transaction of others stands in the way of the file is not known, and the file goes on.
async fn a_file_is_told_that_its_surroundings_are_unseen(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    cast.run_all(vec![format!("CREATE TABLE {}.t (id INT PRIMARY KEY)", cast.fresh.schemas().core)]).await;
    blinded(&cast).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "ALTER TABLE t ADD a INT;\n");
    cast.run(&project, Role::Worker, &["migrate"]).exits(0);
    let log = format!(
        "SELECT COUNT(*) FROM {}.migration_validation_log WHERE validation_type = 'long_transactions' AND CONCAT(\
         COALESCE(validation_result, ''), COALESCE(properties, '')) LIKE '%cannot see the connections of others%'",
        cast.orchestration()
    );
    assert_eq!(cast.number(&log).await, 1);
}

on_both_servers!(who_may_not_look_is_not_told_that_nobody_is_there, a_file_is_told_that_its_surroundings_are_unseen,);
