//! What became of the number of rows that a file expects of a statement (`rows=`): not a check of the table, since the
//! statement is held to it whatever is configured.

use super::ended::EndedStatement;
use crate::model::{Finding, ValidationStatus};
use crate::sql::RowRange;

/// The name in the log of what became of `rows=`.
pub(super) const ROWS_EXPECTED: &str = "rows_expected";

/// What became of the number of rows that the file says the statement changes (`rows=`).
pub(super) fn rows_expected(ended: &EndedStatement<'_>) -> Option<Finding> {
    let (expected, rows): (RowRange, u64) = (ended.statement.rows?, ended.rows?);
    let holds = expected.holds(rows);
    let status = if holds { ValidationStatus::Passed } else { ValidationStatus::Failed };
    let (line, number) = (ended.statement.line, ended.statement.index + 1);
    let found = format!("line {line}: statement {number}: {rows} rows changed, where {expected} are expected");
    let result = if holds { found } else { format!("{found}\npolicy: rows= of the statement") };
    Some(Finding { check: ROWS_EXPECTED.to_owned(), status, class: None, result, ms: 0 })
}
