//! A session: one connection to the files of a directory.

use super::{catalog, definitions, errors, files, rows, running::Entry};
use crate::database::error::beginning;
use crate::database::{
    DbError, Definition, ErrorKind, Outcome, Packet, Purpose, Row, Schemas, ServerKind, Session, Value, Warning,
};
use crate::sql::{
    Counted, Dialect, ForCore, ObjectKind, ObjectName, SegmentKind, counted, for_core, quote_identifier, split,
};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Either, Executor, Sqlite};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Number of steps of SQLite's virtual machine after which a running statement looks whether it is to stop: a fraction
/// of a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 4_000;
/// Bytes of statements that are sent as one text.
const ONE_TEXT: usize = 64 * 1024;

/// The files that a session is for.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) dir: PathBuf,
    pub(super) schemas: Schemas,
    pub(super) purpose: Purpose,
}

pub(super) struct SqliteSession {
    connection: SqliteConnection,
    files: Files,
    /// Sees core for a session that does not; opened when first needed.
    looker: Option<SqliteConnection>,
    entry: Entry,
    /// True if a transaction was begun that SQLite has not heard of: it goes there with what runs first in it.
    begun: bool,
}

impl fmt::Debug for SqliteSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteSession")
            .field("id", &self.entry.id)
            .field("purpose", &self.files.purpose)
            .finish_non_exhaustive()
    }
}

impl SqliteSession {
    pub(super) async fn start(place: Files, entry: Entry) -> Result<Self, DbError> {
        let mut connection = files::open(&place.dir, &place.schemas, place.purpose).await?;
        let stop = Arc::clone(&entry.stop);
        let mut handle =
            connection.lock_handle().await.map_err(|error| errors::running(error, "prepare a session".to_owned()))?;
        handle.set_progress_handler(STEPS_BETWEEN_LOOKS, move || !stop.load(Ordering::Relaxed));
        drop(handle);
        Ok(Self { connection, files: place, looker: None, entry, begun: false })
    }

    /// A request to stop is for the statement that ran when it was made.
    fn forget_stop(&self) {
        self.entry.stop.store(false, Ordering::Relaxed);
    }

    async fn command(&mut self, sql: &'static str) -> Result<(), DbError> {
        self.forget_stop();
        let done = (&mut self.connection).execute(sql).await;
        done.map(drop).map_err(|error| errors::running(error, sql.to_lowercase()))
    }

    async fn total_changes(&mut self) -> Result<i64, DbError> {
        let rows = self.query("SELECT total_changes()", &[]).await?;
        Ok(rows.first().map_or(0, |row| row.get_i64(0)))
    }

    /// The rows that a statement has changed, of which SQLite says `said`: after what is no DML it repeats the count of the
    /// last DML.
    async fn really_changed(&mut self, counted: Counted, before: i64, said: u64) -> Result<u64, DbError> {
        match counted {
            Counted::Itself => Ok(said),
            Counted::Nothing => Ok(0),
            Counted::Unclear if said == 0 => Ok(0),
            Counted::Unclear => Ok(if self.total_changes().await? == before { 0 } else { said }),
        }
    }

    /// Begins what was only said to have begun.
    async fn really_begin(&mut self) -> Result<(), DbError> {
        if std::mem::take(&mut self.begun) { self.command("BEGIN").await } else { Ok(()) }
    }

    /// Writes a number that each file has for its applications, as it is.
    async fn write_again(&mut self, aliases: &[String]) -> Result<(), DbError> {
        for alias in aliases {
            let setting = format!("PRAGMA {}.user_version", quote_identifier(alias, Dialect::Sqlite)?);
            let rows = self.query(&setting, &[]).await?;
            let number = rows.first().map_or(0, |row| row.get_i64(0));
            self.execute(&format!("{setting} = {number}"), &[]).await?;
        }
        Ok(())
    }

    /// Begins a transaction with the lock for writing core. `BEGIN IMMEDIATE` would lock the journal too, and nobody could
    /// say any more how far the file has come.
    async fn begin_writing(&mut self) -> Result<Outcome, DbError> {
        self.command("BEGIN").await?;
        if let Err(error) = self.write_again(&["main".to_owned()]).await {
            self.command("ROLLBACK").await?;
            return Err(error);
        }
        Ok(Outcome::default())
    }

