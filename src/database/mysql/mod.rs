//! MariaDB and Oracle MySQL: one driver, and the differences in `mariadb` and `oracle`.

mod catalog;
mod connection;
mod definitions;
mod errors;
mod literal;
mod overheard;
mod own;
mod relay;
mod rows;
mod session;
mod settings;
mod silence;
mod version;

use super::{Database, DbError, ErrorKind, Purpose, Schemas, ServerAddress, ServerKind, Session, Target};
use crate::sql::{Globals, quote_identifier};
use async_trait::async_trait;
use overheard::Overheard;
use own::OwnConnections;
use session::MySqlSession;
use silence::Silence;
use sqlx::MySqlConnection;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Connects, and finds out which of the two it is.
pub(super) async fn connect(target: &Target, address: &ServerAddress) -> Result<Arc<dyn Database>, DbError> {
    let doing = format!("connect to {}", target.label());
    let mut connection = connection::open(address, None, target.connect_timeout).await?;
    let mut silence = Silence::limited_to(Some(target.connect_timeout));
    let asked = "SELECT VERSION(), CURRENT_USER(), @@GLOBAL.sql_mode, @@GLOBAL.character_set_client, \
                 @@GLOBAL.autocommit, @@GLOBAL.completion_type, @@GLOBAL.foreign_key_checks, \
                 @@GLOBAL.max_allowed_packet LIMIT 1";
    let row = connection::one_row(&mut connection, &mut silence, asked, &doing).await?;
    let version = row.get_text(0);
    let kind = version::accepted(&version, &doing)?;
    let database = MySqlDatabase {
        kind,
        version,
        account: row.get_text(1),
        globals: Globals {
            sql_mode: row.get_text(2),
            charset: row.get_text(3),
            no_autocommit: !row.get_bool(4),
            completion: row.get_text(5),
            no_foreign_key_checks: !row.get_bool(6),
            packet: Some(row.get_u64(7)),
        },
        address: address.clone(),
        runner: target.runner.as_ref().map(|runner| ServerAddress {
            user: runner.user.clone(),
            password: runner.password.clone(),
            ..address.clone()
        }),
        schemas: target.schemas.clone(),
        connect_timeout: target.connect_timeout,
        answer_timeout: target.answer_timeout,
        spare: Mutex::new(Some(connection)),
        own: OwnConnections::default(),
    };
    Ok(Arc::new(database))
}

/// A MariaDB or MySQL server.
#[derive(Debug)]
struct MySqlDatabase {
    kind: ServerKind,
    version: String,
    account: String,
    globals: Globals,
    address: ServerAddress,
    /// As whom files run, where that is another account.
    runner: Option<ServerAddress>,
    schemas: Schemas,
    connect_timeout: Duration,
    answer_timeout: Duration,
    /// The connection that found out what is there, for the first session.
    spare: Mutex<Option<MySqlConnection>>,
    /// Connections of the sessions that are open.
    own: OwnConnections,
}

impl MySqlDatabase {
    async fn open_session(&self, purpose: Purpose) -> Result<MySqlSession, DbError> {
        let schema = match purpose {
            Purpose::File | Purpose::Look | Purpose::Trial => &self.schemas.core,
            Purpose::Journal | Purpose::Control | Purpose::Reader => &self.schemas.orchestration,
        };
        if purpose == Purpose::File {
            let (connection, overheard) = self.connection_for_files(schema).await?;
            return self.start((connection, overheard), purpose).await;
        }
        let connection = match self.connection(schema).await {
            // Before `schema install` our own schemas are not there (or not visible to this account, 1044): our
            // statements name them in full, and say so themselves.
            Err(error) if matches!(error.code.as_deref(), Some("1044" | "1049")) => {
                connection::open(&self.address, None, self.connect_timeout).await?
            }
            other => other?,
        };
        let mut session = self.start((connection, Overheard::default()), purpose).await?;
        session.answer_within((purpose == Purpose::Reader).then_some(self.answer_timeout));
        Ok(session)
    }

