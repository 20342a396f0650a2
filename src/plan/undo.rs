//! How a file that ran, wholly or in part, is undone (`3-rollback`).

use crate::model::{Effect, UndoPlan};
use crate::sql::Statement;

/// Chooses the undo of a file.
///
/// `effects` holds what became of each forward statement that ended, in order; statements beyond it did not run.
pub fn choose_undo(forward: &[Statement], back: Option<&[Statement]>, effects: &[Effect], completed: bool) -> UndoPlan {
    let _ = (forward, back, effects, completed); // until the rules are here
    UndoPlan::Nothing
}
