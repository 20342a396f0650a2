//! Files of goose, sql-migrate, micrate and dbmate, and what is cut out of them.

use super::*;

fn read(tool: &Annotated, text: &str) -> Result<Migration, String> {
    let folder = Folder::of(&[("1_a.sql", text)]);
    tool.read(&folder).map(|mut contents| contents.migrations.remove(0)).map_err(|error| error.to_string())
}

fn lines_of(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim().is_empty()).collect()
}

#[test]
fn two_parts_stay_on_their_lines() {
    let files = [
        (&GOOSE, "-- +goose Up\nCREATE TABLE a (i INT);\n-- +goose Down\nDROP TABLE a;\n"),
        (&GOOSE, "-- +goose NO TRANSACTION\n--+goose  up\nCREATE TABLE a (i INT);\n-- +goose down\nDROP TABLE a;\n"),
        (
            &SQL_MIGRATE,
            "-- +migrate Up notransaction\r\nCREATE TABLE a (i INT);\r\n-- +migrate Down\r\nDROP TABLE a;\r\n",
        ),
        (&MICRATE, "-- +micrate Up\nCREATE TABLE a (i INT);\n-- +micrate Down\nDROP TABLE a;\n"),
        (&DBMATE, "-- migrate:up transaction:false\nCREATE TABLE a (i INT);\n-- migrate:down\nDROP TABLE a;\n"),
    ];
    for (tool, text) in files {
        let found = read(tool, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let down = found.down.unwrap_or_else(|| panic!("{text}"));
        assert_eq!(
            (lines_of(&found.up.text), lines_of(&down.text)),
            (vec!["CREATE TABLE a (i INT);"], vec!["DROP TABLE a;"])
        );
        let line = |of: &str, what: &str| of.lines().position(|line| line.contains(what));
        assert_eq!(line(&down.text, "DROP"), line(text, "DROP"), "{text}");
        assert_eq!(found.remarks, []);
    }
}

#[test]
fn a_block_is_ended_where_the_tool_ends_it() {
    let text = "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE a (i INT)\n-- +goose StatementEnd\nCREATE TABLE b (i INT);\n";
    let found = read(&GOOSE, text).unwrap();
    assert_eq!(crate::sql::statements(&found.up.text, Dialect::MySql).unwrap().len(), 2);
    assert_eq!((found.down, found.remarks), (None, Vec::new()));
}

#[test]
fn a_part_may_come_in_pieces() {
    let text = "-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n-- +migrate Up\nSELECT 3;\n";
    let found = read(&SQL_MIGRATE, text).unwrap();
    assert_eq!(lines_of(&found.up.text), ["SELECT 1;", "SELECT 3;"]);
    assert!(read(&GOOSE, &text.replace("migrate", "goose")).unwrap_err().contains("line 5"));
}

#[test]
fn a_statement_that_the_tool_would_tear_is_remarked() {
    let routine = "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN\n  DELETE FROM b;\nEND;\n";
    let found = read(&GOOSE, &format!("-- +goose Up\n{routine}")).unwrap();
    assert_eq!(
        found.remarks.iter().map(|one| (one.check, one.line)).collect::<Vec<_>>(),
        [(kind::OTHER_SPLIT, Some(3))]
    );
    let block = format!("-- +goose Up\n-- +goose StatementBegin\n{routine}-- +goose StatementEnd\n");
    assert_eq!(read(&GOOSE, &block).unwrap().remarks, []);
    assert_eq!(read(&DBMATE, &format!("-- migrate:up\n{routine}-- migrate:down\n")).unwrap().remarks, []);
}

#[test]
fn variables_are_put_in_where_the_file_says_so() {
    let text = "-- +goose Up\nSELECT '${HOME_OF_NOBODY_AT_ALL:-x}';\n-- +goose ENVSUB ON\nSELECT '${HOME_OF_NOBODY_AT_ALL:-x}';\n\
                SELECT '$HOME_OF_NOBODY_AT_ALL';\n-- +goose ENVSUB OFF\nSELECT '$A';\n";
    let found = read(&GOOSE, text).unwrap();
    let wanted = ["SELECT '${HOME_OF_NOBODY_AT_ALL:-x}';", "SELECT 'x';", "SELECT '';", "SELECT '$A';"];
    assert_eq!(lines_of(&found.up.text), wanted);
    assert_eq!(found.remarks.iter().map(|one| one.line).collect::<Vec<_>>(), [Some(5)]);
}

#[test]
fn what_the_tool_would_not_take_is_refused_with_the_line() {
    let cases = [
        (&GOOSE, "SELECT 1;\n", "line 1"),
        (&GOOSE, "-- +goose Up\nSELECT 1\n-- +goose Down\nSELECT 2;", "line 3"),
        (&GOOSE, "-- +goose Up\nSELECT 1", "line 2"),
        (&GOOSE, "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n", "line 2"),
        (&GOOSE, "-- +goose Up\n-- +goose StatementEnd\n", "line 2"),
        (&GOOSE, "-- +goose Up\n-- +goose SIDEWAYS\nSELECT 1;\n", "line 2"),
        (&GOOSE, "-- +goose Down\nSELECT 1;\n-- +goose Up\n", "line 1"),
        (&GOOSE, "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${A';\n", "line 3"),
        (&GOOSE, "-- only words\n", "line 1"),
        (&GOOSE, "", "line 1"),
        (&SQL_MIGRATE, "SELECT 0;\n-- +migrate Up\nSELECT 1;\n", "line 1"),
        (&DBMATE, "-- migrate:up\nSELECT 1;\n-- migrate:sideways\n", "line 3"),
    ];
    for (tool, text, line) in cases {
        let error = read(tool, text).expect_err(text);
        assert!(error.contains("1_a.sql") && error.contains(line), "{text:?}: {error}");
    }
    let folder = Folder::of(&[("1_a.sql", "-- +goose Up\nSELECT 1;"), ("2_b.go", "package x"), ("x.go", "package x")]);
    let error = GOOSE.read(&folder).unwrap_err().to_string();
    assert!(error.contains("2_b.go") && error.contains("in Go"), "{error}");
}
