//! What others add or change while a file stands, or while its undo is held, is never taken away unsaid: it stays and is
//! told, or somebody decides.

use crate::support::{Fresh, Project, Ran, on_both_servers, on_every_server};
use caribou::database::{Purpose, ServerKind};
use caribou::sql::{ObjectKind, ObjectName};

/// How an object is defined; empty where it is not there.
async fn definition(fresh: &Fresh, kind: ObjectKind, name: &str) -> String {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.unwrap();
    session.use_schema(&database.schemas().core).await.unwrap();
    let found = session.inspect(&[ObjectName::new(kind, name)]).await.unwrap();
    session.close().await;
    found.into_iter().next().and_then(|one| one.text).unwrap_or_default()
}

const BEFORE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b VARCHAR(9));\n\
    INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y');\n\
    CREATE TABLE u (id INTEGER PRIMARY KEY, a INT);\n\
    CREATE VIEW v AS SELECT id FROM t;\n";

/// A file, with its rollback script or without; what others do once it has run; and what of theirs is to be seen in the
/// definition of a table afterwards.
struct Story {
    up: &'static str,
    down: Option<&'static str>,
    theirs: &'static str,
    table: &'static str,
    stays: &'static str,
    told: &'static str,
}

const fn derived(up: &'static str, theirs: &'static str, [table, stays, told]: [&'static str; 3]) -> Story {
    Story { up, down: None, theirs, table, stays, told }
}

const ADDED: [&str; 3] = ["t", "theirs", "the column theirs of table t was added"];

const EVERYWHERE: &[Story] = &[
    derived("ALTER TABLE t ADD COLUMN x INT;\n", "ALTER TABLE t ADD COLUMN theirs INT", ADDED),
    derived(
        "ALTER TABLE t ADD COLUMN x INT;\n",
        "CREATE INDEX theirs ON t (a)",
        ["t", "theirs", "the index theirs of table t was added"],
    ),
    derived("ALTER TABLE t DROP COLUMN b;\n", "ALTER TABLE t ADD COLUMN theirs INT", ADDED),
    derived(
        "ALTER TABLE t RENAME COLUMN a TO z;\nALTER TABLE u ADD COLUMN x INT;\n",
        "ALTER TABLE u ADD COLUMN theirs INT",
        ["u", "theirs", "the column theirs of table u was added"],
    ),
    Story {
        up: "ALTER TABLE t ADD COLUMN x INT;\n",
        down: Some("ALTER TABLE t DROP COLUMN x;\n"),
        theirs: "ALTER TABLE t ADD COLUMN theirs INT",
        table: "t",
        stays: "theirs",
        told: ADDED[2],
    },
    // The script is wrong, so that the rest is derived from what stands.
    Story {
        up: "ALTER TABLE t ADD COLUMN x INT;\nALTER TABLE u ADD COLUMN y INT;\n",
        down: Some("ALTER TABLE t DROP COLUMN x;\n"),
        theirs: "ALTER TABLE u ADD COLUMN theirs INT",
        table: "u",
        stays: "theirs",
        told: "the column theirs of table u was added",
    },
];

const ON_SERVERS: &[Story] = &[
    derived(
        "ALTER TABLE t ADD COLUMN x INT, DROP COLUMN b;\n",
        "ALTER TABLE t COMMENT = 'theirs'",
        ["t", "COMMENT='theirs'", "the option COMMENT of table t was added"],
    ),
    derived(
        "ALTER TABLE t ADD COLUMN x INT;\n",
        "ALTER TABLE t ADD CONSTRAINT theirs CHECK (a > 0)",
        ["t", "theirs", "the constraint theirs of table t was added"],
    ),
    derived(
        "ALTER TABLE t MODIFY b VARCHAR(20);\n",
        "ALTER TABLE t MODIFY a BIGINT",
        ["t", "`a` bigint", "the column a of table t was changed"],
    ),
    derived(
        "RENAME TABLE u TO w;\n",
        "ALTER TABLE w ADD COLUMN theirs INT",
        ["u", "theirs", "the column theirs of table"],
    ),
    Story {
        up: "ALTER TABLE t ADD COLUMN x INT, ADD KEY k (a);\n",
        down: Some("ALTER TABLE t DROP KEY k;\n"),
        theirs: "ALTER TABLE t ADD COLUMN theirs INT, ADD KEY k2 (b)",
        table: "t",
        stays: "k2",
        told: "the index k2 of table t was added",
    },
];

async fn what_others_add_stays_and_is_told(shared: Fresh) {
    let of_servers = ON_SERVERS.iter().filter(|_| shared.kind != ServerKind::Sqlite);
    for story in EVERYWHERE.iter().chain(of_servers) {
        let Story { up, down, theirs, table, stays, told } = story;
        let fresh = Fresh::on(shared.kind);
        let project = Project::on(&fresh);
        fresh.sql(BEFORE).await;
        let before = definition(&fresh, ObjectKind::Table, table).await;
        project.migration("0001_t.sql", up);
        if let Some(down) = down {
            project.migration("0001_t.rollback.sql", down);
        }
        project.run(&["migrate", "--accept-irreversible"]).exits(0);
        fresh.sql(theirs).await;
        let would = project.run(&["rollback", "--dry-run"]).exits(0).stdout;
        assert!(would.contains("LEFT ALONE: ") && would.contains(told), "{up}: {would}");
        let ran = project.run(&["rollback", "--class", "A", "--yes", "--reason", "back"]);
        let after = definition(&fresh, ObjectKind::Table, table).await;
        assert!(after.contains(stays) && after != before, "{up}: {after}\n{ran:?}");
        assert_eq!(ran.code, Some(3), "{up}: {ran:?}");
        assert!(ran.stdout.contains(told) && !ran.stdout.contains("and verified"), "{up}: {ran:?}");
        let status = project.run(&["status", "--batch", "1"]).stdout;
        assert!(status.contains(told), "{up}: {status}");
        for name in ["t", "u"] {
            let columns = definition(&fresh, ObjectKind::Table, name).await;
            assert!(
                ![" x ", "`x`", "`y`", ",x INT", ",y INT"].iter().any(|ours| columns.contains(ours)),
                "{up}: {columns}"
            );
        }
        fresh.drop_schemas();
    }
}

/// What stands on a table that gets another name.
const STANDING: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT);\n\
    CREATE TABLE c (id INT PRIMARY KEY, p INT, q INT, CONSTRAINT k FOREIGN KEY (p) REFERENCES t (id));\n\
    CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;\n";

