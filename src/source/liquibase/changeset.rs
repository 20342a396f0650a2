//! A changeset: its attributes, and the texts of its two ways.

use super::attributes::{Attributes, is_for};
use crate::model::{Again, RunRule};
use crate::source::arranged::Arranged;
use crate::source::lines::{Line, ends_statement, holds_statement, torn};
use crate::source::migration::Migration;
use crate::source::remark::{Remark, kind};
use crate::source::{SourceError, Text, Version};
use crate::sql::Dialect;

/// A changeset as it is read.
#[derive(Debug)]
pub(super) struct Changeset {
    id: String,
    author: String,
    attributes: Attributes,
    /// The line where it begins, from 1.
    line: usize,
    pub up: String,
    pub down: String,
    /// Where Liquibase ends a statement: place and line.
    ends: Vec<(usize, u32)>,
    remarks: Vec<Remark>,
    /// What becomes of a changeset whose preconditions do not hold, and the line that says so.
    on_fail: Option<String>,
}

/// What becomes of a changeset.
pub(super) enum Outcome {
    /// A migration.
    Runs(Box<Migration>),
    /// None, and why.
    LeftAlone(Remark),
}

/// A changeset's way forward, by its names: another one may name it as its rollback.
pub(super) struct Forward {
    id: String,
    author: String,
    up: String,
}

/// Attributes that change nothing here: statements run by themselves, as the server's client ends them.
const HARMLESS: &[&str] = &[
    "runintransaction",
    "runwith",
    "runwithspoolfile",
    "created",
    "objectquotingstrategy",
    "stripcomments",
    "splitstatements",
    "rollbacksplitstatements",
    "enddelimiter",
    "rollbackenddelimiter",
    "runonchange",
    "runalways",
    "dbms",
    "ignore",
];

/// Attributes that are not honoured, and what to do about it.
const NOT_HONOURED: &[(&str, &str)] = &[
    (
        "context",
        "no context is chosen here, so it runs, as it does with Liquibase without --contexts; keep what is not for all systems in a directory of its own",
    ),
    (
        "contextfilter",
        "no context is chosen here, so it runs, as it does with Liquibase without --contexts; keep what is not for all systems in a directory of its own",
    ),
    ("labels", "no label is chosen here, so it runs, as it does with Liquibase without --label-filter"),
    ("failonerror", "a failed changeset is undone, and the batch stops or goes on as policy.on_failure says"),
    ("runorder", "it runs at its place in the file: move it there"),
    ("logicalfilepath", "the file's own path names it: keep the file where it is"),
];

