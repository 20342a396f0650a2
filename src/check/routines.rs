//! Triggers, routines and events that still name what a file took away.
//!
//! A server looks at their text when they run, and not before: it is read here, word by word. What a text puts together
//! at run time is not seen, and a word may be another thing of the same name; that is said.

use super::context::{CheckContext, CheckedFile};
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use crate::database::{DbError, ErrorKind, Row, ServerKind};
use crate::model::Class;
use crate::sql::lexer::TokenKind;
use crate::sql::{AlterOperation, Dialect, How, ObjectKind, Statement, quote_identifier};
use crate::undo::{unquoted, words};
use std::collections::BTreeSet;

pub(super) const ROUTINES_RESOLVE: Check = Check::post(
    "routines_resolve",
    [Warn, Block],
    CheckFn::Database(|c| Box::pin(routines_resolve(c))),
)
.class(Class::C)
.told(
    "No trigger, routine or event names a table or column that the file took away, by the words of its text.",
    "a server reads their text when they run: a trigger fails the write of whoever comes first, an event at night",
    "change or drop it in the same file; where the word is another thing of that name, nothing is to be done",
);

/// On a server: kind, name, table of a trigger, text; `NULL` where the text is not shown.
const ON_SERVER: [&str; 3] = [
    "SELECT 'trigger', TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE \
     TRIGGER_SCHEMA = ?",
    "SELECT LOWER(ROUTINE_TYPE), ROUTINE_NAME, NULL, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE \
     ROUTINE_SCHEMA = ?",
    "SELECT 'event', EVENT_NAME, NULL, EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?",
];

/// Something with a text that runs later.
struct Program {
    kind: String,
    name: String,
    /// The table of a trigger.
    table: Option<String>,
    text: Option<String>,
}

/// A table that is gone, or a column of one; in lower case.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Gone {
    table: String,
    column: Option<String>,
}

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "{}.{column}", self.table),
            None => f.write_str(&self.table),
        }
    }
}

async fn routines_resolve(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let gone = gone(context.file);
    if gone.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let dialect = context.file.dialect;
    let programs = programs(context).await?;
    let mut outcome = CheckOutcome::of(programs.len(), "text", Vec::new());
    for program in programs {
        let Program { kind, name, table, text } = &program;
        let on = table.as_ref().map_or_else(String::new, |table| format!(" on {table}"));
        let Some(text) = text else {
            outcome.undecided.push(Violation::new(format!("the text of the {kind} {name}{on} is not shown here")));
            continue;
        };
        let Some(lost) = named(&gone, text, table.as_deref(), dialect) else { continue };
        let seen = format!("the {kind} {name}{on} names {lost}, which the file took away (by the words of its text)");
        match context.file.rest.and_then(|rest| rest.changer(name)) {
            Some(path) => {
                let seen = format!("{seen}; {path} changes it");
                outcome.undecided.push(Violation::new(seen));
            }
            None => outcome.violations.push(Violation::new(seen)),
        }
    }
    Ok(outcome)
}

/// The first of what is gone that a text names: a table, or a column beside its table.
fn named<'g>(gone: &'g BTreeSet<Gone>, text: &str, table: Option<&str>, dialect: Dialect) -> Option<&'g Gone> {
    let words = words(text, dialect).ok()?;
    let names = words.iter().filter(|word| matches!(word.kind, TokenKind::Word | TokenKind::Quoted));
    let names: BTreeSet<String> = names.map(|word| unquoted(word.text).to_lowercase()).collect();
    let is_on = |name: &str| table.is_some_and(|table| table.eq_ignore_ascii_case(name));
    gone.iter().find(|Gone { table, column }| {
        let has_table = names.contains(table) || (column.is_some() && is_on(table));
        has_table && column.as_ref().is_none_or(|column| names.contains(column))
    })
}

