//! A session that ends at any moment leaves nothing or everything.

use super::bench::Bench;
use crate::support::{Fresh, on_both_servers, on_every_server, run_on};
use caribou::database::{Purpose, ServerKind};
use caribou::kept;

const FILLED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR(9)); INSERT INTO t VALUES (1, 'a'), (2, 'b')";
const UPDATE: &str = "UPDATE t SET s = 'x'";

/// The file's session ends as with its process; a new one goes on.
async fn lose_session(bench: &mut Bench) {
    let database = bench.store.database().clone();
    let new = database.open(Purpose::File).await.unwrap();
    let old = std::mem::replace(&mut bench.file, new);
    let id = old.connection_id();
    database.kill(id).await.unwrap();
    old.close().await;
    while database.is_connected(id).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

async fn before_the_commit_nothing_is_kept_and_nothing_done(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = bench.rows("id, s", "t").await;
    let mut keeps = bench.plan(UPDATE).await.unwrap();
    for step in 0..3 {
        if !bench.is_sqlite() {
            kept::prepare(&bench.store, bench.keeper.as_mut(), &keeps).await.unwrap();
        }
        bench.file.begin().await.unwrap();
        if bench.is_sqlite() {
            kept::prepare(&bench.store, bench.file.as_mut(), &keeps).await.unwrap();
        }
        kept::before(&bench.store, bench.file.as_mut(), &mut keeps).await.unwrap();
        if step > 0 {
            bench.file.run(UPDATE).await.unwrap();
        }
        if step > 1 {
            kept::after(&bench.store, bench.file.as_mut(), &mut keeps, kept::Changed { rows: 2, number: 0 })
                .await
                .unwrap();
        }
        lose_session(&mut bench).await;
        assert_eq!(bench.rows("id, s", "t").await, before, "step {step}");
        if !bench.is_sqlite() {
            let undo = format!("`{}`.`{}`", bench.store.schemas().undo, keeps[0].kept.place);
            assert_eq!(bench.number(&format!("SELECT COUNT(*) FROM {undo}")).await, 0, "step {step}");
        }
    }
    let kept = bench.keep(UPDATE).await.unwrap();
    assert_eq!(kept[0].rows, 2);
    bench.close().await;
}

async fn after_the_commit_everything_can_be_put_back_by_anyone(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = bench.rows("id, s", "t").await;
    // What the journal holds when the end of the statement was not written: nothing is counted in it.
    let planned = bench.plan(UPDATE).await.unwrap();
    let mut kept = bench.keep(UPDATE).await.unwrap();
    kept[0].rows = planned[0].kept.rows;
    lose_session(&mut bench).await;
    bench.file.begin().await.unwrap();
    kept::put_back(&bench.store, bench.file.as_mut(), &kept[0]).await.unwrap();
    lose_session(&mut bench).await;
    assert_ne!(bench.rows("id, s", "t").await, before, "the undo was not committed");
    assert_eq!(bench.back(&kept).await.restored, 2);
    assert_eq!(bench.rows("id, s", "t").await, before);
    bench.close().await;
}

/// On SQLite it is brought there when it has been committed: again, where that stopped halfway.
async fn what_is_on_its_way_to_the_undo_schema_arrives_once(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = bench.rows("id, s", "t").await;
    let mut keeps = bench.plan(UPDATE).await.unwrap();
    bench.file.begin().await.unwrap();
    kept::prepare(&bench.store, bench.file.as_mut(), &keeps).await.unwrap();
    kept::before(&bench.store, bench.file.as_mut(), &mut keeps).await.unwrap();
    bench.file.run(UPDATE).await.unwrap();
    kept::after(&bench.store, bench.file.as_mut(), &mut keeps, kept::Changed { rows: 2, number: 0 }).await.unwrap();
    bench.file.commit().await.unwrap();
    let home = format!("SELECT COUNT(*) FROM {}.{}", bench.store.schemas().undo, keeps[0].kept.place);
    assert!(bench.file.query(&home, &[]).await.is_err(), "it is not there before");
    let staged = kept::staged(bench.file.as_mut()).await.unwrap();
    assert_eq!(staged.len(), 1);
    for _ in 0..2 {
        kept::copy_to_undo_schema(&bench.store, bench.file.as_mut(), &staged).await.unwrap();
        lose_session(&mut bench).await;
        assert_eq!(kept::staged(bench.file.as_mut()).await.unwrap(), staged);
        assert_eq!(bench.number(&home).await, 2);
    }
    bench.home().await.unwrap();
    assert_eq!(kept::staged(bench.file.as_mut()).await.unwrap(), []);
    assert_eq!(bench.back(&[keeps[0].kept.clone()]).await.restored, 2);
    assert_eq!(bench.rows("id, s", "t").await, before);
    bench.close().await;
}

#[test]
fn what_is_on_its_way_to_the_undo_schema_arrives_once_on_sqlite() {
    run_on(ServerKind::Sqlite, what_is_on_its_way_to_the_undo_schema_arrives_once);
}

async fn a_move_that_stopped_halfway_is_put_right(fresh: Fresh) {
    let set_up = "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, p INT, n INT UNIQUE, m \
                  INT, FOREIGN KEY (p) REFERENCES p (id)); CREATE INDEX m ON t (m); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.p = NULL";
    let mut bench = Bench::new(&fresh, set_up).await;
    let before = bench.definition("t").await;
    let keeps = bench.plan("DROP TABLE t").await.unwrap();
    kept::prepare(&bench.store, bench.keeper.as_mut(), &keeps).await.unwrap();
    let steps = kept::substitute(&bench.store, &keeps).unwrap().unwrap();
    assert_eq!(steps.len(), 3, "{steps:?}");
    for done in 0..=steps.len() {
        for step in &steps[..done] {
            bench.file.run(step).await.unwrap();
        }
        let moved = kept::stands(&bench.store, bench.keeper.as_mut(), &keeps[0].kept).await.unwrap();
        assert_eq!(moved, Some(done == steps.len()));
        lose_session(&mut bench).await;
        kept::put_back(&bench.store, bench.file.as_mut(), &keeps[0].kept).await.unwrap();
        assert_eq!(bench.definition("t").await, before, "after {done} steps");
        let triggers = "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE()";
        assert_eq!(bench.number(triggers).await, 1, "after {done} steps");
    }
    bench.close().await;
}

on_every_server!(
    before_the_commit_nothing_is_kept_and_nothing_done,
    after_the_commit_everything_can_be_put_back_by_anyone,
);
on_both_servers!(a_move_that_stopped_halfway_is_put_right);
