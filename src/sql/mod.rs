//! SQL as text: where statements begin and end, what they touch, which of them undo which.
//!
//! Pure: no I/O, no clock, no connection. The words come from the design notes on splitting and
//! on real migration directories. Three promises hold for any input whatever:
//!
//! * **Lossless**: the pieces of [`split`], joined, are the file again, byte for byte.
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
mod blocks;
mod canonical;
mod client;
mod dialect;
mod directive;
mod front_matter;
pub mod inverse;
mod kind;
mod lexer;
mod object;
mod piece;
mod position;
mod qualifiers;
mod quote;
pub mod rules;
mod savepoint;
mod script;
mod shape;
mod split;
mod undo;
mod words;

#[cfg(test)]
mod tests;

pub use alter::AlterOperation;
pub use analysis::{Analysis, Flags, analyse};
pub use canonical::canonical_hash;
pub use dialect::Dialect;
pub use directive::{DirectiveError, Directives, directives, is_named};
pub use kind::StatementKind;
pub use object::{How, ObjectKind, ObjectName, Touch};
pub use piece::{ClientCommand, Piece, PieceKind, SplitError, SplitFault};
pub use qualifiers::qualifiers;
pub use quote::{QuoteError, quote_identifier, quote_name};
pub use savepoint::savepoint_name;
pub use script::{ClientCommandAt, Script, Statement, read, statements};
pub use shape::{Inserted, InsertedValue, Redefined, RowChange, inserted, redefined, row_change};
pub use split::split;
pub use undo::undoes;