    /// A connection that sees `schema`, and under which name; None when there is no such schema.
    async fn seeing(&mut self, schema: &str) -> Result<Option<(&mut SqliteConnection, String)>, DbError> {
        self.really_begin().await?;
        // A file's session has opened core itself, which nothing takes away from it again.
        if self.files.purpose == Purpose::File && schema.eq_ignore_ascii_case(&self.files.schemas.core) {
            return Ok(Some((&mut self.connection, "main".to_owned())));
        }
        let file = files::path(&self.files.dir, schema);
        if let Some(alias) = catalog::alias(&mut self.connection, schema, &file).await? {
            return Ok(Some((&mut self.connection, alias)));
        }
        if !file.exists() {
            return Ok(None);
        }
        // One that was opened before the file was made does not see it.
        let sees = match &mut self.looker {
            Some(looker) => catalog::alias(looker, schema, &file).await?.is_some(),
            None => false,
        };
        if !sees {
            self.looker = Some(files::open(&self.files.dir, &self.files.schemas, Purpose::Reader).await?);
        }
        let Some(looker) = &mut self.looker else { return Ok(None) };
        Ok(catalog::alias(looker, schema, &file).await?.map(|alias| (looker, alias)))
    }

    fn bound(sql: &str, values: &[Value]) -> Result<Query<'static, Sqlite, SqliteArguments>, DbError> {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in values {
            query = match value {
                Value::Null => query.bind(None::<String>),
                Value::Int(number) => query.bind(*number),
                Value::UInt(number) => query.bind(i64::try_from(*number).map_err(|_| {
                    DbError::new(
                        ErrorKind::Constraint,
                        running(sql),
                        format!("SQLite has no integer as large as {number}"),
                    )
                })?),
                Value::Real(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.clone()),
                Value::Bytes(bytes) => query.bind(bytes.clone()),
            };
        }
        Ok(query)
    }
}

fn running(sql: &str) -> String {
    format!("run {}", beginning(sql))
}

/// The driver runs every statement of a text; SQLite itself would not say where the first ends.
fn refuse_several(sql: &str) -> Result<(), DbError> {
    let statements = split(sql, Dialect::Sqlite)
        .map_err(|error| DbError::new(ErrorKind::Syntax, running(sql), error.to_string()))?
        .iter()
        .filter(|piece| matches!(piece.kind, SegmentKind::Statement { .. }))
        .count();
    match statements {
        0 | 1 => Ok(()),
        _ => Err(DbError::new(ErrorKind::Syntax, running(sql), format!("the text holds {statements} statements"))),
    }
}

#[async_trait]
impl Session for SqliteSession {
    fn kind(&self) -> ServerKind {
        ServerKind::Sqlite
    }

    fn connection_id(&self) -> u64 {
        self.entry.id
    }

    async fn run(&mut self, sql: &str) -> Result<Outcome, DbError> {
        if sql.trim_end_matches(|c: char| c == ';' || c.is_whitespace()).contains(';') {
            refuse_several(sql)?;
        }
        let counted = counted(sql);
        let before = if counted == Counted::Unclear { self.total_changes().await? } else { 0 };
        self.forget_stop();
        let mut outcome = Outcome::default();
        let meant = for_core(sql).filter(|_| self.files.purpose == Purpose::File);
        let sql = match &meant {
            Some(ForCore::BeginWriting) => {
                self.really_begin().await?;
                return self.begin_writing().await;
            }
            Some(ForCore::Instead(sql)) => sql,
            None => sql,
        };
        let begins = std::mem::take(&mut self.begun);
        let sent = if begins { format!("BEGIN;\n{sql}") } else { sql.to_owned() };
        let mut answer = (&mut self.connection).fetch_many(sqlx::raw_sql(AssertSqlSafe(sent)));
        let mut ended = 0;
        loop {
            match answer.try_next().await {
                Ok(Some(Either::Left(done))) => {
                    ended += 1;
                    outcome.rows_affected = if begins && ended == 1 { 0 } else { done.rows_affected() };
                }
                Ok(Some(Either::Right(_))) => outcome.rows_returned += 1,
                Ok(None) => break,
                Err(error) => return Err(errors::running(error, running(sql))),
            }
        }
        drop(answer);
        outcome.rows_affected = self.really_changed(counted, before, outcome.rows_affected).await?;
        Ok(outcome)
    }

    async fn warnings(&mut self) -> Result<Vec<Warning>, DbError> {
        Ok(Vec::new())
    }

    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DbError> {
        self.really_begin().await?;
        self.forget_stop();
        let done = Self::bound(sql, values)?.execute(&mut self.connection).await;
        done.map(|done| done.rows_affected()).map_err(|error| errors::running(error, running(sql)))
    }

