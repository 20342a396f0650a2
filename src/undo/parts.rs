//! A definition in its parts: what one side changed of it can be told from what another changed, and put into another
//! version of the same object.

use super::inverse::text::{Word, unquoted, words};
use super::part_change::PartChange;
use crate::model::SchemaLine;
use crate::sql::Dialect;

/// Words that begin a constraint of a table of SQLite, not a column.
const CONSTRAINTS: &[&str] = &["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// Place of a part in a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Between the parentheses.
    Item,
    /// Behind them.
    Option,
    /// A line of its own: an index or a trigger of SQLite, which go with their table.
    Line,
}

/// A column, a key, a constraint, an option, an index or a trigger.
#[derive(Debug, Clone)]
struct Part {
    group: Group,
    /// `column a`.
    name: String,
    /// Its text with all that stands around it, from which the definition is put together again.
    raw: String,
}

impl Part {
    fn text(&self) -> &str {
        self.raw.trim()
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Form in which a definition is written.
#[derive(Debug, Clone)]
enum Form {
    Text,
    /// Lines of SQLite's schema as the journal has them; the first one is the table.
    Lines(SchemaLine),
}

/// A table's definition in its parts.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    form: Form,
    head: String,
    parts: Vec<Part>,
    /// What stands between the last item and the parenthesis.
    end: String,
}

/// What has changed between two versions of an object, part by part where it is a table.
pub(super) fn changes(from: Option<&str>, to: Option<&str>, dialect: Dialect) -> Vec<PartChange> {
    if from == to {
        return Vec::new();
    }
    let whole = || vec![PartChange::whole(from, to)];
    let (Some(old), Some(new)) = (from, to) else { return whole() };
    let (Some(old), Some(new)) = (Parts::parse(old, dialect), Parts::parse(new, dialect)) else { return whole() };
    let mut found = Vec::new();
    for part in &old.parts {
        let is = new.get(&part.name).map(|is| is.text().to_owned());
        if is.as_deref() != Some(part.text()) {
            let was = Some(part.text().to_owned());
            found.push(PartChange { part: part.name.clone(), was, is, behind: new.before(&part.name) });
        }
    }
    for part in new.parts.iter().filter(|part| old.get(&part.name).is_none()) {
        let is = Some(part.text().to_owned());
        found.push(PartChange { part: part.name.clone(), was: None, is, behind: new.before(&part.name) });
    }
    let order = |one: &Parts, other: &Parts| -> Vec<String> {
        let both = one.parts.iter().filter(|part| other.get(&part.name).is_some());
        both.map(|part| part.name.to_lowercase()).collect()
    };
    // Their order is no part of any.
    if order(&old, &new) != order(&new, &old) || (found.is_empty() && old.head != new.head) {
        return whole();
    }
    found
}

/// What others have changed of a table that was made like another one, in words. Foreign keys are none of a twin's.
pub(crate) fn changes_of_twin((of, is): (&str, &str), object: &str, dialect: Dialect) -> Vec<String> {
    let (Some(of), Some(is)) = (Parts::parse(of, dialect), Parts::parse(is, dialect)) else { return Vec::new() };
    let is = Parts { head: of.head.clone(), ..is };
    let found = changes(Some(&of.text()), Some(&is.text()), dialect);
    let theirs = found.iter().filter(|change| !change.part.starts_with("constraint "));
    theirs.map(|change| change.sentence(object)).collect()
}

/// A version of an object with a change of others in it; `None` where the version has something else there.
pub(super) fn with(text: &str, change: &PartChange, dialect: Dialect) -> Option<String> {
    let mut parts = Parts::parse(text, dialect)?;
    parts.put(change).then(|| parts.text())
}

impl Parts {
    fn parse(text: &str, dialect: Dialect) -> Option<Parts> {
        match dialect {
            Dialect::MySql | Dialect::MariaDb => Parts::of_table(text, dialect),
            Dialect::Sqlite if text.starts_with('[') => Parts::of_source(text),
            Dialect::Sqlite => Parts::of_lines(text),
        }
    }

