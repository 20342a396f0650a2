//! A document's metadata: YAML front matter, or the lines before the first blank one; and the stamp in it.

use super::Fault;
use super::yaml::load;
use saphyr::{MarkedYaml, Scalar, YamlData};

/// The keys that take the stamp; a document that has none gets the last.
const STAMPS: &[&str] = &["file.last_modified_system_version", "caribou.epoch"];

/// A document with its metadata found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'a> {
    text: &'a str,
    /// Where the metadata begins, and where it ends.
    start: usize,
    end: usize,
}

/// Something that a document describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub line: u32,
    pub table: String,
    pub column: Option<String>,
}

impl<'a> Document<'a> {
    /// Finds the metadata of a document. Markdown has it between two lines of `---`; other texts may also have it as lines
    /// `key: value` before the first blank line.
    ///
    /// # Errors
    /// There is none, and how to write it.
    pub fn read(path: &str, text: &'a str) -> Result<Document<'a>, Fault> {
        let is_markdown =
            path.to_ascii_lowercase().ends_with(".md") || path.to_ascii_lowercase().ends_with(".markdown");
        let first = text.lines().next().unwrap_or_default().trim_end();
        if first == "---" {
            return front_matter(text);
        }
        let length = header(text);
        if is_markdown || length == 0 {
            let problem = "it has no front matter: begin it with a line `---`, then lines `key: value` such as `describes: \
                           [users]`, then another line `---`; or take it out of the folder of the documents";
            return Err(Fault::new(1, problem));
        }
        Ok(Document { text, start: 0, end: length })
    }

    /// What it says that it describes: tables, and columns as `table.column`.
    ///
    /// # Errors
    /// The metadata is no YAML, or says it in another way.
    pub fn describes(&self) -> Result<Vec<Described>, Fault> {
        let before = self.text[..self.start].lines().count();
        let line = |at: usize| u32::try_from(before + at).unwrap_or(u32::MAX);
        let yaml = &self.text[self.start..self.end];
        let read = load(yaml)
            .map_err(|fault| Fault::new(line(fault.line as usize), format!("the metadata: {}", fault.problem)))?;
        let Some(root) = read.first() else { return Ok(Vec::new()) };
        let YamlData::Mapping(map) = &root.data else {
            return Err(Fault::new(line(1), "the metadata is no list of `key: value`: write it so"));
        };
        let is_it =
            |key: &MarkedYaml<'_>| matches!(&key.data, YamlData::Value(Scalar::String(key)) if key == "describes");
        let Some((_, described)) = map.iter().find(|(key, _)| is_it(key)) else { return Ok(Vec::new()) };
        let items = match &described.data {
            YamlData::Sequence(items) => items.as_slice(),
            YamlData::Value(Scalar::Null) => &[],
            _ => std::slice::from_ref(described),
        };
        items.iter().map(|item| one(item, line(item.span.start.line()))).collect()
    }

    /// The same document with its stamp, in the form in which the one before was written.
    pub fn stamped(&self, epoch: i64) -> String {
        let (head, rest) = (&self.text[..self.start], &self.text[self.end..]);
        let lines: Vec<&str> = self.text[self.start..self.end].split_inclusive('\n').collect();
        let at = STAMPS.iter().find_map(|key| lines.iter().position(|line| value_of(line, key).is_some()));
        let mut stamped = head.to_owned();
        for (index, line) in lines.iter().enumerate() {
            match at {
                Some(at) if at == index => stamped.push_str(&restamped(line, epoch)),
                _ => stamped.push_str(line),
            }
        }
        if at.is_none() {
            let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
            if !stamped.is_empty() && !stamped.ends_with('\n') {
                stamped.push_str(end);
            }
            stamped.push_str(&format!("caribou.epoch: {epoch}{end}"));
        }
        stamped + rest
    }

    /// The document without its stamp: what makes it another one.
    pub fn unstamped(&self) -> String {
        let is_stamp = |line: &&str| STAMPS.iter().any(|key| value_of(line, key).is_some());
        let kept = self.text[self.start..self.end].split_inclusive('\n').filter(|line| !is_stamp(line));
        let (head, rest) = (&self.text[..self.start], &self.text[self.end..]);
        std::iter::once(head).chain(kept).chain([rest]).collect()
    }
}

fn front_matter(text: &str) -> Result<Document<'_>, Fault> {
    let mut at = 0;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        let is_fence = line.trim_end() == "---" || (start.is_some() && line.trim_end() == "...");
        match start {
            None => start = Some(at + line.len()),
            Some(start) if is_fence => return Ok(Document { text, start, end: at }),
            Some(_) => {}
        }
        at += line.len();
    }
    Err(Fault::new(1, "its front matter does not end: write a line `---` behind it"))
}

/// The length of the lines `key: value` at the top; 0 where there is something else.
fn header(text: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            break;
        }
        let is_key = line.split_once(':').is_some_and(|(key, value)| {
            !key.is_empty()
                && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
                && value.starts_with([' ', '\t', '\r', '\n'])
        });
        let goes_on = length > 0 && (line.starts_with([' ', '\t']) || line.starts_with("- "));
        if !is_key && !goes_on {
            return 0;
        }
        length += line.len();
    }
    length
}

