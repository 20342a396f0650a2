//! How a file that ran, wholly or in part, is undone (`3-rollback`).
//!
//! The rollback script is its author's word for the file as a whole: where all statements took effect, it is used as it
//! is. After a partial run it is used only where it is certain which of its statements belong to what took effect. Which
//! rows a `DELETE … WHERE` means for the rows of an `INSERT` stays its author's word.
//!
//! | file | is |
//! |---|---|
//! | `need` | which statements leave something to undo |
//! | `mapping` | which statement of the script takes back which forward statement |
//! | `partial` | what of the script is to run after a partial run |
//! | `method`, `course` | what would undo each statement without a script; what goes with the table it is in |
//! | `witness`, `derived` | what the journal saw of the objects; the undo made from that |
//! | `explained` | whether a statement in doubt has led to what is there now |
//! | `reason` | words for what cannot be undone |

mod course;
mod derived;
mod explained;
mod mapping;
mod method;
mod need;
mod partial;
mod reason;
mod witness;

pub use derived::{Run, derive};
pub use explained::explained;
pub use method::{Method, destroys, methods, script_suffices};
pub use need::needs_undo;
pub use witness::{Witness, named};

use crate::model::{Effect, UndoPlan, UndoStep};
use crate::sql::Statement;
use mapping::Mapping;

/// Chooses the undo of a file.
///
/// `effects` holds what became of each forward statement that ended, in order; statements beyond it did not run.
/// `completed` says that the file ran to its end. After a partial run a statement with `IF NOT EXISTS` is in doubt: what
/// it names may have been there before. [`choose_undo_knowing`] takes an answer to that.
pub fn choose_undo(forward: &[Statement], back: Option<&[Statement]>, effects: &[Effect], completed: bool) -> UndoPlan {
    choose_undo_knowing(forward, back, effects, completed, |_| false)
}

/// As [`choose_undo`]; `made` says of a statement with `IF NOT EXISTS` whether what it creates was certainly not there
/// before (the definitions captured before the file ran tell).
pub fn choose_undo_knowing(
    forward: &[Statement],
    back: Option<&[Statement]>,
    effects: &[Effect],
    completed: bool,
    made: impl Fn(&Statement) -> bool,
) -> UndoPlan {
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
    partial::choose(&partial::Run { forward, back, took: &took, undone: &undone, mapping: &mapping, made: &made })
}

/// The whole script, with what is known of which statement undoes which.
fn whole(back: &[Statement], mapping: &Mapping, took: &[usize]) -> UndoPlan {
    let run: Vec<usize> = (0..back.len()).collect();
    let attributed = mapping.attribute(&run, took);
    UndoPlan::Written { steps: steps(&run, &attributed) }
}

/// Steps for the statements of the script in `run`; `attributed` has for each forward statement the one that undoes it.
fn steps(run: &[usize], attributed: &[(usize, usize)]) -> Vec<UndoStep> {
    let mut steps: Vec<UndoStep> =
        run.iter().map(|back| UndoStep { statement: number(*back), undoes: Vec::new() }).collect();
    for (forward, back) in attributed {
        if let Ok(at) = run.binary_search(back) {
            steps[at].undoes.push(number(*forward));
        }
    }
    steps
}

/// Of each forward statement, whether its own undo in the script is certain.
pub fn certain(forward: &[Statement], back: &[Statement]) -> Vec<bool> {
    let mapping = Mapping::new(forward, back);
    let needed = needs_undo(forward);
    let all: Vec<usize> = (0..forward.len()).filter(|index| needed[*index]).collect();
    let run: Vec<usize> = (0..back.len()).collect();
    let mut certain = vec![false; forward.len()];
    for (index, _) in mapping.attribute(&run, &all) {
        certain[index] = !forward[index].analysis.flags.if_not_exists;
    }
    certain
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
