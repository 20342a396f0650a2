//! Errors by category.

use super::values::file_session;
use crate::support::{Fresh, PrivateServer, on_both_servers, on_every_server};
use caribou::database::{ErrorKind, Place, Purpose, Secret, ServerKind, connect};

async fn errors_have_their_category(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session.run("CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)").await.expect("DDL");
    session.run("INSERT INTO t VALUES (1, 1)").await.expect("DML");
    for (sql, kind) in [
        ("CRATE TABLE u (id INT)", ErrorKind::Syntax),
        ("INSERT INTO missing VALUES (1)", ErrorKind::MissingObject),
        ("SELECT missing FROM t", ErrorKind::MissingObject),
        ("DROP TABLE missing", ErrorKind::MissingObject),
        ("CREATE TABLE t (id INT)", ErrorKind::DuplicateObject),
        ("ALTER TABLE t ADD COLUMN n INT", ErrorKind::DuplicateObject),
        ("INSERT INTO t VALUES (1, 2)", ErrorKind::Constraint),
        ("INSERT INTO t VALUES (2, NULL)", ErrorKind::Constraint),
    ] {
        let error = session.run(sql).await.expect_err(sql);
        assert_eq!(error.kind, kind, "{sql}: {error}");
        assert!(error.code.is_some() && error.to_string().starts_with("could not run "), "{error}");
    }
    session.run("INSERT INTO t VALUES (3, 3)").await.expect("the session goes on");
}

async fn a_lock_is_not_awaited_for_long(fresh: Fresh) {
    let mut holder = file_session(&fresh).await;
    holder.run("CREATE TABLE t (id INT)").await.expect("DDL");
    holder.begin().await.expect("begin");
    holder.run("INSERT INTO t VALUES (1)").await.expect("DML");
    let mut session = file_session(&fresh).await;
    let before = std::time::Instant::now();
    let error = session.run("ALTER TABLE t ADD COLUMN a INT").await.expect_err("it is locked");
    assert_eq!(error.kind, ErrorKind::LockWait, "{error}");
    assert!(error.kind.is_transient() && before.elapsed().as_secs() < 30, "{:?}", before.elapsed());
    holder.commit().await.expect("commit");
    session.run("ALTER TABLE t ADD COLUMN a INT").await.expect("it is free");
}

async fn a_deadlock_is_told(fresh: Fresh) {
    let (mut one, mut two) = (file_session(&fresh).await, file_session(&fresh).await);
    one.run("CREATE TABLE t (id INT PRIMARY KEY, n INT)").await.expect("DDL");
    one.run("INSERT INTO t VALUES (1, 1), (2, 2)").await.expect("DML");
    one.begin().await.expect("begin");
    two.begin().await.expect("begin");
    one.run("UPDATE t SET n = 5 WHERE id = 1").await.expect("DML");
    two.run("UPDATE t SET n = 5 WHERE id = 2").await.expect("DML");
    let (first, second) =
        tokio::join!(one.run("UPDATE t SET n = 6 WHERE id = 2"), two.run("UPDATE t SET n = 6 WHERE id = 1"));
    let error = first.err().or(second.err()).expect("one of them is the victim");
    assert_eq!(error.kind, ErrorKind::Deadlock, "{error}");
}

async fn a_wrong_password_is_told_without_it(fresh: Fresh) {
    fresh.native("CREATE USER IF NOT EXISTS guarded@'%' IDENTIFIED BY 'right'");
    let mut target = fresh.target.clone();
    let address = target.address_mut().expect("a server");
    address.user = "guarded".to_owned();
    // MySQL's caching_sha2_password wants TLS or a key exchange for a first login.
    address.tls.mode = caribou::database::SslMode::Preferred;
    address.password = Some(Secret::new("wrong-hunter2"));
    let error = connect(&target).await.expect_err("a wrong password");
    assert_eq!(error.kind, ErrorKind::Auth, "{error}");
    assert!(!format!("{error} {error:?} {target:?}").contains("hunter2"), "{error:?}");
    target.address_mut().expect("a server").password = Some(Secret::new("right"));
    let database = connect(&target).await.expect("the right password");
    assert_eq!(database.account(), "guarded@%");
    let error = database.open(Purpose::File).await.expect_err("no grant on core");
    assert_eq!(error.kind, ErrorKind::Privilege, "{error}");
    database.open(Purpose::Control).await.expect("a session of our own needs no schema");
}

