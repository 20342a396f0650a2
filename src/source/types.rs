//! Types of files, as far as a directory shows them: which files are of which, by folder and extension.

use super::path::{extension, file_name};
use crate::model::FileType;

/// One type of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceType {
    /// Its name, for directive, manifest and folder.
    pub name: &'static str,
    /// The type that the tables know it by.
    pub recorded_as: FileType,
    /// Other names of its folders. Its own, also with an s, always counts.
    pub folders: &'static [&'static str],
    /// The extensions of its files, in lower case. Files that are no SQL are taken only where somebody says that they are of
    /// a type.
    pub extensions: &'static [&'static str],
}

impl SourceType {
    /// True if a file with this path can be of it.
    pub fn takes(&self, path: &str) -> bool {
        extension(path).is_some_and(|found| self.extensions.iter().any(|known| found.eq_ignore_ascii_case(known)))
    }

    fn has_folder(&self, folder: &str) -> bool {
        let is_own = |folder: &str| folder == self.name;
        is_own(folder) || folder.strip_suffix('s').is_some_and(is_own) || self.folders.contains(&folder)
    }
}

/// The types that there are. The first is that of a file of which nothing says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Types(Vec<SourceType>);

impl Types {
    /// Makes a table of them.
    pub fn new(types: impl IntoIterator<Item = SourceType>) -> Types {
        Types(types.into_iter().collect())
    }

    /// The type with a name.
    pub fn find(&self, name: &str) -> Option<&SourceType> {
        self.0.iter().find(|known| known.name == name)
    }

    /// The type of a file of which nothing says anything; of no types at all it is doctrine.
    pub(super) fn first(&self) -> SourceType {
        let doctrine =
            SourceType { name: "doctrine", recorded_as: FileType::Doctrine, folders: &[], extensions: &["sql"] };
        self.0.first().copied().unwrap_or(doctrine)
    }

    /// The names, for messages.
    pub fn names(&self) -> String {
        self.0.iter().map(|known| known.name).collect::<Vec<_>>().join(", ")
    }

    /// The type that the innermost folder with the name of one says.
    pub(super) fn of_folder(&self, path: &str) -> Option<&SourceType> {
        path.rsplit('/').skip(1).find_map(|folder| {
            let folder = folder.to_ascii_lowercase();
            self.0.iter().find(|known| known.has_folder(&folder))
        })
    }

    /// True if a file that is no SQL may be of one of them.
    pub(super) fn may_take(&self, path: &str) -> bool {
        let is_about_the_folder = file_name(path).to_ascii_uppercase().starts_with("README");
        !is_about_the_folder && self.0.iter().any(|known| known.takes(path))
    }
}

/// The four types of the tables, all of them of SQL.
impl Default for Types {
    fn default() -> Types {
        Types::new(FileType::ALL.iter().map(|recorded_as| SourceType {
            name: recorded_as.as_str(),
            recorded_as: *recorded_as,
            folders: &[],
            extensions: &["sql"],
        }))
    }
}
