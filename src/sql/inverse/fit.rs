//! Whether a table's rows, as they are now, fit the definition to which an undo brings it back, and which values go on the
//! way: questions to the data, each a query that counts (`3-rollback`, Before you approve).
//!
//! Nothing is asked that both definitions answer alike. What a definition does not tell is not asked: no question is no
//! promise.

use super::super::{Dialect, ObjectName, quote_identifier, quote_name};
use super::lossless::{Bound, bound};
use super::table::{KeyClass, Table};
use super::text::{Word, same_name, unquoted, words};
use super::{NoInverse, sqlite};
use crate::sql::lexer::TokenKind;

/// A question to the data of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it counts, in words that follow a number of rows.
    pub what: String,
    /// The query: one row with one number.
    pub sql: String,
    /// Whether the rows lose a value on the way; else they stop the undo.
    pub loses: bool,
}

/// A column that has another name in the goal.
pub type Renamed = (String, String);

/// The questions about a table that stands as `now` and goes back to `goal`.
///
/// # Errors
/// Where one of the definitions does not read as a table's.
pub fn questions(
    table: &ObjectName,
    (now, goal): (&str, &str),
    renamed: &[Renamed],
    dialect: Dialect,
) -> Result<Vec<Question>, NoInverse> {
    let asker = Asker { table: quote_name(table, dialect)?, label: table.to_string(), dialect, renamed };
    if dialect == Dialect::Sqlite {
        return sqlite::questions(&asker, now, goal);
    }
    let (now, goal) = (Table::parse(now, dialect)?, Table::parse(goal, dialect)?);
    let mut questions = Vec::new();
    for is in &now.columns {
        match goal.columns.iter().find(|was| asker.is_same(&is.name, &was.name)) {
            Some(was) if was.shown != is.shown && !was.generated => {
                if was.not_null && !is.not_null {
                    questions.push(asker.null(&is.name)?);
                }
                questions.extend(asker.beyond(&is.name, &is.shown, &was.shown)?);
            }
            Some(_) => {}
            None if is.generated || is.auto_increment => {}
            None => questions.extend(asker.lost(&is.name, usual(&is.shown, is.not_null, dialect)?)?),
        }
    }
    let is_there = |name: &str| now.keys.iter().any(|key| same_name(&key.name, name));
    let unique = |class| matches!(class, KeyClass::Primary | KeyClass::Unique);
    for key in goal.keys.iter().filter(|key| unique(key.class) && !is_there(&key.name)) {
        questions.extend(asker.twice(&now, &key.name, &key.text)?);
    }
    let is_there = |name: &str| now.foreign_keys.iter().any(|key| same_name(&key.name, name));
    for key in goal.foreign_keys.iter().filter(|key| !is_there(&key.name)) {
        questions.extend(asker.orphans(&now, &key.name, &key.text)?);
    }
    let is_there = |name: &str| now.checks.iter().any(|check| same_name(&check.name, name));
    for check in goal.checks.iter().filter(|check| renamed.is_empty() && !is_there(&check.name)) {
        questions.extend(asker.breaks(&check.name, &check.text)?);
    }
    Ok(questions)
}

/// Who asks about which table.
pub(super) struct Asker<'a> {
    /// Quoted.
    table: String,
    label: String,
    dialect: Dialect,
    renamed: &'a [Renamed],
}

