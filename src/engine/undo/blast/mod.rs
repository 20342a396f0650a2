//! The blast radius of a rollback, looked up live: nothing is changed, and no lease is needed.

mod diff;

use super::choose::choose;
use super::conflicts::{self, Conflicts, Preview};
use super::theirs::{self, Seen};
use crate::engine::file::texts::{FileText, TextCache};
use crate::engine::statement::own::OwnJob;
use crate::engine::{EngineError, Outside};
use crate::model::{
    Batch, BatchId, BatchStatus, BlastFile, BlastRadius, BlastStatement, Class, Effect, Epoch, File, FileId, Phase,
    RollbackSubject, UndoPlan, World, approval_refusal, rollback_scope,
};
use crate::sql::Statement;
use crate::store::Reader;
use crate::undo::DefinitionHistory;
use diff::Changes;
use std::collections::BTreeSet;

/// Looks up what a rollback in a batch would do now. `world` holds the batch and every batch after it
/// ([`Reader::world_from`]). `outside`: what the undo may have to take back beside the database.
///
/// # Errors
/// The database's, and [`EngineError::NoBatch`].
pub async fn blast_radius(
    reader: &mut Reader,
    outside: &Outside,
    world: &World,
    batch: BatchId,
    blast: &RollbackSubject,
) -> Result<BlastRadius, EngineError> {
    let batch = world.batch(batch).ok_or(EngineError::NoBatch(batch))?;
    let (rollback, class, affected) = match blast {
        RollbackSubject::Proposed { files, class } => (None, *class, files.clone()),
        RollbackSubject::Opened(id) => {
            let rollback = batch.rollbacks.get(id).ok_or(EngineError::NoBatch(batch.id))?;
            (Some(*id), rollback.class, rollback.affected.clone())
        }
    };
    let crashed: Vec<FileId> = batch.crashed().map(|file| file.id).collect();
    let scope = match rollback.and_then(|id| batch.rollbacks.get(&id)) {
        Some(rollback) => world.scope_of(rollback),
        None if !crashed.is_empty() => crashed,
        None => batch.scope(class, &affected),
    };
    let dialect = reader.store().kind().dialect();
    let mut texts = TextCache::new(dialect, reader.store().database().globals());
    let mut files = Vec::with_capacity(scope.len());
    let mut changes = Changes::default();
    let mut preview = Preview::default();
    for file in scope.iter().filter_map(|id| batch.file(*id)) {
        let text = texts.for_file(reader, file, &batch.policy.session).await?;
        let seen = match text.as_deref() {
            Some(text) => theirs::see(reader, file, text).await?,
            None => Seen::default(),
        };
        let history = match text.as_deref() {
            Some(text) => seen.history(text, &preview.pretended, dialect),
            None => DefinitionHistory::default(),
        };
        let plan = match text.as_deref() {
            Some(text) => choose((file, batch.policy.undo_prefer), text, &history, dialect),
            None => UndoPlan::Impossible { reason: "its texts are not kept here".into(), remaining: Vec::new() },
        };
        let text = text.map(|text| text.with_undo(&plan, dialect));
        if let Some(text) = text.as_deref() {
            changes.add(file, text, &plan, (&DefinitionHistory::from_events(&seen.events), &history));
        }
        let since = match text.as_deref() {
            Some(text) => conflicts::find(reader, (batch, file), text, &plan, (&seen, &mut preview)).await,
            None => None,
        };
        if let Some(text) = text.as_deref() {
            preview.pretended.undo(text, &history, dialect);
        }
        let mut blast = blast_file(file, plan, text.as_deref(), since);
        if blast.reason.is_none() {
            blast.reason = text.as_deref().and_then(|text| OwnJob::would_refuse(outside, file, text));
        }
        files.push(blast);
    }
    reader.beside.close().await;
    let (epoch_from, epoch_to) = epochs(world, batch, class);
    Ok(BlastRadius {
        batch: batch.id,
        rollback,
        class,
        estimated_ms: files.iter().map(|f| f.estimated_ms).sum(),
        rows_written_since: files.iter().map(|f| f.rows_written_since).sum(),
        rows_left_alone: files.iter().map(|f| f.rows_left_alone).sum(),
        fit: files.iter().map(|f| f.fit.clone()).sum(),
        files,
        refused: match rollback.and_then(|id| batch.rollbacks.get(&id)) {
            Some(opened) => approval_refusal(world, batch, opened),
            None => rollback_scope(world, batch, &affected, class).err(),
        },
        written_to_since: world.written_to_since(batch, &scope),
        in_the_way: world.in_the_way(batch, class, &scope).into_iter().map(|w| w.why).collect(),
        epoch_from,
        epoch_to,
        changes: changes.looked_up(reader.store()).await,
    })
}

fn epochs(world: &World, batch: &Batch, class: Class) -> (Epoch, Epoch) {
    if batch.status != BatchStatus::Completed {
        return (batch.epoch_from, batch.epoch_from);
    }
    let now = world.highest_epoch();
    if class == Class::A { (now, batch.epoch_from) } else { (now, Epoch(now.0 + 1)) }
}

fn blast_file(file: &File, plan: UndoPlan, text: Option<&FileText>, since: Option<Conflicts>) -> BlastFile {
    let script = text.map_or(&[][..], |text| text.statements(Phase::Undo));
    let mut statements = Vec::new();
    let mut reason = None;
    let method = match &plan {
        UndoPlan::Nothing => "nothing",
        UndoPlan::Written { steps } => {
            statements.extend(steps.iter().map(|step| blast_statement(script, step.statement, &step.undoes)));
            "written"
        }
        UndoPlan::Derived { steps, .. } => {
            statements.extend((0..).zip(steps).map(|(index, step)| blast_statement(script, index, &step.undoes)));
            "derived"
        }
        UndoPlan::Impossible { reason: why, .. } => {
            reason = Some(why.clone());
            "impossible"
        }
    };
    let run = statements.iter().filter_map(|s| script.get(s.index as usize));
    let changed = run.flat_map(|s| &s.analysis.touches).filter(|touch| touch.how.changes());
    let objects: BTreeSet<String> = changed.map(|touch| touch.object.to_string()).collect();
    let took = file.records.iter().filter(|r| matches!(r.effect, Effect::Took | Effect::Unknown));
    BlastFile {
        id: file.id,
        path: file.path.clone(),
        file_type: file.file_type,
        method,
        reason,
        statements,
        objects: objects.into_iter().collect(),
        rows_written_since: since.as_ref().map(Conflicts::rows),
        rows_left_alone: since.as_ref().map(|since| since.left_alone),
        lost: since.as_ref().map_or_else(Vec::new, |since| since.lost.clone()),
        objects_lost: since.as_ref().map_or_else(Vec::new, |since| since.objects_lost.clone()),
        objects_left_alone: since.as_ref().map_or_else(Vec::new, |since| since.objects_left_alone.clone()),
        fit: since.map(|since| since.fit).unwrap_or_default(),
        estimated_ms: took.map(|r| r.ms).sum(),
    }
}

fn blast_statement(script: &[Statement], index: u32, undoes: &[u32]) -> BlastStatement {
    let sql = script.get(index as usize).map_or_else(String::new, |statement| statement.sql.clone());
    BlastStatement { index, sql, undoes: undoes.to_vec() }
}
