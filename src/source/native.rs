//! Our own layout, and the names of legacy projects (`users_4_0_25.sql`).

use super::arranged::Arranged;
use super::layout::Layout;
use super::layout_name::NATIVE;
use super::migration::Contents;
use super::names::{self, Named, Part};
use super::path::{file_name, without_sql};
use super::{Folder, SourceError, printed};
use std::collections::BTreeMap;

/// `NAME.sql` with `NAME.rollback.sql`, `NAME.down.sql` or another word for it, and `NAME.verify.sql`; `NAME/up.sql` with
/// `NAME/down.sql`; `name_4_0_25.sql` with `name_4_0_25_rollback.sql`.
pub(super) struct Native;

impl Layout for Native {
    fn name(&self) -> &'static str {
        NATIVE
    }

    /// A rollback script that is a file of its own.
    fn sign(&self, folder: &Folder) -> Option<String> {
        let named = names::sort_out(&folder.paths).ok()?;
        let is_of = |companion: &&Named<'_>| {
            let of = |other: &Named<'_>| other.part == Part::Forward && other.is_plain() && companion.belongs_to(other);
            companion.part == Part::Rollback && !companion.is_by_letter() && named.iter().any(of)
        };
        named.iter().find(is_of).map(|companion| companion.path.to_owned())
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        let mut contents = Contents::from_files(folder, self.arrange(&folder.paths)?)?;
        for migration in &mut contents.migrations {
            printed::refuse_prefixes(&migration.up)?;
            migration.remarks.extend(printed::remarks(&migration.up));
        }
        Ok(contents)
    }
}

impl Native {
    /// Sorts the files of a directory into migrations by their names.
    pub(super) fn arrange(&self, paths: &[String]) -> Result<Vec<Arranged>, SourceError> {
        let (forward, companions): (Vec<Named>, Vec<Named>) =
            names::sort_out(paths)?.into_iter().partition(|named| named.part == Part::Forward);
        let mut arranged: Vec<Arranged> =
            forward.iter().map(|named| Arranged::from_name(&named.base, named.path)).collect();
        refuse_second(&arranged)?;
        for companion in companions {
            let of = &mut arranged[its_migration(&companion, &forward)?];
            let place = if companion.part == Part::Rollback { &mut of.down } else { &mut of.verify };
            if let Some(first) = place.replace(companion.path.to_owned()) {
                let (what, second) = (companion.part.what(), companion.path.to_owned());
                return Err(SourceError::Twice { what, of: of.name.clone(), first, second });
            }
        }
        Ok(arranged)
    }
}

/// Finds the migration that a companion belongs to: by its name as it is written, where several are written alike.
fn its_migration(companion: &Named<'_>, forward: &[Named<'_>]) -> Result<usize, SourceError> {
    let folder = |path: &str| path.len() - file_name(path).len();
    let is_exact = |of: &Named<'_>| {
        of.base == companion.base && of.path[..folder(of.path)] == companion.path[..folder(companion.path)]
    };
    let all: Vec<usize> = (0..forward.len()).filter(|at| companion.belongs_to(&forward[*at])).collect();
    let exact: Vec<usize> = all.iter().copied().filter(|at| is_exact(&forward[*at])).collect();
    match (exact.as_slice(), all.as_slice()) {
        ([one], _) | ([], [one]) => Ok(*one),
        ([], []) => {
            let (path, what) = (companion.path.to_owned(), companion.part.what());
            Err(SourceError::Orphan { path, what, expected: format!("{}.sql", companion.base) })
        }
        _ => Err(SourceError::TwoMigrations {
            path: companion.path.to_owned(),
            what: companion.part.what(),
            first: forward[all[0]].path.to_owned(),
            second: forward[all[1]].path.to_owned(),
        }),
    }
}

/// `a.sql` beside `a.SQL`.
fn refuse_second(arranged: &[Arranged]) -> Result<(), SourceError> {
    let mut seen = BTreeMap::new();
    for migration in arranged {
        if let Some(first) = seen.insert(without_sql(&migration.path), migration.path.clone()) {
            let (of, second) = (migration.name.clone(), migration.path.clone());
            return Err(SourceError::Twice { what: "migration", of, first, second });
        }
    }
    Ok(())
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
            let found = Arranged::from_name(name, "x");
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
        let found = arrange(&["0007_log_rollback.sql", "0008_undo_log.sql"]).unwrap();
        assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["0007_log_rollback", "0008_undo_log"]);
        assert!(found.iter().all(|f| f.down.is_none()));
    }

    #[test]
    fn a_folder_may_be_a_migration() {
        let found =
            arrange(&["2024-01-01-000000_a/up.sql", "2024-01-01-000000_a/down.sql", "2_b/migration.sql"]).unwrap();
        let told: Vec<(&str, &str, Option<&str>)> =
            found.iter().map(|f| (f.name.as_str(), f.version.text.as_str(), f.down.as_deref())).collect();
        assert_eq!(
            told,
            [("2024-01-01-000000_a", "2024-01-01-000000", Some("2024-01-01-000000_a/down.sql")), ("2_b", "2", None)]
        );
    }

    #[test]
    fn a_companion_of_two_is_refused() {
        let found = arrange(&["A.sql", "a.sql", "a_undo.sql"]).unwrap();
        assert_eq!(found.iter().map(|f| f.down.is_some()).collect::<Vec<_>>(), [false, true]);
        let error = arrange(&["Ab.sql", "aB.sql", "ab_undo.sql"]).unwrap_err();
        assert!(error.contains("Ab.sql") && error.contains("aB.sql") && error.contains("ab_undo.sql"), "{error}");
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
