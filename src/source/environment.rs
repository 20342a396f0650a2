//! Variables of the environment in a text, as goose puts them in where a file asks for it (`-- +goose ENVSUB ON`).
//!
//! Source: goose's documentation of annotations, and the expansions of the library that it uses (mfridman/interpolate):
//! `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`, and `$$` for `$`.

/// A text with its variables put in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Substituted {
    pub text: String,
    /// Names without a value, in whose place nothing was put.
    pub unset: Vec<String>,
}

/// Puts in the values of a text's variables.
///
/// # Errors
/// What cannot be read, or a variable that must have a value and has none.
pub(super) fn substitute(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<Substituted, String> {
    let mut done = Substituted { text: String::with_capacity(text.len()), unset: Vec::new() };
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        done.text.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        if let Some(after) = behind.strip_prefix('$') {
            done.text.push('$');
            rest = after;
        } else if let Some(inner) = behind.strip_prefix('{') {
            let end = inner.find('}').ok_or("`${` is never closed by `}`")?;
            done.braced(&inner[..end], value)?;
            rest = &inner[end + 1..];
        } else {
            let name = name_of(behind);
            match name {
                "" => done.text.push('$'),
                name => done.put(name, value(name)),
            }
            rest = &behind[name.len()..];
        }
    }
    done.text.push_str(rest);
    Ok(done)
}

impl Substituted {
    fn put(&mut self, name: &str, value: Option<String>) {
        match value {
            Some(value) => self.text.push_str(&value),
            None => self.unset.push(name.to_owned()),
        }
    }

    fn braced(&mut self, inner: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
        let name = name_of(inner);
        let rule = &inner[name.len()..];
        if name.is_empty() {
            return Err(format!("`${{{inner}}}` names no variable"));
        }
        let found = value(name);
        let found = if rule.starts_with(':') { found.filter(|value| !value.is_empty()) } else { found };
        let rule = rule.strip_prefix(':').unwrap_or(rule);
        match (rule.chars().next(), found) {
            (None, found) => self.put(name, found),
            (Some('-' | '?'), Some(found)) => self.text.push_str(&found),
            (Some('-'), None) => self.text.push_str(&rule[1..]),
            (Some('?'), None) => {
                return Err(format!("{name} has no value in the environment, and must have one{}", &rule[1..]));
            }
            _ => return Err(format!("`${{{inner}}}` is an expansion that is not known here: write the value")),
        }
        Ok(())
    }
}

fn name_of(text: &str) -> &str {
    let is_in = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_in(c)).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..end] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_in(text: &str) -> Result<(String, Vec<String>), String> {
        let value = |name: &str| match name {
            "A" => Some("x".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        substitute(text, &value).map(|done| (done.text, done.unset))
    }

    #[test]
    fn variables_are_put_in() {
        let cases = [
            ("'$A' ${A}_b", "'x' x_b"),
            ("${B:-d} ${B-d} ${EMPTY:-d}[${EMPTY-d}]", "d d d[]"),
            ("$$A 5$ $1 ${A:?no}", "$A 5$ $1 x"),
            ("no", "no"),
        ];
        for (text, wanted) in cases {
            assert_eq!(put_in(text), Ok((wanted.to_owned(), Vec::new())), "{text}");
        }
        assert_eq!(put_in("[$B]"), Ok(("[]".to_owned(), vec!["B".to_owned()])));
    }

    #[test]
    fn what_cannot_be_put_in_is_told() {
        for (text, why) in [("${A", "closed"), ("${}", "names no"), ("${B:?}", "must have"), ("${A:2:3}", "not known")]
        {
            assert!(put_in(text).unwrap_err().contains(why), "{text}");
        }
    }
}
