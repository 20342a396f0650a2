//! The command lines that the console and reports print are ones that can be typed.

use crate::cli::Cli;
use crate::model::testing::{Ledger, submission};
use crate::model::{
    AlertId, AlertStatus, BatchId, Checksum, Class, FileId, FileType, Input, Outcome, StepUnit, Token, Verb,
};
use clap::Parser;

#[test]
fn every_command_line_of_a_verb_can_be_typed() {
    let mut ledger = Ledger::default();
    ledger.give(Input::LeaseTaken {
        token: Token(1),
        holder: "worker@web1:4242".into(),
        connection: 7,
        server: "uuid".into(),
        files_as_worker: false,
        versions: Default::default(),
    });
    let submission = Box::new(submission(&[(FileType::Doctrine, 1, &[])]));
    ledger.give(Input::Submitted { submission, operator: "ana@10.%".into(), command: None });
    let batch = ledger.world.batch(BatchId(1)).expect("a batch");
    let file = FileId(1);
    let verbs = [
        Verb::Pause,
        Verb::Resume,
        Verb::Step { unit: StepUnit::Statement },
        Verb::Step { unit: StepUnit::Transition },
        Verb::Retry { file },
        Verb::Settle { file, outcome: Outcome::Completed },
        Verb::Settle { file, outcome: Outcome::RolledBack },
        Verb::Abort { keep_completed: true },
        Verb::RollBack { files: vec![file], class: Class::B, now: true, accept_loss: true },
        Verb::Alert { alert: AlertId(3), to: AlertStatus::Acknowledged },
        Verb::Discard { file: Some(file) },
        Verb::Discard { file: None },
        Verb::Break { file, statement: Some(0), clear: false },
        Verb::Break { file, statement: None, clear: true },
        Verb::Tick { item: "plan_reviewed".into(), plan: Checksum("plan".into()), done: false },
        Verb::Freeze,
        Verb::Thaw { emergency: true },
        Verb::Repair { files: Vec::new() },
        Verb::AcceptServer { server: "uuid".into() },
    ];
    for verb in verbs {
        let line = verb.command_line(batch);
        let words = line.replace("'…'", "because");
        if let Err(error) = Cli::try_parse_from(words.split(' ')) {
            panic!("{line}: {error}");
        }
    }
    // A number is a batch only where no batch is named beside it.
    assert_eq!(Verb::Discard { file: None }.command_line(batch), "caribou discard 1 --reason '…'");
}
