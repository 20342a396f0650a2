//! Queries that count the rows of a table that an undo would stop at, or cut values from.

use super::default_value::DefaultValue;
use crate::sql::lexer::TokenKind;
use crate::sql::{Dialect, quote_identifier};
use crate::undo::inverse::NoInverse;
use crate::undo::inverse::lossless::{Bound, bound};
use crate::undo::inverse::table::Table;
use crate::undo::inverse::text::{Word, same_name, unquoted, words};

/// Subject of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionKind {
    /// Rows without a value for a column that becomes NOT NULL.
    Nulls,
    /// Values that a type does not hold.
    OutOfRange,
    /// Values of a column that goes.
    LostValues,
    /// Rows that are twice under a unique key.
    Duplicates,
    /// Rows without their parent.
    Orphans,
    /// Rows that a check refuses.
    Violations,
}

/// A question to the data of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Description of what it counts, in words that follow a number of rows.
    pub what: String,
    /// The query: one row with one number.
    pub sql: String,
    /// True if the rows lose a value on the way; else they stop the undo.
    pub loses: bool,
    /// Kind of its subject.
    pub kind: QuestionKind,
    /// The column, key or check.
    pub subject: String,
}

/// A column that has another name in the goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedColumn {
    /// Its name as the table stands.
    pub now: String,
    /// Its name in the goal.
    pub before: String,
}

/// A column whose texts will compare under another collation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    /// Its name as the table stands.
    pub(super) column: String,
    pub(super) charset: String,
    pub(super) collation: String,
}

/// The check of one table's rows.
pub(super) struct DataCheck<'a> {
    /// Quoted.
    pub(super) table: String,
    /// The table's name for people.
    pub(super) label: String,
    pub(super) dialect: Dialect,
    pub(super) renamed: &'a [RenamedColumn],
}

