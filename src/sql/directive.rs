//! `-- caribou: key=value …` in a file's leading comments.
//!
//! Only comments before the first statement are read, so that a directive cannot hide in the
//! middle of a file. Works in every layout and dialect: `--`, `#`, `/* */`.

use super::comments::comments_before;
use super::row_range::{self, RowRange};
use serde::{Deserialize, Serialize};

/// The words of a file about itself. Absent keys are for the manifest and the folder to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Directives {
    /// `type=`: doctrine, module, agent, documentation, or another that there is a handler for.
    pub file_type: Option<String>,
    /// `module=`: the module that the file belongs to.
    pub module: Option<String>,
    /// `requires=a,b`: must have completed before.
    pub requires: Vec<String>,
    /// `optional=a,b`: before, if they are there.
    pub optional: Vec<String>,
    /// `conflicts=a,b`: never at the same time.
    pub conflicts: Vec<String>,
    /// `replaces=a,b..c`: the files that this one was squashed from, each or from one to another.
    pub replaces: Vec<String>,
    /// `park=table.column,…`: columns that are made invisible instead of dropped, where the server can.
    pub park: Vec<String>,
    /// `class=`: the class of findings on this file, `A` to `D`.
    pub class: Option<char>,
    /// `online=`: as written.
    pub online: Option<String>,
    /// `undo=`: `script` or `derived`, which of them undoes the file first.
    pub undo: Option<String>,
    /// `freeze=critical`: others are kept from writing while the file runs, where the policy is so.
    pub freeze: bool,
    /// `transaction=statement`: on SQLite each statement is committed by itself.
    pub by_statement: bool,
    /// `session="name=value, …"`: variables for the file's connection, in order.
    pub session: Vec<(String, String)>,
}

/// A directive that cannot be obeyed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectiveError {
    /// No such key.
    #[error("line {line}: unknown directive `{key}`; {}", suggestion(nearest.as_deref()))]
    UnknownKey {
        /// 1-based.
        line: u32,
        /// As written.
        key: String,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// A word without `=`, an open quote, an empty value.
    #[error(
        "line {line}: cannot read the directive `{text}`: {problem}; write key=value, with quotes around values that hold spaces"
    )]
    Malformed {
        /// 1-based.
        line: u32,
        /// As written.
        text: String,
        /// The fault in it.
        problem: String,
    },
    /// A value outside its set.
    #[error("line {line}: `{key}={value}` is not possible; use {expected}")]
    BadValue {
        /// 1-based.
        line: u32,
        /// The key.
        key: String,
        /// As written.
        value: String,
        /// The values it may have.
        expected: String,
    },
    /// A key that has one value was given twice.
    #[error("line {line}: `{key}` is given twice; keep one")]
    Repeated {
        /// 1-based, of the second.
        line: u32,
        /// The key.
        key: String,
    },
}

const KEYS: &[&str] = &[
    "type",
    "module",
    "requires",
    "optional",
    "conflicts",
    "replaces",
    "class",
    "online",
    "park",
    "undo",
    "session",
    "freeze",
    "transaction",
    "rows",
];
const UNDO: &[&str] = &["script", "derived"];

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(|| format!("known are {}", KEYS.join(", ")), |key| format!("did you mean `{key}`?"))
}

/// Reads the directives in a file's leading comments (`--`, `#`, `/* */`).
pub fn directives(text: &str) -> Result<Directives, DirectiveError> {
    let mut found = Directives::default();
    for (line, directive) in comments_before(text) {
        found.read(directive, line)?;
    }
    Ok(found)
}

/// True if one of the names (`table.column`, also with a schema before it) is that of a column.
pub fn is_named(names: &[String], table: &str, column: &str) -> bool {
    names.iter().filter_map(|one| one.rsplit_once('.')).any(|(of, name)| {
        let of = of.rsplit('.').next().unwrap_or(of);
        of.eq_ignore_ascii_case(table) && name.eq_ignore_ascii_case(column)
    })
}

impl Directives {
    /// Reads `key=value key="a value" …`.
    fn read(&mut self, text: &str, line: u32) -> Result<(), DirectiveError> {
        let mut rest = text.trim();
        while !rest.is_empty() {
            let malformed = |problem: &str| DirectiveError::Malformed {
                line,
                text: text.trim().to_owned(),
                problem: problem.to_owned(),
            };
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let key = rest[..end].to_owned();
            if !KEYS.contains(&key.as_str()) {
                return Err(unknown(key, line));
            }
            let value = rest[end..].strip_prefix('=').ok_or_else(|| malformed(&format!("`{key}` has no value")))?;
            let length = value_length(value).ok_or_else(|| malformed("a quote is not closed"))?;
            if length == 0 {
                return Err(malformed(&format!("`{key}` has no value")));
            }
            self.set(&key, &value[..length], line)?;
            rest = value[length..].trim_start();
        }
        Ok(())
    }

