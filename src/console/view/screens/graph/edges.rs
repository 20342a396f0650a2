//! Lines between the boxes. Between two waves there is a gutter: a line leaves a box, turns in a bus, and ends in an
//! arrow. Needs that have an end in common share a bus; others that would cross it have one of their own, while there is
//! room. What passes a wave goes through the row of air below the box where it begins.

use super::panes::HEIGHT;
use crate::console::state::graph::Edge;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::line_grid::{LineGrid, Pen, Weight};
use ratatui::layout::Rect;

/// The most buses in one gutter.
const BUSES: usize = 3;

/// A piece of an edge in one gutter: from a row on its left to one on its right.
#[derive(Debug, Clone, Copy)]
struct Piece {
    gap: usize,
    left: u16,
    right: u16,
    /// It begins at a box, and ends at one.
    begins: bool,
    ends: bool,
    pen: Pen,
    /// Place among the buses.
    bus: usize,
}

/// All edges, in pieces.
#[derive(Debug)]
pub struct Routes {
    pieces: Vec<Piece>,
    buses: usize,
}

fn row(lane: usize) -> u16 {
    u16::try_from(lane).unwrap_or(u16::MAX / HEIGHT) * HEIGHT
}

fn pen(edge: &Edge) -> Pen {
    let weight = if edge.heavy { Weight::Heavy } else { Weight::Light };
    match edge.of_cursor {
        true => Pen { weight, role: Role::Active, rank: 2 },
        false => Pen { weight, role: Role::Faint, rank: u8::from(edge.heavy) },
    }
}

impl Routes {
    /// The ways of the edges in a graph of so many rows.
    pub fn new(edges: &[Edge], height: u16) -> Routes {
        let mut pieces: Vec<Piece> = edges.iter().flat_map(|edge| pieces(edge, height)).collect();
        let gaps = pieces.iter().map(|piece| piece.gap + 1).max().unwrap_or_default();
        let mut buses = 1;
        for gap in 0..gaps {
            let mut here: Vec<&mut Piece> = pieces.iter_mut().filter(|piece| piece.gap == gap).collect();
            buses = buses.max(assign(&mut here));
        }
        Routes { pieces, buses }
    }

    /// Columns that the lines between two waves take.
    pub fn gutter(&self) -> u16 {
        u16::try_from(self.buses).unwrap_or_default() + 2
    }

    /// Draws them; a wave is `width` columns wide, its gutter included.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, width: u16) {
        let mut grid = LineGrid::new(area.width, area.height);
        let gutter = self.gutter();
        for piece in &self.pieces {
            let start = u16::try_from(piece.gap).unwrap_or_default() * width;
            let end = start + width - 1;
            let bus = end + 2 - gutter + u16::try_from(piece.bus).unwrap_or_default();
            let begin = if piece.begins { end + 1 - gutter } else { start };
            grid.across((begin, bus), piece.left, piece.pen);
            grid.along(bus, (piece.left, piece.right), piece.pen);
            if piece.ends {
                grid.onward((bus, end - 1), piece.right, piece.pen);
                grid.arrow(end, piece.right, piece.pen);
            } else {
                grid.onward((bus, end), piece.right, piece.pen);
            }
        }
        grid.draw(canvas, area);
    }
}

fn pieces(edge: &Edge, height: u16) -> Vec<Piece> {
    let (from, to) = (row(edge.from.1), row(edge.to.1));
    let below = from + HEIGHT - 1;
    // The last box has no air below it where the space ends.
    let passing = if below < height { below } else { from.saturating_sub(1) };
    let last = edge.to.0 - 1;
    let piece = |gap: usize| Piece {
        gap,
        left: if gap == edge.from.0 { from } else { passing },
        right: if gap == last { to } else { passing },
        begins: gap == edge.from.0,
        ends: gap == last,
        pen: pen(edge),
        bus: 0,
    };
    (edge.from.0..=last).map(piece).collect()
}

/// Pieces that share a bus: the rows between which it goes, and the rows where it is entered and left.
struct Group {
    top: u16,
    bottom: u16,
    lefts: Vec<u16>,
    rights: Vec<u16>,
    bus: Option<usize>,
}

