//! The line at the bottom: commands after `:`, a filter or search after `/`.

use super::dialog::edit;
use crate::model::verb::{self, VerbText};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input as Line;

/// The purpose of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    Command,
    Filter,
    Search,
}

/// A command of the palette: the same word as on the command line where it is there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaletteCommand {
    pub word: &'static str,
    pub arguments: &'static str,
    pub help: &'static str,
}

const fn command(word: &'static str, arguments: &'static str, help: &'static str) -> PaletteCommand {
    PaletteCommand { word, arguments, help }
}

const fn from_verb(text: &VerbText) -> PaletteCommand {
    command(text.name, text.arguments, text.help)
}

/// Every command, in the order in which they are offered.
pub const COMMANDS: &[PaletteCommand] = &[
    from_verb(&verb::STEP),
    from_verb(&verb::PAUSE),
    from_verb(&verb::RESUME),
    from_verb(&verb::RETRY),
    from_verb(&verb::SETTLE),
    from_verb(&verb::OVERRIDE),
    from_verb(&verb::DISCARD),
    from_verb(&verb::BREAK),
    from_verb(&verb::ABORT),
    from_verb(&verb::ROLLBACK),
    from_verb(&verb::FREEZE),
    from_verb(&verb::THAW),
    from_verb(&verb::APPROVE),
    from_verb(&verb::REJECT),
    from_verb(&verb::ACK),
    from_verb(&verb::RESOLVE),
    from_verb(&verb::ESCALATE),
    from_verb(&verb::TICK),
    command("arm", "15m", "allow changes for a while (production)"),
    command("disarm", "", "no more changes from here"),
    command("board", "", "screen 1"),
    command("files", "", "screen 2"),
    command("decisions", "", "screen 5"),
    command("log", "", "screen 9"),
    command("events", "", "the journal's newest events in place of the story, and back"),
    command("batches", "", "choose another batch"),
    command("replay", "[BATCH]", "play a past batch again"),
    command("seek", "14:32", "in a replay: to that moment"),
    command("mark", "NOTE", "in a replay: put a note at this moment"),
    command("live", "", "from a replay back to what happens now"),
    command("score", "", "in a drill: the score sheet"),
    command("save", "FILE", "in a drill: the score sheet as Markdown"),
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
    /// Commands that come first where nothing is typed.
    lately: Vec<&'static str>,
}

/// The effect of a key on the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptOutcome {
    /// The line stays; for a filter it is already in force.
    Editing,
    Cancelled,
    Entered(String),
}

impl Prompt {
    /// An open line, with a text already in it.
    pub fn new(kind: PromptKind, text: &str) -> Prompt {
        Prompt { kind, line: Line::new(text.to_owned()), offer: 0, lately: Vec::new() }
    }

    /// A line for a command, with those that were run last.
    pub fn command(lately: &[&'static str]) -> Prompt {
        Prompt { lately: lately.to_vec(), ..Prompt::new(PromptKind::Command, "") }
    }

    /// The same with a word that is typed already.
    pub fn command_begun(word: &str, lately: &[&'static str]) -> Prompt {
        Prompt { lately: lately.to_vec(), ..Prompt::new(PromptKind::Command, word) }
    }

    /// The commands that the typed word can mean, the best first.
    pub fn offers(&self) -> Vec<&'static PaletteCommand> {
        let word = self.line.value().split_whitespace().next().unwrap_or_default().to_lowercase();
        let mut offers: Vec<(u32, &PaletteCommand)> =
            COMMANDS.iter().filter_map(|c| rank(c.word, &word).map(|r| (r, c))).collect();
        let age = |word: &str| self.lately.iter().position(|last| *last == word).unwrap_or(usize::MAX);
        offers.sort_by_key(|(rank, command)| (*rank, if word.is_empty() { age(command.word) } else { 0 }));
        offers.into_iter().map(|(_, c)| c).collect()
    }

    /// Takes a key.
    pub fn press(&mut self, key: &KeyEvent) -> PromptOutcome {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return PromptOutcome::Cancelled,
            KeyCode::Char('c') if ctrl => return PromptOutcome::Cancelled,
            KeyCode::Backspace if self.line.value().is_empty() => return PromptOutcome::Cancelled,
            KeyCode::Enter => return PromptOutcome::Entered(self.entered()),
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
        PromptOutcome::Editing
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

/// Rank of a word among those that fit a command: the beginning best (0), then in order with gaps; `None` where it does
/// not fit.
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

/// Places of the letters of a command that a typed word has fitted.
pub fn matched(command: &str, word: &str) -> Vec<usize> {
    if command.starts_with(word) {
        return (0..word.len()).collect();
    }
    let mut letters = command.char_indices();
    word.chars().filter_map(|wanted| letters.find(|(_, c)| *c == wanted).map(|(at, _)| at)).collect()
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
        assert_eq!(prompt.press(&KeyEvent::from(KeyCode::Enter)), PromptOutcome::Entered("abort".into()));
        let mut prompt = typed("q");
        assert_eq!(prompt.press(&KeyEvent::from(KeyCode::Enter)), PromptOutcome::Entered("q".into()));
        let mut prompt = typed("xyz");
        assert_eq!(prompt.press(&KeyEvent::from(KeyCode::Enter)), PromptOutcome::Entered("xyz".into()));
    }

    #[test]
    fn an_empty_line_is_left_with_backspace() {
        assert_eq!(typed("").press(&KeyEvent::from(KeyCode::Backspace)), PromptOutcome::Cancelled);
    }
}
