//! Databases: one interface for SQLite, MariaDB and Oracle MySQL.
//!
//! [`connect`] finds out what is at a [`Target`] and gives a [`Database`]; a database opens [`Session`]s, each for a
//! [`Purpose`]. What differs between servers stands in the folder of each server; everything above speaks of
//! schemas, statements and values only, and names tables `schema.table` on all three.
//!
//! | file | is |
//! |---|---|
//! | `target`, `url`, `option_file` | what to connect to, and where that is written |
//! | `session` | the two traits and what they give back |
//! | `value`, `error`, `definition` | values and rows; errors by category; canonical definitions and fingerprints |
//! | `facts`, `clock` | whether a server may be migrated, and what time it is there |
//! | `barrier`, `blockers`, `progress` | session locks, who blocks us, how far a running statement is |
//! | `mysql/`, `sqlite/` | the drivers |

mod barrier;
mod blockers;
mod clock;
mod definition;
mod error;
mod facts;
mod mysql;
mod option_file;
mod progress;
mod session;
mod sqlite;
mod target;
mod url;
mod value;

pub use barrier::{barrier_holder, barrier_holders, barrier_name, release_barrier, take_barrier};
pub use blockers::{Blocker, Evidence, blockers};
pub use clock::server_clock;
pub use definition::{Definition, fingerprint};
pub use error::{DbError, ErrorKind};
pub use facts::{ServerFacts, server_facts};
pub use option_file::read_option_file;
pub use progress::{MYSQL_PROGRESS_HINT, Progress, progress};
pub use session::{Database, FILE_LOCK_WAIT, FILE_SESSION_IDLE, Outcome, Purpose, ServerKind, Session, Warning};
pub use sqlite::OURS_IN_CORE;
pub use target::{Place, Schemas, Secret, ServerAddress, SslMode, Target, Tls};
pub use value::{Row, Value};

use std::sync::Arc;

/// Connects to `target`, finds out which server it is, and refuses one that is too old (MySQL before 8.0, MariaDB
/// before 10.6).
///
/// # Errors
/// [`ErrorKind::Auth`] for a refused account, [`ErrorKind::ConnectionLost`] or [`ErrorKind::Timeout`] where nothing
/// answers, [`ErrorKind::Unsupported`] for an old or unknown server, [`ErrorKind::Configuration`] for a target that
/// names no core schema.
pub async fn connect(target: &Target) -> Result<Arc<dyn Database>, DbError> {
    target.schemas.check()?;
    match &target.place {
        Place::Server(address) => mysql::connect(target, address).await,
        Place::Sqlite { dir } => sqlite::connect(target, dir).await,
    }
}
