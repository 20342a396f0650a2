//! One file that holds both ways, with a mark before each: it is read in two parts, or refused where it is not plain how.
//! What stands after the mark of the way back never runs as a migration.

use super::lines::holds_statement;
use super::{SourceError, Text};
use crate::sql::{Dialect, SegmentKind, split};

/// The marks of a tool for the two ways. All in small letters.
struct Form {
    name: &'static str,
    /// Empty where everything before the way back is the way forward.
    up: &'static str,
    down: &'static str,
    /// Beginning of all its marks; empty where these are all.
    family: &'static str,
}

const fn form(name: &'static str, up: &'static str, down: &'static str, family: &'static str) -> Form {
    Form { name, up, down, family }
}

const FORMS: &[Form] = &[
    form("goose", "+goose up", "+goose down", "+goose"),
    form("sql-migrate", "+migrate up", "+migrate down", "+migrate"),
    form("micrate", "+micrate up", "+micrate down", "+micrate"),
    form("dbmate", "migrate:up", "migrate:down", "migrate:"),
    form("rambler", "rambler up", "rambler down", ""),
    form("Play evolutions", "!ups", "!downs", ""),
    form("MyBatis Migrations", "", "//@undo", ""),
    form("MyBatis Migrations", "", "@undo", ""),
    form("tern", "", "create above / drop below", ""),
    form("node-pg-migrate", "up migration", "down migration", ""),
    form("an up and a down part", "up", "down", ""),
];

/// Words that may follow a mark: every statement runs by itself here, unless the file says BEGIN.
const HARMLESS: [&str; 5] = ["", "notransaction", "no transaction", "transaction:false", "transaction:true"];

/// A tool whose files are read by its own layout alone: words that only it begins a line with.
const OTHERS: [(&str, &str); 2] = [("Sqitch", "deploy "), ("Sqitch", "revert ")];

const UP: [&str; 8] = ["up", "ups", "upgrade", "forward", "forwards", "apply", "deploy", "do"];
const DOWN: [&str; 12] = [
    "down",
    "downs",
    "downgrade",
    "rollback",
    "undo",
    "revert",
    "backward",
    "backwards",
    "reverse",
    "unapply",
    "backout",
    "rollbacks",
];
/// Words beside such a word in a heading.
const BESIDE: [&str; 28] = [
    "migrate",
    "migration",
    "migrations",
    "section",
    "script",
    "scripts",
    "sql",
    "begin",
    "start",
    "part",
    "step",
    "direction",
    "name",
    "way",
    "code",
    "statement",
    "statements",
    "block",
    "the",
    "this",
    "changes",
    "change",
    "here",
    "below",
    "to",
    "for",
    "of",
    "line",
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Up,
    Down,
    /// The beginning and the end of one statement that holds semicolons.
    BlockBegins,
    BlockEnds,
    /// Another order to the tool.
    Other,
}

/// A line that is a mark.
struct Mark<'a> {
    way: Way,
    /// Tool whose mark it is; a heading that only looks like a mark is nobody's.
    form: Option<&'static Form>,
    /// The line, from 1.
    line: usize,
    /// The place where it begins and where the next line does.
    at: (usize, usize),
    said: &'a str,
}

