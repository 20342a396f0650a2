//! Cascades, parents that are gone, children that came.

use super::bench::Bench;
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::database::{Place, Purpose, ServerKind, connect};
use caribou::kept::{Found, facts};
use caribou::model::SkipReason;
use caribou::sql::{ObjectKind, ObjectName};

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

/// Keys of other schemas, between names that a file system writes otherwise; asked for by an account that may see InnoDB's
/// dictionary and by one that may not.
async fn keys_of_other_schemas_are_found(fresh: Fresh) {
    let (core, account) = (fresh.schemas().core.clone(), format!("seer_{}", fresh.schemas().core));
    let set_up = format!(
        "CREATE TABLE `p q/é` (a INT, id INT, PRIMARY KEY (id, a)); CREATE TABLE other (id INT PRIMARY KEY);
        CREATE DATABASE `{core}-2`;
        CREATE TABLE `{core}-2`.`c#1` (x INT, y INT, o INT, KEY (y, x), CONSTRAINT `to` FOREIGN KEY (y, x) REFERENCES
            `{core}`.`p q/é` (id, a) ON DELETE CASCADE, FOREIGN KEY (o) REFERENCES `{core}`.other (id));
        CREATE TABLE own (x INT, y INT, KEY (y, x), CONSTRAINT mine FOREIGN KEY (y, x) REFERENCES `p q/é` (id, a));
        CREATE USER {account}@'%'; GRANT SELECT, INSERT, UPDATE, DELETE, ALTER ON *.* TO {account}@'%'"
    );
    let bench = Bench::new(&fresh, &set_up).await;
    let mut seer = fresh.target.clone();
    let Place::Server(address) = &mut seer.place else { panic!("a server") };
    address.user = account.clone();
    let seer = connect(&seer).await.unwrap();
    let parent = ObjectName::new(ObjectKind::Table, "p q/é");
    for database in [bench.store.database(), &seer] {
        let mut session = database.open(Purpose::File).await.unwrap();
        let Found::Table(found) = facts(session.as_mut(), &parent).await.unwrap() else { panic!("a table") };
        let keys: Vec<_> = found
            .children
            .iter()
            .map(|key| (key.table.0.clone().unwrap(), key.table.1.as_str(), key.name.as_str(), key.columns.join(",")))
            .collect();
        let expected = [(core.clone(), "own", "mine", "y,x".into()), (format!("{core}-2"), "c#1", "to", "y,x".into())];
        assert_eq!(keys, expected);
        assert_eq!(found.children[1].parent_columns, ["id", "a"]);
        session.close().await;
    }
    seer.close().await;
    fresh.native(&format!("DROP DATABASE `{core}-2`; DROP USER {account}@'%'"));
    bench.close().await;
}

/// MariaDB reads a table's definition when it is asked for by name; asked otherwise, it opens every table that it has.
async fn no_other_table_is_opened_for_it(fresh: Fresh) {
    if fresh.kind != ServerKind::MariaDb {
        return;
    }
    let names: Vec<String> = (0..50).map(|n| format!("c{n}")).collect();
    let child = |name| format!("CREATE TABLE {name} (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id));");
    let many: String = names.iter().map(child).collect();
    let set_up = format!("CREATE TABLE p (id INT PRIMARY KEY);{many} CREATE TABLE alone (id INT PRIMARY KEY)");
    let mut bench = Bench::new(&fresh, &set_up).await;
    fresh.native(&format!("FLUSH TABLES {}", names.join(", ")));
    let opened = async |bench: &mut Bench| {
        bench.ask("SHOW SESSION STATUS LIKE 'Opened_table_definitions'").await[0].get_text(1).parse::<u64>().unwrap()
    };
    let before = opened(&mut bench).await;
    let found = facts(bench.file.as_mut(), &ObjectName::new(ObjectKind::Table, "alone")).await.unwrap();
    assert!(matches!(found, Found::Table(facts) if facts.children.is_empty()));
    let opened = opened(&mut bench).await - before;
    assert!(opened < 50, "{opened} tables were opened to answer for one");
    bench.close().await;
}

on_both_servers!(keys_of_other_schemas_are_found, no_other_table_is_opened_for_it);
