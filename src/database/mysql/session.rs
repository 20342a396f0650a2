//! A session: one connection with the settings of its purpose.

use super::{catalog, connection, definitions, errors, rows};
use crate::database::error::beginning;
use crate::database::{
    DbError, Definition, ErrorKind, FILE_LOCK_WAIT, FILE_SESSION_IDLE, Outcome, Purpose, Row, ServerKind, Session,
    Value, Warning,
};
use crate::sql::{ObjectName, quote_identifier};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::mysql::MySqlArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, Either, Executor, MySql, MySqlConnection, SqlSafeStr};
use std::fmt;

/// Settings of our own sessions: the same on every server, whatever its configuration, so that our SQL means one
/// thing. A lock is awaited for 10 s, an idle session is kept for eight hours.
const OWN_SETTINGS: &str = "SET autocommit = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
     time_zone = '+00:00', lock_wait_timeout = 10, innodb_lock_wait_timeout = 10, wait_timeout = 28800, NAMES utf8mb4";

/// From this size on a text is compared with `max_allowed_packet` before it is sent: the server would cut the
/// connection in the middle of it, which looks like a failure of the network.
const LARGE: usize = 1 << 20;

pub(super) struct MySqlSession {
    connection: MySqlConnection,
    kind: ServerKind,
    id: u64,
    core: String,
    /// Texts that the server has parsed and still keeps.
    checked: usize,
}

impl fmt::Debug for MySqlSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySqlSession").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

impl MySqlSession {
    /// Makes the settings of `purpose` and asks for the connection's id.
    pub(super) async fn start(
        mut connection: MySqlConnection,
        kind: ServerKind,
        purpose: Purpose,
        core: &str,
    ) -> Result<Self, DbError> {
        let settings = match purpose {
            // The driver asks for CLIENT_IGNORE_SPACE, which adds IGNORE_SPACE to the mode; the native client does not.
            Purpose::File => format!(
                "SET sql_mode = @@GLOBAL.sql_mode, lock_wait_timeout = {FILE_LOCK_WAIT}, \
                 wait_timeout = {FILE_SESSION_IDLE}, NAMES utf8mb4"
            ),
            Purpose::Journal | Purpose::Control | Purpose::Reader => OWN_SETTINGS.to_owned(),
        };
        let doing = "prepare a session";
        connection::text_rows(&mut connection, &settings, || doing.to_owned()).await?;
        if purpose == Purpose::Reader {
            connection::text_rows(&mut connection, "SET SESSION TRANSACTION READ ONLY", || doing.to_owned()).await?;
        }
        let id = connection::one_row(&mut connection, "SELECT CONNECTION_ID()", doing).await?.get_u64(0);
        Ok(Self { connection, kind, id, core: core.to_owned(), checked: 0 })
    }

    async fn command(&mut self, sql: &'static str) -> Result<(), DbError> {
        connection::text_rows(&mut self.connection, sql, || sql.to_lowercase()).await.map(drop)
    }

    /// The driver always allows several statements in one text, and the server would run them all: a text with a
    /// semicolon inside is parsed by the server first, in the prepared protocol, which takes one statement only. What
    /// passes its parser is one statement; what cannot be prepared (1295) has passed it too.
    async fn refuse_several(&mut self, sql: &str) -> Result<(), DbError> {
        match (&mut self.connection).prepare(AssertSqlSafe(sql).into_sql_str()).await {
            Ok(_) => {
                self.checked += 1;
                if self.checked < connection::CHECKED {
                    return Ok(());
                }
                self.checked = 0;
                let cleared = self.connection.clear_cached_statements().await;
                cleared.map_err(|error| errors::running(error, running(sql)))
            }
            Err(error) => {
                let error = errors::running(error, running(sql));
                match error.kind {
                    ErrorKind::Syntax | ErrorKind::ConnectionLost => Err(error),
                    _ => Ok(()),
                }
            }
        }
    }

    async fn refuse_too_large(&mut self, sql: &str) -> Result<(), DbError> {
        let row = connection::one_row(&mut self.connection, "SELECT @@max_allowed_packet", "read a setting").await?;
        let most = row.get_u64(0);
        if (sql.len() as u64) < most {
            return Ok(());
        }
        let message = format!("it has {} bytes, and the server takes {most}", sql.len());
        Err(DbError::new(ErrorKind::Unsupported, running(sql), message)
            .with_code("1153")
            .with_hint("raise the server's max_allowed_packet, or divide the statement"))
    }

