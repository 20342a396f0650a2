//! The undo that a file gets from its rollback script: all of it, a part of it, or none.

use super::mapping::Mapping;
use super::need::needs_undo;
use super::partial::{self, PartialRun};
use super::reason;
use super::steps::steps;
use crate::model::{Effect, UndoPlan};
use crate::sql::Statement;

/// Chooses the undo of a file.
///
/// `effects` holds what became of each forward statement that ended, in order; statements beyond it did not run.
/// `completed` says that the file ran to its end. After a partial run a statement with `IF NOT EXISTS` is in doubt: what
/// it names may have been there before.
pub fn choose_undo(forward: &[Statement], back: Option<&[Statement]>, effects: &[Effect], completed: bool) -> UndoPlan {
    let needed = needs_undo(forward);
    let with = |wanted: Effect| -> Vec<usize> {
        let of = |index: &usize| effects.get(*index) == Some(&wanted) && needed[*index];
        (0..forward.len()).filter(of).collect()
    };
    let (took, unknown, undone) = (with(Effect::Took), with(Effect::Unknown), with(Effect::Undone));
    if !unknown.is_empty() {
        return reason::in_doubt(forward, &took, &unknown);
    }
    if took.is_empty() {
        return UndoPlan::Nothing;
    }
    let Some(back) = back else { return reason::no_script(forward, &took) };
    if back.is_empty() {
        return reason::empty_script(forward, &took);
    }
    let mapping = Mapping::new(forward, back);
    // What the file itself rolled back is none of its effects.
    let ran_as_written = effects.len() == forward.len() && effects.last() == Some(&Effect::Took) && undone.is_empty();
    if completed && ran_as_written {
        return whole(back, &mapping, &took);
    }
    partial::choose(&PartialRun { forward, back, took: &took, undone: &undone, mapping: &mapping })
}

/// The whole script, with what is known of which statement undoes which.
fn whole(back: &[Statement], mapping: &Mapping, took: &[usize]) -> UndoPlan {
    let run: Vec<usize> = (0..back.len()).collect();
    let attributed = mapping.attribute(&run, took);
    UndoPlan::Written { steps: steps(&run, &attributed) }
}
