//! Undoing a file that ran, wholly or in part (docs/design/undo.md).
//!
//! The rollback script is its author's word for the file as a whole: where all statements took effect, it is used as it
//! is. After a partial run it is used only where it is certain which of its statements belong to what took effect. Which
//! rows a `DELETE … WHERE` means for the rows of an `INSERT` stays its author's word.

mod choose;
pub(crate) mod coverage;
mod deferred;
mod derived;
mod explained;
mod following;
mod forward_run;
mod history;
pub mod inverse;
mod lost;
mod mapping;
mod method;
mod need;
mod others;
mod ours;
mod own_undo;
mod pairs;
mod part_change;
mod partial;
mod parts;
pub(crate) mod precheck;
mod reason;
mod rest;
mod restored;
mod states;
mod steps;
mod theirs;

pub(crate) use choose::choose_undo;
pub(crate) use coverage::undone_by;
pub use derived::derive;
pub(crate) use explained::explained;
pub(crate) use forward_run::ForwardRun;
pub(crate) use history::DefinitionHistory;
pub use history::named;
pub(crate) use inverse::text::{Word, unquoted, words};
pub use mapping::certain;
pub use method::destroys;
pub(crate) use method::methods;
pub(crate) use need::needs_undo;
pub(crate) use ours::Ours;
pub(crate) use own_undo::goes_with_a_table_of;
pub use pairs::undoes;
pub(crate) use parts::changes_of_twin;
pub(crate) use rest::not_kept;
pub(crate) use rest::{FileAndScript, Remainder, changed_by_others, derive_from_states};
pub use restored::sources;
pub(crate) use restored::{is_written, number_of, relation_of, source_of};
pub(crate) use states::ObjectStates;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
