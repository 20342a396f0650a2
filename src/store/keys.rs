//! Keys that nearly always follow each other without a gap, as few numbers.

use std::collections::BTreeMap;

/// A set of keys: the first and the last of each run.
#[derive(Debug, Default)]
pub(super) struct Keys {
    runs: BTreeMap<i64, i64>,
    len: u64,
}

impl Keys {
    /// Puts a key in.
    pub fn insert(&mut self, key: i64) {
        if self.contains(key) {
            return;
        }
        self.len += 1;
        let behind = self.runs.remove(&(key + 1));
        let last = behind.unwrap_or(key);
        match self.runs.range_mut(..key).next_back().filter(|(_, last)| **last == key - 1) {
            Some((_, end)) => *end = last,
            None => {
                self.runs.insert(key, last);
            }
        }
    }

    /// True if a key is in it.
    pub fn contains(&self, key: i64) -> bool {
        self.runs.range(..=key).next_back().is_some_and(|(_, last)| *last >= key)
    }

    /// Number of keys.
    pub fn len(&self) -> u64 {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_set_of_few_runs() {
        let (mut keys, mut plain) = (Keys::default(), std::collections::BTreeSet::new());
        for n in 0..500i64 {
            let key = n * 37 % 250 / 3 * 2 + n % 2;
            keys.insert(key);
            plain.insert(key);
        }
        keys.insert(9_000);
        plain.insert(9_000);
        assert_eq!(keys.len(), plain.len() as u64);
        assert!((-5..300).chain([8_999, 9_000, 9_001]).all(|key| keys.contains(key) == plain.contains(&key)));
        let runs = plain.iter().filter(|key| !plain.contains(&(**key - 1))).count();
        assert_eq!(keys.runs.len(), runs);
    }
}