    /// A table as one statement: its items, and its options.
    fn of_table(text: &str, dialect: Dialect) -> Option<Parts> {
        let words = words(text, dialect).ok()?;
        let is_table = words.first()?.is("CREATE") && words.get(1)?.is("TABLE") && words.get(2)?.is_name();
        let open = words.iter().position(|word| word.is_symbol("(") && word.depth == 0).filter(|_| is_table)?;
        let close = words.iter().position(|word| word.is_symbol(")") && word.depth == 0)?;
        if open != 3 {
            return None;
        }
        let mut parts =
            Parts { form: Form::Text, head: text[..words[open].end].to_owned(), parts: Vec::new(), end: String::new() };
        let mut start = words[open].end;
        for item in words[open + 1..close].split(|word| word.is_symbol(",") && word.depth == 1) {
            let last = item.last()?;
            let comma = words.iter().find(|word| word.start >= last.end)?;
            parts.push(Group::Item, item_name(text, item, dialect)?, &text[start..comma.start]);
            start = comma.end;
        }
        parts.end =
            parts.parts.last().map_or_else(String::new, |last| last.raw[last.raw.trim_end().len()..].to_owned());
        match dialect {
            Dialect::Sqlite => parts.push(Group::Option, "options".to_owned(), &text[words[close].start..]),
            Dialect::MySql | Dialect::MariaDb => parts.options(text, &words[close..]),
        }
        Some(parts)
    }

    /// The options of a server's table, each by itself. The parenthesis goes with the first.
    fn options(&mut self, text: &str, words: &[Word<'_>]) {
        let (mut at, mut start) = (1, words[0].start);
        while let Some(word) = words.get(at) {
            let partitions = words.get(at..at + 2).is_some_and(|two| two[0].is("PARTITION") && two[1].is("BY"));
            if partitions {
                break;
            }
            let assigned = words.get(at + 1).is_some_and(|next| next.is_symbol("="));
            let end = if assigned { at + 2 } else { at };
            let Some(last) = words.get(end) else { break };
            at = end + 1;
            // `DEFAULT CHARSET=…` is one option; the mark of a comment for newer servers begins what is in it.
            if !assigned && (word.is("DEFAULT") || !word.is_name()) {
                continue;
            }
            self.push(Group::Option, format!("option {}", unquoted(word.text)), &text[start..last.end]);
            start = last.end;
        }
        if start < text.len() {
            self.push(Group::Option, "partitioning".to_owned(), &text[start..]);
        }
    }

    /// A table of SQLite with a line for each of what goes with it.
    fn of_lines(text: &str) -> Option<Parts> {
        let lines = super::inverse::sqlite::table::Lines::parse(text).ok()?;
        let mut all = lines.all();
        let mut parts = Parts::of_table(all.next()?, Dialect::Sqlite)?;
        for line in all {
            parts.push(Group::Line, line_name(line)?, line);
        }
        Some(parts)
    }

    /// The same as the journal has it: as it was written.
    fn of_source(text: &str) -> Option<Parts> {
        let lines: Vec<SchemaLine> = serde_json::from_str(text).ok()?;
        let (first, rest) = lines.split_first()?;
        let mut parts = Parts::of_table(&first.sql, Dialect::Sqlite)?;
        parts.form = Form::Lines(first.clone());
        for line in rest {
            parts.push(Group::Line, format!("{} {}", line.kind, line.name), &line.sql);
        }
        Some(parts)
    }

    fn push(&mut self, group: Group, name: String, raw: &str) {
        self.parts.push(Part { group, name, raw: raw.to_owned() });
    }

    fn get(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.is(name))
    }

    /// Names of the parts before one, the nearest first.
    fn before(&self, name: &str) -> Vec<String> {
        let before = self.parts.iter().take_while(|part| !part.is(name)).map(|part| part.name.clone());
        let mut before: Vec<String> = before.collect();
        before.reverse();
        before
    }

