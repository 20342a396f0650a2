use super::*;
use crate::sql;

fn places(kind: ServerKind, text: &str) -> (Vec<ReceiptPlace>, SessionState) {
    let mut state = SessionState::default();
    let mut places = Vec::new();
    for statement in sql::statements(text, kind.dialect()).unwrap() {
        places.push(state.receipt_place(&statement, kind));
        state.advance(&statement, kind);
    }
    (places, state)
}

use ReceiptPlace::{Before, Nowhere, Own};
use ServerKind::{MySql, Sqlite};

#[test]
fn a_statement_alone_has_its_own_receipt_where_its_effect_can_be_rolled_back() {
    let text = "INSERT INTO t VALUES (1); CREATE TABLE u (a INT); SELECT 1;";
    assert_eq!(places(MySql, text).0, [Own, Nowhere, Nowhere]);
    assert_eq!(places(Sqlite, text).0, [Own, Own, Nowhere]);
}

#[test]
fn the_statement_that_ends_a_transaction_carries_its_receipt() {
    let text = "BEGIN; INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2);";
    assert_eq!(places(MySql, text).0, [Nowhere, Nowhere, Before, Own]);
    let implicit = "BEGIN; INSERT INTO t VALUES (1); ALTER TABLE t ADD b INT; INSERT INTO t VALUES (2, 2);";
    assert_eq!(places(MySql, implicit).0, [Nowhere, Nowhere, Before, Own]);
    let (places, state) = places(Sqlite, implicit);
    assert_eq!(places, [Nowhere; 4], "SQLite commits nothing by itself");
    assert!(state.transaction.is_some_and(|open| open.from == 0 && open.writes && open.sure));
}

#[test]
fn without_autocommit_every_statement_is_in_a_transaction() {
    let text = "SET autocommit = 0; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); COMMIT; DELETE FROM t;";
    let (found, state) = places(MySql, text);
    assert_eq!(found, [Nowhere, Nowhere, Nowhere, Before, Nowhere]);
    assert_eq!(state.transaction.map(|open| open.from), Some(4));
    let (found, state) = places(MySql, "SET @@session.autocommit=OFF; SET autocommit = ON; DELETE FROM t;");
    assert_eq!((found[2], state.transaction), (Own, None));
}

#[test]
fn statements_of_one_transaction_belong_together() {
    let text = "INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2); DELETE FROM t; COMMIT; DELETE FROM u";
    let all = sql::statements(text, MySql.dialect()).unwrap();
    assert_eq!(SessionState::default().count_in_transaction(&all, MySql), 1);
    assert_eq!(SessionState::default().count_in_transaction(&all[1..], MySql), 4);
    assert_eq!(SessionState::default().count_in_transaction(&all[5..], MySql), 1);
    assert_eq!(SessionState::default().count_in_transaction(&all[..0], MySql), 0);
    let implicit =
        sql::statements("SET autocommit = 0; DELETE FROM t; DELETE FROM u; COMMIT", MySql.dialect()).unwrap();
    let state = SessionState::after(&implicit[..1], MySql);
    assert!(state.would_begin_by_reading(&implicit[1]));
    assert_eq!(state.count_in_transaction(&implicit[1..], MySql), 3);
}

#[test]
fn a_call_in_a_transaction_makes_it_unsure() {
    let (found, state) = places(MySql, "START TRANSACTION; DELETE FROM t; CALL p(); DELETE FROM u;");
    assert_eq!(found, [Nowhere, Nowhere, Before, Nowhere], "ours must not commit the file's transaction");
    assert!(state.transaction.is_some_and(|open| open.from == 0 && !open.sure));
}

#[test]
fn under_table_locks_our_tables_cannot_be_written() {
    let text = "LOCK TABLES t WRITE; INSERT INTO t VALUES (1); UNLOCK TABLES; INSERT INTO t VALUES (2);";
    let (found, state) = places(MySql, text);
    assert_eq!(found, [Nowhere, Nowhere, Nowhere, Own]);
    assert!(state.is_fresh());
}

#[test]
fn a_savepoint_begins_a_transaction_in_sqlite() {
    let text = "SAVEPOINT a; INSERT INTO t VALUES (1); SAVEPOINT b; RELEASE b; RELEASE a; DELETE FROM t WHERE a = 1;";
    assert_eq!(places(Sqlite, text).0, [Nowhere, Nowhere, Nowhere, Nowhere, Before, Own]);
    let outer = "SAVEPOINT a; SAVEPOINT b; DELETE FROM t; RELEASE a; DELETE FROM t;";
    assert_eq!(places(Sqlite, outer).0, [Nowhere, Nowhere, Nowhere, Before, Own], "what is within goes with it");
    let within = "BEGIN; SAVEPOINT a; RELEASE a; COMMIT; DELETE FROM t;";
    assert_eq!(places(Sqlite, within).0, [Nowhere, Nowhere, Nowhere, Before, Own]);
    let same = "SAVEPOINT a; SAVEPOINT a; RELEASE a; DELETE FROM t; RELEASE a;";
    assert_eq!(places(Sqlite, same).0, [Nowhere, Nowhere, Nowhere, Nowhere, Before]);
}

#[test]
fn a_script_goes_back_to_the_newest_savepoint_of_the_name() {
    let went = |kind: ServerKind, text: &str| {
        let all = sql::statements(text, kind.dialect()).unwrap();
        SessionState::after(&all, kind).rolled_back_to(all.last().unwrap(), kind)
    };
    assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a"), Some(1));
    assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; SAVEPOINT A; ROLLBACK WORK TO SAVEPOINT `a` -- b"), Some(2));
    assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; COMMIT; BEGIN; ROLLBACK TO a"), None);
    assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; CREATE TABLE t (a INT); ROLLBACK TO a"), None);
    assert_eq!(went(Sqlite, "SAVEPOINT a; SAVEPOINT a; RELEASE a; ROLLBACK TO a"), Some(0));
    assert_eq!(went(Sqlite, "SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a; SAVEPOINT b; ROLLBACK TO b"), Some(3));
    assert_eq!(went(MySql, "BEGIN; SAVEPOINT a; ROLLBACK"), None);
}

#[test]
fn the_last_of_those_that_share_carries_the_receipt_of_all() {
    let text = "CREATE TABLE t (a INT); INSERT INTO t VALUES (1); DELETE FROM t";
    let all = sql::statements(text, Sqlite.dialect()).unwrap();
    let mut state = SessionState::default();
    assert_eq!(state.place(&all[0], false, Sqlite), Own);
    assert_eq!(state.place(&all[0], true, Sqlite), ReceiptPlace::Shares);
    state.advance(&all[0], Sqlite);
    state.share(0);
    state.advance(&all[1], Sqlite);
    assert_eq!(state.place(&all[2], false, Sqlite), ReceiptPlace::Closes);
    let open = state.transaction.map(|open| (open.from, open.writes, open.sure, open.shared));
    assert_eq!(open, Some((0, true, true, true)));
}

#[test]
fn a_variable_or_lock_that_a_query_leaves_is_missed_in_another_session() {
    for text in
        ["SELECT 5 INTO @a", "UPDATE t SET a = (@n := @n + 1)", "SELECT a\nINTO\n@b FROM t", "SELECT GET_LOCK('x', 1)"]
    {
        assert!(!places(MySql, text).1.is_fresh(), "{text}");
    }
    for text in ["SELECT 5", "INSERT INTO t VALUES ('a@b')", "INSERT INTO t SELECT @a", "SELECT a FROM t WHERE b = '@'"]
    {
        assert!(places(MySql, text).1.is_fresh(), "{text}");
    }
}
