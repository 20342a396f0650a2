//! A file in the form in which its text is kept: every line of it as a comment, behind the statements that it stands for.
//! So the lines of statements are those of the file, and the file can be had back.

use crate::sql;

/// What stands before a line of the file.
const LINE: &str = "-- | ";
/// The same before one that holds a directive, which counts.
const DIRECTIVE: &str = "-- * ";

/// Makes that form: the type by which the file is known again, its text, and pieces of SQL with their lines.
pub fn record(kind: &str, text: &str, pieces: &[(u32, String)]) -> String {
    let directives = sql::directives(text);
    let keeps_directives = directives.is_ok();
    let says_type = directives.is_ok_and(|directives| directives.file_type.is_some());
    let mut recorded = if says_type { String::new() } else { format!("/* caribou: type={kind} */ ") };
    for (number, line) in (1u32..).zip(text.split('\n')) {
        if number > 1 {
            recorded.push('\n');
        }
        for (_, piece) in pieces.iter().filter(|(of, _)| *of == number) {
            recorded.push_str(piece);
            recorded.push(' ');
        }
        let is_directive = keeps_directives && line.trim_start().starts_with('#') && line.contains("caribou:");
        recorded.push_str(if is_directive { DIRECTIVE } else { LINE });
        recorded.push_str(line);
    }
    recorded
}

/// The file's own text, of a record whose pieces hold no `--`.
pub(super) fn original(recorded: &str) -> Option<String> {
    let line = |line: &str| {
        let at = [LINE, DIRECTIVE].into_iter().filter_map(|mark| line.find(mark)).min()?;
        Some(line[at + LINE.len()..].to_owned())
    };
    Some(recorded.split('\n').map(line).collect::<Option<Vec<_>>>()?.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;

    #[test]
    fn a_file_can_be_had_back_and_its_statements_have_its_lines() {
        let text = "---\r\ntitle: a -- | b\n\n';' /* x\n";
        let recorded = record("documentation", text, &[(3, "SELECT 1;".to_owned())]);
        assert_eq!(original(&recorded).as_deref(), Some(text));
        for dialect in Dialect::ALL {
            let statements = sql::statements(&recorded, dialect).unwrap();
            assert_eq!((statements.len(), statements[0].line, statements[0].sql.as_str()), (1, 3, "SELECT 1"));
        }
        assert_eq!(sql::directives(&recorded).unwrap().file_type.as_deref(), Some("documentation"));
    }

    #[test]
    fn directives_of_the_file_count() {
        let text = "# caribou: type=agent class=D\na = 1";
        let recorded = record("agent", text, &[]);
        assert_eq!(original(&recorded).as_deref(), Some(text));
        let found = sql::directives(&recorded).unwrap();
        assert_eq!((found.file_type.as_deref(), found.class), (Some("agent"), Some('D')));
        // A heading of somebody's prose is none.
        let found = sql::directives(&record("documentation", "# Caribou: a deer", &[])).unwrap();
        assert_eq!(found.file_type.as_deref(), Some("documentation"));
    }
}
