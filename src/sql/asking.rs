//! Statements that ask what the one before them did, so that nothing of ours may run in between: `ROW_COUNT()`,
//! `FOUND_ROWS()`, `@@warning_count`, `GET DIAGNOSTICS`, `SHOW WARNINGS`; SQLite's `changes()`; and under
//! `sql_auto_is_null` every `IS NULL`.

use super::keyword::is;
use super::lexer::{Lexer, TokenKind};
use super::{Dialect, How, ObjectName, Statement, StatementKind, identifiers, inserted, row_change};

/// The question of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Asks {
    /// The last statement that did something: its rows, its warnings.
    last: bool,
    /// The last query: the rows that it found.
    found: bool,
}

const WORDS: [&str; 7] =
    ["ROW_COUNT", "FOUND_ROWS", "WARNING_COUNT", "ERROR_COUNT", "DIAGNOSTICS", "WARNINGS", "ERRORS"];

/// A variable under which `WHERE id IS NULL` means the number that the statement before was given.
const AUTO_IS_NULL: &str = "SQL_AUTO_IS_NULL";

/// Marks the statements about which one behind them asks, and those that are one unit by it.
pub(super) fn mark(statements: &mut [Statement], dialect: Dialect) {
    let mut prepared = Asks::default();
    let mut null_asks = false;
    for at in 0..statements.len() {
        let statement = &statements[at];
        null_asks |= sets_auto_is_null(statement);
        let asks = match statement.analysis.kind {
            StatementKind::Execute => prepared,
            kind if is_body(kind) => Asks::default(),
            kind => {
                let (mut code, text) = asked_in(statement.plain(), dialect);
                code.last |= null_asks && asks_by_null(statement.plain(), dialect);
                prepared.last |= text.last || (kind == StatementKind::Prepare && code.last);
                prepared.found |= text.found || (kind == StatementKind::Prepare && code.found);
                if kind == StatementKind::Prepare { Asks::default() } else { code }
            }
        };
        let from = [asks.last.then(|| last(&statements[..at], dialect)), asks.found.then(|| query(&statements[..at]))];
        if let Some(from) = from.into_iter().flatten().min() {
            unite(&mut statements[from..=at], dialect);
        }
    }
}

fn sets_auto_is_null(statement: &Statement) -> bool {
    statement.analysis.kind == StatementKind::Set && statement.plain().to_ascii_uppercase().contains(AUTO_IS_NULL)
}

fn asks_by_null(sql: &str, dialect: Dialect) -> bool {
    identifiers(sql, dialect).windows(2).any(|two| is(&two[0], "IS") && is(&two[1], "NULL"))
}

/// Its words run another time, if at all.
fn is_body(kind: StatementKind) -> bool {
    use StatementKind::{
        AlterEvent, AlterView, Compound, CreateEvent, CreateFunction, CreateProcedure, CreateTrigger, CreateView,
    };
    matches!(
        kind,
        Compound | CreateEvent | CreateFunction | CreateProcedure | CreateTrigger | CreateView | AlterEvent | AlterView
    )
}

/// Gives the questions in the code of a text, and those in its strings, which may become statements.
fn asked_in(sql: &str, dialect: Dialect) -> (Asks, Asks) {
    let (mut code, mut text) = (Asks::default(), Asks::default());
    let upper = sql.to_ascii_uppercase();
    let sqlite = !dialect.is_mysql_family();
    let may_ask = WORDS.iter().any(|word| upper.contains(word)) || (sqlite && upper.contains("CHANGES"));
    if !may_ask {
        return (code, text);
    }
    let mut lexer = Lexer::new(sql, dialect);
    let mut words: Vec<&str> = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        let slice = &sql[token.start..token.end];
        match token.kind {
            TokenKind::Text => {
                let inside = slice.to_ascii_uppercase();
                text.found |= inside.contains("FOUND_ROWS");
                text.last |= WORDS.iter().any(|word| *word != "FOUND_ROWS" && inside.contains(word));
            }
            TokenKind::Word | TokenKind::Symbol => words.push(slice),
            _ => {}
        }
    }
    let first = |word: &str| words.first().is_some_and(|found| is(found, word));
    for (at, word) in words.iter().enumerate() {
        let called = words.get(at + 1) == Some(&"(");
        if sqlite {
            // A table may have that name, and a list of columns behind it.
            code.last |= called && words.get(at + 2) == Some(&")") && is(word, "CHANGES");
            continue;
        }
        let variable = at > 0 && matches!(words[at - 1], "@" | ".");
        code.found |= called && is(word, "FOUND_ROWS");
        code.last |= called && is(word, "ROW_COUNT");
        code.last |= variable && (is(word, "WARNING_COUNT") || is(word, "ERROR_COUNT"));
        code.last |= first("GET") && is(word, "DIAGNOSTICS");
        code.last |= first("SHOW") && (is(word, "WARNINGS") || is(word, "ERRORS"));
    }
    (code, text)
}

