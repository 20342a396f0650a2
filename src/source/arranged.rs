//! A migration by the names of its files.

use super::Version;
use super::version::{version_at_end, version_in_front};

/// A migration by the names of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arranged {
    /// See [`super::SourceFile::path`].
    pub path: String,
    /// See [`super::SourceFile::name`].
    pub name: String,
    /// The place where it stands.
    pub version: Version,
    /// True if others may have the same version: a release in which several files appeared.
    pub shares_version: bool,
    /// The place among those of the same version, where the layout gives one.
    pub order: usize,
    /// Title: the part of the name beside the version.
    pub title: String,
    /// The path of its rollback script.
    pub down: Option<String>,
    /// The path of its verify script.
    pub verify: Option<String>,
}

impl Arranged {
    /// A migration without companions, its version read from the front or the end of its name.
    pub(super) fn from_name(name: &str, path: &str) -> Arranged {
        let (version, title, shares_version) = match (version_in_front(name), version_at_end(name)) {
            (Some((version, title)), _) => (version, title, false),
            (None, Some((title, version))) => (version, title, true),
            (None, None) => (Version::none(), name, false),
        };
        Arranged {
            path: path.to_owned(),
            name: name.to_owned(),
            version,
            shares_version,
            order: 0,
            title: title.to_owned(),
            down: None,
            verify: None,
        }
    }
}

/// Gives migrations the order in which they stand. Their versions stay where they say the same.
pub(super) fn in_order(mut arranged: Vec<Arranged>) -> Vec<Arranged> {
    let grows = arranged.windows(2).all(|pair| pair[0].version.is_some() && pair[0].version < pair[1].version);
    let is_told = grows && arranged.last().is_some_and(|last| last.version.is_some());
    for (order, one) in arranged.iter_mut().enumerate() {
        one.order = order;
        if !is_told {
            one.version = Version::none();
        }
    }
    arranged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stay_where_they_say_the_same() {
        let versions = |names: &[&str]| -> Vec<String> {
            let arranged = names.iter().map(|name| Arranged::from_name(name, name)).collect();
            in_order(arranged).into_iter().map(|one| one.version.text).collect()
        };
        assert_eq!(versions(&["1_a", "2_b", "10_c"]), ["1", "2", "10"]);
        assert_eq!(versions(&["10_c", "1_a"]), ["", ""]);
        assert_eq!(versions(&["1_a", "b"]), ["", ""]);
    }
}