impl Changeset {
    /// Begins one by what stands behind `changeset`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn begin(said: &str, line: Line<'_>, text: &str) -> Result<Changeset, String> {
        let wrong = || "write --changeset AUTHOR:ID, with quotes around what holds blanks".to_owned();
        let (author, rest) = name(said, ':').ok_or_else(wrong)?;
        let rest = rest.trim_start().strip_prefix(':').ok_or_else(wrong)?.trim_start();
        let (id, rest) = name(rest, ' ').ok_or_else(wrong)?;
        if author.is_empty() || id.is_empty() || [author, id].iter().any(|one| one.contains("::")) {
            return Err(wrong());
        }
        let start = line.text.as_ptr() as usize - text.as_ptr() as usize;
        let before = "\n".repeat(text[..start].matches('\n').count());
        let (id, author) = (id.to_owned(), author.to_owned());
        Ok(Changeset {
            id,
            author,
            attributes: Attributes::read(rest, ':'),
            line: line.number,
            up: before.clone(),
            down: before,
            ends: Vec::new(),
            remarks: Vec::new(),
            on_fail: None,
        })
    }

    /// Its way forward, for others.
    pub fn forward(&self) -> Forward {
        Forward { id: self.id.clone(), author: self.author.clone(), up: self.up.clone() }
    }

    /// Adds a line to its two texts.
    pub fn push(&mut self, line: Line<'_>, up: &str, down: &str) {
        let way = |text: &str, splits: &str, delimiter: &str| {
            let splits = self.attributes.is(splits, true);
            ended(text, self.attributes.get(delimiter).filter(|delimiter| *delimiter != ";"), splits)
        };
        let down = way(down, "rollbacksplitstatements", "rollbackenddelimiter");
        let up = way(up, "splitstatements", "enddelimiter");
        self.up.push_str(&up);
        self.down.push_str(&down);
        let by_semicolon = self.attributes.is("splitstatements", true) && self.attributes.get("enddelimiter").is_none();
        if by_semicolon && ends_statement(&up) {
            self.ends.push((self.up.len(), line.number()));
        }
    }

    /// Notes preconditions.
    pub fn preconditions(&mut self, line: Line<'_>, said: &str) {
        let said = Attributes::read(said, ':');
        self.on_fail = Some(said.get("onfail").unwrap_or("HALT").to_ascii_uppercase());
        self.has_precondition(line);
    }

    /// Notes one precondition: it is not evaluated.
    pub fn has_precondition(&mut self, line: Line<'_>) {
        let on_fail = self.on_fail.as_deref().unwrap_or("HALT");
        let remark = match on_fail {
            "HALT" | "WARN" => Remark::warning(
                kind::NOT_HONOURED,
                line.number(),
                "preconditions are not evaluated here: write what must be so into a verify script, or look before it runs".to_owned(),
            ),
            _ => Remark::refused(
                kind::NOT_HONOURED,
                line.number(),
                format!(
                    "with onFail:{on_fail} Liquibase would pass over the changeset where its preconditions do not hold, and these are \
                     not evaluated here: take them out, or the changeset"
                ),
            ),
        };
        if !self.remarks.iter().any(|known| known.message == remark.message) {
            self.remarks.push(remark);
        }
    }

    /// Takes the statements of another changeset for its rollback, where it names one.
    ///
    /// # Errors
    /// One that is not there.
    pub fn resolve_rollback(&mut self, all: &[Forward], text: &Text) -> Result<(), SourceError> {
        let said = self.down.trim().to_owned();
        let lower = said.to_ascii_lowercase();
        if lower.starts_with("not required") || lower.trim_end_matches(';') == "empty" {
            self.down.clear();
        }
        if !lower.starts_with("changesetid:") {
            return Ok(());
        }
        let named = Attributes::read(&said, ':');
        let is_it = |one: &&Forward| {
            named.get("changesetid") == Some(one.id.as_str())
                && named.get("changesetauthor").is_none_or(|name| name == one.author)
        };
        let found =
            all.iter().find(is_it).filter(|_| named.get("changesetpath").is_none_or(|path| text.path.ends_with(path)));
        match found {
            Some(one) => {
                self.down.clone_from(&one.up);
                Ok(())
            }
            None => {
                let problem =
                    format!("its rollback is `{said}`, which is not in this file: write the statements themselves");
                Err(SourceError::Line { path: text.path.clone(), line: self.line, problem })
            }
        }
    }

    /// The migration that it is, or why it is none.
    ///
    /// # Errors
    /// A changeset without SQL: Liquibase refuses it, too.
    pub fn migration(self, text: &Text, dialect: Dialect) -> Result<Outcome, SourceError> {
        let path = format!("{}::{}::{}", text.path, self.id, self.author);
        let dbms = self.attributes.get("dbms").unwrap_or_default();
        if !is_for(dbms, dialect) {
            let message = format!("{path} does not run: it is for {dbms}, and database.url says {dialect}");
            return Ok(Outcome::LeftAlone(Remark::info(kind::LEFT_ALONE, None, message)));
        }
        if self.attributes.is("ignore", false) {
            return Ok(Outcome::LeftAlone(Remark::info(
                kind::LEFT_ALONE,
                None,
                format!("{path} does not run: it says ignore:true"),
            )));
        }
        if !holds_statement(&self.up, dialect) {
            let problem = "the changeset holds no SQL: add it, or take the changeset out".to_owned();
            return Err(SourceError::Line { path: text.path.clone(), line: self.line, problem });
        }
        let remarks = self.all_remarks(dialect);
        let again = match (self.attributes.is("runalways", false), self.attributes.is("runonchange", false)) {
            (true, _) => Again::Always,
            (_, true) => Again::WhenEdited,
            _ => Again::Never,
        };
        let at = arranged(path, format!("{}:{}", self.author, self.id));
        let down = holds_statement(&self.down, dialect).then(|| text.as_read(self.down));
        let rule = RunRule { again, ..RunRule::default() };
        Ok(Outcome::Runs(Box::new(Migration { down, remarks, rule, ..Migration::new(at, text.as_read(self.up)) })))
    }

    fn all_remarks(&self, dialect: Dialect) -> Vec<Remark> {
        let line = u32::try_from(self.line).unwrap_or(u32::MAX);
        let mut remarks = self.remarks.clone();
        for key in self.attributes.keys().filter(|key| !HARMLESS.contains(key)) {
            let said = self.attributes.get(key).unwrap_or_default();
            let advice = NOT_HONOURED
                .iter()
                .find(|(known, _)| *known == key)
                .map_or("it is not known: take it out", |(_, why)| why);
            remarks.push(Remark::warning(kind::NOT_HONOURED, line, format!("`{key}:{said}`: {advice}")));
        }
        if self.attributes.is("stripcomments", true) && ["/*!", "/*M!", "/*+"].iter().any(|sign| self.up.contains(sign))
        {
            let message = "Liquibase strips comments, and here what the server takes from them runs, as with its own client; say \
                           stripComments:false, or write it without a comment";
            remarks.push(Remark::warning(kind::NOT_HONOURED, line, message.to_owned()));
        }
        let torn = torn(&self.up, &self.ends, dialect).into_iter().map(|line| {
            let message = "Liquibase ends a statement here, and the server's client does not: it runs whole here; for Liquibase say \
                           splitStatements:false, or endDelimiter";
            Remark::warning(kind::OTHER_SPLIT, line, message.to_owned())
        });
        remarks.extend(torn);
        remarks
    }
}

