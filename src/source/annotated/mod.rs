//! Layouts of one file that holds both ways, with orders to the tool in comments: goose, sql-migrate, micrate, dbmate.
//!
//! Sources: goose's documentation of annotations and its `internal/sqlparser`, sql-migrate's `sqlparse`, dbmate's
//! `pkg/dbmate/migration.go`. All send what stands between two semicolons at the ends of lines (dbmate: a whole part) as
//! one statement; here the rules of the server's client hold, and a remark says where the tool would tear a statement.

use super::arranged::Arranged;
use super::environment::substitute;
use super::layout::Layout;
use super::layout_name as name;
use super::lines::{Line, ends_statement, holds_statement, lines, torn};
use super::migration::{Contents, Migration};
use super::path::{extension, file_name, without_sql};
use super::remark::{Remark, kind};
use super::{Folder, SourceError, Text};
use crate::sql::Dialect;

/// A tool of this kind.
pub(super) struct Annotated {
    layout: &'static str,
    /// Begins each of its orders, in small letters.
    family: &'static str,
    /// True if a part may come in several pieces.
    in_pieces: bool,
    /// True if the ends of lines end its statements.
    by_line: bool,
    /// The extension of migrations in its own language, and that language.
    language: Option<(&'static str, &'static str)>,
}

pub(super) static GOOSE: Annotated =
    Annotated { layout: name::GOOSE, family: "+goose ", in_pieces: false, by_line: true, language: Some(("go", "Go")) };
pub(super) static SQL_MIGRATE: Annotated =
    Annotated { layout: name::SQL_MIGRATE, family: "+migrate ", in_pieces: true, by_line: true, language: None };
pub(super) static MICRATE: Annotated =
    Annotated { layout: name::MICRATE, family: "+micrate ", in_pieces: false, by_line: true, language: None };
pub(super) static DBMATE: Annotated =
    Annotated { layout: name::DBMATE, family: "migrate:", in_pieces: false, by_line: false, language: None };

/// An order to the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Up,
    Down,
    BlockBegins,
    BlockEnds,
    Substitute(bool),
    /// Done here anyway: each statement runs by itself.
    Nothing,
}

const ORDERS: &[(&str, Order)] = &[
    ("up", Order::Up),
    ("down", Order::Down),
    ("statementbegin", Order::BlockBegins),
    ("statementend", Order::BlockEnds),
    ("envsub on", Order::Substitute(true)),
    ("envsub off", Order::Substitute(false)),
    ("no transaction", Order::Nothing),
];

/// Words behind `up` and `down` that change nothing here: each statement runs by itself.
const OPTIONS: &[&str] = &["notransaction", "transaction:false", "transaction:true"];

impl Layout for Annotated {
    fn name(&self) -> &'static str {
        self.layout
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        let sign = |text: &Text| {
            // Most files have not a word of it, and some are large.
            let mut lines = text.text.contains(self.family.trim()).then(|| lines(&text.text))?;
            let up = lines.find(|line| matches!(self.order(line), Some((Order::Up | Order::Down, _))));
            up.map(|line| format!("`{}` in {}", line.text.trim(), text.path))
        };
        folder.sql().find_map(sign)
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        if let Some((path, language)) = self.other_language(folder) {
            let advice = "run it with the tool, or write what it does as SQL";
            return Err(SourceError::NotSql { path, tool: self.layout, language, advice });
        }
        let migrations = folder.sql().map(|text| {
            let stem = without_sql(&text.path).unwrap_or(&text.path);
            self.cut(text, Arranged::from_name(file_name(stem), &text.path), folder.dialect)
        });
        Ok(Contents { migrations: migrations.collect::<Result<_, _>>()?, remarks: Vec::new() })
    }
}

/// A file being cut.
struct Cut<'a> {
    tool: &'a Annotated,
    path: &'a str,
    /// The part that a line is of.
    way: Option<Order>,
    ways_seen: Vec<Order>,
    block: Option<usize>,
    substitutes: bool,
    /// The line of a statement that the tool has not seen the end of.
    open: Option<usize>,
    /// The texts of both parts, on the lines of the file.
    up: String,
    down: String,
    /// Where the tool ends a statement: place and line.
    ends: [Vec<(usize, u32)>; 2],
    remarks: Vec<Remark>,
}

