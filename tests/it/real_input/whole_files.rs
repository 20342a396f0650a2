//! SQLite: the pieces of every file, run one by one, do what SQLite itself does with the whole file, which it cuts by
//! its own parser. Both stop at the first error of a file.

use super::collections::{File, collection};
use super::picture::{Picture, Shown, differences};
use crate::support::Fresh;
use crate::support::packages::say;
use caribou::database::Purpose;
use caribou::sql::{Dialect, statements};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::path::Path;

async fn open(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
    options.disable_statement_logging().connect().await.expect("it opens")
}

/// Gives the whole file to SQLite; the error at which it stopped.
pub async fn natively(path: &Path, file: &File) -> Option<String> {
    let mut connection = open(path).await;
    let done = sqlx::raw_sql(AssertSqlSafe(file.text.clone())).execute(&mut connection).await;
    connection.close().await.expect("it closes");
    match done {
        Ok(_) => None,
        Err(sqlx::Error::Database(error)) => Some(error.message().to_owned()),
        Err(other) => panic!("{}: {other}", file.name),
    }
}

/// Takes the picture of a SQLite file.
pub async fn picture(path: &Path) -> Picture {
    let mut connection = open(path).await;
    let mut picture = Picture::new();
    let query = "SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name";
    let objects = connection.fetch_all(query).await.expect("the schema");
    for row in objects {
        let (kind, name, sql): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        if kind == "table" && !sql.to_uppercase().contains("VIRTUAL") {
            picture.insert(format!("rows of {name}"), Shown::plain(&rows(&mut connection, &name).await, ""));
        }
        picture.insert(format!("{kind} {name}"), Shown::plain(&sql, ""));
    }
    connection.close().await.expect("it closes");
    picture
}

async fn rows(connection: &mut SqliteConnection, table: &str) -> String {
    let query = format!("SELECT name FROM pragma_table_info('{}')", table.replace('\'', "''"));
    let columns = connection.fetch_all(AssertSqlSafe(query)).await.expect("the columns");
    let quoted: Vec<String> = columns.iter().map(|row| format!("quote(\"{}\")", row.get::<String, _>(0))).collect();
    let query = format!("SELECT {} FROM \"{table}\"", quoted.join(" || ', ' || "));
    let rows = connection.fetch_all(AssertSqlSafe(query)).await.expect("the rows");
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

/// Runs a file's statements one by one; the error at which it stopped.
async fn piecewise(fresh: &Fresh, file: &File) -> (usize, Option<String>) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    let statements = statements(&file.text, Dialect::Sqlite).expect("it can be split");
    let mut refused = None;
    for statement in &statements {
        if let Err(error) = session.run(&statement.sql).await {
            refused = Some(error.message);
            break;
        }
    }
    session.close().await;
    database.close().await;
    (statements.len(), refused)
}

pub async fn the_same_as_sqlite_itself(fresh: Fresh, name: &'static str) {
    let Some(files) = collection(name).read() else { return };
    let dir = fresh.sqlite_dir().expect("a directory");
    let native = dir.with_extension("native");
    let (mut wrong, mut refusals, mut total) = (Vec::new(), 0, 0);
    for file in &files {
        let expected = natively(&native, file).await;
        let (statements, refused) = piecewise(&fresh, file).await;
        total += statements;
        refusals += usize::from(refused.is_some());
        if expected != refused {
            wrong.push(format!("{}: refused\n  native: {expected:?}\n  ours:   {refused:?}", file.name));
        }
    }
    let expected = picture(&native).await;
    wrong.extend(differences(&expected, &picture(&dir.join("core.db")).await));
    say(&format!(
        "real input: {name} on sqlite, statement by statement: {} files, {total} statements, {refusals} files refused \
         by both, {} objects, {} differences",
        files.len(),
        expected.len(),
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{name} on sqlite:\n{}", wrong.join("\n"));
}

stories_on_sqlite!(crate::real_input::whole_files::the_same_as_sqlite_itself);

#[test]
fn a_table_that_core_lacks_is_not_looked_for_in_the_ephemeral_schema() {
    crate::real_input::tell(caribou::database::ServerKind::Sqlite, |fresh| async move {
        let database = fresh.database().await;
        let ephemeral = &fresh.schemas().ephemeral;
        let mut ours = database.open(Purpose::Control).await.expect("a session");
        ours.create_schema(ephemeral).await.expect("it is made");
        ours.execute(&format!("CREATE TABLE {ephemeral}.sessions (id INTEGER)"), &[]).await.expect("it is made");
        let mut file = database.open(Purpose::File).await.expect("a session");
        let error = file.run("DELETE FROM sessions").await.expect_err("natively there is none");
        assert_eq!(error.message, "no such table: sessions");
        file.run("DROP TABLE IF EXISTS sessions").await.expect("nothing to drop");
        let left = ours.relations(ephemeral).await.expect("tables");
        assert_eq!(left.len(), 1, "{left:?}");
    });
}