/// A file as the two ways that it holds; `None` for a file that holds one, unmarked.
///
/// # Errors
/// Marks that do not say plainly which part is which, and the files of tools that are cut in another way.
pub(super) fn cut(text: &Text, dialect: Dialect) -> Result<Option<(Text, Option<Text>)>, SourceError> {
    let marks = marks(&text.text);
    let refused = |mark: &Mark<'_>, form: &'static str, why: &str| SourceError::Marks {
        path: text.path.clone(),
        line: mark.line,
        said: mark.said.trim().to_owned(),
        form,
        why: why.to_owned(),
    };
    let (within, marks) = by_place(&text.text, marks, dialect);
    let ways = |wanted: Way| marks.iter().filter(move |mark| mark.way == wanted);
    let (ups, downs): (Vec<&Mark<'_>>, Vec<&Mark<'_>>) = (ways(Way::Up).collect(), ways(Way::Down).collect());
    if let Some(mark) = within.iter().find(|mark| mark.way == Way::Down && mark.form.is_some()) {
        return Err(refused(mark, mark.form_name(), "it stands inside a statement, which wants its end before it"));
    }
    let known_up = ups.iter().find(|mark| mark.form.is_some());
    let Some(down) = downs.first() else {
        let Some(up) = known_up else { return Ok(None) };
        blocks(&text.text, &marks, dialect, &refused)?;
        return Ok(Some((part(text, (0, up.at.0), (up.at.1, text.text.len())), None)));
    };
    if !holds_statement(&text.text[down.at.1..], dialect) && known_up.is_none() {
        return Ok(None);
    }
    let name = down.form_name();
    if let Some(second) = ups.get(1).or(downs.get(1)) {
        return Err(refused(second, name, "there is a second part of the same way"));
    }
    let up = ups.first();
    let needs_up = down.form.is_none_or(|form| !form.up.is_empty());
    match up {
        None if needs_up => {
            let why = "no mark says where the way forward begins; put the way back into a file of its own";
            return Err(refused(down, name, why));
        }
        Some(up) if up.at.0 > down.at.0 => return Err(refused(up, name, "the way back stands before it")),
        Some(up) if holds_statement(&text.text[..up.at.0], dialect) => {
            return Err(refused(up, name, "a statement stands before it"));
        }
        _ => {}
    }
    blocks(&text.text, &marks, dialect, &refused)?;
    let (end, begin) = up.map_or((0, 0), |up| up.at);
    let forward = part(text, (0, end), (begin, down.at.0));
    let back = holds_statement(&text.text[down.at.1..], dialect).then(|| below(text, down.at.1));
    Ok(Some((forward, back)))
}

/// A rollback script; where it is marked as one, what stands below the mark.
pub(super) fn script(text: Text, dialect: Dialect) -> Result<Text, SourceError> {
    Ok(match cut(&text, dialect)? {
        Some((_, Some(down))) => down,
        _ => text,
    })
}

/// Refuses a file of a tool whose layout was not recognised.
pub(super) fn refuse_others(dir: &str, text: &Text) -> Result<(), SourceError> {
    let mut comments = text.text.lines().filter(|line| !line.trim().is_empty()).map_while(comment);
    let sign = |said: &str| {
        let said = said.to_lowercase();
        let is_place = said.contains(" to ") || said.contains(" from ");
        OTHERS.iter().find(|(_, begins)| said.starts_with(begins) && is_place)
    };
    match comments.find_map(|said| sign(said).map(|(tool, _)| (*tool, said))) {
        None => Ok(()),
        Some((tool, said)) => {
            let sign = format!("`{said}` in {}", text.path);
            Err(SourceError::NoPlan { dir: dir.to_owned(), tool, sign })
        }
    }
}

impl Mark<'_> {
    fn form_name(&self) -> &'static str {
        self.form.map_or("an up and a down part", |form| form.name)
    }
}

/// The lines that are marks, or look like one.
fn marks(text: &str) -> Vec<Mark<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    for (line, said) in (1..).zip(text.split_inclusive('\n')) {
        let end = at + said.len();
        if let Some((way, form)) = comment(said).and_then(way) {
            found.push(Mark { way, form, line, at: (at, end), said });
        }
        at = end;
    }
    found
}

/// Gives the words of a line that is nothing but a comment; `None` for any other line.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim();
    let said = match line.strip_prefix("/*") {
        Some(rest) => rest.strip_suffix("*/")?,
        None => line.strip_prefix("--").or_else(|| line.strip_prefix('#'))?,
    };
    Some(said.trim_matches(|c: char| c.is_whitespace() || "-=*#~_".contains(c)))
}