/// The last statement that did something: those that only set or tell something leave what they find.
fn last(before: &[Statement], dialect: Dialect) -> usize {
    // SQLite tells of the last one that changed rows.
    let did = |statement: &Statement| match dialect {
        Dialect::Sqlite => statement.analysis.kind.is_dml(),
        Dialect::MySql | Dialect::MariaDb => !is_light(statement),
    };
    before.iter().rposition(did).unwrap_or_default()
}

fn is_light(statement: &Statement) -> bool {
    use StatementKind::{Do, Select, Set, Show, Signal};
    let analysis = &statement.analysis;
    matches!(analysis.kind, Do | Set | Show | Signal) || (analysis.kind == Select && analysis.touches.is_empty())
}

fn query(before: &[Statement]) -> usize {
    use StatementKind::{Select, Show};
    let asks = |statement: &Statement| {
        let kind = statement.analysis.kind;
        kind.is_opaque() || matches!(kind, Select | Show)
    };
    before.iter().rposition(asks).unwrap_or_default()
}

/// The last of these asks about those before it.
fn unite(statements: &mut [Statement], dialect: Dialect) {
    let breaks = |(at, statement): (usize, &Statement)| {
        let (analysis, kind) = (&statement.analysis, statement.analysis.kind);
        let commits = analysis.implicit_commit(dialect) && !kind.is_opaque();
        let locks = matches!(kind, StatementKind::LockTables | StatementKind::UnlockTables);
        (commits && (at > 0 || !kind.is_ddl())) || kind.is_transaction_control() || locks || analysis.flags.autocommit
    };
    let broken = statements.iter().enumerate().any(breaks);
    let count = statements.len();
    for (at, statement) in statements.iter_mut().enumerate() {
        let flags = &mut statement.analysis.flags;
        flags.asked |= at + 1 < count;
        flags.unit |= !broken;
    }
}

/// Reason why what a statement destroys cannot be kept, where statements behind it or before it leave no place for that.
pub fn no_place_to_keep(statements: &[Statement], index: usize, dialect: Dialect) -> Option<String> {
    let statement = statements.get(index)?;
    let (kind, flags) = (statement.analysis.kind, statement.analysis.flags);
    if flags.asked && kind == StatementKind::AlterTable {
        return Some("the next statement asks what it did, and nothing can be noted before that".to_owned());
    }
    let from = (0..index).rev().take_while(|at| statements[*at].analysis.flags.asked).last();
    let from = from?;
    if dialect == Dialect::Sqlite && inserted(statement.plain(), dialect).is_none() {
        return Some("it asks what a statement before it did, and nothing can be copied in between".to_owned());
    }
    let written = |statement: &Statement| -> Vec<ObjectName> {
        let touches = statement.analysis.touches.iter().filter(|touch| touch.how == How::Writes);
        touches.map(|touch| touch.object.clone()).collect()
    };
    let own = written(statement);
    let unit = &statements[from..index];
    // Rows that are added are known by their keys, before and after.
    let adds = |statement: &Statement| inserted(statement.plain(), dialect).is_some();
    let adds_both = |other: &Statement| adds(statement) && adds(other);
    let clashes = |other: &&Statement| written(other).iter().any(|table| own.contains(table)) && !adds_both(other);
    if let Some(other) = unit.iter().find(clashes) {
        let before = other.index + 1;
        return Some(format!(
            "it asks what a statement before it did, so its rows are copied before statement {before}, which changes the \
             same table"
        ));
    }
    let condition = row_change(statement.plain(), dialect).and_then(|change| change.condition.map(str::to_owned));
    let condition = condition.unwrap_or_default();
    let (code, _) = asked_in(&condition, dialect);
    let by_null = asks_by_null(&condition, dialect) && statements[..index].iter().any(sets_auto_is_null);
    (code != Asks::default() || by_null)
        .then(|| "its condition asks what the statement before it did, and can be asked at no other time".to_owned())
}

/// True if a statement behind this one may give rows of SQLite other numbers.
pub fn is_vacuumed_later(statements: &[Statement], index: usize) -> bool {
    let vacuums = |s: &Statement| {
        s.analysis.kind == StatementKind::Vacuum
            && !identifiers(s.plain(), Dialect::Sqlite).iter().any(|w| is(w, "INTO"))
    };
    statements.iter().skip(index + 1).any(vacuums)
}

/// True if a statement cannot see what the statements before it left in its session: rows counted, numbers given,
/// warnings. That is said of plain definitions only, which run no code of others.
pub(crate) fn is_deaf(statement: &Statement) -> bool {
    use StatementKind::{AlterTable, CreateIndex, CreateTable, DropIndex, DropTable};
    let analysis = &statement.analysis;
    let is_plain = matches!(analysis.kind, CreateTable | AlterTable | CreateIndex | DropIndex | DropTable);
    let reads = analysis.touches.iter().any(|touch| touch.how == How::Reads);
    let upper = statement.plain().to_ascii_uppercase();
    let asks = ["LAST_INSERT_ID", "FOUND_ROWS", "ROW_COUNT", "IDENTITY", "_COUNT", "SELECT"];
    is_plain && !reads && !asks.iter().any(|word| upper.contains(word))
}

