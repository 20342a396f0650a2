//! Screen 4: the results of the checks with their evidence, the worst first, and what passed in one line a file.

use super::empty;
use crate::console::lists::CheckResult;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::checks::{self, CheckRow, PassedChecks, Since};
use crate::console::state::evidence::{self, Evidence};
use crate::console::state::overrides::Stopped;
use crate::console::state::views::RowKey;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table::{self, Cell, Column, left, right};
use crate::console::view::widgets::{bar, scroll};
use crate::console::view::{explain, letting_pass};
use crate::model::{Class, ValidationPhase, ValidationStatus};
use ratatui::layout::Rect;

/// Rows of the evidence and of the bars, with their titles.
const EVIDENCE: u16 = 9;
const BARS: u16 = 5;
/// From this height on the bars are drawn.
const TALL: u16 = 28;
/// From this width on the columns have their full width.
const WIDE: u16 = 110;
const LABEL: usize = 16;
/// The check that holds probes against each other.
const PROBE: &str = "performance_probe";

const COLUMNS: [Column; 7] = [
    left("time", 8),
    left("phase", 6),
    left("file", 26),
    left("check", 18),
    left("class", 5),
    right("took", 7),
    left("result", 0),
];
const NARROW: [Column; 4] = [left("phase", 6), left("file", 24), left("check", 16), left("result", 0)];

/// The panes: the list with its two rows of head, the evidence, the bars.
fn panes(area: Rect) -> (Rect, Rect, Rect) {
    let bars = if area.height >= TALL { BARS } else { 0 };
    let evidence = EVIDENCE.min((area.height - bars) / 2);
    let list = area.height - bars - evidence;
    let at = |y: u16, height| Rect { y: area.y + y, height, ..area };
    (at(0, list), at(list, evidence), at(list + evidence, bars))
}

/// The rows that there are, and how many fit.
pub fn rows(app: &App, area: Rect) -> (Vec<RowKey>, usize) {
    let height = usize::from(panes(area).0.height.saturating_sub(2));
    (checks::rows(app).iter().map(CheckRow::key).collect(), height)
}

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let rows = checks::rows(app);
    let has_results = app.lists.checks.told.as_ref().is_some_and(|list| !list.results.is_empty());
    if !has_results {
        return nothing(app, canvas, area);
    }
    let view = &app.validations;
    if let Some(row) = rows.get(view.cursor).filter(|_| view.opened) {
        let title = StyledLine::from_span(Role::Strong, "Evidence").text("  ").then(name_of(app, row));
        return scroll::pane(canvas, area, title, evidence(app, row, usize::from(area.width)), view.pane_top);
    }
    let (list, below_it, bars) = panes(area);
    canvas.line(list, 0, &summary(app, usize::from(area.width)));
    let columns: &[Column] = if area.width >= WIDE { &COLUMNS } else { &NARROW };
    canvas.line(list, 1, &table::head(columns));
    let body = below(list, 2);
    table::list(canvas, body, view, rows.len(), |n| line(app, &rows[n], area.width >= WIDE));
    if rows.is_empty() {
        canvas.line(body, 0, &StyledLine::new().faint("   no result matches; Esc clears the filter"));
    }
    if let Some(row) = rows.get(view.cursor) {
        let title = StyledLine::from_span(Role::Strong, "Evidence").text("  ").then(name_of(app, row));
        let end = StyledLine::from_span(Role::Key, "Enter").faint(match row {
            CheckRow::Passed(passed) if passed.unfolded => " folds them",
            CheckRow::Passed(_) => " unfolds them",
            CheckRow::One { .. } => " full screen",
        });
        let inner = table::rule(canvas, below_it, title, end);
        canvas.lines(inner, &evidence(app, row, usize::from(inner.width)));
    }
    if bars.height > 0 {
        by_phase(app, canvas, bars);
    }
}

fn nothing(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let slot = &app.lists.checks;
    match (&slot.error, &slot.told) {
        (Some(why), _) => empty::draw(canvas, area, "The results cannot be read.", &[why.as_str()]),
        (None, None) if !app.data.account.untold => {
            empty::draw(canvas, area, "The results are being read.", &["Each result with its evidence."])
        }
        (None, _) => {
            let would_be =
                "Each result with its evidence would be here: what was asked, what was seen, why it matters.";
            empty::draw(canvas, area, "No check has run yet.", &[would_be]);
        }
    }
}

