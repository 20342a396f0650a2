//! Migration directories: which files they hold, in which order, and what the files say about themselves.
//!
//! [`read`] recognises how a directory is laid out (or is told), reads every file's bytes and their SHA-256, and stops
//! there: nothing is split or analysed, so that a thousand files that have nothing to do cost next to nothing. Each
//! layout is a file of this folder and a line in [`LAYOUTS`].
//!
//! | file | is |
//! |---|---|
//! | `walk` | what is in the directory |
//! | `layout`, `native`, `golang_migrate`, `foreign` | which file is what |
//! | `text`, `version`, `file` | a text with its checksum; versions that sort as numbers; a file made of them |
//! | `manifest` | `batch.toml` |
//! | `error` | what can be wrong, where, and what to do |

mod error;
mod file;
mod foreign;
mod golang_migrate;
mod layout;
mod manifest;
mod native;
mod read;
mod text;
mod version;
mod walk;

pub use error::SourceError;
pub use file::{Need, SourceFile};
pub use layout::{Arranged, LAYOUTS, Layout, layout_names};
pub use manifest::{Manifest, ManifestFile};
pub use read::{Directory, read};
pub use text::Text;
pub use version::Version;