/// Things that others do while the table has its other name; the object, what is to be seen of it once the table has its
/// name back, and what is told.
const BESIDE_A_RENAME: &[(&str, ObjectKind, &str, &str, &str)] = &[
    (
        "ALTER TABLE c ADD CONSTRAINT theirs FOREIGN KEY (q) REFERENCES w (id)",
        ObjectKind::Table,
        "c",
        "CONSTRAINT `theirs` FOREIGN KEY (`q`) REFERENCES `t` (`id`)",
        "the constraint theirs of table c was added",
    ),
    (
        "ALTER TABLE c DROP FOREIGN KEY k",
        ObjectKind::Table,
        "c",
        "KEY `k` (`p`)\n)",
        "the constraint k of table c was dropped",
    ),
    (
        "ALTER TABLE c DROP FOREIGN KEY k; ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES w (id) ON DELETE CASCADE",
        ObjectKind::Table,
        "c",
        "REFERENCES `t` (`id`) ON DELETE CASCADE",
        "the constraint k of table c was changed",
    ),
    (
        "DROP TRIGGER g; CREATE TRIGGER g BEFORE INSERT ON w FOR EACH ROW SET NEW.a = 7",
        ObjectKind::Trigger,
        "g",
        "ON `t` FOR EACH ROW SET NEW.a = 7",
        "the trigger g was changed",
    ),
];

/// Foreign keys and triggers follow a table to its other name and back: that is ours, and nobody is told of it. What
/// somebody does to them meanwhile is theirs.
async fn what_others_do_beside_a_rename_is_told_from_what_follows_it(shared: Fresh) {
    let back = ["rollback", "--class", "A", "--yes", "--reason", "back"];
    for up in ["RENAME TABLE t TO w;\n", "ALTER TABLE t RENAME TO w;\nALTER TABLE w RENAME COLUMN id TO num;\n"] {
        let fresh = Fresh::on(shared.kind);
        let project = Project::on(&fresh);
        fresh.sql(STANDING).await;
        project.migration("0001_t.sql", up);
        project.run(&["migrate"]).exits(0);
        let would = project.run(&["rollback", "--dry-run"]).exits(0).stdout;
        assert!(!would.contains("LEFT ALONE") && !would.contains("of others"), "{up}: {would}");
        let ran = project.run(&back).exits(0);
        assert!(ran.stdout.contains("and verified"), "{up}: {ran:?}");
        fresh.drop_schemas();
    }
    for (theirs, kind, name, stays, told) in BESIDE_A_RENAME {
        let fresh = Fresh::on(shared.kind);
        let project = Project::on(&fresh);
        fresh.sql(STANDING).await;
        project.migration("0001_t.sql", "RENAME TABLE t TO w;\n");
        project.run(&["migrate"]).exits(0);
        fresh.sql(theirs).await;
        let would = project.run(&["rollback", "--dry-run"]).exits(0).stdout;
        assert!(would.contains("LEFT ALONE: ") && would.contains(told), "{theirs}: {would}");
        let ran = project.run(&back);
        let after = definition(&fresh, *kind, name).await;
        assert!(after.contains(stays), "{theirs}: {after}\n{ran:?}");
        assert!(ran.code == Some(3) && ran.stdout.contains(told), "{theirs}: {ran:?}");
        assert!(!definition(&fresh, ObjectKind::Table, "t").await.is_empty(), "{theirs}");
        fresh.drop_schemas();
    }
}

