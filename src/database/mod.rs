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
//! | `sight` | what an account sees of a schema |
//! | `relations`, `outline` | what stands on what in a schema; of what each object in it is made, in few questions |
//! | `replication` | how far a replica is behind |
//! | `facts`, `clock` | whether a server may be migrated, and what time it is there |
//! | `read_only`, `writers` | keeping others from writing; who writes |
//! | `barrier` | session locks |
//! | `blockers`, `row_blockers`, `lock_holders` | who is in a statement's way: in words, whose rows, what is known of them |
//! | `running`, `load` | how far a running statement is; how busy the server is |
//! | `mysql/`, `sqlite/` | the drivers |

mod barrier;
mod blockers;
mod clock;
mod definition;
mod error;
mod facts;
mod load;
mod lock_holders;
mod mysql;
mod option_file;
mod outline;
mod packet;
mod read_only;
mod relations;
mod replication;
mod row_blockers;
mod running;
mod session;
mod sight;
mod sqlite;
mod target;
mod url;
mod value;
mod writers;

pub(crate) use barrier::barrier_holders;
pub use barrier::{barrier_holder, barrier_name, release_barrier, take_barrier};
pub use blockers::{Evidence, blockers};
pub use clock::server_clock;
pub use definition::{Definition, fingerprint};
pub use error::{DbError, ErrorKind};
pub use facts::server_facts;
pub use load::{LoadCounters, load_counters};
pub use lock_holders::{Holder, Holders, WaitingFor, described, metadata_holders, row_holders};
pub(crate) use option_file::read_option_file;
pub use outline::{Outline, Part, PartName, outline};
pub use packet::Packet;
pub use read_only::{is_read_only, may_set_read_only, set_read_only};
pub use relations::{foreign_keys, relations, standing};
pub use replication::{connected_replicas, replica_lag};
pub(crate) use row_blockers::{RowBlocker, row_blockers};
pub(crate) use running::NEEDS_PROCESS;
pub use running::{Activities, Activity, activities, estimated_rows};
pub use session::{Database, Outcome, Purpose, ServerKind, Session, Warning};
pub(crate) use session::{FILE_LOCK_WAIT, FILE_SESSION_IDLE, LifeMark};
pub use sight::{Sight, sight};
pub(crate) use sqlite::{OURS_IN_CORE, canonical as canonical_definition};
pub use target::{Place, Runner, Schemas, Secret, ServerAddress, SslMode, Target, Tls};
pub use value::{Row, Value};
pub use writers::{
    CONNECTIONS_HIDDEN, Connected, EXEMPT_HIDDEN, Writer, connected, exempt_accounts, open_writers, sees_connections,
};

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