async fn nothing_there_is_a_lost_connection(fresh: Fresh) {
    let mut target = fresh.target.clone();
    target.address_mut().expect("a server").port = 1;
    let error = connect(&target).await.expect_err("nothing listens there");
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{error}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

async fn a_missing_core_schema_is_told(fresh: Fresh) {
    let mut target = fresh.target.clone();
    target.schemas.core = "not_there".to_owned();
    let database = connect(&target).await.expect("the server is there");
    let error = database.open(Purpose::File).await.expect_err("the schema is not");
    assert_eq!(error.kind, ErrorKind::MissingObject, "{error}");
}

async fn readers_cannot_write(fresh: Fresh) {
    let database = fresh.database().await;
    let mut journal = database.open(Purpose::Journal).await.expect("a session");
    let schema = database.schemas().orchestration.clone();
    journal.create_schema(&schema).await.expect("a schema");
    journal.execute(&format!("CREATE TABLE {schema}.j (id INT)"), &[]).await.expect("DDL");
    journal.execute(&format!("INSERT INTO {schema}.j VALUES (?)"), &[1.into()]).await.expect("DML");
    let mut reader = database.open(Purpose::Reader).await.expect("a session");
    let rows = reader.query(&format!("SELECT id FROM {schema}.j"), &[]).await.expect("rows");
    assert_eq!(rows[0].get_i64(0), 1);
    let error = reader.execute(&format!("INSERT INTO {schema}.j VALUES (?)"), &[2.into()]).await;
    assert_eq!(error.map_err(|error| error.kind), Err(ErrorKind::ReadOnly));
}

async fn a_read_only_server_is_told(fresh: Fresh) {
    let server = PrivateServer::own(fresh.kind, &[]);
    server.ask("CREATE USER app@'%' IDENTIFIED BY ''; GRANT ALL ON *.* TO app@'%'").expect("an account");
    let exempt = if fresh.kind == ServerKind::MariaDb { "READ ONLY ADMIN, SUPER" } else { "SUPER, CONNECTION_ADMIN" };
    server.ask(&format!("REVOKE {exempt} ON *.* FROM app@'%'")).expect("revoked");
    let own = Fresh::in_server(&server);
    let mut target = own.target.clone();
    target.address_mut().expect("a server").user = "app".to_owned();
    target.address_mut().expect("a server").tls.mode = caribou::database::SslMode::Preferred;
    let database = connect(&target).await.expect("a connection");
    let mut session = database.open(Purpose::File).await.expect("a session");
    session.run("CREATE TABLE t (id INT)").await.expect("DDL");
    server.ask("SET GLOBAL read_only = 1").expect("frozen");
    let error = session.run("INSERT INTO t VALUES (1)").await.expect_err("it is read only");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::ReadOnly, Some("1290")), "{error}");
    let facts = caribou::database::server_facts(session.as_mut()).await.expect("facts");
    assert!(facts.read_only && facts.refusal().is_some(), "{facts:?}");
}

async fn a_directory_that_cannot_be_made_is_told() {
    let mut target = Fresh::on(ServerKind::Sqlite).target;
    target.place = Place::Sqlite { dir: "/proc/no/such".into() };
    let database = connect(&target).await.expect("nothing is opened yet");
    let error = database.open(Purpose::File).await.expect_err("it cannot be made");
    assert_eq!(error.kind, ErrorKind::Disk, "{error}");
}

#[test]
fn sqlite_needs_a_directory_it_can_make() {
    crate::support::run(a_directory_that_cannot_be_made_is_told());
}

on_every_server!(errors_have_their_category, a_lock_is_not_awaited_for_long, readers_cannot_write);
on_both_servers!(
    a_deadlock_is_told,
    a_wrong_password_is_told_without_it,
    nothing_there_is_a_lost_connection,
    a_missing_core_schema_is_told,
    a_read_only_server_is_told,
);
