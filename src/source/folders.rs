//! Layouts of a folder a migration: Prisma's, diesel's and the newer one of Drizzle.
//!
//! Sources: Prisma's documentation of `prisma migrate` and its `migration_lock.toml`, diesel's of `metadata.toml`
//! (`run_in_transaction`), Drizzle's of `drizzle-kit generate`. All order the folders by their names.

use super::arranged::{Arranged, in_order};
use super::layout::Layout;
use super::layout_name as name;
use super::migration::{Contents, Migration};
use super::path::{file_name, without_sql};
use super::remark::{Remark, kind};
use super::{Folder, SourceError};
use crate::sql::Dialect;

/// A layout of this kind.
pub(super) struct Folders {
    layout: &'static str,
    /// The file of a folder that is the migration, and the one that undoes it.
    up: &'static str,
    down: &'static str,
    /// True for a file that speaks for the layout.
    is_sign: fn(&Folder, &str) -> bool,
}

pub(super) static PRISMA: Folders =
    Folders { layout: name::PRISMA, up: "migration.sql", down: "down.sql", is_sign: is_of_prisma };
pub(super) static DIESEL: Folders =
    Folders { layout: name::DIESEL, up: "up.sql", down: "down.sql", is_sign: is_of_diesel };
pub(super) static DRIZZLE: Folders =
    Folders { layout: name::DRIZZLE, up: "migration.sql", down: "down.sql", is_sign: is_of_drizzle };

const SNAPSHOT: &str = "/snapshot.json";
const LOCK: &str = "migration_lock.toml";
const METADATA: &str = "metadata.toml";
/// Keys of `metadata.toml` that change nothing here: each statement runs by itself.
const HARMLESS: &[&str] = &["run_in_transaction"];

fn is_of_prisma(folder: &Folder, path: &str) -> bool {
    let beside = path.strip_suffix("/migration.sql").map(|place| format!("{place}{SNAPSHOT}"));
    path == LOCK || beside.is_some_and(|snapshot| !folder.has(&snapshot))
}

fn is_of_diesel(_: &Folder, path: &str) -> bool {
    path.ends_with("/up.sql") && path.matches('/').count() == 1
}

fn is_of_drizzle(folder: &Folder, path: &str) -> bool {
    path.strip_suffix(SNAPSHOT).is_some_and(|place| folder.has(&format!("{place}/migration.sql")))
}

impl Layout for Folders {
    fn name(&self) -> &'static str {
        self.layout
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        folder.paths.iter().find(|path| (self.is_sign)(folder, path)).cloned()
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        let mut arranged = Vec::new();
        let mut remarks = Vec::new();
        for path in folder.paths.iter().filter(|path| without_sql(path).is_some()) {
            let place = &path[..path.len() - file_name(path).len()];
            let (place, file) = (place.trim_end_matches('/'), file_name(path));
            if file == self.up && !place.is_empty() {
                let down = format!("{place}/{}", self.down);
                let down = Some(down).filter(|down| folder.has(down));
                arranged.push(Arranged { down, ..Arranged::from_name(file_name(place), path) });
            } else if file == self.down && folder.has(&format!("{place}/{}", self.up)) {
                // Of the migration beside it.
            } else if file == self.down {
                let expected = format!("{place}/{}", self.up);
                return Err(SourceError::Orphan { path: path.clone(), what: "rollback", expected });
            } else {
                let message = format!("{path} does not run: a migration is a folder with {} in it", self.up);
                remarks.push(Remark::warning(kind::LEFT_ALONE, None, message));
            }
        }
        arranged.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.path.cmp(&b.path)));
        let mut contents = Contents::from_files(folder, in_order(arranged))?;
        contents.remarks = remarks;
        contents.remarks.extend(other_provider(folder));
        for migration in &mut contents.migrations {
            migration.remarks.extend(metadata(folder, migration)?);
        }
        Ok(contents)
    }
}