    /// Puts a change in; false where something else stands there.
    fn put(&mut self, change: &PartChange) -> bool {
        let at = self.parts.iter().position(|part| part.is(&change.part));
        let stands = at.map(|at| self.parts[at].text().to_owned());
        if stands == change.is {
            return true;
        }
        if stands != change.was {
            return false;
        }
        match (at, &change.is) {
            (Some(at), Some(is)) => {
                let raw = &self.parts[at].raw;
                let (before, after) = (raw.len() - raw.trim_start().len(), raw.trim_end().len());
                self.parts[at].raw = format!("{}{is}{}", &raw[..before], &raw[after..]);
                true
            }
            (Some(at), None) => {
                self.parts.remove(at);
                true
            }
            (None, Some(is)) => self.add(change, is),
            (None, None) => true,
        }
    }

    fn add(&mut self, change: &PartChange, is: &str) -> bool {
        let position = |name: &String| self.parts.iter().position(|part| part.is(name));
        let behind = change.behind.iter().find_map(position);
        let group = match (change.part.split(' ').next().unwrap_or_default(), &self.form) {
            ("option" | "options" | "partitioning", _) => Group::Option,
            // On the servers an index is an item.
            ("index" | "trigger" | "view", Form::Lines(_)) => Group::Line,
            ("index" | "trigger" | "view", Form::Text) if is.starts_with("CREATE ") => Group::Line,
            _ => Group::Item,
        };
        let like = self.parts.iter().rfind(|part| part.group == group).map(|part| part.raw.clone());
        let lead = match group {
            Group::Item => like.map_or_else(String::new, |raw| raw[..raw.len() - raw.trim_start().len()].to_owned()),
            Group::Option => " ".to_owned(),
            Group::Line => String::new(),
        };
        let part = Part { group, name: change.part.clone(), raw: format!("{lead}{is}") };
        self.parts.insert(behind.map_or(0, |at| at + 1), part);
        true
    }

    fn raws(&self, group: Group) -> impl Iterator<Item = &str> {
        self.parts.iter().filter(move |part| part.group == group).map(|part| part.raw.as_str())
    }

