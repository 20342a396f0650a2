//! The keys, as a table. Help, footer and rebinding are derived from it.

use super::action::{Action, Places, Screen};
use super::options::ConsoleError;
use crate::model::verb;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::BTreeMap;
use std::fmt;

/// A key with or without Ctrl. Shift is in the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub ctrl: bool,
}

const fn ch(c: char) -> Key {
    Key { code: KeyCode::Char(c), ctrl: false }
}
const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), ctrl: true }
}
const fn key(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub keys: Vec<Key>,
    pub action: Action,
    /// The word of the configuration and of the palette.
    pub word: &'static str,
    pub places: Places,
    /// Effect of the key, for the help.
    pub help: &'static str,
    /// The word in the footer, where it is worth its place there.
    pub hint: Option<&'static str>,
    /// It asks for a change, so it is upper case.
    pub changes: bool,
}

type Row = (&'static [Key], Action, &'static str, Places, Option<&'static str>, &'static str);

const LISTS: Places = Places::EVERYWHERE;
const BATCH: Places = Places::BOARD.and(Places::FILES).and(Places::DETAIL).and(Places::GRAPH);
const LISTED: Places = Places::VALIDATIONS.and(Places::ALERTS).and(Places::HISTORY).and(Places::CHECKLIST);
const FILTERED: Places = Places::BOARD.and(Places::FILES).and(Places::GRAPH).and(LISTED);
const OF_FILES: Places = Places::FILES.and(Places::DETAIL);