    async fn commit_all(&mut self, packet: &Packet) -> Result<(), DbError> {
        // The driver has a thread for each connection, and every question is two changes of it: what goes there as one
        // text waits once. What is long is sent piece by piece: the driver keeps the texts that it has prepared.
        let length: usize = packet.statements().map(|(sql, _)| sql.len()).sum();
        if length > ONE_TEXT {
            self.begin().await?;
            for (sql, values) in packet.statements() {
                self.execute(sql, values).await?;
            }
            return self.commit().await;
        }
        let texts: Vec<&str> = packet.statements().map(|(sql, _)| sql).collect();
        let values: Vec<Value> = packet.statements().flat_map(|(_, values)| values.iter().cloned()).collect();
        let text = format!("BEGIN IMMEDIATE;\n{};\nCOMMIT", texts.join(";\n"));
        self.forget_stop();
        let done = Self::bound(&text, &values)?.execute(&mut self.connection).await;
        done.map(drop).map_err(|error| errors::running(error, "write to the journal".to_owned()))
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        self.really_begin().await?;
        self.forget_stop();
        let found = Self::bound(sql, values)?.fetch_all(&mut self.connection).await;
        let found = found.map_err(|error| errors::running(error, running(sql)))?;
        let mut reader = rows::Reader::default();
        Ok(found.iter().map(|row| reader.read(row)).collect())
    }

    async fn query_text(&mut self, sql: &str) -> Result<Vec<Row>, DbError> {
        self.query(sql, &[]).await
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        match self.files.purpose {
            Purpose::Journal | Purpose::Control | Purpose::Look => self.command("BEGIN IMMEDIATE").await,
            // A file's transaction must lock core alone until its receipt is written, and a reader nothing at all: a plain
            // BEGIN locks nothing, so that it may as well go with what comes next.
            Purpose::File | Purpose::Trial | Purpose::Reader => {
                self.begun = true;
                Ok(())
            }
        }
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        if std::mem::take(&mut self.begun) { Ok(()) } else { self.command("COMMIT").await }
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        if std::mem::take(&mut self.begun) { Ok(()) } else { self.command("ROLLBACK").await }
    }

    async fn use_schema(&mut self, name: &str) -> Result<(), DbError> {
        if name.eq_ignore_ascii_case(&self.files.schemas.core) || name.eq_ignore_ascii_case("main") {
            return Ok(());
        }
        Err(DbError::new(ErrorKind::Unsupported, format!("use the schema {name}"), "SQLite has no USE")
            .with_hint("name the schema before each table"))
    }

    async fn schema_exists(&mut self, schema: &str) -> Result<bool, DbError> {
        Ok(files::path(&self.files.dir, schema).exists())
    }

    async fn create_schema(&mut self, schema: &str) -> Result<(), DbError> {
        let file = files::path(&self.files.dir, schema);
        if catalog::alias(&mut self.connection, schema, &file).await?.is_some() {
            return Ok(());
        }
        if self.files.schemas.core.eq_ignore_ascii_case(schema) {
            return files::create(&file).await;
        }
        files::attach(&mut self.connection, &file, schema, false).await
    }

    async fn relations(&mut self, schema: &str) -> Result<Vec<ObjectName>, DbError> {
        match self.seeing(schema).await? {
            Some((connection, alias)) => catalog::relations(connection, &alias, schema).await,
            None => Ok(Vec::new()),
        }
    }

    async fn inspect(&mut self, objects: &[ObjectName]) -> Result<Vec<Definition>, DbError> {
        let core = self.files.schemas.core.clone();
        let mut found = Vec::with_capacity(objects.len());
        for object in objects {
            let schema = match object.kind {
                ObjectKind::Schema => &object.name,
                _ => object.schema.as_ref().unwrap_or(&core),
            };
            found.push(match self.seeing(schema).await? {
                Some((connection, alias)) => definitions::inspect(connection, &alias, object).await?,
                None => Definition { object: object.clone(), text: None },
            });
        }
        Ok(found)
    }

    async fn server_identity(&mut self) -> Result<String, DbError> {
        catalog::identity(&files::path(&self.files.dir, &self.files.schemas.orchestration))
    }

    async fn forget_last(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), DbError> {
        self.connection.ping().await.map_err(|error| errors::running(error, "reach the file".to_owned()))
    }

    async fn settle(&mut self) -> Result<(), DbError> {
        let files = catalog::files(&mut self.connection).await?;
        self.command("BEGIN IMMEDIATE").await?;
        let written = self.write_again(&files).await;
        match written {
            Ok(()) => self.command("COMMIT").await,
            Err(error) => {
                if let Err(also) = self.command("ROLLBACK").await {
                    tracing::debug!(%also, "the transaction had ended by itself");
                }
                Err(error)
            }
        }
    }

    async fn close(self: Box<Self>) {
        let Self { connection, looker, .. } = *self;
        if let Some(looker) = looker {
            files::close(looker).await;
        }
        files::close(connection).await;
    }
}