    fn bound(sql: &str, values: &[Value]) -> Query<'static, MySql, MySqlArguments> {
        values.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| match value {
            Value::Null => query.bind(None::<String>),
            Value::Int(number) => query.bind(*number),
            Value::UInt(number) => query.bind(*number),
            Value::Real(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.clone()),
            Value::Bytes(bytes) => query.bind(bytes.clone()),
        })
    }
}

fn running(sql: &str) -> String {
    format!("run {}", beginning(sql))
}

#[async_trait]
impl Session for MySqlSession {
    fn kind(&self) -> ServerKind {
        self.kind
    }

    fn connection_id(&self) -> u64 {
        self.id
    }

    async fn run(&mut self, sql: &str) -> Result<Outcome, DbError> {
        let sql = sql.trim_end();
        let sql = sql.strip_suffix(';').unwrap_or(sql);
        if sql.len() >= LARGE {
            self.refuse_too_large(sql).await?;
        }
        if sql.contains(';') {
            self.refuse_several(sql).await?;
        }
        let mut outcome = Outcome::default();
        let mut answer = (&mut self.connection).fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
        loop {
            match answer.try_next().await {
                Ok(Some(Either::Left(done))) => outcome.rows_affected += done.rows_affected(),
                Ok(Some(Either::Right(_))) => outcome.rows_returned += 1,
                Ok(None) => return Ok(outcome),
                Err(error) => return Err(errors::running(error, running(sql))),
            }
        }
    }

    async fn warnings(&mut self) -> Result<Vec<Warning>, DbError> {
        let rows = self.query_text("SHOW WARNINGS").await?;
        // MariaDB keeps the list over statements that read no table, which would then seem to have given it.
        if self.kind == ServerKind::MariaDb && !rows.is_empty() {
            self.query_text("SELECT 1 FROM information_schema.ENGINES LIMIT 0").await?;
        }
        let warning = |row: &Row| Warning {
            level: row.get_text(0),
            code: row.get_u64(1).try_into().unwrap_or(u32::MAX),
            message: row.get_text(2),
        };
        Ok(rows.iter().map(warning).collect())
    }

    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DbError> {
        let done = Self::bound(sql, values).execute(&mut self.connection).await;
        done.map(|done| done.rows_affected()).map_err(|error| errors::running(error, running(sql)))
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        let found = Self::bound(sql, values).fetch_all(&mut self.connection).await;
        let found = found.map_err(|error| errors::running(error, running(sql)))?;
        let mut reader = rows::Reader::default();
        Ok(found.iter().map(|row| reader.read(row)).collect())
    }

    async fn query_text(&mut self, sql: &str) -> Result<Vec<Row>, DbError> {
        connection::text_rows(&mut self.connection, sql, || running(sql)).await
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        self.command("START TRANSACTION").await
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        self.command("COMMIT").await
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.command("ROLLBACK").await
    }

    async fn use_schema(&mut self, name: &str) -> Result<(), DbError> {
        let sql = format!("USE {}", quote_identifier(name, self.kind.dialect())?);
        self.query_text(&sql).await.map(drop)
    }

    async fn schema_exists(&mut self, schema: &str) -> Result<bool, DbError> {
        catalog::schema_exists(self, schema).await
    }

    async fn create_schema(&mut self, schema: &str) -> Result<(), DbError> {
        catalog::create_schema(self, schema).await
    }

    async fn relations(&mut self, schema: &str) -> Result<Vec<ObjectName>, DbError> {
        catalog::relations(self, schema).await
    }

    async fn inspect(&mut self, objects: &[ObjectName]) -> Result<Vec<Definition>, DbError> {
        let core = self.core.clone();
        let mut found = Vec::with_capacity(objects.len());
        for object in objects {
            found.push(definitions::inspect(self, &core, object).await?);
        }
        Ok(found)
    }

    async fn server_identity(&mut self) -> Result<String, DbError> {
        catalog::identity(self).await
    }

    async fn ping(&mut self) -> Result<(), DbError> {
        self.connection.ping().await.map_err(|error| errors::running(error, "reach the server".to_owned()))
    }

    async fn settle(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn close(self: Box<Self>) {
        connection::close(self.connection).await;
    }
}
