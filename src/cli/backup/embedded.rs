//! A copy of core's file on SQLite, by VACUUM INTO, and a look whether it is sound.

use crate::database::{DbError, ErrorKind, Session};
use crate::sql::{Dialect, quote_identifier};
use std::path::Path;

/// Name under which the copy is looked at.
const COPY: &str = "caribou_copy";

/// Copies core into an empty file, as it is at one moment, and lets SQLite check the copy. A session of its own: it is fit
/// for nothing else afterwards.
///
/// # Errors
/// The database's; an unsound copy.
pub(super) async fn copy(session: &mut dyn Session, core: &str, into: &Path) -> Result<(), DbError> {
    let doing = || format!("copy {core} into {}", into.display());
    let name = quote_identifier(core, Dialect::Sqlite)?;
    // It writes nothing but the copy; but to a reader even that is forbidden.
    session.query_text("PRAGMA query_only = 0").await?;
    let path = into.to_string_lossy().into_owned();
    session.execute(&format!("VACUUM {name} INTO ?"), &[path.as_str().into()]).await.map_err(|e| e.doing(doing()))?;
    session.execute(&format!("ATTACH DATABASE ? AS {COPY}"), &[path.as_str().into()]).await?;
    let said = session.query_text(&format!("PRAGMA {COPY}.quick_check(1)")).await?;
    session.execute(&format!("DETACH DATABASE {COPY}"), &[]).await?;
    match said.first().map(|row| row.get_text(0)) {
        Some(word) if word == "ok" => Ok(()),
        other => {
            Err(DbError::new(ErrorKind::Disk, doing(), format!("the copy is not sound: {}", other.unwrap_or_default()))
                .with_hint("check core itself: PRAGMA integrity_check"))
        }
    }
}
