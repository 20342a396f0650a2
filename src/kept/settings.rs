//! The session settings under which rows are copied. A file's own settings must be in force for its own words only:
//! under a strict mode a date that stands in a table cannot be copied, in another time zone a moment reads differently.

use crate::database::{DbError, Definition, ErrorKind, ServerKind, Session, Value};
use crate::sql::ObjectName;
use crate::store::{Result, StoreError};

/// Settings of ours, and their values. Of these `max_join_size` also changes `sql_big_selects`, so it comes first.
const OURS: &[(&str, &str)] = &[
    ("sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'"),
    ("time_zone", "'+00:00'"),
    ("foreign_key_checks", "0"),
    ("sql_quote_show_create", "1"),
    ("collation_connection", "'utf8mb4_bin'"),
];

/// Of MariaDB alone: a row that breaks a CHECK came while nobody looked at these, and comes back as it was.
const CHECKS: &[(&str, &str)] = &[("check_constraint_checks", "0")];

/// Those under which no statement of ours is refused, cut short or misread, and which leave the words of the file what
/// they mean.
const UNLIMITED: &[(&str, &str)] = &[
    ("sql_safe_updates", "0"),
    ("sql_select_limit", "18446744073709551615"),
    ("max_join_size", "18446744073709551615"),
    ("sql_big_selects", "1"),
    ("character_set_client", "'utf8mb4'"),
    ("character_set_results", "'utf8mb4'"),
];

/// Variable that bounds the time of a statement, with the value for no bound: none of ours is bound by what a file
/// allows its own.
fn time_limit(kind: ServerKind) -> (&'static str, &'static str) {
    match kind {
        ServerKind::MariaDb => ("max_statement_time", "0"),
        _ => ("max_execution_time", "0"),
    }
}

/// Modes under which a value that stands in a table may be refused in its copy.
const STRICT: &[&str] = &[
    "STRICT_ALL_TABLES",
    "STRICT_TRANS_TABLES",
    "NO_ZERO_DATE",
    "NO_ZERO_IN_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "TRADITIONAL",
];

/// Modes under which the words of a file are read in another way than they are handed to us: plainly.
const READING: &[&str] = &["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"];

/// Names of several of the modes at once. The server lists what they stand for beside them, and would add it again.
const COMBINED: &[&str] =
    &["ANSI", "DB2", "MAXDB", "MSSQL", "MYSQL323", "MYSQL40", "ORACLE", "POSTGRESQL", "TRADITIONAL"];

/// Settings that were in force before, to be put back with [`restore`].
#[derive(Debug)]
pub(crate) struct Saved(Vec<(&'static str, Value)>);

/// Puts our settings in force.
pub(crate) async fn ours(session: &mut dyn Session) -> Result<Saved> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(Saved(Vec::new()));
    }
    let time_limit = [time_limit(session.kind())];
    let checks = if session.kind() == ServerKind::MariaDb { CHECKS } else { &[] };
    let wanted: Vec<_> = [UNLIMITED, OURS, &time_limit, checks].concat();
    let saved = values(session, &wanted).await?;
    set(session, &wanted).await?;
    Ok(saved)
}

async fn values(session: &mut dyn Session, wanted: &[(&'static str, &str)]) -> Result<Saved> {
    let names: Vec<String> = wanted.iter().map(|(name, _)| format!("@@SESSION.{name}")).collect();
    // Without a limit of its own it would have the file's.
    let rows = session.query(&format!("SELECT {} LIMIT 1", names.join(", ")), &[]).await?;
    let value = |at| rows.first().map_or(Value::Null, |row| row.get(at).clone());
    Ok(Saved(wanted.iter().enumerate().map(|(at, (name, _))| (*name, value(at))).collect()))
}

async fn set(session: &mut dyn Session, wanted: &[(&'static str, &str)]) -> Result<()> {
    let set: Vec<String> = wanted.iter().map(|(name, value)| format!("SESSION {name} = {value}")).collect();
    session.execute(&format!("SET {}", set.join(", ")), &[]).await?;
    Ok(())
}

/// As [`tolerant`], but with the session's own limit of time.
pub(crate) async fn unlimited(session: &mut dyn Session) -> Result<Saved> {
    lenient(session, &[]).await
}

/// Leaves the file's settings in force, but lets every value through that stands in a table already, and as many as there
/// are.
pub(crate) async fn tolerant(session: &mut dyn Session) -> Result<Saved> {
    let time_limit = [time_limit(session.kind())];
    lenient(session, &time_limit).await
}

async fn lenient(session: &mut dyn Session, more: &[(&'static str, &'static str)]) -> Result<Saved> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(Saved(Vec::new()));
    }
    let wanted: Vec<_> = [&[("sql_mode", "")], UNLIMITED, more].concat();
    let saved = values(session, &wanted).await?;
    let mode = saved.0.first().and_then(|(_, mode)| mode.as_text()).unwrap_or_default();
    let passes = |word: &&str| ![STRICT, READING, COMBINED].iter().any(|words| words.contains(word));
    let kept = mode.split(',').filter(|word| !word.is_empty()).filter(passes);
    let tolerant = kept.chain(["ALLOW_INVALID_DATES"]).collect::<Vec<_>>().join(",");
    set(session, &wanted[1..]).await?;
    session.execute("SET SESSION sql_mode = ?", &[tolerant.into()]).await?;
    Ok(saved)
}

/// Puts back what was in force.
pub(crate) async fn restore(session: &mut dyn Session, saved: Saved) -> Result<()> {
    if saved.0.is_empty() {
        return Ok(());
    }
    let set: Vec<String> = saved.0.iter().map(|(name, _)| format!("SESSION {name} = ?")).collect();
    let values: Vec<Value> = saved.0.into_iter().map(|(_, value)| value).collect();
    session.execute(&format!("SET {}", set.join(", ")), &values).await?;
    Ok(())
}

/// The result of work done under other settings, after they were put back; the work's own error comes first.
pub(crate) async fn after<T>(session: &mut dyn Session, saved: Saved, done: Result<T>) -> Result<T> {
    let restored = restore(session, saved).await;
    let done = done?;
    restored.map(|()| done)
}

/// Definitions as a file's own session sees them, whatever the file has set in it.
///
/// # Errors
/// The database's.
pub(crate) async fn inspect(
    session: &mut dyn Session,
    objects: &[ObjectName],
) -> std::result::Result<Vec<Definition>, DbError> {
    let database = |error: StoreError| match error {
        StoreError::Database(error) => error,
        other => DbError::new(ErrorKind::Internal, "inspect under the file's locks", other.to_string()),
    };
    let saved = ours(session).await.map_err(database)?;
    let found = session.inspect(objects).await;
    let restored = restore(session, saved).await.map_err(database);
    let found = found?;
    restored.map(|()| found)
}

/// True if the session checks foreign keys.
pub(crate) async fn foreign_key_checks(session: &mut dyn Session) -> Result<bool> {
    let sql = match session.kind() {
        ServerKind::Sqlite => "PRAGMA foreign_keys",
        ServerKind::MariaDb | ServerKind::MySql => "SELECT @@SESSION.foreign_key_checks LIMIT 1",
    };
    Ok(session.query(sql, &[]).await?.first().is_some_and(|row| row.get_bool(0)))
}
