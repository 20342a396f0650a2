//! A formatted changelog, line by line.

use super::attributes::{Attributes, is_for};
use super::changeset::{Changeset, Forward, Outcome};
use crate::source::lines::{Line, lines};
use crate::source::migration::Contents;
use crate::source::placeholders::fill;
use crate::source::remark::{Remark, kind};
use crate::source::{SourceError, Text};
use crate::sql::Dialect;
use std::collections::BTreeMap;

/// Reads a changelog's changesets.
pub(super) fn read(text: &Text, dialect: Dialect, contents: &mut Contents) -> Result<(), SourceError> {
    let mut reader = Reader {
        text,
        dialect,
        properties: BTreeMap::new(),
        changesets: Vec::new(),
        skips: Skip::Nothing,
        in_rollback: None,
    };
    for line in lines(&text.text) {
        reader.line(line, &mut contents.remarks)?;
    }
    if let Some(line) = reader.in_rollback {
        return Err(reader.wrong(line, "this block is never closed by `*/`"));
    }
    if let Skip::ToEnd(line) = reader.skips {
        return Err(reader.wrong(line, "`ignoreLines:start` is never followed by `ignoreLines:end`"));
    }
    let properties = reader.properties;
    let texts: Vec<Forward> = reader.changesets.iter().map(Changeset::forward).collect();
    for mut changeset in reader.changesets {
        let put_in = |sql: &str| {
            let filled = fill(sql, ("${", "}"), |one| Ok::<_, ()>(properties.get(one.name).cloned()));
            filled.unwrap_or_default()
        };
        changeset.resolve_rollback(&texts, text)?;
        (changeset.up, changeset.down) = (put_in(&changeset.up), put_in(&changeset.down));
        match changeset.migration(text, dialect)? {
            Outcome::Runs(migration) => contents.migrations.push(*migration),
            Outcome::LeftAlone(remark) => contents.remarks.push(remark),
        }
    }
    Ok(())
}

/// Lines that are passed over.
#[derive(Clone, Copy)]
enum Skip {
    Nothing,
    Lines(usize),
    /// Up to `ignoreLines:end`, from this line.
    ToEnd(usize),
}

struct Reader<'a> {
    text: &'a Text,
    dialect: Dialect,
    properties: BTreeMap<String, String>,
    changesets: Vec<Changeset>,
    skips: Skip,
    /// The line where a block of rollback begins.
    in_rollback: Option<usize>,
}

/// Words that begin a line which is an order; written otherwise than Liquibase reads it, that is a mistake.
const ORDERS: &[&str] = &[
    "changeset",
    "rollback",
    "property",
    "preconditions",
    "precondition-",
    "ignorelines:",
    "validchecksum",
    "comment",
    "liquibase",
];

