//! A line of a difference: + and - stand in its first column, so that colour says nothing that is not there without it.

use super::words::Words;
use crate::console::safe_text::SafeText;
use crate::console::theme::Role;

/// One line, indented.
pub fn line(text: &str) -> Words {
    let role = match text.trim_start().chars().next() {
        Some('+') => Role::Good,
        Some('-') => Role::Bad,
        Some('@') => Role::Faint,
        _ => Role::Text,
    };
    Words::of(role, SafeText::of(format!("  {text}")))
}
