//! Statements and values.

use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::database::{ErrorKind, Packet, Purpose, Session, Value};
use caribou::sql::{ObjectKind, ObjectName, quote_name};

pub(super) async fn file_session(fresh: &Fresh) -> Box<dyn Session> {
    fresh.database().await.open(Purpose::File).await.expect("a file session")
}

async fn connects_and_says_what_it_is(fresh: Fresh) {
    let database = fresh.database().await;
    assert_eq!(database.kind(), fresh.kind);
    assert!(database.version().split('.').count() >= 3, "{}", database.version());
    assert!(!database.account().is_empty());
    assert!(database.label().contains(':'), "{}", database.label());
    let one = database.open(Purpose::File).await.expect("a session");
    let other = database.open(Purpose::Journal).await.expect("a session");
    assert_ne!(one.connection_id(), other.connection_id());
}

async fn statements_run_and_count_their_rows(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session.run("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(100));").await.expect("DDL");
    assert_eq!(session.run("INSERT INTO t VALUES (1, 'a'), (2, 'b')").await.expect("DML").rows_affected, 2);
    assert_eq!(session.run("CREATE TABLE u (id BIGINT)").await.expect("DDL").rows_affected, 0);
    assert_eq!(session.run("DELETE FROM t WHERE id = 7").await.expect("DML").rows_affected, 0);
    assert_eq!(session.run("SELECT * FROM t").await.expect("a query").rows_returned, 2);
    assert_eq!(session.execute("UPDATE t SET name = ? WHERE id = ?", &["c".into(), 2.into()]).await, Ok(1));
    let rows = session.query("SELECT id, name FROM t WHERE id > ?", &[Value::Int(1)]).await.expect("rows");
    assert_eq!((rows[0].get_i64(0), rows[0].get_text(1)), (2, "c".to_owned()));
    session.run("DROP TABLE t").await.expect("DDL");
}

async fn values_come_back_as_they_went(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    let (text, blob) = match fresh.kind {
        caribou::database::ServerKind::Sqlite => ("TEXT", "BLOB"),
        _ => ("LONGTEXT", "LONGBLOB"),
    };
    session
        .run(&format!(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n BIGINT, r DOUBLE, w {text}, b {blob}, d DECIMAL(30, 2))"
        ))
        .await
        .expect("DDL");
    let large = "x🦌".repeat(300_000);
    let insert = "INSERT INTO t (id, n, r, w, b, d) VALUES (?, ?, ?, ?, ?, ?)";
    let rows: [[Value; 6]; 3] = [
        [
            1.into(),
            i64::MIN.into(),
            0.5.into(),
            "Ünïcode 🦌 \\ ' \" \0 end".into(),
            vec![0u8, 255, 39].into(),
            12.into(),
        ],
        [2.into(), Value::Null, Value::Null, Value::Null, Value::Null, Value::Null],
        [3.into(), i64::MAX.into(), (-1.5).into(), large.clone().into(), vec![7u8; 1_500_000].into(), 0.into()],
    ];
    for row in &rows {
        assert_eq!(session.execute(insert, row).await, Ok(1));
    }
    let found = session.query("SELECT n, r, w, b, d FROM t ORDER BY id", &[]).await.expect("rows");
    assert_eq!(found[0].get(0), &rows[0][1]);
    assert_eq!(found[0].get(1), &rows[0][2]);
    assert_eq!(found[0].get(2), &rows[0][3]);
    assert_eq!(found[0].get(3), &rows[0][4]);
    assert_eq!(found[0].get_i64(4), 12);
    assert!((0..5).all(|column| found[1].get(column) == &Value::Null), "{:?}", found[1]);
    assert_eq!((found[2].get_i64(0), found[2].get_text(2) == large), (i64::MAX, true));
    assert_eq!(found[2].get_bytes(3).len(), 1_500_000);
}

