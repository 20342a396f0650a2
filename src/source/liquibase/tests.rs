//! Changelogs, read.

use super::*;
use crate::model::Again;
use crate::source::remark::kind;
use crate::sql::Dialect;

fn read_as(text: &str, dialect: Dialect) -> Result<Contents, String> {
    let text = format!("--liquibase formatted sql\n{text}");
    Liquibase.read(&Folder::in_dialect(&[("db/a.sql", &text)], dialect)).map_err(|error| error.to_string())
}

fn read(text: &str) -> Result<Contents, String> {
    read_as(text, Dialect::MySql)
}

fn statements(text: &str) -> Vec<(u32, String)> {
    crate::sql::statements(text, Dialect::MySql).unwrap().into_iter().map(|one| (one.line, one.sql)).collect()
}

#[test]
fn each_changeset_is_a_migration_on_its_own_lines() {
    let text = "--changeset anna:1\nCREATE TABLE a (i INT);\n--rollback DROP TABLE a;\n\n-- changeset \"Bo B\":\"two words\" runOnChange:true\r\n\
                CREATE VIEW v AS SELECT 1;\n/* liquibase rollback\nDROP VIEW v;\n*/\n--changeset bo:3 runAlways:true\nSELECT 3;\n--rollback empty\n";
    let found = read(text).unwrap().migrations;
    let told: Vec<(&str, &str, &Again)> =
        found.iter().map(|one| (one.at.path.as_str(), one.at.name.as_str(), &one.rule.again)).collect();
    assert_eq!(
        told,
        [
            ("db/a.sql::1::anna", "anna:1", &Again::Never),
            ("db/a.sql::two words::Bo B", "Bo B:two words", &Again::WhenEdited),
            ("db/a.sql::3::bo", "bo:3", &Again::Always)
        ]
    );
    let back = |at: usize| found[at].down.as_ref().map(|down| statements(&down.text));
    assert_eq!(statements(&found[0].up.text), [(3, "CREATE TABLE a (i INT)".to_owned())]);
    assert_eq!(back(0), Some(vec![(4, "DROP TABLE a".to_owned())]));
    assert_eq!(back(1), Some(vec![(9, "DROP VIEW v".to_owned())]));
    assert_eq!(back(2), None);
    assert!(found.iter().all(|one| one.remarks.is_empty()), "{found:?}");
}

#[test]
fn statements_end_where_the_changeset_says() {
    let routine = "CREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\nEND";
    for (attributes, end) in
        [("endDelimiter://", "//"), ("endDelimiter:\\n/", "\n/"), ("splitStatements:false", ""), ("", "\nGO")]
    {
        let found = read(&format!("--changeset a:1 {attributes}\n{routine}{end}\n")).unwrap().migrations;
        assert_eq!(statements(&found[0].up.text), [(3, routine.to_owned())], "{attributes}");
        let torn = found[0].remarks.iter().filter(|one| one.check == kind::OTHER_SPLIT).count();
        assert_eq!(torn, usize::from(attributes.is_empty()), "{attributes}");
    }
}

#[test]
fn databases_properties_and_lines_that_are_passed_over() {
    let text = "--property name:table value:shop\n--changeset a:1 dbms:sqlite\nSELECT 1;\n--changeset a:2 dbms:!oracle\n\
                --ignoreLines:start\nSELECT 0;\n--ignoreLines:end\n--ignoreLines:1\nSELECT 0;\nSELECT '${table} ${other}';\n";
    let found = read(text).unwrap();
    assert_eq!(statements(&found.migrations[0].up.text), [(11, "SELECT 'shop ${other}'".to_owned())]);
    assert!(found.migrations.len() == 1 && found.remarks[0].message.contains("database.url says mysql"));
    assert_eq!(read_as(text, Dialect::Sqlite).unwrap().migrations.len(), 2);
}

#[test]
fn a_rollback_may_be_another_changeset() {
    let text = "--changeset a:1\nCREATE TABLE a (i INT);\n--changeset a:2\nDROP TABLE a;\n--rollback changesetId:1 changesetAuthor:a\n";
    let found = read(text).unwrap().migrations;
    assert_eq!(statements(&found[1].down.as_ref().unwrap().text), [(3, "CREATE TABLE a (i INT)".to_owned())]);
}

#[test]
fn what_is_not_honoured_is_told() {
    let text = "--changeset a:1 context:test labels:x failOnError:false sideways:1\n--preconditions onFail:HALT\n\
                --precondition-sql-check expectedResult:0 SELECT 1\nSELECT /*!40000 1 */;\n--changeset a:2\n\
                --preconditions onFail:MARK_RAN\nSELECT 2;\n";
    let found = read(text).unwrap().migrations;
    let lines: Vec<Option<u32>> = found[0].remarks.iter().map(|one| one.line).collect();
    assert_eq!(lines, [Some(3), Some(2), Some(2), Some(2), Some(2), Some(2)], "{:?}", found[0].remarks);
    assert!(found[1].remarks[0].message.contains("MARK_RAN"));
    assert_eq!(found[1].remarks[0].weight, crate::source::Weight::Refused);
}

#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    let cases = [
        ("--changeset anna\nSELECT 1;", "line 2", "AUTHOR:ID"),
        ("-changeset a:1\nSELECT 1;", "line 2", "two dashes"),
        ("--changeset a:1\n\n--changeset a:2\nSELECT 1;", "line 2", "no SQL"),
        ("--changeset a:1\nSELECT 1;\n--changeset a:1\nSELECT 2;", "line 5", "another id"),
        ("--rollback DROP TABLE a;", "line 2", "before the first changeset"),
        ("--changeset a:1\nSELECT 1;\n/* liquibase rollback\nSELECT 2;", "line 4", "never closed"),
        ("--changeset a:1\n--ignoreLines:start\nSELECT 1;", "line 3", "ignoreLines:end"),
        ("--changeset a:1\nSELECT 1;\n--rollback changesetId:9", "line 2", "not in this file"),
        ("--property name=x value=y", "line 2", "value:VALUE"),
    ];
    for (text, line, words) in cases {
        let error = read(text).expect_err(text);
        assert!(error.contains("db/a.sql") && error.contains(line) && error.contains(words), "{text:?}: {error}");
    }
    let folder = Folder::of(&[("a.sql", "SELECT 1;"), ("db.changelog-master.yaml", "databaseChangeLog:\n")]);
    assert!(Liquibase.sign(&folder).is_some());
    let error = Liquibase.read(&folder).unwrap_err().to_string();
    assert!(
        error.contains("db.changelog-master.yaml") && error.contains("YAML") && error.contains("update-sql"),
        "{error}"
    );
}
