//! Columns that are parked instead of dropped, through the real binary.

use crate::support::{Fresh, Project, on_both_servers, run_on};
use caribou::database::{Purpose, ServerKind};

const BEFORE: &str = "CREATE TABLE people (id INT PRIMARY KEY, nick VARCHAR(20) NOT NULL, n INT DEFAULT 7, k INT, KEY by_k (k));\n\
     INSERT INTO people VALUES (1, 'Ada', 1, 1), (2, 'Bob', NULL, 2);\n";
const PARKS: &str = "-- caribou: park=people.nick,people.n\nALTER TABLE people DROP COLUMN nick, DROP COLUMN n;\n";

/// Two batches: the table, and a file that drops columns of it.
fn parked(fresh: &Fresh, configuration: &str) -> Project {
    let project = Project::on(fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    project.configure(configuration);
    project.migration("0002_park.sql", PARKS);
    project.run(&["migrate"]).exits(0);
    project
}

fn roll_back(project: &Project, batch: &str) {
    project.run(&["rollback", "--batch", batch, "--yes", "--reason", "a test"]).exits(0);
    project.run(&["doctor"]).exits(0);
}

fn rows(fresh: &Fresh) -> String {
    fresh.native("SELECT * FROM people ORDER BY id").trim().replace('\t', " ")
}

async fn definition(fresh: &Fresh) -> String {
    let mut session = fresh.database().await.open(Purpose::Control).await.unwrap();
    let object = caribou::sql::ObjectName::new(caribou::sql::ObjectKind::Table, "people");
    let found = session.inspect(&[object]).await.unwrap().remove(0).text.unwrap();
    session.close().await;
    found
}

fn is_there(fresh: &Fresh) -> bool {
    fresh.native("SHOW CREATE TABLE people").contains("parked$")
}

async fn a_parked_column_is_out_of_sight_and_comes_back(fresh: Fresh) {
    // What is parked is not copied: no budget is needed.
    let project = parked(&fresh, "[undo]\nmax_rows = 1");
    assert_eq!(rows(&fresh), "1 1\n2 2");
    assert!(is_there(&fresh) && !definition(&fresh).await.contains("parked$"), "nobody is told");
    let plan = project.run(&["plan"]).exits(0);
    assert!(plan.stdout.contains("0 to run"), "{plan:?}");
    // The application goes on without them.
    fresh.native("INSERT INTO people VALUES (3, 3); UPDATE people SET k = 20 WHERE id = 2");
    roll_back(&project, "2");
    assert_eq!(
        rows(&fresh),
        "1 Ada 1 1\n2 Bob NULL 20\n3  7 3",
        "a row of before, one changed since, one that came since"
    );
    assert!(!is_there(&fresh));
    assert!(definition(&fresh).await.contains("`nick` varchar(20) NOT NULL"));
}

async fn discarded_it_is_gone_and_rows_of_others_still_come_back(fresh: Fresh) {
    let project = parked(&fresh, "");
    project.migration("0003_rows.sql", "DELETE FROM people WHERE id = 1;\nUPDATE people SET k = 9;\n");
    project.run(&["migrate"]).exits(0);
    project.run(&["discard", "2", "--yes", "--reason", "space"]).exits(0);
    assert!(!is_there(&fresh));
    roll_back(&project, "3");
    assert_eq!(rows(&fresh), "1 1\n2 2");
    let blast = project.run(&["rollback", "--batch", "2", "--dry-run"]).exits(0);
    assert!(blast.stdout.contains("CANNOT BE UNDONE"), "{blast:?}");
}

async fn rows_that_come_back_bring_their_parked_values(fresh: Fresh) {
    let project = parked(&fresh, "");
    project.migration("0003_rows.sql", "DELETE FROM people WHERE id = 1;\n");
    project.run(&["migrate"]).exits(0);
    roll_back(&project, "3");
    roll_back(&project, "2");
    assert_eq!(rows(&fresh), "1 Ada 1 1\n2 Bob NULL 2");
}

/// A rollback of a later batch makes a column anew behind the parked one: that one goes back between.
async fn it_comes_back_to_its_place(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration(
        "0001_before.sql",
        "CREATE TABLE people (id INT PRIMARY KEY, k INT, nick VARCHAR(20) NOT NULL, z INT);\n\
         INSERT INTO people VALUES (1, 1, 'Ada', 2);\n",
    );
    project.run(&["migrate"]).exits(0);
    let before = definition(&fresh).await;
    project.migration(
        "0002_park.sql",
        "-- caribou: park=people.nick,people.z\nALTER TABLE people DROP COLUMN z, DROP nick;\n",
    );
    project.run(&["migrate"]).exits(0);
    project.migration("0003_more.sql", "ALTER TABLE people DROP COLUMN k;\n");
    project.run(&["migrate"]).exits(0);
    roll_back(&project, "3");
    roll_back(&project, "2");
    assert_eq!(definition(&fresh).await, before);
    assert_eq!(rows(&fresh), "1 1 Ada 2");
}

/// Personal data: also where the table was put away since.
async fn discarded_it_is_gone_from_a_table_that_was_put_away(fresh: Fresh) {
    let project = parked(&fresh, "");
    project.migration("0003_away.sql", "DROP TABLE people;\n");
    project.run(&["migrate"]).exits(0);
    project.run(&["discard", "2", "--yes", "--reason", "personal data"]).exits(0);
    let undo = &fresh.schemas().undo;
    let left = format!(
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{undo}' AND COLUMN_NAME LIKE 'parked%'"
    );
    assert_eq!(fresh.native(&left).trim(), "0");
    roll_back(&project, "3");
    assert_eq!(rows(&fresh), "1 1\n2 2");
}

/// Neither a rollback script nor a word for what nothing undoes turns it into a column that is dropped.
async fn what_cannot_be_parked_is_not_dropped(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    project.migration("0002_park.rollback.sql", "ALTER TABLE people ADD COLUMN k INT;\n");
    for (park, why) in
        [("people.k", "it is used by a key"), ("people.kk", "no statement of the file drops this column")]
    {
        project.migration("0002_park.sql", format!("-- caribou: park={park}\nALTER TABLE people DROP COLUMN k;\n"));
        let ran = project.run(&["migrate", "--accept-irreversible"]).exits(1);
        assert!(ran.stdout.contains(why), "{ran:?}");
        assert_eq!(rows(&fresh), "1 Ada 1 1\n2 Bob NULL 2");
    }
}

async fn when_its_time_is_over_it_goes(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    project.configure("[undo]\nkeep_for = \"1ms\"");
    project.migration("0002_park.sql", PARKS);
    project.run(&["migrate"]).exits(0);
    assert!(!is_there(&fresh));
    let events = project.run(&["events", "--batch", "2"]).exits(0);
    assert!(events.stdout.contains("the time for which it was kept is over"), "{events:?}");
    project.run(&["doctor"]).exits(0);
}

async fn what_cannot_be_parked_is_refused_before_a_batch_exists(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    for (drops, why) in [
        ("DROP COLUMN nick, ADD COLUMN x INT", "does nothing else"),
        ("DROP COLUMN k", "people.k cannot be parked: it is used by a key"),
    ] {
        project.migration(
            "0002_park.sql",
            format!("-- caribou: park=people.nick,people.k\nALTER TABLE people {drops};\n"),
        );
        let ran = project.run(&["migrate"]).exits(2);
        assert!(ran.stderr.contains(why) || ran.stdout.contains(why), "{drops}: {ran:?}");
    }
    project.migration("0002_park.sql", "-- caribou: park=nick\nALTER TABLE people DROP COLUMN nick;\n");
    let ran = project.run(&["plan"]).exits(2);
    assert!(ran.stderr.contains("table.column"), "{ran:?}");
    assert_eq!(rows(&fresh), "1 Ada 1 1\n2 Bob NULL 2");
}

on_both_servers!(
    a_parked_column_is_out_of_sight_and_comes_back,
    discarded_it_is_gone_and_rows_of_others_still_come_back,
    rows_that_come_back_bring_their_parked_values,
    it_comes_back_to_its_place,
    discarded_it_is_gone_from_a_table_that_was_put_away,
    what_cannot_be_parked_is_not_dropped,
    when_its_time_is_over_it_goes,
    what_cannot_be_parked_is_refused_before_a_batch_exists,
);

/// SQLite has no invisible columns: the values are copied.
#[test]
fn sqlite_copies_instead() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let project = Project::on(&fresh);
        project.migration(
            "0001_before.sql",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);\nINSERT INTO t VALUES (1, 5);\n",
        );
        project.run(&["migrate"]).exits(0);
        project.migration("0002_park.sql", "-- caribou: park=t.a\nALTER TABLE t DROP COLUMN a;\n");
        project.run(&["migrate"]).exits(0);
        roll_back(&project, "2");
        let mut session = fresh.database().await.open(Purpose::File).await.unwrap();
        assert_eq!(session.query("SELECT a FROM t", &[]).await.unwrap()[0].get_i64(0), 5);
        session.close().await;
    });
}
