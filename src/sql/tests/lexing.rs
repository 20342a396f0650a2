//! Tokens, by the rules of each dialect.

use super::super::Dialect;
use super::super::lexer::{Lexer, TokenKind};
use TokenKind::{Blank, Comment, Conditional, Delimiter, ExecClose, ExecOpen, Number, Quoted, Symbol, Text, Word};

fn kinds(text: &str, dialect: Dialect, delimiter: &str) -> Vec<(TokenKind, String)> {
    let mut lexer = Lexer::new(text, dialect);
    lexer.set_delimiter(delimiter);
    let mut found = Vec::new();
    while let Some(token) = lexer.next_token().expect("closed") {
        if token.kind != Blank {
            found.push((token.kind, text[token.start..token.end].to_owned()));
        }
    }
    found
}

fn check(text: &str, dialect: Dialect, delimiter: &str, expected: &[(TokenKind, &str)]) {
    let found = kinds(text, dialect, delimiter);
    let found: Vec<_> = found.iter().map(|(k, t)| (*k, t.as_str())).collect();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn mysql_and_sqlite_disagree_about_comments() {
    let text = "1 --x\n# y";
    check(text, Dialect::MySql, ";", &[(Number, "1"), (Symbol, "-"), (Symbol, "-"), (Word, "x"), (Comment, "# y")]);
    check(text, Dialect::Sqlite, ";", &[(Number, "1"), (Comment, "--x"), (Symbol, "#"), (Word, "y")]);
    check("--", Dialect::MariaDb, ";", &[(Comment, "--")]);
}

#[test]
fn executable_comments_are_code_where_obeyed() {
    let all = "/*!40101 a*/ /*!99999 b*/ /*M!100100 c*/ /*!50701 d */ /*! e */";
    check(
        all,
        Dialect::MySql,
        ";",
        &[
            (ExecOpen, "/*!40101"),
            (Word, "a"),
            (ExecClose, "*/"),
            (Conditional, "/*!99999 b*/"),
            (Comment, "/*M!100100 c*/"),
            (ExecOpen, "/*!50701"),
            (Word, "d"),
            (ExecClose, "*/"),
            (ExecOpen, "/*!"),
            (Word, "e"),
            (ExecClose, "*/"),
        ],
    );
    check("/*!50701 d /* n */ */x", Dialect::MariaDb, ";", &[(Conditional, "/*!50701 d /* n */ */"), (Word, "x")]);
    check("/*M!999999\\- enable */", Dialect::MariaDb, ";", &[(Conditional, "/*M!999999\\- enable */")]);
    check("/*! '*/' */", Dialect::MySql, ";", &[(ExecOpen, "/*!"), (Text, "'*/'"), (ExecClose, "*/")]);
    check("/*! x */", Dialect::Sqlite, ";", &[(Comment, "/*! x */")]);
}

#[test]
fn quotes_follow_the_dialect() {
    check(r"'a\'b' 'c''d'", Dialect::MySql, ";", &[(Text, r"'a\'b'"), (Text, "'c''d'")]);
    check(r"'a\' 'c'", Dialect::Sqlite, ";", &[(Text, r"'a\'"), (Text, "'c'")]);
    check(r#""a\"b" `c\`"#, Dialect::MySql, ";", &[(Text, r#""a\"b""#), (Quoted, r"`c\`")]);
    check(r#""a""b" [c d] `e`"#, Dialect::Sqlite, ";", &[(Quoted, r#""a""b""#), (Quoted, "[c d]"), (Quoted, "`e`")]);
}

#[test]
fn delimiters_may_be_glued_to_anything() {
    check("END$$ a", Dialect::MySql, "$$", &[(Word, "END"), (Delimiter, "$$"), (Word, "a")]);
    check("1// '//'", Dialect::MySql, "//", &[(Number, "1"), (Delimiter, "//"), (Text, "'//'")]);
    check("endgo", Dialect::MySql, "go", &[(Word, "end"), (Delimiter, "go")]);
    check("a ;; b;", Dialect::MySql, ";;", &[(Word, "a"), (Delimiter, ";;"), (Word, "b"), (Symbol, ";")]);
}

#[test]
fn numbers_and_names_that_begin_with_digits() {
    check(
        "1.5e-3 .5 0x1F 2fa t.1st 1e5 1.e2 7",
        Dialect::MySql,
        ";",
        &[
            (Number, "1.5e-3"),
            (Number, ".5"),
            (Number, "0x1F"),
            (Word, "2fa"),
            (Word, "t"),
            (Symbol, "."),
            (Word, "1st"),
            (Number, "1e5"),
            (Number, "1.e2"),
            (Number, "7"),
        ],
    );
    check(
        "a<=>b->>c:=d",
        Dialect::MySql,
        ";",
        &[(Word, "a"), (Symbol, "<=>"), (Word, "b"), (Symbol, "->>"), (Word, "c"), (Symbol, ":="), (Word, "d")],
    );
}

#[test]
fn dollar_quotes_belong_to_mysql_after_as() {
    check("AS $js$ a;$ ' $js$ x", Dialect::MySql, ";", &[(Word, "AS"), (Text, "$js$ a;$ ' $js$"), (Word, "x")]);
    check("AS $js$", Dialect::MariaDb, ";", &[(Word, "AS"), (Word, "$js$")]);
}

#[test]
fn what_never_closes_is_an_error_where_it_opened() {
    for (text, dialect, at) in [
        ("a 'b", Dialect::MySql, 2),
        ("a 'b\\'", Dialect::MySql, 2),
        ("'\\", Dialect::MySql, 0),
        ("x /* b", Dialect::MariaDb, 2),
        ("/*!40101 b", Dialect::MySql, 0),
        ("/*!99999 /* b */", Dialect::MySql, 0),
        ("[a", Dialect::Sqlite, 0),
        ("a `b", Dialect::Sqlite, 2),
    ] {
        let mut lexer = Lexer::new(text, dialect);
        let error = loop {
            match lexer.next_token() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{text:?} closed"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.at, at, "{text:?}");
    }
    assert_eq!(kinds("a /* b", Dialect::Sqlite, ";").len(), 2);
}
