//! Our own layout, and the founding system's names.

use super::layout::{Arranged, Layout, file_name, without_sql};
use super::{SourceError, Version};
use std::collections::BTreeMap;

/// `NAME.sql` with `NAME.rollback.sql` or `NAME.down.sql`, and `NAME.verify.sql`; `name_4_0_25.sql` with
/// `name_4_0_25_rollback.sql`.
pub(super) struct Native;

/// A part of a migration beside the migration itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Rollback,
    Verify,
}

/// What is appended to a migration's name for each part.
const PARTS: &[(&str, Part)] = &[
    (".rollback", Part::Rollback),
    (".down", Part::Rollback),
    (".verify", Part::Verify),
    (FOUNDING_ROLLBACK, Part::Rollback),
];

/// The founding system's; a migration of its own may end so as well (`0007_log_rollback.sql`), so it counts only beside
/// the migration that it would belong to, or where a version stands before it.
const FOUNDING_ROLLBACK: &str = "_rollback";

impl Layout for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn about(&self) -> &'static str {
        "NAME.sql with NAME.rollback.sql (or .down.sql) and NAME.verify.sql; name_4_0_25.sql with \
         name_4_0_25_rollback.sql"
    }

    fn sign<'a>(&self, paths: &'a [String]) -> Option<&'a str> {
        let stems = stems(paths);
        let is_sign = |path: &&String| {
            without_sql(path)
                .and_then(|stem| part(stem, &stems))
                .is_some_and(|(base, part)| part == Part::Rollback && stems.contains_key(base))
        };
        paths.iter().find(is_sign).map(String::as_str)
    }

    fn arrange(&self, paths: &[String]) -> Result<Vec<Arranged>, SourceError> {
        let stems = stems(paths);
        let mut arranged: BTreeMap<&str, Arranged> = BTreeMap::new();
        for (stem, path) in &stems {
            if part(stem, &stems).is_none() {
                arranged.insert(stem, migration(stem, path));
            }
        }
        for path in paths {
            let Some(stem) = without_sql(path) else { continue };
            let Some((base, part)) = part(stem, &stems) else {
                refuse_second(path, &arranged[stem])?;
                continue;
            };
            let what = if part == Part::Rollback { "rollback" } else { "verify script" };
            let Some(of) = arranged.get_mut(base) else {
                return Err(SourceError::Orphan { path: path.clone(), what, expected: format!("{base}.sql") });
            };
            let place = if part == Part::Rollback { &mut of.down } else { &mut of.verify };
            if let Some(first) = place.replace(path.clone()) {
                return Err(SourceError::Twice { what, of: of.name.clone(), first, second: path.clone() });
            }
        }
        Ok(arranged.into_values().collect())
    }
}

/// `a.sql` beside `a.SQL`.
fn refuse_second(path: &str, of: &Arranged) -> Result<(), SourceError> {
    if of.path == path {
        return Ok(());
    }
    let (first, second) = (path.to_owned(), of.path.clone());
    Err(SourceError::Twice { what: "migration", of: of.name.clone(), first, second })
}

/// The paths of SQL files by themselves without the extension.
fn stems(paths: &[String]) -> BTreeMap<&str, &str> {
    paths.iter().filter_map(|path| Some((without_sql(path)?, path.as_str()))).collect()
}

/// The migration that a file is a part of, if it is one.
fn part<'a>(stem: &'a str, stems: &BTreeMap<&str, &str>) -> Option<(&'a str, Part)> {
    let (suffix, part) = PARTS.iter().find(|(suffix, _)| stem.ends_with(suffix))?;
    let base = &stem[..stem.len() - suffix.len()];
    if file_name(base).is_empty() {
        return None;
    }
    let counts = *suffix != FOUNDING_ROLLBACK || stems.contains_key(base) || version_at_end(file_name(base)).is_some();
    counts.then_some((base, *part))
}

fn migration(stem: &str, path: &str) -> Arranged {
    let name = file_name(stem);
    let (version, title, shares_version) = match (version_in_front(name), version_at_end(name)) {
        (Some((version, title)), _) => (version, title, false),
        (None, Some((title, version))) => (version, title, true),
        (None, None) => (Version::none(), name, false),
    };
    Arranged {
        path: path.to_owned(),
        name: name.to_owned(),
        version,
        shares_version,
        title: title.to_owned(),
        down: None,
        verify: None,
    }
}

