//! Lines on a grid, light and heavy, which join where they meet.

use super::canvas::Canvas;
use super::styled_line::StyledLine;
use crate::console::view::theme::Role;
use ratatui::layout::Rect;

/// Weight of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    Light = 1,
    Heavy = 2,
}

/// Look of a line.
#[derive(Debug, Clone, Copy)]
pub struct Pen {
    pub weight: Weight,
    pub role: Role,
    /// The role of the highest rank wins where lines meet.
    pub rank: u8,
}

/// The four arms of a cell: up, right, down, left.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    arms: [u8; 4],
    look: Option<(u8, Role)>,
    arrow: bool,
}

const UP: usize = 0;
const RIGHT: usize = 1;
const DOWN: usize = 2;
const LEFT: usize = 3;

/// Signs by their arms: up + 3 right + 9 down + 27 left, each 0, light or heavy.
const SIGNS: &str = " ╵╹╶╰┖╺┕┗╷│╿╭├┞┍┝┡╻╽┃┎┟┠┏┢┣╴╯┚─┴┸╼┶┺╮┤┦┬┼╀┮┾╄┒┧┨┰╁╂┲╆╊╸┙┛╾┵┹━┷┻┑┥┩┭┽╃┯┿╇┓┪┫┱╅╉┳╈╋";

/// Lines over an area.
#[derive(Debug)]
pub struct LineGrid {
    width: u16,
    cells: Vec<Cell>,
}

impl LineGrid {
    /// An empty grid.
    pub fn new(width: u16, height: u16) -> LineGrid {
        LineGrid { width, cells: vec![Cell::default(); usize::from(width) * usize::from(height)] }
    }

    fn cell(&mut self, x: u16, y: u16) -> Option<&mut Cell> {
        let at = usize::from(y) * usize::from(self.width) + usize::from(x);
        self.cells.get_mut(at).filter(|_| x < self.width)
    }

    fn arm(&mut self, x: u16, y: u16, arm: usize, pen: Pen) {
        let Some(cell) = self.cell(x, y) else { return };
        cell.arms[arm] = cell.arms[arm].max(pen.weight as u8);
        if cell.look.is_none_or(|(rank, _)| rank <= pen.rank) {
            cell.look = Some((pen.rank, pen.role));
        }
    }

    /// A line along a row, from the left edge of a cell to the middle of another.
    pub fn across(&mut self, (from, to): (u16, u16), y: u16, pen: Pen) {
        for x in from..=to {
            self.arm(x, y, LEFT, pen);
            if x < to {
                self.arm(x, y, RIGHT, pen);
            }
        }
    }

    /// A line from the middle of a cell to the right edge of another.
    pub fn onward(&mut self, (from, to): (u16, u16), y: u16, pen: Pen) {
        for x in from..=to {
            self.arm(x, y, RIGHT, pen);
            if x > from {
                self.arm(x, y, LEFT, pen);
            }
        }
    }

    /// A line along a column, from the middle of a cell to that of another, up or down.
    pub fn along(&mut self, x: u16, (from, to): (u16, u16), pen: Pen) {
        for y in from.min(to)..from.max(to) {
            self.arm(x, y, DOWN, pen);
            self.arm(x, y + 1, UP, pen);
        }
    }

    /// The head of an arrow to the right.
    pub fn arrow(&mut self, x: u16, y: u16, pen: Pen) {
        self.arm(x, y, LEFT, pen);
        if let Some(cell) = self.cell(x, y) {
            cell.arrow = true;
        }
    }

    /// Draws the lines and nothing between them.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let signs: Vec<char> = SIGNS.chars().collect();
        for (at, cell) in self.cells.iter().enumerate() {
            let Some((_, role)) = cell.look else { continue };
            let (x, y) = (at % usize::from(self.width), at / usize::from(self.width));
            let (x, y) = (u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(y).unwrap_or(u16::MAX));
            let index = cell.arms.iter().rev().fold(0, |sum, arm| sum * 3 + usize::from(*arm));
            let sign = if cell.arrow { '▶' } else { signs.get(index).copied().unwrap_or(' ') };
            if x < area.width && y < area.height {
                let place = Rect { x: area.x + x, y: area.y + y, width: 1, height: 1 };
                canvas.line(place, 0, &StyledLine::from_span(role, sign.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::options::{Theme, ThemeName};
    use crate::console::tests::support::text;
    use ratatui::buffer::Buffer;

    fn drawn(grid: &LineGrid, width: u16, height: u16) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut canvas = Canvas { buffer: &mut buffer, theme: Theme { name: ThemeName::Default, colour: true } };
        grid.draw(&mut canvas, area);
        text(&buffer)
    }

    #[test]
    fn every_sign_stands_for_its_arms() {
        assert_eq!(SIGNS.chars().count(), 81);
        let mut all: Vec<char> = SIGNS.chars().collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 81);
    }

    #[test]
    fn lines_join_where_they_meet_and_the_heavy_one_stays_heavy() {
        let light = Pen { weight: Weight::Light, role: Role::Faint, rank: 0 };
        let heavy = Pen { weight: Weight::Heavy, role: Role::Text, rank: 1 };
        let mut grid = LineGrid::new(4, 3);
        for (y, pen) in [(0, light), (2, heavy)] {
            grid.across((0, 1), 1, pen);
            grid.along(1, (1, y), pen);
            grid.onward((1, 2), y, pen);
            grid.arrow(3, y, pen);
        }
        assert_eq!(drawn(&grid, 4, 3), " ╭─▶\n━┪\n ┗━▶");
    }

    #[test]
    fn outside_nothing_is_drawn() {
        let pen = Pen { weight: Weight::Light, role: Role::Faint, rank: 0 };
        let mut grid = LineGrid::new(2, 1);
        grid.across((0, 9), 0, pen);
        grid.along(0, (0, 7), pen);
        grid.arrow(5, 5, pen);
        assert_eq!(drawn(&grid, 2, 1), "┬─");
    }
}
