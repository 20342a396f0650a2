//! Cascades, parents that are gone, children that came.

use super::bench::Bench;
use crate::support::{Fresh, on_every_server};
use caribou::model::SkipReason;

const FAMILY: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, s VARCHAR(9));
CREATE TABLE c (id INTEGER PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE g (id INTEGER PRIMARY KEY, c INT, FOREIGN KEY (c) REFERENCES c (id) ON DELETE SET NULL);
INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (10, 1), (11, 1), (12, 2), (13, NULL);
INSERT INTO g VALUES (100, 10), (101, 12), (102, NULL)";

async fn family(fresh: &Fresh) -> Bench {
    let mut bench = Bench::new(fresh, FAMILY).await;
    if bench.is_sqlite() {
        bench.run("PRAGMA foreign_keys = ON").await;
    }
    bench
}

async fn all(bench: &mut Bench) -> Vec<Vec<caribou::database::Row>> {
    vec![bench.rows("id, s", "p").await, bench.rows("id, p", "c").await, bench.rows("id, c", "g").await]
}

async fn what_cascades_comes_back_too(fresh: Fresh) {
    let mut bench = family(&fresh).await;
    for sql in ["DELETE FROM p WHERE id = 1", "UPDATE p SET id = id + 100", "DELETE FROM p"] {
        let before = all(&mut bench).await;
        let kept = bench.keep(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(kept.len(), 3, "{sql}: children and their children");
        assert_ne!(all(&mut bench).await, before, "{sql}");
        if bench.is_sqlite() {
            bench.run("PRAGMA foreign_keys = OFF").await;
        }
        let done = bench.back(&kept).await;
        assert_eq!(done.skipped, [], "{sql}");
        assert_eq!(all(&mut bench).await, before, "{sql}");
        if bench.is_sqlite() {
            bench.run("PRAGMA foreign_keys = ON").await;
        }
    }
    bench.close().await;
}

async fn other_columns_cascade_nowhere(fresh: Fresh) {
    let mut bench = family(&fresh).await;
    let kept = bench.keep("UPDATE p SET s = 'x' WHERE id = 1").await.unwrap();
    assert_eq!((kept.len(), kept[0].rows), (1, 1));
    bench.close().await;
}

async fn a_row_without_its_parent_is_left_alone(fresh: Fresh) {
    let mut bench = family(&fresh).await;
    let kept = bench.keep("DELETE FROM c WHERE id = 12").await.unwrap();
    bench.rival("DELETE FROM p WHERE id = 2").await;
    if bench.is_sqlite() {
        bench.run("PRAGMA foreign_keys = OFF").await;
    }
    let done = bench.back(&kept).await;
    let orphans: Vec<_> = done.skipped.iter().map(|skipped| (skipped.row.as_str(), skipped.reason)).collect();
    assert_eq!(orphans, [("c (12)", SkipReason::Orphan), ("g (101)", SkipReason::Orphan)]);
    bench.close().await;
}

async fn an_added_row_that_others_refer_to_stays(fresh: Fresh) {
    let mut bench = family(&fresh).await;
    let kept = bench.keep("INSERT INTO p VALUES (3, 'c'), (4, 'd')").await.unwrap();
    bench.rival("INSERT INTO c VALUES (14, 3)").await;
    if bench.is_sqlite() {
        bench.run("PRAGMA foreign_keys = OFF").await;
    }
    let done = bench.back(&kept).await;
    let referred: Vec<_> = done.skipped.iter().map(|skipped| (skipped.row.as_str(), skipped.reason)).collect();
    assert_eq!((done.restored, referred), (1, vec![("p (3)", SkipReason::Referred)]));
    bench.close().await;
}

on_every_server!(
    what_cascades_comes_back_too,
    other_columns_cascade_nowhere,
    a_row_without_its_parent_is_left_alone,
    an_added_row_that_others_refer_to_stays,
);