/// All of a packet or none, and whatever the session's modes and character set: a journal's is written in one text.
async fn a_packet_is_committed_whole(fresh: Fresh) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Journal).await.expect("a session");
    let family = session.kind() != caribou::database::ServerKind::Sqlite;
    // Each kind has its own schema at hand in such a session.
    let schemas = database.schemas();
    let schema = if family { &schemas.core } else { &schemas.orchestration };
    let table = ObjectName::qualified(ObjectKind::Table, schema, "why?`'");
    let table = quote_name(&table, fresh.kind.dialect()).expect("a name");
    let (text, blob) = if family { ("LONGTEXT", "LONGBLOB") } else { ("TEXT", "BLOB") };
    let create = format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY, n BIGINT, r DOUBLE, w {text}, b {blob})");
    session.execute(&create, &[]).await.expect("DDL");
    let hostile = "Ünïcode 🦌 \\\\' OR '1'='1\"; DROP TABLE x; -- \0 ? end\\";
    let large = "🦌".repeat(100_000);
    let row = |id: i64, text: &str| -> Vec<Value> {
        vec![id.into(), i64::MIN.into(), (-0.1).into(), text.into(), vec![0u8, 39, 92, 255].into()]
    };
    let insert = format!("INSERT INTO {table} (id, n, r, w, b) VALUES (?, ?, ?, ?, ?)");
    if family {
        session.query_text("SET autocommit = 0").await.expect("as the journal has it");
    }
    let modes = ["", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES"];
    for (id, mode) in (0..).zip(if family { &modes[..] } else { &modes[..1] }) {
        if family {
            session.query_text(&format!("SET SESSION sql_mode = '{mode}'")).await.expect("a mode");
        }
        let mut packet = Packet::default();
        packet.add(insert.as_str(), row(id * 10 + 1, hostile));
        packet.add(insert.as_str(), row(id * 10 + 2, ""));
        packet.add(insert.as_str(), row(id * 10 + 3, &large));
        packet
            .add(format!("UPDATE {table} SET n = NULL WHERE w = ? AND id = ?"), [hostile.into(), (id * 10 + 1).into()]);
        session.commit_all(&packet).await.expect("a packet");
    }
    // The second statement is refused: nothing of the packet stays.
    let mut packet = Packet::default();
    packet.add(insert.as_str(), row(100, "first"));
    packet.add(insert.as_str(), row(1, "taken"));
    packet.add(insert.as_str(), row(101, "never"));
    assert_eq!(session.commit_all(&packet).await.expect_err("a key that is taken").kind, ErrorKind::Constraint);
    session.rollback().await.expect("it ends");
    let found = session.query(&format!("SELECT id, n, r, w, b FROM {table} ORDER BY id"), &[]).await.expect("rows");
    assert_eq!(found.len(), if family { 6 } else { 3 });
    for three in found.chunks(3) {
        assert_eq!((three[0].get(1), three[0].get_text(3)), (&Value::Null, hostile.to_owned()));
        assert_eq!((three[1].get_i64(1), three[1].get_text(3)), (i64::MIN, String::new()));
        assert_eq!((three[2].get_f64(2), three[2].get_text(3) == large), (-0.1, true));
        assert_eq!(three[2].get_bytes(4), vec![0, 39, 92, 255]);
    }
    session.execute(&format!("DROP TABLE {table}"), &[]).await.expect("DDL");
}

async fn a_text_of_a_file_may_be_large(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session.run("CREATE TABLE t (w TEXT)").await.expect("DDL");
    let rows = vec!["('semicolons; and 🦌')"; 100_000].join(", ");
    let done = session.run(&format!("INSERT INTO t VALUES {rows}")).await.expect("a large statement");
    assert_eq!(done.rows_affected, 100_000);
}