impl Annotated {
    /// The order that a line gives, and what stands behind it.
    fn order<'a>(&self, line: &Line<'a>) -> Option<(Order, Vec<String>)> {
        let said: String = line.comment()?.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let order = said.strip_prefix(self.family)?;
        let whole = ORDERS.iter().find(|(word, _)| *word == order).map(|(_, order)| (*order, Vec::new()));
        whole.or_else(|| {
            let mut words = order.split(' ');
            let first = words.next()?;
            let (_, way) =
                ORDERS.iter().find(|(word, way)| *word == first && matches!(way, Order::Up | Order::Down))?;
            Some((*way, words.map(str::to_owned).collect()))
        })
    }

    fn is_order(&self, line: &Line<'_>) -> bool {
        line.comment().is_some_and(|said| said.to_lowercase().starts_with(self.family.trim_end()))
    }

    fn other_language(&self, folder: &Folder) -> Option<(String, &'static str)> {
        let (ending, language) = self.language?;
        let is_migration = |path: &&String| {
            let name = file_name(path);
            let version = name.split('_').next().unwrap_or_default();
            extension(path) == Some(ending)
                && !name.ends_with("_test.go")
                && !version.is_empty()
                && version.bytes().all(|b| b.is_ascii_digit())
        };
        folder.paths.iter().find(is_migration).map(|path| (path.clone(), language))
    }

    fn cut(&self, text: &Text, at: Arranged, dialect: Dialect) -> Result<Migration, SourceError> {
        let mut cut = Cut {
            tool: self,
            path: &text.path,
            way: None,
            ways_seen: Vec::new(),
            block: None,
            substitutes: false,
            open: None,
            up: String::with_capacity(text.text.len()),
            down: String::new(),
            ends: [Vec::new(), Vec::new()],
            remarks: Vec::new(),
        };
        for line in lines(&text.text) {
            cut.line(line)?;
        }
        cut.finish()?;
        let has_way_back = holds_statement(&cut.down, dialect);
        let mut remarks = cut.remarks;
        for (part, ends) in [(&cut.up, &cut.ends[0]), (&cut.down, &cut.ends[1])] {
            remarks.extend(torn(part, ends, dialect).into_iter().map(|line| self.torn(line)));
        }
        let down = has_way_back.then(|| text.as_read(cut.down));
        Ok(Migration { down, remarks, ..Migration::new(at, text.as_read(cut.up)) })
    }

    fn torn(&self, line: u32) -> Remark {
        let message = format!(
            "{} ends a statement at the end of this line, and the server's client does not: it runs whole here; for {} put it \
             between `-- {}StatementBegin` and `-- {}StatementEnd`",
            self.layout, self.layout, self.family, self.family
        );
        Remark::warning(kind::OTHER_SPLIT, line, message)
    }
}

