//! The dialog before every change (`6-console`, Confirming). Cancel has the focus; Enter presses the focused button.

use super::feed::Order;
use super::safe_text::SafeText;
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

/// What accepting does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    Order(Order),
    /// Leave the console although the run is in this process.
    Leave,
}

/// A question that is open.
#[derive(Debug, Clone)]
pub struct Dialog {
    pub title: SafeText,
    /// What is changed: batch and file, on which server, in which environment.
    pub target: SafeText,
    /// As whom.
    pub account: SafeText,
    /// What will follow, line by line.
    pub consequence: Vec<SafeText>,
    /// The state that the consequence was computed from.
    pub seen: SafeText,
    /// The same on the command line, where there is one.
    pub command_line: Option<SafeText>,
    pub accept: &'static str,
    pub button: Button,
    /// The reason, where one is asked for.
    pub reason: Option<Line>,
    pub purpose: Purpose,
    /// It has been on the screen. Keys typed before that were meant for something else.
    pub painted: bool,
}

/// What a key did to a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// The dialog stays.
    Nothing,
    Cancelled,
    Accepted,
}

impl Dialog {
    /// Whether Accept is alive: a reason that is asked for must be given.
    pub fn may_accept(&self) -> bool {
        self.reason.as_ref().is_none_or(|r| !r.value().trim().is_empty())
    }

    /// The reason as it was typed.
    pub fn reason(&self) -> Option<String> {
        self.reason.as_ref().map(|r| r.value().trim().to_owned()).filter(|r| !r.is_empty())
    }

    /// Takes a key.
    pub fn press(&mut self, key: &KeyEvent) -> Pressed {
        if !self.painted {
            return Pressed::Nothing;
        }
        match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => Pressed::Cancelled,
            (KeyCode::Enter, _) if self.button == Button::Cancel => Pressed::Cancelled,
            (KeyCode::Enter, _) if self.may_accept() => Pressed::Accepted,
            (KeyCode::Enter, _) => Pressed::Nothing,
            (KeyCode::Tab | KeyCode::BackTab, _) => {
                self.button = match self.button {
                    Button::Cancel => Button::Accept,
                    Button::Accept => Button::Cancel,
                };
                Pressed::Nothing
            }
            (KeyCode::Char('y'), false) if self.reason.is_none() => Pressed::Accepted,
            (KeyCode::Char('n' | 'q'), false) if self.reason.is_none() => Pressed::Cancelled,
            _ => {
                if let Some(reason) = &mut self.reason {
                    edit(reason, key);
                }
                Pressed::Nothing
            }
        }
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
    for c in SafeText::of(text).as_str().chars() {
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
            accept: "Pause",
            button: Button::default(),
            reason: reason.then(Line::default),
            purpose: Purpose::Leave,
            painted: true,
        }
    }

    fn press(dialog: &mut Dialog, code: KeyCode) -> Pressed {
        dialog.press(&KeyEvent::from(code))
    }

    #[test]
    fn enter_alone_never_accepts() {
        for reason in [false, true] {
            assert_eq!(press(&mut dialog(reason), KeyCode::Enter), Pressed::Cancelled);
        }
    }

    #[test]
    fn tab_and_enter_accept_as_does_y() {
        let mut asked = dialog(false);
        press(&mut asked, KeyCode::Tab);
        assert_eq!(press(&mut asked, KeyCode::Enter), Pressed::Accepted);
        assert_eq!(press(&mut dialog(false), KeyCode::Char('y')), Pressed::Accepted);
        assert_eq!(press(&mut dialog(false), KeyCode::Char('Y')), Pressed::Nothing);
        assert_eq!(press(&mut dialog(false), KeyCode::Esc), Pressed::Cancelled);
    }

    #[test]
    fn accept_is_dead_until_a_reason_is_given() {
        let mut asked = dialog(true);
        press(&mut asked, KeyCode::Tab);
        assert_eq!(press(&mut asked, KeyCode::Enter), Pressed::Nothing);
        for c in "  yes".chars() {
            assert_eq!(press(&mut asked, KeyCode::Char(c)), Pressed::Nothing, "letters are text here");
        }
        assert_eq!(asked.reason().as_deref(), Some("yes"));
        assert_eq!(press(&mut asked, KeyCode::Enter), Pressed::Accepted);
    }

    #[test]
    fn keys_typed_before_it_was_painted_are_thrown_away() {
        let mut asked = Dialog { painted: false, ..dialog(false) };
        for code in [KeyCode::Char('y'), KeyCode::Tab, KeyCode::Enter, KeyCode::Esc] {
            assert_eq!(press(&mut asked, code), Pressed::Nothing);
        }
        assert_eq!(asked.button, Button::Cancel);
    }

    #[test]
    fn a_reason_can_be_edited_and_pasted() {
        let mut asked = dialog(true);
        let line = asked.reason.as_mut().unwrap();
        paste(line, "lock\nstorm\x1b");
        assert_eq!(line.value(), "lock storm␛");
        edit(line, &KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        edit(line, &KeyEvent::from(KeyCode::Backspace));
        assert!(line.value().starts_with("lock"));
    }
}
