//! Patterns of names: letters, `[classes]` and `.`, with `*`, `+` or `?` behind, and alternatives between `|`. The whole
//! name has to fit.

use std::collections::BTreeSet;

/// Signs of larger languages, which mean nothing here.
const FOREIGN: &[char] = &['(', ')', '{', '}', '\\', '^', '$'];
/// Characters that a pattern may have.
const LONGEST: usize = 500;

/// A character of a name, or one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Atom {
    Any,
    /// From, to; and whether it is none of these.
    Class(Vec<(char, char)>, bool),
}

impl Atom {
    fn fits(&self, c: char) -> bool {
        match self {
            Atom::Any => true,
            Atom::Class(ranges, is_none) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *is_none,
        }
    }
}

/// A step: its characters, whether it may be left out, and whether it may come again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    atom: Atom,
    optional: bool,
    again: bool,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    text: String,
    alternatives: Vec<Vec<Step>>,
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, to be read after "a pattern of names".
    pub fn parse(text: &str) -> Result<NamePattern, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("of at most {LONGEST} characters"));
        }
        let plain = text.strip_prefix('^').unwrap_or(text);
        let plain = plain.strip_suffix('$').unwrap_or(plain);
        let mut alternatives = vec![Vec::new()];
        let mut rest = plain.chars().peekable();
        while let Some(c) = rest.next() {
            let atom = match c {
                '|' => {
                    alternatives.push(Vec::new());
                    continue;
                }
                '.' => Atom::Any,
                '[' => class(&mut rest)?,
                '*' | '+' | '?' => return Err(format!("in which {c} stands behind what it repeats")),
                _ if FOREIGN.contains(&c) => {
                    return Err(format!("without {c}: it has letters, [classes], . and *, +, ? or | only"));
                }
                _ => Atom::Class(vec![(c, c)], false),
            };
            let repeat = rest.next_if(|c| matches!(c, '*' | '+' | '?'));
            let step =
                Step { atom, optional: matches!(repeat, Some('*' | '?')), again: matches!(repeat, Some('*' | '+')) };
            if let Some(last) = alternatives.last_mut() {
                last.push(step);
            }
        }
        if alternatives.iter().any(Vec::is_empty) {
            return Err("of which no alternative is empty".to_owned());
        }
        Ok(NamePattern { text: text.to_owned(), alternatives })
    }

    /// True if the whole name fits.
    pub fn fits(&self, name: &str) -> bool {
        self.alternatives.iter().any(|steps| runs_through(steps, name))
    }
}

impl std::fmt::Display for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Atom, String> {
    let is_none = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let from = rest.next().ok_or("in which [ is followed by ]")?;
        if from == ']' {
            break;
        }
        match rest.next_if_eq(&'-') {
            Some(_) => match rest.next() {
                Some(']') => {
                    ranges.extend([(from, from), ('-', '-')]);
                    break;
                }
                Some(to) if to >= from => ranges.push((from, to)),
                Some(to) => return Err(format!("in which {from}-{to} goes upwards")),
                None => return Err("in which [ is followed by ]".to_owned()),
            },
            None => ranges.push((from, from)),
        }
    }
    if ranges.is_empty() { Err("in which no [] is empty".to_owned()) } else { Ok(Atom::Class(ranges, is_none)) }
}

/// Follows every way through the steps at once: no pattern takes long.
fn runs_through(steps: &[Step], name: &str) -> bool {
    let mut at = reached([0].into(), steps);
    for c in name.chars() {
        let mut next = BTreeSet::new();
        for (place, step) in at.iter().filter_map(|place| Some((*place, steps.get(*place)?))) {
            if step.atom.fits(c) {
                next.insert(place + 1);
                if step.again {
                    next.insert(place);
                }
            }
        }
        at = reached(next, steps);
    }
    at.contains(&steps.len())
}

/// The places, and those that are reached by leaving out what may be left out.
fn reached(mut places: BTreeSet<usize>, steps: &[Step]) -> BTreeSet<usize> {
    for (place, step) in steps.iter().enumerate() {
        if step.optional && places.contains(&place) {
            places.insert(place + 1);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_fit() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("[a-z][a-z0-9_]*", &["a", "users", "user_2"], &["", "Users", "2users", "users-x", "_users"]),
            ("^[a-z]+$", &["abc"], &["", "ab1"]),
            ("(t", &[], &[]),
            ("lupo_.+|migration_.*", &["lupo_a", "migration_"], &["lupo_", "users", "xlupo_a"]),
            ("ix?_[^A-Z]*", &["i_", "ix_a"], &["ixx_a", "ix_A"]),
            ("[a-]+", &["a-a"], &["b"]),
            (".?.?ä", &["ä", "xyä"], &["xyzä"]),
        ];
        for (pattern, fits, misses) in cases {
            let Ok(read) = NamePattern::parse(pattern) else {
                assert!(fits.is_empty(), "{pattern}");
                continue;
            };
            assert!(fits.iter().all(|name| read.fits(name)), "{pattern}");
            let wrong: Vec<_> = misses.iter().filter(|name| read.fits(name)).collect();
            assert!(wrong.is_empty(), "{pattern}: {wrong:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for wrong in ["", "a||b", "[a", "[]", "[z-a]", "*a", "a**", "a{2}", "(a)", "\\w", &"a".repeat(501)] {
            assert!(NamePattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern = NamePattern::parse(&"[a-z]*".repeat(80)).unwrap();
        assert!(!pattern.fits(&format!("{}1", "a".repeat(5_000))));
    }
}
