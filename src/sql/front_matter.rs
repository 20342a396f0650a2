//! YAML between two lines of `---` at the top of a file, which some projects' own runners strip.

/// The length of the front matter, closing line included. Only what looks like YAML counts: in
/// SQLite a line of dashes is a comment, and what follows it may be SQL.
pub(super) fn front_matter(text: &str) -> Option<usize> {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut lines = text[start..].split_inclusive('\n');
    let opening = lines.next().filter(|line| line.trim_end() == "---")?;
    let mut length = start + opening.len();
    for line in lines {
        length += line.len();
        if line.trim_end() == "---" {
            return Some(length);
        }
        if !looks_like_yaml(line) {
            return None;
        }
    }
    None
}

/// Blank, indented, a comment, a list item, or `key:`.
fn looks_like_yaml(line: &str) -> bool {
    let Some(first) = line.chars().next() else {
        return true;
    };
    if first.is_ascii_whitespace() || first == '#' || line.starts_with("- ") {
        return true;
    }
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && value.chars().next().is_none_or(|c| c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::front_matter;

    #[test]
    fn only_yaml_between_dashes_counts() {
        assert_eq!(front_matter("---\na: 1\n---\nSELECT 1;"), Some(13));
        assert_eq!(front_matter("\u{feff}---\r\n- x\r\n---"), Some(16));
        assert_eq!(front_matter("---\nCREATE TABLE a(x);\n---\n"), None);
        assert_eq!(front_matter("---\na: 1\n"), None);
        assert_eq!(front_matter("--- \na:b\n---\n"), None);
        assert_eq!(front_matter(""), None);
    }
}
