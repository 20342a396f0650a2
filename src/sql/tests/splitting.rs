//! Files as they really are, and where their statements begin and end.

use super::super::{ClientCommand, Dialect, SegmentKind, SplitFault, read, split, statements};
use Dialect::{MariaDb, MySql, Sqlite};

fn sql(text: &str, dialect: Dialect) -> Vec<String> {
    let segments = split(text, dialect).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let joined: String = segments.iter().map(|segment| segment.text).collect();
    assert_eq!(joined, text);
    segments
        .into_iter()
        .filter_map(|segment| match segment.kind {
            SegmentKind::Statement(sql) => Some(sql.to_owned()),
            _ => None,
        })
        .collect()
}

#[test]
fn simple_files() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("\u{feff}", &[]),
        (" \r\n-- only a comment", &[]),
        (";;;", &[]),
        ("SELECT 1", &["SELECT 1"]),
        ("\u{feff}SELECT 1;\r\nSELECT 2\r\n;\r\n", &["SELECT 1", "SELECT 2"]),
        ("SELECT 1; -- a; b\nSELECT 2 /* ; */;", &["SELECT 1", "SELECT 2"]),
        ("-- it's\nSELECT ';' ; SELECT 'a''b;';", &["SELECT ';'", "SELECT 'a''b;'"]),
        ("SELECT \"a;\n\nb\"; SELECT `x;y`;", &["SELECT \"a;\n\nb\"", "SELECT `x;y`"]),
        ("INSERT INTO t VALUES ('{{ x }}', ${y});", &["INSERT INTO t VALUES ('{{ x }}', ${y})"]),
        ("---\ntitle: it's\n---\nSELECT 1;", &["SELECT 1"]),
    ];
    for (text, expected) in cases {
        for dialect in Dialect::ALL {
            assert_eq!(sql(text, dialect), *expected, "{text:?} {dialect}");
        }
    }
}

#[test]
fn mysql_files() {
    let cases: &[(&str, &[&str])] = &[
        (r"SELECT 'a\';b'; SELECT 2", &[r"SELECT 'a\';b'", "SELECT 2"]),
        ("SELECT 1 # it's; \n, 2;", &["SELECT 1 # it's; \n, 2"]),
        ("SELECT 1--;\n1;", &["SELECT 1--", "1"]),
        // As the clients do it: a comment where a statement would begin, code inside one.
        ("--it's\nSELECT 1; --x;\n------\nSELECT 2\n--3;", &["SELECT 1", "SELECT 2\n--3"]),
        ("/*!40101 SET NAMES utf8 */;\n/* x */ SELECT 1;", &["/*!40101 SET NAMES utf8 */", "SELECT 1"]),
        ("/*! SELECT 1; */;", &["/*! SELECT 1; */"]),
        ("SELECT 1\\G\nSELECT 2\\g", &["SELECT 1", "SELECT 2"]),
        ("use a\nSELECT 1;", &["use a", "SELECT 1"]),
        ("USE a; SELECT 1;", &["USE a", "SELECT 1"]),
        ("USE `a b` -- c\r\nSELECT 1;", &["USE `a b`", "SELECT 1"]),
        ("BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;", &["BEGIN", "INSERT INTO t VALUES (1)", "COMMIT"]),
        ("/*M!999999\\- enable the sandbox mode */ \nSELECT 1;", &["SELECT 1"]),
    ];
    for (text, expected) in cases {
        for dialect in [MariaDb, MySql] {
            if text.contains("M!") && dialect == MySql {
                continue;
            }
            assert_eq!(sql(text, dialect), *expected, "{text:?} {dialect}");
        }
    }
}

