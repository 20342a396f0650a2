//! The layouts, and how one is recognised.

use super::drizzle::Drizzle;
use super::flyway::Flyway;
use super::golang_migrate::GolangMigrate;
use super::layout::Layout;
use super::liquibase::Liquibase;
use super::native::Native;
use super::popx::Popx;
use super::refinery::Refinery;
use super::spelling::nearest;
use super::sqitch::Sqitch;
use super::yoyo::Yoyo;
use super::{Folder, SourceError, annotated, folders};

/// Every layout that is read. What fits none of their signs is read by the first.
pub const LAYOUTS: &[&dyn Layout] = &[
    &Native,
    &GolangMigrate,
    &Flyway,
    &Liquibase,
    &annotated::GOOSE,
    &annotated::DBMATE,
    &Sqitch,
    &folders::PRISMA,
    &folders::DIESEL,
    &annotated::SQL_MIGRATE,
    &Refinery,
    &Yoyo,
    &Drizzle,
    &folders::DRIZZLE,
    &Popx,
    &annotated::MICRATE,
];

/// The layout in configuration that recognises.
const AUTO: &str = "auto";

/// The names for configuration, `auto` first, other names of the same layout left out.
pub fn layout_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = std::iter::once(AUTO).chain(LAYOUTS.iter().map(|layout| layout.name())).collect();
    names.dedup();
    names
}

/// The layout with a name; `auto` recognises it by what is there.
pub(super) fn choose(name: &str, folder: &Folder) -> Result<&'static dyn Layout, SourceError> {
    if name == AUTO {
        return recognise(folder);
    }
    let known = |layout: &&&dyn Layout| layout.name() == name || layout.aliases().contains(&name);
    // Of two with one name the one that something speaks for.
    let fitting = LAYOUTS.iter().find(|layout| known(layout) && layout.sign(folder).is_some());
    fitting.or_else(|| LAYOUTS.iter().find(known)).copied().ok_or_else(|| {
        let names = LAYOUTS.iter().flat_map(|layout| layout.aliases().iter().copied().chain([layout.name()]));
        let nearest = nearest(name, names.chain([AUTO])).map(str::to_owned);
        SourceError::UnknownLayout { name: name.to_owned(), nearest, choices: layout_names().join(", ") }
    })
}

fn recognise(folder: &Folder) -> Result<&'static dyn Layout, SourceError> {
    let signs: Vec<(&dyn Layout, String)> =
        LAYOUTS.iter().filter_map(|layout| layout.sign(folder).map(|sign| (*layout, sign))).collect();
    let is_included = |name: &str| signs.iter().any(|(layout, _)| layout.includes().contains(&name));
    let mut signs = signs.iter().filter(|(layout, _)| !is_included(layout.name()));
    match (signs.next(), signs.next()) {
        (None, _) => Ok(LAYOUTS[0]),
        (Some((layout, _)), None) => Ok(*layout),
        (Some((first, first_sign)), Some((second, second_sign))) => Err(SourceError::Ambiguous {
            dir: folder.shown.clone(),
            first: first.name(),
            first_sign: first_sign.clone(),
            second: second.name(),
            second_sign: second_sign.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, paths: &[&str]) -> Result<&'static str, String> {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "SELECT 1;")).collect();
        choose(name, &Folder::of(&files)).map(|layout| layout.name()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_layout_is_recognised_by_what_is_there() {
        let cases: [(&[&str], &str); 14] = [
            (&[], "native"),
            (&["README.md"], "native"),
            (&["1_a.sql", "2_b.sql"], "native"),
            (&["a.sql", "a.rollback.sql"], "native"),
            (&["users_4_0_25.sql", "users_4_0_25_rollback.sql"], "native"),
            (&["1_a.up.sql", "1_a.down.sql"], "golang-migrate"),
            (&["1_a.up.sql", "2_b.sql"], "golang-migrate"),
            (&["V1__a.sql", "U1__a.sql"], "flyway"),
            (&["a/migration.sql", "migration_lock.toml"], "prisma"),
            (&["a/up.sql", "a/down.sql"], "diesel"),
            (&["sqitch.plan", "deploy/a.sql", "revert/a.sql"], "sqitch"),
            (&["meta/_journal.json", "0000_a.sql"], "drizzle"),
            (&["a/migration.sql", "a/snapshot.json"], "drizzle"),
            (&["1_a.mysql.up.sql", "2_b.up.sql"], "popx"),
        ];
        for (paths, name) in cases {
            assert_eq!(chosen("auto", paths), Ok(name), "{paths:?}");
        }
    }

    #[test]
    fn two_that_fit_are_an_error_that_says_how_to_choose() {
        let paths = ["1_a.up.sql", "2_b.sql", "2_b.rollback.sql"];
        let error = chosen("auto", &paths).unwrap_err();
        for part in ["native", "golang-migrate", "1_a.up.sql", "2_b.rollback.sql", "migrations.layout"] {
            assert!(error.contains(part), "{part} is not in {error}");
        }
        assert_eq!(chosen("sqlx", &paths), Ok("golang-migrate"));
        assert_eq!(chosen("native", &paths), Ok("native"));
    }

    #[test]
    fn a_layout_is_recognised_by_what_the_files_say() {
        let cases = [
            ("-- +goose Up\nSELECT 1;", "goose"),
            ("-- migrate:up\nSELECT 1;", "dbmate"),
            ("-- +migrate Up\nSELECT 1;", "sql-migrate"),
            ("-- +micrate Up\nSELECT 1;", "micrate"),
            ("--liquibase formatted sql\n--changeset a:1\nSELECT 1;", "liquibase"),
            ("-- depends: x\nSELECT 1;", "yoyo"),
            ("SELECT '-- +goose Up';", "native"),
        ];
        for (text, name) in cases {
            let folder = Folder::of(&[("1_a.sql", text), ("x.sql", "SELECT 1;"), ("x.rollback.sql", "SELECT 1;")]);
            let found = choose("auto", &folder).map(|layout| layout.name());
            match name {
                "native" | "yoyo" => assert_eq!(found.unwrap(), name),
                name => {
                    let error = found.unwrap_err().to_string();
                    assert!(
                        error.contains(name) && error.contains("native") && error.contains("migrations.layout"),
                        "{error}"
                    );
                    assert_eq!(choose("auto", &Folder::of(&[("1_a.sql", text)])).unwrap().name(), name);
                }
            }
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let error = chosen("nativ", &[]).unwrap_err();
        assert!(error.contains("did you mean \"native\"") && error.contains("auto"), "{error}");
        assert!(!chosen("xyz", &[]).unwrap_err().contains("did you mean"));
    }
}
