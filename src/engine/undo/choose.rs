//! Choice of the undo of a file that ran, wholly or in part: by its rollback script where that is its author's word for
//! what happened, else from what the journal saw (`docs/design/undo.md`, "Four ways back, per statement").

use super::theirs::{self, Pretended, Seen};
use super::{foreign_keys, rest, rows};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::{FileContext, Inspector};
use crate::model::{Batch, Effect, File, UndoPlan, UndoPrefer};
use crate::sql::Dialect;
use crate::undo::{self, DefinitionHistory};

/// The undo of a file, and what it was chosen by.
pub(crate) async fn choose_undo(
    inspector: &mut Inspector,
    batch: &Batch,
    file: &File,
) -> Result<(UndoPlan, Seen), EngineError> {
    let text = inspector.required_text(batch, file).await?;
    let context = FileContext { batch, file, text: &text };
    let seen = theirs::see(&mut inspector.reader, file, &text).await?;
    let history = seen.history(&text, &Pretended::default(), inspector.dialect());
    let plan = match file.undo.as_ref().is_some_and(|undo| undo.fell_short.is_some()) {
        true => rest::rest(inspector, context, (&seen, &history)).await?,
        false => choose((file, batch.policy.undo_prefer), &text, &history, inspector.dialect()),
    };
    rows::note_theirs(inspector, (context, &seen.events), &plan).await?;
    Ok((foreign_keys::note_broken_keys(inspector, context, plan).await?, seen))
}

/// Chooses how a file would be undone as it stands now. The script comes first where it is its author's word for what
/// happened, and nobody prefers what is derived; else what is derived comes first, and the script only where that is
/// not possible.
pub(crate) fn choose(
    (file, prefer): (&File, UndoPrefer),
    text: &FileText,
    history: &DefinitionHistory,
    dialect: Dialect,
) -> UndoPlan {
    let effects: Vec<Effect> = file.records.iter().map(|r| r.effect).collect();
    let forward = text.up.statements.as_slice();
    let written = by_script(file, text, &effects);
    if script_first(file, text, prefer) && !matches!(written, UndoPlan::Impossible { .. }) {
        return written;
    }
    if matches!(written, UndoPlan::Nothing) {
        return written;
    }
    let derived = undo::derive(&undo::ForwardRun { forward, effects: &effects, history, dialect });
    better(written, derived, text.has_script())
}

/// Tells whether the rollback script has the first word: the file ran to its end, the script holds something, and the
/// file destroyed nothing that no script can bring back.
fn script_first(file: &File, text: &FileText, prefer: UndoPrefer) -> bool {
    let prefer = text.prefers().unwrap_or(prefer);
    let completed = file.next_statement().is_none() && file.records.last().is_some_and(|r| r.effect != Effect::None);
    prefer == UndoPrefer::Script && completed && text.has_script() && !undo::destroys(&text.up.statements)
}

fn by_script(file: &File, text: &FileText, effects: &[Effect]) -> UndoPlan {
    let back = text.down.as_ref().map(|down| down.statements.as_slice());
    // Of a file that ran to its end, the author's script as a whole is the word for it.
    let completed = file.next_statement().is_none();
    undo::choose_undo(&text.up.statements, back, effects, completed)
}

/// The derived one where it is possible; the script where it is not, since it brings the definitions back at least.
fn better(written: UndoPlan, derived: UndoPlan, has_script: bool) -> UndoPlan {
    match (written, derived) {
        (UndoPlan::Impossible { reason: script, remaining }, UndoPlan::Impossible { reason, .. }) => {
            let reason = if has_script && script != reason { format!("{script}; and {reason}") } else { reason };
            UndoPlan::Impossible { reason, remaining }
        }
        (written, UndoPlan::Impossible { .. }) => written,
        (_, derived) => derived,
    }
}