impl Cut<'_> {
    fn wrong(&self, line: usize, problem: String) -> SourceError {
        SourceError::Line { path: self.path.to_owned(), line, problem }
    }

    fn line(&mut self, line: Line<'_>) -> Result<(), SourceError> {
        match self.tool.order(&line) {
            Some((order, options)) => self.order(line, order, &options),
            None if self.tool.is_order(&line) => {
                let problem = format!(
                    "`{}` is no order that {} knows: correct it, or take it out",
                    line.text.trim(),
                    self.tool.layout
                );
                Err(self.wrong(line.number, problem))
            }
            None => self.sql(line),
        }
    }

    fn order(&mut self, line: Line<'_>, order: Order, options: &[String]) -> Result<(), SourceError> {
        let said = line.text.trim();
        match order {
            Order::Up | Order::Down => {
                self.closed(line.number)?;
                let again = self.ways_seen.contains(&order) && !self.tool.in_pieces;
                let turned = order == Order::Up && self.ways_seen.contains(&Order::Down) && !self.tool.in_pieces;
                let alone = order == Order::Down && self.ways_seen.is_empty() && !self.tool.in_pieces;
                if again || turned || alone {
                    let why =
                        if again { "there is one of them already" } else { "the part up has to come first, and once" };
                    return Err(self.wrong(line.number, format!("`{said}`: {why}, as {} wants it", self.tool.layout)));
                }
                for option in options.iter().filter(|option| !OPTIONS.contains(&option.as_str())) {
                    let message = format!("`{option}` is not known and changes nothing: take it out");
                    self.remarks.push(Remark::warning(kind::NOT_HONOURED, line.number(), message));
                }
                self.way = Some(order);
                self.ways_seen.push(order);
            }
            Order::BlockBegins if self.block.is_none() && self.way.is_some() => {
                self.closed(line.number)?;
                self.block = Some(line.number);
            }
            Order::BlockEnds if self.block.is_some() => {
                self.block = None;
                return self.push(line, &format!(";{}", line.end()));
            }
            Order::BlockBegins | Order::BlockEnds => {
                let problem = format!("`{said}` has no counterpart: a block begins and ends once, within a part");
                return Err(self.wrong(line.number, problem));
            }
            Order::Substitute(on) => self.substitutes = on,
            Order::Nothing => {}
        }
        self.push(line, line.end())
    }

    /// A statement that has begun must have ended before an order.
    fn closed(&self, line: usize) -> Result<(), SourceError> {
        if let Some(begin) = self.block {
            return Err(self.wrong(begin, "this block is never closed: add the order StatementEnd".to_owned()));
        }
        match self.open.filter(|_| self.tool.by_line) {
            None => Ok(()),
            Some(open) => {
                let problem = format!(
                    "the statement of line {open} does not end before this: put a semicolon at the end of its line"
                );
                Err(self.wrong(line, problem))
            }
        }
    }

    fn sql(&mut self, line: Line<'_>) -> Result<(), SourceError> {
        let code = line.text.trim();
        let is_code = !code.is_empty() && !code.starts_with("--");
        if self.way.is_none() && is_code && !code.starts_with(['#', '/', '*']) {
            let problem = format!(
                "a statement stands before `-- {}up`: {} would not run it; move it below, or read the directory with \
                 migrations.layout = \"native\"",
                self.tool.family, self.tool.layout
            );
            return Err(self.wrong(line.number, problem));
        }
        if self.way.is_some() && is_code && self.open.is_none() {
            self.open = Some(line.number);
        }
        let mut text = line.text.to_owned();
        if self.substitutes && self.way.is_some() {
            let done =
                substitute(&text, &|name| std::env::var(name).ok()).map_err(|why| self.wrong(line.number, why))?;
            for name in done.unset {
                let message =
                    format!("{name} is not set in the environment: nothing is put in its place, as goose does; set it");
                self.remarks.push(Remark::warning(kind::NOT_HONOURED, line.number(), message));
            }
            text = done.text;
        }
        self.push(line, &text)?;
        if self.block.is_none() && ends_statement(line.text) {
            self.ended(line);
        }
        Ok(())
    }

    fn ended(&mut self, line: Line<'_>) {
        self.open = None;
        let (part, ends) = match self.way {
            Some(Order::Down) => (&self.down, &mut self.ends[1]),
            _ => (&self.up, &mut self.ends[0]),
        };
        if self.tool.by_line {
            ends.push((part.len(), line.number()));
        }
    }

    /// Adds a line to the part that is being read, and its end to the other.
    fn push(&mut self, line: Line<'_>, text: &str) -> Result<(), SourceError> {
        let (to, other) = match self.way {
            Some(Order::Down) => (&mut self.down, &mut self.up),
            _ => (&mut self.up, &mut self.down),
        };
        to.push_str(text);
        other.push_str(line.end());
        if text.starts_with(';') {
            self.ended(line);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SourceError> {
        let last = self.open.unwrap_or(1);
        self.closed(last)?;
        if self.ways_seen.contains(&Order::Up) {
            return Ok(());
        }
        let problem = format!(
            "no line says `-- {}up`: {} would not run this file; add it, or read the directory with migrations.layout = \"native\"",
            self.tool.family, self.tool.layout
        );
        Err(self.wrong(1, problem))
    }
}

#[cfg(test)]
mod tests;
