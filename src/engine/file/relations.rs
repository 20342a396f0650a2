//! Relations that the directory declares, before a file and after it.

use crate::check::{RelationsSeen, concerned, count_orphans};
use crate::database::{Purpose, ServerKind};
use crate::engine::EngineError;
use crate::engine::inspector::{FileContext, Inspector};
use crate::model::{DeclaredRelation, EventKind, Orphans};

fn of_file<'a>(inspector: &Inspector, context: FileContext<'a>) -> Vec<&'a DeclaredRelation> {
    let core = inspector.store.schemas().core.as_str();
    concerned(&context.text.up.statements, &context.batch.policy.relations, core)
}

/// Counts what is orphaned before a file, in the relations whose tables it touches.
pub(crate) async fn orphaned_before(
    inspector: &mut Inspector,
    context: FileContext<'_>,
) -> Result<Vec<Orphans>, EngineError> {
    let relations = of_file(inspector, context);
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    let (dialect, core) = (inspector.dialect(), inspector.store.schemas().core.clone());
    // The sessions of checks see nothing of core on SQLite.
    if inspector.kind() == ServerKind::Sqlite {
        let mut session = inspector.store.database().open(Purpose::Reader).await?;
        let counted = count_orphans(session.as_mut(), &relations, &core, dialect).await;
        session.close().await;
        return Ok(counted?);
    }
    let mut session = inspector.take_check_session().await?;
    let counted = count_orphans(session.as_mut(), &relations, &core, dialect).await?;
    inspector.keep_check_session(session);
    Ok(counted)
}

/// What is declared of a file's tables, with what was orphaned before it. Nothing is asked where nothing is declared.
pub(crate) async fn seen(inspector: &mut Inspector, context: FileContext<'_>) -> Result<RelationsSeen, EngineError> {
    let FileContext { batch, file, .. } = context;
    if of_file(inspector, context).is_empty() {
        return Ok(RelationsSeen::default());
    }
    let captured = inspector.reader.find_event(batch.id, file.id, "file_captured").await?;
    let before = match captured.map(|event| event.kind) {
        Some(EventKind::FileCaptured { relations, .. }) => relations,
        _ => Vec::new(),
    };
    Ok(RelationsSeen { declared: batch.policy.relations.clone(), before })
}
