//! Opening the files of a directory.

use super::errors;
use crate::database::{DbError, ErrorKind, FILE_LOCK_WAIT, Purpose, Schemas};
use crate::sql::{Dialect, quote_identifier};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row as _};
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
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

/// Rows that the thread of a connection reads before they are taken: it sleeps each time that so many wait.
const ROWS_AHEAD: usize = 1_000;

/// Time that a session waits for another's lock.
fn lock_wait(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::File => Duration::from_secs(FILE_LOCK_WAIT.into()),
        Purpose::Journal | Purpose::Control | Purpose::Look | Purpose::Trial | Purpose::Reader => {
            Duration::from_secs(10)
        }
    }
}

/// The file of a schema.
pub(super) fn path(dir: &Path, schema: &str) -> PathBuf {
    dir.join(format!("{schema}.db"))
}

/// The encoding of a file that SQLite makes.
const UTF_8: &str = "'UTF-8'";
/// Bytes of a file in WAL mode without a table.
const ONE_PAGE: u64 = 4096;

/// A connection that sees what `purpose` is to see (the table in the module's head).
pub(super) async fn open(dir: &Path, schemas: &Schemas, purpose: Purpose) -> Result<SqliteConnection, DbError> {
    let core = path(dir, &schemas.core);
    // The first table decides in which encoding a file is; afterwards nearly all are of the usual one, and nobody is asked.
    let orchestration = std::fs::metadata(path(dir, &schemas.orchestration));
    let is_empty = orchestration.map_or(0, |about| about.len()) <= ONE_PAGE;
    let makes_ours = purpose != Purpose::File && is_empty && core.exists();
    let first = if makes_ours { encoding_of(&core).await.unwrap_or(UTF_8) } else { UTF_8 };
    match open_with(dir, schemas, purpose, first).await {
        Err(error) if core.exists() => match encoding_of(&core).await.filter(|encoding| *encoding != first) {
            Some(encoding) => open_with(dir, schemas, purpose, encoding).await,
            None => Err(error),
        },
        done => done,
    }
}

async fn open_with(
    dir: &Path,
    schemas: &Schemas,
    purpose: Purpose,
    encoding: &'static str,
) -> Result<SqliteConnection, DbError> {
    let reads = purpose == Purpose::Reader;
    if !reads && purpose != Purpose::Trial {
        std::fs::create_dir_all(dir).map_err(|error| {
            DbError::new(ErrorKind::Disk, format!("create the directory {}", dir.display()), error.to_string())
                .with_hint("check the path and its permissions")
        })?;
    }
    let core = path(dir, &schemas.core);
    let new_core = purpose == Purpose::File && !core.exists();
    let main = if purpose == Purpose::File { core.as_path() } else { Path::new(":memory:") };
    let mut options = SqliteConnectOptions::new()
        .filename(main)
        .create_if_missing(true)
        .foreign_keys(false)
        .busy_timeout(lock_wait(purpose))
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging();
    if purpose != Purpose::File {
        options = options.pragma("encoding", encoding);
    }
    let mut connection =
        options.connect().await.map_err(|error| errors::running(error, format!("open {}", main.display())))?;
    if new_core {
        set_wal(&mut connection, "main", &core).await?;
    } else if purpose == Purpose::File {
        // Read now, so that core says in which encoding the others are made; not the other way round.
        run(&mut connection, "PRAGMA main.encoding", &core).await?;
    }
    // SQLite looks for a name without a schema in every attached file: what a file of the project calls `sessions` or
    // `cache` is not to be found in the ephemeral schema when core has no such table.
    let attached: &[&str] = match purpose {
        Purpose::File => &[&schemas.orchestration, &schemas.undo],
        Purpose::Journal | Purpose::Control | Purpose::Look => &[&schemas.orchestration, &schemas.ephemeral],
        Purpose::Trial => &[],
        Purpose::Reader => &[&schemas.core, &schemas.orchestration, &schemas.ephemeral],
    };
    for schema in attached {
        let file = path(dir, schema);
        if !reads {
            guard_like(&core, &file)?;
        }
        if !reads || file.exists() {
            attach(&mut connection, &file, schema, reads).await?;
        }
    }
    if reads {
        run(&mut connection, "PRAGMA query_only = 1", dir).await?;
    }
    Ok(connection)
}

/// The encoding of texts in core, which all files that are open beside it must have ("Database File Format", 1.3.13).
/// SQLite itself is asked: whoever else opens its file and closes it takes away the locks that this process has on it
/// ("How To Corrupt An SQLite Database File", 2.2).
async fn encoding_of(core: &Path) -> Option<&'static str> {
    let options = SqliteConnectOptions::new().filename(core).busy_timeout(lock_wait(Purpose::Reader));
    let mut connection = options.disable_statement_logging().connect().await.ok()?;
    let told = sqlx::query_scalar::<_, String>("PRAGMA encoding").fetch_one(&mut connection).await;
    close(connection).await;
    [UTF_8, "'UTF-16le'", "'UTF-16be'"].into_iter().find(|name| told.as_ref().is_ok_and(|told| name.contains(told)))
}

/// Makes a file of ours readable for nobody who may not read core: what is kept of its rows stands there, and the texts of
/// its files. A new one is made with core's mode and, where that is allowed, its owner, as SQLite does with a WAL.
fn guard_like(core: &Path, file: &Path) -> Result<(), DbError> {
    let wrong = |error: std::io::Error| {
        DbError::new(
            ErrorKind::Disk,
            format!("give {} the mode of {}", file.display(), core.display()),
            error.to_string(),
        )
        .with_hint("check who owns both files")
    };
    let Ok(like) = std::fs::metadata(core) else { return Ok(()) };
    let mode = like.mode() & 0o777;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(file) {
        Ok(made) => {
            made.set_permissions(Permissions::from_mode(mode)).map_err(wrong)?;
            if nix::unistd::geteuid().is_root() {
                std::os::unix::fs::chown(file, Some(like.uid()), Some(like.gid())).map_err(wrong)?;
            }
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => narrow(file, mode).map_err(wrong),
        // SQLite says better what is wrong with the directory.
        Err(_) => Ok(()),
    }
}

/// Takes the rights away that core does not give; with the files beside it that stand there already.
fn narrow(file: &Path, mode: u32) -> std::io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push("-wal");
    let mut shared = file.as_os_str().to_owned();
    shared.push("-shm");
    for path in [file, Path::new(&beside), Path::new(&shared)] {
        let Ok(about) = std::fs::metadata(path) else { continue };
        let has = about.mode() & 0o777;
        if has & !mode != 0 && (nix::unistd::geteuid().is_root() || about.uid() == nix::unistd::geteuid().as_raw()) {
            std::fs::set_permissions(path, Permissions::from_mode(has & mode))?;
        }
    }
    Ok(())
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
    let deadline = Instant::now() + lock_wait(Purpose::Journal);
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