impl Asker<'_> {
    /// Whether a column of now is a column of the goal.
    pub(super) fn is_same(&self, is: &str, was: &str) -> bool {
        match self.renamed.iter().find(|(from, _)| same_name(from, is)) {
            Some((_, to)) => same_name(to, was),
            None => same_name(is, was),
        }
    }

    /// What a column of the goal is called now.
    fn called(&self, was: &str) -> String {
        let renamed = self.renamed.iter().find(|(_, to)| same_name(to, was));
        renamed.map_or_else(|| was.to_owned(), |(is, _)| is.clone())
    }

    fn question(&self, what: String, condition: &str, loses: bool) -> Question {
        let sql = format!("SELECT COUNT(*) FROM {} AS t WHERE {condition}", self.table);
        Question { what, sql, loses }
    }

    fn column(&self, name: &str) -> Result<String, NoInverse> {
        Ok(format!("t.{}", quote_identifier(name, self.dialect)?))
    }

    pub(super) fn null(&self, name: &str) -> Result<Question, NoInverse> {
        let what = format!("of {} have no value for {name}, which becomes NOT NULL", self.label);
        Ok(self.question(what, &format!("{} IS NULL", self.column(name)?), false))
    }

    /// Values that the goal's type does not hold, where a bound tells.
    fn beyond(&self, name: &str, is: &str, was: &str) -> Result<Option<Question>, NoInverse> {
        let column = self.column(name)?;
        let condition = match bound(is, was, self.dialect)? {
            Some(Bound::Characters(most)) => format!("CHAR_LENGTH({column}) > {most}"),
            Some(Bound::Between(least, most)) => format!("{column} NOT BETWEEN {least} AND {most}"),
            None => return Ok(None),
        };
        let what = format!("of {} have a value in {name} that is beyond its type of before", self.label);
        Ok(Some(self.question(what, &condition, false)))
    }

    /// Values of a column that goes, beside the one that every row got with it.
    pub(super) fn lost(&self, name: &str, usual: Usual) -> Result<Option<Question>, NoInverse> {
        let column = self.column(name)?;
        let equal = if self.dialect == Dialect::Sqlite { "IS" } else { "<=>" };
        let condition = match usual {
            Usual::Null => format!("{column} IS NOT NULL"),
            Usual::Literal(text) => format!("NOT ({column} {equal} {text})"),
            Usual::Empty => format!("{column} <> ''"),
            Usual::Unknown => return Ok(None),
        };
        let what = format!("of {} have a value in {name}, which is dropped", self.label);
        Ok(Some(self.question(what, &condition, true)))
    }

    /// Rows that a unique key does not take beside each other.
    fn twice(&self, now: &Table, name: &str, text: &str) -> Result<Option<Question>, NoInverse> {
        let words = words(text, self.dialect)?;
        let Some(parts) = self.key_parts(now, &words, 0)? else { return Ok(None) };
        let filled: Vec<String> = parts.iter().map(|part| format!("{part} IS NOT NULL")).collect();
        let sql = format!(
            "SELECT COALESCE(SUM(caribou_n - 1), 0) FROM (SELECT COUNT(*) AS caribou_n FROM {} AS t WHERE {} GROUP BY {} \
             HAVING COUNT(*) > 1) AS caribou_twice",
            self.table,
            filled.join(" AND "),
            parts.join(", "),
        );
        Ok(Some(Question { what: format!("of {} are twice under the key {name}", self.label), sql, loses: false }))
    }

    /// Rows whose parent is not there.
    fn orphans(&self, now: &Table, name: &str, text: &str) -> Result<Option<Question>, NoInverse> {
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
        let what = format!("of {} have no parent in {} (foreign key {name})", self.label, unquoted(&parent));
        Ok(Some(self.question(what, &condition, false)))
    }

    /// Rows that a check refuses.
    fn breaks(&self, name: &str, text: &str) -> Result<Option<Question>, NoInverse> {
        let words = words(text, self.dialect)?;
        let Some(check) = words.iter().position(|word| word.is("CHECK")) else { return Ok(None) };
        let Some(close) = words.iter().rposition(|word| word.is_symbol(")") && word.depth == 0) else {
            return Ok(None);
        };
        let condition = format!("NOT ({})", &text[words[check].end..words[close].end]);
        Ok(Some(self.question(format!("of {} break the check {name}", self.label), &condition, false)))
    }

    /// The columns in the first parentheses, as they are called now; nothing where one is an expression, or is not there.
    fn key_parts(&self, now: &Table, words: &[Word<'_>], from: usize) -> Result<Option<Vec<String>>, NoInverse> {
        let Some(open) = words.iter().skip(from).position(|word| word.is_symbol("(")) else { return Ok(None) };
        let inside: Vec<&Word<'_>> = words[from + open + 1..].iter().take_while(|word| word.depth > 0).collect();
        let mut parts = Vec::new();
        for part in inside.split(|word| word.is_symbol(",") && word.depth == 1) {
            let Some(first) = part.first().filter(|word| word.kind == TokenKind::Quoted) else { return Ok(None) };
            let name = self.called(&unquoted(first.text));
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

/// What a row has in a column that was added and never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Usual {
    Null,
    /// As written.
    Literal(String),
    /// What a server takes where there is no default.
    Empty,
    /// It was computed.
    Unknown,
}

/// By the definition behind a column's name.
pub(super) fn usual(definition: &str, not_null: bool, dialect: Dialect) -> Result<Usual, NoInverse> {
    let words = words(definition, dialect)?;
    let default = words.iter().position(|word| word.depth == 0 && word.is("DEFAULT"));
    let Some(at) = default else { return Ok(if not_null { Usual::Empty } else { Usual::Null }) };
    let sign = words.get(at + 1).filter(|word| word.is_symbol("-") || word.is_symbol("+"));
    let value = words.get(at + 1 + usize::from(sign.is_some()));
    Ok(match value {
        Some(value) if value.is("NULL") => Usual::Null,
        Some(value) if matches!(value.kind, TokenKind::Number | TokenKind::Text) => {
            Usual::Literal(format!("{}{}", sign.map_or("", |sign| sign.text), value.text))
        }
        _ => Usual::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ObjectKind;

    fn asked(now: &str, goal: &str, renamed: &[Renamed]) -> Vec<(String, bool)> {
        let table = ObjectName::new(ObjectKind::Table, "t");
        let found = questions(&table, (now, goal), renamed, Dialect::MySql).unwrap();
        found.into_iter().map(|question| (question.sql, question.loses)).collect()
    }

    fn table(body: &str) -> String {
        format!("CREATE TABLE `t` (\n{body}\n) ENGINE=InnoDB")
    }

    #[test]
    fn what_both_answer_alike_is_not_asked() {
        let same = table("  `a` int NOT NULL,\n  `b` varchar(9) DEFAULT NULL,\n  PRIMARY KEY (`a`)");
        assert_eq!(asked(&same, &same, &[]), []);
    }

    #[test]
    fn narrower_types_and_not_null_stop_and_a_column_that_goes_loses() {
        let now = table("  `a` bigint DEFAULT NULL,\n  `b` varchar(40) DEFAULT NULL,\n  `c` int NOT NULL DEFAULT '7'");
        let goal = table("  `a` tinyint unsigned NOT NULL,\n  `b` varchar(20) DEFAULT NULL");
        let count = "SELECT COUNT(*) FROM `t` AS t WHERE";
        assert_eq!(
            asked(&now, &goal, &[]),
            [
                (format!("{count} t.`a` IS NULL"), false),
                (format!("{count} t.`a` NOT BETWEEN 0 AND 255"), false),
                (format!("{count} CHAR_LENGTH(t.`b`) > 20"), false),
                (format!("{count} NOT (t.`c` <=> '7')"), true),
            ]
        );
    }

    #[test]
    fn keys_and_checks_are_asked_under_the_names_of_now() {
        let now = table("  `a` int DEFAULT NULL,\n  `m` int DEFAULT NULL");
        let goal = table(
            "  `a` int DEFAULT NULL,\n  `n` int DEFAULT NULL,\n  UNIQUE KEY `u` (`n`),\n  CONSTRAINT `f` FOREIGN KEY (`a`) \
             REFERENCES `p` (`id`)",
        );
        let found = asked(&now, &goal, &[("m".into(), "n".into())]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].0.contains("GROUP BY t.`m` HAVING"), "{found:?}");
        assert!(found[1].0.contains("NOT EXISTS (SELECT 1 FROM `p` AS p WHERE p.`id` = t.`a`)"), "{found:?}");
    }
}
