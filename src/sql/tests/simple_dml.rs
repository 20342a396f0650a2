//! Statements that change rows, as they are read.

use super::super::Dialect;
use super::super::simple_dml::*;

fn change(sql: &str) -> Option<RowChange<'_>> {
    row_change(sql, Dialect::MySql)
}

#[test]
fn a_plain_update_is_taken_apart() {
    let found = change("UPDATE `a b`.t AS x SET x.`n` = IF(x.m, 1, 2), m = 'WHERE' WHERE x.id = 5 AND (n OR m)");
    let found = found.expect("it is plain");
    assert_eq!(found.alias.as_deref(), Some("x"));
    assert_eq!(found.assigned, ["n", "m"]);
    assert_eq!(found.condition, Some("x.id = 5 AND (n OR m)"));
    let all = change("UPDATE t SET a = a + 1").expect("it is plain");
    assert_eq!((all.alias, all.condition), (None, None));
}

#[test]
fn a_plain_delete_is_taken_apart() {
    assert_eq!(change("DELETE FROM t WHERE a IN (1, 2)").and_then(|c| c.condition), Some("a IN (1, 2)"));
    assert_eq!(change("delete from `t`").map(|c| (c.alias, c.condition)), Some((None, None)));
}

#[test]
fn what_cannot_be_asked_twice_has_no_shape() {
    for sql in [
        "UPDATE t, u SET t.a = 1 WHERE t.id = u.id",
        "UPDATE t JOIN u USING (id) SET t.a = 1",
        "UPDATE IGNORE t SET a = 1",
        "UPDATE t SET a = 1 ORDER BY a LIMIT 3",
        "UPDATE t SET a = 1 WHERE b = 2 LIMIT 3",
        "DELETE FROM t WHERE a = (SELECT MAX(a) FROM u)",
        "DELETE FROM t WHERE RAND() < 0.5",
        "DELETE FROM t WHERE a < NOW()",
        "DELETE FROM t WHERE a = @x",
        "DELETE FROM t WHERE (@n := @n + 1) < 3",
        "DELETE t FROM t JOIN u USING (id)",
        "DELETE FROM t USING t JOIN u",
        "DELETE FROM t PARTITION (p0) WHERE a = 1",
        "DELETE FROM t WHERE a = 1 RETURNING a",
        "UPDATE t SET a = 1 /*! WHERE b = 2 */",
        "WITH x AS (SELECT 1) DELETE FROM t WHERE a = 1",
    ] {
        assert_eq!(change(sql), None, "{sql}");
    }
    assert_eq!(row_change("UPDATE t SET a = u.a FROM u WHERE t.id = u.id", Dialect::Sqlite), None);
    assert_eq!(row_change("UPDATE OR IGNORE t SET a = 1", Dialect::Sqlite), None);
}

#[test]
fn a_column_may_be_named_like_a_clock() {
    assert!(change("DELETE FROM t WHERE date = '2020-01-01' AND DATE(at) = date AND next = 1").is_some());
    assert_eq!(row_change("DELETE FROM t WHERE at < DATE()", Dialect::Sqlite), None);
}

#[test]
fn the_values_of_an_insert_are_read() {
    use InsertedValue::{Absent, Number, Other, Text};
    let found = inserted("INSERT INTO t (`id`, n, m) VALUES (1, 'a,b', NULL), (-2, NOW(), (3))", Dialect::MySql);
    let found = found.expect("it is plain");
    assert_eq!(found.columns, Some(vec!["id".to_owned(), "n".to_owned(), "m".to_owned()]));
    assert_eq!(found.rows, [[Number("1"), Text("'a,b'"), Absent], [Number("-2"), Other, Other]]);
    assert!(inserted("INSERT t VALUES (1)", Dialect::MySql).is_some_and(|i| i.columns.is_none()));
    assert_eq!(inserted("INSERT t VALUES ()", Dialect::MySql).map(|i| i.rows), Some(vec![vec![]]));
}

#[test]
fn the_columns_that_an_alter_defines_anew_are_read() {
    let sql = "ALTER TABLE c.t MODIFY a DECIMAL(5, 2) NOT NULL, ADD x INT, CHANGE COLUMN `b c` d ENUM('x,y', 'z')";
    let found: Vec<(String, &str)> =
        redefined(sql, Dialect::MySql).into_iter().map(|one| (one.from, one.definition)).collect();
    let expected = [("a", "DECIMAL(5, 2) NOT NULL"), ("b c", "ENUM('x,y', 'z')")];
    assert_eq!(found, expected.map(|(name, definition)| (name.to_owned(), definition)));
    assert!(redefined("ALTER TABLE t DROP COLUMN a", Dialect::MySql).is_empty());
}

#[test]
fn other_inserts_have_no_shape() {
    for sql in [
        "INSERT IGNORE INTO t VALUES (1)",
        "INSERT INTO t SELECT 1",
        "INSERT INTO t SET a = 1",
        "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2",
        "REPLACE INTO t VALUES (1)",
        "INSERT INTO t VALUES (1) AS new",
    ] {
        assert_eq!(inserted(sql, Dialect::MySql), None, "{sql}");
    }
}
