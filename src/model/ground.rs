//! Ground: the objects that files have changed, and who stands on them by changing them too. An object of which one has
//! changed the definition cannot go back under what the other did to it; rows beside rows are told apart
//! (`docs/design/undo.md`, Classes).

use crate::model::{Batch, ChangeOf, File, FileId};
use std::collections::HashMap;

/// Objects that some files change, each with what they change of it and the file that changes it most.
#[derive(Debug, Default)]
pub(super) struct Ground<'a>(HashMap<&'a str, (ChangeOf, &'a File)>);

/// A file that stands on another by an object.
pub(super) struct Stands<'a> {
    pub object: &'a str,
    /// What the one that stands on it changes.
    pub changes: ChangeOf,
    pub on: &'a File,
}

impl<'a> Ground<'a> {
    /// What some files of a batch have changed.
    pub(super) fn of(batch: &'a Batch, files: &[FileId]) -> Ground<'a> {
        let mut ground = Ground::default();
        files.iter().filter_map(|id| batch.file(*id)).for_each(|file| ground.add(file));
        ground
    }

    /// Adds what a file changes. One that may change anything adds nothing that could be named.
    pub(super) fn add(&mut self, file: &'a File) {
        for lock in file.locks.iter().flatten() {
            let Some(changes) = lock.changes else { continue };
            let strongest = self.0.entry(&lock.object).or_insert((changes, file));
            if changes > strongest.0 {
                *strongest = (changes, file);
            }
        }
    }

    /// The first object by which a file that came later stands on it; those whose definition it changes before others.
    pub(super) fn under(&self, later: &File) -> Option<Stands<'a>> {
        let stands = |wanted: ChangeOf| {
            later.locks.iter().flatten().filter(|lock| lock.changes == Some(wanted)).find_map(|lock| {
                let (object, (changed, on)) = self.0.get_key_value(&*lock.object)?;
                let one_is_changed = wanted == ChangeOf::Definition || *changed == ChangeOf::Definition;
                one_is_changed.then_some(Stands { object, changes: wanted, on })
            })
        };
        stands(ChangeOf::Definition).or_else(|| stands(ChangeOf::Rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::{BatchId, FileType, Input, LockMode, ObjectLock};

    /// `a!` is a definition, `a` are rows, `a?` is only used.
    fn locks(text: &str) -> Vec<ObjectLock> {
        let lock = |word: &str| ObjectLock {
            object: word.trim_end_matches(['!', '?']).into(),
            mode: LockMode::Exclusive,
            changes: match word.chars().last() {
                Some('!') => Some(ChangeOf::Definition),
                Some('?') => None,
                _ => Some(ChangeOf::Rows),
            },
        };
        text.split_whitespace().map(lock).collect()
    }

    #[test]
    fn one_of_two_must_have_changed_a_definition() {
        for (earlier, later, object) in [
            ("t!", "t!", Some("t")),
            ("t!", "t", Some("t")),
            ("t", "t!", Some("t")),
            ("t", "t", None),
            ("t!", "t?", None),
            ("t?", "t!", None),
            ("a! b", "a b!", Some("b")),
            ("a!", "b!", None),
        ] {
            let mut ledger = Ledger::default();
            let mut plan = submission(&[(FileType::Doctrine, 1, &[]), (FileType::Doctrine, 1, &[])]);
            plan.files[0].locks = Some(locks(earlier));
            plan.files[1].locks = Some(locks(later));
            ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
            let batch = &ledger.world.batches[&BatchId(1)];
            let [first, second] = batch.in_order().collect::<Vec<_>>()[..] else { panic!("two files") };
            let ground = Ground::of(batch, &[first.id]);
            assert_eq!(ground.under(second).map(|stands| stands.object), object, "{earlier} and {later}");
        }
    }
}
