//! Versions, which sort as numbers, and names, which sort as people read them.

use std::cmp::Ordering;

/// Place of a file in the order of its directory. Versions are equal when their numbers are, however written.
#[derive(Debug, Clone)]
pub struct Version {
    /// As written in the file's name: `0003`, `4_0_25`, `20260101120000`; empty where there is none.
    pub text: String,
    /// Its numbers; empty where there is none.
    pub numbers: Vec<u64>,
}

impl Version {
    /// A name without a version.
    pub fn none() -> Version {
        Version { text: String::new(), numbers: Vec::new() }
    }

    /// Numbers with dots, underscores or hyphens between them. `None` for anything else, and for a number beyond 64 bits.
    pub fn parse(text: &str) -> Option<Version> {
        let mut numbers = Vec::new();
        for part in text.split(['.', '_', '-']) {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            numbers.push(part.parse().ok()?);
        }
        Some(Version { text: text.to_owned(), numbers })
    }

    /// True if there is one.
    pub fn is_some(&self) -> bool {
        !self.numbers.is_empty()
    }
}

/// Versions first, as numbers; names without one after them, equal here.
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_some(), other.is_some()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => {
                // `2` and `2.0` are the same.
                let length = self.numbers.len().max(other.numbers.len());
                let padded = |version: &Version, at: usize| version.numbers.get(at).copied().unwrap_or(0);
                (0..length).map(|at| padded(self, at)).cmp((0..length).map(|at| padded(other, at)))
            }
        }
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `0003_users`, `v1.2-users`, `2014_10_12_000000_users`, `2.14.0`: the numbers at the front, and the rest.
pub(super) fn version_in_front(name: &str) -> Option<(Version, &str)> {
    let plain = name.strip_prefix(['v', 'V']).unwrap_or(name);
    let mut end = 0;
    loop {
        let digits = plain[end..].bytes().take_while(u8::is_ascii_digit).count();
        let after = end + digits;
        let ends_part = plain[after..].is_empty() || plain[after..].starts_with(['.', '_', '-', ' ']);
        if digits == 0 || !ends_part {
            break;
        }
        end = after + usize::from(!plain[after..].is_empty());
    }
    let version = Version::parse(plain[..end].trim_end_matches(['.', '_', '-', ' ']))?;
    Some((version, plain[end..].trim_start_matches(['_', '-', ' ', '.'])))
}

/// `users_4_0_25`, `users_v4_0_25`: a release of at least three numbers at the end.
pub(super) fn version_at_end(name: &str) -> Option<(&str, Version)> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let numbers = name[plain.len()..].trim_start_matches('_');
    let title = plain.strip_suffix("_v").unwrap_or(plain);
    let glued = title.len() == plain.len() && !name[plain.len()..].starts_with('_');
    let version = Version::parse(numbers).filter(|version| version.numbers.len() >= 3)?;
    (!title.is_empty() && !glued).then_some((title, version))
}

/// Compares two names as people do: runs of digits as numbers of any length, the rest byte by byte.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a.as_bytes(), b.as_bytes());
    while let (Some(x), Some(y)) = (a_rest.first(), b_rest.first()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (x, y) = (digits(&mut a_rest), digits(&mut b_rest));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            (a_rest, b_rest) = (&a_rest[1..], &b_rest[1..]);
            x.cmp(y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    // The same but for leading zeros: any order will do as long as it is always the same.
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
}

/// Takes the digits at the front, without leading zeros.
fn digits<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let (mut number, after) = rest.split_at(end);
    *rest = after;
    while number.len() > 1 && number[0] == b'0' {
        number = &number[1..];
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_sort_as_numbers() {
        let texts = ["1", "0002", "3", "3.1", "3.1.9", "3.1.10", "3.2", "10", "4_0_25", "20260101120000"];
        let mut versions: Vec<Version> = texts.iter().map(|t| Version::parse(t).unwrap()).collect();
        versions.push(Version::none());
        versions.reverse();
        versions.sort();
        let sorted: Vec<&str> = versions.iter().map(|v| v.text.as_str()).collect();
        assert_eq!(sorted, ["1", "0002", "3", "3.1", "3.1.9", "3.1.10", "3.2", "4_0_25", "10", "20260101120000", ""]);
    }

    #[test]
    fn the_same_version_may_be_written_differently() {
        for (a, b) in [("1", "001"), ("2.0", "2"), ("4_0_25", "4.0.25")] {
            assert_eq!(Version::parse(a), Version::parse(b), "{a} {b}");
        }
        for text in ["", "a", "1.", ".1", "1..2", "1a", "99999999999999999999999"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn names_sort_as_people_read_them() {
        let mut names = ["b", "a10", "a2", "a", "a2b", "a02c", "99999999999999999999999", "100000000000000000000000"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["99999999999999999999999", "100000000000000000000000", "a", "a2", "a2b", "a02c", "a10", "b"]
        );
    }

    proptest! {
        #[test]
        fn natural_is_a_total_order(a in "[a0-2]{0,6}", b in "[a0-2]{0,6}", c in "[a0-2]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b) != Ordering::Greater && natural(&b, &c) != Ordering::Greater {
                prop_assert_ne!(natural(&a, &c), Ordering::Greater);
            }
        }
    }
}