    fn text(&self) -> String {
        let items: Vec<&str> = self.raws(Group::Item).map(str::trim_end).collect();
        let options: String = self.raws(Group::Option).collect();
        let table = format!("{}{}{}{options}", self.head, items.join(","), self.end);
        match &self.form {
            Form::Text => std::iter::once(table.as_str()).chain(self.raws(Group::Line)).collect::<Vec<_>>().join("\n"),
            Form::Lines(first) => {
                let line = |part: &Part| {
                    let (kind, name) = part.name.split_once(' ').unwrap_or_default();
                    SchemaLine { kind: kind.to_owned(), name: name.to_owned(), sql: part.raw.clone() }
                };
                let rest = self.parts.iter().filter(|part| part.group == Group::Line).map(line);
                let lines: Vec<SchemaLine> =
                    std::iter::once(SchemaLine { sql: table, ..first.clone() }).chain(rest).collect();
                serde_json::to_string(&lines).unwrap_or_default()
            }
        }
    }
}

fn item_name(text: &str, item: &[Word<'_>], dialect: Dialect) -> Option<String> {
    let (first, last) = (item.first()?, item.last()?);
    let whole = &text[first.start..last.end];
    let named = |at: usize| item.get(at).filter(|word| word.is_name()).map(|word| unquoted(word.text));
    if first.is("CONSTRAINT") {
        return Some(format!("constraint {}", named(1)?));
    }
    if dialect == Dialect::Sqlite {
        let is_constraint = CONSTRAINTS.iter().any(|keyword| first.is(keyword));
        return Some(if is_constraint {
            format!("constraint {whole}")
        } else {
            format!("column {}", unquoted(first.text))
        });
    }
    Some(match first.text.to_ascii_uppercase().as_str() {
        _ if first.text.starts_with(['`', '"']) => format!("column {}", unquoted(first.text)),
        "PRIMARY" => "primary key".to_owned(),
        "KEY" => format!("index {}", named(1)?),
        "UNIQUE" | "FULLTEXT" | "SPATIAL" | "VECTOR" => format!("index {}", named(2)?),
        _ => format!("clause {whole}"),
    })
}

/// `index i` of a line that makes one.
fn line_name(line: &str) -> Option<String> {
    let words = words(line, Dialect::Sqlite).ok()?;
    let kind = words.iter().position(|word| ["INDEX", "TRIGGER", "VIEW"].iter().any(|kind| word.is(kind)))?;
    let name = words[kind + 1..].iter().find(|word| !["IF", "NOT", "EXISTS"].iter().any(|skip| word.is(skip)))?;
    Some(format!("{} {}", words[kind].text.to_lowercase(), unquoted(name.text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL,\n  KEY `i` (`a`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='x, y'";

    fn merged(dialect: Dialect, base: &str, from: &str, to: &str) -> Option<String> {
        let all = changes(Some(from), Some(to), dialect);
        all.iter().try_fold(base.to_owned(), |text, change| with(&text, change, dialect))
    }

    #[test]
    fn a_definition_is_put_together_as_it_stood() {
        for (dialect, text) in [
            (Dialect::MariaDb, BEFORE),
            (Dialect::Sqlite, "CREATE TABLE t(a INT DEFAULT(1,2),CHECK(a>0))STRICT\nCREATE INDEX i ON t(a)"),
            (Dialect::Sqlite, "[{\"kind\":\"table\",\"name\":\"t\",\"sql\":\"CREATE TABLE t (a INT, -- x\\n b)\"}]"),
            (
                Dialect::MySql,
                "CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci\n/*!50100 PARTITION BY HASH (`a`)\nPARTITIONS 4 */",
            ),
        ] {
            assert_eq!(Parts::parse(text, dialect).unwrap().text(), text);
        }
    }

    #[test]
    fn what_one_side_adds_is_put_into_what_the_other_had() {
        let ours = BEFORE.replace("  KEY", "  `x` int(11) DEFAULT NULL,\n  KEY");
        let both = ours.replace("  KEY", "  `theirs` int(11) DEFAULT NULL,\n  KEY").replace("x, y", "z");
        let expected = BEFORE.replace("  KEY", "  `theirs` int(11) DEFAULT NULL,\n  KEY").replace("x, y", "z");
        assert_eq!(merged(Dialect::MariaDb, BEFORE, &ours, &both).as_deref(), Some(expected.as_str()));
        let gone = ours.replace(",\n  KEY `i` (`a`)", "");
        let expected = BEFORE.replace(",\n  KEY `i` (`a`)", "");
        assert_eq!(merged(Dialect::MariaDb, BEFORE, &ours, &gone).as_deref(), Some(expected.as_str()));
    }

    #[test]
    fn what_both_change_is_not_put_in() {
        let ours = BEFORE.replace("int(11)", "bigint(20)");
        let theirs = BEFORE.replace("int(11)", "varchar(9)");
        assert_eq!(merged(Dialect::MariaDb, BEFORE, &ours, &theirs), None);
    }

    #[test]
    fn tables_of_sqlite_are_merged_as_they_are_written() {
        let source = |sql: &str, index: bool| {
            let mut lines = vec![("table", "t", sql)];
            lines.extend(index.then_some(("index", "i", "CREATE INDEX i ON t (b)")));
            let line = |(kind, name, sql): &(&str, &str, &str)| SchemaLine {
                kind: (*kind).to_owned(),
                name: (*name).to_owned(),
                sql: (*sql).to_owned(),
            };
            serde_json::to_string(&lines.iter().map(line).collect::<Vec<_>>()).unwrap()
        };
        let before = source("CREATE TABLE t (a INT, b TEXT, CHECK (a > 0))", false);
        let ours = source("CREATE TABLE t (a INT, b TEXT, x INT, CHECK (a > 0))", false);
        let both = source("CREATE TABLE t (a INT, b TEXT, x INT, theirs INT, CHECK (a > 0))", true);
        let expected = source("CREATE TABLE t (a INT, b TEXT, theirs INT, CHECK (a > 0))", true);
        assert_eq!(merged(Dialect::Sqlite, &before, &ours, &both), Some(expected));
    }

    #[test]
    fn what_is_no_table_changes_as_a_whole() {
        let found = changes(Some("CREATE VIEW v AS SELECT 1"), Some("CREATE VIEW v AS SELECT 2"), Dialect::MySql);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_whole());
        assert_eq!(found[0].sentence("view v"), "the view v was changed");
        assert_eq!(changes(None, Some("x"), Dialect::Sqlite)[0].sentence("table t"), "the table t was added");
    }
}
