//! A filter over lines: words, each of which has to occur; `key:value` for a property that a line has; `!` in front of
//! either for the opposite.

/// A property of a line, by which it can be filtered.
pub type Field<'a> = (&'static str, std::borrow::Cow<'a, str>);

/// A filter as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(pub String);

impl Filter {
    /// Drops what was typed; false where nothing was.
    pub fn take(&mut self) -> bool {
        !std::mem::take(self).is_empty()
    }

    /// True if everything passes.
    pub fn is_empty(&self) -> bool {
        self.terms().next().is_none()
    }

    /// True if a line without properties passes; upper and lower case are the same.
    pub fn passes(&self, line: &str) -> bool {
        self.selects(line, &[])
    }

    /// True if a line with properties passes. A number is the whole value, a word a part of it. A property that the line
    /// does not have is looked for as a word.
    pub fn selects(&self, line: &str, fields: &[Field<'_>]) -> bool {
        let line = line.to_lowercase();
        self.terms().all(|(inverted, term)| {
            let field = term.split_once(':').and_then(|(key, wanted)| {
                let mut values = fields.iter().filter(|(name, _)| *name == key).map(|(_, value)| value).peekable();
                values.peek()?;
                Some(values.any(|value| matches(&value.to_lowercase(), wanted)))
            });
            field.unwrap_or_else(|| line.contains(&term)) != inverted
        })
    }

    /// True if a line passes of which only words are told, not properties: each word has to occur in one of them.
    pub fn picks(&self, words: &[&str]) -> bool {
        let says = |term: &str| words.iter().any(|word| contains(word, term));
        self.terms().all(|(inverted, term)| says(&term) != inverted)
    }

    /// True if it asks for a property of a line.
    pub fn asks_properties(&self) -> bool {
        self.0.contains(':')
    }

    /// The words, each with whether it is inverted. One that is not finished yet (`!`, `state:`) keeps nothing away.
    fn terms(&self) -> impl Iterator<Item = (bool, String)> + '_ {
        let words = self.0.split_whitespace().map(|word| match word.strip_prefix('!') {
            Some(rest) => (true, rest.to_lowercase()),
            None => (false, word.to_lowercase()),
        });
        words.filter(|(_, term)| !term.is_empty() && !term.ends_with(':'))
    }
}

/// True if a text has a word in it, whatever its case; the word is in lower case.
fn contains(text: &str, word: &str) -> bool {
    match text.is_ascii() {
        true => text.as_bytes().windows(word.len().max(1)).any(|part| part.eq_ignore_ascii_case(word.as_bytes())),
        false => text.to_lowercase().contains(word),
    }
}

fn matches(value: &str, wanted: &str) -> bool {
    if wanted.bytes().all(|b| b.is_ascii_digit()) { value == wanted } else { value.contains(wanted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_invert() {
        assert!(Filter("USERS".into()).passes("0001_users.sql idle"));
        assert!(!Filter("!users".into()).passes("0001_users.sql idle"));
        assert!(Filter("!".into()).passes("anything") && Filter("!".into()).is_empty());
    }

    #[test]
    fn every_word_has_to_occur_and_properties_are_asked_by_name() {
        let fields: [Field<'_>; 3] = [("state", "failed".into()), ("wave", "13".into()), ("hold", "blocked".into())];
        let passes = |filter: &str| Filter(filter.into()).selects("0013_orders.sql Failed", &fields);
        for filter in ["orders 0013", "state:failed", "state:fail !users", "wave:13", "hold:blocked !wave:3", "state:"]
        {
            assert!(passes(filter), "{filter}");
        }
        for filter in ["orders 0013", "ORD fail", "!users", "0013_ORDERS.sql"] {
            assert!(Filter(filter.into()).picks(&["0013_Orders.sql", "failed"]), "{filter}");
        }
        assert!(!Filter("orders users".into()).picks(&["0013_orders.sql", "failed"]));
        assert!(Filter("äpfel".into()).picks(&["Äpfel.sql"]));
        for filter in ["orders users", "!state:failed", "wave:1", "wave:3", "type:agent", "!orders"] {
            assert!(!passes(filter), "{filter}");
        }
    }
}
