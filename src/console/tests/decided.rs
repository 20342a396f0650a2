//! Screen 5 beside its dialogs: the plans of slower queries, the panes, what was decided lately, who else looks.

use super::deciding::{ROLLBACK, looked, radius, told};
use super::look::look;
use super::support::*;
use super::told::{asked, passed, told as list_told};
use crate::console::feed::{RollbackSummary, Update};
use crate::console::lists::{CheckList, CheckResult, DecidedRollback, List, ListRequest, PastRollback};
use crate::console::state::decisions::Overview;
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::model::testing::Ledger;
use crate::model::{
    BatchId, Class, Closed, CommandId, Decision, DecisionId, FileId, Finding, Input as Fact, MeasuredProbe, Millis,
    Probe, ProbeFailure, ProbeFailureKind, ProbeFinding, RequestKey, RollbackId, RollbackStatus, Seen,
    UnansweredRequest, ValidationPhase, ValidationStatus, Verb, Verdict,
};
use crossterm::event::KeyCode;
use ratatui::style::Modifier;

/// The plan of a query on orders, as MariaDB gives it.
fn plan(key: &str, rows: u64, sorted: bool) -> String {
    let table = format!(
        r#"{{"table": {{"table_name": "orders", "access_type": "ref", "key": "{key}", "rows": {rows}, "attached_condition": "x"}}}}"#
    );
    let read = if sorted { format!(r#""filesort": {table}"#) } else { format!(r#""nested_loop": [{table}]"#) };
    format!(r#"{{"query_block": {{"select_id": 1, {read}}}}}"#)
}

fn measured(us: &[u64], plan: String) -> MeasuredProbe {
    let probe = Probe {
        name: "orders_by_day".into(),
        sql: "SELECT placed_ymdhis, SUM(total) FROM orders WHERE customer_id = 7 AND status = 'paid' GROUP BY placed_ymdhis"
            .into(),
        tables: vec!["orders".into()],
        max_ratio: 1.5,
        runs: 5,
    };
    MeasuredProbe { us: us.to_vec(), plan: Some(plan), ..MeasuredProbe::new(probe) }
}

/// A completed batch, and a window that a slower probe has opened.
fn slower(after: MeasuredProbe) -> Ledger {
    let mut ledger = planned(&[2, 3, 1]);
    let before = measured(&[41_000, 39_800, 43_900, 40_700, 41_900], plan("by_customer", 212, false));
    let batch = BATCH;
    ledger.give(Fact::Probed {
        batch,
        phase: ValidationPhase::Pre,
        probes: vec![
            before,
            MeasuredProbe::new(Probe { name: "not_run".into(), ..measured(&[], String::new()).probe }),
        ],
        findings: Vec::new(),
    });
    (1..=3).for_each(|n| complete(&mut ledger, FileId(n)));
    let finding = Finding {
        check: "performance_probe".into(),
        status: ValidationStatus::Warning,
        class: Some(Class::B),
        result: "probe orders_by_day is 3.1 times as slow as before (at most 1.5 is allowed)".into(),
        ms: 600,
    };
    let findings = vec![ProbeFinding { probe: Some("orders_by_day".into()), finding }];
    ledger.give(Fact::Probed { batch, phase: ValidationPhase::Post, probes: vec![after], findings });
    ledger.give(Fact::Exhausted { batch });
    ledger
}

fn three_times() -> Ledger {
    slower(measured(&[127_000, 121_300, 139_100, 126_000, 128_200], plan("by_status", 9_871, true)))
}

#[test]
fn both_plans_stand_beside_each_other_and_what_differs_has_a_sign() {
    let mut desk = Desk::on(&three_times());
    looked(&mut desk);
    let screen = desk.screen(120, 40);
    let line =
        |words: &str| screen.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {screen}"));
    let heads = line("EXPLAIN before");
    assert!(heads.contains("median 41.0 ms") && heads.contains("EXPLAIN after  median 127 ms"), "{screen}");
    let rows = line("by_customer");
    assert!(rows.contains("by_status ≠") && rows.contains("9,871 ≠"), "{rows}");
    assert!(!rows.contains("orders ≠") && !rows.contains("ref ≠"), "what is the same has none: {rows}");
    let sorted = line("Using filesort ≠");
    let column = |line: &str| line.rfind("Using").map(|at| line[..at].chars().count());
    assert!(column(sorted) == column(rows) && screen.contains("3.1 times as slow"), "{screen}");
    assert!(line("runs, ms").contains("39.8-43.9") && line("runs, ms").contains("noise 2 %"), "{screen}");
    let narrow = desk.screen(80, 24);
    assert!(!narrow.contains("EXPLAIN before"), "one pane at a time: {narrow}");
    (0..3).for_each(|_| desk.key(KeyCode::Tab));
    let narrow = desk.screen(80, 24);
    let at = |words: &str| {
        narrow.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {narrow}"))
    };
    assert!(at("LOST") < at("EXPLAIN before"), "what would be lost stays: {narrow}");
    look("list_decisions_explain", &mut desk);
}

#[test]
fn a_query_that_does_not_run_any_more_says_why() {
    let failure = ProbeFailure { kind: ProbeFailureKind::Refused, message: "Unknown column 'total'".into() };
    let mut desk =
        Desk::on(&slower(MeasuredProbe { failed: Some(failure), plan: None, ..measured(&[], String::new()) }));
    looked(&mut desk);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("Unknown column 'total'") && screen.contains("the server gave no plan"), "{screen}");
}

#[test]
fn tab_goes_round_the_panes_and_each_scrolls_by_itself() {
    let mut desk = Desk::on(&three_times());
    looked(&mut desk);
    let mut seen = Vec::new();
    for _ in 0..5 {
        let frame = desk.frame(120, 40);
        let focused = text(&frame).lines().find_map(|line| line.split_once("─ › ").map(|(_, rest)| rest.to_owned()));
        let focused = focused.unwrap_or_else(|| panic!("no focus: {}", text(&frame)));
        let name: String = focused.chars().take(8).collect();
        assert!(style_of(&frame, &format!("› {name}")).add_modifier.contains(Modifier::REVERSED), "{name}");
        seen.push(name);
        desk.key(KeyCode::Tab);
    }
    assert_eq!(seen, ["If you a", "Undo, in", "Definiti", "EXPLAIN ", "Can it s"]);
    desk.screen(80, 24);
    (0..2).for_each(|_| desk.key(KeyCode::Tab));
    let before = desk.screen(80, 24);
    desk.press("jj");
    let after = desk.screen(80, 24);
    assert_ne!(before, after);
    assert!(after.contains("↑ 2"), "{after}");
    desk.press("GG");
    let end = desk.screen(80, 24);
    desk.press("k");
    assert_ne!(desk.screen(80, 24), end, "it was not scrolled beyond its end");
    desk.key(KeyCode::Enter);
    told(&mut desk, radius(Some(ROLLBACK)));
    assert!(desk.screen(80, 24).contains("› Definitions"), "what is asked again keeps its pane");
}

fn past(id: i64, closed: Option<Closed>, by: Option<&str>, said: Option<&str>, at: Millis) -> DecidedRollback {
    let rollback = PastRollback {
        id: RollbackId(id),
        class: Class::B,
        reason: "probe orders_by_day 3.1x slower".into(),
        status: if closed.is_some() { RollbackStatus::Pending } else { RollbackStatus::Completed },
        closed,
        decided_by: by.map(str::to_owned),
        ms: if closed.is_some() { 0 } else { 112_000 },
        at,
    };
    DecidedRollback { batch: BatchId(30 + id), rollback, said: said.map(str::to_owned) }
}

fn lately(desk: &mut Desk, at: Millis) {
    let day = 86_400_000;
    let all = vec![
        past(25, None, None, None, Millis(at.0 - 60_000)),
        past(
            24,
            Some(Closed::Rejected),
            Some("caro@10.4.%"),
            Some("the probe ran during the backup"),
            Millis(at.0 - day),
        ),
        past(23, Some(Closed::Kept), None, None, Millis(at.0 - 11 * day)),
    ];
    list_told(desk, ListRequest::Decided, List::Decided(all));
}

#[test]
fn what_was_decided_lately_says_who_when_what_and_what_became_of_it() {
    let ledger = windowed();
    let mut desk = Desk::on(&ledger);
    desk.press("5");
    assert!(asked(&mut desk, ListRequest::Decided));
    let now = news(&ledger).clock;
    lately(&mut desk, now);
    let screen = desk.screen(120, 40);
    let line =
        |words: &str| screen.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {screen}"));
    assert!(line("R25").contains("✓ R25  rolled back") && line("R25").contains("by the worker"), "{screen}");
    assert!(line("R25").trim_end().ends_with("1m 52s"), "{screen}");
    assert!(
        line("R24").contains("rejected") && line("R24").contains("by caro@10.4.%: “the probe ran during"),
        "{screen}"
    );
    assert!(line("R23").contains("lapsed, kept") && line("R23").contains("nobody decided in time"), "{screen}");
    look("list_decisions_lately", &mut desk);
    // One cursor goes through both lists.
    desk.press("jj");
    assert!(desk.screen(120, 40).contains("─ R24  batch 54"), "{}", desk.screen(120, 40));
    desk.press("A");
    assert_eq!(desk.notice(), "rollback 24 was closed: rejected");
    desk.effects();
    desk.key(KeyCode::Enter);
    assert_eq!(desk.effects().first(), Some(&Effect::Ask(Request::Open(BatchId(54)))), "Enter opens its batch");
}

#[test]
fn tab_goes_from_the_list_to_what_is_under_the_cursor_and_to_what_was_decided() {
    let ledger = windowed();
    let mut desk = Desk::on(&ledger);
    desk.press("5");
    lately(&mut desk, news(&ledger).clock);
    let screen = desk.screen(80, 24);
    assert!(screen.contains("Decided lately") && screen.contains("R25"), "what is blank is used: {screen}");
    assert!(desk.screen(60, 14).contains("Decided lately  3 "), "{}", desk.screen(60, 14));
    desk.key(KeyCode::Tab);
    assert!(desk.screen(80, 24).contains("─ › R1 "), "{}", desk.screen(80, 24));
    desk.screen(60, 14);
    desk.press("j");
    assert!(desk.screen(60, 14).contains("↑ 1"), "{}", desk.screen(60, 14));
    desk.key(KeyCode::Tab);
    let screen = desk.screen(80, 24);
    assert!(screen.contains("› Decided lately") && screen.contains("by caro@10.4.%"), "{screen}");
    desk.key(KeyCode::Tab);
    assert_eq!((desk.app.decisions.pane, desk.app.decisions.selected), (Overview::List, Some(ROLLBACK)));
    desk.press("j");
    assert_eq!(desk.app.decisions.pane, Overview::Lately);
    desk.key(KeyCode::Esc);
    assert_eq!((desk.app.decisions.pane, desk.app.decisions.selected), (Overview::List, Some(ROLLBACK)));
}

#[test]
fn a_decision_of_somebody_else_closes_what_is_open_here() {
    let mut ledger = windowed();
    let mut desk = Desk::on(&ledger);
    looked(&mut desk);
    let seen = Seen { class: Class::B, status: RollbackStatus::Pending, files: vec![FileId(3), FileId(2)] };
    let decision = Decision {
        id: DecisionId(5),
        batch: BATCH,
        rollback: ROLLBACK,
        operator: "eve@10.%".into(),
        verdict: Verdict::Reject,
        reason: Some("seen".into()),
        seen: Some(seen),
        overrides: None,
    };
    let known = ledger.events.len();
    ledger.give(Fact::Decision { decision, now: Millis(0) });
    let update = Update { events: ledger.events[known..].to_vec(), ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    assert!(desk.app.decisions.lookup.is_none());
    let screen = desk.screen(120, 40);
    assert!(screen.contains("Nothing waits for a decision.") && screen.contains("by eve@10.%"), "{screen}");
    assert!(asked(&mut desk, ListRequest::Decided), "what was said is asked for");
}

fn seen_by(desk: &mut Desk, ledger: &Ledger, rollback: Option<RollbackId>) {
    let watchers = vec![watcher("ben@10.4.%", None), watcher("caro@10.4.%", rollback)];
    let update = Update { watchers, ..news(ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
}

#[test]
fn others_are_told_what_is_open_here_once_each_time_it_changes() {
    let ledger = windowed();
    let mut desk = Desk::on(&ledger);
    let looks = |desk: &mut Desk| -> Vec<Option<RollbackId>> {
        let effects = desk.effects().into_iter();
        effects
            .filter_map(|effect| if let Effect::Ask(Request::LookAt(id)) = effect { Some(id) } else { None })
            .collect()
    };
    looked(&mut desk);
    assert_eq!(looks(&mut desk), [Some(ROLLBACK)]);
    for _ in 0..5 {
        desk.wait(1_000);
        desk.give(Input::Feed(Report::Update(Box::new(news(&ledger)))));
    }
    assert!(looks(&mut desk).is_empty(), "an idle console says nothing");
    desk.press("1");
    assert_eq!(looks(&mut desk), [None]);
    desk.command("reject 1");
    assert_eq!(looks(&mut desk).last(), Some(&Some(ROLLBACK)), "a dialog is open about it");
    desk.key(KeyCode::Esc);
    desk.press("1");
    assert_eq!(looks(&mut desk).last(), Some(&None));
}

#[test]
fn who_else_has_it_open_is_said_and_whoever_only_watches_is_not() {
    let ledger = windowed();
    let mut desk = Desk::on(&ledger);
    desk.press("5");
    seen_by(&mut desk, &ledger, Some(ROLLBACK));
    let screen = desk.screen(120, 40);
    assert!(screen.contains("also looking  caro@10.4.% has this rollback open"), "{screen}");
    assert!(!screen.contains("ben@10.4.%") && screen.contains("· +2"), "{screen}");
    looked(&mut desk);
    assert!(desk.screen(120, 40).contains("also open at caro@10.4.%"), "{}", desk.screen(120, 40));
    seen_by(&mut desk, &ledger, None);
    assert!(!desk.screen(120, 40).contains("caro@10.4.%"), "{}", desk.screen(120, 40));
}

#[test]
fn the_command_of_somebody_else_is_seen_on_its_way() {
    let mut ledger = running();
    let mut desk = Desk::on(&ledger);
    let last = |desk: &mut Desk| desk.screen(120, 40).lines().nth(38).unwrap().to_owned();
    let at = news(&ledger).clock;
    let key = RequestKey::Command(CommandId(9));
    let handed =
        UnansweredRequest { key, operator: "ben@10.4.%".into(), word: "abort".into(), at: Millis(at.0 - 3_000) };
    let unanswered = vec![handed];
    desk.give(Input::Feed(Report::Update(Box::new(Update { unanswered: unanswered.clone(), ..news(&ledger) }))));
    assert_eq!(last(&mut desk), "in flight: abort by ben@10.4.% · sent 3 s ago, waiting for the worker");
    let alone = Update { unanswered: unanswered.clone(), worker: None, ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(alone))));
    assert!(last(&mut desk).contains("nobody takes it without a worker"), "{}", last(&mut desk));
    let known = ledger.events.len();
    command(&mut ledger, 9, Verb::Pause);
    let events = ledger.events[known..].to_vec();
    desk.give(Input::Feed(Report::Update(Box::new(Update { events, ..news(&ledger) }))));
    assert!(last(&mut desk).starts_with("in flight: pause by bob@10.% · accepted "), "{}", last(&mut desk));
    // One's own is told in one's own line, whoever else is on the way.
    desk.press("Sy");
    desk.give(Input::Feed(Report::Submitted(Ok(CommandId(10)))));
    assert!(last(&mut desk).starts_with("last command: step sent as 10"), "{}", last(&mut desk));
}

#[test]
fn the_evidence_of_a_slower_probe_has_its_plans_as_rows() {
    let mut desk = Desk::on(&three_times());
    desk.press("4");
    let result = CheckResult {
        status: ValidationStatus::Warning,
        class: Some(Class::B),
        result:
            "probe orders_by_day is 3.1 times as slow as before\nplan before:\n{\"query_block\": 1}\nplan after:\nx"
                .into(),
        ..passed(1, None, ValidationPhase::Post, "performance_probe")
    };
    let list = CheckList { batch: BATCH, results: vec![result] };
    list_told(&mut desk, ListRequest::Checks(BATCH), List::Checks(list));
    desk.key(KeyCode::Enter);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("3.1 times as slow as before") && screen.contains("by_status ≠"), "{screen}");
    assert!(!screen.contains("query_block"), "{screen}");
}

#[test]
fn a_rollback_of_another_batch_that_runs_is_looked_at_each_second() {
    let ledger = windowed();
    let batch = ledger.world.batch(BATCH).unwrap();
    let mut window = RollbackSummary::from_rollback(&ledger.world, batch, &batch.rollbacks[&ROLLBACK]);
    (window.rollback.id, window.rollback.batch) = (RollbackId(9), BatchId(7));
    let asks_after = |desk: &mut Desk, ms: u64| {
        desk.effects();
        desk.wait(ms);
        desk.effects().into_iter().any(|effect| matches!(effect, Effect::Ask(Request::Rollbacks)))
    };
    let mut desk = Desk::on(&running());
    desk.press("5");
    desk.give(Input::Feed(Report::Rollbacks(Ok(vec![window.clone()]))));
    assert!(!asks_after(&mut desk, 1_500), "what waits is read again each half minute");
    window.rollback.status = RollbackStatus::Running;
    desk.give(Input::Feed(Report::Rollbacks(Ok(vec![window]))));
    assert!(asks_after(&mut desk, 1_500), "what runs may have ended");
}
