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
    let (mut end, mut parts) = (0, 0);
    loop {
        let digits = plain[end..].bytes().take_while(u8::is_ascii_digit).count();
        let after = end + digits;
        parts += 1;
        if digits > 0 && parts >= RELEASE && before_release(&plain[after..]).is_some() {
            end = after;
            break;
        }
        let ends_part = plain[after..].is_empty() || plain[after..].starts_with(['.', '_', '-', ' ']);
        if digits == 0 || !ends_part {
            break;
        }
        end = after + usize::from(!plain[after..].is_empty());
    }
    let version = Version::parse(plain[..end].trim_end_matches(['.', '_', '-', ' ']))?;
    Some((version, plain[end..].trim_start_matches(['_', '-', ' ', '.'])))
}

/// Numbers of a release, at the least: `2.0.0`.
const RELEASE: usize = 3;

/// What comes before a release, in its order.
const STAGES: [&str; 6] = ["dev", "alpha", "beta", "pre", "preview", "rc"];

/// The stage before a release that the rest behind its numbers tells, and the number of that: `rc2`, `beta.3_users`.
/// As in <https://semver.org>, it comes before the release itself.
pub(super) fn before_release(rest: &str) -> Option<(usize, u64)> {
    let rest = rest.trim_start_matches(['_', '-', '.']).to_ascii_lowercase();
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let stage = STAGES.iter().position(|stage| *stage == &rest[..letters])?;
    let number = rest[letters..].strip_prefix(['-', '.']).unwrap_or(&rest[letters..]);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let ends = !number[digits..].starts_with(char::is_alphanumeric);
    (digits > 0 && ends).then(|| Some((stage, number[..digits].parse().ok()?)))?
}

impl Version {
    /// The stage before this release that a title behind its numbers tells.
    pub(super) fn stage(&self, title: &str) -> Option<(usize, u64)> {
        (self.numbers.len() >= RELEASE).then(|| before_release(title))?
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_comes_before_a_release_is_told_by_its_name() {
        let stage = |name: &str| {
            let (version, title) = version_in_front(name).unwrap();
            (version.text.clone(), version.stage(title))
        };
        for name in ["1.0.0-rc2", "1.0.0rc2", "v1.0.0-rc.2", "1.0.0_RC2_users", "1.0.0.rc2"] {
            assert_eq!(stage(name), ("1.0.0".to_owned(), Some((5, 2))), "{name}");
        }
        for name in ["1.0.0", "1.0.0-rc", "1.0.0_rc2users", "1.0.0_beta_users", "1.0.0_users_rc2"] {
            assert_eq!(stage(name), ("1.0.0".to_owned(), None), "{name}");
        }
        assert_eq!(stage("003_rc2"), ("003".to_owned(), None), "a number is no release");
        assert!(stage("2.0.0beta3").1 < stage("2.0.0-rc1").1);
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
}