#[test]
fn delimiters() {
    let cases: &[(&str, &[&str])] = &[
        (
            "DELIMITER $$\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END$$\ndelimiter ;\nSELECT 1;",
            &["CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END", "SELECT 1"],
        ),
        (
            "delimiter //\nCREATE PROCEDURE p() SELECT 1//\nDROP PROCEDURE q; CREATE PROCEDURE q()\nBEGIN\nSELECT 1;\nEND; //\nDelimiter ;\n",
            &["CREATE PROCEDURE p() SELECT 1", "DROP PROCEDURE q", "CREATE PROCEDURE q()\nBEGIN\nSELECT 1;\nEND"],
        ),
        (
            "DELIMITER ;;\nCREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM t; END;;\nSELECT ';;';;",
            &["CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM t; END", "SELECT ';;'"],
        ),
        ("DELIMITER |\nSELECT 1|SELECT 2|", &["SELECT 1", "SELECT 2"]),
        ("DELIMITER '//'\nSELECT 1//", &["SELECT 1"]),
        ("DELIMITER go\nSELECT 1 go\nSELECT 2go", &["SELECT 1", "SELECT 2"]),
        // What does not look like several statements stays one.
        ("DELIMITER //\nSELECT 1; WHAT 2//", &["SELECT 1; WHAT 2"]),
        (
            "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; //\nSELECT 2//",
            &["CREATE PROCEDURE p() BEGIN SELECT 1;", "SELECT 2"],
        ),
        (
            "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER t AFTER UPDATE ON a FOR EACH ROW BEGIN IF 1 THEN SET @a = 1; END IF; END */;;\nDELIMITER ;",
            &[
                "/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER t AFTER UPDATE ON a FOR EACH ROW BEGIN IF 1 THEN SET @a = 1; END IF; END */",
            ],
        ),
    ];
    for (text, expected) in cases {
        for dialect in [MariaDb, MySql] {
            assert_eq!(sql(text, dialect), *expected, "{text:?} {dialect}");
        }
    }
    assert_eq!(sql("DELIMITER //\nSELECT 1;", Sqlite).len(), 1);
}

/// Each is one statement; another follows.
const BODIES: &[&str] = &[
    "CREATE PROCEDURE p() BEGIN END",
    "CREATE PROCEDURE p() SELECT 1",
    "CREATE PROCEDURE p() SET @x = IF(1, 2, 3)",
    "CREATE OR REPLACE DEFINER = root@localhost PROCEDURE p(IN a INT, OUT b DECIMAL(10,2))\nMODIFIES SQL DATA\nBEGIN\n  SELECT 1; SELECT 2;\nEND",
    "CREATE DEFINER=`a`@`b` FUNCTION f(x INT) RETURNS VARCHAR(20) CHARACTER SET utf8 DETERMINISTIC RETURN IF(x > 1, 'a', 'b')",
    "CREATE FUNCTION f(x INT) RETURNS SET('a','b') BEGIN RETURN CASE x WHEN 1 THEN 'a' ELSE 'b' END; END",
    "CREATE FUNCTION IF NOT EXISTS f() RETURNS INT RETURN (SELECT COUNT(*) FROM t)",
    "CREATE AGGREGATE FUNCTION f RETURNS STRING SONAME 'f.so'",
    "CREATE PROCEDURE p() BEGIN DECLARE x INT DEFAULT 0; DECLARE EXIT HANDLER FOR SQLEXCEPTION, 1051 BEGIN ROLLBACK; RESIGNAL; END; START TRANSACTION; COMMIT; END",
    "CREATE PROCEDURE p() BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = IF(1,1,0); DECLARE c CURSOR FOR SELECT 1; OPEN c; CLOSE c; END",
    "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; ELSEIF b THEN SELECT 2; ELSE IF c THEN SELECT 3; END IF; END IF; END",
    "CREATE PROCEDURE p() BEGIN CASE x WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; SELECT CASE WHEN 1 THEN 2 END; END",
    "CREATE PROCEDURE p() BEGIN lbl: LOOP ITERATE lbl; LEAVE lbl; END LOOP lbl; REPEAT SET i = i + 1; UNTIL i > 5 END REPEAT; WHILE i DO SET i = 0; END WHILE; END",
    "CREATE PROCEDURE p() outer_block: BEGIN inner_block: BEGIN SELECT 1; END inner_block; END outer_block",
    "CREATE PROCEDURE p() BEGIN SELECT begin, end, t.end, t.case FROM t WHERE `end` = 1; UPDATE t SET end = 2; END",
    "CREATE PROCEDURE p() BEGIN CREATE TEMPORARY TABLE IF NOT EXISTS x (a INT); DROP TABLE IF EXISTS x; END",
    "CREATE PROCEDURE p() BEGIN IF EXISTS (SELECT 1 FROM t WHERE CASE WHEN a THEN b ELSE c END = 2) THEN SELECT 1; END IF; END",
    "CREATE PROCEDURE p() BEGIN SELECT REPEAT('x', 3), IF(a, b, c), REPLACE(a, b, c); INSERT INTO t VALUES (';END;'); END",
    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1",
    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW FOLLOWS x BEGIN SET NEW.b = 1; SET NEW.c = 2; END",
    "CREATE TRIGGER t AFTER DELETE ON a FOR EACH ROW IF OLD.x THEN DELETE FROM b; END IF",
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE COMMENT 'do; it' DO DELETE FROM t",
    "ALTER EVENT e ON SCHEDULE EVERY 2 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END",
    "IF 1 THEN SELECT 1; SELECT 2; END IF",
];

