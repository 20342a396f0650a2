//! A session: one connection with the settings of its purpose.

use super::overheard::Overheard;
use super::own::{OwnConnection, OwnConnections};
use super::silence::Silence;
use super::{catalog, connection, definitions, errors, literal, rows, settings};
use crate::database::error::beginning;
use crate::database::{
    DbError, Definition, ErrorKind, Outcome, Packet, Purpose, Row, ServerKind, Session, Value, Warning,
};
use crate::sql::{ObjectName, quote_identifier};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::mysql::MySqlArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, Either, Executor, MySql, MySqlConnection, SqlSafeStr};
use std::fmt;
use std::time::Duration;

pub(super) struct MySqlSession {
    connection: MySqlConnection,
    silence: Silence,
    kind: ServerKind,
    id: u64,
    /// Its place among the connections of this process, where it has one.
    own: Option<OwnConnection>,
    core: String,
    /// The server's `max_allowed_packet`, which a session cannot change.
    packet: u64,
    /// True if the server would run several statements in one text.
    takes_several: bool,
    /// Texts that the server has parsed and still keeps.
    checked: usize,
    /// The number of warnings of the last statement of a file, where that was said in passing.
    overheard: Overheard,
}

/// Bytes of a text of several statements: beyond, values travel better bound than as digits.
const ONE_TEXT: usize = 256 << 10;

/// Ends a transaction whatever `completion_type` says.
const COMMIT: &str = "COMMIT AND NO CHAIN NO RELEASE";

impl fmt::Debug for MySqlSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySqlSession").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

impl MySqlSession {
    /// Makes the settings of `purpose` and asks for the connection's id.
    pub(super) async fn start(
        (mut connection, overheard): (MySqlConnection, Overheard),
        kind: ServerKind,
        purpose: Purpose,
        core: &str,
        patience: Duration,
    ) -> Result<Self, DbError> {
        let doing = "prepare a session";
        let mut silence = Silence::limited_to(Some(patience));
        let asked = "SELECT CONNECTION_ID(), @@max_allowed_packet LIMIT 1".to_owned();
        let mut texts: Vec<String> = settings::statements(purpose, kind).into_iter().chain([asked]).collect();
        if purpose != Purpose::File {
            // At once: over a slow network each question of its own is a third of a second.
            texts = vec![texts.join("; ")];
        }
        let mut row = None;
        for sql in texts {
            let rows = connection::text_rows(&mut connection, &mut silence, &sql, || doing.to_owned()).await?;
            row = rows.into_iter().next();
        }
        let row = row.ok_or_else(|| errors::no_row(doing))?;
        let (id, packet) = (row.get_u64(0), row.get_u64(1));
        let (takes_several, core) = (purpose != Purpose::File, core.to_owned());
        let (own, checked) = (None, 0);
        let mut session = Self { connection, silence, kind, id, own, core, packet, takes_several, checked, overheard };
        if purpose == Purpose::File {
            session.forget_last().await?;
        }
        session.silence = Silence::default();
        Ok(session)
    }

    /// Counts among the connections of this process from now on.
    pub(super) fn is_one_of(&mut self, all: &OwnConnections) {
        self.own = Some(all.add(self.id));
    }

    async fn command(&mut self, sql: &'static str) -> Result<(), DbError> {
        connection::text_rows(&mut self.connection, &mut self.silence, sql, || sql.to_lowercase()).await.map(drop)
    }

    /// The driver asks for several statements in one text, and the server would run them all: a text with a
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

    /// The server would cut the connection in the middle of it, which looks like a failure of the network.
    fn refuse_too_large(&self, sql: &str) -> Result<(), DbError> {
        if (sql.len() as u64) < self.packet {
            return Ok(());
        }
        let message = format!("it has {} bytes, and the server takes {} in one packet", sql.len(), self.packet);
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

    fn own_connections(&self) -> Vec<u64> {
        self.own.as_ref().map_or_else(|| vec![self.id], OwnConnection::and_others)
    }

    async fn run(&mut self, sql: &str) -> Result<Outcome, DbError> {
        let sql = sql.trim_end();
        let sql = sql.strip_suffix(';').unwrap_or(sql);
        self.refuse_too_large(sql)?;
        if self.takes_several && sql.contains(';') {
            self.refuse_several(sql).await?;
        }
        let mut outcome = Outcome::default();
        self.overheard.forget();
        let mut answer = (&mut self.connection).fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
        loop {
            match answer.try_next().await {
                Ok(Some(Either::Left(done))) => {
                    outcome.rows_affected += done.rows_affected();
                    outcome.last_number = done.last_insert_id();
                }
                Ok(Some(Either::Right(_))) => outcome.rows_returned += 1,
                Ok(None) => return Ok(outcome),
                Err(error) => return Err(errors::running(error, running(sql))),
            }
        }
    }

    async fn warnings(&mut self) -> Result<Vec<Warning>, DbError> {
        if self.overheard.no_warning() {
            return Ok(Vec::new());
        }
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
        let done = self.silence.wait(Self::bound(sql, values).execute(&mut self.connection)).await;
        done.map(|done| done.rows_affected()).map_err(|error| errors::running(error, running(sql)))
    }

    async fn commit_all(&mut self, packet: &Packet) -> Result<(), DbError> {
        let most = ONE_TEXT.min(usize::try_from(self.packet / 2).unwrap_or(ONE_TEXT));
        if let Some(mut text) = literal::text(packet, most).filter(|_| self.takes_several) {
            text.push_str(COMMIT);
            let doing = || "write to the journal".to_owned();
            return connection::text_rows(&mut self.connection, &mut self.silence, &text, doing).await.map(drop);
        }
        for (sql, values) in packet.statements() {
            self.execute(sql, values).await?;
        }
        self.commit().await
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        let mut answer = Self::bound(sql, values).fetch(&mut self.connection);
        let mut reader = rows::Reader::default();
        let mut found = Vec::new();
        loop {
            match self.silence.wait(answer.try_next()).await {
                Ok(Some(row)) => found.push(reader.read(&row)),
                Ok(None) => return Ok(found),
                Err(error) => return Err(errors::running(error, running(sql))),
            }
        }
    }

    async fn query_text(&mut self, sql: &str) -> Result<Vec<Row>, DbError> {
        connection::text_rows(&mut self.connection, &mut self.silence, sql, || running(sql)).await
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        self.command("START TRANSACTION").await
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        self.command(COMMIT).await
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.command("ROLLBACK AND NO CHAIN NO RELEASE").await
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

    async fn forget_last(&mut self) -> Result<(), DbError> {
        for sql in settings::FORGETS {
            self.query_text(sql).await?;
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), DbError> {
        let answered = self.silence.wait(self.connection.ping()).await;
        answered.map_err(|error| errors::running(error, "reach the server".to_owned()))
    }

    async fn settle(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    fn answer_within(&mut self, limit: Option<Duration>) {
        self.silence = Silence::limited_to(limit);
    }

    async fn close(self: Box<Self>) {
        if !self.silence.is_broken() {
            connection::close(self.connection).await;
        }
    }
}
