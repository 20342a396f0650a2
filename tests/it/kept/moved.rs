//! DROP TABLE and TRUNCATE as a rename.

use super::bench::{Bench, refused};
use crate::support::{Fresh, on_both_servers};
use caribou::model::{KeptKind, Place};
use caribou::store::kept;

const FILLED: &str = "CREATE TABLE p (id INT PRIMARY KEY);
INSERT INTO p VALUES (1), (2);
CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, p INT, s VARCHAR(20), KEY (s),
  CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE);
INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b');
CREATE TABLE alone (id INT PRIMARY KEY, n INT, CHECK (n > 0)) COMMENT 'kept';
INSERT INTO alone VALUES (1, 1)";

async fn a_dropped_table_comes_back_whole(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = (bench.definition("t").await, bench.rows("id, p, s", "t").await);
    bench.run("SET sql_mode = 'ANSI_QUOTES', sql_quote_show_create = 0").await;
    let kept = bench.keep("DROP TABLE IF EXISTS t, nothing").await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.kind).collect::<Vec<_>>(), [KeptKind::TableMoved]);
    assert_eq!(bench.definition("t").await, None);
    assert!(Place::read(&kept[0].place).is_some());
    // In the undo schema it neither blocks its parent nor loses rows to it.
    bench.rival("DELETE FROM p WHERE id = 1; INSERT INTO p VALUES (1)").await;
    assert!(kept::stands(&bench.store, bench.keeper.as_mut(), &kept[0]).await.unwrap());
    for _ in 0..2 {
        let done = kept::put_back(&bench.store, bench.keeper.as_mut(), &kept[0]).await.unwrap();
        assert_eq!((done.restored, done.skipped.len()), (2, 0));
        assert_eq!((bench.definition("t").await, bench.rows("id, p, s", "t").await), before.clone());
    }
    assert_eq!(bench.places().await, 0);
    bench.close().await;
}

async fn parent_and_child_go_together(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = (bench.definition("t").await, bench.definition("p").await);
    let reason = refused(bench.keep("DROP TABLE p").await);
    assert!(reason.contains("t refers to"), "{reason}");
    let kept = bench.keep("DROP TABLE p, t").await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(bench.definition("p").await, None);
    for kept in &kept {
        kept::put_back(&bench.store, bench.keeper.as_mut(), kept).await.unwrap();
    }
    assert_eq!((bench.definition("t").await, bench.definition("p").await), before);
    bench.close().await;
}

async fn a_truncated_table_comes_back(fresh: Fresh) {
    let set_up =
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(20)); INSERT INTO t (s) VALUES ('a'), ('b')";
    let mut bench = Bench::new(&fresh, set_up).await;
    let before = (bench.definition("t").await, bench.rows("id, s", "t").await);
    let kept = bench.keep("TRUNCATE TABLE t").await.unwrap();
    assert_eq!(bench.definition("t").await, before.0, "an empty twin stands there");
    assert_eq!(bench.number("SELECT COUNT(*) FROM t").await, 0);
    kept::put_back(&bench.store, bench.keeper.as_mut(), &kept[0]).await.unwrap();
    assert_eq!((bench.definition("t").await, bench.rows("id, s", "t").await), before);
    kept::discard(&bench.store, bench.keeper.as_mut(), &kept[0]).await.unwrap();
    assert_eq!(bench.places().await, 0);
    bench.close().await;
}

on_both_servers!(a_dropped_table_comes_back_whole, parent_and_child_go_together, a_truncated_table_comes_back);