/// Reading: lower case.
const READING: &[Row] = &[
    (&[ch('j'), key(KeyCode::Down)], Action::Down, "down", LISTS, None, "down"),
    (&[ch('k'), key(KeyCode::Up)], Action::Up, "up", LISTS, None, "up"),
    (&[ch('h'), key(KeyCode::Left)], Action::Left, "left", LISTS, None, "left; on Log: show less of the target"),
    (&[ch('l'), key(KeyCode::Right)], Action::Right, "right", LISTS, None, "right; on Log: show more of the target"),
    (&[ch('g'), key(KeyCode::Home)], Action::Top, "top", LISTS, None, "to the beginning"),
    (&[ch('G'), key(KeyCode::End)], Action::Bottom, "bottom", LISTS, None, "to the end"),
    (&[key(KeyCode::PageUp)], Action::PageUp, "page-up", LISTS, None, "a page up"),
    (&[key(KeyCode::PageDown)], Action::PageDown, "page-down", LISTS, None, "a page down"),
    (&[ctrl('u')], Action::HalfUp, "half-up", LISTS, None, "half a page up"),
    (&[ctrl('d')], Action::HalfDown, "half-down", LISTS, None, "half a page down"),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "open",
        Places::FILES.and(Places::GRAPH),
        Some("open"),
        "open the file: SQL, outcome, dependencies",
    ),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "blast-radius",
        Places::DECISIONS,
        Some("what it would do"),
        "look up what the rollback would do, now",
    ),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "choose",
        Places::DETAIL.and(Places::LOG),
        None,
        "in the list of batches: open one",
    ),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "unfold",
        Places::BOARD,
        Some("open"),
        "open the file under way; in the story: unfold a line; in the states: list the files",
    ),
    (&[key(KeyCode::Enter)], Action::Enter, "look", LISTED, Some("open"), "open the row under the cursor"),
    (&[key(KeyCode::Esc)], Action::Back, "back", Places::EVERYWHERE, None, "back; never leaves the console"),
    (
        &[key(KeyCode::Tab)],
        Action::NextPane,
        "next-pane",
        Places::BOARD.and(Places::DETAIL).and(Places::LOG).and(Places::HISTORY).and(Places::CHECKLIST),
        None,
        "next pane",
    ),
    (&[ch('1')], Action::Show(Screen::Board), "board", Places::EVERYWHERE, None, "Board"),
    (&[ch('2')], Action::Show(Screen::Files), "files", Places::EVERYWHERE, None, "Files"),
    (&[ch('3')], Action::Show(Screen::Graph), "graph", Places::EVERYWHERE, None, "Graph"),
    (&[ch('4')], Action::Show(Screen::Validations), "validations", Places::EVERYWHERE, None, "Validations"),
    (&[ch('5')], Action::Show(Screen::Decisions), "decisions", Places::EVERYWHERE, None, "Decisions"),
    (&[ch('6')], Action::Show(Screen::Alerts), "alerts", Places::EVERYWHERE, None, "Alerts"),
    (&[ch('7')], Action::Show(Screen::History), "history", Places::EVERYWHERE, None, "History"),
    (&[ch('8')], Action::Show(Screen::Checklist), "checklist", Places::EVERYWHERE, None, "Checklist"),
    (&[ch('9')], Action::Show(Screen::Log), "log", Places::EVERYWHERE, None, "Log"),
    (&[ch('-')], Action::PreviousScreen, "previous-screen", Places::EVERYWHERE, None, "previous screen"),
    (&[ch('/')], Action::Filter, "filter", FILTERED, Some("filter"), "filter; ! inverts"),
    (&[ch('/')], Action::Filter, "search", Places::DETAIL, Some("search"), "search"),
    (&[ch('n')], Action::NextMatch, "next-match", OF_FILES, None, "next match"),
    (&[ch('N')], Action::PreviousMatch, "previous-match", OF_FILES, None, "previous match"),
    (&[ch('s')], Action::Sort, "sort", Places::FILES.and(Places::HISTORY), Some("sort"), "sort by the next column"),
    (&[ch('t')], Action::Times, "times", Places::EVERYWHERE, None, "times absolute or relative"),
    (&[ch('w')], Action::Wrap, "wrap", Places::DETAIL.and(Places::BOARD), None, "wrap long lines"),
    (&[ch('y')], Action::Copy, "copy", Places::EVERYWHERE, None, "copy what is under the cursor (OSC 52)"),
    (
        &[ch('m')],
        Action::Mouse,
        "mouse",
        Places::EVERYWHERE,
        None,
        "mouse on or off; off lets the terminal select text",
    ),
    (
        &[ch(' ')],
        Action::HoldView,
        "hold-view",
        Places::EVERYWHERE,
        Some("hold view"),
        "hold the view still; never touches the migration",
    ),
    (&[ch('q')], Action::ClosePane, "close", Places::EVERYWHERE, None, "close this pane"),
    (&[ch(':')], Action::Palette, "palette", Places::EVERYWHERE, Some("commands"), "commands, completed with Tab"),
    (&[ch('?')], Action::Help, "help", Places::EVERYWHERE, Some("help"), "this help"),
    (&[ctrl('c')], Action::Leave, "leave", Places::EVERYWHERE, None, "leave; also :q. The migration keeps running"),
    (&[ctrl('l')], Action::Redraw, "redraw", Places::EVERYWHERE, None, "draw the screen anew"),
    (&[ctrl('z')], Action::Suspend, "suspend", Places::EVERYWHERE, None, "suspend the console"),
];

/// Changing: upper case, always through a dialog.
const CHANGING: &[Row] = &[
    (
        &[ch('S')],
        Action::Step,
        "step",
        BATCH,
        Some("step"),
        "run one statement; :step --transition runs to the next state",
    ),
    (&[ch('P')], Action::PauseResume, "pause", BATCH, Some("pause"), "pause before the next statement, or resume"),
    (
        &[ch('B')],
        Action::Breakpoint,
        "break",
        OF_FILES.and(Places::GRAPH),
        Some("break"),
        "set or clear a breakpoint at the cursor",
    ),
    (&[ch('T')], Action::Retry, verb::RETRY.name, BATCH, Some("retry"), verb::RETRY.help),
    (
        &[ch('R')],
        Action::RollBack,
        "rollback",
        BATCH.and(Places::DECISIONS),
        Some("roll back"),
        "undo what has run: the file at the cursor, or the whole batch",
    ),
    (
        &[ch('F')],
        Action::Freeze,
        verb::FREEZE.name,
        BATCH,
        Some("freeze"),
        "freeze the system: keep everybody else from writing; or thaw it",
    ),
    (
        &[ch('A')],
        Action::Approve,
        "approve",
        Places::DECISIONS,
        Some("approve"),
        "approve the rollback, once it is seen what it would do",
    ),
    (
        &[ch('A')],
        Action::Acknowledge,
        verb::ACK.name,
        Places::ALERTS,
        Some("acknowledge"),
        "say that somebody looks after the alert: it is quiet for a while",
    ),
    (
        &[ch('X')],
        Action::ResolveAlert,
        verb::RESOLVE.name,
        Places::ALERTS,
        Some("resolve"),
        "say that the alert is over",
    ),
    (
        &[ch('E')],
        Action::EscalateAlert,
        verb::ESCALATE.name,
        Places::ALERTS,
        Some("escalate"),
        "pass the alert on, one level up",
    ),
    (
        &[ch('A')],
        Action::Tick,
        "tick",
        Places::CHECKLIST,
        Some("tick"),
        "say that the item is done, with your name; or take that back",
    ),
    (&[ch('X')], Action::Reject, "reject", Places::DECISIONS, Some("reject"), "reject the rollback: the files stay"),
];

