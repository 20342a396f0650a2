//! The line at the bottom: commands after `:`, a filter or search after `/`.

use super::dialog::edit;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input as Line;

/// What the line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    Command,
    Filter,
    Search,
}

/// A command of the palette: the same word as on the command line where it is there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    pub word: &'static str,
    pub arguments: &'static str,
    pub help: &'static str,
}

const fn command(word: &'static str, arguments: &'static str, help: &'static str) -> Command {
    Command { word, arguments, help }
}

/// Every command, in the order in which they are offered.
pub const COMMANDS: &[Command] = &[
    command("step", "[--transition]", "run one statement, or to the next state, and hold"),
    command("pause", "", "pause before the next statement"),
    command("resume", "", "go on"),
    command("retry", "[FILE]", "try a failed file again"),
    command("settle", "[FILE] --as OUTCOME", "say how a failed file stands: completed or rolled_back"),
    command("discard", "[FILE|--batch]", "let go what is kept of what a file, or the batch, destroyed"),
    command("break", "[FILE[:STATEMENT]]", "set or clear a breakpoint"),
    command("abort", "[--keep]", "stop now: kill the running statement and undo; --keep leaves completed files"),
    command("rollback", "[FILE] [--class X] [--now]", "take back what has run: a file and what depends on it, or all"),
    command("approve", "[ROLLBACK]", "approve a rollback, once it is seen what it would do"),
    command("reject", "[ROLLBACK]", "reject a rollback: the files stay"),
    command("arm", "15m", "allow changes for a while (production)"),
    command("disarm", "", "no more changes from here"),
    command("board", "", "screen 1"),
    command("files", "", "screen 2"),
    command("decisions", "", "screen 5"),
    command("log", "", "screen 9"),
    command("batches", "", "choose another batch"),
    command("open", "BATCH", "show the batch of that number"),
    command("goto", "FILE", "open a file"),
    command("theme", "default|light|high-contrast|blue-orange", "change the colours"),
    command("help", "", "the keys of this screen"),
    command("quit", "", "leave; the migration keeps running"),
];

/// The line under edit.
#[derive(Debug, Clone)]
pub struct Prompt {
    pub kind: PromptKind,
    pub line: Line,
    /// The offer under the cursor, for commands.
    pub offer: usize,
}

/// What a key did to the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// The line stays; for a filter it is already in force.
    Editing,
    Cancelled,
    Entered(String),
}

impl Prompt {
    /// An open line, with a text already in it.
    pub fn new(kind: PromptKind, text: &str) -> Prompt {
        Prompt { kind, line: Line::new(text.to_owned()), offer: 0 }
    }

    /// The commands that the typed word can mean, the best first.
    pub fn offers(&self) -> Vec<&'static Command> {
        let word = self.line.value().split_whitespace().next().unwrap_or_default().to_lowercase();
        let mut offers: Vec<(u32, &Command)> =
            COMMANDS.iter().filter_map(|c| rank(c.word, &word).map(|r| (r, c))).collect();
        offers.sort_by_key(|(rank, _)| *rank);
        offers.into_iter().map(|(_, c)| c).collect()
    }

    /// Takes a key.
    pub fn press(&mut self, key: &KeyEvent) -> Typed {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Typed::Cancelled,
            KeyCode::Char('c') if ctrl => return Typed::Cancelled,
            KeyCode::Backspace if self.line.value().is_empty() => return Typed::Cancelled,
            KeyCode::Enter => return Typed::Entered(self.entered()),
            KeyCode::Tab if self.kind == PromptKind::Command => self.complete(),
            KeyCode::Down | KeyCode::BackTab if self.kind == PromptKind::Command => {
                self.offer = (self.offer + 1).min(self.offers().len().saturating_sub(1));
            }
            KeyCode::Up if self.kind == PromptKind::Command => self.offer = self.offer.saturating_sub(1),
            _ => {
                edit(&mut self.line, key);
                self.offer = 0;
            }
        }
        Typed::Editing
    }

    /// The line as it was typed; a word that begins only one command stands for it.
    fn entered(&self) -> String {
        let text = self.line.value().trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        if self.kind != PromptKind::Command || ALIASES.contains(&word) || COMMANDS.iter().any(|c| c.word == word) {
            return text.to_owned();
        }
        match self.offers().get(self.offer) {
            Some(offer) if !word.is_empty() => format!("{} {rest}", offer.word).trim().to_owned(),
            _ => text.to_owned(),
        }
    }

    fn complete(&mut self) {
        if let Some(offer) = self.offers().get(self.offer) {
            let rest = self.line.value().trim_start().split_once(' ').map_or("", |(_, rest)| rest);
            self.line = Line::new(format!("{} {rest}", offer.word));
            self.offer = 0;
        }
    }
}

/// Short words that are typed by habit.
const ALIASES: [&str; 3] = ["q", "q!", "h"];

/// How well a word fits a command: the beginning best, then in order with gaps; `None` where it does not.
fn rank(command: &str, word: &str) -> Option<u32> {
    if command.starts_with(word) {
        return Some(0);
    }
    let mut letters = command.char_indices();
    let mut gaps = 1;
    let mut last = None;
    for wanted in word.chars() {
        let (at, _) = letters.find(|(_, c)| *c == wanted)?;
        gaps += at.saturating_sub(last.map_or(0, |l: usize| l + 1));
        last = Some(at);
    }
    u32::try_from(gaps).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Prompt {
        Prompt::new(PromptKind::Command, text)
    }

    #[test]
    fn offers_are_fuzzy_and_the_beginning_wins() {
        assert_eq!(typed("re").offers()[0].word, "resume");
        assert_eq!(typed("rtr").offers()[0].word, "retry");
        assert_eq!(typed("").offers().len(), COMMANDS.len());
        assert!(typed("xyz").offers().is_empty());
    }

    #[test]
    fn tab_completes_and_keeps_the_arguments() {
        let mut prompt = typed("st --transition");
        prompt.press(&KeyEvent::from(KeyCode::Tab));
        assert_eq!(prompt.line.value(), "step --transition");
    }

    #[test]
    fn enter_gives_the_offer_or_the_text() {
        let mut prompt = typed("ab");
        assert_eq!(prompt.press(&KeyEvent::from(KeyCode::Enter)), Typed::Entered("abort".into()));
        let mut prompt = typed("q");
        assert_eq!(prompt.press(&KeyEvent::from(KeyCode::Enter)), Typed::Entered("q".into()));
        let mut prompt = typed("xyz");
        assert_eq!(prompt.press(&KeyEvent::from(KeyCode::Enter)), Typed::Entered("xyz".into()));
    }

    #[test]
    fn an_empty_line_is_left_with_backspace() {
        assert_eq!(typed("").press(&KeyEvent::from(KeyCode::Backspace)), Typed::Cancelled);
    }
}
