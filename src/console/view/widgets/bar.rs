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

/// The last values, newest on the right, scaled to the largest.
pub fn sparkline(values: &[u32], width: usize) -> StyledLine {
    let values = &values[values.len().saturating_sub(width)..];
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let line: String = values
        .iter()
        .map(|v| if *v == 0 { " " } else { LEVELS[(u64::from(*v) * 7 / u64::from(most)) as usize] })
        .collect();
    StyledLine::from_span(Role::Active, line)
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
    fn a_sparkline_shows_the_newest() {
        assert_eq!(sparkline(&[9, 0, 1, 8], 3).to_plain(), " ▁█");
        assert_eq!(sparkline(&[], 3).to_plain(), "");
    }
}