/// The keys in force.
#[derive(Debug, Clone)]
pub struct Keymap(Vec<Binding>);

impl Keymap {
    /// The usual keys, with those of the configuration in their place (word of the action → key).
    ///
    /// # Errors
    /// [`ConsoleError::Keys`] for an unknown word or key, and for a key with two meanings in one place.
    pub fn new(own: &BTreeMap<String, String>) -> Result<Keymap, ConsoleError> {
        let binding = |changes| {
            move |(keys, action, word, places, hint, help): &Row| Binding {
                keys: keys.to_vec(),
                action: *action,
                word,
                places: *places,
                help,
                hint: *hint,
                changes,
            }
        };
        let mut all: Vec<Binding> =
            READING.iter().map(binding(false)).chain(CHANGING.iter().map(binding(true))).collect();
        for (word, name) in own {
            let key = Key::parse(name)
                .ok_or_else(|| ConsoleError::Keys(format!("{name:?} is no key; write it like F8, ctrl-x or W")))?;
            let Some(binding) = all.iter_mut().find(|b| b.word == word) else {
                return Err(ConsoleError::Keys(format!("{word:?} is no action; `?` in the console lists them")));
            };
            if binding.changes && matches!(key.code, KeyCode::Char(c) if key.ctrl || c.is_lowercase()) {
                return Err(ConsoleError::Keys(format!(
                    "{name:?} cannot {word}: what changes something is upper case or a function key"
                )));
            }
            binding.keys = vec![key];
        }
        let map = Keymap(all);
        match map.first_clash() {
            None => Ok(map),
            Some((key, one, other)) => Err(ConsoleError::Keys(format!(
                "{key} would mean both {one} and {other}: give one of them another key"
            ))),
        }
    }

    fn first_clash(&self) -> Option<(Key, &'static str, &'static str)> {
        let pairs = self.0.iter().enumerate().flat_map(|(n, a)| self.0[n + 1..].iter().map(move |b| (a, b)));
        let mut clashes = pairs
            .filter(|(a, b)| a.places.meet(b.places))
            .filter_map(|(a, b)| a.keys.iter().find(|k| b.keys.contains(k)).map(|k| (*k, a.word, b.word)));
        clashes.next()
    }

    /// Gives the action of a key in a place; `None` where it means nothing.
    pub fn action(&self, event: &KeyEvent, place: Places) -> Option<Action> {
        let key = Key::from_event(event)?;
        self.at(place).find(|b| b.keys.contains(&key)).map(|b| b.action)
    }

    /// The row of a key that changes something, in whatever place.
    pub fn elsewhere(&self, event: &KeyEvent) -> Option<&Binding> {
        let key = Key::from_event(event)?;
        self.0.iter().find(|b| b.changes && b.keys.contains(&key))
    }

    /// The rows that hold in a place.
    pub fn at(&self, place: Places) -> impl Iterator<Item = &Binding> {
        self.0.iter().filter(move |b| b.places.meet(place))
    }

