//! A layout: what speaks for it, and what it makes of a directory.

use super::migration::Contents;
use super::{Folder, SourceError};
use std::fmt;

/// The layout of a directory: which file is which part of which migration.
pub trait Layout: Sync {
    /// The name in configuration.
    fn name(&self) -> &'static str;

    /// Other names for it in configuration.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// The layouts whose directories it reads as they do, besides its own: their signs speak for it, too.
    fn includes(&self) -> &'static [&'static str] {
        &[]
    }

    /// What speaks for this layout and for no other, if anything does: a path, or a line of a file.
    fn sign(&self, folder: &Folder) -> Option<String>;

    /// Reads the migrations of a directory. Files that are no SQL are left alone.
    ///
    /// # Errors
    /// A name without a place in the layout, a companion without its migration, two files for one part, a text that
    /// the layout's tool would not take.
    fn read(&self, folder: &Folder) -> Result<Contents, SourceError>;
}

impl fmt::Debug for dyn Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
