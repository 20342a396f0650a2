//! The verify script: written by the author, run after the file, on a session like the file's own.

use super::context::CheckContext;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Block;
use crate::database::{DbError, ErrorKind, Purpose, Session, Value};
use crate::sql::{Script, Statement, StatementKind};

pub(super) const VERIFY_SCRIPT: Check =
    Check::post("verify_script", [Block, Block], CheckFn::Database(|context| Box::pin(verify_script(context)))).told(
        "Every statement of the verify script succeeds, and the first column of every row is true.",
        "the author says by it what must be so once the file has run",
        "",
    );

async fn verify_script(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let script: &Script = match context.file.verify {
        None => return Ok(CheckOutcome { compared: "no verify script".to_owned(), ..CheckOutcome::default() }),
        Some(Err(error)) => {
            return Ok(
                CheckOutcome::counted(0, "statement").with(vec![Violation::on_line(error.line, error.to_string())])
            );
        }
        Some(Ok(script)) => script,
    };
    let outcome = CheckOutcome::counted(script.statements.len(), "statement");
    if let Some(statement) = script.statements.iter().find(|statement| !only_looks(statement)) {
        let message = format!("a verify script only looks, and this is {}: take it out", statement.analysis.kind);
        return Ok(outcome.with(vec![Violation::at(statement, message)]));
    }
    let mut session = context.database.open(Purpose::File).await?;
    let answer = ask(session.as_mut(), &script.statements).await;
    session.close().await;
    Ok(outcome.with(answer?))
}

/// Reading, and settings of the session for it.
fn only_looks(statement: &Statement) -> bool {
    let kind = statement.analysis.kind;
    let files = matches!(kind, StatementKind::Attach | StatementKind::Detach | StatementKind::Pragma);
    kind.is_harmless() && !kind.is_transaction_control() && !files
}

async fn ask(session: &mut dyn Session, statements: &[Statement]) -> Result<Vec<Violation>, DbError> {
    let mut violations = Vec::new();
    for statement in statements {
        if statement.analysis.kind == StatementKind::Use {
            if let Some(touch) = statement.analysis.touches.first() {
                session.use_schema(&touch.object.name).await?;
            }
            continue;
        }
        match session.query_text(&statement.sql).await {
            Ok(rows) => {
                let answers: Vec<&Value> = rows.iter().map(|row| row.get(0)).collect();
                violations.extend(not_true(&answers).map(|message| Violation::at(statement, message)));
            }
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => violations.push(Violation::at(statement, format!("it failed: {error}"))),
        }
    }
    Ok(violations)
}

/// Which of a statement's answers are not true; `None` where all are.
fn not_true(answers: &[&Value]) -> Option<String> {
    let wrong: Vec<&&Value> = answers.iter().filter(|answer| !is_true(answer)).collect();
    let first = wrong.first()?.as_text().unwrap_or_else(|| "NULL".to_owned());
    Some(match (wrong.len(), answers.len()) {
        (_, 1) => format!("it says {first}, not true"),
        (1, all) => format!("1 of {all} rows is not true: it says {first}"),
        (some, all) => format!("{some} of {all} rows are not true, the first says {first}"),
    })
}

/// As the servers judge a condition: a number other than 0. Texts `t`, `true`, `yes`, `ok` are meant so too.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Int(number) => *number != 0,
        Value::UInt(number) => *number != 0,
        Value::Real(number) => *number != 0.0,
        Value::Text(_) | Value::Bytes(_) => {
            let text = value.as_text().unwrap_or_default();
            let word = text.trim().to_ascii_lowercase();
            matches!(word.as_str(), "t" | "true" | "y" | "yes" | "ok") || word.parse::<f64>().is_ok_and(|n| n != 0.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, statements};

    #[test]
    fn what_is_true() {
        for value in
            [Value::Int(1), Value::Int(-3), Value::UInt(7), Value::Real(0.5), "1".into(), "true".into(), "2.0".into()]
        {
            assert!(is_true(&value), "{value:?}");
        }
        for value in [Value::Null, Value::Int(0), Value::Real(0.0), "0".into(), "".into(), "false".into(), "abc".into()]
        {
            assert!(!is_true(&value), "{value:?}");
        }
    }

    #[test]
    fn what_is_not_true_is_said_by_how_much_of_it_is_not() {
        let said = |answers: &[i64]| {
            let answers: Vec<Value> = answers.iter().map(|answer| Value::Int(*answer)).collect();
            not_true(&answers.iter().collect::<Vec<_>>())
        };
        assert_eq!(said(&[1, 2]), None);
        assert_eq!(said(&[0]).as_deref(), Some("it says 0, not true"));
        assert_eq!(said(&[1, 0, 1]).as_deref(), Some("1 of 3 rows is not true: it says 0"));
        assert_eq!(said(&[0, 1, 0]).as_deref(), Some("2 of 3 rows are not true, the first says 0"));
        assert_eq!(not_true(&[&Value::Null]).as_deref(), Some("it says NULL, not true"));
    }

    #[test]
    fn a_verify_script_only_looks() {
        let only = |sql: &str| statements(sql, Dialect::MariaDb).unwrap().iter().all(only_looks);
        assert!(only("SELECT 1; SET @a = 2; SHOW TABLES; USE x;"));
        for sql in
            ["DELETE FROM t WHERE a = 1", "DROP TABLE t", "CALL p()", "COMMIT", "SET GLOBAL read_only = 1", "EXECUTE s"]
        {
            assert!(!only(sql), "{sql}");
        }
    }
}
