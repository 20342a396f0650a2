//! Kept data is let go only where nothing may need it any more.

use super::windows::{BEN, DAY, answer_to, decision, submit};
use super::*;

const FILE: FileId = FileId(1);

fn kept() -> Kept {
    Kept {
        n: 0,
        kind: KeptKind::Rows,
        schema: None,
        table: "t0".into(),
        place: "place_0".into(),
        twin: None,
        key: vec!["id".into()],
        columns: vec!["a".into()],
        changed: Vec::new(),
        off: Vec::new(),
        on: Vec::new(),
        siblings: Vec::new(),
        whole: None,
        counter: None,
        counted: true,
        rows: 1,
        bytes: 8,
    }
}

fn begun(script: &Script) -> Ledger {
    let mut ledger = Ledger::default();
    submit(&mut ledger, &[(Doctrine, 1, &[]), (Doctrine, 1, &[])], true, Lapse::Keep);
    drive(&mut ledger, script);
    ledger
}

/// Asks for it; the reason of a refusal.
fn discard(ledger: &mut Ledger, file: Option<FileId>, reason: Option<&str>) -> Option<String> {
    let id = ledger.events.len() as i64 + 1;
    ask(ledger, id, Verb::Discard { file }, reason)
}

fn expire(ledger: &mut Ledger) {
    ledger.give(Input::Expired { batch: BATCH, places: vec!["place_0".into()] });
}

fn held(ledger: &Ledger) -> usize {
    ledger.world.batches[&BATCH].in_order().map(|file| file.held.len()).sum()
}

fn keeping() -> Script {
    Script { kept: vec![kept()], ..Script::default() }
}

#[test]
fn it_needs_a_reason_and_something_that_is_kept() {
    let mut ledger = begun(&keeping());
    assert_eq!(held(&ledger), 2);
    for reason in [None, Some("  ")] {
        assert!(discard(&mut ledger, None, reason).is_some_and(|why| why.contains("needs a reason")));
    }
    assert!(discard(&mut ledger, Some(FileId(9)), Some("why")).is_some_and(|why| why.contains("not in batch")));
    assert_eq!(discard(&mut ledger, Some(FILE), Some("personal data")), None);
    assert_eq!(held(&ledger), 1, "of this file only");
    assert!(discard(&mut ledger, Some(FILE), Some("again")).is_some_and(|why| why.contains("nothing is kept")));
    let said = ledger.events.iter().find_map(|e| match &e.kind {
        EventKind::KeptDiscarded { places, reason, .. } => Some((places.clone(), reason.clone())),
        _ => None,
    });
    assert_eq!(said, Some((vec!["place_0".to_owned()], "personal data".to_owned())));
}

#[test]
fn nothing_goes_that_an_open_window_needs() {
    let script = Script { windows: vec![(1, Class::B)], ..keeping() };
    let mut ledger = begun(&script);
    assert!(discard(&mut ledger, Some(FILE), Some("space")).is_some_and(|why| why.contains("rollback 1")));
    ledger.pass(2 * DAY);
    expire(&mut ledger);
    assert!(held(&ledger) > 0, "its time is over, and still nobody has decided");
}

#[test]
fn it_may_go_when_somebody_has_decided_to_keep_the_files() {
    let script = Script { windows: vec![(1, Class::B)], ..keeping() };
    let mut ledger = begun(&script);
    let rejected = decision(&ledger, 1, BATCH, RollbackId(1), BEN, Verdict::Reject);
    assert_eq!(answer_to(&mut ledger, rejected), Ok(()));
    assert_eq!(discard(&mut ledger, None, Some("space")), None);
    assert_eq!(held(&ledger), 0);
}

#[test]
fn nothing_goes_of_a_file_that_stands_half_way() {
    let fails = Script { statements: vec![(1, 1)], undo_fails: vec![1], ..keeping() };
    let mut ledger = Ledger::default();
    submit(&mut ledger, &[(Doctrine, 2, &[])], true, Lapse::Keep);
    drive(&mut ledger, &fails);
    assert_eq!(ledger.world.file(BATCH, FILE).unwrap().state, Failed);
    assert!(discard(&mut ledger, None, Some("space")).is_some_and(|why| why.contains("its undo may need")));
    expire(&mut ledger);
    assert_eq!(held(&ledger), 1);
}

#[test]
fn what_has_had_its_time_goes_and_the_journal_says_why() {
    let mut ledger = begun(&keeping());
    expire(&mut ledger);
    assert_eq!(held(&ledger), 0);
    let said = |e: &Event| matches!(&e.kind, EventKind::KeptDiscarded { reason, .. } if reason.contains("time"));
    assert_eq!(ledger.events.iter().filter(|e| said(e)).count(), 2);
}
