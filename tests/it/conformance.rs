//! One interface, three servers: what every server must do alike.

use crate::support::{Fresh, on_every_server};
use caribou::database::{ErrorKind, Purpose, Value};

async fn connects_and_says_what_it_is(fresh: Fresh) {
    let database = fresh.database().await;
    assert_eq!(database.kind(), fresh.kind);
    assert!(database.version().contains('.'), "{}", database.version());
    let mut session = database.open(Purpose::File).await.expect("a session");
    session.run("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(100))").await.expect("DDL");
    session.run("INSERT INTO t VALUES (1, 'a'), (2, 'b')").await.expect("DML");
    let rows = session.query("SELECT id, name FROM t WHERE id > ?", &[Value::Int(1)]).await.expect("rows");
    assert_eq!((rows[0].get_i64(0), rows[0].get_text(1)), (2, "b".to_owned()));
    let error = session.run("CREATE TABLE t (id INT)").await.expect_err("it is there");
    assert_eq!(error.kind, ErrorKind::DuplicateObject);
}

on_every_server!(connects_and_says_what_it_is);