    fn set(&mut self, key: &str, raw: &str, line: u32) -> Result<(), DirectiveError> {
        let value = unquoted(raw);
        let bad = |expected: &str| DirectiveError::BadValue {
            line,
            key: key.to_owned(),
            value: value.to_owned(),
            expected: expected.to_owned(),
        };
        let fresh = match key {
            "type" => self.file_type.replace(value.to_owned()).is_none(),
            "module" if is_plain_name(value) => self.module.replace(value.to_owned()).is_none(),
            "module" => return Err(bad("a name of letters, digits and underscores")),
            "class" => match value.to_ascii_uppercase().as_bytes() {
                [class @ b'A'..=b'D'] => self.class.replace(char::from(*class)).is_none(),
                _ => return Err(bad("A, B, C or D")),
            },
            "undo" if UNDO.contains(&value) => self.undo.replace(value.to_owned()).is_none(),
            "undo" => return Err(bad(&UNDO.join(", "))),
            // Said of the first statement, and read with it.
            "rows" if value.parse::<RowRange>().is_ok() => true,
            "rows" => return Err(bad(row_range::FORMS)),
            "freeze" if value == "critical" => !std::mem::replace(&mut self.freeze, true),
            "freeze" => return Err(bad("critical")),
            "transaction" if value == "statement" => !std::mem::replace(&mut self.by_statement, true),
            "transaction" => return Err(bad("statement")),
            "online" => self.online.replace(value.to_owned()).is_none(),
            "session" => {
                for assignment in list(value) {
                    let (name, value) =
                        assignment.split_once('=').ok_or_else(|| bad("name=value, separated by commas"))?;
                    let pair = (name.trim().to_owned(), value.trim().to_owned());
                    self.session.push(pair);
                }
                true
            }
            "replaces" if list(value).iter().any(|one| one.starts_with("..") || one.ends_with("..")) => {
                return Err(bad("FILE, or FIRST..LAST, separated by commas"));
            }
            "park" if list(value).iter().any(|name| !name.contains('.')) => return Err(bad("table.column")),
            names => {
                let place = match names {
                    "requires" => &mut self.requires,
                    "optional" => &mut self.optional,
                    "park" => &mut self.park,
                    "replaces" => &mut self.replaces,
                    _ => &mut self.conflicts,
                };
                for name in list(value) {
                    if !place.iter().any(|known| known == name) {
                        place.push(name.to_owned());
                    }
                }
                true
            }
        };
        if fresh {
            return Ok(());
        }
        let key = key.to_owned();
        Err(DirectiveError::Repeated { line, key })
    }
}

/// True for a name that can be the beginning of other names.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn unknown(key: String, line: u32) -> DirectiveError {
    let likely = KEYS
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, &key), *known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    DirectiveError::UnknownKey { line, nearest: likely.map(|(_, known)| known.to_owned()), key }
}

/// Up to the first blank outside quotes.
fn value_length(value: &str) -> Option<usize> {
    let mut open = None;
    for (at, c) in value.char_indices() {
        match open {
            Some(quote) if c == quote => open = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => open = Some(c),
            None if c.is_whitespace() => return Some(at),
            None => {}
        }
    }
    open.is_none().then_some(value.len())
}

/// Without the quotes around the whole.
fn unquoted(raw: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = raw.strip_prefix(quote).and_then(|s| s.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return inner;
        }
    }
    raw
}

/// Splits at commas outside quotes; empty parts are left out.
fn list(value: &str) -> Vec<&str> {
    let mut open = None;
    let parts = value.split(|c: char| {
        match open {
            Some(quote) if c == quote => open = None,
            None if c == '\'' || c == '"' => open = Some(c),
            _ => {}
        }
        c == ',' && open.is_none()
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_comment_and_every_key() {
        let text = "\u{feff}-- Adds users.\r\n-- caribou: type=module module=shop requires=0003_x,0004_y class=b\r\n\
            # Caribou: online=gh-ost conflicts=0009_z park=t.a,t.b undo=derived freeze=critical transaction=statement\n/* caribou: optional=\"a b, c\"\n * caribou: session=\"sql_mode='A,B', foreign_key_checks=0\" */\n\
            CREATE TABLE t (a INT);\n-- caribou: nonsense\n";
        let found = directives(text).expect("reads");
        let strings = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(
            found,
            Directives {
                file_type: Some("module".into()),
                module: Some("shop".into()),
                requires: strings(&["0003_x", "0004_y"]),
                optional: strings(&["a b", "c"]),
                conflicts: strings(&["0009_z"]),
                replaces: Vec::new(),
                park: strings(&["t.a", "t.b"]),
                class: Some('B'),
                online: Some("gh-ost".into()),
                undo: Some("derived".into()),
                freeze: true,
                by_statement: true,
                session: vec![("sql_mode".into(), "'A,B'".into()), ("foreign_key_checks".into(), "0".into()),],
            }
        );
    }

    #[test]
    fn nothing_said_is_nothing_found() {
        let on_one_line = directives("/* caribou: class=D */ SELECT 1; -- caribou: class=B").expect("reads");
        assert_eq!(on_one_line.class, Some('D'));
        for text in ["", "-- a caribou: is a deer", "SELECT 1; -- caribou: x", "/*! caribou: x */", "/* open"] {
            assert_eq!(directives(text), Ok(Directives::default()), "{text}");
        }
    }

    #[test]
    fn errors_name_line_and_remedy() {
        let cases = [
            ("\n-- caribou: requirse=a", "line 2: unknown directive `requirse`; did you mean `requires`?"),
            ("-- caribou: colour=red", "line 1: unknown directive `colour`; known are type"),
            ("-- caribou: module=a-b", "`module=a-b` is not possible; use a name"),
            ("-- caribou: replaces=a..", "`replaces=a..` is not possible; use FILE, or FIRST..LAST"),
            ("-- caribou: park=a", "`park=a` is not possible; use table.column"),
            ("-- caribou: undo=no", "`undo=no` is not possible; use script, derived"),
            ("-- caribou: rows=few", "`rows=few` is not possible; use a number or a range"),
            ("-- caribou: class=E", "use A, B, C or D"),
            ("-- caribou: class=A class=B", "`class` is given twice"),
            ("-- caribou: type", "`type` has no value"),
            ("-- caribou: type= class=A", "`type` has no value"),
            ("-- caribou: requires=\"a", "a quote is not closed"),
            ("-- caribou: session=foo", "name=value, separated by commas"),
        ];
        for (text, expected) in cases {
            let error = directives(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
