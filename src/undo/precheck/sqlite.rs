//! The questions to the rows of a table of SQLite.

use super::data_check::{DataCheck, Question};
use super::default_value::default_value;
use crate::undo::inverse::NoInverse;
use crate::undo::inverse::sqlite::table::{DIALECT, Lines};

/// Makes the questions that the rows of a table are asked before it goes back: columns that go lose their values, and
/// NOT NULL may stop the undo. Types hold anything here.
pub(super) fn questions(check: &DataCheck<'_>, now: &str, goal: &str) -> Result<Vec<Question>, NoInverse> {
    let (now, goal) = (Lines::parse(now)?.table, Lines::parse(goal)?.table);
    let mut questions = Vec::new();
    for is in now.columns.iter().filter(|column| !column.generated) {
        match goal.columns.iter().find(|was| check.is_same(&is.name, &was.name)) {
            Some(was) if was.is_not_null() && !is.is_not_null() => questions.push(check.nulls(&is.name)?),
            Some(_) => {}
            None => {
                let default = default_value(&is.text, is.is_not_null(), DIALECT)?;
                questions.extend(check.lost_values(&is.name, default)?);
            }
        }
    }
    Ok(questions)
}
