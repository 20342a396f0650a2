//! Reading what statements say of columns, keys and foreign keys.
//!
//! Only texts come here of which the analysis knows the kind. What is not understood is left open, never guessed.

mod alter;
mod create;
mod items;
mod rows;
mod tokens;
mod types;

pub(super) use alter::{Change, alter};
pub(super) use create::{Created, create_index, create_table};
pub(super) use rows::{Named, inserted_columns, updated_columns, upserted_columns};
