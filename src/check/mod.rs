//! Checks before and after a file runs (`5-validation`).
//!
//! [`CHECKS`] is the table: what each looks at, when, and what a breach of it is worth. [`run`] runs those of one phase
//! over a [`Subject`] and answers with one finding for each, passed ones included, so that the log says what was
//! compared. What happens on a breach (`off`, `warn`, `block`) is [`CheckSettings`].
//!
//! | file | is |
//! |---|---|
//! | `table` | the checks |
//! | `subject`, `settings`, `breach` | what they look at, how severe they are, what they answer |
//! | `run` | one phase, with times |
//! | `text` | what needs no database: parses, rules, undo coverage, unbounded writes |
//! | `objects` | what a file expects to be there, and leaves there |
//! | `budget`, `verify` | one subject each |

mod breach;
mod budget;
mod objects;
mod run;
mod settings;
mod subject;
mod table;
mod text;
mod verify;

pub use breach::{Breach, Looked};
pub use budget::TableCount;
pub use run::run;
pub use settings::{CheckLevel, CheckSettings};
pub use subject::{Context, Known, Subject};
pub use table::{CHECKS, Check, Look, check};
