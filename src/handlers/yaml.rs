//! YAML, read with care: a plan may come from anybody, and its files are read again where it runs.

use super::Fault;
use saphyr::{LoadableYamlNode, MarkedYaml};
use std::collections::HashSet;

/// The deepest that brackets may stand within each other.
const DEEPEST: usize = 64;

/// The documents of a text.
///
/// # Errors
/// What is no YAML; anchors that are used, which could make a small text a huge one; brackets in brackets without end.
pub(super) fn load(text: &str) -> Result<Vec<MarkedYaml<'_>>, Fault> {
    if let Some(line) = too_deep(text) {
        return Err(Fault::new(line, format!("it has brackets {DEEPEST} deep: write it flatter")));
    }
    if let Some((name, line)) = used_anchor(text) {
        return Err(Fault::new(line, format!("anchors are not read here: write out what *{name} stands for")));
    }
    MarkedYaml::load_from_str(text).map_err(|error| {
        let line = u32::try_from(error.marker().line().max(1)).unwrap_or(u32::MAX);
        Fault::new(line, format!("it is no YAML: {}", error.info()))
    })
}

/// The line where brackets stand too deep in each other.
fn too_deep(text: &str) -> Option<u32> {
    let mut depth = 0_usize;
    (1..).zip(text.lines()).find_map(|(number, line)| {
        let goes_too_deep = line.bytes().any(|byte| {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > DEEPEST
        });
        goes_too_deep.then_some(number)
    })
}

/// The name of an anchor that is used, and the line.
fn used_anchor(text: &str) -> Option<(String, u32)> {
    let anchors: HashSet<&str> = marked(text, '&').map(|(name, _)| name).collect();
    marked(text, '*').find(|(name, _)| anchors.contains(name)).map(|(name, line)| (name.to_owned(), line))
}

/// Names behind a sign that begins a word, with their lines.
fn marked(text: &str, sign: char) -> impl Iterator<Item = (&str, u32)> {
    (1..).zip(text.lines()).flat_map(move |(number, line)| {
        let words = line.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '{' | '}' | ','));
        words.filter_map(move |word| word.strip_prefix(sign)).map(move |name| (name.trim_end_matches(':'), number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_grow_without_end_is_refused() {
        let refused = |text: &str| load(text).unwrap_err().to_string();
        assert!(refused("a: &x [1]\nb:\n  - *x\n").starts_with("line 3: anchors are not read here: write out what *x"));
        assert!(refused(&"[".repeat(100_000)).contains("deep"));
        assert!(refused("a: [\n").contains("no YAML"));
        for text in ["a: this & that *are* words", "a: [[1], [2]]\n", "- a\n- b\n", ""] {
            assert!(load(text).is_ok(), "{text}");
        }
    }
}
