//! The Graph: waves, lines, what is left, what a failure leads to.

use super::look::look;
use super::support::*;
use crate::console::feed::{Update, Worker};
use crate::console::state::message::{Input, Report};
use crate::console::state::options::Options;
use crate::console::view::theme::Role;
use crate::model::testing::{Ledger, submission};
use crate::model::{
    Expected, ExpectedSource, FileId, FileType, Live, LiveBlocker, LiveStatement, Millis, Phase, Stage,
};
use crossterm::event::KeyCode;

/// Name, wave, seconds of each statement, needs.
type Shape = (&'static str, u32, &'static [u64], &'static [usize]);

const MONEY: &[Shape] = &[
    ("0041_customers_locale.sql", 1, &[20, 22], &[]),
    ("0042_currencies.sql", 1, &[1, 2], &[]),
    ("0043_orders_currency.sql", 2, &[200, 58], &[1]),
    ("0044_order_items_cents.sql", 2, &[100, 100, 100, 112], &[1]),
    ("0045_loyalty_rules.toml", 2, &[1], &[0]),
    ("0046_orders_total_cents.sql", 3, &[200, 200, 900, 120], &[2, 3]),
    ("0047_payments_cents.sql", 3, &[500, 500, 20], &[2, 3]),
    ("0048_refunds.sql", 3, &[30, 40], &[2]),
    ("0049_orders_drop_total.sql", 4, &[30, 35], &[5]),
    ("0050_invoice_totals_view.sql", 4, &[2], &[5, 6]),
    ("0051_invoice_rounding.sql", 5, &[560], &[9]),
    ("0052_money.md", 5, &[1], &[0, 8]),
];

fn batch_of(shapes: &[Shape]) -> Ledger {
    let files: Vec<(FileType, u32, &[usize])> =
        shapes.iter().map(|(_, _, ms, needs)| (FileType::Doctrine, ms.len() as u32, *needs)).collect();
    let mut plan = submission(&files);
    plan.name = "money in cents".into();
    for (file, (name, wave, seconds, _)) in plan.files.iter_mut().zip(shapes) {
        file.path = format!("migrations/{name}");
        file.wave = *wave;
        let statements = seconds.iter().map(|s| s * 1_000).collect();
        let source = ExpectedSource::Rehearsed { at: Millis(1_768_000_000_000) };
        file.expected = Some(Box::new(Expected::from_statements(source, statements)));
    }
    submitted(plan)
}

/// Three files of the third wave are under way.
fn money() -> Ledger {
    let mut ledger = batch_of(MONEY);
    (1..=5).for_each(|file| complete(&mut ledger, FileId(file)));
    for (file, done) in [(6, 2), (7, 2)] {
        begin(&mut ledger, FileId(file));
        for n in 0..done {
            send(&mut ledger, FileId(file), n, Phase::Forward);
            super::support::done(&mut ledger, FileId(file));
        }
        send(&mut ledger, FileId(file), done, Phase::Forward);
    }
    ledger
}

/// What the worker sees: one is far on, one waits for somebody's lock.
fn seen() -> Live {
    let statement = |file, statement| LiveStatement {
        batch: BATCH,
        file: FileId(file),
        phase: Phase::Forward,
        statement,
        elapsed_ms: 60_000,
        ..LiveStatement::default()
    };
    let stage = Stage { done_permille: Some(610), left_ms: Some(360_000), ..Stage::default() };
    let blocker = LiveBlocker { connection: 8093, ..LiveBlocker::default() };
    Live {
        statements: vec![
            LiveStatement { stage: Some(stage), ..statement(6, 2) },
            LiveStatement { blocked_by: vec![blocker], ..statement(7, 2) },
        ],
        ..Live::default()
    }
}

fn on(ledger: &Ledger) -> Desk {
    let mut desk = Desk::on(ledger);
    desk.press("3");
    desk
}

fn running() -> Desk {
    let ledger = money();
    let mut desk = on(&ledger);
    let update = || Update { live: Some(seen()), ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update()))));
    desk.wait(5_000);
    desk.give(Input::Feed(Report::Update(Box::new(update()))));
    desk
}

fn failed() -> Desk {
    let mut ledger = money();
    fails(&mut ledger, FileId(6), 2);
    on(&ledger)
}

fn without_worker() -> Desk {
    let ledger = money();
    let mut desk = on(&ledger);
    let gone = Worker { holder: "w1".into(), alive: false, age_ms: 48_000 };
    desk.give(Input::Feed(Report::Update(Box::new(Update { worker: Some(gone), ..news(&ledger) }))));
    desk
}

