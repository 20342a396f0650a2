//! Drizzle's mark between statements.

use super::Text;

/// Stands after each statement, and is no comment to MySQL.
const BREAKPOINT: &str = "--> statement-breakpoint";
/// As long, and one to every server; it ends the statement before it as well.
const COMMENT: &str = ";-- statement-breakpoint";

/// A file as every server takes it.
pub(super) fn read(text: Text) -> Text {
    if text.text.contains(BREAKPOINT) { text.as_read(text.text.replace(BREAKPOINT, COMMENT)) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breakpoint_is_a_comment() {
        let text = |text: &str| Text::from_bytes("0000_a.sql", text.into()).unwrap();
        assert_eq!(read(text("A;--> statement-breakpoint\nB;")).text, "A;;-- statement-breakpoint\nB;");
        let plain = text("SELECT 1;");
        assert_eq!(read(plain.clone()), plain);
    }
}
