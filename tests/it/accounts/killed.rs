//! A connection of ours that somebody with CONNECTION ADMIN ends in the middle of a file, and that neither runs nor
//! journals it.

use super::Cast;
use crate::support::{Fresh, Project, Running, on_both_servers};
use caribou::database::{Session, barrier_name};
use caribou::store::Role;
use std::time::{Duration, Instant};

const ASKS: &str = "SELECT ID, INFO LIKE '%SLEEP%' FROM information_schema.PROCESSLIST WHERE USER = ?";

/// Ends the session that looks at definitions for a file, as soon as that sleeps: the worker opens it directly after the
/// one that runs the file.
async fn end_the_one_that_looks(cast: &Cast, root: &mut dyn Session) {
    let lock = barrier_name("files", cast.orchestration());
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        let rows = root.query(ASKS, &[cast.name(Role::Worker).into()]).await.unwrap();
        let holder = root.query("SELECT IS_USED_LOCK(?)", &[lock.as_str().into()]).await.unwrap()[0].opt_u64(0);
        let Some(holder) = holder.filter(|_| rows.iter().any(|row| row.get_bool(1))) else {
            tokio::task::yield_now().await;
            continue;
        };
        let looks = rows.iter().map(|row| row.get_u64(0)).filter(|id| *id > holder).min().expect("it is there");
        root.query_text(&format!("KILL {looks}")).await.unwrap();
        return;
    }
    panic!("the file never came to its sleep");
}

async fn a_file_goes_on_and_is_undone_when_what_looks_for_it_is_ended(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let core = cast.fresh.schemas().core.clone();
    cast.run_all(vec![
        format!("CREATE TABLE {core}.t (id INT PRIMARY KEY)"),
        format!("INSERT INTO {core}.t VALUES (1)"),
    ])
    .await;
    let project = Project::on(&cast.fresh);
    let making = "CREATE TABLE u AS SELECT id, SLEEP(1.5) AS s FROM t;\nALTER TABLE t ADD a INT DEFAULT 7;\nDELETE FROM t;\nDELETE FROM nowhere;\n";
    project.unforeseen().migration("0001_a.sql", making);
    let running = Running::start(&mut cast.command(&project, Role::Worker, &["migrate"]));
    let mut root = cast.session().await;
    end_the_one_that_looks(&cast, root.as_mut()).await;
    root.close().await;
    let ran = running.wait().exits(1);
    assert!(ran.stdout.contains("undone       yes, and verified"), "{ran:?}");
    assert_eq!(cast.number(&format!("SELECT COUNT(*) FROM {core}.t")).await, 1);
}

on_both_servers!(a_file_goes_on_and_is_undone_when_what_looks_for_it_is_ended);