/// What the list holds, and which words a filter takes.
fn summary(app: &App, width: usize) -> StyledLine {
    let filter = &app.validations.filter;
    let passed = checks::counts(app)[ValidationStatus::Passed as usize].iter().sum::<u64>();
    let shown = match filter.is_empty() {
        true => StyledLine::new().text(" all"),
        false => StyledLine::new().text(" ").span(Role::Caution, format!("matching /{}", filter.0)),
    };
    let known: u64 = checks::counts(app).iter().flatten().sum();
    let all: u64 = app.data.batch().map_or(0, |batch| batch.validations.iter().map(|n| u64::from(*n)).sum());
    let shown = if all > known && app.data.part.is_none() {
        shown.span(Role::Caution, format!(", {known} of {all}, the worst"))
    } else {
        shown
    };
    let hint = "/ takes words and phase:pre status:failed class:B file:0044; ! inverts";
    let are = if passed == 1 { "is" } else { "are" };
    let folded = format!("; {passed} passed {are} folded, a line for each file");
    let (short, shorter) = (format!("; {passed} passed {are} folded"), "/ phase:pre status:failed; ! inverts");
    let (folded, short) = (folded.as_str(), short.as_str());
    let ways = [(folded, hint), (folded, shorter), (short, shorter), (short, "")];
    let told = ways.into_iter().map(|(folded, hint)| shown.clone().text(folded).text("  ").faint(hint));
    let last = StyledLine::new();
    told.fold(last, |chosen, line| if chosen.width() > 0 && chosen.width() <= width { chosen } else { line })
}

/// The sign of a result and its role; what stops nothing any more is faint.
fn sign(result: &CheckResult, is_over: bool) -> (Role, &'static str) {
    match result.status {
        ValidationStatus::Failed if is_over => (Role::Faint, "✗"),
        ValidationStatus::Failed => (Role::Bad, "✗"),
        ValidationStatus::Warning => (Role::Text, "!"),
        ValidationStatus::Passed => (Role::Faint, "✓"),
    }
}

fn line(app: &App, row: &CheckRow<'_>, wide: bool) -> (StyledLine, &'static str) {
    let (sign, cells, end) = match row {
        CheckRow::One { result, since, inside } => {
            let sign = sign(result, since.is_some());
            let role = if since.is_some() || *inside { Role::Faint } else { Role::Text };
            let said = checks::first_line(result);
            let said = match since {
                Some(Since::Retried) => format!("retried: {said}"),
                Some(Since::LetPass) => format!("let pass: {said}"),
                None => said.to_owned(),
            };
            let name = if *inside { "  └".to_owned() } else { checks::file_name(app, result.file) };
            let class = result.class.map_or(String::new(), |class| class.to_string());
            let cells = [
                times::clock(result.at),
                result.phase.to_string(),
                name,
                result.check.clone(),
                class,
                times::span(result.ms),
                said,
            ];
            (sign, cells.map(|text| (role, SafeText::new(text))), "")
        }
        CheckRow::Passed(passed) => {
            let cells = [
                times::clock(passed.at),
                passed.phase.map_or("all", ValidationPhase::as_str).to_owned(),
                checks::file_name(app, passed.file),
                times::count(passed.count, "check"),
                String::new(),
                times::span(passed.ms),
                all_passed(passed),
            ];
            let end = if passed.unfolded { "▾" } else { "▸" };
            ((Role::Faint, "✓"), cells.map(|text| (Role::Faint, SafeText::new(text))), end)
        }
    };
    (table::row(if wide { &COLUMNS } else { &NARROW }, sign, of_width(cells, wide)), end)
}

/// A narrow screen leaves out time, class and duration: the evidence has them.
fn of_width(cells: [Cell; 7], wide: bool) -> Vec<Cell> {
    let all = cells.into_iter().enumerate();
    all.filter(|(n, _)| wide || matches!(n, 1 | 2 | 3 | 6)).map(|(_, cell)| cell).collect()
}

fn all_passed(passed: &PassedChecks) -> String {
    match passed.others {
        0 => "all passed".into(),
        1 => "all passed but the one above".into(),
        n => format!("all passed but the {n} above"),
    }
}

/// Check, file and place of a row.
fn name_of(app: &App, row: &CheckRow<'_>) -> StyledLine {
    match row {
        CheckRow::Passed(passed) => StyledLine::new().text(format!(
            "{} of {}",
            times::count(passed.count, "check"),
            checks::file_name(app, passed.file)
        )),
        CheckRow::One { result, .. } => {
            let first = Evidence::new(&result.result).seen.first().copied().unwrap_or_default();
            let (place, _) = evidence::place(first);
            let place = if place.is_empty() { place } else { format!(" · {place}") };
            let name = checks::file_name(app, result.file);
            StyledLine::from_span(Role::Strong, &*result.check).text(format!(" · {name}{place}"))
        }
    }
}

