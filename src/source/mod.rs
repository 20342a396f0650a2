//! Migration directories: which files they hold, in which order, and what the files say about themselves.
//!
//! [`read`] recognises how a directory is laid out (or is told), reads every file's bytes and their SHA-256, and stops
//! there: nothing is split or analysed, so that a thousand files that have nothing to do cost next to nothing. Each
//! layout is a file of this folder and a line in the registry.

mod annotated;
mod arranged;
mod breakpoint;
mod drizzle;
mod environment;
mod error;
mod file;
mod flyway;
mod folder;
mod folders;
mod golang_migrate;
mod layout;
pub(crate) mod layout_name;
mod lines;
mod liquibase;
mod manifest;
mod marks;
mod migration;
mod names;
mod native;
mod others;
mod path;
mod placeholders;
mod popx;
mod printed;
mod read;
mod refinery;
mod registry;
mod remark;
mod several;
mod spelling;
mod sqitch;
#[cfg(test)]
mod testing;
mod text;
mod types;
mod version;
mod walk;
mod yoyo;

pub(crate) use error::SourceError;
pub(crate) use file::{Need, SourceFile};
pub(crate) use folder::Folder;
pub(crate) use layout_name::NATIVE;
pub(crate) use manifest::Manifest;
pub(crate) use read::Directory;
pub use read::{read, read_as};
pub(crate) use remark::{Remark, Weight};
pub use several::read_several;
pub(crate) use text::Text;
pub use types::{SourceType, Types};
pub(crate) use version::Version;
