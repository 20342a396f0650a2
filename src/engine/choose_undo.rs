//! How a file that ran, wholly or in part, is undone: by its rollback script where that is its author's word for what
//! happened, else from what the journal saw (`3-rollback`, Undo, in order of preference).

use super::EngineError;
use super::texts::Text;
use super::worker::Worker;
use crate::model::{BatchId, Effect, File, FileId, UndoPlan};
use crate::plan::undo::{self, Witness};
use crate::sql::Dialect;
use crate::store::Reader;

impl Worker {
    pub(super) async fn choose_undo(&mut self, batch: BatchId, file: FileId) -> Result<UndoPlan, EngineError> {
        let file = self.file(batch, file)?.clone();
        let text = self.needed_text(&file).await?;
        // What was seen must be durable before it is read back.
        self.commit().await?;
        let dialect = self.dialect();
        let plan = choose(&mut self.reader, &file, &text, dialect).await?;
        self.note_broken_keys(&file, &text, plan).await
    }
}

/// How a file would be undone as it stands now.
pub(super) async fn choose(
    reader: &mut Reader,
    file: &File,
    text: &Text,
    dialect: Dialect,
) -> Result<UndoPlan, EngineError> {
    let effects: Vec<Effect> = file.records.iter().map(|r| r.effect).collect();
    let forward = text.up.statements.as_slice();
    let written = by_script(file, text, &effects);
    let brings_all_back = !undo::destroys(forward) || !matches!(written, UndoPlan::Written { .. });
    if !matches!(written, UndoPlan::Impossible { .. }) && brings_all_back {
        return Ok(written);
    }
    let events = reader.events_of(file.batch, file.id).await?;
    let witness = Witness::of(&events);
    let derived = undo::derive(&undo::Run { forward, effects: &effects, witness: &witness, dialect });
    Ok(better(written, derived, text.down.is_some()))
}

fn by_script(file: &File, text: &Text, effects: &[Effect]) -> UndoPlan {
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
