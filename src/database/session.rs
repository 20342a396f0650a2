//! The two traits of this layer, and what they give back.

use super::{DbError, Definition, Packet, Row, Schemas, Value};
use crate::sql::{Dialect, Globals, ObjectName};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServerKind {
    /// SQLite, linked into this program.
    Sqlite,
    /// MariaDB, 10.6 or later.
    #[serde(rename = "mariadb")]
    MariaDb,
    /// Oracle MySQL, 8.0 or later.
    #[serde(rename = "mysql")]
    MySql,
}

impl ServerKind {
    /// The word used in tables, JSON and screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
        }
    }

    /// The language of its SQL.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Sqlite => Dialect::Sqlite,
            Self::MariaDb => Dialect::MariaDb,
            Self::MySql => Dialect::MySql,
        }
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The purpose of a session; it decides the default schema and the session's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Our own tables. Default schema: orchestration. Strict sql_mode whatever the server's default.
    Journal,
    /// Runs the files' SQL and receipts. Default schema: core. Settings exactly those of the native client, but for a
    /// short `lock_wait_timeout` (3 s) and a `wait_timeout` of [`FILE_SESSION_IDLE`]: ping it while it is held.
    File,
    /// Looks at definitions and at what must be known of objects, for a file session, whose own settings change what a
    /// server shows. Default schema: core. Settings as Journal.
    Look,
    /// Tries what files will do. On SQLite an empty database in memory and nothing else; on servers as Look.
    Trial,
    /// Heartbeat, commands, KILL. As Journal, but never holds a transaction during a statement of a file.
    Control,
    /// The console: read only, enforced by the session.
    Reader,
}

/// Number of idle seconds after which the server itself ends a file session, so that a vanished host does not keep its
/// locks for hours. Whoever holds one without using it pings it at least three times within.
pub const FILE_SESSION_IDLE: u32 = 120;

/// Number of seconds that a statement of a file waits for a metadata lock before it gives way. A waiting ALTER stalls
/// every SELECT behind it, so this is short and the engine tries again.
pub const FILE_LOCK_WAIT: u32 = 3;

/// The outcome of one statement of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows inserted, updated or deleted. In a session for files those that an UPDATE *changed*, as the native client is
    /// told; in others, on MySQL and MariaDB, those that it *found* (CLIENT_FOUND_ROWS).
    pub rows_affected: u64,
    /// The first number that a counter gave to its rows, on MySQL and MariaDB; 0 where none did.
    pub last_number: u64,
    /// Rows that a query gave back; they are read and dropped.
    pub rows_returned: u64,
}

/// One line of `SHOW WARNINGS`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// `Note`, `Warning` or `Error`.
    pub level: String,
    /// The server's number.
    pub code: u32,
    /// The server's words.
    pub message: String,
}

/// Sign by which other processes see that this one lives: a lock on a file that the operating system frees.
#[derive(Debug)]
pub struct LifeMark {
    _locked: std::fs::File,
}

impl LifeMark {
    /// Of a file that is locked.
    pub(super) fn new(locked: std::fs::File) -> LifeMark {
        LifeMark { _locked: locked }
    }
}

/// A database: a place, the server found there, and the account connected as.
#[async_trait]
pub trait Database: Send + Sync + fmt::Debug {
    /// The kind of server.
    fn kind(&self) -> ServerKind;
    /// The server's version as it says it, such as `10.11.19-MariaDB` or `3.50.4`.
    fn version(&self) -> &str;
    /// `CURRENT_USER()`; on SQLite the operating system's user.
    fn account(&self) -> &str;
    /// The user that sessions for files are opened as, where another is configured for them.
    fn runner(&self) -> Option<&str> {
        None
    }
    /// Settings with which a session of this server begins, and which decide how it reads a text.
    fn globals(&self) -> Globals {
        Globals::default()
    }
    /// The configured schema names.
    fn schemas(&self) -> &Schemas;
    /// `db1:3306`, `sqlite:DIR`; never a secret.
    fn label(&self) -> String;
    /// Opens a session. Each is a connection of its own.
    async fn open(&self, purpose: Purpose) -> Result<Box<dyn Session>, DbError>;
    /// Stops the statement that runs on `connection` (KILL QUERY; on SQLite an interrupt at the next few thousand
    /// virtual-machine steps, and only for sessions of this process). False when there is no such connection.
    /// KILL QUERY on a long DDL is unreliable: await the statement's end, and [`Database::kill`] if it does not come.
    async fn interrupt(&self, connection: u64) -> Result<bool, DbError>;
    /// Ends `connection`. False when it was gone. The server may take a while to end it: see
    /// [`Database::is_connected`].
    async fn kill(&self, connection: u64) -> Result<bool, DbError>;
    /// True if the server still has `connection`, also one that is being killed. A server shows the connections of other
    /// accounts to holders of PROCESS only: without it, false means little for them.
    async fn is_connected(&self, connection: u64) -> Result<bool, DbError>;
    /// SQLite: says to other processes of this machine, until what it gives is dropped or this process has ended, that
    /// the holder of a token lives. `None` where that cannot be said, and on a server, where session locks say it.
    fn mark_life(&self, _token: i64) -> Option<LifeMark> {
        None
    }
    /// SQLite: whether the process that said so has ended. False when that is not known.
    fn has_ended(&self, _token: i64) -> bool {
        false
    }
    /// Gives up what the database itself holds. Sessions are closed by their owners.
    async fn close(&self);
}

