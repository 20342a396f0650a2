//! Options and partitions: what stands behind a table's columns.

use super::text::{Word, unquoted};
use super::types::NoInverse;
use crate::sql::lexer::TokenKind;

/// Options and partitions of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Name and value as shown. `DEFAULT CHARSET` is `CHARSET`.
    pub given: Vec<(String, String)>,
    /// Words that are no `name=value`.
    pub rest: Vec<String>,
    /// From `PARTITION BY` on, in its comment.
    pub partitions: Option<String>,
}

/// Values that undo an option that the table did not have, by what the servers show afterwards.
const RESETS: &[(&str, &str)] = &[
    ("ROW_FORMAT", "DEFAULT"),
    ("COMMENT", "''"),
    ("KEY_BLOCK_SIZE", "0"),
    ("STATS_PERSISTENT", "DEFAULT"),
    ("STATS_AUTO_RECALC", "DEFAULT"),
    ("STATS_SAMPLE_PAGES", "DEFAULT"),
    ("MAX_ROWS", "0"),
    ("MIN_ROWS", "0"),
    ("AVG_ROW_LENGTH", "0"),
    ("CHECKSUM", "0"),
    ("DELAY_KEY_WRITE", "0"),
    ("PACK_KEYS", "DEFAULT"),
    ("TRANSACTIONAL", "DEFAULT"),
    ("PAGE_COMPRESSED", "DEFAULT"),
    ("PAGE_COMPRESSION_LEVEL", "DEFAULT"),
    ("ENCRYPTED", "DEFAULT"),
    ("ENCRYPTION_KEY_ID", "DEFAULT"),
];

impl Options {
    /// Reads what follows the closing parenthesis.
    pub fn parse(text: &str, words: &[Word<'_>]) -> Result<Options, NoInverse> {
        let by = words.windows(2).position(|pair| pair[0].is("PARTITION") && pair[1].is("BY"));
        let (words, partitions) = match by {
            None => (words, None),
            Some(at) => {
                let commented = at > 0 && words[at - 1].kind == TokenKind::ExecOpen;
                let start = if commented { at - 1 } else { at };
                (&words[..start], Some(text[words[start].start..].trim_end().to_owned()))
            }
        };
        let mut options = Options { partitions, ..Options::default() };
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let assigned = words.get(at + 1).is_some_and(|next| next.is_symbol("="));
            if !assigned || !word.is_name() {
                options.rest.push(word.text.to_owned());
                at += 1;
                continue;
            }
            let end = value_end(words, at + 2)
                .ok_or_else(|| NoInverse::because(format!("the option {} has no value", word.text)))?;
            let value = &text[words[at + 2].start..words[end].end];
            options.given.push((unquoted(word.text).to_ascii_uppercase(), value.to_owned()));
            at = end + 1;
        }
        options.rest.retain(|word| !word.eq_ignore_ascii_case("DEFAULT"));
        Ok(options)
    }

    /// The value of an option.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The clause that makes the table's character set and collation these.
    pub fn charset_clause(&self) -> Option<String> {
        let charset = self.value("CHARSET")?;
        Some(match self.value("COLLATE") {
            Some(collation) => format!("DEFAULT CHARACTER SET {charset} COLLATE {collation}"),
            None => format!("DEFAULT CHARACTER SET {charset}"),
        })
    }

    /// True if columns that inherit get the same character set from both.
    pub fn same_charset(&self, other: &Options) -> bool {
        ["CHARSET", "COLLATE"].iter().all(|name| self.value(name) == other.value(name))
    }

    /// The clauses that lead from `after` back to these.
    pub fn back_from(&self, after: &Options) -> Result<Vec<String>, NoInverse> {
        if self.rest != after.rest {
            return Err(NoInverse::because(format!(
                "the table's options were {:?} and are {:?}, which no known clause undoes",
                self.rest.join(" "),
                after.rest.join(" ")
            )));
        }
        let mut clauses = Vec::new();
        for (name, value) in &self.given {
            if name != "CHARSET" && name != "COLLATE" && after.value(name) != Some(value) {
                clauses.push(format!("{name}={value}"));
            }
        }
        for (name, _) in &after.given {
            if self.value(name).is_some() || name == "COLLATE" {
                continue;
            }
            let (_, reset) = RESETS
                .iter()
                .find(|(known, _)| known == name)
                .ok_or_else(|| NoInverse::because(format!("how to undo the table's option {name} is not known")))?;
            clauses.push(format!("{name}={reset}"));
        }
        if !self.same_charset(after) {
            let clause = self.charset_clause();
            clauses.push(clause.ok_or_else(|| NoInverse::because("the table had no default character set"))?);
        }
        Ok(clauses)
    }

    /// Gives the clause about partitions, which follows the others; `None` where they do not differ.
    pub fn partitions_back_from(&self, after: &Options) -> Option<String> {
        match &self.partitions {
            same if *same == after.partitions => None,
            Some(partitions) => Some(partitions.clone()),
            None => Some("REMOVE PARTITIONING".to_owned()),
        }
    }
}

/// The last word of a value: one word, or what stands in parentheses.
fn value_end(words: &[Word<'_>], start: usize) -> Option<usize> {
    let first = words.get(start)?;
    if !first.is_symbol("(") {
        return Some(start);
    }
    let closing = words[start + 1..].iter().position(|word| word.is_symbol(")") && word.depth == first.depth)?;
    Some(start + 1 + closing)
}
