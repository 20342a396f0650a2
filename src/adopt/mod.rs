//! History tables of other tools: found, read, and held against the files of a migration directory.
//!
//! Nothing of theirs is changed, unless somebody asks for it to be kept in step (`in_step.rs`). A tool is a value of
//! [`HistoryTable`], one file each in `tools/`, in the order of [`TABLES`]; what it says of a file is an [`Entry`].
//! [`compare`] says which files have run, which are pending, and which entries have no file (`docs/design/adopt.md`).

mod compare;
mod entry;
mod hexadecimal;
mod history_row;
mod in_step;
mod key;
mod search;
mod table;
mod tools;

pub use compare::{Comparison, SameText, compare};
pub use entry::{Entry, EntryState, Reach};
pub use history_row::RanFile;
pub use in_step::{InStep, kept_in_step};
pub use search::{Found, read, search};
pub use table::HistoryTable;
pub use tools::TABLES;
