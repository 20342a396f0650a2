//! How a file that ran, wholly or in part, is undone: by its rollback script where that is its author's word for what
//! happened, else from what the journal saw (`3-rollback`, Undo, in order of preference).

use super::EngineError;
use super::texts::Text;
use super::worker::Worker;
use crate::model::{BatchId, Effect, File, FileId, UndoPlan};
use crate::plan::undo;

impl Worker {
    pub(super) async fn choose_undo(&mut self, batch: BatchId, file: FileId) -> Result<UndoPlan, EngineError> {
        let file = self.file(batch, file)?.clone();
        let text = self.needed_text(&file).await?;
        let effects: Vec<Effect> = file.records.iter().map(|r| r.effect).collect();
        Ok(by_script(&file, &text, &effects))
    }
}

pub(super) fn by_script(file: &File, text: &Text, effects: &[Effect]) -> UndoPlan {
    let back = text.down.as_ref().map(|down| down.statements.as_slice());
    // Where all statements took effect, the author's script as a whole is the word for it.
    let completed = file.next_statement().is_none() && effects.iter().all(|effect| *effect == Effect::Took);
    undo::choose_undo(&text.up.statements, back, effects, completed)
}
