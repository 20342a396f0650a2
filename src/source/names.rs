//! The part of each of a directory's files (forward, undo, verify) by the words in their names, however they are
//! written. What undoes is the companion of a migration, or refused; it is never run as one.

use super::path::{file_name, without_sql};
use super::version::{version_at_end, version_in_front};
use super::{SourceError, Version};
use std::collections::BTreeSet;

/// The part of a file in its migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Forward,
    Rollback,
    Verify,
}

impl Part {
    /// For messages.
    pub fn what(self) -> &'static str {
        match self {
            Part::Forward => "migration",
            Part::Rollback => "rollback",
            Part::Verify => "verify script",
        }
    }
}

/// The words that say a part, plurals besides.
const WORDS: &[(Part, &[&str])] = &[
    (Part::Forward, &["up", "do", "forward", "apply", "deploy", "migrate", "migration", "upgrade"]),
    (
        Part::Rollback,
        &["rollback", "undo", "down", "dn", "revert", "downgrade", "backward", "reverse", "unapply", "backout", "rb"],
    ),
    (Part::Verify, &["verify"]),
];

/// Two words that are one of them.
const PAIRS: &[(&str, &str)] = &[("roll", "back"), ("back", "out")];

/// A word of a name: from where to where, and what it says.
struct Word {
    from: usize,
    to: usize,
    part: Option<Part>,
}

/// A file by its name.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub path: &'a str,
    pub part: Part,
    /// The name without the word that says the part, as written: `0001_a` of `0001_a-ROLLBACK.sql`. The folder's name where
    /// nothing else is left: `2024_a` of `2024_a/up.sql`.
    pub base: String,
    /// The migration that it belongs to, however written.
    key: String,
}

/// The files of a directory that are SQL, by what they are.
///
/// # Errors
/// A file that undoes, or verifies, a migration that is not there.
pub(super) fn sort_out(paths: &[String]) -> Result<Vec<Named<'_>>, SourceError> {
    let paths: Vec<&str> = paths.iter().map(String::as_str).filter(|path| without_sql(path).is_some()).collect();
    let read = |part| paths.iter().filter_map(move |path| reading(path, part).map(|(named, _)| named));
    let whole = paths.iter().map(|path| plain(path));
    let forward: BTreeSet<(String, &str)> =
        whole.chain(read(Part::Forward)).map(|named| (named.key, named.path)).collect();
    let undoing: BTreeSet<(String, &str)> = read(Part::Rollback).map(|named| (named.key, named.path)).collect();
    paths.iter().map(|path| sorted(path, &forward, &undoing)).collect()
}

fn sorted<'a>(
    path: &'a str,
    forward: &BTreeSet<(String, &str)>,
    undoing: &BTreeSet<(String, &str)>,
) -> Result<Named<'a>, SourceError> {
    let has_other = |set: &BTreeSet<(String, &str)>, key: &String| {
        set.range((key.clone(), "")..).take_while(|(found, _)| found == key).any(|(_, other)| *other != path)
    };
    for part in [Part::Rollback, Part::Verify] {
        let Some((named, is_sure)) = reading(path, part) else { continue };
        if has_other(forward, &named.key) {
            return Ok(named);
        }
        if is_sure {
            let folder = &path[..path.len() - file_name(path).len()];
            let expected = format!("{folder}{}.sql", named.base);
            return Err(SourceError::Orphan { path: path.to_owned(), what: part.what(), expected });
        }
    }
    // `up` counts where another file says `down`, or where nothing else is a name.
    let up = reading(path, Part::Forward).map(|(named, _)| named);
    Ok(up.filter(|up| up.is_of_the_folder() || has_other(undoing, &up.key)).unwrap_or_else(|| plain(path)))
}

/// True if a file can only be what undoes or verifies another one.
pub(super) fn is_companion(path: &str) -> bool {
    [Part::Rollback, Part::Verify].into_iter().any(|part| reading(path, part).is_some_and(|(_, is_sure)| is_sure))
}

impl Named<'_> {
    /// The word is all of the file's own name: the folder names the migration.
    fn is_of_the_folder(&self) -> bool {
        !file_name(self.path).starts_with(&self.base)
    }

    /// True if two files are parts of one migration.
    pub fn belongs_to(&self, other: &Named<'_>) -> bool {
        self.key == other.key
    }

    /// A letter says that it undoes, as Flyway writes it.
    pub fn is_by_letter(&self) -> bool {
        without_sql(self.path).is_some_and(|stem| undone_by_letter(file_name(stem)).is_some())
    }

    /// No word says that it is forward.
    pub fn is_plain(&self) -> bool {
        self.key == plain(self.path).key
    }
}

/// A file as a migration by its whole name.
fn plain(path: &str) -> Named<'_> {
    let stem = without_sql(path).unwrap_or(path);
    let name = file_name(stem);
    Named { path, part: Part::Forward, base: name.to_owned(), key: key(&stem[..stem.len() - name.len()], name, None) }
}

