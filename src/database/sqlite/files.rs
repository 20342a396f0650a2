//! Opening the files of a directory.

use super::{errors, patience};
use crate::database::{DbError, ErrorKind, Purpose, Schemas};
use crate::sql::{Dialect, quote_identifier};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The version of the linked library.
pub(super) async fn library_version(label: &str) -> Result<String, DbError> {
    let doing = || format!("open {label}");
    let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
    let mut connection = options.connect().await.map_err(|error| errors::running(error, doing()))?;
    let row = connection.fetch_one("SELECT sqlite_version()").await.map_err(|error| errors::running(error, doing()))?;
    let version = row.try_get(0).map_err(|error| errors::running(error, doing()))?;
    close(connection).await;
    Ok(version)
}

/// The file of a schema.
pub(super) fn path(dir: &Path, schema: &str) -> PathBuf {
    dir.join(format!("{schema}.db"))
}

/// A connection that sees what `purpose` is to see (the table in the module's head).
pub(super) async fn open(dir: &Path, schemas: &Schemas, purpose: Purpose) -> Result<SqliteConnection, DbError> {
    let reads = purpose == Purpose::Reader;
    if !reads {
        std::fs::create_dir_all(dir).map_err(|error| {
            DbError::new(ErrorKind::Disk, format!("create the directory {}", dir.display()), error.to_string())
                .with_hint("check the path and its permissions")
        })?;
    }
    let core = path(dir, &schemas.core);
    let new_core = purpose == Purpose::File && !core.exists();
    let main = if purpose == Purpose::File { core.as_path() } else { Path::new(":memory:") };
    let options = SqliteConnectOptions::new()
        .filename(main)
        .create_if_missing(true)
        .foreign_keys(false)
        .busy_timeout(patience(purpose))
        .disable_statement_logging();
    let mut connection =
        options.connect().await.map_err(|error| errors::running(error, format!("open {}", main.display())))?;
    if new_core {
        set_wal(&mut connection, "main", &core).await?;
    }
    // SQLite looks for a name without a schema in every attached file: what a file of the project calls `sessions` or
    // `cache` is not to be found in the ephemeral schema when core has no such table.
    let attached: &[&str] = match purpose {
        Purpose::File => &[&schemas.orchestration, &schemas.undo],
        Purpose::Journal | Purpose::Control => &[&schemas.orchestration, &schemas.ephemeral],
        Purpose::Reader => &[&schemas.core, &schemas.orchestration, &schemas.ephemeral],
    };
    for schema in attached {
        let file = path(dir, schema);
        if !reads || file.exists() {
            attach(&mut connection, &file, schema, reads).await?;
        }
    }
    if reads {
        run(&mut connection, "PRAGMA query_only = 1", dir).await?;
    }
    Ok(connection)
}

/// Makes a schema's file visible under its name.
pub(super) async fn attach(
    connection: &mut SqliteConnection,
    file: &Path,
    schema: &str,
    reads: bool,
) -> Result<(), DbError> {
    let doing = || format!("open {}", file.display());
    let name = quote_identifier(schema, Dialect::Sqlite)?;
    let attach = format!("ATTACH DATABASE ? AS {name}");
    let path = file.to_string_lossy().into_owned();
    let done = sqlx::query(AssertSqlSafe(attach)).bind(path).execute(&mut *connection).await;
    done.map_err(|error| errors::running(error, doing()))?;
    if !reads {
        set_wal(connection, &name, file).await?;
        run(connection, &format!("PRAGMA {name}.synchronous = FULL"), file).await?;
    }
    Ok(())
}

/// WAL mode. Where it is already, that takes no lock; a new file is changed under a lock for which SQLite does not wait
/// by itself, though another session may be doing the same at this moment.
async fn set_wal(connection: &mut SqliteConnection, name: &str, file: &Path) -> Result<(), DbError> {
    const BETWEEN: Duration = Duration::from_millis(10);
    let sql = format!("PRAGMA {name}.journal_mode = WAL");
    let deadline = Instant::now() + patience(Purpose::Journal);
    loop {
        match run(connection, &sql, file).await {
            Err(error) if error.kind == ErrorKind::LockWait && Instant::now() < deadline => {
                tokio::time::sleep(BETWEEN).await;
            }
            done => return done,
        }
    }
}

async fn run(connection: &mut SqliteConnection, sql: &str, file: &Path) -> Result<(), DbError> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    done.map(drop).map_err(|error| errors::running(error, format!("prepare {}", file.display())))
}

/// Makes a schema's file, in WAL mode.
pub(super) async fn create(file: &Path) -> Result<(), DbError> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true).disable_statement_logging();
    let mut connection =
        options.connect().await.map_err(|error| errors::running(error, format!("create {}", file.display())))?;
    set_wal(&mut connection, "main", file).await?;
    close(connection).await;
    Ok(())
}

/// Closes in an orderly way; the last connection of a file then folds its WAL into it.
pub(super) async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "a file could not be closed in an orderly way");
    }
}
