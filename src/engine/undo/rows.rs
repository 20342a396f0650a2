//! Comparison of the rows that were kept with those that stand after a rollback script: what it brought back are its
//! author's words.

use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::{FileContext, Inspector};
use crate::kept;
use crate::model::{Effect, Event, File, Kept, Place, StatementRecord, UndoBy, UndoMethod, UndoPlan};
use crate::sql::{Dialect, Statement, StatementKind};
use crate::undo::{DefinitionHistory, methods, not_kept};

/// Notes what others have changed of it, before a script begins.
pub(crate) async fn note_theirs(
    inspector: &mut Inspector,
    (context, events): (FileContext<'_>, &[Event]),
    plan: &UndoPlan,
) -> Result<(), EngineError> {
    let FileContext { file, text, .. } = context;
    if !matches!(plan, UndoPlan::Written { .. }) {
        return Ok(());
    }
    let kept = kept_of(file, &DefinitionHistory::from_events(events), text);
    if kept.is_empty() {
        return Ok(());
    }
    let mut session = inspector.file_session(context).await?;
    let noted = kept::note_theirs(&inspector.store, session.look_session(), &kept).await;
    inspector.sessions.keep(session);
    Ok(noted?)
}

/// The rows that the script did not bring back as they were, in words, and what could not be compared. What was derived
/// compares each row as it puts it back.
pub(crate) async fn rows_differ(
    inspector: &mut Inspector,
    (context, events): (FileContext<'_>, &[Event]),
) -> Result<(Option<String>, Vec<String>), EngineError> {
    let FileContext { file, text, .. } = context;
    let dialect = inspector.dialect();
    if file.undo.as_ref().is_none_or(|undo| undo.by() != Some(UndoBy::Script)) {
        return Ok((None, Vec::new()));
    }
    let history = DefinitionHistory::with_script(events, file.statements);
    let mut not = unkept(file, &history, (text, dialect));
    let mut kept = kept_of(file, &history, text);
    // Where nobody can tell which rows the file wrote, the script may have had to destroy them.
    if !not.is_empty() || wrote_unseen(file, (text, dialect)) {
        let of_file =
            |kept: &Kept| Place::read(&kept.place).is_some_and(|(place, _)| place.statement < file.statements);
        let all = kept.len();
        kept.retain(of_file);
        if kept.len() < all {
            not.push("the rows that the rollback script wrote".to_owned());
        }
    }
    not.extend(untold(text));
    if kept.is_empty() {
        return Ok((None, shortened(not)));
    }
    let mut session = inspector.file_session(context).await?;
    let compared = kept::compare(&inspector.store, session.look_session(), &kept).await;
    inspector.sessions.keep(session);
    let compared = compared?;
    // A table that the script dropped is missed by its definition, if it is missed.
    let of_file = |place: &&String| Place::read(place).is_some_and(|(place, _)| place.statement < file.statements);
    not.extend(compared.not.iter().filter(of_file).map(|place| format!("what was kept in {place}")));
    let not = shortened(not);
    let lines = compared.differ.into_iter().map(|(table, rows)| match rows {
        1 => format!("1 row of {table} does not stand as it was kept\n"),
        _ => format!("{rows} rows of {table} do not stand as they were kept\n"),
    });
    let lines: String = lines.collect();
    Ok(((!lines.is_empty()).then_some(lines), not))
}

/// The first few, and how many more.
fn shortened(mut lines: Vec<String>) -> Vec<String> {
    const NAMED: usize = 3;
    if lines.len() > NAMED + 1 {
        let more = format!("{} more", lines.len() - NAMED);
        lines.truncate(NAMED);
        lines.push(more);
    }
    lines
}

/// Tells what statements of the file did to rows without anything kept of it.
fn unkept(file: &File, history: &DefinitionHistory, (text, dialect): (&FileText, Dialect)) -> Vec<String> {
    let undo = methods(&text.up.statements, dialect);
    let wrote = |s: &&Statement| {
        let is_ddl = s.analysis.kind.is_ddl();
        let wrote = |r: &StatementRecord| r.rows > 0 || r.uncounted || is_ddl;
        let stood = |r: &StatementRecord| matches!(r.effect, Effect::Took | Effect::Undone) && wrote(r);
        file.records.get(s.index as usize).is_some_and(stood) && undo[s.index as usize].method == UndoMethod::Kept
    };
    let not_kept = |s: &&Statement| history.kept(s.index).is_empty() && not_kept(s, history, dialect).is_some();
    let without = text.up.statements.iter().filter(wrote).filter(not_kept);
    without.map(|s| format!("the rows that statement {} (line {}) wrote or destroyed", s.index + 1, s.line)).collect()
}

/// Statements of the rollback script of which nobody can tell what they did: a text that was prepared, a procedure.
fn untold(text: &FileText) -> impl Iterator<Item = String> {
    use StatementKind::{Call, Compound, Execute, Unknown};
    let script = text.down.iter().flat_map(|script| &script.statements);
    let opaque = script.filter(|s| matches!(s.analysis.kind, Call | Compound | Execute | Unknown));
    opaque.map(|s| format!("what statement {} (line {}) of the rollback script did to rows", s.index + 1, s.line))
}

/// Tells whether a statement of the file is in force of which its text does not tell what it wrote.
fn wrote_unseen(file: &File, (text, dialect): (&FileText, Dialect)) -> bool {
    let undo = methods(&text.up.statements, dialect);
    let in_force =
        |index: usize| file.records.get(index).is_some_and(|r| matches!(r.effect, Effect::Took | Effect::Undone));
    undo.iter().enumerate().any(|(index, undo)| undo.method == UndoMethod::None && in_force(index))
}

/// Data that was kept for statements that are, or were, in force: the file's, then the script's.
fn kept_of(file: &File, history: &DefinitionHistory, text: &FileText) -> Vec<Kept> {
    let all = file.statements + text.down.as_ref().map_or(0, |down| down.statements.len() as u32);
    let stood = |index: &u32| {
        file.records.get(*index as usize).is_none_or(|r| matches!(r.effect, Effect::Took | Effect::Undone))
    };
    (0..all).filter(stood).flat_map(|index| history.kept(index).to_vec()).filter(|kept| !kept.is_empty()).collect()
}
