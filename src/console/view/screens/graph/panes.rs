//! The parts of the graph's screen, and the heads of its waves.

use crate::console::state::graph::{Space, Wave};
use crate::console::view::theme::Role;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// A wave is at least so many columns wide, and a file takes so many rows: two, and one of air.
pub const WIDTH: u16 = 24;
pub const WIDEST: u16 = 40;
pub const HEIGHT: u16 = 3;
/// Below these a list stands for the graph.
const NEEDED: (u16, u16) = (96, 26);
/// Rows of a failure's consequences.
const FAILURE: u16 = 4;

/// The parts of the screen.
#[derive(Debug, Clone, Copy)]
pub struct Panes {
    pub head: Rect,
    pub boxes: Rect,
    pub legend: Rect,
    pub rest: Rect,
    pub failure: Rect,
}

pub fn panes(area: Rect) -> Panes {
    let rest = 2 + (area.height.saturating_sub(16) / 3).clamp(3, 14);
    let mut y = area.y;
    let mut rows = |height: u16, air: u16| {
        let part = Rect { y, height, ..area };
        y += height + air;
        part
    };
    let head = rows(1, 1);
    let boxes = rows(area.height.saturating_sub(6 + rest + FAILURE), 1);
    let legend = rows(1, 1);
    let rest = rows(rest, 1);
    Panes { head, boxes, legend, rest, failure: rows(FAILURE, 0) }
}

/// Rows below a list: a rule, what is left, and what a failure would lead to, whole where there is room.
pub fn last_rows(height: u16) -> u16 {
    (height / 3).clamp(3, 5)
}

/// Room in an area.
pub fn space(area: Rect) -> Space {
    if area.width < NEEDED.0 || area.height < NEEDED.1 {
        return Space {
            rows: usize::from(area.height.saturating_sub(last_rows(area.height))).max(1),
            ..Space::default()
        };
    }
    let lanes = (panes(area).boxes.height + 1) / HEIGHT;
    Space { columns: usize::from(area.width / WIDTH), lanes: usize::from(lanes.max(1)), rows: 0 }
}

/// ` wave 3  ▶ 0 of 3`.
pub fn wave_words(wave: &Wave) -> StyledLine {
    let (sign, role) = match wave {
        Wave { failed: 1.., .. } => ("✗", Role::Bad),
        Wave { done, files, .. } if *done == files.len() => ("✓", Role::Good),
        Wave { active: 1.., .. } => ("▶", Role::Active),
        _ => ("·", Role::Faint),
    };
    let name = if role == Role::Active { Role::Strong } else { Role::Text };
    StyledLine::from_span(name, format!(" wave {}  ", wave.number)).span(role, sign).text(format!(
        " {} of {}",
        wave.done,
        wave.files.len()
    ))
}