async fn programs(context: &mut CheckContext<'_>) -> Result<Vec<Program>, DbError> {
    let program = |row: &Row| Program {
        kind: row.get_text(0),
        name: row.get_text(1),
        table: row.opt_text(2),
        text: row.opt_text(3),
    };
    let (core, dialect) = (context.file.core.to_owned(), context.file.dialect);
    let session = context.data().await?;
    let mut found = Vec::new();
    if session.kind() == ServerKind::Sqlite {
        let core = quote_identifier(&core, dialect)?;
        let sql = format!("SELECT 'trigger', name, tbl_name, sql FROM {core}.sqlite_master WHERE type = 'trigger'");
        found.extend(session.query(&sql, &[]).await?.iter().map(program));
        return Ok(found);
    }
    for sql in ON_SERVER {
        match session.query(sql, &[core.as_str().into()]).await {
            Ok(rows) => found.extend(rows.iter().map(program)),
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            // What the account may not see is left out.
            Err(_) => {}
        }
    }
    Ok(found)
}

/// What the file took away and did not make again.
fn gone(file: &CheckedFile<'_>) -> BTreeSet<Gone> {
    let mut gone = BTreeSet::new();
    for statement in file.statements().iter().filter(|statement| !statement.analysis.is_temporary()) {
        for touch in &statement.analysis.touches {
            let schema = touch.object.schema.as_deref();
            let is_core = schema.is_none_or(|schema| schema.eq_ignore_ascii_case(file.core));
            if !is_core || !matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View) {
                continue;
            }
            let table = touch.object.name.to_lowercase();
            match touch.how {
                How::Drops | How::RenamesFrom => {
                    gone.insert(Gone { table, column: None });
                }
                How::Creates | How::RenamesTo => gone.retain(|one| one.table != table),
                How::Alters => columns(statement, &table, &mut gone),
                How::Writes | How::Reads => {}
            }
        }
    }
    gone
}

fn columns(statement: &Statement, table: &str, gone: &mut BTreeSet<Gone>) {
    let of = |column: &str| Gone { table: table.to_owned(), column: Some(column.to_lowercase()) };
    let renames = |from: &str, to: &str| !from.eq_ignore_ascii_case(to);
    for operation in &statement.analysis.operations {
        match operation {
            AlterOperation::DropColumn { name } => {
                gone.insert(of(name));
            }
            AlterOperation::AddColumn { name } => {
                gone.remove(&of(name));
            }
            AlterOperation::ChangeColumn { from, to } | AlterOperation::RenameColumn { from, to }
                if renames(from, to) =>
            {
                gone.insert(of(from));
                gone.remove(&of(to));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(gone: &[(&str, Option<&str>)], text: &str, table: Option<&str>) -> Option<String> {
        let of = |(table, column): &(&str, Option<&str>)| Gone {
            table: (*table).to_owned(),
            column: column.map(str::to_owned),
        };
        let gone: BTreeSet<Gone> = gone.iter().map(of).collect();
        named(&gone, text, table, Dialect::MariaDb).map(ToString::to_string)
    }

    #[test]
    fn a_text_is_read_word_by_word() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(lost(&[("t", None)], "BEGIN INSERT INTO `T` VALUES (1); END", None), some("t"));
        assert_eq!(lost(&[("t", None)], "SELECT 't' /* t */ FROM x -- t", None), None);
        assert_eq!(lost(&[("t", Some("a"))], "UPDATE t SET b = 1", None), None);
        assert_eq!(lost(&[("t", Some("a"))], "UPDATE t SET a = 1", None), some("t.a"));
        assert_eq!(lost(&[("t", Some("a"))], "UPDATE u SET a = 1", None), None, "of another table");
        assert_eq!(lost(&[("t", Some("a"))], "SET NEW.a = 1", Some("T")), some("t.a"), "its own table");
        assert_eq!(lost(&[("t", None)], "SET NEW.a = 1", Some("t")), None, "it goes with its table");
    }
}
