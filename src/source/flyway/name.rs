//! Names of Flyway's files.

use super::settings::Settings;
use crate::source::Version;

/// Kind of a file, by the beginning of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Versioned,
    Undo,
    Repeatable,
    Baseline,
}

/// A file's name, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub kind: Kind,
    pub version: Version,
    /// The words behind the separator, with blanks for underscores.
    pub description: String,
    /// The name without its suffix.
    pub stem: String,
}

/// Reads a file's name; `None` for one that Flyway leaves alone.
pub(super) fn read(file: &str, settings: &Settings) -> Option<Name> {
    let stem = settings.suffixes.iter().find_map(|suffix| file.strip_suffix(suffix.as_str()))?;
    stem_read(stem, settings)
}

/// The same of a name without its suffix.
pub(super) fn stem_read(stem: &str, settings: &Settings) -> Option<Name> {
    let kinds = [
        (&settings.versioned, Kind::Versioned),
        (&settings.undo, Kind::Undo),
        (&settings.repeatable, Kind::Repeatable),
        (&settings.baseline, Kind::Baseline),
    ];
    kinds.into_iter().filter(|(prefix, _)| !prefix.is_empty()).find_map(|(prefix, kind)| {
        let rest = stem.strip_prefix(prefix.as_str())?;
        let (version, description) = rest.split_once(settings.separator.as_str()).unwrap_or((rest, ""));
        let version = match kind {
            Kind::Repeatable => Version::none(),
            _ => Version::parse(version).filter(|_| !version.contains('-'))?,
        };
        let is_repeatable = kind == Kind::Repeatable && rest.starts_with(settings.separator.as_str());
        let description = description.replace('_', " ");
        (is_repeatable || version.is_some()).then(|| Name { kind, version, description, stem: stem.to_owned() })
    })
}

/// True for the name of a callback: `beforeMigrate.sql`, `afterEachMigrate__log.sql`.
pub(super) fn is_callback(file: &str, settings: &Settings) -> bool {
    let stem = settings.suffixes.iter().find_map(|suffix| file.strip_suffix(suffix.as_str())).unwrap_or_default();
    let event = stem.split(settings.separator.as_str()).next().unwrap_or_default();
    let is_event = |begins| event.strip_prefix(begins).is_some_and(|rest| rest.starts_with(char::is_uppercase));
    is_event("before") || is_event("after") || event == "createSchema"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_flyway_does() {
        let read =
            |file: &str| read(file, &Settings::default()).map(|name| (name.kind, name.version.text, name.description));
        let some = |kind, version: &str, words: &str| Some((kind, version.to_owned(), words.to_owned()));
        assert_eq!(read("V1_2__add_users.sql"), some(Kind::Versioned, "1_2", "add users"));
        assert_eq!(read("U1.2__x.sql"), some(Kind::Undo, "1.2", "x"));
        assert_eq!(read("R__views__all.sql"), some(Kind::Repeatable, "", "views  all"));
        assert_eq!(read("B10__x.sql"), some(Kind::Baseline, "10", "x"));
        assert_eq!(read("V20240101.sql"), some(Kind::Versioned, "20240101", ""));
        for file in
            ["V1_a.sql", "v1__a.sql", "VIEWS__a.sql", "0001__a.sql", "R_a.sql", "V1__a.SQL", "V1-2__a.sql", "V__a.sql"]
        {
            assert_eq!(read(file), None, "{file}");
        }
        assert!(
            is_callback("afterMigrate__log.sql", &Settings::default())
                && !is_callback("afterwards.sql", &Settings::default())
        );
    }
}
