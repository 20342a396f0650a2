//! The blast radius of a rollback, looked up live: nothing is changed, and no lease is needed.

use super::EngineError;
use super::choose_undo::choose;
use super::texts::{Text, Texts, statement_of};
use crate::model::{
    Batch, BatchId, BatchStatus, BlastFile, BlastRadius, BlastStatement, Class, Effect, Epoch, File, FileId, Phase,
    RollbackId, UndoPlan, World, rollback_scope,
};
use crate::sql::Dialect;
use crate::store::Reader;
use std::collections::BTreeSet;

/// What is to be looked at.
#[derive(Debug, Clone)]
pub enum Blast {
    /// A rollback that waits for a decision.
    Rollback(RollbackId),
    /// One that is only thought of: these files, or the whole batch.
    Thought { files: Vec<FileId>, class: Class },
}

/// What a rollback in a batch would do now. `world` holds the batch and every batch after it
/// ([`Reader::world_from`]).
///
/// # Errors
/// The database's, and [`EngineError::NoBatch`].
pub async fn blast_radius(
    reader: &mut Reader,
    world: &World,
    batch: BatchId,
    blast: &Blast,
) -> Result<BlastRadius, EngineError> {
    let batch = world.batch(batch).ok_or(EngineError::NoBatch(batch))?;
    let (rollback, class, affected) = match blast {
        Blast::Thought { files, class } => (None, *class, files.clone()),
        Blast::Rollback(id) => {
            let rollback = batch.rollbacks.get(id).ok_or(EngineError::NoBatch(batch.id))?;
            (Some(*id), rollback.class, rollback.affected.clone())
        }
    };
    let scope = match rollback.and_then(|id| batch.rollbacks.get(&id)) {
        Some(rollback) => world.scope_of(rollback),
        None => batch.scope(class, &affected),
    };
    let dialect = reader.store().kind().dialect();
    let mut texts = Texts::new(dialect);
    let mut files = Vec::with_capacity(scope.len());
    for file in scope.iter().filter_map(|id| batch.file(*id)) {
        let text = texts.of(reader, file).await?;
        let plan = match text.as_deref() {
            Some(text) => choose(reader, file, text, dialect).await?,
            None => UndoPlan::Impossible { reason: "its texts are not kept here".into(), remaining: Vec::new() },
        };
        files.push(of_file(file, plan, text.as_deref(), dialect));
    }
    let (epoch_from, epoch_to) = epochs(world, batch, class);
    Ok(BlastRadius {
        batch: batch.id,
        rollback,
        class,
        estimated_ms: files.iter().map(|f| f.estimated_ms).sum(),
        rows_written_since: files.iter().map(|f| f.rows_written_since).sum(),
        files,
        refused: rollback_scope(world, batch, &affected, class).err(),
        in_the_way: world.in_the_way(batch, class, &scope).into_iter().map(|w| w.why).collect(),
        epoch_from,
        epoch_to,
    })
}

fn epochs(world: &World, batch: &Batch, class: Class) -> (Epoch, Epoch) {
    if batch.status != BatchStatus::Completed {
        return (batch.epoch_from, batch.epoch_from);
    }
    let now = world.highest_epoch();
    if class == Class::A { (now, batch.epoch_from) } else { (now, Epoch(now.0 + 1)) }
}

fn of_file(file: &File, plan: UndoPlan, text: Option<&Text>, dialect: Dialect) -> BlastFile {
    let mut statements = Vec::new();
    let mut reason = None;
    let method = match &plan {
        UndoPlan::Nothing => "nothing",
        UndoPlan::Written { steps } => {
            let script = text.map_or(&[][..], |t| t.statements(Phase::Undo));
            statements.extend(steps.iter().map(|step| BlastStatement {
                index: step.statement,
                sql: script.get(step.statement as usize).map_or_else(String::new, |s| s.sql.clone()),
                undoes: step.undoes.clone(),
            }));
            "written"
        }
        UndoPlan::Derived { steps } => {
            let step = |(index, step): (u32, &crate::model::DerivedStep)| BlastStatement {
                index,
                sql: statement_of(index, &step.act, dialect).sql,
                undoes: step.undoes.clone(),
            };
            statements.extend((0..).zip(steps).map(step));
            "derived"
        }
        UndoPlan::Impossible { reason: why, .. } => {
            reason = Some(why.clone());
            "impossible"
        }
    };
    let mut objects = BTreeSet::new();
    for statement in &statements {
        let analysis = crate::sql::analyse(&statement.sql, dialect);
        objects.extend(analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.to_string()));
    }
    let took = file.records.iter().filter(|r| matches!(r.effect, Effect::Took | Effect::Unknown));
    BlastFile {
        id: file.id,
        path: file.path.clone(),
        file_type: file.file_type,
        method,
        reason,
        statements,
        objects: objects.into_iter().collect(),
        rows_written_since: None,
        estimated_ms: took.map(|r| r.ms).sum(),
    }
}
