//! The session settings under which rows are copied. A file's own settings must be in force for its own words only:
//! under a strict mode a date that stands in a table cannot be copied, in another time zone a moment reads differently.

use crate::database::{ServerKind, Session, Value};
use crate::store::Result;

/// Settings of ours, and their values.
const OURS: &[(&str, &str)] = &[
    ("sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'"),
    ("time_zone", "'+00:00'"),
    ("foreign_key_checks", "0"),
    ("sql_safe_updates", "0"),
    ("sql_quote_show_create", "1"),
    ("sql_select_limit", "18446744073709551615"),
    ("character_set_client", "'utf8mb4'"),
    ("character_set_results", "'utf8mb4'"),
    ("collation_connection", "'utf8mb4_bin'"),
];

/// Modes under which a value that stands in a table may be refused in its copy.
const STRICT: &[&str] = &[
    "STRICT_ALL_TABLES",
    "STRICT_TRANS_TABLES",
    "NO_ZERO_DATE",
    "NO_ZERO_IN_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "TRADITIONAL",
];

/// What was in force before, to be put back with [`restore`].
#[derive(Debug)]
pub(super) struct Saved(Vec<(&'static str, Value)>);

/// Puts our settings in force.
pub(super) async fn ours(session: &mut dyn Session) -> Result<Saved> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(Saved(Vec::new()));
    }
    let names: Vec<String> = OURS.iter().map(|(name, _)| format!("@@SESSION.{name}")).collect();
    let rows = session.query(&format!("SELECT {}", names.join(", ")), &[]).await?;
    let value = |at| rows.first().map_or(Value::Null, |row| row.get(at).clone());
    let saved = OURS.iter().enumerate().map(|(at, (name, _))| (*name, value(at))).collect();
    let set: Vec<String> = OURS.iter().map(|(name, value)| format!("SESSION {name} = {value}")).collect();
    session.execute(&format!("SET {}", set.join(", ")), &[]).await?;
    Ok(Saved(saved))
}

/// Leaves the file's settings in force, but lets every value through that stands in a table already.
pub(super) async fn tolerant(session: &mut dyn Session) -> Result<Saved> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(Saved(Vec::new()));
    }
    let rows = session.query("SELECT @@SESSION.sql_mode", &[]).await?;
    let mode = rows.first().map(|row| row.get_text(0)).unwrap_or_default();
    let kept = mode.split(',').filter(|word| !word.is_empty() && !STRICT.contains(word));
    let tolerant: Vec<&str> = kept.chain(["ALLOW_INVALID_DATES"]).collect();
    session.execute("SET SESSION sql_mode = ?", &[tolerant.join(",").into()]).await?;
    Ok(Saved(vec![("sql_mode", mode.into())]))
}

/// Puts back what was in force.
pub(super) async fn restore(session: &mut dyn Session, saved: Saved) -> Result<()> {
    if saved.0.is_empty() {
        return Ok(());
    }
    let set: Vec<String> = saved.0.iter().map(|(name, _)| format!("SESSION {name} = ?")).collect();
    let values: Vec<Value> = saved.0.into_iter().map(|(_, value)| value).collect();
    session.execute(&format!("SET {}", set.join(", ")), &values).await?;
    Ok(())
}

/// The result of work done under other settings, after they were put back; the work's own error comes first.
pub(super) async fn after<T>(session: &mut dyn Session, saved: Saved, done: Result<T>) -> Result<T> {
    let restored = restore(session, saved).await;
    let done = done?;
    restored.map(|()| done)
}