/// One connection.
#[async_trait]
pub trait Session: Send + fmt::Debug {
    /// The kind of server.
    fn kind(&self) -> ServerKind;
    /// The server's id of this connection; on SQLite one of our own, unique on this machine.
    fn connection_id(&self) -> u64;
    /// Ids of all connections that this process has open to the same server, this one among them.
    fn own_connections(&self) -> Vec<u64> {
        vec![self.connection_id()]
    }
    /// Runs one statement of a file as the native client would send it: text protocol, never two statements in one
    /// text ([`ErrorKind::Syntax`](super::ErrorKind::Syntax) then, and nothing has run).
    async fn run(&mut self, sql: &str) -> Result<Outcome, DbError>;
    /// The warnings of the last statement; to be asked for at once. Empty on SQLite, which has none.
    async fn warnings(&mut self) -> Result<Vec<Warning>, DbError>;
    /// Runs a fixed statement with bound values (`?`). Rows affected.
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DbError>;
    /// Runs fixed statements one after another in a transaction of their own and commits: all in one text where the server
    /// takes that. For a [`Purpose::Journal`] session outside a transaction, on a server without autocommit; after an
    /// error the caller rolls back.
    async fn commit_all(&mut self, packet: &Packet) -> Result<(), DbError>;
    /// Asks with bound values (`?`).
    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError>;
    /// Asks in the text protocol, for SHOW and what cannot be prepared.
    async fn query_text(&mut self, sql: &str) -> Result<Vec<Row>, DbError>;
    /// Starts a transaction (on SQLite an immediate one, except for readers: a deferred one could meet SQLITE_BUSY
    /// at its first write with no way to wait).
    async fn begin(&mut self) -> Result<(), DbError>;
    /// Commits.
    async fn commit(&mut self) -> Result<(), DbError>;
    /// Rolls back.
    async fn rollback(&mut self) -> Result<(), DbError>;
    /// Changes the default schema (`USE`). SQLite has none but core, any other is an error there.
    async fn use_schema(&mut self, name: &str) -> Result<(), DbError>;
    /// True if there is a schema of this name that the account can see. On SQLite: whether its file is there.
    async fn schema_exists(&mut self, schema: &str) -> Result<bool, DbError>;
    /// Creates a schema unless it is there (utf8mb4, with the server's collation for it). On SQLite the session sees it
    /// from then on; other sessions that were open before do not, unless it is one of those they attach by themselves.
    async fn create_schema(&mut self, schema: &str) -> Result<(), DbError>;
    /// The tables, views and sequences of a schema, by name. Empty when there is no such schema.
    async fn relations(&mut self, schema: &str) -> Result<Vec<ObjectName>, DbError>;
    /// The definitions of objects, in the order given; an object without a schema is one of core. One round trip per
    /// object. To be asked of a Journal or Control session: what a file set on its session changes what the server
    /// shows. On SQLite such a session looks through a connection of its own, so it sees what is committed.
    async fn inspect(&mut self, objects: &[ObjectName]) -> Result<Vec<Definition>, DbError>;
    /// The identity of this server for ever: another one after a failover or on a clone. MySQL `server_uuid`, MariaDB
    /// `server_uid` or a hash of host name, data directory, port and server id; SQLite a hash of the orchestration
    /// file's path and inode.
    async fn server_identity(&mut self) -> Result<String, DbError>;
    /// Forgets what the statements before have left for a statement to ask: how many rows they changed and found, the last
    /// number given by a counter, their warnings.
    async fn forget_last(&mut self) -> Result<(), DbError>;
    /// Asks the server for a sign of life, which also restarts its idle clock.
    async fn ping(&mut self) -> Result<(), DbError>;
    /// Ends what a killed process has left in the air: what this session sees afterwards is what everyone will see. On a
    /// server that is so anyway.
    ///
    /// SQLite writes a commit to the WAL, syncs it, and only then shows it. The commit of a process that was killed in
    /// between is seen by nobody as long as anyone else has the file open, and stands when the next one opens it anew,
    /// unless something else was written in its place: so something is.
    async fn settle(&mut self) -> Result<(), DbError>;
    /// Sets the time that the server may say nothing before a question of ours fails as if the connection were gone;
    /// `None`: for ever. Readers have a limit from the start. Nothing of it is for what a file runs ([`Session::run`]),
    /// nor for SQLite, where no network is.
    fn answer_within(&mut self, _limit: Option<Duration>) {}
    /// Closes the connection in an orderly way. Dropping a session closes it too, later.
    async fn close(self: Box<Self>);
}
