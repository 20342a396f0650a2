//! The keys in force: the table with those of the configuration in their place.

use super::action::{Action, Places};
use super::bindings::{CHANGING, READING, Row};
use super::key::Key;
use super::options::ConsoleError;
use crossterm::event::{KeyCode, KeyEvent};
use std::collections::BTreeMap;

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

    /// Gives the action of a press in a place; `None` where it means nothing.
    pub fn action(&self, event: &KeyEvent, place: Places) -> Option<Action> {
        self.action_of(Key::from_event(event)?, place)
    }

    /// Gives the action of a key in a place; `None` where it means nothing.
    pub fn action_of(&self, key: Key, place: Places) -> Option<Action> {
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
