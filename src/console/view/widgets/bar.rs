//! Progress and throughput in one row.

use super::styled_line::StyledLine;
use crate::console::view::theme::Role;

const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// A bar of so many columns, in half cells. It is full only when all is done, and not empty once something is.
pub fn progress(done: u32, total: u32, width: usize) -> StyledLine {
    let halves = 2 * width as u64;
    let (done, total) = (u64::from(done.min(total)), u64::from(total));
    let filled = if total == 0 { 0 } else { (2 * done * halves + total) / (2 * total) };
    let filled = match (done, total) {
        (0, _) => 0,
        (done, total) if done == total => halves,
        _ => filled.clamp(1.min(halves), halves.saturating_sub(1)),
    };
    let (whole, half) = ((filled / 2) as usize, (filled % 2) as usize);
    let bar = format!("{}{}", "━".repeat(whole), "╸".repeat(half));
    StyledLine::from_span(Role::Active, bar).faint("─".repeat(width - whole - half))
}

/// A horizontal bar on a scale; not empty where there is anything.
pub fn blocks(value: u64, most: u64, width: usize) -> String {
    let length = value.saturating_mul(width as u64).checked_div(most).unwrap_or(0);
    let length = usize::try_from(length).unwrap_or(width);
    "▇".repeat(if value > 0 { length.clamp(1, width.max(1)) } else { 0 })
}

/// Values against the largest of them or a given one, newest on the right; `·` where there is none.
pub fn curve(values: &[Option<u64>], most: u64, width: usize) -> StyledLine {
    let values = &values[values.len().saturating_sub(width)..];
    let most = values.iter().flatten().copied().max().unwrap_or(0).max(most).max(1);
    let line = StyledLine::new().faint("·".repeat(width - values.len()));
    values.iter().fold(line, |line, value| match value {
        Some(value) => line.span(Role::Active, LEVELS[(value.saturating_mul(7) / most) as usize]),
        None => line.faint("·"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_does_not_lie_at_its_ends() {
        assert_eq!(progress(0, 100, 4).to_plain(), "────");
        assert_eq!(progress(1, 100, 4).to_plain(), "╸───");
        assert_eq!(progress(99, 100, 4).to_plain(), "━━━╸");
        assert_eq!(progress(100, 100, 4).to_plain(), "━━━━");
        assert_eq!(progress(5, 12, 19).to_plain(), "━━━━━━━━───────────");
        assert_eq!(progress(5, 12, 16).to_plain(), "━━━━━━╸─────────");
        assert_eq!(progress(5, 0, 4).width(), 4);
    }

    #[test]
    fn a_curve_shows_the_newest_and_its_gaps() {
        assert_eq!(curve(&[Some(8), None, Some(0), Some(4)], 0, 5).to_plain(), "·█·▁▄");
        assert_eq!(curve(&[Some(4)], 8, 1).to_plain(), "▄");
    }
}
