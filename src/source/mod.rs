//! Migration directories: which files they hold, in which order, and what the files say about themselves.
//!
//! [`read`] recognises how a directory is laid out (or is told), reads every file's bytes and their SHA-256, and stops
//! there: nothing is split or analysed, so that a thousand files that have nothing to do cost next to nothing. Each
//! layout is a file of this folder and a line in the registry.

mod drizzle;
mod error;
mod file;
mod foreign;
mod golang_migrate;
mod layout;
mod manifest;
mod marks;
mod names;
mod native;
mod others;
mod path;
mod read;
mod registry;
mod spelling;
mod text;
mod types;
mod version;
mod walk;

pub(crate) use error::SourceError;
pub(crate) use file::{Need, SourceFile};
pub(crate) use read::Directory;
pub use read::{read, read_as};
pub(crate) use text::Text;
pub use types::{SourceType, Types};
pub(crate) use version::Version;