async fn unsigned_numbers_and_server_types_are_read(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session
        .run(
            "CREATE TABLE t (u BIGINT UNSIGNED, j JSON, e ENUM('a', 'b'), y YEAR, m DATETIME(3), d DATE, \
             h TIME, f FLOAT, s CHAR(3), v VARBINARY(9), g TINYINT(1))",
        )
        .await
        .expect("DDL");
    session
        .run(
            "INSERT INTO t VALUES (18446744073709551615, '{\"a\": 1}', 'b', 2026, '2026-11-22 05:06:07.089', \
             '2026-11-22', '-26:03:04', 1.5, 'abc', x'00ff', 1)",
        )
        .await
        .expect("a row");
    for answer in [session.query("SELECT * FROM t", &[]).await, session.query_text("SELECT * FROM t").await] {
        let row = answer.expect("rows").remove(0);
        assert_eq!(row.get_u64(0), u64::MAX);
        assert_eq!(row.get_text(1).replace(' ', ""), "{\"a\":1}");
        assert_eq!((row.get_text(2), row.get_i64(3)), ("b".to_owned(), 2026));
        assert!(row.get_text(4).starts_with("2026-11-22 05:06:07.089"), "{row:?}");
        assert_eq!((row.get_text(5), row.get_text(6)), ("2026-11-22".to_owned(), "-26:03:04".to_owned()));
        assert_eq!((row.get_f64(7), row.get_text(8), row.get_bytes(9)), (1.5, "abc".to_owned(), vec![0, 255]));
        assert!(row.get_bool(10));
    }
}

async fn two_statements_in_one_text_are_refused(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session.run("CREATE TABLE t (w VARCHAR(100))").await.expect("DDL");
    for text in [
        "INSERT INTO t VALUES ('a'); DROP TABLE t",
        "INSERT INTO t VALUES (';'); INSERT INTO t VALUES ('b')",
        "CREATE TABLE u (id INT); DROP TABLE t;",
        "SELECT 1; -- and\n DROP TABLE t",
    ] {
        let error = session.run(text).await.expect_err(text);
        assert_eq!(error.kind, ErrorKind::Syntax, "{error}");
    }
    assert_eq!(session.run("SELECT * FROM t").await.expect("it is still there").rows_returned, 0);
    session.run("INSERT INTO t VALUES ('one; statement') ;").await.expect("one statement");
    session.run("INSERT INTO t VALUES ('two') /* ; */").await.expect("one statement");
}

async fn bodies_with_semicolons_are_one_statement(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session.run("CREATE TABLE t (id INT)").await.expect("DDL");
    for head in [
        "CREATE PROCEDURE p()",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO",
    ] {
        let one = format!("{head} BEGIN SET @a = 1; SET @b = 2; END");
        let error = session.run(&format!("{one}; DROP TABLE t")).await.expect_err(&one);
        assert_eq!(error.kind, ErrorKind::Syntax, "{error}");
        session.run(&one).await.unwrap_or_else(|error| panic!("{error}"));
    }
    session.run("CALL p()").await.expect("the procedure runs");
    assert_eq!(session.run("SELECT @b = 2, 'x;y' FROM t").await.expect("t is there").rows_returned, 0);
}

async fn transactions_commit_and_roll_back(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session.run("CREATE TABLE t (id INT)").await.expect("DDL");
    session.begin().await.expect("begin");
    session.run("INSERT INTO t VALUES (1)").await.expect("DML");
    session.rollback().await.expect("rollback");
    session.begin().await.expect("begin");
    session.run("INSERT INTO t VALUES (2)").await.expect("DML");
    session.commit().await.expect("commit");
    let mut other = file_session(&fresh).await;
    let rows = other.query("SELECT id FROM t", &[]).await.expect("rows");
    assert_eq!(rows.iter().map(|row| row.get_i64(0)).collect::<Vec<_>>(), [2]);
}

async fn warnings_are_told(fresh: Fresh) {
    let mut session = file_session(&fresh).await;
    session.run("DROP TABLE IF EXISTS nothing_here").await.expect("DDL");
    let warnings = session.warnings().await.expect("warnings");
    assert_eq!((warnings.len(), warnings[0].code), (1, 1051));
    session.run("SELECT 1").await.expect("a query");
    assert_eq!(session.warnings().await, Ok(Vec::new()));
}

on_every_server!(
    connects_and_says_what_it_is,
    statements_run_and_count_their_rows,
    values_come_back_as_they_went,
    a_packet_is_committed_whole,
    a_text_of_a_file_may_be_large,
    two_statements_in_one_text_are_refused,
    transactions_commit_and_roll_back,
);
on_both_servers!(
    unsigned_numbers_and_server_types_are_read,
    bodies_with_semicolons_are_one_statement,
    warnings_are_told
);
