//! Sessions that stand in a statement's way, in words.

use crate::database::{Database, DbError, Purpose, blockers};
use crate::sql::{ObjectKind, Statement};
use std::sync::Arc;

/// One sentence for each connection that holds, or may hold, what the statement waits for. Asked on a session of its
/// own, since the statement's waits.
pub(crate) async fn describe(database: &Arc<dyn Database>, statement: &Statement) -> Result<Vec<String>, DbError> {
    let tables = statement.analysis.touches.iter().filter(|t| t.object.kind == ObjectKind::Table);
    let mut session = database.open(Purpose::Control).await?;
    let mut found = Vec::new();
    for table in tables {
        let schema = table.object.schema.as_deref().unwrap_or(&database.schemas().core);
        for blocker in blockers(session.as_mut(), schema, &table.object.name).await? {
            let query = blocker.query.as_deref().unwrap_or("no statement running, a transaction open");
            let age = blocker.age_ms / 1000;
            found.push(format!("{} (connection {}, {age} s): {query}", blocker.account, blocker.connection));
        }
    }
    session.close().await;
    Ok(found)
}
