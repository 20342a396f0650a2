//! Directories of other tools, told by name so that nobody runs half of them by accident.

use super::layout::{choices, file_name};
use super::{SourceError, Text};

/// A tool, and whether a path is one that only it uses.
type ByName = (&'static str, fn(&str) -> bool);

const BY_NAME: &[ByName] = &[("Flyway", is_flyway), ("Sqitch", |path| path == "sqitch.plan" || path == "sqitch.conf")];

/// A tool, and the comment with which its files begin.
const BY_TEXT: &[(&str, &str)] = &[("dbmate", "-- migrate:up"), ("goose", "-- +goose Up")];

/// How much of a file is looked at for such a comment.
const BEGINNING: usize = 4096;

/// `V1.2__title.sql`, `U1.2__title.sql`, `B1.2__title.sql`, `R__title.sql`.
fn is_flyway(path: &str) -> bool {
    let Some((version, _)) = file_name(path).strip_suffix(".sql").and_then(|name| name.split_once("__")) else {
        return false;
    };
    let numbers = version.strip_prefix(['V', 'U', 'B']);
    version == "R"
        || numbers.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'_'))
}

/// Refuses a directory whose paths say that another tool made it.
pub(super) fn refuse_by_name(dir: &str, paths: &[String]) -> Result<(), SourceError> {
    for (tool, is_sign) in BY_NAME {
        if let Some(sign) = paths.iter().find(|path| is_sign(path)) {
            return Err(not_read_yet(dir, tool, sign.clone()));
        }
    }
    Ok(())
}

/// Refuses a file whose beginning says that another tool is to cut it.
pub(super) fn refuse_by_text(dir: &str, text: &Text) -> Result<(), SourceError> {
    let mut end = text.text.len().min(BEGINNING);
    while !text.text.is_char_boundary(end) {
        end -= 1;
    }
    for line in text.text[..end].lines() {
        for (tool, comment) in BY_TEXT {
            if line.trim_start().starts_with(comment) {
                return Err(not_read_yet(dir, tool, format!("`{comment}` in {}", text.path)));
            }
        }
    }
    Ok(())
}

fn not_read_yet(dir: &str, tool: &'static str, sign: String) -> SourceError {
    SourceError::NotReadYet { dir: dir.to_owned(), tool, sign, choices: choices() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tools_are_told_by_name() {
        let cases = [
            ("V1__a.sql", Some("Flyway")),
            ("sub/V2.1_3__b.sql", Some("Flyway")),
            ("R__views.sql", Some("Flyway")),
            ("sqitch.plan", Some("Sqitch")),
            ("V1_a.sql", None),
            ("VIEWS__a.sql", None),
            ("0001__a.sql", None),
        ];
        for (path, tool) in cases {
            let refused = refuse_by_name("m", &[path.to_owned()]).map_err(|error| error.to_string());
            match tool {
                None => assert_eq!(refused, Ok(()), "{path}"),
                Some(tool) => assert!(refused.is_err_and(|e| e.contains(tool) && e.contains("native")), "{path}"),
            }
        }
    }

    #[test]
    fn and_by_how_their_files_begin() {
        let refused = |text: &str| {
            let text = Text::of("1_a.sql", text.into()).unwrap();
            refuse_by_text("m", &text).map_err(|error| error.to_string())
        };
        assert!(refused("-- migrate:up transaction:false\nSELECT 1;").unwrap_err().contains("dbmate"));
        assert!(refused("-- about\n-- +goose Up\nSELECT 1;").unwrap_err().contains("goose"));
        assert_eq!(refused("SELECT '-- migrate:up';"), Ok(()));
        assert_eq!(refused(&"ä".repeat(BEGINNING)), Ok(()));
    }
}
