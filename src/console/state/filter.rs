//! A filter over lines.

/// A filter as it was typed; `!` in front inverts it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(pub String);

impl Filter {
    /// True if everything passes.
    pub fn is_empty(&self) -> bool {
        self.0.trim_start_matches('!').is_empty()
    }

    /// True if a line passes; upper and lower case are the same.
    pub fn passes(&self, line: &str) -> bool {
        let (inverted, text) = match self.0.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, self.0.as_str()),
        };
        text.is_empty() || line.to_lowercase().contains(&text.to_lowercase()) != inverted
    }
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
}