#[cfg(test)]
mod tests {
    use super::super::statements;
    use super::*;

    fn marks(text: &str) -> String {
        let found = statements(text, Dialect::MariaDb).unwrap();
        let mark = |s: &Statement| match (s.analysis.flags.asked, s.analysis.flags.unit) {
            (true, true) => 'a',
            (true, false) => 'A',
            (false, true) => 'u',
            (false, false) => '.',
        };
        found.iter().map(mark).collect()
    }

    #[test]
    fn who_asks_is_one_unit_with_those_it_asks_about() {
        for (text, expected) in [
            ("UPDATE t SET n = 1; INSERT INTO o VALUES (ROW_COUNT()); DELETE FROM t", "au."),
            ("UPDATE t SET n = 1; SET @n = row_count ( ); DELETE FROM t", "au."),
            ("INSERT INTO t VALUES (1); SELECT 1; SELECT @@session.warning_count", "aau"),
            ("INSERT INTO t VALUES (1); GET CURRENT DIAGNOSTICS @n = NUMBER; INSERT INTO o VALUES (@n)", "au."),
            ("SELECT id FROM t; UPDATE t SET n = 1; INSERT INTO o VALUES (FOUND_ROWS())", "aau"),
            ("UPDATE t SET n = 1; SELECT 'ROW_COUNT()' /* FOUND_ROWS() */", ".."),
            ("DELETE FROM t; PREPARE s FROM 'SELECT ROW_COUNT()'; DELETE FROM t; EXECUTE s", "..au"),
            ("CREATE TABLE IF NOT EXISTS t (a INT); SHOW WARNINGS", "au"),
            ("BEGIN; DELETE FROM t; COMMIT; SELECT ROW_COUNT()", "..A."),
            ("DELETE FROM t; CREATE TABLE u AS SELECT ROW_COUNT() AS n", "A."),
            ("CREATE PROCEDURE p() SELECT ROW_COUNT(); DELETE FROM t", ".."),
            ("INSERT INTO o VALUES (FOUND_ROWS())", "u"),
        ] {
            assert_eq!(marks(text), expected, "{text}");
        }
    }

    #[test]
    fn sqlite_tells_of_the_last_that_changed_rows() {
        let text = "UPDATE t SET n = 1; SELECT 1; INSERT INTO o VALUES (changes()); SELECT total_changes()";
        let found = statements(text, Dialect::Sqlite).unwrap();
        let asked: Vec<bool> = found.iter().map(|statement| statement.analysis.flags.asked).collect();
        assert_eq!(asked, [true, true, false, false]);
        let of_a_table = "DELETE FROM t; CREATE TABLE changes (a); INSERT INTO changes (a) VALUES (1)";
        assert!(statements(of_a_table, Dialect::Sqlite).unwrap().iter().all(|s| !s.analysis.flags.asked));
        let keeps = |text: &str| no_place_to_keep(&statements(text, Dialect::Sqlite).unwrap(), 1, Dialect::Sqlite);
        assert!(keeps("UPDATE t SET n = 1; INSERT INTO o VALUES (1, changes())").is_none());
        assert!(keeps("UPDATE t SET n = 1; UPDATE o SET n = changes()").is_some());
    }

    #[test]
    fn null_asks_for_the_last_number_where_the_script_says_so() {
        assert_eq!(
            marks("SET sql_auto_is_null = 1; INSERT INTO t (n) VALUES (1); DELETE FROM t WHERE id IS NULL"),
            ".au"
        );
        assert_eq!(marks("INSERT INTO t (n) VALUES (1); DELETE FROM t WHERE id IS NULL"), "..");
    }

    #[test]
    fn rows_are_kept_where_there_is_a_place_for_it() {
        let place = |text: &str, index| {
            let found = statements(text, Dialect::MySql).unwrap();
            no_place_to_keep(&found, index, Dialect::MySql).is_none()
        };
        assert!(place("UPDATE t SET n = 1; INSERT INTO o VALUES (ROW_COUNT())", 1));
        assert!(place("INSERT INTO o VALUES (1, 0); INSERT INTO o VALUES (2, ROW_COUNT())", 1));
        assert!(!place("UPDATE o SET n = 2; INSERT INTO o VALUES (2, ROW_COUNT())", 1));
        assert!(place("UPDATE t SET n = 1; UPDATE o SET n = ROW_COUNT() WHERE id = 1", 1));
        // Such a condition cannot be asked: the whole table is copied, ahead of both.
        assert!(place("UPDATE t SET n = 1; UPDATE o SET n = 1 WHERE id = ROW_COUNT()", 1));
        assert!(!place("UPDATE t SET n = 1; UPDATE t SET m = ROW_COUNT()", 1));
        assert!(!place("ALTER TABLE t DROP COLUMN n; SELECT ROW_COUNT()", 0));
    }
}
