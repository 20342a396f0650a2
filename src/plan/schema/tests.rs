//! Findings of a plan, by example; what the servers make of it stands in `tests/it/foreseen.rs`.

use super::{Foreseen, Known, KnownObject, foresee};
use crate::model::FileType;
use crate::plan::{Candidate, Finding, Level, Options, Plan, Script, make};
use crate::sql::{Dialect, ObjectKind};

const CORE: &str = "shop";

fn candidate((order, sql): (usize, &&str)) -> Candidate {
    let name = format!("{}_f", order + 1);
    Candidate {
        order,
        path: format!("{name}.sql"),
        root: String::new(),
        name,
        version: format!("{}", order + 1),
        numbers: vec![order as u64 + 1],
        file_type: FileType::Doctrine,
        up: Script { text: (*sql).to_owned(), sha256: sql.to_string() },
        down: None,
        verify: None,
        needs: Vec::new(),
        rule: Default::default(),
        findings: Vec::new(),
    }
}

/// A database in which these stand.
fn known(dialect: Dialect, definitions: &[&str]) -> Known {
    let object = |sql: &&str| {
        let touch = crate::sql::analyse(sql, dialect).touches.into_iter().next().unwrap();
        KnownObject {
            kind: touch.object.kind,
            name: touch.object.name,
            definition: Some((*sql).to_owned()),
            table: None,
            size: (touch.object.kind == ObjectKind::Table).then(super::Size::default),
        }
    };
    Known {
        objects: definitions.iter().map(object).collect(),
        fold_tables: false,
        engine: Some("innodb".to_owned()),
        charset: Some("utf8mb4".to_owned()),
    }
}

fn plan_of(dialect: Dialect, definitions: &[&str], files: &[&str], foreseen: Foreseen) -> Plan {
    let options = Options { core: Some(CORE.to_owned()), ..Options::new(dialect, "2026-11-22") };
    let mut plan = make(files.iter().enumerate().map(candidate).collect(), &[], &options);
    foresee(&mut plan, &known(dialect, definitions), (CORE, dialect), foreseen);
    plan
}