/// Rows go back into a table that has more columns by now.
async fn rows_go_back_beside_a_new_column(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(BEFORE).await;
    project.migration("0001_t.sql", "UPDATE t SET a = 7;\n");
    project.run(&["migrate"]).exits(0);
    fresh.sql("ALTER TABLE t ADD COLUMN theirs INT").await;
    project.run(&["rollback", "--class", "A", "--yes", "--reason", "back"]).exits(0);
    assert!(definition(&fresh, ObjectKind::Table, "t").await.contains("theirs"));
    let mut session = fresh.database().await.open(Purpose::File).await.unwrap();
    let sum = session.query_text("SELECT SUM(a) FROM t").await.unwrap();
    session.close().await;
    assert_eq!(sum[0].get_text(0), "3");
}

/// What others put on a table that the file made would go with it.
async fn what_would_go_with_a_table_waits_for_a_decision(shared: Fresh) {
    let trigger = match shared.kind {
        ServerKind::Sqlite => "CREATE TRIGGER theirs AFTER INSERT ON n BEGIN UPDATE t SET a = 1; END",
        ServerKind::MariaDb | ServerKind::MySql => {
            "CREATE TRIGGER theirs BEFORE INSERT ON n FOR EACH ROW SET NEW.a = 1"
        }
    };
    let all = [
        "ALTER TABLE n ADD COLUMN theirs INT",
        "CREATE INDEX theirs ON n (a)",
        trigger,
        "CREATE VIEW theirs AS SELECT id FROM n",
        "CREATE TABLE theirs (id INTEGER PRIMARY KEY, p INTEGER, FOREIGN KEY (p) REFERENCES n (id))",
    ];
    for theirs in all {
        let fresh = Fresh::on(shared.kind);
        let project = Project::on(&fresh);
        fresh.sql(BEFORE).await;
        project.migration("0001_n.sql", "CREATE TABLE n (id INTEGER PRIMARY KEY, a INT);\n");
        project.run(&["migrate"]).exits(0);
        fresh.sql(theirs).await;
        let would = project.run(&["rollback", "--dry-run"]).exits(0).stdout;
        assert!(would.contains("LOST, of others: ") && would.contains("theirs"), "{theirs}: {would}");
        let back = ["rollback", "--class", "A", "--yes", "--reason", "back"];
        let ran = project.run(&back).exits(4);
        assert!(ran.stderr.contains("theirs") && ran.stderr.contains("--accept-loss"), "{theirs}: {ran:?}");
        assert!(!definition(&fresh, ObjectKind::Table, "n").await.is_empty(), "{theirs}");
        project.run(&[&back[..], &["--accept-loss"]].concat()).exits(0);
        assert!(definition(&fresh, ObjectKind::Table, "n").await.is_empty(), "{theirs}");
        fresh.drop_schemas();
    }
}

