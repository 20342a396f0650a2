//! Questions to the data of SQLite before a table is altered: no twin is needed, since types hold anything there.

use super::alteration::Alteration;
use super::columns::{self, Does};
use super::count::count;
use super::facts::Answer;
use crate::database::{DbError, Session};
use crate::sql::{Dialect, StatementKind, quote_name};
use crate::undo::precheck::{Question, QuestionKind};
use crate::undo::words;

pub(super) async fn answers(session: &mut dyn Session, alteration: &Alteration<'_>) -> Result<Vec<Answer>, DbError> {
    let mut answers = Vec::new();
    for question in questions(alteration) {
        let rows = count(session, &question, Dialect::Sqlite).await?;
        answers.push(Answer { question, rows });
    }
    Ok(answers)
}

fn questions(alteration: &Alteration<'_>) -> Vec<Question> {
    let Ok(table) = quote_name(&alteration.table, Dialect::Sqlite) else { return Vec::new() };
    match alteration.statement.analysis.kind {
        StatementKind::CreateIndex => duplicates(alteration, &table).into_iter().collect(),
        StatementKind::AlterTable => filled(alteration, &table),
        _ => Vec::new(),
    }
}

/// Rows that are twice under the parts of a unique index; a partial one counts its own rows.
fn duplicates(alteration: &Alteration<'_>, table: &str) -> Option<Question> {
    let text = alteration.statement.plain();
    let words = words(text, Dialect::Sqlite).ok()?;
    words.iter().take(2).any(|word| word.is("UNIQUE")).then_some(())?;
    let on = words.iter().position(|word| word.depth == 0 && word.is("ON"))?;
    let open = on + words[on..].iter().position(|word| word.is_symbol("("))?;
    let close = open + words[open..].iter().position(|word| word.is_symbol(")") && word.depth == 0)?;
    let inside: Vec<_> = words[open + 1..close].iter().collect();
    let parts: Vec<&str> = inside
        .split(|word| word.is_symbol(",") && word.depth == 1)
        .filter_map(|part| {
            let part =
                &part[..part.iter().position(|w| w.depth == 1 && (w.is("ASC") || w.is("DESC"))).unwrap_or(part.len())];
            Some(&text[part.first()?.start..part.last()?.end])
        })
        .collect();
    let filled: Vec<String> = parts.iter().map(|part| format!("({part}) IS NOT NULL")).collect();
    let partial = words[close + 1..].iter().position(|word| word.is("WHERE"));
    let own = partial.map_or_else(String::new, |at| format!(" AND ({})", &text[words[close + 1 + at].end..]));
    let sql = format!(
        "SELECT COALESCE(SUM(caribou_n - 1), 0) FROM (SELECT COUNT(*) AS caribou_n FROM {table} WHERE {}{own} GROUP BY {} \
         HAVING COUNT(*) > 1) AS caribou_twice",
        filled.join(" AND "),
        parts.join(", "),
    );
    let index =
        alteration.statement.analysis.touches.first().map_or_else(String::new, |touch| touch.object.name.clone());
    let what = format!("of {} are twice under the key {index}", alteration.table.name);
    Some(Question { what, sql, loses: false, kind: QuestionKind::Duplicates, subject: index })
}

/// Every row is in the way of a column that takes no NULL and has no default.
fn filled(alteration: &Alteration<'_>, table: &str) -> Vec<Question> {
    let columns = columns::written(alteration.statement, Dialect::Sqlite).into_iter();
    let bare = columns.filter(|column| column.does == Does::Adds && column.not_null && !column.generated);
    let bare = bare.filter(|column| !column.has_default || column.default == "NULL");
    bare.map(|column| Question {
        what: format!("of {} have no value for {}, which becomes NOT NULL", alteration.table.name, column.name),
        sql: format!("SELECT COUNT(*) FROM {table}"),
        loses: false,
        kind: QuestionKind::Nulls,
        subject: column.name,
    })
    .collect()
}
