//! The tokens of Rust source, as far as telling who uses whom needs them.

/// The names and signs of a text, without comments, strings and characters; `::` is one sign.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['r', '"' | '#', ..] if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            ['"', ..] => quoted(rest, '"'),
            // A character, not a lifetime.
            ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(rest, '\''),
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                2
            }
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let len = rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
                tokens.push(rest[..len].iter().collect());
                len
            }
            [c, ..] => {
                tokens.extend((!c.is_whitespace()).then(|| c.to_string()));
                1
            }
            [] => 1,
        };
    }
    tokens
}

/// The length of what stands between two quotes, with them.
fn quoted(text: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != quote {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The length of a raw string at the beginning.
fn raw_string(text: &[char]) -> Option<usize> {
    let hashes = text[1..].iter().take_while(|c| **c == '#').count();
    let inside = 1 + hashes;
    (text.get(inside) == Some(&'"')).then_some(())?;
    let end = [vec!['"'], vec!['#'; hashes]].concat();
    let close = text[inside + 1..].windows(end.len()).position(|part| part == end)?;
    Some(inside + 1 + close + end.len())
}
