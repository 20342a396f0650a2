//! A line of a difference: + and - stand in its first column, so that colour says nothing that is not there without it.

use super::styled_line::StyledLine;
use crate::console::safe_text::SafeText;
use crate::console::view::theme::Role;

/// One line, indented.
pub fn line(text: &str) -> StyledLine {
    let role = match text.trim_start().chars().next() {
        Some('+') => Role::Good,
        Some('-') => Role::Bad,
        Some('@') => Role::Faint,
        _ => Role::Text,
    };
    StyledLine::from_span(role, SafeText::new(format!("  {text}")))
}