#[test]
fn bodies_without_delimiter() {
    for body in BODIES {
        for dialect in [MariaDb, MySql] {
            let text = format!("{body};\nSELECT 99;");
            assert_eq!(sql(&text, dialect), [*body, "SELECT 99"], "{dialect}");
            // The same between delimiters, and at the end of the file.
            let text = format!("DELIMITER //\n{body};//\nSELECT 99//");
            let bare = if body.starts_with("IF") { format!("{body}//\nSELECT 99//") } else { text };
            let bare = bare.strip_prefix("DELIMITER //\n").map_or(bare.clone(), |t| format!("DELIMITER //\n{t}"));
            if bare.starts_with("DELIMITER") {
                assert_eq!(sql(&bare, dialect), [*body, "SELECT 99"], "{dialect}");
            }
            assert_eq!(sql(body, dialect), [*body], "{dialect}");
        }
    }
}

#[test]
fn bodies_of_mariadb() {
    for body in [
        "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END",
        "CREATE PROCEDURE p() BEGIN FOR i IN 1..3 DO SELECT i; END FOR; END",
        "CREATE PROCEDURE p AS x INT; BEGIN SELECT 1; END",
        "WHILE @a DO SET @a = 0; END WHILE",
    ] {
        assert_eq!(sql(&format!("{body}; SELECT 99"), MariaDb), [body, "SELECT 99"]);
    }
}

#[test]
fn words_that_are_only_names() {
    for text in [
        "CREATE TABLE event (begin INT, end INT)",
        "CREATE TABLE `trigger` (a INT)",
        "ALTER TABLE function ADD COLUMN begin INT",
        "CREATE USER procedure@localhost",
        "CREATE VIEW v AS SELECT CASE WHEN a THEN b END AS event FROM trigger_log",
        "SELECT source FROM t",
        "INSERT INTO t (source) VALUES (1)",
        "UPDATE t SET\nsource = 1",
    ] {
        assert_eq!(sql(&format!("{text}; SELECT 99;"), MySql), [text, "SELECT 99"]);
    }
}

