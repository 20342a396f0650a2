//! Names by which files stand in the tables of other tools.

use crate::source::SourceFile;

/// The path without its extension: `blog/0001_initial`.
fn without_extension(path: &str) -> &str {
    path.strip_suffix(".sql").or_else(|| path.strip_suffix(".SQL")).unwrap_or(path)
}

/// The file's name without its extension: `0001_initial`; of a folder with one script in it the folder's.
pub(super) fn stem(file: &SourceFile) -> String {
    stem_of(&file.path)
}

/// The same of a path.
pub(super) fn stem_of(path: &str) -> String {
    let path = without_extension(path);
    match path.rsplit_once('/') {
        Some((folder, "migration" | "up")) => last(folder).to_owned(),
        _ => last(path).to_owned(),
    }
}

/// The file's name with its extension, as some tools have it.
pub(super) fn file_name(path: &str) -> String {
    last(path).to_owned()
}

/// The digits with which a file's name begins, and what comes after the `_` behind them.
pub(super) fn leading(path: &str) -> Option<(String, String)> {
    let stem = stem_of(path);
    let end = stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len());
    let title = stem[end..].trim_start_matches('_');
    let title = title.strip_suffix(".up").unwrap_or(title);
    (end > 0).then(|| (stem[..end].to_owned(), title.to_owned()))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The version as a number, or several with points between: leading zeros and trailing `.0` say nothing.
pub(super) fn numbers(file: &SourceFile) -> Vec<String> {
    if file.version.is_some() { vec![joined(&file.version.numbers)] } else { Vec::new() }
}

/// The same of a text.
pub(super) fn number(text: &str) -> String {
    let parts: Option<Vec<u64>> = text.trim().split(['.', '_']).map(|part| part.parse().ok()).collect();
    parts.map_or_else(|| text.trim().to_owned(), |parts| joined(&parts))
}

fn joined(numbers: &[u64]) -> String {
    let used = numbers.iter().rposition(|number| *number != 0).map_or(1, |last| last + 1);
    let parts: Vec<String> = numbers.iter().take(used).map(u64::to_string).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_that_say_nothing_are_left_out() {
        let cases =
            [("0001", "1"), ("1.0", "1"), ("1.2.0", "1.2"), ("20260101120000", "20260101120000"), ("4_0_25", "4.0.25")];
        for (text, number_) in cases {
            assert_eq!(number(text), number_, "{text}");
        }
        assert_eq!(number("ae1027a6acf"), "ae1027a6acf");
        assert_eq!(number("0"), "0");
    }
}
