//! Limits on the length of what people ask for. They are checked by whoever asks, by the procedure that writes the row
//! (the numbers stand there too, in `assets/schema`), and by the worker that reads the row: it may have been written by
//! another program.

use super::{Result, StoreError};

/// A reason, in characters.
pub const LONGEST_REASON: usize = 4_000;
/// A command or what it expects, as JSON, in bytes.
pub(super) const LONGEST_COMMAND: usize = 256 << 10;
/// A plan with its texts, as JSON, in bytes.
pub(super) const LONGEST_SUBMISSION: usize = 64 << 20;
/// The state that an approver looked at, as JSON, in bytes.
pub(super) const LONGEST_SUBJECT: usize = 1 << 20;
/// An answer, in bytes: it may repeat what was asked.
pub(super) const LONGEST_ANSWER: usize = 4_000;

/// Refuses a text of more bytes than that.
pub(super) fn check(what: &str, text: &str, most: usize) -> Result<()> {
    if text.len() <= most {
        return Ok(());
    }
    Err(StoreError::TooLong { what: what.to_owned(), has: text.len(), most, unit: "bytes" })
}

/// Refuses a reason that is too long.
pub(super) fn check_reason(reason: Option<&str>) -> Result<()> {
    match reason.map_or(0, |reason| reason.chars().count()) {
        has if has <= LONGEST_REASON => Ok(()),
        has => Err(StoreError::TooLong { what: "the reason".into(), has, most: LONGEST_REASON, unit: "characters" }),
    }
}

/// An answer as its column takes it, on one line or several, cut where it is too long.
pub(super) fn answer(text: &str) -> String {
    if text.len() <= LONGEST_ANSWER {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(LONGEST_ANSWER)])
}

/// Mark that a worker writes into a row that it takes up, before it decides: a row that still says so when another
/// worker finds it may be what ended the first one, and is not tried again.
pub(super) const TAKEN_UP: &str = "a worker took it up, and has not answered yet";
/// The answer to such a row.
pub(super) const ABANDONED: &str = "the worker that took it up ended before it answered; nothing came of it, and it is not tried again by itself: look, \
     and ask again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_procedures_have_the_same_limits() {
        let command = include_str!("../../assets/schema/mysql/submit_command.sql");
        let decision = include_str!("../../assets/schema/mysql/submit_decision.sql");
        for (text, numbers) in [
            (command, &[LONGEST_REASON, LONGEST_COMMAND, LONGEST_SUBMISSION][..]),
            (decision, &[LONGEST_REASON, LONGEST_SUBJECT][..]),
        ] {
            for number in numbers {
                assert!(text.contains(&format!("> {number} THEN")), "{number} in {text}");
            }
        }
    }

    #[test]
    fn a_long_answer_is_cut_between_characters() {
        assert_eq!(answer("short"), "short");
        let cut = answer(&"ä".repeat(5_000));
        assert!(cut.ends_with("ä…") && cut.len() < LONGEST_ANSWER + 5);
    }
}