/// Gives each group of pieces with an end in common a bus of its own where it would meet another's. One that is entered
/// in a row that another is left in comes before it, so that the two do not run into each other. The number of buses.
fn assign(pieces: &mut [&mut Piece]) -> usize {
    let of = groups(pieces);
    let count = of.iter().max().map_or(0, |last| last + 1);
    let rows = |group: usize, row: fn(&Piece) -> u16| -> Vec<u16> {
        pieces.iter().zip(&of).filter(|(_, g)| **g == group).map(|(piece, _)| row(piece)).collect()
    };
    let mut all: Vec<Group> = Vec::with_capacity(count);
    for group in 0..count {
        let (lefts, rights) = (rows(group, |piece| piece.left), rows(group, |piece| piece.right));
        let ends = || lefts.iter().chain(&rights).copied();
        let (top, bottom) = (ends().min().unwrap_or_default(), ends().max().unwrap_or_default());
        all.push(Group { top, bottom, lefts, rights, bus: None });
    }
    let mut buses = 1;
    let mut open: Vec<usize> = (0..count).filter(|group| all[*group].top < all[*group].bottom).collect();
    open.sort_by_key(|group| (all[*group].top, *group));
    while !open.is_empty() {
        let precedes =
            |one: usize, other: usize| one != other && all[one].lefts.iter().any(|row| all[other].rights.contains(row));
        let free = open.iter().position(|group| !open.iter().any(|other| precedes(*other, *group))).unwrap_or(0);
        let group = open.remove(free);
        let before = (0..count).filter(|other| precedes(*other, group)).filter_map(|other| all[other].bus);
        let least = before.map(|bus| bus + 1).max().unwrap_or_default();
        let meets = |bus: usize| {
            let other = |other: &&Group| other.bus == Some(bus);
            all.iter().filter(other).any(|o| o.top <= all[group].bottom && all[group].top <= o.bottom)
        };
        let bus = (least..BUSES).find(|bus| !meets(*bus)).unwrap_or(BUSES - 1);
        all[group].bus = Some(bus);
        buses = buses.max(bus + 1);
    }
    pieces.iter_mut().zip(&of).for_each(|(piece, group)| piece.bus = all[*group].bus.unwrap_or_default());
    buses
}

/// The group of each piece: those with the same row on the left, or on the right, are one.
fn groups(pieces: &[&mut Piece]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..pieces.len()).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for one in 0..pieces.len() {
            for other in 0..one {
                let meet = pieces[one].left == pieces[other].left || pieces[one].right == pieces[other].right;
                let least = groups[one].min(groups[other]);
                if meet && groups[one] != groups[other] {
                    (groups[one], groups[other]) = (least, least);
                    changed = true;
                }
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::options::{Theme, ThemeName};
    use crate::console::tests::support::text;
    use ratatui::buffer::Buffer;

    fn edge(from: (usize, usize), to: (usize, usize)) -> Edge {
        Edge { from, to, heavy: false, of_cursor: false }
    }

    fn drawn(edges: &[Edge], columns: u16, lanes: u16) -> String {
        let area = Rect::new(0, 0, columns * 8, lanes * HEIGHT - 1);
        let mut buffer = Buffer::empty(area);
        let mut canvas = Canvas { buffer: &mut buffer, theme: Theme { name: ThemeName::Default, colour: true } };
        Routes::new(edges, area.height).draw(&mut canvas, area, 8);
        text(&buffer)
    }

    #[test]
    fn needs_with_an_end_in_common_share_a_bus() {
        let edges = [edge((0, 0), (1, 0)), edge((0, 0), (1, 1))];
        assert_eq!(drawn(&edges, 2, 2), "     ─┬▶\n      │\n      │\n      ╰▶\n");
    }

    #[test]
    fn needs_that_would_meet_have_buses_of_their_own() {
        // The second would run into the first if it did not turn behind it.
        let edges = [edge((0, 0), (1, 2)), edge((0, 1), (1, 0))];
        assert_eq!(Routes::new(&edges, 8).gutter(), 4);
        let seen = drawn(&edges, 2, 3);
        assert_eq!(seen, "    ─╮╭▶\n     ││\n     ││\n    ─┼╯\n     │\n     │\n     ╰─▶\n");
    }

    #[test]
    fn what_passes_a_wave_goes_below_the_box_where_it_begins() {
        let seen = drawn(&[edge((0, 0), (2, 0))], 3, 2);
        assert_eq!(seen, "     ─╮       ╭▶\n      │       │\n      ╰───────╯\n\n");
    }
}
