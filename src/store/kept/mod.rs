//! Keeping what a statement destroys, and putting it back (`3-rollback`, Undo, 3; `10-server-facts`).
//!
//! The way of one statement, all of it driven by the engine:
//!
//! 1. [`plan`] looks at the statement and its tables and says what is to be kept, or that it cannot be
//!    ([`StoreError::CannotKeep`](super::StoreError::CannotKeep)). The engine journals the [`Kept`](crate::model::Kept)s.
//! 2. [`prepare`] makes the empty tables that keep, on a session of its own (DDL on the file's session would commit the
//!    file's transaction); on SQLite on the file's session, where DDL is part of the transaction.
//! 3. Rows: inside the transaction, [`before`] copies what the statement is about to change, the statement runs,
//!    [`after`] notes how the rows look then and drops what did not change.
//!    Columns, and tables that cannot be moved: the same between [`lock`] and [`unlock`], since DDL commits by itself.
//!    Tables: [`substitute`] gives the statements that run instead.
//! 4. [`put_back`] in the transaction of the undo; [`since`] beforehand, to see what others have changed; [`discard`]
//!    when the window has closed.
//!
//! A table that keeps rows has the original's columns (without generated ones) and three of ours: what a row is, its
//! image after the statement, and what putting back is to do with it. A row that others have changed since has another
//! image, and is left alone.
//!
//! | file | is |
//! |---|---|
//! | `facts`, `facts_mysql`, `facts_sqlite` | what must be known of a table |
//! | `plan` | what a statement destroys, and how that can be kept |
//! | `cost` | how much that would be |
//! | `prepare` | making the tables that keep |
//! | `rows` | before and after a statement |
//! | `back`, `marks` | putting rows back, and what is to happen to each |
//! | `columns`, `lock` | values of columns that are dropped or converted, and the table locks for them |
//! | `moved`, `attached` | tables that are renamed into the undo schema and out of it; what must not follow them |
//! | `parked` | columns that stay in their table, out of sight |
//! | `staged` | what SQLite keeps in core until it is committed |
//! | `settings`, `text` | session settings for copying; pieces of SQL |
//! | `orphans` | rows whose foreign keys lead nowhere, afterwards |
//! | `schema` | a schema that a file made goes again |
//! | `discard` | letting go |

mod attached;
mod back;
mod columns;
mod cost;
mod discard;
mod facts;
mod facts_mysql;
mod facts_sqlite;
mod lock;
mod marks;
mod moved;
mod orphans;
mod parked;
mod plan;
mod prepare;
mod rows;
mod schema;
mod settings;
mod staged;
mod text;

pub use back::{put_back, put_back_before, since};
pub use cost::cost;
pub use discard::discard;
pub(super) use discard::place_name;
pub use facts::{ColumnFacts, ForeignKey, Found, Known, ObjectNameKey, TableFacts, TriggerFacts, facts};
pub use lock::{lock, needs_lock, unlock};
pub use moved::{stands, substitute};
pub use orphans::orphans;
pub use parked::parked_places;
pub use plan::{Ask, Budget, How, Keep, plan};
pub use prepare::prepare;
pub use rows::{after, before};
pub use schema::drop_empty;
pub use staged::{copy_home, leave_core, staged};
