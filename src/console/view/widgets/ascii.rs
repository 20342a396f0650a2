//! The same screen in ASCII, for terminals and locales that know nothing else.

use ratatui::buffer::Buffer;

/// Signs that the console itself draws, and what stands for them, each one column wide.
const SIGNS: &[(&str, &str)] = &[
    ("─", "-"),
    ("│", "|"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("├", "+"),
    ("┤", "+"),
    ("█", "#"),
    ("░", "."),
    ("▁", "_"),
    ("▂", "."),
    ("▃", "-"),
    ("▄", "="),
    ("▅", "+"),
    ("▆", "*"),
    ("▇", "%"),
    ("→", ">"),
    ("←", "<"),
    ("↑", "^"),
    ("↓", "v"),
    ("·", "."),
    ("…", "~"),
    ("✓", "+"),
    ("▶", ">"),
    ("✗", "x"),
    ("↶", "<"),
    ("●", "*"),
    ("○", "o"),
    ("»", "%"),
    ("≟", "v"),
    ("≡", "V"),
    ("◆", "&"),
    ("↺", "@"),
    ("×", "x"),
    ("±", "~"),
    ("“", "\""),
    ("”", "\""),
    ("’", "'"),
    ("⚠", "!"),
    ("━", "="),
    ("╸", "-"),
    ("┄", "."),
    ("▒", ":"),
    ("╭", "+"),
    ("╮", "+"),
    ("╰", "+"),
    ("╯", "+"),
    ("┬", "+"),
    ("┴", "+"),
    ("┼", "+"),
    ("╟", "+"),
    ("╢", "+"),
    ("╔", "#"),
    ("╗", "#"),
    ("╚", "#"),
    ("╝", "#"),
    ("║", "#"),
    ("═", "#"),
    ("◷", "T"),
    ("▸", ">"),
    ("›", ">"),
    ("▼", "V"),
    ("≈", "~"),
    ("≠", "#"),
    ("▏", "_"),
    ("▾", "V"),
    ("∅", "0"),
    ("‖", "|"),
];

/// A corner or crossing of lines; else nothing that is known here.
fn fallback(symbol: &str) -> &'static str {
    match symbol.chars().next() {
        Some('┃' | '╵' | '╷' | '╹' | '╻') => "|",
        Some('╴' | '╶' | '╺' | '╼' | '╾') => "-",
        Some('\u{2500}'..='\u{257f}') => "+",
        _ => "?",
    }
}

/// True if a sign has a form in ASCII.
#[cfg(test)]
pub fn is_known(sign: &str) -> bool {
    SIGNS.iter().any(|(known, _)| *known == sign) || fallback(sign) != "?"
}

/// Replaces everything that is not ASCII in a drawn frame.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let sign = SIGNS
                .iter()
                .find(|(sign, _)| *sign == cell.symbol())
                .map_or_else(|| fallback(cell.symbol()), |(_, ascii)| ascii);
            cell.set_symbol(sign);
        }
    }
}