/// A name at the beginning of a text, in quotes or up to a sign or a blank.
fn name(text: &str, end: char) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('"') {
        return inner.split_once('"');
    }
    let end = text.find(|c: char| c == end || (end == ' ' && c.is_whitespace())).unwrap_or(text.len());
    Some((text[..end].trim(), &text[end..]))
}

/// A line with a semicolon where Liquibase takes the end of a statement.
fn ended(line: &str, delimiter: Option<&str>, splits: bool) -> String {
    let code = line.trim_end();
    let end = &line[code.len()..];
    if !splits {
        return line.to_owned();
    }
    let Some(delimiter) = delimiter else {
        let alone = code.trim();
        return if alone.eq_ignore_ascii_case("go") || alone == "/" { format!(";{end}") } else { line.to_owned() };
    };
    let alone = delimiter.trim_start_matches("\\n").trim_end_matches("\\n");
    let on_its_own = alone.len() < delimiter.len();
    match code.strip_suffix(alone) {
        Some(before) if !on_its_own || before.trim().is_empty() => format!("{before};{end}"),
        _ => line.to_owned(),
    }
}

fn arranged(path: String, name: String) -> Arranged {
    let title = String::new();
    Arranged { path, name, version: Version::none(), shares_version: true, order: 0, title, down: None, verify: None }
}

/// A file without a changeset: Liquibase takes the whole of it for one.
pub(super) fn raw(text: &Text) -> Migration {
    let at = arranged(format!("{}::raw::includeAll", text.path), "includeAll:raw".to_owned());
    let message = "it does not begin with `--liquibase formatted sql`: the whole file is one changeset, as it is for Liquibase where a \
                   changelog includes it";
    Migration {
        remarks: vec![Remark::info(kind::NOT_HONOURED, 1, message.to_owned())],
        ..Migration::new(at, text.clone())
    }
}

/// The first line that holds anything.
pub(super) fn first_line(text: &str) -> usize {
    1 + text.lines().position(|line| !line.trim().is_empty()).unwrap_or(0)
}
