//! What the screens say of a time without a worker, and of other states that no other look has.

use super::look::look;
use super::support::*;
use crate::console::feed::{Freeze, Update};
use crate::console::state::message::{Input, Report};
use crate::model::testing::Ledger;
use crate::model::{Command, CommandId, Effect, FileId, FreezeMeans, Input as Fact, Millis, SystemStatus, Verb};

/// The same, taken over by its own worker after some seconds.
fn cut_off(mut ledger: Ledger) -> Ledger {
    let now = ledger.events.last().map_or(Millis(0), |event| event.at);
    ledger.give(Fact::Restarted { batch: BATCH, resumable: vec![FileId(1)], expensive: Vec::new() });
    let (since, holder) = (Millis(now.0 - 21_000), "w1@db-tools".to_owned());
    ledger.give(Fact::OutageEnded { batch: BATCH, since, by: holder.clone(), holder });
    ledger
}

#[test]
fn an_outage_is_one_line_that_says_what_is_held_and_what_goes_on() {
    let mut desk = Desk::on(&cut_off(stepping()));
    let screen = desk.screen(120, 40);
    let line = screen.lines().find(|line| line.contains("outage")).unwrap_or_else(|| panic!("{screen}"));
    assert!(line.contains(": 0001 stays"), "{line}");
    look("board_outage_held", &mut desk);
    let mut ledger = running();
    let (batch, file, effect, evidence) = (BATCH, FileId(2), Effect::None, "no receipt".to_owned());
    ledger.give(Fact::Decided { batch, file, effect, evidence, definitions: Vec::new() });
    look("board_outage_undone", &mut Desk::on(&cut_off(ledger)));
}

#[test]
fn what_is_being_stopped_and_what_is_undone_in_steps() {
    let mut ledger = running();
    ledger.give(Fact::Commanded(Command {
        id: CommandId(3),
        batch: BATCH,
        operator: "bob@10.%".into(),
        verb: Verb::Abort { keep_completed: false },
        reason: Some("too slow".into()),
        expects: Default::default(),
        submission: None,
    }));
    look("board_aborting", &mut Desk::on(&ledger));
    let mut steps = Desk::on(&undo_in_steps(false));
    look("board_undo_in_steps", &mut steps);
    // A reason that has no room beside the batch is told in the figures, and never cut in its middle.
    let screen = steps.screen(120, 40);
    let second = screen.lines().nth(1).unwrap_or_default();
    assert!(!second.contains('…'), "{second}");
    assert!(screen.contains("no ETA while it is undone"), "{screen}");
}

fn frozen(status: SystemStatus) -> Desk {
    let mut desk = Desk::on(&running());
    let freeze = Freeze {
        status,
        reason: "spring release".into(),
        by: Some("ana@10.%".into()),
        since: None,
        means: FreezeMeans::ReadOnly,
        lifted: false,
    };
    let cold = Update { freeze: Some(freeze), ..news(&running()) };
    desk.give(Input::Feed(Report::Update(Box::new(cold))));
    desk
}

#[test]
fn a_freeze_says_what_it_means_on_this_server() {
    let mut desk = Desk::on(&running());
    desk.press("F");
    let screen = desk.screen(120, 40);
    for words in
        ["the whole server, not only lupopedia", "HITS   Nobody else can write", "read_only = 1, ENFORCED", "ADVISORY"]
    {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    let ledger = running();
    let mut attached = attached(&ledger);
    (attached.server.kind, attached.server.version) = ("sqlite".into(), "3.45".into());
    let mut desk = Desk::with(&ledger, attached, &Default::default());
    desk.press("F");
    let screen = desk.screen(120, 40);
    for words in ["the core file", "database is locked", "SQLite's own write lock, ENFORCED"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(!screen.contains("read_only"), "{screen}");
    look("dialog_freeze_sqlite", &mut desk);
    let mut desk = frozen(SystemStatus::Frozen);
    desk.press("F");
    look("dialog_thaw", &mut desk);
}

#[test]
fn dialogs_of_what_is_asked_by_a_command() {
    for (name, keys, words) in [("escalate", "6E", ""), ("break_at", "", "break 0002_orders.sql:3")] {
        let mut desk = Desk::on(&running());
        super::screens::tell(&mut desk);
        desk.press(keys);
        if !words.is_empty() {
            desk.command(words);
        }
        assert!(desk.app.dialog.is_some(), "{name}: {}", desk.notice());
        look(&format!("dialog_{name}"), &mut desk);
    }
}