    /// The first key of a word of the configuration; empty where there is none.
    pub fn key_of(&self, word: &str) -> String {
        let binding = self.0.iter().find(|b| b.word == word);
        binding.and_then(|b| b.keys.first()).map(|k| k.to_string()).unwrap_or_default()
    }

    /// The first key of an action, as it is written on the screen.
    pub fn key_for(&self, action: Action) -> String {
        let binding = self.0.iter().find(|b| b.action == action);
        binding.and_then(|b| b.keys.first()).map(|k| k.to_string()).unwrap_or_default()
    }
}

impl Key {
    /// The key of a terminal event; `None` for Alt and other chords, which mean nothing here.
    pub fn from_event(event: &KeyEvent) -> Option<Key> {
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
            return None;
        }
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        Some(Key { code: event.code, ctrl })
    }

    /// A key by its name in the configuration.
    pub fn parse(name: &str) -> Option<Key> {
        if let Some(letter) = name.strip_prefix("ctrl-").or_else(|| name.strip_prefix("Ctrl-")) {
            let mut letters = letter.chars();
            return letters.next().filter(|_| letters.next().is_none()).map(ctrl);
        }
        if let Some((code, _)) = NAMES.iter().find(|(_, n)| n.eq_ignore_ascii_case(name)) {
            return Some(key(*code));
        }
        let mut letters = name.chars();
        if let (Some(c), None) = (letters.next(), letters.next()) {
            return Some(ch(c));
        }
        if let Some(n) = name.strip_prefix('F').and_then(|n| n.parse().ok()).filter(|n| (1..=12).contains(n)) {
            return Some(key(KeyCode::F(n)));
        }
        None
    }
}

/// Keys that have a name.
const NAMES: &[(KeyCode, &str)] = &[
    (KeyCode::Enter, "Enter"),
    (KeyCode::Esc, "Esc"),
    (KeyCode::Tab, "Tab"),
    (KeyCode::Char(' '), "Space"),
    (KeyCode::Home, "Home"),
    (KeyCode::End, "End"),
    (KeyCode::PageUp, "PgUp"),
    (KeyCode::PageDown, "PgDn"),
    (KeyCode::Up, "↑"),
    (KeyCode::Down, "↓"),
    (KeyCode::Left, "←"),
    (KeyCode::Right, "→"),
    (KeyCode::Insert, "Insert"),
    (KeyCode::Delete, "Delete"),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Keymap {
        Keymap::new(&BTreeMap::new()).unwrap()
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        assert_eq!(usual().first_clash(), None);
    }

    #[test]
    fn changing_is_upper_case_and_never_a_chord() {
        for binding in usual().0 {
            for key in &binding.keys {
                let upper = matches!(key.code, KeyCode::Char(c) if c.is_ascii_uppercase());
                let reading_capital = ["G", "N"].contains(&key.to_string().as_str());
                assert_eq!(binding.changes, upper && !key.ctrl && !reading_capital, "{key} {}", binding.word);
            }
        }
    }

    #[test]
    fn no_change_hides_behind_a_forgotten_shift_of_another_change() {
        let map = usual();
        let lower_changes = map
            .0
            .iter()
            .filter(|b| b.changes)
            .flat_map(|b| &b.keys)
            .any(|k| matches!(k.code, KeyCode::Char(c) if c.is_lowercase()));
        assert!(!lower_changes);
    }

    #[test]
    fn keys_can_be_rebound_and_wrong_ones_are_named() {
        let own = |word: &str, key: &str| Keymap::new(&BTreeMap::from([(word.to_owned(), key.to_owned())]));
        let map = own("pause", "F8").unwrap();
        assert_eq!(map.key_for(Action::PauseResume), "F8");
        for (word, key, why) in [
            ("pause", "S", "both"),
            ("pause", "p", "upper case"),
            ("pause", "ctrl-p", "upper case"),
            ("explode", "X", "no action"),
            ("pause", "F99", "no key"),
        ] {
            let error = own(word, key).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn every_name_of_a_key_can_be_read_back() {
        for binding in usual().0 {
            for key in binding.keys {
                assert_eq!(Key::parse(&key.to_string()), Some(key));
            }
        }
    }
}
