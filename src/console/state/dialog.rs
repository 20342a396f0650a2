//! The dialog before every change (`docs/design/console.md`). Cancel has the focus; Enter presses the focused button.

use crate::console::safe_text::SafeText;
use crate::model::{BatchId, CommandRequest, DecisionRequest, Millis, OverrideSubject};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input as Line;
use tui_input::InputRequest;

/// The button that Enter presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Button {
    #[default]
    Cancel,
    Accept,
}

/// The change that accepting makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    Command(CommandRequest),
    Decision(DecisionRequest),
    /// Let checks pass that stopped a file of the batch.
    LetPass(BatchId, OverrideSubject),
    /// Leave the console although the run is in this process.
    Leave,
}

/// A text that must be typed before Accept is alive.
#[derive(Debug, Clone)]
pub struct RequiredText {
    /// Name of the text, before the line.
    pub label: &'static str,
    /// Exactly this, where it is not free: the name of what is changed.
    pub exactly: Option<String>,
    pub line: Line,
}

impl RequiredText {
    /// Reason why it is done, in words of one's own.
    pub fn reason() -> RequiredText {
        RequiredText { label: "reason", exactly: None, line: Line::default() }
    }

    /// A name, to be typed as it stands.
    pub fn name(name: &str) -> RequiredText {
        RequiredText { label: "its name", exactly: Some(name.to_owned()), line: Line::default() }
    }

    /// True if what was typed is enough.
    pub fn is_given(&self) -> bool {
        match &self.exactly {
            Some(name) => self.line.value() == name,
            None => !self.line.value().trim().is_empty(),
        }
    }
}

/// A question that is open.
#[derive(Debug, Clone)]
pub struct Dialog {
    pub title: SafeText,
    /// Target of the change: batch and file, on which server, in which environment.
    pub target: SafeText,
    /// As whom.
    pub account: SafeText,
    /// Consequence of accepting, line by line.
    pub consequence: Vec<SafeText>,
    /// The state that the consequence was computed from.
    pub seen: SafeText,
    /// The same on the command line, where there is one.
    pub command_line: Option<SafeText>,
    /// Label of the button that accepts it: what will be done.
    pub accept: SafeText,
    /// The texts that are asked for: none, a reason, or a reason and a name.
    pub texts: Vec<RequiredText>,
    /// Place that Tab has come to: through the texts, with Cancel under Enter, then to Accept.
    pub at: usize,
    /// First line shown, where not all of them fit.
    pub top: usize,
    pub purpose: Purpose,
    /// It has been on the screen. Keys typed before that were meant for something else.
    pub painted: bool,
}

/// A change that was accepted and is not asked for: the world had moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedOn {
    /// When the dialog was opened, by the database's clock.
    pub at: Option<Millis>,
    /// What was seen then.
    pub seen: SafeText,
    /// What is there now.
    pub now: SafeText,
}

/// The effect of a key on a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogOutcome {
    /// The dialog stays.
    Nothing,
    Cancelled,
    Accepted,
}

impl Dialog {
    /// True if Accept is alive: what is asked for must be given.
    pub fn may_accept(&self) -> bool {
        self.texts.iter().all(RequiredText::is_given)
    }

    /// The reason as it was typed.
    pub fn reason(&self) -> Option<String> {
        let reason = self.texts.iter().find(|t| t.exactly.is_none());
        reason.map(|r| r.line.value().trim().to_owned()).filter(|r| !r.is_empty())
    }

    /// The button under Enter.
    pub fn button(&self) -> Button {
        if self.at + 1 == self.stops() { Button::Accept } else { Button::Cancel }
    }

    /// Number of places Tab goes through; the last is Accept.
    fn stops(&self) -> usize {
        self.texts.len().max(1) + 1
    }

    /// The text that takes letters: the one that Tab has come to; beside Accept, the first that is not given.
    pub fn typing(&self) -> Option<usize> {
        let last = self.texts.len().checked_sub(1)?;
        if self.at <= last {
            return Some(self.at);
        }
        Some(self.texts.iter().position(|t| !t.is_given()).unwrap_or(last))
    }

    /// Takes a key.
    pub fn press(&mut self, key: &KeyEvent) -> DialogOutcome {
        if !self.painted {
            return DialogOutcome::Nothing;
        }
        let stops = self.stops();
        match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return DialogOutcome::Cancelled,
            (KeyCode::Enter, _) => {
                return match self.button() {
                    Button::Cancel => DialogOutcome::Cancelled,
                    Button::Accept if self.may_accept() => DialogOutcome::Accepted,
                    Button::Accept => DialogOutcome::Nothing,
                };
            }
            (KeyCode::Tab, _) => self.at = (self.at + 1) % stops,
            (KeyCode::BackTab, _) => self.at = (self.at + stops - 1) % stops,
            (KeyCode::Up, _) => self.top = self.top.saturating_sub(1),
            (KeyCode::Down, _) => self.top += 1,
            (KeyCode::Char('y'), false) if self.texts.is_empty() => return DialogOutcome::Accepted,
            (KeyCode::Char('n' | 'q'), false) if self.texts.is_empty() => return DialogOutcome::Cancelled,
            _ => {
                if let Some(text) = self.typing().and_then(|n| self.texts.get_mut(n)) {
                    edit(&mut text.line, key);
                }
            }
        }
        DialogOutcome::Nothing
    }
}

