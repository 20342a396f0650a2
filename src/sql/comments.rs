//! Directives in comments: where they stand.

/// The word after which directives stand.
const MARK: &str = "caribou:";

/// The directives in the comments before any code, each with its line, from 1.
pub(super) fn comments_before(text: &str) -> Vec<(u32, &str)> {
    let (mut found, mut in_block) = (Vec::new(), false);
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = u32::try_from(n + 1).unwrap_or(u32::MAX);
        let (comments, ends) = comments_of(line, &mut in_block);
        for comment in comments {
            let comment = comment.trim_start_matches([' ', '\t', '*', '-', '#']);
            let is_directive = comment.get(..MARK.len()).is_some_and(|start| start.eq_ignore_ascii_case(MARK));
            if is_directive {
                found.push((number, &comment[MARK.len()..]));
            }
        }
        if ends {
            break;
        }
    }
    found
}

/// The comments on a line before any code, executable comments included; true if there is some.
fn comments_of<'a>(line: &'a str, in_block: &mut bool) -> (Vec<&'a str>, bool) {
    let mut comments = Vec::new();
    let mut rest = line;
    loop {
        if *in_block {
            let Some((comment, behind)) = rest.split_once("*/") else {
                comments.push(rest);
                return (comments, false);
            };
            comments.push(comment);
            *in_block = false;
            rest = behind;
        }
        rest = rest.trim_start();
        let executable = rest.starts_with("/*!") || rest.starts_with("/*M!");
        if rest.is_empty() {
            return (comments, false);
        } else if let Some(comment) = rest.strip_prefix("--").or_else(|| rest.strip_prefix('#')) {
            comments.push(comment);
            return (comments, false);
        } else if rest.starts_with("/*") && !executable {
            *in_block = true;
            rest = &rest[2..];
        } else {
            return (comments, true);
        }
    }
}