/// `0003_users`, `v1.2-users`, `2014_10_12_000000_users`, `2.14.0`: the numbers at the front, and the rest.
fn version_in_front(name: &str) -> Option<(Version, &str)> {
    let plain = name.strip_prefix(['v', 'V']).unwrap_or(name);
    let mut end = 0;
    loop {
        let digits = plain[end..].bytes().take_while(u8::is_ascii_digit).count();
        let after = end + digits;
        let ends_part = plain[after..].is_empty() || plain[after..].starts_with(['.', '_', '-', ' ']);
        if digits == 0 || !ends_part {
            break;
        }
        end = after + usize::from(!plain[after..].is_empty());
    }
    let version = Version::parse(plain[..end].trim_end_matches(['.', '_', '-', ' ']))?;
    Some((version, plain[end..].trim_start_matches(['_', '-', ' ', '.'])))
}

/// `users_4_0_25`, `users_v4_0_25`: a release of at least three numbers at the end.
fn version_at_end(name: &str) -> Option<(&str, Version)> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let numbers = name[plain.len()..].trim_start_matches('_');
    let title = plain.strip_suffix("_v").unwrap_or(plain);
    let glued = title.len() == plain.len() && !name[plain.len()..].starts_with('_');
    let version = Version::parse(numbers).filter(|version| version.numbers.len() >= 3)?;
    (!title.is_empty() && !glued).then_some((title, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrange(paths: &[&str]) -> Result<Vec<Arranged>, String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        Native.arrange(&paths).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_taken_apart() {
        let cases = [
            ("0003_users", "0003", "users", false),
            ("3", "3", "", false),
            ("v1.2-users", "1.2", "users", false),
            ("2014_10_12_000000_create_users", "2014_10_12_000000", "create_users", false),
            ("003_2fa", "003", "2fa", false),
            ("2.14.0", "2.14.0", "", false),
            ("3.4.0_to_4.1.0_schema.mysql", "3.4.0", "to_4.1.0_schema.mysql", false),
            ("users_4_0_25", "4_0_25", "users", true),
            ("users_v4_0_25", "4_0_25", "users", true),
            ("users_2", "", "users_2", false),
            ("users4_0_25", "", "users4_0_25", false),
            ("mysql.initial", "", "mysql.initial", false),
            ("größe", "", "größe", false),
        ];
        for (name, version, title, shares) in cases {
            let found = migration(name, "x");
            assert_eq!(
                (found.version.text.as_str(), found.title.as_str(), found.shares_version),
                (version, title, shares),
                "{name}"
            );
        }
    }

    #[test]
    fn companions_find_their_migration() {
        let found = arrange(&[
            "core/0001_a.down.sql",
            "core/0001_a.sql",
            "core/0001_a.verify.sql",
            "log_4_0_25.sql",
            "log_4_0_25_rollback.sql",
            "README.md",
        ])
        .unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].down.as_deref(), Some("core/0001_a.down.sql"));
        assert_eq!(found[0].verify.as_deref(), Some("core/0001_a.verify.sql"));
        assert_eq!(found[1].down.as_deref(), Some("log_4_0_25_rollback.sql"));
    }

    #[test]
    fn a_migration_may_be_about_rollbacks() {
        let found = arrange(&["0007_log_rollback.sql", "rollback.sql", ".down.sql"]).unwrap();
        assert_eq!(
            found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
            [".down", "0007_log_rollback", "rollback"]
        );
    }

    #[test]
    fn a_companion_alone_or_twice_is_refused() {
        let error = arrange(&["a.rollback.sql"]).unwrap_err();
        assert!(error.contains("a.rollback.sql") && error.contains("add a.sql"), "{error}");
        assert!(arrange(&["x/a.verify.sql", "a.sql"]).unwrap_err().contains("x/a.verify.sql"));
        assert!(arrange(&["a_4_0_25_rollback.sql"]).unwrap_err().contains("a_4_0_25.sql"));
        let error = arrange(&["a.sql", "a.down.sql", "a.rollback.sql"]).unwrap_err();
        assert!(
            error.contains("a.down.sql") && error.contains("a.rollback.sql") && error.contains("keep one"),
            "{error}"
        );
        assert!(arrange(&["a.SQL", "a.sql"]).unwrap_err().contains("both the migration of a"));
    }
}
