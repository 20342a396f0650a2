//! Keeping what a statement destroys, and putting it back (`docs/design/undo.md`, Four ways back;
//! `docs/design/servers.md`, Keeping).
//!
//! The way of one statement, all of it driven by the engine:
//!
//! 1. [`plan`] looks at the statement and its tables and says what is to be kept, or that it cannot be
//!    ([`StoreError::CannotKeep`](crate::store::StoreError::CannotKeep)). The engine journals the [`Kept`](crate::model::Kept)s.
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
//! | `facts/` | what must be known of a table |
//! | `keep`, `plan` | something to be kept; what a statement destroys, and how that can be kept |
//! | `outlook` | what statements to come will have changed of that |
//! | `cost` | how much that would be |
//! | `prepare` | making the tables that keep |
//! | `rows` | before and after a statement |
//! | `back`, `marks` | putting rows back, and what is to happen to each |
//! | `differs` | whether rows stand as they were kept, after a script |
//! | `columns`, `lock` | values of columns that are dropped or converted, and the table locks for them |
//! | `whole` | tables without a key, which are kept and put back as a whole |
//! | `moved`, `attached` | tables that are renamed into the undo schema and out of it; what must not follow them |
//! | `parked` | columns that stay in their table, out of sight |
//! | `written`, `restore`, `reform` | the schema of SQLite as it was written, and brought back so |
//! | `triggers` | what triggers of SQLite write beside, and how they are off for a while |
//! | `staging` | what SQLite keeps in core until it is committed |
//! | `settings`, `text` | session settings for copying; pieces of SQL |
//! | `orphans` | rows whose foreign keys lead nowhere, afterwards |
//! | `schema` | a schema that a file made goes again |
//! | `discard` | letting go |

mod attached;
mod back;
mod columns;
mod cost;
mod differs;
mod discard;
mod facts;
mod functions;
mod inventory;
mod keep;
mod lock;
mod marks;
mod moved;
mod orphans;
mod outlook;
mod parked;
mod plan;
mod prepare;
mod reform;
mod restore;
mod rows;
mod schema;
mod settings;
mod staging;
mod text;
mod triggers;
mod whole;
mod written;

pub(crate) use back::{SoFar, put_back_before};
pub use back::{put_back, since};
pub use cost::cost;
pub(crate) use differs::note_theirs;
pub use differs::{Compared, compare};
pub use discard::discard;
pub(crate) use facts::is_transactional;
pub use facts::{ColumnFacts, ForeignKey, Found, Known, ObjectNameKey, TableFacts, TriggerFacts, facts};
pub(crate) use functions::writing;
pub use inventory::Holding;
pub(crate) use inventory::{holdings, leftovers};
pub use keep::{Ask, Budget, How, Keep, LockedBy};
pub use lock::{beside, lock, needs_lock, take_back, unlock};
pub use moved::{stands, substitute};
pub use orphans::orphans;
pub(crate) use parked::parked_places;
pub use plan::plan;
pub use prepare::prepare;
pub(crate) use restore::{SETTINGS, restore};
pub use rows::{Changed, after, before, empty};
pub(crate) use schema::drop_empty;
pub(crate) use settings::inspect;
pub use staging::{copy_to_undo_schema, drop_from_core, staged};
pub(crate) use text::place_name;
pub use written::Written;
