use super::*;
use crate::model::testing::{Ledger, submission};
use crate::model::{Batch, BatchId, Checksum, EventKind, FileType, Hold, Input};

const BATCH: BatchId = BatchId(1);
/// Three chunks, the last of them in part.
const ALL: i64 = 150;

/// A batch of which each file depends on the one before it; the first have completed.
fn batch() -> Batch {
    let before: Vec<[usize; 1]> = (0..ALL as usize).map(|n| [n.saturating_sub(1)]).collect();
    let of = |n: usize| (FileType::Module, 2, if n == 0 { &[] as &[usize] } else { &before[n] });
    let plan: Vec<(FileType, u32, &[usize])> = (0..ALL as usize).map(of).collect();
    let mut ledger = Ledger::default();
    let submission = Box::new(submission(&plan));
    ledger.give(Input::Submitted { submission, operator: "ana@%".into(), command: None });
    ledger.world.batches.remove(&BATCH).expect("the batch")
}

#[test]
fn what_is_packed_is_what_was() {
    let mut batch = batch();
    let whole = batch.files.clone();
    batch.files.pack_whole();
    assert_eq!(batch.files.chunks.iter().filter(|chunk| chunk.packed.is_some()).count(), 2, "the last may grow");
    assert_eq!(batch.files.len(), ALL as usize);
    let short = |files: &Files| files.briefs().map(|b| (b.facts, b.path.to_owned())).collect::<Vec<_>>();
    assert_eq!(short(&batch.files), short(&whole));
    for on in [FileId(1), FileId(70), FileId(149)] {
        assert_eq!(batch.files.dependants(on), [FileId(on.0 + 1)]);
    }
    assert!(batch.files.dependants(FileId(ALL)).is_empty());
    assert_eq!(batch.files.coverage(), whole.coverage());
    assert_eq!(batch.files.looks.load(Ordering::Relaxed), 0, "nothing was unpacked for it");
    assert_eq!(batch.files.get(&FileId(70)), whole.get(&FileId(70)));
    assert_eq!(batch.files, whole);
    assert_eq!(serde_json::to_string(&batch.files).unwrap(), serde_json::to_string(&whole).unwrap());
    let again: Files = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
    assert_eq!(again, whole);
}

#[test]
fn what_changes_is_unpacked_and_packed_again_once_it_rests() {
    let mut batch = batch();
    batch.files.pack_whole();
    let file = batch.files.get_mut(&FileId(3)).expect("a file");
    file.hash = Checksum("other".into());
    file.holds.push((Hold::Paused, "a person looks at it".into()));
    assert_eq!(batch.files.brief(FileId(3)).and_then(|brief| brief.file).map(|f| f.holds.len()), Some(1));
    for _ in 0..3 {
        batch.files.pack(usize::MAX);
    }
    assert!(batch.files.chunks[0].packed.is_none(), "it is held");
    batch.files.get_mut(&FileId(3)).expect("a file").holds.clear();
    batch.files.pack(usize::MAX);
    assert!(batch.files.chunks[0].packed.is_none(), "it has changed just now");
    batch.files.pack(usize::MAX);
    assert!(batch.files.chunks[0].packed.is_some());
    assert_eq!(batch.files[&FileId(3)].hash, Checksum("other".into()));
}

#[test]
fn files_come_in_any_order_of_their_keys() {
    let files: Vec<File> = batch().files.values().cloned().collect();
    let mut turned = Files::default();
    for step in 0..ALL {
        let file = &files[(step * 67 % ALL) as usize];
        turned.insert(file.id, file.clone());
    }
    let again = File { path: "again.sql".into(), ..files[9].clone() };
    turned.insert(again.id, again);
    let keys: Vec<i64> = turned.keys().map(|id| id.0).collect();
    assert_eq!(keys, (1..=ALL).collect::<Vec<_>>());
    assert_eq!(turned[&FileId(10)].path, "again.sql");
    assert_eq!((turned.get(&FileId(0)), turned.get(&FileId(ALL + 1))), (None, None));
}

#[test]
fn what_was_looked_at_is_let_go_once_it_is_much() {
    let mut batch = batch();
    batch.files.pack_whole();
    assert!(batch.file(FileId(5)).is_some());
    batch.files.look_away();
    assert!(batch.files.chunks[0].files.get().is_some(), "it is little");
    batch.files.looks = AtomicUsize::new(LOOKS + 1);
    batch.files.look_away();
    assert!(batch.files.chunks[0].files.get().is_none());
    assert!(batch.file(FileId(5)).is_some());
}

#[test]
fn a_world_is_the_same_whether_its_files_were_packed_or_not() {
    let mut ledger = Ledger::default();
    let plan: Vec<(FileType, u32, &[usize])> = (0..130).map(|_| (FileType::Module, 1, &[] as &[usize])).collect();
    let submission = Box::new(submission(&plan));
    ledger.give(Input::Submitted { submission, operator: "ana@%".into(), command: None });
    for n in [1, 64, 65, 130, 2] {
        ledger.give(Input::Turn { batch: BATCH, file: FileId(n) });
        ledger.give(Input::Prepared { batch: BATCH, file: FileId(n), result: Ok(()) });
    }
    let mut world = crate::model::World::default();
    for event in &ledger.events {
        world.apply(event);
        if !matches!(event.kind, EventKind::FilePlanned { .. }) {
            world.batches.values_mut().for_each(|batch| batch.files.pack_whole());
        }
    }
    assert_eq!(world, ledger.world);
}