fn evidence(app: &App, row: &CheckRow<'_>, width: usize) -> Vec<StyledLine> {
    let CheckRow::One { result, since, .. } = row else {
        let CheckRow::Passed(passed) = row else { return Vec::new() };
        let names = passed_names(app, passed);
        return table::facts([("what passed", StyledLine::new().text(names))], LABEL, width);
    };
    let evidence = Evidence::new(&result.result);
    let told = [
        ("what was asked", evidence.asked),
        ("what was seen", evidence.seen),
        ("why it matters", evidence.why),
        ("safer form", evidence.safer),
        ("not known yet", evidence.unknown),
    ];
    let mut facts: Vec<(&'static str, StyledLine)> = Vec::new();
    // Plans are held against each other below; the text has them as the server gave them.
    let is_told = |text: &&str| !text.starts_with("plan before:");
    for (label, texts) in told {
        let texts: Vec<&str> = texts.into_iter().take_while(is_told).collect();
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        facts.extend(labels.zip(texts.into_iter().map(|text| StyledLine::new().text(text))));
    }
    if result.status != ValidationStatus::Passed {
        facts.push(("class", class(result)));
    }
    let policies = evidence.policy.into_iter().map(|key| ("policy", StyledLine::new().text(policy(key))));
    facts.extend(policies);
    let let_pass = evidence.let_pass.into_iter().map(|who| StyledLine::new().text(format!("by {who}")));
    facts.extend(let_pass.map(|who| ("let pass", who)));
    facts.extend(past(app, result).filter(|_| since.is_none()).map(|way| ("way past it", way)));
    if let Some(since) = since {
        let words = match since {
            Since::Retried => "a retry has passed it",
            Since::LetPass => "it is let pass, and told as a warning",
        };
        facts.push(("since", StyledLine::new().text(words)));
    }
    let when = format!("{}, {} check, took {}", times::stamp(result.at), result.phase, times::span(result.ms));
    facts.push(("when", StyledLine::new().text(when)));
    let mut lines = table::facts(facts, LABEL, width);
    if result.check == PROBE && result.status != ValidationStatus::Passed {
        lines.extend(app.data.batch().map(|batch| explain::lines(batch, width)).unwrap_or_default());
    }
    lines
}

/// Who can let it pass, where it keeps its file from running.
fn past(app: &App, result: &CheckResult) -> Option<StyledLine> {
    let batch = app.data.batch().filter(|_| result.status == ValidationStatus::Failed)?;
    letting_pass::line(app, batch, &Stopped { file: result.file?, checks: vec![result.check.clone()] })
}

fn passed_names(app: &App, passed: &PassedChecks) -> String {
    let list = app.lists.checks.told.iter().flat_map(|list| &list.results);
    let mut names: Vec<&str> = list
        .filter(|r| r.file == passed.file && r.status == ValidationStatus::Passed)
        .map(|r| r.check.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// Consequence of a finding, by its class.
fn class(result: &CheckResult) -> StyledLine {
    let words = match (result.class, result.status) {
        (Some(Class::A), _) => "A: the file is undone at once".to_owned(),
        (Some(class), _) => format!("{class}: a window is opened, in which somebody decides about a rollback"),
        (None, ValidationStatus::Warning) => "none, a warning: nothing was stopped and no window was opened".to_owned(),
        (None, _) => "none: the file did not go on".to_owned(),
    };
    StyledLine::new().text(words)
}

fn policy(key: &str) -> String {
    match key.strip_prefix("checks.") {
        Some(check) if !check.contains(' ') => format!("[checks] {check} = \"off\", \"warn\" or \"block\""),
        _ => key.to_owned(),
    }
}

/// Counts by status and phase, as bars on one scale.
fn by_phase(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let title = StyledLine::from_span(Role::Strong, "By check and phase");
    let inner = table::rule(canvas, area, title, StyledLine::new());
    let counts = checks::counts(app);
    let most = counts.iter().flatten().copied().max().unwrap_or(0);
    let width = (usize::from(area.width).saturating_sub(14) / ValidationPhase::ALL.len()).max(14);
    let mut head = StyledLine::new().text(" ".repeat(14));
    for phase in ValidationPhase::ALL {
        head = head.faint(SafeText::new(format!("{:>7}", phase.as_str())).pad(width));
    }
    canvas.line(inner, 0, &head);
    let rows = [
        ("passed", ValidationStatus::Passed, Role::Text),
        ("warned", ValidationStatus::Warning, Role::Text),
        ("failed", ValidationStatus::Failed, Role::Bad),
    ];
    for (row, (name, status, role)) in (1..).zip(rows) {
        let mut line = StyledLine::new().text(" ").text(SafeText::new(name).pad(13));
        for phase in ValidationPhase::ALL {
            let count = counts[status as usize][*phase as usize];
            let role = if count == 0 { Role::Faint } else { role };
            let number = if count == 0 { "·".to_owned() } else { count.to_string() };
            let bar = bar::blocks(count, most, width.saturating_sub(10));
            let blank = width.saturating_sub(8 + bar.chars().count());
            line = line.span(role, SafeText::new(number).pad_start(7)).text(" ").span(role, bar);
            line = line.text(" ".repeat(blank));
        }
        canvas.line(inner, row, &line);
    }
}
