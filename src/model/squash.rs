//! Squashes: a file that stands for others, which it names one by one or from one to another.

use super::natural;
use std::cmp::Ordering;

/// Files by their paths without ending: one, or all from one to another of its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    first: String,
    last: String,
}

impl Span {
    /// Reads `a` or `a..b`, as a file in `folder` says it (`""`, or with `/` at its end): a name without folder is one of
    /// the same folder.
    pub fn parse(text: &str, folder: &str) -> Span {
        let whole = |name: &str| match name.contains('/') {
            true => stem(name).to_owned(),
            false => format!("{folder}{}", stem(name)),
        };
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        Span { first: whole(first.trim()), last: whole(last.trim()) }
    }

    /// Puts it below a folder.
    pub fn move_below(&mut self, folder: &str) {
        for name in [&mut self.first, &mut self.last] {
            *name = format!("{folder}/{name}");
        }
    }

    /// The files that it names itself: one, or the first and the last.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let last = Some(self.last.as_str()).filter(|last| *last != self.first);
        std::iter::once(self.first.as_str()).chain(last)
    }

    /// True if a file, by its path, is one of them.
    pub fn holds(&self, path: &str) -> bool {
        let stem = stem(path);
        let is_beside = folder(stem) == folder(&self.first);
        let from = natural(&self.first, stem) != Ordering::Greater;
        self.named().any(|one| one == stem) || (is_beside && from && natural(stem, &self.last) != Ordering::Greater)
    }

    /// True if a path is the one that is named so.
    pub fn is(name: &str, path: &str) -> bool {
        stem(path) == name
    }
}

/// A path without what it ends with; a migration that is a folder by the folder's name.
fn stem(path: &str) -> &str {
    let plain = path.strip_suffix(".sql").or_else(|| path.strip_suffix(".SQL")).unwrap_or(path);
    let plain = plain.strip_suffix(".up").unwrap_or(plain);
    plain.strip_suffix("/up").or_else(|| plain.strip_suffix("/migration")).unwrap_or(plain)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_lies_between_in_its_folder() {
        let span = Span::parse("001_a.sql..100_z.sql", "");
        for path in ["001_a.sql", "2_b.sql", "099_y.up.sql", "100_z/up.sql"] {
            assert!(span.holds(path), "{path}");
        }
        for path in ["000_x.sql", "100_zz.sql", "101_a.sql", "shop/002_b.sql"] {
            assert!(!span.holds(path), "{path}");
        }
        assert_eq!(span.named().collect::<Vec<_>>(), ["001_a", "100_z"]);
    }

    #[test]
    fn a_name_is_one_of_the_same_folder() {
        let span = Span::parse("1_a", "shop/");
        assert!(span.holds("shop/1_a.sql") && !span.holds("1_a.sql") && !span.holds("shop/1_b.sql"));
        assert!(Span::parse("core/1_a", "shop/").holds("core/1_a.sql"));
        assert_eq!(span.named().count(), 1);
    }
}
