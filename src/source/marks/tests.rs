//! Files that hold both ways, and what is cut out of them.

use super::*;

fn cut(text: &str) -> Result<Option<(String, Option<String>)>, String> {
    let text = Text::from_bytes("1_a.sql", text.into()).unwrap();
    let parts = super::cut(&text, Dialect::MySql).map_err(|error| error.to_string())?;
    Ok(parts.map(|(up, down)| (up.text, down.map(|down| down.text))))
}

#[test]
fn two_marked_ways_are_two_parts() {
    let marks = [
        ("-- +migrate Up", "-- +migrate Down"),
        ("-- +migrate Up notransaction", "-- +migrate Down"),
        ("-- +goose Up", "-- +goose Down"),
        ("--+goose up", "--  +goose   DOWN"),
        ("-- migrate:up", "-- migrate:down"),
        ("-- migrate:up transaction:false", "-- migrate:down"),
        ("-- +micrate Up", "-- +micrate Down"),
        ("-- rambler up", "-- rambler down"),
        ("# --- !Ups", "# --- !Downs"),
        ("-- UP", "-- DOWN"),
        ("-- Up", "-- Down"),
        ("--up", "--down"),
        ("/* UP */", "/* DOWN */"),
        ("---- UP ----", "---- DOWN ----"),
        ("-- Up Migration", "-- Down Migration"),
        ("-- @up", "-- @down"),
        ("-- [up]", "-- [down]"),
        ("-- forward", "-- rollback"),
        ("-- +other Up", "-- +other Down"),
        ("-- about this file", "-- //@UNDO"),
        ("-- about this file", "--//@UNDO"),
        ("-- about this file", "---- create above / drop below ----"),
    ];
    for (up, down) in marks {
        let text = format!("{up}\nCREATE TABLE a (i INT);\n\n{down}\nDROP TABLE a;\n");
        let (forward, back) = cut(&text).unwrap().unwrap_or_else(|| panic!("{up} {down}"));
        assert!(forward.contains("CREATE") && !forward.contains("DROP"), "{forward}");
        assert_eq!(back.as_deref(), Some("\n\n\n\nDROP TABLE a;\n"), "{up} {down}");
    }
}

#[test]
fn what_is_not_plain_is_refused_with_the_line() {
    let cases = [
        ("-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n-- +goose Up\nSELECT 3;", "line 5"),
        ("-- +goose Down\nSELECT 2;\n-- +goose Up\nSELECT 3;", "line 3"),
        ("-- +goose Down\nSELECT 2;", "line 1"),
        ("SELECT 0;\n-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;", "line 2"),
        ("CREATE TABLE a (i INT);\n-- rollback\nDROP TABLE a;", "line 2"),
        ("CREATE TABLE a (i INT);\n-- Undo script\nDROP TABLE a;", "line 2"),
        ("CREATE TABLE a (i INT);\n-- DOWN\nDROP TABLE a;", "line 2"),
        ("-- +goose Up\nCREATE TABLE a (i INT)\n-- +goose Down\nDROP TABLE a;", "line 3"),
        ("-- +goose Up\n-- +goose StatementBegin\nSELECT 1; SELECT 2;\n-- +goose StatementEnd\n", "line 2"),
        ("-- +goose Up\n-- +goose ENVSUB ON\nSELECT 1;\n", "line 2"),
    ];
    for (text, line) in cases {
        let error = cut(text).expect_err(text);
        assert!(error.contains("1_a.sql") && error.contains(line), "{text}: {error}");
    }
}

#[test]
fn what_is_no_mark_is_left_alone() {
    for text in [
        "CREATE TABLE a (i INT);\n-- rollback\n-- DROP TABLE a;\n",
        "-- Rollback: nothing to do\nSELECT 1;",
        "SELECT 1; -- down\nSELECT 2;",
        "-- the price goes down\nUPDATE t SET a = 1;",
    ] {
        match cut(text) {
            Ok(None) => {}
            found => panic!("{text}: {found:?}"),
        }
    }
}

#[test]
fn a_mark_within_a_statement_is_refused() {
    let error = cut("CREATE TABLE a (\n  -- down\n  i INT);\n").unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("inside a statement"), "{error}");
}

#[test]
fn a_way_back_without_statements_is_none() {
    let found =
        cut("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose StatementEnd\n-- +goose Down\n-- no way\n");
    assert_eq!(found.unwrap().unwrap().1, None);
}