/// A file read as a part, if a word of its path says so; and whether nothing else can be meant.
fn reading(path: &str, part: Part) -> Option<(Named<'_>, bool)> {
    let stem = without_sql(path)?;
    let name = file_name(stem);
    let folders = &stem[..stem.len() - name.len()];
    if let Some(base) = undone_by_letter(name).filter(|_| part == Part::Rollback) {
        let key = key(folders, &base, None);
        return Some((Named { path, part, base, key }, true));
    }
    let words = words(name);
    let at = position(name, &words, part);
    let in_folder = folders.split('/').any(|folder| folder_part(folder) == Some(part));
    let (base, is_sure) = match at {
        None if in_folder => (name.to_owned(), true),
        None => return None,
        Some(at) => (without(name, &words, at), in_folder || is_sure(name, &words, at)),
    };
    let key = key(folders, name, at.map(|at| (words[at].from, words[at].to)));
    let whole = base.is_empty() || base.chars().all(|c| !c.is_alphanumeric());
    let above = folders.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let base = if whole { above.to_owned() } else { base };
    Some((Named { path, part, base, key }, is_sure))
}

/// `U1__a` undoes `V1__a`.
fn undone_by_letter(name: &str) -> Option<String> {
    let rest = name.strip_prefix(['U', 'u'])?;
    let (version, _) = rest.split_once("__")?;
    Version::parse(version)?;
    Some(format!("V{rest}"))
}

/// The word that says the part: the last of the name, or the first, or a part between points (`001.undo.title`), or the
/// first after the version.
fn position(name: &str, words: &[Word], part: Part) -> Option<usize> {
    let version = version_in_front(name).map_or(0, |(version, _)| version.text.len());
    let is_between_points = |word: &Word| name[..word.from].ends_with('.') && name[word.to..].starts_with('.');
    let after_version = words.iter().position(|word| word.from > version && version > 0);
    let mut candidates = (0..words.len()).filter(|at| words[*at].part == Some(part));
    let counts =
        |at: &usize| *at == 0 || at + 1 == words.len() || Some(*at) == after_version || is_between_points(&words[*at]);
    candidates.rfind(counts)
}

/// True if a name without its migration can still only mean that part: a title may end in `_rollback`.
fn is_sure(name: &str, words: &[Word], at: usize) -> bool {
    let (word, before) = (&words[at], &name[..words[at].from]);
    let versioned = version_in_front(name);
    let is_all = words.len() == 1 || versioned.as_ref().is_some_and(|(_, title)| words_of(title) == 1);
    let by_point = before.ends_with('.');
    let has_version = versioned.is_some();
    let at_end = version_at_end(name[..word.from].trim_end_matches(['_', '-', ' '])).is_some();
    // `MakeBreakdown` has no word of its own.
    let is_word = word.from == 0 || !before.ends_with(char::is_alphanumeric);
    is_word && (is_all || by_point || at_end || !has_version)
}

fn words_of(title: &str) -> usize {
    words(title).len()
}

/// The words of a name: between what is neither letter nor digit, and where a capital follows a small letter.
fn words(name: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut last: Option<char> = None;
    for (at, c) in name.char_indices() {
        let goes_on = c.is_alphanumeric()
            && last.is_some_and(|last| last.is_alphanumeric() && !(last.is_lowercase() && c.is_uppercase()));
        let end = at + c.len_utf8();
        match found.last_mut() {
            Some(word) if goes_on => word.to = end,
            _ if c.is_alphanumeric() => found.push(Word { from: at, to: end, part: None }),
            _ => {}
        }
        last = Some(c);
    }
    for word in &mut found {
        word.part = part_of(&name[word.from..word.to]);
    }
    join_pairs(name, &mut found);
    found
}

/// `roll_back` is `rollback`.
fn join_pairs(name: &str, words: &mut Vec<Word>) {
    let mut at = 1;
    while at < words.len() {
        let (first, second) = (&words[at - 1], &words[at]);
        let (a, b) = (&name[first.from..first.to], &name[second.from..second.to]);
        if PAIRS.iter().any(|(x, y)| a.eq_ignore_ascii_case(x) && b.eq_ignore_ascii_case(y)) {
            words[at - 1].to = words[at].to;
            words[at - 1].part = Some(Part::Rollback);
            words.remove(at);
        }
        at += 1;
    }
}

fn part_of(word: &str) -> Option<Part> {
    let word = word.to_ascii_lowercase();
    let single = word.strip_suffix('s').unwrap_or(&word);
    WORDS.iter().find(|(_, words)| words.contains(&word.as_str()) || words.contains(&single)).map(|(part, _)| *part)
}

/// Gives the part that all files in a folder are: `rollback`, `undo_scripts`, `down`. A title with a version is no such
/// name.
fn folder_part(folder: &str) -> Option<Part> {
    const BESIDE: [&str; 6] = ["script", "scripts", "sql", "sqls", "file", "files"];
    let words = words(folder);
    let first = words.first()?;
    let is_beside = |word: &Word| BESIDE.contains(&folder[word.from..word.to].to_ascii_lowercase().as_str());
    first.part.filter(|_| words[1..].iter().all(is_beside))
}