impl DataCheck<'_> {
    /// True if a column of now is a column of the goal.
    pub(super) fn is_same(&self, is: &str, was: &str) -> bool {
        match self.renamed.iter().find(|column| same_name(&column.now, is)) {
            Some(column) => same_name(&column.before, was),
            None => same_name(is, was),
        }
    }

    /// Name that a column of the goal has now.
    fn name_now(&self, was: &str) -> String {
        let renamed = self.renamed.iter().find(|column| same_name(&column.before, was));
        renamed.map_or_else(|| was.to_owned(), |column| column.now.clone())
    }

    fn question(&self, what: String, condition: &str, (kind, subject): (QuestionKind, &str)) -> Question {
        let sql = format!("SELECT COUNT(*) FROM {} AS t WHERE {condition}", self.table);
        Question { what, sql, loses: kind == QuestionKind::LostValues, kind, subject: subject.to_owned() }
    }

    fn column(&self, name: &str) -> Result<String, NoInverse> {
        Ok(format!("t.{}", quote_identifier(name, self.dialect)?))
    }

    pub(super) fn nulls(&self, name: &str) -> Result<Question, NoInverse> {
        let what = format!("of {} have no value for {name}, which becomes NOT NULL", self.label);
        Ok(self.question(what, &format!("{} IS NULL", self.column(name)?), (QuestionKind::Nulls, name)))
    }

    /// Values that the goal's type does not hold, where a bound tells.
    pub(super) fn out_of_range(&self, name: &str, is: &str, was: &str) -> Result<Option<Question>, NoInverse> {
        let column = self.column(name)?;
        let condition = match bound(is, was, self.dialect)? {
            Some(Bound::Characters(most)) => format!("CHAR_LENGTH({column}) > {most}"),
            Some(Bound::Between(least, most)) => format!("{column} NOT BETWEEN {least} AND {most}"),
            Some(Bound::OneOf(values)) => format!("{column} NOT IN ({})", values.join(", ")),
            Some(Bound::Decimal(digits, scale)) => {
                format!("{column} <> ROUND({column}, {scale}) OR ABS({column}) >= 1e{}", digits.saturating_sub(scale))
            }
            Some(Bound::Digits) => format!("TRIM({column}) NOT REGEXP '^[-+]?[0-9]+$'"),
            Some(Bound::Days) => format!("TIME({column}) <> '00:00:00'"),
            None => return Ok(None),
        };
        let what = format!("of {} have a value in {name} that is beyond its type of before", self.label);
        Ok(Some(self.question(what, &condition, (QuestionKind::OutOfRange, name))))
    }

    /// Values of a column that goes, beside the one that every row got with it.
    pub(super) fn lost_values(&self, name: &str, default: DefaultValue) -> Result<Option<Question>, NoInverse> {
        let column = self.column(name)?;
        let equal = if self.dialect == Dialect::Sqlite { "IS" } else { "<=>" };
        let condition = match default {
            DefaultValue::Null => format!("{column} IS NOT NULL"),
            DefaultValue::Literal(text) => format!("NOT ({column} {equal} {text})"),
            DefaultValue::Empty => format!("{column} <> ''"),
            DefaultValue::Computed => return Ok(None),
        };
        let what = format!("of {} have a value in {name}, which is dropped", self.label);
        Ok(Some(self.question(what, &condition, (QuestionKind::LostValues, name))))
    }

    /// Rows that a unique key does not take beside each other, where some of its columns compare otherwise than now.
    pub(super) fn duplicates(
        &self,
        now: &Table,
        (name, text): (&str, &str),
        compared: &[Compared],
    ) -> Result<Option<Question>, NoInverse> {
        let words = words(text, self.dialect)?;
        let Some(mut parts) = self.key_parts(now, &words, 0)? else { return Ok(None) };
        for Compared { column, charset, collation } in compared {
            let column = self.column(column)?;
            for part in parts.iter_mut().filter(|part| part.contains(&column)) {
                *part = format!("CONVERT({part} USING {charset}) COLLATE {collation}");
            }
        }
        let filled: Vec<String> = parts.iter().map(|part| format!("{part} IS NOT NULL")).collect();
        let sql = format!(
            "SELECT COALESCE(SUM(caribou_n - 1), 0) FROM (SELECT COUNT(*) AS caribou_n FROM {} AS t WHERE {} GROUP BY {} \
             HAVING COUNT(*) > 1) AS caribou_twice",
            self.table,
            filled.join(" AND "),
            parts.join(", "),
        );
        let what = format!("of {} are twice under the key {name}", self.label);
        Ok(Some(Question { what, sql, loses: false, kind: QuestionKind::Duplicates, subject: name.to_owned() }))
    }

    /// Rows whose parent is not there.
    pub(super) fn orphans(&self, now: &Table, name: &str, text: &str) -> Result<Option<Question>, NoInverse> {
        let words = words(text, self.dialect)?;
        let Some(refers) = words.iter().position(|word| word.is("REFERENCES")) else { return Ok(None) };
        let Some(open) = words.iter().skip(refers).position(|word| word.is_symbol("(")) else { return Ok(None) };
        let parent: String = words[refers + 1..refers + open].iter().map(|word| word.text).collect();
        let (Some(child), Some(keys)) =
            (self.key_parts(now, &words[..refers], 0)?, plain_parts(&words[refers + open..]))
        else {
            return Ok(None);
        };
        let filled: Vec<String> = child.iter().map(|part| format!("{part} IS NOT NULL")).collect();
        let same: Vec<String> = child.iter().zip(keys).map(|(child, key)| format!("p.{key} = {child}")).collect();
        let condition = format!(
            "{} AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE {})",
            filled.join(" AND "),
            same.join(" AND ")
        );
        let what =
            format!("of {} have no parent in {} (foreign key {name})", self.label, parent.replace(['`', '"'], ""));
        Ok(Some(self.question(what, &condition, (QuestionKind::Orphans, name))))
    }

    /// Rows that a check refuses.
    pub(super) fn violations(&self, name: &str, text: &str) -> Result<Option<Question>, NoInverse> {
        let words = words(text, self.dialect)?;
        let Some(check) = words.iter().position(|word| word.is("CHECK")) else { return Ok(None) };
        let Some(close) = words.iter().rposition(|word| word.is_symbol(")") && word.depth == 0) else {
            return Ok(None);
        };
        let condition = format!("NOT ({})", &text[words[check].end..words[close].end]);
        let what = format!("of {} break the check {name}", self.label);
        Ok(Some(self.question(what, &condition, (QuestionKind::Violations, name))))
    }

    /// The columns in the first parentheses, as they are called now; nothing where one is an expression, or is not there.
    fn key_parts(&self, now: &Table, words: &[Word<'_>], from: usize) -> Result<Option<Vec<String>>, NoInverse> {
        let Some(open) = words.iter().skip(from).position(|word| word.is_symbol("(")) else { return Ok(None) };
        let inside: Vec<&Word<'_>> = words[from + open + 1..].iter().take_while(|word| word.depth > 0).collect();
        let mut parts = Vec::new();
        for part in inside.split(|word| word.is_symbol(",") && word.depth == 1) {
            let Some(first) = part.first().filter(|word| word.kind == TokenKind::Quoted) else { return Ok(None) };
            let name = self.name_now(&unquoted(first.text));
            if !now.columns.iter().any(|column| same_name(&column.name, &name)) {
                return Ok(None);
            }
            let column = self.column(&name)?;
            // Of a text, the first characters may be all that the key sees.
            let length = part.get(2).filter(|_| part.get(1).is_some_and(|word| word.is_symbol("(")));
            parts.push(length.map_or_else(|| column.clone(), |length| format!("LEFT({column}, {})", length.text)));
        }
        Ok((!parts.is_empty()).then_some(parts))
    }
}

/// The names in the first parentheses, in their quotes.
fn plain_parts(words: &[Word<'_>]) -> Option<Vec<String>> {
    let inside = words.iter().skip(1).take_while(|word| word.depth > 0);
    let names: Vec<String> = inside.filter(|word| !word.is_symbol(",")).map(|word| word.text.to_owned()).collect();
    (!names.is_empty()).then_some(names)
}
