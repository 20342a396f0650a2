//! Looks: what a screen is like at every size and in every theme, text and styles, in one file.

use super::support::*;
use crate::console::state::options::{Theme, ThemeName};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use sha2::{Digest, Sha256};

/// The sizes that every screen is looked at in.
pub const SIZES: [(u16, u16); 4] = [(60, 14), (80, 24), (120, 40), (200, 60)];
/// The size at which the styles are told row by row; at the others their hash has to do.
const TOLD: (u16, u16) = (80, 24);

/// A snapshot of a screen, each under a name of its own: its text at every size, and the styles of every theme.
pub fn look(name: &str, desk: &mut Desk) {
    let usual = desk.app.theme;
    let mut told = String::new();
    for (width, height) in SIZES {
        let screen = desk.screen(width, height);
        told.push_str(&format!("══ {width}x{height}"));
        for theme in themes() {
            desk.app.theme = theme;
            let frame = desk.frame(width, height);
            assert_eq!(text(&frame), screen, "{name}: the text is the same in every theme");
            told.push_str(&format!(" {} {}", word(theme), hash(&frame)));
        }
        desk.app.theme = usual;
        told.push_str(&format!("\n{screen}\n"));
        if (width, height) == TOLD {
            told.push_str(&format!("── styles\n{}\n", rows(&desk.frame(width, height)).join("\n")));
        }
    }
    insta::assert_snapshot!(name, told);
}

/// All themes, and no colour at all.
fn themes() -> Vec<Theme> {
    let plain = Theme { name: ThemeName::Default, colour: false };
    ThemeName::ALL.into_iter().map(|name| Theme { name, colour: true }).chain([plain]).collect()
}

fn word(theme: Theme) -> &'static str {
    if theme.colour { theme.name.as_str() } else { "no-colour" }
}

/// The colour and the attributes of a cell in a few letters: `b.Cyan` is bold cyan, `d` faint, `r` reversed, `u` underlined.
fn style(cell: &Cell) -> String {
    let letters = [(Modifier::BOLD, "b"), (Modifier::DIM, "d"), (Modifier::REVERSED, "r"), (Modifier::UNDERLINED, "u")];
    let mut style: String =
        letters.iter().filter(|(modifier, _)| cell.modifier.contains(*modifier)).map(|(_, letter)| *letter).collect();
    if cell.fg != Color::Reset {
        style.push_str(&format!(".{}", cell.fg));
    }
    style
}

/// The styles of each row: how many cells have each, from the left. What is plain at its end is left out.
fn rows(frame: &Buffer) -> Vec<String> {
    let row = |y| {
        let mut runs: Vec<(usize, String)> = Vec::new();
        for x in 0..frame.area.width {
            let style = style(&frame[(x, y)]);
            match runs.last_mut() {
                Some((count, last)) if *last == style => *count += 1,
                _ => runs.push((1, style)),
            }
        }
        if runs.last().is_some_and(|(_, style)| style.is_empty()) {
            runs.pop();
        }
        runs.iter().map(|(count, style)| format!("{count}{style}")).collect::<Vec<_>>().join(" ")
    };
    (0..frame.area.height).map(row).collect()
}

fn hash(frame: &Buffer) -> String {
    let digest = Sha256::digest(rows(frame).join("\n").as_bytes());
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
