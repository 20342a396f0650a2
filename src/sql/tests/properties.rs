//! Properties that hold for every text.

use super::super::{Dialect, SegmentKind, analyse, canonical_hash, directives, split};
use proptest::prelude::*;

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(&Dialect::ALL[..])
}

/// Text that is like SQL: the parts that matter to a splitter, in any order.
fn sqlish() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        ";",
        ";\n",
        "\n",
        "\r\n",
        " ",
        "'",
        "\"",
        "`",
        "[",
        "]",
        "\\",
        "--",
        "-- ",
        "#",
        "/*",
        "*/",
        "/*!",
        "/*!40101 ",
        "/*M!",
        "/*+",
        "DELIMITER //\n",
        "DELIMITER ;\n",
        "//",
        "$$",
        "delimiter $$\n",
        "BEGIN",
        " END",
        "END;",
        "CREATE ",
        "PROCEDURE p()",
        "TRIGGER t ",
        "FOR EACH ROW ",
        "IF ",
        " THEN ",
        "CASE ",
        "LOOP ",
        "WHILE ",
        " DO ",
        "REPEAT ",
        "UNTIL ",
        "DECLARE ",
        "HANDLER FOR ",
        "SELECT 1",
        "INSERT INTO t VALUES (1)",
        "x",
        "1.5e3",
        ".",
        "@",
        "(",
        ")",
        ",",
        "ü",
        "\u{feff}",
        "USE a",
        "SOURCE f",
        "\\G",
        "{{",
        "---\n",
        "a: 1\n",
        "AS ",
        "UPDATE t SET a = ",
        "FROM ",
        "WITH c AS (",
        "DELETE ",
        "ALTER TABLE t ",
        "ADD ",
        "DROP ",
        "$x$",
        "\0",
    ]);
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

/// Complete statements and what may stand between them.
fn wellformed() -> impl Strategy<Value = Vec<String>> {
    let statement = prop::sample::select(vec![
        "SELECT ';' AS a",
        "CREATE TABLE t (a INT, b VARCHAR(20) DEFAULT 'x;''y')",
        "INSERT INTO t VALUES (1, \"it's\")",
        "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN UPDATE b SET c = 1; END",
        "DROP TABLE t",
        "UPDATE t /* ; */ SET a = 1",
    ]);
    prop::collection::vec(statement.prop_map(str::to_owned), 0..8)
}

fn lossless(text: &str, dialect: Dialect) -> Result<(), TestCaseError> {
    if let Ok(segments) = split(text, dialect) {
        let joined: String = segments.iter().map(|segment| segment.text).collect();
        prop_assert_eq!(&joined, text);
        let mut line = 1;
        for segment in &segments {
            prop_assert!(!segment.text.is_empty());
            prop_assert_eq!(segment.line, line);
            line += u32::try_from(segment.text.matches('\n').count()).unwrap_or(0);
            if let SegmentKind::Statement(sql) = segment.kind {
                prop_assert!(segment.text.starts_with(sql), "{:?} {:?}", segment.text, sql);
                prop_assert_eq!(sql.trim_ascii(), sql);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pieces_of_any_text_are_the_text(text in any::<String>(), dialect in dialect()) {
        lossless(&text, dialect)?;
    }

    #[test]
    fn pieces_of_sql_are_the_text(text in sqlish(), dialect in dialect()) {
        lossless(&text, dialect)?;
    }

    #[test]
    fn nothing_panics(text in sqlish(), bytes in any::<Vec<u8>>(), dialect in dialect()) {
        for text in [text, String::from_utf8_lossy(&bytes).into_owned()] {
            analyse(&text, dialect);
            canonical_hash(&text, dialect);
            prop_assert!(directives(&text).is_ok() || text.contains("caribou:"));
        }
    }

    #[test]
    fn a_statement_splits_into_itself(text in sqlish(), dialect in dialect()) {
        // Between client delimiters a text may hold what no server takes as one statement.
        let text = text.replace("DELIMITER", "").replace("delimiter", "");
        for segment in split(&text, dialect).unwrap_or_default() {
            if let SegmentKind::Statement(sql) = segment.kind {
                // Dashes at the end become a comment when nothing follows them.
                if sql.ends_with('-') {
                    continue;
                }
                let again = split(sql, dialect);
                let again: Vec<_> = again.iter().flatten().map(|segment| segment.kind.clone()).collect();
                prop_assert_eq!(again, [SegmentKind::Statement(sql)]);
            }
        }
    }

    #[test]
    fn whole_statements_are_found(
        statements in wellformed(),
        between in prop::sample::select(vec![";", " ;\n", ";\r\n-- it's; \r\n", "; /* ' */ ;\n"]),
        family in prop::sample::select(vec![Dialect::MySql, Dialect::MariaDb]),
    ) {
        let text = statements.join(between);
        let found: Vec<_> = split(&text, family).unwrap_or_default().iter().filter_map(|segment| {
            match segment.kind { SegmentKind::Statement(sql) => Some(sql.to_owned()), _ => None }
        }).collect();
        prop_assert_eq!(found, statements);
    }

    #[test]
    fn blanks_and_comments_do_not_count(
        statements in wellformed(),
        blank in prop::sample::select(vec!["  ", "\r\n", " /* x */ ", " -- y\n", "\t"]),
    ) {
        for sql in statements {
            let other = sql.replace(") ", &format!("){blank}")).replace(", ", &format!(",{blank}"));
            prop_assert_eq!(
                canonical_hash(&sql, Dialect::MySql),
                canonical_hash(&format!("\u{feff}{blank}{other};{blank}"), Dialect::MySql)
            );
        }
    }
}