#[test]
fn the_graph_looks_like_this() {
    let one_wave = batch_of(&[("0001_a.sql", 1, &[1], &[]), ("0002_b.sql", 1, &[1], &[])]);
    let scenes = [
        ("running", running()),
        ("failed", failed()),
        ("no_worker", without_worker()),
        ("one_wave", on(&one_wave)),
        ("empty", on(&Ledger::default())),
    ];
    for (name, mut desk) in scenes {
        look(&format!("waves_{name}"), &mut desk);
    }
}

#[test]
fn the_path_is_heavy_and_the_cursor_makes_its_own_lines_active() {
    let mut desk = running();
    desk.press("k");
    assert_eq!(
        desk.app.graph.cursor,
        Some(FileId(5)),
        "upwards from the first of the wave: the last of the one before"
    );
    desk.press("jj");
    assert_eq!(desk.app.graph.cursor, Some(FileId(7)));
    let buffer = desk.frame(120, 40);
    let theme = desk.app.theme;
    let screen = text(&buffer);
    let heavy = screen.lines().find(|line| line.contains("0046 orders")).unwrap();
    assert!(heavy.contains('━'), "{heavy}");
    assert_eq!(style_of(&buffer, "0047 payments").add_modifier, theme.style(Role::Selected).add_modifier);
    let active =
        buffer.content().iter().filter(|cell| cell.symbol() == "▶" && cell.fg == theme.style(Role::Active).fg.unwrap());
    assert!(active.count() >= 2, "the arrow into it, and the one out of it");
}

#[test]
fn the_cursor_goes_along_needs_from_wave_to_wave_and_opens_a_file() {
    let mut desk = running();
    assert_eq!(desk.app.graph.cursor, Some(FileId(6)), "what decides the end");
    desk.press("l");
    assert_eq!(desk.app.graph.cursor, Some(FileId(9)));
    desk.press("h");
    assert_eq!(desk.app.graph.cursor, Some(FileId(6)));
    desk.press("hhh");
    assert_eq!(desk.app.graph.cursor, Some(FileId(2)), "at the first wave it stays");
    desk.press("G");
    assert_eq!(desk.app.graph.cursor, Some(FileId(12)));
    desk.key(KeyCode::Enter);
    assert_eq!(desk.app.detail.as_ref().map(|detail| detail.file), Some(FileId(12)));
}

#[test]
fn what_is_left_says_how_each_time_is_known() {
    let screen = running().screen(120, 40);
    for words in [
        "6 min (measured), then 1 statement, 2m",
        "once the lock is free; unknown until then",
        "(rehearsed)",
        "4 files cannot run: 0049, 0050, 0051, 0052",
        "so class A",
    ] {
        assert!(screen.contains(words), "{words:?} is not in\n{screen}");
    }
    assert!(without_worker().screen(120, 40).contains("What is left  no ETA without a worker"));
}

#[test]
fn of_a_large_wave_those_that_matter_are_shown_and_the_rest_is_counted() {
    let shape = |n: usize| ("x.sql", if n < 40 { 1 } else { 2 }, &[1][..], &[][..]);
    let shapes: Vec<Shape> = (0..80).map(shape).collect();
    let mut ledger = batch_of(&shapes);
    (1..=40).for_each(|file| complete(&mut ledger, FileId(file)));
    let mut desk = on(&ledger);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("more, all ✓"), "{screen}");
    let columns = &desk.app.graph.columns;
    assert!(columns.iter().all(|column| column.files.len() + column.hidden == 40), "{columns:?}");
    assert!(columns[1].files.contains(&desk.app.graph.cursor.unwrap()));
}

#[test]
fn in_ascii_no_sign_is_unknown() {
    let ledger = money();
    let options = Options { ascii: true, ..Options::default() };
    let mut desk = Desk::with(&ledger, attached(&ledger), &options);
    desk.press("3");
    let screen = desk.screen(120, 40);
    assert!(screen.is_ascii(), "{screen}");
    let graph: Vec<&str> = screen.lines().skip(4).take(24).collect();
    assert!(!graph.concat().contains("? "), "{screen}");
}

#[test]
fn a_filter_shows_the_files_that_pass_and_how_they_hang_together() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut desk = running();
        desk.frame(width, height);
        desk.press("/");
        desk.press("cents state:migrating");
        desk.key(KeyCode::Enter);
        let screen = desk.screen(width, height);
        assert!(screen.contains("matching /cents state:migrating"), "{screen}");
        assert!(
            screen.contains("0046") && screen.contains("0047 payments") || screen.contains("0047_payments"),
            "{screen}"
        );
        let waves: Vec<usize> = desk.app.graph.waves.iter().map(|wave| wave.files.len()).collect();
        assert_eq!(waves, [2]);
        desk.press("/x");
        let screen = desk.screen(width, height);
        assert!(screen.contains("no file matches"), "{screen}");
        desk.key(KeyCode::Esc);
        desk.key(KeyCode::Esc);
        assert_eq!(desk.app.graph.waves.len(), 5, "Esc clears it");
    }
}