    async fn start(&self, connected: (MySqlConnection, Overheard), purpose: Purpose) -> Result<MySqlSession, DbError> {
        let (core, patience) = (&self.schemas.core, self.connect_timeout);
        let mut session = MySqlSession::start(connected, self.kind, purpose, core, patience).await?;
        session.is_one_of(&self.own);
        Ok(session)
    }

    /// A connection on which files run: of the runner, where there is one, and as the native client opens it.
    async fn connection_for_files(&self, schema: &str) -> Result<(MySqlConnection, Overheard), DbError> {
        match &self.runner {
            Some(runner) => {
                connection::open_for_files(runner, schema, self.connect_timeout).await.map_err(runner_error)
            }
            None => connection::open_for_files(&self.address, schema, self.connect_timeout).await,
        }
    }

    /// A connection whose default schema is `schema`.
    async fn connection(&self, schema: &str) -> Result<MySqlConnection, DbError> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut connection) = spare {
            let sql = format!("USE {}", quote_identifier(schema, self.kind.dialect())?);
            let doing = || format!("use the schema {schema} of {}", self.label());
            let mut silence = Silence::limited_to(Some(self.connect_timeout));
            match connection::text_rows(&mut connection, &mut silence, &sql, doing).await {
                Ok(_) => return Ok(connection),
                // It may have been idle for too long.
                Err(error) if error.kind == ErrorKind::ConnectionLost => {}
                Err(error) => return Err(error),
            }
        }
        connection::open(&self.address, Some(schema), self.connect_timeout).await
    }

    /// KILL or KILL QUERY.
    async fn end(&self, verb: &str, connection: u64) -> Result<bool, DbError> {
        let mut session = self.open_session(Purpose::Control).await?;
        session.answer_within(Some(self.answer_timeout));
        let ended = session.query_text(&format!("{verb} {connection}")).await;
        Box::new(session).close().await;
        match ended {
            Ok(_) => Ok(true),
            Err(error) if error.code.as_deref() == Some("1094") => Ok(false),
            Err(error) => Err(error.doing(format!("end what connection {connection} of {} is doing", self.label()))),
        }
    }
}

#[async_trait]
impl Database for MySqlDatabase {
    fn kind(&self) -> ServerKind {
        self.kind
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn runner(&self) -> Option<&str> {
        self.runner.as_ref().map(|address| address.user.as_str())
    }

    fn globals(&self) -> Globals {
        self.globals.clone()
    }

    fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    fn label(&self) -> String {
        self.address.label()
    }

    async fn open(&self, purpose: Purpose) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(self.open_session(purpose).await?))
    }

    async fn interrupt(&self, connection: u64) -> Result<bool, DbError> {
        self.end("KILL QUERY", connection).await
    }

    async fn kill(&self, connection: u64) -> Result<bool, DbError> {
        self.end("KILL", connection).await
    }

    async fn is_connected(&self, connection: u64) -> Result<bool, DbError> {
        let mut session = self.open_session(Purpose::Control).await?;
        session.answer_within(Some(self.answer_timeout));
        // Shown to everyone for connections of the same account, to PROCESS for all.
        let listed = session.query_text("SHOW PROCESSLIST").await;
        Box::new(session).close().await;
        let doing = || format!("look for connection {connection} on {}", self.label());
        let rows = listed.map_err(|error| error.doing(doing()))?;
        Ok(rows.iter().any(|row| row.get_u64(0) == connection))
    }

    async fn close(&self) {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(connection) = spare {
            connection::close(connection).await;
        }
    }
}

/// The runner's account is not the one that connected before: its error says what is needed.
fn runner_error(error: DbError) -> DbError {
    match error.kind {
        ErrorKind::Auth | ErrorKind::Privilege => error.with_hint(
            "files run as the runner ([runner] in caribou.toml): check its password, and give it its rights with \
             `caribou schema grants runner USER@HOST`",
        ),
        _ => error,
    }
}