/// What another file of the batch has made on a table is nobody's loss: it goes before.
async fn what_later_files_made_is_not_others(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(BEFORE).await;
    let trigger = match fresh.kind {
        ServerKind::Sqlite => {
            "CREATE TRIGGER g AFTER INSERT ON n BEGIN UPDATE t SET a = 1; END;
"
        }
        ServerKind::MariaDb | ServerKind::MySql => {
            "CREATE TRIGGER g BEFORE INSERT ON n FOR EACH ROW SET NEW.a = 1;
"
        }
    };
    project
        .migration(
            "0001_n.sql",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a INT);
ALTER TABLE t ADD COLUMN x INT;
",
        )
        .migration(
            "0002_n.sql",
            "CREATE INDEX i ON n (a);
ALTER TABLE t ADD COLUMN y INT;
",
        )
        .migration("0003_g.sql", trigger)
        .migration(
            "0004_v.sql",
            "CREATE VIEW w AS SELECT id FROM n;
",
        )
        .migration(
            "0005_k.sql",
            "CREATE TABLE k (id INTEGER PRIMARY KEY, p INTEGER, FOREIGN KEY (p) REFERENCES n (id));
",
        );
    project.run(&["migrate"]).exits(0);
    let would = project.run(&["rollback", "--dry-run"]).exits(0).stdout;
    assert!(!would.contains("of others") && !would.contains("LEFT ALONE"), "{would}");
    let ran = project.run(&["rollback", "--class", "A", "--yes", "--reason", "back"]).exits(0);
    assert!(ran.stdout.contains("and verified"), "{ran:?}");
}

/// Of the same part nobody can say which of both is to stand.
async fn what_both_have_changed_waits_for_a_decision(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(BEFORE).await;
    project.migration("0001_t.sql", "ALTER TABLE t MODIFY a BIGINT;\n");
    project.run(&["migrate"]).exits(0);
    fresh.sql("ALTER TABLE t MODIFY a VARCHAR(40)").await;
    let back = ["rollback", "--class", "A", "--yes", "--reason", "back"];
    let ran = project.run(&back).exits(4);
    assert!(ran.stderr.contains("the column a of table t was changed"), "{ran:?}");
    project.run(&[&back[..], &["--accept-loss"]].concat()).exits(0);
    assert!(definition(&fresh, ObjectKind::Table, "t").await.contains("`a` int"), "it is as before");
}

/// A table is emptied by putting an empty twin in its place, which goes when the full one comes back.
async fn what_others_add_to_an_empty_twin_waits_for_a_decision(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(BEFORE).await;
    project.migration("0001_t.sql", "TRUNCATE TABLE t;\n");
    project.run(&["migrate"]).exits(0);
    fresh.sql("ALTER TABLE t ADD COLUMN theirs INT").await;
    let ran = project.run(&["rollback", "--class", "A", "--yes", "--reason", "back"]).exits(4);
    assert!(ran.stderr.contains("theirs"), "{ran:?}");
    assert!(definition(&fresh, ObjectKind::Table, "t").await.contains("theirs"));
}

/// The worker dies at every moment of a file that fails and is undone; others use the time. Whoever goes on leaves
/// theirs alone, and says so.
async fn what_others_add_while_nobody_works_stays(shared: Fresh) {
    for moment in ["after_statement", "during"] {
        for nth in 1..=7 {
            let fresh = Fresh::on(shared.kind);
            let project = Project::on(&fresh);
            fresh.sql(BEFORE).await;
            let file = "ALTER TABLE t ADD COLUMN x INT;\nALTER TABLE u ADD COLUMN y INT;\nALTER TABLE t ADD COLUMN z \
                        INT;\nINSERT INTO no_such_table VALUES (1);\n";
            project.migration("0001_t.sql", file);
            let mut first = project.command(&["migrate"]);
            let first: Ran = first.env("CARIBOU_FAULT", format!("{moment}:{nth}")).output().expect("it runs").into();
            if first.code.is_some() {
                continue;
            }
            fresh.sql("ALTER TABLE t ADD COLUMN theirs INT; ALTER TABLE u ADD COLUMN theirs INT").await;
            let ran = project.run(&["migrate"]);
            let all = format!("{moment}:{nth}: {first:?}\n{ran:?}");
            for table in ["t", "u"] {
                let now = definition(&fresh, ObjectKind::Table, table).await;
                assert!(now.contains("theirs"), "{now} {all}");
            }
            let told = ran.stdout.contains("the column theirs of table t was added");
            // On SQLite nothing was committed before: the file begins anew, and what stands then stood before it.
            assert!(told || ran.code != Some(1) || shared.kind == ServerKind::Sqlite, "{all}");
            fresh.drop_schemas();
        }
    }
}

on_every_server!(
    what_others_add_stays_and_is_told,
    rows_go_back_beside_a_new_column,
    what_would_go_with_a_table_waits_for_a_decision,
    what_later_files_made_is_not_others,
    what_others_add_while_nobody_works_stays,
);
on_both_servers!(
    what_others_do_beside_a_rename_is_told_from_what_follows_it,
    what_both_have_changed_waits_for_a_decision,
    what_others_add_to_an_empty_twin_waits_for_a_decision,
);