impl Reader<'_> {
    fn wrong(&self, line: usize, problem: &str) -> SourceError {
        SourceError::Line { path: self.text.path.clone(), line, problem: problem.to_owned() }
    }

    fn line(&mut self, line: Line<'_>, remarks: &mut Vec<Remark>) -> Result<(), SourceError> {
        if self.skip(line) {
            self.push(line, line.end(), line.end());
            return Ok(());
        }
        if self.in_rollback.is_some() {
            if line.text.trim() == "*/" {
                self.in_rollback = None;
                self.push(line, line.end(), line.end());
            } else {
                self.push(line, line.end(), line.text);
            }
            return Ok(());
        }
        let code = line.text.trim_start();
        if let Some(said) = code.strip_prefix("--").map(str::trim) {
            return self.comment(line, said, remarks);
        }
        let one_dash = code.strip_prefix('-').map(|said| said.trim().to_ascii_lowercase());
        if one_dash.is_some_and(|said| ORDERS.iter().any(|order| said.starts_with(order))) {
            return Err(self.wrong(line.number, "an order to Liquibase begins with two dashes"));
        }
        if code.to_ascii_lowercase().replace(' ', "").starts_with("/*liquibaserollback") {
            self.in_rollback = Some(line.number);
            self.push(line, line.end(), line.end());
            return Ok(());
        }
        self.push(line, line.text, line.end());
        Ok(())
    }

    /// True if a line is passed over.
    fn skip(&mut self, line: Line<'_>) -> bool {
        match self.skips {
            Skip::Nothing => return false,
            Skip::Lines(0) => {
                self.skips = Skip::Nothing;
                return false;
            }
            Skip::Lines(left) => self.skips = Skip::Lines(left - 1),
            Skip::ToEnd(_) => {
                let said = line.comment().unwrap_or_default().to_ascii_lowercase();
                if said.replace(' ', "") == "ignorelines:end" {
                    self.skips = Skip::Nothing;
                }
            }
        }
        true
    }

    fn comment(&mut self, line: Line<'_>, said: &str, remarks: &mut Vec<Remark>) -> Result<(), SourceError> {
        let lower = said.to_ascii_lowercase();
        let (word, rest) = said.split_at(lower.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(said.len()));
        let rest = rest.trim_start_matches(':').trim();
        match word.to_ascii_lowercase().as_str() {
            "changeset" => {
                let begun =
                    Changeset::begin(rest, line, &self.text.text).map_err(|why| self.wrong(line.number, &why))?;
                self.changesets.push(begun);
                self.push(line, line.end(), line.end());
                return Ok(());
            }
            "liquibase" if rest.to_ascii_lowercase().starts_with("formatted") => self.header(line, rest, remarks),
            "property" => self.property(line, rest)?,
            "ignorelines" => self.ignore(line, rest)?,
            "rollback" if !rest.is_empty() => {
                self.push(line, line.end(), &format!("{rest}{}", line.end()));
                return self.in_changeset(line);
            }
            "preconditions" => {
                self.in_changeset(line)?;
                self.last(|changeset| changeset.preconditions(line, rest));
            }
            word if word.starts_with("precondition-") => {
                self.in_changeset(line)?;
                self.last(|changeset| changeset.has_precondition(line));
            }
            "validchecksum" | "comment" | "comments" => {}
            _ => {
                // A comment of the author's, which may direct the file.
                self.push(line, line.text, line.end());
                return Ok(());
            }
        }
        self.push(line, line.end(), line.end());
        Ok(())
    }

    fn header(&self, line: Line<'_>, rest: &str, remarks: &mut Vec<Remark>) {
        if let Some(path) = Attributes::read(rest, ':').get("logicalfilepath") {
            let message = format!(
                "{}, line {}: logicalFilePath:{path} does not name the changesets here: the file's own path does; keep the file where it is",
                self.text.path, line.number
            );
            remarks.push(Remark::info(kind::NOT_HONOURED, None, message));
        }
    }

    fn property(&mut self, line: Line<'_>, rest: &str) -> Result<(), SourceError> {
        let said = Attributes::read(rest, ':');
        let (Some(name), Some(value)) = (said.get("name"), said.get("value")) else {
            return Err(self.wrong(line.number, "write --property name:NAME value:VALUE"));
        };
        let is_ours = said.get("dbms").is_none_or(|list| is_for(list, self.dialect));
        if is_ours {
            // The first one holds, as with Liquibase.
            self.properties.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        Ok(())
    }

    fn ignore(&mut self, line: Line<'_>, rest: &str) -> Result<(), SourceError> {
        self.skips = match (rest, rest.parse()) {
            ("start", _) => Skip::ToEnd(line.number),
            (_, Ok(count)) => Skip::Lines(count),
            _ => {
                return Err(
                    self.wrong(line.number, "write ignoreLines:start and ignoreLines:end, or ignoreLines:NUMBER")
                );
            }
        };
        Ok(())
    }

    fn in_changeset(&self, line: Line<'_>) -> Result<(), SourceError> {
        match self.changesets.is_empty() {
            true => Err(self.wrong(line.number, "it stands before the first changeset: move it below one")),
            false => Ok(()),
        }
    }

    fn last(&mut self, about: impl FnOnce(&mut Changeset)) {
        if let Some(changeset) = self.changesets.last_mut() {
            about(changeset);
        }
    }

    /// Adds a line to the last changeset's two texts.
    fn push(&mut self, line: Line<'_>, up: &str, down: &str) {
        self.last(|changeset| changeset.push(line, up, down));
    }
}
