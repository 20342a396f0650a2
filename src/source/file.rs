//! One migration of a directory.

use super::remark::Remark;
use super::{Text, Version};
use crate::model::{DependencyType, FileType, RunRule};
use crate::sql::Directives;

/// A file that another one names as a dependency, and where it does so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// A path, a name or a version, as written.
    pub name: String,
    /// Its part in the file.
    pub kind: DependencyType,
    /// The file that says so: the migration itself or the manifest.
    pub said_in: String,
    /// The line there, from 1.
    pub line: u32,
}

/// A migration: its text, its companions, and what is known of it without splitting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Of the migration itself, relative to the directory, with `/` between folders.
    pub path: String,
    /// The name of its directory, where there are several; its path begins with it.
    pub root: String,
    /// The path's last part without what the layout appends to it: `0003_users`, `1_init`.
    pub name: String,
    /// The place where it stands in the order.
    pub version: Version,
    /// Title: the part of the name beside the version; may be empty.
    pub title: String,
    /// The migration.
    pub up: Text,
    /// Its rollback script.
    pub down: Option<Text>,
    /// Its verify script.
    pub verify: Option<Text>,
    /// Directives of its leading comments.
    pub directives: Directives,
    /// From its directive, else the manifest, else its folder, else doctrine: the name of its type.
    pub handler: &'static str,
    /// The type that the tables know it by.
    pub file_type: FileType,
    /// Dependencies of the layout, of its directives and of the manifest, in this order.
    pub needs: Vec<Need>,
    /// What it says that is read otherwise here, or not at all.
    pub remarks: Vec<Remark>,
    /// When it runs.
    pub rule: RunRule,
}
