//! SQL as text: where statements begin and end, what they touch, which of them undo which.
//!
//! Pure: no I/O, no clock, no connection. Three promises hold for any input whatever:
//!
//! * **Lossless**: the segments of [`split`], joined, are the file again, byte for byte.
//! * **Linear**: one pass over the bytes, no recursion that follows the input.
//! * **Honest**: [`Analysis`] may say [`StatementKind::Unknown`]; it does not guess. It looks at
//!   tokens, never at the text of comments and strings.
//!
//! ```
//! use caribou::sql::{Dialect, StatementKind, statements};
//! let found = statements("CREATE TABLE a (id INT); -- done\n", Dialect::MariaDb).unwrap();
//! assert_eq!(found[0].analysis.kind, StatementKind::CreateTable);
//! assert_eq!(found[0].sql, "CREATE TABLE a (id INT)");
//! ```

mod alter;
mod analysis;
mod as_it_runs;
mod asking;
mod attach;
mod blocks;
mod body;
mod body_statements;
mod called;
mod canonical;
mod client;
mod comments;
mod counted;
mod dialect;
mod directive;
mod expression;
mod foreign_key_checks;
mod front_matter;
mod globals;
pub(crate) mod keyword;
mod kind;
mod language;
pub(crate) mod lexer;
mod made_under;
mod modes;
mod named;
mod object;
mod off_limits;
mod plain;
mod position;
mod pragma;
mod prepared;
mod primary_key;
mod qualifiers;
mod quote;
mod redacted;
mod row_range;
pub mod rules;
mod savepoint;
mod script;
mod segment;
mod session;
mod sharing;
mod simple_dml;
mod split;
mod statement;
mod temporary;
mod token;
mod total_changes;
mod trigger;
mod trigger_table;

#[cfg(test)]
mod tests;

pub(crate) use alter::AlterOperation;
pub(crate) use analysis::aliased;
pub use analysis::{Analysis, analyse};
pub(crate) use analysis::{Cursor, Flags};
pub(crate) use as_it_runs::{Preparing, preparing};
pub(crate) use asking::{is_deaf, is_vacuumed_later, no_place_to_keep};
pub(crate) use attach::attached;
pub(crate) use body::{body_writes, trigger_of};
pub(crate) use body_statements::{body_statements, row_columns};
pub(crate) use called::{called, may_call_what_writes, may_write_by_calls, sets_sequence};
pub use canonical::canonical_hash;
pub(crate) use counted::{Counted, counted};
pub use dialect::Dialect;
pub(crate) use directive::{DirectiveError, Directives, directives, is_named};
pub use foreign_key_checks::ForeignKeyChecks;
pub(crate) use globals::Globals;
pub(crate) use kind::OWN_UNDO;
pub use kind::StatementKind;
pub use language::Language;
pub(crate) use made_under::MadeUnder;
pub(crate) use modes::sent_in;
pub(crate) use named::{can_prepare, named_schema, names_reserved};
pub use object::{How, ObjectKind, ObjectName};
pub(crate) use object::{Relation, Touch};
pub(crate) use off_limits::{OffLimits, may_release, off_limits, off_limits_to};
pub(crate) use pragma::{ForCore, for_core, is_session_pragma, sets_session};
pub(crate) use primary_key::primary_key_columns;
pub(crate) use qualifiers::{identifiers, qualifiers};
pub(crate) use quote::QuoteError;
pub(crate) use quote::quote_text;
pub use quote::{quote_identifier, quote_name};
pub(crate) use redacted::{Redacted, redacted};
pub use row_range::RowRange;
pub(crate) use savepoint::savepoint_name;
pub use script::{read, statements};
pub use segment::SegmentKind;
pub(crate) use segment::{ClientCommand, Segment, SplitError, SplitFault};
pub(crate) use sharing::{governs_transactions, shares_transaction};
pub use simple_dml::inserted;
pub(crate) use simple_dml::{InsertedValue, Redefined, redefined, row_change};
pub use split::split;
pub(crate) use statement::ClientCommandAt;
pub use statement::{Script, Statement};
pub(crate) use total_changes::{asks_the_session, asks_total_changes, without_ours};
pub use trigger::{Trigger, trigger};
pub(crate) use trigger_table::with_its_names_quoted;
