//! What a column loses because its new definition does not repeat it.

use super::alters::over;
use super::columns::{self, Does};
use super::context::CheckContext;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Warn;
use crate::database::DbError;
use crate::sql::{AlterOperation, Dialect, Statement};
use crate::undo::words;

pub(super) const ATTRIBUTES_LOST: Check =
    Check::pre("attributes_lost", [Warn, Warn], CheckFn::Database(|c| Box::pin(attributes_lost(c)))).told(
        "MODIFY and CHANGE repeat all that their column has: AUTO_INCREMENT, NOT NULL, its default, ON UPDATE, its comment.",
        "a column becomes what the statement says and nothing else: what is not repeated is gone without a word, and the \
         next INSERT finds out",
        "write the whole definition (SHOW CREATE TABLE shows it); for a default alone ALTER COLUMN … SET DEFAULT; say NULL or \
         DEFAULT NULL where that is meant",
    );

/// What a definition may say of a column: the words by which it shows, and the words by which an author says that he
/// has thought of it.
const SAID: &[(&str, &[&str], &[&str])] = &[
    ("AUTO_INCREMENT", &["AUTO_INCREMENT"], &["AUTO_INCREMENT"]),
    ("ON UPDATE", &["ON", "UPDATE"], &["ON", "UPDATE"]),
    ("its comment", &["COMMENT"], &["COMMENT"]),
    ("NOT NULL", &["NOT", "NULL"], &["NULL"]),
    ("its default", &["DEFAULT"], &["DEFAULT"]),
];

async fn attributes_lost(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    over(context, |context, one, statement| {
        let dialect = context.file.dialect;
        let Some((before, after)) = one.tables(dialect) else { return (Vec::new(), None) };
        let mut violations = Vec::new();
        for column in columns::written(statement, dialect).iter().filter(|column| column.does == Does::Redefines) {
            let name = name_before(statement, &column.name);
            let Some(was) = before.columns.iter().find(|was| was.name.eq_ignore_ascii_case(name)) else { continue };
            let Some(is) = after.columns.iter().find(|is| is.name.eq_ignore_ascii_case(&column.name)) else { continue };
            // A column that is computed has none of these.
            if was.generated || is.generated {
                continue;
            }
            let lost = SAID.iter().filter(|(_, shown, said)| {
                has(&was.shown, shown, dialect)
                    && !is_null_default(&was.shown, shown, dialect)
                    && !is_kept(&is.shown, shown, dialect)
                    && !has(statement.plain(), said, dialect)
            });
            let lost: Vec<&str> = lost.map(|(what, ..)| *what).collect();
            if !lost.is_empty() {
                let seen = format!("{}.{} loses {}: it is {} now", one.table, column.name, lost.join(", "), was.shown);
                violations.push(Violation::at(statement, seen));
            }
        }
        (violations, None)
    })
    .await
}

/// The name of a column before a statement that gives it another.
fn name_before<'a>(statement: &'a Statement, name: &'a str) -> &'a str {
    let renamed = statement.analysis.operations.iter().find_map(|operation| match operation {
        AlterOperation::ChangeColumn { from, to } if to.eq_ignore_ascii_case(name) => Some(from.as_str()),
        _ => None,
    });
    renamed.unwrap_or(name)
}

fn has(text: &str, wanted: &[&str], dialect: Dialect) -> bool {
    let Ok(words) = words(text, dialect) else { return false };
    words.windows(wanted.len()).any(|some| some.iter().zip(wanted).all(|(word, wanted)| word.is(wanted)))
}

/// MariaDB shows `DEFAULT NULL` where there is none.
fn is_null_default(shown: &str, what: &[&str], dialect: Dialect) -> bool {
    what == ["DEFAULT"] && has(shown, &["DEFAULT", "NULL"], dialect)
}

fn is_kept(shown: &str, what: &[&str], dialect: Dialect) -> bool {
    has(shown, what, dialect) && !is_null_default(shown, what, dialect)
}