/// The name without a word and the mark before it (or after it, at the beginning).
fn without(name: &str, words: &[Word], at: usize) -> String {
    let is_mark = |c: char| !c.is_alphanumeric();
    let (before, after) = (&name[..words[at].from], &name[words[at].to..]);
    if before.is_empty() {
        return after.trim_start_matches(is_mark).to_owned();
    }
    format!("{}{after}", before.trim_end_matches(is_mark)).trim_end_matches(is_mark).to_owned()
}

/// The same for all parts of one migration: letters and digits in small letters, without the folders and the word that
/// say the part.
fn key(folders: &str, name: &str, word: Option<(usize, usize)>) -> String {
    let folders = folders.split('/').filter(|folder| !folder.is_empty() && folder_part(folder).is_none());
    let mut key: String = folders.flat_map(|folder| [folder, "/"]).collect();
    let (from, to) = word.unwrap_or((name.len(), name.len()));
    for part in [&name[..from], &name[to..]] {
        let words = part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.for_each(|word| {
            key.push_str(&word.to_lowercase());
            key.push(' ');
        });
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(paths: &[&str]) -> Result<Vec<(Part, String)>, String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let sorted = sort_out(&paths).map_err(|error| error.to_string())?;
        Ok(sorted.into_iter().map(|named| (named.part, named.base)).collect())
    }

    /// Each is the rollback of the one before it.
    #[test]
    fn what_undoes_is_known_however_it_is_written() {
        let pairs = [
            ("a.sql", "a.ROLLBACK.sql"),
            ("a.sql", "a-rollback.sql"),
            ("a.sql", "a_undo.sql"),
            ("a.sql", "A_Undo.SQL"),
            ("a.sql", "a-down.sql"),
            ("a.sql", "a rollback.sql"),
            ("a.sql", "a (rollback).sql"),
            ("a.sql", "a_roll_back.sql"),
            ("a.sql", "a__revert.sql"),
            ("a.sql", "undo_a.sql"),
            ("a.sql", "rollback-a.sql"),
            ("a.sql", "DOWN.a.sql"),
            ("a.sql", "undo/a.sql"),
            ("a.sql", "Revert/a.sql"),
            ("a.sql", "rollback_scripts/a.sql"),
            ("a.sql", "rollbacks/a.rollback.sql"),
            ("m/a.sql", "m/down/a.sql"),
            ("up/a.sql", "down/a.sql"),
            ("deploy/a.sql", "revert/a.sql"),
            ("migrations/a.sql", "rollbacks/a.sql"),
            ("a.up.sql", "a.down.sql"),
            ("a_UP.sql", "a_DOWN.sql"),
            ("a-up.sql", "a-down.sql"),
            ("up_a.sql", "down_a.sql"),
            ("0001_a.sql", "0001-a-undo.sql"),
            ("0001_up.sql", "0001_down.sql"),
            ("001.do.title.sql", "001.undo.title.sql"),
            ("001.do.sql", "001.undo.sql"),
            ("CreateUsers.sql", "CreateUsersDown.sql"),
            ("CreateUsersUp.sql", "CreateUsersDown.sql"),
            ("2024_a/up.sql", "2024_a/down.sql"),
            ("2024_a/Up.sql", "2024_a/DOWN.sql"),
            ("2024_a/migration.sql", "2024_a/rollback.sql"),
            ("0001_a.sql", "0001_a_revert.sql"),
        ];
        for (up, down) in pairs {
            let found = parts(&[up, down]).unwrap_or_else(|error| panic!("{down}: {error}"));
            assert_eq!((found[0].0, found[1].0), (Part::Forward, Part::Rollback), "{up} {down}");
            let paths = [up.to_owned(), down.to_owned()];
            let sorted = sort_out(&paths).unwrap();
            assert!(sorted[1].belongs_to(&sorted[0]), "{up} {down}: {sorted:?}");
        }
    }

    #[test]
    fn what_undoes_something_that_is_not_there_is_refused() {
        for path in [
            "a.rollback.sql",
            "a.UNDO.sql",
            "undo_a.sql",
            "a_undo.sql",
            "a-down.sql",
            "undo/a.sql",
            "m/down/0001_a.sql",
            "rollback.sql",
            "0001_down.sql",
            "2024_a/down.sql",
            "001.undo.title.sql",
            "a_4_0_25_rollback.sql",
        ] {
            let error = parts(&["0009_other.sql", path]).expect_err(path);
            assert!(error.contains(path) && error.contains("is the rollback of"), "{error}");
        }
    }

    #[test]
    fn a_title_may_be_about_such_things() {
        for path in [
            "0007_log_rollback.sql",
            "0002_revert_a.sql",
            "0003_shut_down.sql",
            "0004_scale_up.sql",
            "breakdown.sql",
            "0005_undo_log.sql",
            "downloads.sql",
            "0006_upgrade_users.sql",
            "0001_apply/x.sql",
            "markup.sql",
        ] {
            let found = parts(&["0001_a.sql", path]).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(found[1].0, Part::Forward, "{path}");
        }
    }
}
