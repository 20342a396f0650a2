//! A layout, and what it makes of a directory's files.

use super::version::{version_at_end, version_in_front};
use super::{SourceError, Version};
use std::fmt;

/// The layout of a directory: which file is which part of which migration.
pub trait Layout: Sync {
    /// The name in configuration.
    fn name(&self) -> &'static str;

    /// Other names for it in configuration.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// A path that is explained by this layout and by no other, if there is one.
    fn sign<'a>(&self, paths: &'a [String]) -> Option<&'a str>;

    /// Sorts the files of the directory into migrations, in any order. Files that are no SQL are left alone.
    ///
    /// # Errors
    /// A name without a place in the layout, a companion without its migration, two files for one part.
    fn arrange(&self, paths: &[String]) -> Result<Vec<Arranged>, SourceError>;
}

impl fmt::Debug for dyn Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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
            title: title.to_owned(),
            down: None,
            verify: None,
        }
    }
}
