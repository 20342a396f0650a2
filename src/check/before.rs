//! What is wrong in core before a file runs: taken down, so that the checks after it know what the file broke.

use super::broken::{broken_keys, keys_concerned, names_gone, unreadable, views_concerned, written_unenforced};
use super::context::{CheckContext, CheckedFile, KnownObjects};
use super::dependences::standing;
use super::ruled::{is_untold, stands};
use super::settings::{CheckLevel, CheckSettings};
use crate::database::{Database, DbError, Session};
use crate::model::Before;
use crate::sql::ObjectName;

/// True if a check after the file compares with what was wrong before it.
pub fn compares(file: &CheckedFile<'_>) -> bool {
    is_untold(file) || !names_gone(file).is_empty() || !written_unenforced(file).is_empty()
}

/// Takes it down; `None` where nothing of the file asks for it.
///
/// # Errors
/// The database's.
pub async fn before(
    file: &CheckedFile<'_>,
    settings: &CheckSettings,
    (session, known): (&mut dyn Session, &mut KnownObjects),
    database: &dyn Database,
) -> Result<Option<Before>, DbError> {
    let level = CheckLevel::Block;
    let mut context = CheckContext { file, settings, level, budget: None, session, known, database, reader: None };
    let asked = ask(&mut context).await;
    if let Some(reader) = context.reader {
        reader.close().await;
    }
    asked
}

async fn ask(context: &mut CheckContext<'_>) -> Result<Option<Before>, DbError> {
    let mut before = Before::default();
    let views = views_concerned(context).await?;
    before.views = unreadable(context, &views).await?.into_iter().map(|one| one.view).collect();
    let tables = with_keys(context).await?;
    let counted = broken_keys(context, &tables).await?;
    before.keys = counted.broken.into_iter().map(|key| key.orphans).collect();
    before.uncounted = counted.uncounted;
    if is_untold(context.file) {
        before.stood = stands(context).await.ok();
    }
    let is_asked = !views.is_empty() || !tables.is_empty() || before.stood.is_some();
    Ok(is_asked.then_some(before))
}

/// The tables written unenforced, and those that refer to them, that have foreign keys now: no row breaks another's.
async fn with_keys(context: &mut CheckContext<'_>) -> Result<Vec<ObjectName>, DbError> {
    let written = keys_concerned(context).await?;
    if written.is_empty() {
        return Ok(Vec::new());
    }
    let standing = standing(context).await?;
    let has_keys = |table: &ObjectName| {
        standing.relations.iter().any(|relation| relation.object.name.eq_ignore_ascii_case(&table.name))
    };
    Ok(written.into_iter().filter(has_keys).collect())
}