/// The lock file says that the SQL is for another server.
fn other_provider(folder: &Folder) -> Option<Remark> {
    let text = folder.text(LOCK).ok().filter(|_| folder.has(LOCK))?;
    let table: toml::Table = text.text.parse().ok()?;
    let provider = table.get("provider")?.as_str()?;
    let fits = if folder.dialect == Dialect::Sqlite { provider == "sqlite" } else { provider == "mysql" };
    let message = format!(
        "{LOCK} says that the files are for {provider}, and database.url says {}: see that they fit",
        folder.dialect
    );
    (!fits).then(|| Remark::warning(kind::NOT_HONOURED, None, message))
}

/// Keys of a migration's `metadata.toml` that are not known.
fn metadata(folder: &Folder, migration: &Migration) -> Result<Vec<Remark>, SourceError> {
    let path = migration.at.path.replace(file_name(&migration.at.path), METADATA);
    if !folder.has(&path) {
        return Ok(Vec::new());
    }
    let wrong = |error: toml::de::Error| {
        let problem = error.message().to_owned();
        SourceError::Line { path: path.clone(), line: 1, problem }
    };
    let table: toml::Table = folder.text(&path)?.text.parse().map_err(wrong)?;
    let unknown = table.keys().filter(|key| !HARMLESS.contains(&key.as_str()));
    let remark = |key: &String| {
        Remark::warning(kind::NOT_HONOURED, None, format!("`{key}` of {path} is not honoured here: take it out"))
    };
    Ok(unknown.map(remark).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "SELECT 1;";

    #[test]
    fn a_folder_is_a_migration() {
        let files = [
            ("2024-01-02-000000_b/up.sql", SQL),
            ("2024-01-01-000000_a/up.sql", SQL),
            ("2024-01-01-000000_a/down.sql", SQL),
            ("2024-01-01-000000_a/metadata.toml", "run_in_transaction = false\nother = 1\n"),
        ];
        let folder = Folder::of(&files);
        assert_eq!(DIESEL.sign(&folder).as_deref(), Some("2024-01-01-000000_a/up.sql"));
        let found = DIESEL.read(&folder).unwrap().migrations;
        let told: Vec<(&str, &str, bool, usize)> = found
            .iter()
            .map(|one| (one.at.name.as_str(), one.at.title.as_str(), one.down.is_some(), one.remarks.len()))
            .collect();
        assert_eq!(told, [("2024-01-01-000000_a", "a", true, 1), ("2024-01-02-000000_b", "b", false, 0)]);
    }

    #[test]
    fn folders_come_in_the_order_of_their_names() {
        let files = [
            ("10_b/migration.sql", SQL),
            ("1_a/migration.sql", SQL),
            (LOCK, "provider = \"postgresql\"\n"),
            ("x.sql", SQL),
        ];
        let contents = PRISMA.read(&Folder::of(&files)).unwrap();
        let told: Vec<(&str, &str)> =
            contents.migrations.iter().map(|one| (one.at.name.as_str(), one.at.version.text.as_str())).collect();
        assert_eq!(told, [("10_b", ""), ("1_a", "")]);
        assert_eq!(
            contents.remarks.iter().map(|one| one.check).collect::<Vec<_>>(),
            [kind::LEFT_ALONE, kind::NOT_HONOURED]
        );
    }

    #[test]
    fn a_snapshot_tells_drizzle_from_prisma() {
        let files =
            [("2024_a/migration.sql", "SELECT 1;--> statement-breakpoint\nSELECT 2;"), ("2024_a/snapshot.json", "{}")];
        let folder = Folder::of(&files);
        assert_eq!((PRISMA.sign(&folder), DRIZZLE.sign(&folder).as_deref()), (None, Some("2024_a/snapshot.json")));
        assert!(!DRIZZLE.read(&folder).unwrap().migrations[0].up.text.contains("-->"));
        let error = DIESEL.read(&Folder::of(&[("1_a/down.sql", SQL)])).unwrap_err().to_string();
        assert!(error.contains("add 1_a/up.sql"), "{error}");
    }
}