/// Check and level of every finding, with its file.
fn found(dialect: Dialect, definitions: &[&str], files: &[&str]) -> Vec<String> {
    let plan = plan_of(dialect, definitions, files, Foreseen::Block);
    let of = |(place, finding): (usize, &Finding)| format!("{} {} {}", place + 1, finding.level, finding.check);
    plan.files
        .iter()
        .enumerate()
        .flat_map(|(place, file)| file.findings.iter().map(move |f| (place, f)))
        .map(of)
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_comes_after_an_unknown_effect_is_said_once() {
    let files = ["CREATE TABLE a (id INT);\nCALL p();\nUPDATE b SET c = 1;\nUPDATE d SET c = 1;", "DROP TABLE e"];
    let plan = plan_of(Dialect::MariaDb, &[], &files, Foreseen::Block);
    let [finding] = plan.files[0].findings.as_slice() else { panic!("{:?}", plan.files[0].findings) };
    assert_eq!((finding.check.as_str(), finding.level, finding.line), ("unknown_effect", Level::Info, Some(2)));
    assert_eq!(
        finding.said(),
        "line 2: statement 2: what the procedure does cannot be told: the statements after it that name b are not compared \
         with the schema"
    );
    assert_eq!(plan.files[1].findings, []);
    // Nobody asks after it.
    assert_eq!(found(Dialect::MariaDb, &[], &["CALL p()"]), NOTHING);
}

#[test]
fn what_is_made_after_an_unknown_effect_is_known_again() {
    let files = ["CALL p(); CREATE TABLE a (id INT); UPDATE a SET b = 1"];
    assert_eq!(found(Dialect::MySql, &[], &files), ["1 info unknown_effect", "1 blocking missing_column"]);
}

#[test]
fn what_the_session_passes_over_is_not_missed() {
    let files = ["SET sql_if_exists = 1; DROP TABLE nothing; ALTER TABLE nothing ADD a INT"];
    let found = found(Dialect::MariaDb, &[], &files);
    assert!(!found.iter().any(|finding| finding.contains("blocking")), "{found:?}");
}

#[test]
fn a_view_is_broken_only_if_nothing_mends_it() {
    let before = ["CREATE TABLE `t` (`a` int, `b` int)", "CREATE VIEW `v` AS select `t`.`a` AS `a` from `t`"];
    for (files, expected) in [
        (&["ALTER TABLE t DROP COLUMN a"][..], &["1 warning broken_view"][..]),
        (&["ALTER TABLE t DROP COLUMN b"], &[]),
        (&["DROP TABLE t"], &["1 warning broken_view"]),
        (&["ALTER TABLE t RENAME COLUMN a TO c"], &["1 warning broken_view"]),
        (&["RENAME TABLE t TO u"], &["1 warning broken_view"]),
        (&["ALTER TABLE t DROP COLUMN a", "DROP VIEW v"], &[]),
        (&["ALTER TABLE t DROP COLUMN a", "CREATE OR REPLACE VIEW v AS SELECT b FROM t"], &[]),
        (&["ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD COLUMN a BIGINT"], &[]),
        (&["DROP TABLE t", "CREATE TABLE t (a INT)"], &[]),
        (&["RENAME TABLE t TO u, w TO t"], &["1 blocking missing_table"]),
    ] {
        assert_eq!(found(Dialect::MySql, &before, files), expected, "{files:?}");
    }
}

/// SQLite writes the new name of a table or column into the views that read it.
#[test]
fn views_of_sqlite_follow_names() {
    let before = ["CREATE TABLE t (a INT, b INT)", "CREATE VIEW v AS SELECT a FROM t"];
    for (files, expected) in [
        (&["ALTER TABLE t RENAME COLUMN a TO c"][..], &[][..]),
        (&["ALTER TABLE t RENAME COLUMN a TO c", "ALTER TABLE t DROP COLUMN c"], &["2 warning broken_view"]),
        (&["ALTER TABLE t RENAME TO u"], &[]),
        (&["ALTER TABLE t RENAME TO u", "DROP TABLE u"], &["2 warning broken_view"]),
        (&["ALTER TABLE t RENAME TO u", "CREATE TABLE t (a INT)", "DROP TABLE t"], &[]),
        (&["PRAGMA legacy_alter_table = ON; ALTER TABLE t RENAME TO u; DROP TABLE u"], &[]),
    ] {
        assert_eq!(found(Dialect::Sqlite, &before, files), expected, "{files:?}");
    }
}

#[test]
fn names_elsewhere_are_not_looked_at() {
    for files in [
        &["CREATE TABLE other.t (id INT); CREATE TABLE other.t (id INT)"][..],
        &["USE other; UPDATE t SET a = 1", "USE other; DROP TABLE t; USE elsewhere; DROP TABLE t"],
        &["DROP TABLE other.t; INSERT INTO other.t SELECT * FROM mysql.user"],
        &["CREATE VIEW v AS SELECT * FROM other.t"],
        &["USE other; CREATE TABLE shop.c (p INT, FOREIGN KEY (p) REFERENCES p (id))"],
    ] {
        assert_eq!(found(Dialect::MySql, &[], files), NOTHING, "{files:?}");
    }
    let core = ["USE other; DROP TABLE shop.t", "DROP TABLE t", "USE other; USE shop; DROP TABLE t"];
    assert_eq!(found(Dialect::MySql, &[], &core).len(), 3);
}

#[test]
fn parts_for_some_versions_make_no_finding() {
    let files = ["/*!90100 CREATE TABLE t (a INT) */; CREATE TABLE u (a INT /*!80100 , b INT */)", "DROP TABLE t, u"];
    assert_eq!(
        found(Dialect::MySql, &[], &files),
        ["2 info unknown_effect"].map(|_| "1 info unknown_effect").repeat(2)
    );
    let dump = "/*!40101 SET NAMES utf8 */;\nCREATE TABLE t (a INT) /*!50100 PARTITION BY HASH (a) PARTITIONS 2 */;";
    assert_eq!(found(Dialect::MySql, &[], &[dump, "UPDATE t SET b = 1"]), ["2 blocking missing_column"]);
}

#[test]
fn what_is_found_is_as_heavy_as_configured() {
    let of = |foreseen| {
        let plan = plan_of(Dialect::Sqlite, &[], &["DROP TABLE t"], foreseen);
        let refused: Vec<String> = plan.refused.iter().map(ToString::to_string).collect();
        (plan.files[0].findings.iter().map(|finding| finding.level).collect::<Vec<_>>(), refused.join("\n"))
    };
    assert_eq!(of(Foreseen::Warn), (vec![Level::Warning], String::new()));
    assert_eq!(of(Foreseen::Block), (vec![Level::Blocking], String::new()));
    let (levels, refused) = of(Foreseen::Refuse);
    assert_eq!(levels, [Level::Blocking]);
    assert!(refused.starts_with("1_f.sql, line 1: statement 1: it drops t, which will not be there"), "{refused}");
}

#[test]
fn the_size_of_what_stands_is_told() {
    let before = ["CREATE TABLE t (a INT)"];
    let plan = plan_of(Dialect::Sqlite, &before, &["UPDATE t SET a = 1; CREATE TABLE u (a INT)"], Foreseen::Block);
    let sizes: Vec<bool> = plan.files[0].statements.iter().map(|statement| statement.size.is_some()).collect();
    assert_eq!(sizes, [true, false]);
}