/// Lets a key edit a line of text.
pub fn edit(line: &mut Line, key: &KeyEvent) {
    use InputRequest as R;
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let request = match (key.code, ctrl) {
        (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => R::DeletePrevChar,
        (KeyCode::Delete, _) => R::DeleteNextChar,
        (KeyCode::Left, false) => R::GoToPrevChar,
        (KeyCode::Right, false) => R::GoToNextChar,
        (KeyCode::Left, true) => R::GoToPrevWord,
        (KeyCode::Right, true) => R::GoToNextWord,
        (KeyCode::Home, _) | (KeyCode::Char('a'), true) => R::GoToStart,
        (KeyCode::End, _) | (KeyCode::Char('e'), true) => R::GoToEnd,
        (KeyCode::Char('w'), true) | (KeyCode::Backspace, true) => R::DeletePrevWord,
        (KeyCode::Char('u'), true) => R::DeleteLine,
        (KeyCode::Char('k'), true) => R::DeleteTillEnd,
        (KeyCode::Char(c), false) if !c.is_control() => R::InsertChar(c),
        _ => return,
    };
    line.handle(request);
}

/// Puts pasted text into a line, as one line.
pub fn paste(line: &mut Line, text: &str) {
    for c in SafeText::new(text).as_str().chars() {
        line.handle(InputRequest::InsertChar(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialog(reason: bool) -> Dialog {
        Dialog {
            title: "Pause".into(),
            target: "batch 1".into(),
            account: "ana".into(),
            consequence: Vec::new(),
            seen: "running".into(),
            command_line: None,
            accept: "Pause".into(),
            texts: if reason { vec![RequiredText::reason()] } else { Vec::new() },
            at: 0,
            top: 0,
            purpose: Purpose::Leave,
            painted: true,
        }
    }

    fn press(dialog: &mut Dialog, code: KeyCode) -> DialogOutcome {
        dialog.press(&KeyEvent::from(code))
    }

    #[test]
    fn enter_alone_never_accepts() {
        for reason in [false, true] {
            assert_eq!(press(&mut dialog(reason), KeyCode::Enter), DialogOutcome::Cancelled);
        }
    }

    #[test]
    fn tab_and_enter_accept_as_does_y() {
        let mut asked = dialog(false);
        press(&mut asked, KeyCode::Tab);
        assert_eq!(press(&mut asked, KeyCode::Enter), DialogOutcome::Accepted);
        assert_eq!(press(&mut dialog(false), KeyCode::Char('y')), DialogOutcome::Accepted);
        assert_eq!(press(&mut dialog(false), KeyCode::Char('Y')), DialogOutcome::Nothing);
        assert_eq!(press(&mut dialog(false), KeyCode::Esc), DialogOutcome::Cancelled);
    }

    #[test]
    fn accept_is_dead_until_a_reason_is_given() {
        let mut asked = dialog(true);
        press(&mut asked, KeyCode::Tab);
        assert_eq!(press(&mut asked, KeyCode::Enter), DialogOutcome::Nothing);
        for c in "  yes".chars() {
            assert_eq!(press(&mut asked, KeyCode::Char(c)), DialogOutcome::Nothing, "letters are text here");
        }
        assert_eq!(asked.reason().as_deref(), Some("yes"));
        assert_eq!(press(&mut asked, KeyCode::Enter), DialogOutcome::Accepted);
    }

    #[test]
    fn a_name_must_be_typed_as_it_stands() {
        let mut asked =
            Dialog { texts: vec![RequiredText::reason(), RequiredText::name("spring release")], ..dialog(false) };
        let mut tell = |text: &str| text.chars().map(|c| press(&mut asked, KeyCode::Char(c))).last();
        tell("y");
        press(&mut asked, KeyCode::Tab);
        let mut tell = |text: &str| text.chars().map(|c| press(&mut asked, KeyCode::Char(c))).last();
        tell("Spring release");
        assert_eq!(press(&mut asked, KeyCode::Tab), DialogOutcome::Nothing);
        assert_eq!((asked.button(), press(&mut asked, KeyCode::Enter)), (Button::Accept, DialogOutcome::Nothing));
        edit(&mut asked.texts[1].line, &KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        let mut tell = |text: &str| text.chars().map(|c| press(&mut asked, KeyCode::Char(c))).last();
        tell("spring release");
        assert_eq!(asked.reason().as_deref(), Some("y"), "the name is no reason");
        assert_eq!(press(&mut asked, KeyCode::Enter), DialogOutcome::Accepted);
        press(&mut asked, KeyCode::Tab);
        assert_eq!(press(&mut asked, KeyCode::Enter), DialogOutcome::Cancelled, "beside a text, Enter is Cancel");
    }

    #[test]
    fn keys_typed_before_it_was_painted_are_thrown_away() {
        let mut asked = Dialog { painted: false, ..dialog(false) };
        for code in [KeyCode::Char('y'), KeyCode::Tab, KeyCode::Enter, KeyCode::Esc] {
            assert_eq!(press(&mut asked, code), DialogOutcome::Nothing);
        }
        assert_eq!(asked.button(), Button::Cancel);
    }

    #[test]
    fn a_reason_can_be_edited_and_pasted() {
        let mut asked = dialog(true);
        let line = &mut asked.texts[0].line;
        paste(line, "lock\nstorm\x1b");
        assert_eq!(line.value(), "lock storm␛");
        edit(line, &KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        edit(line, &KeyEvent::from(KeyCode::Backspace));
        assert!(line.value().starts_with("lock"));
    }
}
