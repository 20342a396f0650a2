//! Recordings: one batch and the system meanwhile, in one file that plays without a database (`docs/design/replay.md`).
//!
//! A recording is made from [`Parts`] by [`write`], and opened by [`Recording::open`], which reads as much as is sound of
//! a file that is cut or damaged, and says so. A [`Player`] moves through it: the world at any moment is a checkpoint and
//! the events since, applied by the same `World::apply` as everywhere. `redact` takes out what does not leave the house;
//! `drill` finds the moments at which a person had to decide.

mod block;
pub mod drill;
mod error;
mod facts;
mod index;
mod line;
mod matter;
mod open;
mod player;
mod redact;
mod scan;
mod source;
mod tape;
#[cfg(test)]
mod tests;
mod timeline;
mod transport;
mod write;

pub use error::{Damage, DamageKind, RecordingError};
pub use facts::{Bookmark, Facts, Origin};
pub use matter::{Matter, MatterKind, matter};
pub use open::Recording;
pub use player::{Place, Player};
pub use redact::redact;
pub use tape::{Drill, Tape};
pub use timeline::Timeline;
pub use transport::{Order, Speed, Transport, moment};
pub use write::{Parts, with_marks, write};
