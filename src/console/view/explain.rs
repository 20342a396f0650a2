//! The plans of slower queries, as the server explained them before and after: beside each other, with `≠` at what is
//! another one.

use crate::console::safe_text::SafeText;
use crate::console::state::probes::{self, ComparedProbe};
use crate::console::state::query_plan::QueryPlan;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::bar;
use crate::console::view::widgets::beside::{BESIDE, beside};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Batch, MeasuredProbe};

/// Runs that a curve shows.
const RUNS: usize = 20;

/// Two of each slower probe, the worst first; empty where the batch has measured none.
pub fn lines(batch: &Batch, width: usize) -> Vec<StyledLine> {
    let slower = probes::slower(batch);
    let measured = probes::count(batch);
    if slower.is_empty() && measured > 0 {
        let words = format!(" no probe of batch {} is slower by more than it may be: {measured} measured", batch.id);
        return vec![StyledLine::new().faint(words)];
    }
    let blank = |n: usize| (n > 0).then(StyledLine::new);
    slower.iter().enumerate().flat_map(|(n, probe)| blank(n).into_iter().chain(compared(probe, width))).collect()
}

fn compared(probe: &ComparedProbe<'_>, width: usize) -> Vec<StyledLine> {
    let before = QueryPlan::new(probe.before.plan.as_deref().unwrap_or_default());
    let after = QueryPlan::new(probe.after.plan.as_deref().unwrap_or_default());
    let half = if width >= BESIDE { width / 2 - 1 } else { width };
    let side = |word: &str, measured: &MeasuredProbe, plan: &QueryPlan, other: Option<&QueryPlan>| {
        let mut lines = vec![head(word, measured)];
        lines.extend(sql(measured, half));
        lines.extend(table(plan, other, half));
        lines
    };
    let ratio = match (probe.ratio, &probe.after.failed) {
        (Some(ratio), _) => format!("{ratio:.1} times as slow"),
        (None, Some(failure)) => failure.message.clone(),
        (None, None) => "not measured after".to_owned(),
    };
    let name = StyledLine::new().text(" probe ").span(Role::Strong, &*probe.before.probe.name);
    let mut lines = name.span(Role::Bad, format!("  {ratio}")).wrap(width);
    let (was, is) = (side("before", probe.before, &before, None), side("after", probe.after, &after, Some(&before)));
    match width >= BESIDE {
        true => lines.extend(beside(was, is, width / 2)),
        false => lines.extend(was.into_iter().chain(is)),
    }
    lines.extend(runs(probe).wrap(width));
    lines
}

fn head(word: &str, measured: &MeasuredProbe) -> StyledLine {
    let line = StyledLine::new().text(" ").span(Role::Strong, format!("EXPLAIN {word}"));
    match measured.median_us() {
        Some(us) => line.faint("  median ").text(ms(us)).faint(format!(" of {} runs", measured.us.len())),
        None => line.faint("  not measured"),
    }
}

fn ms(us: u64) -> String {
    match us {
        0..100_000 => format!("{:.1} ms", us as f64 / 1_000.0),
        us => format!("{} ms", us / 1_000),
    }
}

fn sql(measured: &MeasuredProbe, width: usize) -> Vec<StyledLine> {
    let text = measured.probe.sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = StyledLine::new().text(text).wrap(width.saturating_sub(1));
    lines.into_iter().map(|line| StyledLine::new().text(" ").then(line)).collect()
}

/// The rows of a plan; of the one after, each cell that is another one than before has a sign.
fn table(plan: &QueryPlan, before: Option<&QueryPlan>, room: usize) -> Vec<StyledLine> {
    if plan.rows.is_empty() {
        return vec![StyledLine::new().faint(" the server gave no plan")];
    }
    let is_other = |row: usize, column: usize| before.is_some_and(|before| plan.differs(before, row, column));
    let cell = |row: usize, column: usize, text: &str| {
        let text = SafeText::new(text);
        if is_other(row, column) { SafeText::new(format!("{text} ≠")) } else { text }
    };
    let width = |column: usize| {
        let cells = plan.rows.iter().enumerate().filter_map(|(row, cells)| Some((row, cells.get(column)?)));
        let widest = cells.map(|(row, text)| cell(row, column, text).width()).max().unwrap_or(0);
        widest.max(plan.head.get(column).map_or(0, |head| head.len()))
    };
    let last = plan.head.len().saturating_sub(1);
    let pad = |text: SafeText, column: usize| if column == last { text } else { text.pad(width(column) + 2) };
    let heads = plan
        .head
        .iter()
        .enumerate()
        .fold(StyledLine::new().text(" "), |line, (column, head)| line.faint(pad(SafeText::new(*head), column)));
    let mut lines = vec![heads];
    for (row, cells) in plan.rows.iter().enumerate() {
        let role = |column: usize| if is_other(row, column) { Role::Caution } else { Role::Text };
        let begin = cells.iter().enumerate().take(last).fold(StyledLine::new().text(" "), |line, (column, text)| {
            line.span(role(column), pad(cell(row, column, text), column))
        });
        // What does not fit goes on below its own column.
        let indent = begin.width();
        let text = cells.get(last).map_or_else(SafeText::default, |text| cell(row, last, text));
        let parts = StyledLine::from_span(role(last), text).wrap(room.saturating_sub(indent).max(10));
        lines.extend(parts.into_iter().enumerate().map(|(n, part)| match n {
            0 => begin.clone().then(part),
            _ => StyledLine::new().text(" ".repeat(indent)).then(part),
        }));
    }
    let gone = before.map_or(0, |before| before.rows.len().saturating_sub(plan.rows.len()));
    if gone > 0 {
        lines.push(StyledLine::from_span(Role::Caution, format!(" ≠ {} before", times::count(gone, "more row"))));
    }
    lines
}

/// The runs on one scale, their range, and how far those before lie apart.
fn runs(probe: &ComparedProbe<'_>) -> StyledLine {
    let all = probe.before.us.iter().chain(&probe.after.us);
    let most = all.max().copied().unwrap_or(0);
    let of = |line: StyledLine, word: &str, measured: &MeasuredProbe| {
        let Some((least, longest)) = measured.us.iter().min().zip(measured.us.iter().max()) else { return line };
        let values: Vec<Option<u64>> = measured.us.iter().rev().take(RUNS).rev().map(|us| Some(*us)).collect();
        let curve = bar::curve(&values, most, values.len());
        let range = format!(" {:.1}-{:.1}  ", *least as f64 / 1_000.0, *longest as f64 / 1_000.0);
        line.faint(format!("{word} ")).then(curve).text(range)
    };
    let line = StyledLine::new().faint(" runs, ms  ");
    let line = of(of(line, "before", probe.before), "after", probe.after);
    let noise = probe.before.deviation_us().zip(probe.before.median_us());
    match noise {
        Some((deviation, median)) => line.faint(format!("noise {} %", deviation * 100 / median.max(1))),
        None => line,
    }
}