#[test]
fn sqlite_files() {
    let cases: &[(&str, &[&str])] = &[
        ("SELECT 1 --x;\n;SELECT 2", &["SELECT 1", "SELECT 2"]),
        (r"SELECT 'a\'; SELECT 2", &[r"SELECT 'a\'", "SELECT 2"]),
        ("SELECT [a;b] FROM \"c;d\"; SELECT 2;", &["SELECT [a;b] FROM \"c;d\"", "SELECT 2"]),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END; SELECT 1;",
            &[
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END",
                "SELECT 1",
            ],
        ),
        (
            "create temp trigger if not exists t after insert on a begin select 1; end; BEGIN; SELECT 2; END;",
            &["create temp trigger if not exists t after insert on a begin select 1; end", "BEGIN", "SELECT 2", "END"],
        ),
        ("SELECT 1 /* never closed", &["SELECT 1"]),
    ];
    for (text, expected) in cases {
        assert_eq!(sql(text, Sqlite), *expected, "{text:?}");
    }
}

#[test]
fn client_commands_are_found_with_their_lines() {
    let text = "SELECT 1;\nSOURCE a b.sql;\n\\. c.sql\nSELECT\nsource FROM t;\nexit\n";
    let script = read(text, MySql).expect("splits");
    let found: Vec<_> = script.client_commands.iter().map(|c| (c.line, c.command.clone())).collect();
    assert_eq!(
        found,
        [
            (2, ClientCommand::Source("a b.sql".into())),
            (3, ClientCommand::Source("c.sql".into())),
            (6, ClientCommand::Other("exit".into())),
        ]
    );
    assert_eq!(script.statements.len(), 2);
    assert_eq!(script.statements[1].line, 4);
    let script = read(".mode csv\n.read x.sql\nSELECT 1;", Sqlite).expect("splits");
    assert_eq!(script.client_commands[1].command, ClientCommand::Source("x.sql".into()));
    assert_eq!(script.statements[0].line, 3);
}

#[test]
fn a_source_and_a_statement_on_one_line() {
    let script = read("source a.sql; SELECT 1;", MariaDb).expect("splits");
    assert_eq!(script.client_commands.len(), 1);
    assert_eq!(script.statements[0].sql, "SELECT 1");
}

#[test]
fn lines_are_those_of_the_first_token() {
    let text = "\u{feff}-- one\r\n\r\nSELECT\r\n1;\r\n/* five\r\nsix */ SELECT 2; SELECT 3\r\n;";
    let lines: Vec<_> = statements(text, MySql).expect("splits").iter().map(|s| (s.index, s.line)).collect();
    assert_eq!(lines, [(0, 3), (1, 6), (2, 6)]);
}

#[test]
fn errors_say_where_it_opened() {
    let cases: &[(&str, Dialect, u32, u32, SplitFault)] = &[
        ("SELECT 1;\nSELECT 'ö', 'a;\nSELECT 2;\n", MySql, 2, 13, SplitFault::UnclosedString { quote: '\'' }),
        ("SELECT `a", MariaDb, 1, 8, SplitFault::UnclosedIdentifier { quote: '`' }),
        ("\n/* x", MySql, 2, 1, SplitFault::UnclosedComment { opened: "/*".into() }),
        ("SELECT 1 /*! + 1;\n", MySql, 1, 10, SplitFault::UnclosedComment { opened: "/*!".into() }),
        ("SELECT [a", Sqlite, 1, 8, SplitFault::UnclosedIdentifier { quote: '[' }),
        ("CREATE PROCEDURE p()\nBEGIN\nSELECT 1;", MySql, 2, 1, SplitFault::UnclosedBlock { word: "BEGIN".into() }),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
            Sqlite,
            1,
            36,
            SplitFault::UnclosedBlock { word: "BEGIN".into() },
        ),
        ("DELIMITER\nSELECT 1;", MySql, 1, 1, SplitFault::BadDelimiter),
    ];
    for (text, dialect, line, column, what) in cases {
        let error = split(text, *dialect).expect_err(text);
        assert_eq!((error.line, error.column, &error.what), (*line, *column, what), "{text:?}");
        assert!(error.to_string().contains(&format!("line {line}")));
    }
}
