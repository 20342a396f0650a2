//! Two columns of lines beside each other, where there is room for both.

use super::styled_line::StyledLine;

/// From this width on two columns have room beside each other.
pub const BESIDE: usize = 100;

/// The lines of both, those of the second from a column on.
pub fn beside(left: Vec<StyledLine>, right: Vec<StyledLine>, column: usize) -> Vec<StyledLine> {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..rows)
        .map(|_| {
            let line = left.next().unwrap_or_default();
            match right.next() {
                Some(other) => line.fill_to(column).then(other),
                None => line,
            }
        })
        .collect()
}
