//! Dependences between objects of core, as the checks of all files share it.

use super::context::CheckContext;
use super::surroundings::Standing;
use crate::database::DbError;
use std::sync::Arc;

/// Gives what stands on what in core: asked for once, by the session that sees core.
pub(super) async fn standing(context: &mut CheckContext<'_>) -> Result<Arc<Standing>, DbError> {
    if let Some(known) = context.known.surroundings.known_standing() {
        return Ok(known);
    }
    let core = context.file.core;
    let standing = Arc::new(Standing::ask(context.data().await?, core).await?);
    context.known.surroundings.remember(Arc::clone(&standing));
    Ok(standing)
}
