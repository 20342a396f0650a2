//! The layout of popx and soda: `VERSION_title.up.sql`, with a file for each kind of server where they differ.
//!
//! Source: the documentation of ory/x/popx and of soda: `VERSION_title[.DIALECT][.autocommit].up.sql`. The file of the
//! server's own kind goes before the one for all. Fizz is refused by name.

use super::arranged::Arranged;
use super::layout::Layout;
use super::layout_name::{GOLANG_MIGRATE, POPX};
use super::migration::{Contents, Migration};
use super::path::{extension, file_name, without_sql};
use super::{Folder, SourceError, Version};
use crate::sql::Dialect;
use std::collections::BTreeMap;

/// Files with the kind of server in their names.
pub(super) struct Popx;

const DIALECTS: &[(&str, Option<Dialect>)] = &[
    ("mysql", Some(Dialect::MySql)),
    ("mariadb", Some(Dialect::MariaDb)),
    ("sqlite3", Some(Dialect::Sqlite)),
    ("sqlite", Some(Dialect::Sqlite)),
    ("postgres", None),
    ("postgresql", None),
    ("cockroach", None),
];

/// A file's name, read.
struct Named<'a> {
    version: Version,
    title: &'a str,
    /// The kind of server, where the name says one.
    dialect: Option<Option<Dialect>>,
    is_autocommit: bool,
    is_up: bool,
}

/// The files of one version for this server, as they were chosen.
#[derive(Default)]
struct Chosen {
    title: String,
    up: Option<(bool, String)>,
    down: Option<(bool, String)>,
}

impl Layout for Popx {
    fn name(&self) -> &'static str {
        POPX
    }

    /// Without a kind of server in their names the files are golang-migrate's.
    fn includes(&self) -> &'static [&'static str] {
        &[GOLANG_MIGRATE]
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        let is_sign = |path: &&String| {
            extension(path) == Some("fizz") || named(path).is_some_and(|one| one.dialect.is_some() || one.is_autocommit)
        };
        folder.paths.iter().find(is_sign).cloned()
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        if let Some(path) = folder.paths.iter().find(|path| extension(path) == Some("fizz")) {
            let advice = "print it as SQL with `soda fizz`, and keep that";
            return Err(SourceError::NotSql { path: path.clone(), tool: "pop", language: "fizz", advice });
        }
        let mut versions: BTreeMap<Version, Chosen> = BTreeMap::new();
        for path in folder.paths.iter().filter(|path| without_sql(path).is_some()) {
            let Some(one) = named(path) else {
                let expected =
                    "name it VERSION_title.up.sql, or VERSION_title.mysql.up.sql for one kind of server".to_owned();
                return Err(SourceError::Misfit { path: path.clone(), layout: POPX, expected });
            };
            let is_own = one.dialect.is_some();
            if one.dialect.is_some_and(|dialect| !fits(dialect, folder.dialect)) {
                continue;
            }
            let chosen = versions.entry(one.version).or_default();
            chosen.title = one.title.to_owned();
            let place = if one.is_up { &mut chosen.up } else { &mut chosen.down };
            match place {
                Some((known, first)) if *known == is_own => {
                    let (what, of) = (if one.is_up { "migration" } else { "rollback" }, chosen.title.clone());
                    return Err(SourceError::Twice { what, of, first: first.clone(), second: path.clone() });
                }
                Some((true, _)) => {}
                place => *place = Some((is_own, path.clone())),
            }
        }
        let mut contents = Contents::default();
        for (version, chosen) in versions {
            contents.migrations.extend(migration(folder, version, chosen)?);
        }
        Ok(contents)
    }
}

fn migration(folder: &Folder, version: Version, chosen: Chosen) -> Result<Option<Migration>, SourceError> {
    let Chosen { title, up, down } = chosen;
    match (up, down) {
        (Some((_, path)), down) => {
            let name = format!("{}_{title}", version.text);
            let at = Arranged { version, title, shares_version: false, ..Arranged::from_name(&name, &path) };
            let down = down.map(|(_, path)| folder.text(&path)).transpose()?;
            Ok(Some(Migration { down, ..Migration::new(at, folder.text(&path)?) }))
        }
        (None, Some((_, path))) => {
            let expected = path.replace(".down.", ".up.");
            Err(SourceError::Orphan { path, what: "rollback", expected })
        }
        (None, None) => Ok(None),
    }
}

fn fits(dialect: Option<Dialect>, own: Dialect) -> bool {
    // pop has one name for MySQL and MariaDB.
    dialect.is_some_and(|dialect| dialect == own || (dialect == Dialect::MySql && own == Dialect::MariaDb))
}

fn named(path: &str) -> Option<Named<'_>> {
    let stem = file_name(without_sql(path)?);
    let (rest, is_up) = match (stem.strip_suffix(".up"), stem.strip_suffix(".down")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return None,
    };
    let plain = rest.strip_suffix(".autocommit");
    let rest = plain.unwrap_or(rest);
    let of_server = rest.rsplit_once('.').and_then(|(before, word)| {
        DIALECTS.iter().find(|(name, _)| *name == word).map(|(_, dialect)| (before, *dialect))
    });
    let (name, dialect) = of_server.map_or((rest, None), |(before, dialect)| (before, Some(dialect)));
    let (version, title) = name.split_once('_')?;
    let version = Version::parse(version).filter(|known| known.numbers.len() == 1)?;
    Some(Named { version, title, dialect, is_autocommit: plain.is_some(), is_up })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_server_goes_before_the_one_for_all() {
        let files = [
            ("1_a.up.sql", "SELECT 1;"),
            ("1_a.mysql.up.sql", "SELECT 2;"),
            ("1_a.sqlite3.up.sql", "SELECT 3;"),
            ("1_a.down.sql", "SELECT 4;"),
            ("2_b.postgres.up.sql", "SELECT 5;"),
            ("3_c.mysql.autocommit.up.sql", "SELECT 6;"),
        ];
        let texts = |dialect| -> Vec<String> {
            let contents = Popx.read(&Folder::in_dialect(&files, dialect)).unwrap();
            contents.migrations.into_iter().map(|one| one.up.text).collect()
        };
        assert_eq!(texts(Dialect::MariaDb), ["SELECT 2;", "SELECT 6;"]);
        assert_eq!(texts(Dialect::Sqlite), ["SELECT 3;"]);
        assert!(Popx.sign(&Folder::of(&files[..1])).is_none() && Popx.sign(&Folder::of(&files[..2])).is_some());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let wrong = |files: &[(&str, &str)]| Popx.read(&Folder::of(files)).unwrap_err().to_string();
        assert!(wrong(&[("1_a.up.fizz", "")]).contains("in fizz"));
        assert!(wrong(&[("1_a.sql", "")]).contains("VERSION_title.up.sql"));
        assert!(wrong(&[("1_a.mysql.down.sql", "")]).contains("add 1_a.mysql.up.sql"));
        assert!(wrong(&[("1_a.mysql.up.sql", ""), ("1_b.mysql.up.sql", "")]).contains("keep one"));
    }
}
