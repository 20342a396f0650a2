//! The journal's checksums are repaired: what lies in the directory is taken for what ran.

use super::input::Draft;
use crate::model::{EventKind, FileRepair, FileState, FileStatus, Outcome, World};
use std::collections::BTreeSet;

/// The events for each file, in the batch that it ran in; all of them, or the reason why none.
pub(super) fn repair(world: &World, files: &[FileRepair], reason: Option<&str>) -> Result<Vec<Draft>, String> {
    let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else {
        return Err("a repair needs a reason: why the file lies there otherwise than it ran".into());
    };
    if let Some(open) = world.batches.values().find(|batch| !batch.status.is_final()) {
        return Err(format!("batch {} ({}) is {}: it ends first", open.id, open.name, open.status));
    }
    if files.is_empty() {
        return Err("no file is named".into());
    }
    let mut seen = BTreeSet::new();
    let event = |one: &FileRepair| {
        if !seen.insert(one.file) {
            return Err(format!("file {} is in it twice", one.file));
        }
        is_as_it_was(world, one)?;
        let kind = EventKind::FileRepaired { file: one.file, repair: one.repair.clone(), reason: reason.to_owned() };
        Ok(Draft::new(one.batch, kind))
    };
    files.iter().map(event).collect()
}

/// The file has run, and nobody has repaired or undone it since this was asked.
fn is_as_it_was(world: &World, one: &FileRepair) -> Result<(), String> {
    let Some(file) = world.file(one.batch, one.file) else {
        return Err(format!("file {} is not in batch {}", one.file, one.batch));
    };
    if (file.state, file.outcome) != (FileState::Idle, Some(Outcome::Completed)) {
        let status: FileStatus = file.status();
        return Err(format!("{} is {status}: only what has completed can be repaired", file.path));
    }
    if file.hash != one.ran {
        return Err(format!("moved on since you looked: {} is recorded with another checksum", file.path));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::testing::{Ledger, submission};
    use crate::model::*;

    /// A batch that has completed without running, as a take-over does.
    fn ended() -> Ledger {
        let mut ledger = Ledger::default();
        let mut plan = submission(&[(FileType::Doctrine, 1, &[]), (FileType::Doctrine, 1, &[])]);
        plan.policy.adopted = Some(Adopted { tool: "goose".into(), table: "app.goose_db_version".into() });
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        ledger
    }

    fn ask(ledger: &mut Ledger, files: Vec<FileRepair>, reason: Option<&str>) {
        ledger.give(Input::Commanded(Command {
            id: CommandId(9),
            batch: BatchId::SYSTEM,
            operator: "ana@%".into(),
            verb: Verb::Repair { files },
            reason: reason.map(str::to_owned),
            expects: Expectation::default(),
            submission: None,
        }));
    }

    fn refusal(ledger: &Ledger) -> String {
        match &ledger.events.last().unwrap().kind {
            EventKind::CommandRefused { reason, .. } => reason.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn of(ledger: &Ledger, id: i64, repair: Repair) -> FileRepair {
        let file = ledger.world.file(BatchId(1), FileId(id)).unwrap();
        FileRepair { batch: BatchId(1), file: FileId(id), ran: file.hash.clone(), repair }
    }

    fn text() -> RecordedText {
        let sum = |c: char| Checksum(c.to_string().repeat(64));
        RecordedText { hash: sum('a'), canonical: Checksum("1:b".into()), source: sum('c') }
    }

    #[test]
    fn what_lies_there_is_taken_for_what_ran_and_the_undo_keeps_its_text() {
        let mut ledger = ended();
        let ran = ledger.world.file(BatchId(1), FileId(1)).unwrap().clone();
        let renamed = Repair::Renamed { path: "b.sql".into(), text: text() };
        let files = vec![of(&ledger, 1, Repair::Edited { text: text() }), of(&ledger, 2, renamed)];
        ask(&mut ledger, files.clone(), Some("a typo"));
        let file = ledger.world.file(BatchId(1), FileId(1)).unwrap();
        assert_eq!((&file.hash, &file.canonical, &file.source), (&text().hash, &text().canonical, &ran.source));
        assert_eq!(ledger.world.file(BatchId(1), FileId(2)).unwrap().path, "b.sql");
        let by = ledger.events.iter().filter(|e| matches!(e.kind, EventKind::FileRepaired { .. }));
        assert_eq!(
            by.map(|e| (e.batch, e.operator.clone())).collect::<Vec<_>>(),
            vec![(BatchId(1), Some("ana@%".to_owned())); 2]
        );
        ask(&mut ledger, files, Some("again"));
        assert!(refusal(&ledger).contains("moved on since you looked"));
        let gone = of(&ledger, 1, Repair::Gone);
        ask(&mut ledger, vec![gone], Some("squashed"));
        let repaired = ledger.world.file(BatchId(1), FileId(1)).unwrap().repaired.clone().unwrap();
        assert_eq!(*repaired, Repaired { source: Some(text().source), gone: true });
    }

    #[test]
    fn nothing_is_repaired_without_a_reason_before_it_ran_or_while_a_batch_is_open() {
        let mut ledger = ended();
        let gone = of(&ledger, 1, Repair::Gone);
        ask(&mut ledger, vec![gone.clone()], Some("  "));
        assert!(refusal(&ledger).contains("needs a reason"));
        ask(&mut ledger, vec![gone.clone(), gone.clone()], Some("x"));
        assert!(refusal(&ledger).contains("twice"));
        ask(&mut ledger, vec![FileRepair { file: FileId(7), ..gone.clone() }], Some("x"));
        assert!(refusal(&ledger).contains("is not in batch"));
        let plan = Box::new(submission(&[(FileType::Doctrine, 1, &[])]));
        ledger.give(Input::Submitted { submission: plan, operator: "ana@%".into(), command: None });
        ask(&mut ledger, vec![gone], Some("x"));
        assert!(refusal(&ledger).contains("batch 2") && refusal(&ledger).contains("it ends first"));
        assert!(ledger.world.file(BatchId(1), FileId(1)).unwrap().repaired.is_none());
    }
}