fn way(said: &str) -> Option<(Way, Option<&'static Form>)> {
    let said = said.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    for form in FORMS {
        for (mark, way) in [(form.down, Way::Down), (form.up, Way::Up)] {
            let rest = said.strip_prefix(mark).filter(|_| !mark.is_empty());
            if rest.is_some_and(|rest| HARMLESS.contains(&rest.trim_matches([' ', ':', '.']))) {
                return Some((way, Some(form)));
            }
        }
        if let Some(order) = said.strip_prefix(form.family).filter(|_| !form.family.is_empty()) {
            let way = match order.trim() {
                "statementbegin" => Way::BlockBegins,
                "statementend" => Way::BlockEnds,
                order if HARMLESS.contains(&order) => return None,
                _ => Way::Other,
            };
            return Some((way, Some(form)));
        }
    }
    heading(&said).map(|way| (way, None))
}

/// A comment that says nothing but one of the two ways: `rollback script`, `@down`, `[undo]`, `+other down`.
fn heading(said: &str) -> Option<Way> {
    let signed = said.starts_with(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let way = words.iter().find_map(|word| {
        let down = DOWN.contains(word).then_some(Way::Down);
        down.or_else(|| UP.contains(word).then_some(Way::Up))
    })?;
    let is_direction = |word: &&str| UP.contains(word) || DOWN.contains(word);
    let others = words.iter().filter(|word| !is_direction(word) && !BESIDE.contains(word)).count();
    (others == 0 || (signed && words.len() <= 2)).then_some(way)
}

/// Marks that stand inside a statement, and those that stand between.
fn by_place<'a>(text: &str, marks: Vec<Mark<'a>>, dialect: Dialect) -> (Vec<Mark<'a>>, Vec<Mark<'a>>) {
    if marks.is_empty() {
        return (marks, Vec::new());
    }
    // A text that cannot be split is refused by the plan.
    let pieces = split(text, dialect).unwrap_or_default();
    let statements: Vec<(usize, usize)> = pieces
        .iter()
        .filter_map(|piece| match piece.kind {
            SegmentKind::Statement(sql) => Some(sql),
            _ => None,
        })
        .map(|sql| {
            let from = sql.as_ptr() as usize - text.as_ptr() as usize;
            (from, from + sql.len())
        })
        .collect();
    marks.into_iter().partition(|mark| statements.iter().any(|(from, to)| *from < mark.at.0 && mark.at.0 < *to))
}

/// The number of statements and orders in a text, if it can be split.
fn count(text: &str, dialect: Dialect) -> Option<usize> {
    let pieces = split(text, dialect).ok()?;
    Some(pieces.iter().filter(|piece| piece.kind != SegmentKind::Trivia).count())
}

/// Refuses marks of a block that do not stand around one statement: what a tool takes as one must be one here too.
fn blocks(
    text: &str,
    marks: &[Mark<'_>],
    dialect: Dialect,
    refused: &impl Fn(&Mark<'_>, &'static str, &str) -> SourceError,
) -> Result<(), SourceError> {
    let mut open: Option<&Mark<'_>> = None;
    for mark in marks {
        match (mark.way, open) {
            (Way::BlockBegins, None) => open = Some(mark),
            (Way::BlockEnds, Some(begin)) => {
                if count(&text[begin.at.1..mark.at.0], dialect).is_none_or(|count| count > 1) {
                    let why =
                        "more than one statement follows by the rules of the server's client: put DELIMITER around it";
                    return Err(refused(begin, begin.form_name(), why));
                }
                open = None;
            }
            (Way::BlockBegins | Way::BlockEnds | Way::Other, _) => {
                return Err(refused(mark, mark.form_name(), "this order to the tool is not known here"));
            }
            _ => {}
        }
    }
    open.map_or(Ok(()), |begin| Err(refused(begin, begin.form_name(), "it is never closed")))
}

/// Two stretches of a text as one text: the line of the mark between them is left empty.
fn part(text: &Text, before: (usize, usize), after: (usize, usize)) -> Text {
    let between = if before.1 < after.0 { "\n" } else { "" };
    text.as_read(format!("{}{between}{}", &text.text[before.0..before.1], &text.text[after.0..after.1]))
}

/// Cuts out what stands below a place, on the lines on which it stands in the file.
fn below(text: &Text, at: usize) -> Text {
    let lines = "\n".repeat(text.text[..at].matches('\n').count());
    text.as_read(format!("{lines}{}", &text.text[at..]))
}

#[cfg(test)]
mod tests;