fn one(item: &MarkedYaml<'_>, line: u32) -> Result<Described, Fault> {
    let wrong = || {
        Fault::new(line, "`describes` names tables, and columns as table.column: write names of letters, digits and _")
    };
    let YamlData::Value(Scalar::String(name)) = &item.data else { return Err(wrong()) };
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
    let (table, column) = match name.split_once('.') {
        Some((table, column)) => (table, Some(column)),
        None => (name.as_ref(), None),
    };
    if !is_name(table) || !column.is_none_or(is_name) {
        return Err(wrong());
    }
    Ok(Described { line, table: table.to_owned(), column: column.map(str::to_owned) })
}

/// The value behind a key at the beginning of a line.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    line.strip_prefix(key)?
        .strip_prefix(':')
        .filter(|value| value.is_empty() || value.starts_with([' ', '\t', '\r', '\n']))
}

/// A line with another value, in the form of the one before: a version where it was one.
fn restamped(line: &str, epoch: i64) -> String {
    let end = &line[line.trim_end_matches(['\r', '\n']).len()..];
    let key = line.split(':').next().unwrap_or_default();
    let value = line[key.len()..].trim_start_matches(':').trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let is_version = value.split('.').count() >= 3;
    let epoch = match is_version && (1_000_000..1_000_000_000_000).contains(&epoch) {
        true => format!("{}.{}.{}", epoch / 1_000_000, epoch / 1_000 % 1_000, epoch % 1_000),
        false => epoch.to_string(),
    };
    match quote {
        Some(quote) => format!("{key}: {quote}{epoch}{quote}{end}"),
        None => format!("{key}: {epoch}{end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(path: &str, text: &str, epoch: i64) -> String {
        Document::read(path, text).unwrap().stamped(epoch)
    }

    #[test]
    fn a_stamp_goes_where_one_was_and_else_to_the_end() {
        assert_eq!(stamped("a.md", "---\na: 1\n---\nText\n", 26), "---\na: 1\ncaribou.epoch: 26\n---\nText\n");
        assert_eq!(stamped("a.md", "---\r\na: 1\r\n---\r\nT", 26), "---\r\na: 1\r\ncaribou.epoch: 26\r\n---\r\nT");
        let seed = "---\nfile.last_modified_system_version: 4.0.25\ntags:\n  - a\n---\nText";
        assert_eq!(
            stamped("a.md", seed, 4_000_026),
            "---\nfile.last_modified_system_version: 4.0.26\ntags:\n  - a\n---\nText"
        );
        assert_eq!(stamped("a.txt", "Title: x\n\nText", 3), "Title: x\ncaribou.epoch: 3\n\nText");
        assert_eq!(stamped("a.txt", "Title: x", 3), "Title: x\ncaribou.epoch: 3\n");
        assert_eq!(stamped("a.md", "---\n---\n", 3), "---\ncaribou.epoch: 3\n---\n");
        assert_eq!(stamped("a.md", "---\ncaribou.epoch: '9'\n---\n", 3), "---\ncaribou.epoch: '3'\n---\n");
    }

    #[test]
    fn a_stamp_makes_no_other_document() {
        for (path, text) in [
            ("a.md", "---\na: 1\n---\nText\n"),
            ("a.md", "---\r\nfile.last_modified_system_version: 4.0.25\r\na: 1\r\n---\r\n"),
            ("a.txt", "Title: x\n\nText"),
        ] {
            let (before, after) = (text.to_owned(), stamped(path, text, 7));
            let unstamped = |text: &str| Document::read(path, text).unwrap().unstamped();
            assert_eq!(unstamped(&before), unstamped(&after), "{text:?}");
            assert_eq!(stamped(path, &after, 7), after, "once more is as once");
        }
    }

    #[test]
    fn what_is_described_has_its_line() {
        let text = "---\ntitle: x\ndescribes:\n  - users\n  - users.name\n---\n";
        let found = Document::read("a.md", text).unwrap().describes().unwrap();
        let found: Vec<(u32, &str, Option<&str>)> =
            found.iter().map(|one| (one.line, one.table.as_str(), one.column.as_deref())).collect();
        assert_eq!(found, [(4, "users", None), (5, "users", Some("name"))]);
        let one = Document::read("a.md", "---\ndescribes: users\n---\n").unwrap().describes().unwrap();
        assert_eq!((one.len(), one[0].line), (1, 2));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let cases = [
            ("a.md", "# Users\n", 1, "no front matter"),
            ("a.md", "title: x\n\nText", 1, "no front matter"),
            ("a.txt", "Text\n", 1, "no front matter"),
            ("a.md", "---\na: 1\n", 1, "does not end"),
            ("a.md", "---\na: 1\nb: [\n---\n", 0, "no YAML"),
            ("a.md", "---\ndescribes:\n  - 'a b'\n---\n", 3, "`describes` names tables"),
            ("a.md", "---\n- a\n---\n", 2, "no list of `key: value`"),
        ];
        for (path, text, line, words) in cases {
            let fault = Document::read(path, text).and_then(|document| document.describes()).unwrap_err();
            assert!(fault.problem.contains(words) && (line == 0 || fault.line == line), "{text:?}: {fault}");
        }
    }
}
