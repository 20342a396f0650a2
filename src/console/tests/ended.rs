//! Board once a batch has ended or is being stopped: what happened, and keys that do what they say.

use super::support::*;
use crate::console::state::files::selects;
use crate::console::state::filter::Filter;
use crate::model::testing::Ledger;
use crate::model::{Class, FileId, Finding, Input as Fact, Phase, ValidationStatus, Verb};

/// The lines of a pane on the screen, by its title.
fn pane(screen: &str, title: &str) -> Vec<String> {
    let from = screen.lines().skip_while(|line| !line.contains(title)).skip(1);
    from.take_while(|line| !line.starts_with('─')).map(str::to_owned).collect()
}

/// One file, whose verify script has failed: a finding of class B.
fn found() -> Ledger {
    let mut ledger = planned(&[1]);
    let (batch, file) = (BATCH, FileId(1));
    begin(&mut ledger, file);
    send(&mut ledger, file, 0, Phase::Forward);
    done(&mut ledger, file);
    let finding = Finding {
        check: "verify_script".into(),
        status: ValidationStatus::Warning,
        class: Some(Class::B),
        result: "statement 1 of its verify script: 0 rows\nwhy: it has to see one".into(),
        ms: 3,
    };
    ledger.give(Fact::CheckedAfter { batch, file, findings: vec![finding] });
    ledger.give(Fact::Recorded { batch, file });
    ledger.give(Fact::Exhausted { batch });
    ledger
}

#[test]
fn after_a_failed_undo_each_key_stands_once_and_does_what_it_says() {
    let mut desk = Desk::on(&failed());
    let can = pane(&desk.screen(120, 40), "What you can do");
    let keys = |key: &str| can.iter().filter(|line| line.trim_start().starts_with(key)).count();
    assert_eq!((keys("R "), keys(":rollback")), (1, 1), "{can:#?}");
    let line = |key: &str| can.iter().find(|line| line.trim_start().starts_with(key)).unwrap();
    assert!(line("R ").contains("undoes all that stands: 0002, and 1 completed file"), "{can:#?}");
    assert!(line(":rollback").contains("0002 orders its undo again"), "{can:#?}");
    let again = can.iter().find(|line| line.contains("caribou migrate")).unwrap();
    assert!(again.contains("mend 0002; `caribou migrate` refuses it until it is undone or settled"), "{again}");
}

#[test]
fn what_a_check_has_found_is_told_and_what_is_to_be_decided_comes_first() {
    let mut desk = Desk::on(&found());
    let screen = desk.screen(120, 40);
    let happened = pane(&screen, "What happened").join("\n");
    assert!(happened.contains("2 checks passed, 1 warned"), "{happened}");
    assert!(happened.contains("◷ R1 of class B: "), "{happened}");
    let can = pane(&screen, "What you can do");
    assert!(
        can[0].trim_start().starts_with("5 ") && can[0].contains("decides about R1, class B, over 1 file"),
        "{screen}"
    );
    assert!(pane(&screen, "Story").iter().any(|line| line.contains("◷ R1")), "{screen}");
}

#[test]
fn while_an_abort_kills_a_statement_the_screen_says_so() {
    let mut ledger = running();
    command(&mut ledger, 9, Verb::Abort { keep_completed: false });
    let mut desk = Desk::on(&ledger);
    let screen = desk.screen(120, 40);
    for words in ["RUNNING, ABORTING", "on: 0002 statement 2/3 being KILLED, 3 s; then all is undone"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(!screen.contains("next: "), "{screen}");
    let footer = screen.lines().last().unwrap();
    assert!(!footer.contains("S step") && !footer.contains("P pause"), "{footer}");
    desk.press("S");
    assert!(desk.app.dialog.is_none());
    assert_eq!(desk.notice(), "it is being aborted: the statement under way is being killed");
}

#[test]
fn a_command_is_told_as_of_when_it_came_into_effect() {
    let mut ledger = paused();
    ledger.pass(20_000);
    ledger.give(Fact::Quiet { batch: BATCH });
    let mut desk = Desk::on(&ledger);
    let screen = desk.screen(120, 40);
    let line = screen.lines().find(|line| line.contains("✓ pause")).unwrap();
    assert!(line.contains("by bob@10.%, in effect"), "{line}");
}

#[test]
fn a_file_that_was_undone_is_not_idle_for_a_filter() {
    let mut ledger = undo_in_steps(true);
    ledger.give(Fact::Verified {
        batch: BATCH,
        file: FileId(1),
        difference: None,
        not_compared: Vec::new(),
        left_alone: Vec::new(),
    });
    let batch = ledger.world.batch(BATCH).unwrap();
    let passes = |filter: &str, file| selects(&Filter(filter.into()), batch, &batch.files.brief(FileId(file)).unwrap());
    assert!(passes("state:rolled_back", 1) && !passes("state:idle", 1));
    assert!(passes("state:idle", 2) && passes("state:waiting", 2));
}
