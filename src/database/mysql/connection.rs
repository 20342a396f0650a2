//! Connecting, and the few statements that need no session.

use super::overheard::Overheard;
use super::relay::Relay;
use super::silence::Silence;
use super::{errors, rows};
use crate::database::{DbError, ErrorKind, Row, ServerAddress, SslMode};
use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection};
use std::net::IpAddr;
use std::time::Duration;

/// The number of prepared statements that a connection keeps. Giving one up costs 40 ms: the driver sends its close and
/// the next statement in two small packets, of which the second waits for a delayed acknowledgement. So SQL of ours has few
/// forms, and texts of files are given up many at a time ([`CHECKED`]).
const PREPARED: usize = 512;

/// Number of texts that were only parsed, not prepared for use, after which all are given up together.
pub(super) const CHECKED: usize = 256;

/// A bare connection: none of the settings that the driver makes by default, because sessions make their own.
///
/// Where TLS is merely preferred and the server is on this machine, it is done without: nothing leaves the machine, and
/// the driver's handshake costs 45 ms (it leaves Nagle's algorithm on, and every handshake meets a delayed
/// acknowledgement). An account that needs TLS is refused then, and tried again with it.
pub(super) async fn open(
    address: &ServerAddress,
    schema: Option<&str>,
    patience: Duration,
) -> Result<MySqlConnection, DbError> {
    reach(address, Asks::AsTheDriver, schema, patience).await.map(|(connection, _)| connection)
}

/// The same for files: it asks for no more than the servers' own clients do, and the warnings of its statements are
/// counted in passing.
pub(super) async fn open_for_files(
    address: &ServerAddress,
    schema: &str,
    patience: Duration,
) -> Result<(MySqlConnection, Overheard), DbError> {
    reach(address, Asks::AsTheNativeClient, Some(schema), patience).await
}

async fn reach(
    address: &ServerAddress,
    asks: Asks,
    schema: Option<&str>,
    patience: Duration,
) -> Result<(MySqlConnection, Overheard), DbError> {
    let mode = address.tls.mode();
    if mode == SslMode::Preferred && is_local(address) {
        match attempt(address, asks, SslMode::Disabled, schema, patience).await {
            Err(error) if matches!(error.kind, ErrorKind::Auth | ErrorKind::Internal) => {}
            other => return other,
        }
    }
    attempt(address, asks, mode, schema, patience).await
}

/// The settings that a connection asks the server for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Whatever the driver knows.
    AsTheDriver,
    /// As the servers' own clients do ([`Relay`]).
    AsTheNativeClient,
}

fn is_local(address: &ServerAddress) -> bool {
    let loopback = |host: &str| host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    address.socket.is_some() || address.host == "localhost" || loopback(&address.host)
}

async fn attempt(
    address: &ServerAddress,
    asks: Asks,
    mode: SslMode,
    schema: Option<&str>,
    patience: Duration,
) -> Result<(MySqlConnection, Overheard), DbError> {
    let doing = || format!("connect to {} as {}", address.label(), address.user);
    let options = options(address, schema).ssl_mode(ssl_mode(mode));
    let connecting = async {
        match asks {
            Asks::AsTheDriver => Ok((options.connect().await?, Overheard::default())),
            Asks::AsTheNativeClient => {
                let relay = Relay::open(address).await?;
                Ok((options.socket(relay.path()).connect().await?, relay.overheard()))
            }
        }
    };
    match tokio::time::timeout(patience, connecting).await {
        Ok(Ok(connected)) => Ok(connected),
        Ok(Err(error)) => Err(errors::connecting(error, address, doing())),
        Err(_) => {
            let message = format!("no connection within {} s", patience.as_secs_f32());
            Err(DbError::new(ErrorKind::Timeout, doing(), message))
        }
    }
}

fn options(address: &ServerAddress, schema: Option<&str>) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new()
        .host(&address.host)
        .port(address.port)
        .username(&address.user)
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        .statement_cache_capacity(PREPARED)
        .disable_statement_logging();
    if let Some(socket) = &address.socket {
        options = options.socket(socket);
    }
    if let Some(password) = &address.password {
        options = options.password(password.expose());
    }
    if let Some(schema) = schema {
        options = options.database(schema);
    }
    if let Some(ca) = &address.tls.ca {
        options = options.ssl_ca(ca);
    }
    if let Some(cert) = &address.tls.cert {
        options = options.ssl_client_cert(cert);
    }
    if let Some(key) = &address.tls.key {
        options = options.ssl_client_key(key);
    }
    options
}

fn ssl_mode(mode: SslMode) -> MySqlSslMode {
    match mode {
        SslMode::Disabled => MySqlSslMode::Disabled,
        SslMode::Preferred => MySqlSslMode::Preferred,
        SslMode::Required => MySqlSslMode::Required,
        SslMode::VerifyCa => MySqlSslMode::VerifyCa,
        SslMode::VerifyIdentity => MySqlSslMode::VerifyIdentity,
    }
}

/// The rows of a statement in the text protocol.
pub(super) async fn text_rows(
    connection: &mut MySqlConnection,
    silence: &mut Silence,
    sql: &str,
    doing: impl FnOnce() -> String,
) -> Result<Vec<Row>, DbError> {
    let mut answer = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
    let mut reader = rows::Reader::default();
    let mut found = Vec::new();
    loop {
        match silence.wait(answer.try_next()).await {
            Ok(Some(row)) => found.push(reader.read(&row)),
            Ok(None) => return Ok(found),
            Err(error) => return Err(errors::running(error, doing())),
        }
    }
}

/// The first row of a statement in the text protocol.
pub(super) async fn one_row(
    connection: &mut MySqlConnection,
    silence: &mut Silence,
    sql: &str,
    doing: &str,
) -> Result<Row, DbError> {
    let rows = text_rows(connection, silence, sql, || doing.to_owned()).await?;
    rows.into_iter().next().ok_or_else(|| errors::no_row(doing))
}

/// Time that a server is given to hear that a connection ends; then it ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Closes in an orderly way; a connection that is broken already is closed by being dropped.
pub(super) async fn close(connection: MySqlConnection) {
    match tokio::time::timeout(FAREWELL, connection.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection was broken when it was closed"),
        Err(_) => tracing::debug!("a connection was cut off when it was closed"),
    }
}
