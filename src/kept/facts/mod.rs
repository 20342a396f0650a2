//! Facts that must be known of a table before something of it can be kept.

mod known;
pub(crate) mod mysql;
pub(crate) mod sqlite;
mod table;

pub use known::{Known, facts};
pub(crate) use table::is_transactional;
pub use table::{ColumnFacts, ForeignKey, Found, ObjectNameKey, TableFacts, TriggerFacts};
