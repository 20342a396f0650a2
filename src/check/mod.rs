//! Checks before and after a file runs (`5-validation`).
//!
//! [`CHECKS`] is the table: what each looks at, when, and what a breach of it is worth. [`run`] runs those of one phase
//! over a [`Subject`] and answers with one finding for each, passed ones included, so that the log says what was
//! compared. What happens on a breach (`off`, `warn`, `block`) is [`CheckSettings`].
//!
//! | file | is |
//! |---|---|
//! | `table` | the checks |
//! | `subject` | what they look at |
//! | `settings` | how severe they are |
//! | `run` | one phase, with times |
//! | the others | one subject each |

mod run;
mod settings;
mod subject;
mod table;

pub use run::run;
pub use settings::{CheckLevel, CheckSettings};
pub use subject::Subject;
pub use table::{CHECKS, Check};
