//! Origins and their order, on files of our own.

use super::*;
use std::path::PathBuf;

fn project(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(file::NAME), text).unwrap();
    std::fs::create_dir_all(dir.path().join("deep/er")).unwrap();
    dir
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let dir = project("[migrations]\ndir = \"sql\"\nlayout = \"native\"\n[workers]\nparallel = 3\n");
    let config = Config::load(&Sources {
        cwd: dir.path().join("deep/er"),
        environment: variables(&[("CARIBOU_MIGRATIONS_LAYOUT", "sqlx"), ("CARIBOU_WORKERS_PARALLEL", "4")]),
        flags: vec![("workers.parallel", "--parallel", "5".into())],
        ..Sources::default()
    })
    .unwrap();
    let origin = |name| config.settings.get(name).map(|s| (s.value.as_str(), s.origin.clone())).unwrap();
    assert_eq!(origin("migrations.dir"), ("sql", Origin::File(2)));
    assert_eq!(origin("migrations.layout"), ("sqlx", Origin::Environment("CARIBOU_MIGRATIONS_LAYOUT".into())));
    assert_eq!(origin("workers.parallel"), ("5", Origin::Flag("--parallel")));
    assert_eq!(origin("budget.core_tables"), ("77", Origin::Default));
    assert_eq!(
        config.settings.path("migrations.dir"),
        Some(dir.path().join("sql")),
        "relative to the file, found upwards"
    );
}

#[test]
fn paths_from_outside_the_file_are_relative_to_the_working_directory() {
    let dir = project("");
    let cwd = dir.path().join("deep");
    let flags = vec![("migrations.dir", "--dir", "x".to_owned())];
    let config = Config::load(&Sources { cwd: cwd.clone(), flags, ..Sources::default() }).unwrap();
    assert_eq!(config.settings.path("migrations.dir"), Some(cwd.join("x")));
}

#[test]
fn unknown_variables_are_named_with_what_was_meant() {
    let sources = Sources {
        cwd: PathBuf::from("/"),
        environment: variables(&[("CARIBOU_DATABSE_URL", "x"), ("CARIBOU_PASSWORD", "hunter2")]),
        ..Sources::default()
    };
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    assert!(config.warnings[0].contains("did you mean CARIBOU_DATABASE_URL?"), "{:?}", config.warnings);
}

#[test]
fn families_keep_the_order_of_the_file_and_take_variables() {
    let dir = project("[session]\nb = 1\na = \"x\"\n");
    let environment = variables(&[("CARIBOU_SESSION_SQL_MODE", "ANSI")]);
    let sources = Sources { cwd: dir.path().to_owned(), environment, ..Sources::default() };
    let config = Config::load(&sources).unwrap();
    let found: Vec<_> = config.settings.family("session").collect();
    assert_eq!(found, [("b", "1"), ("a", "x"), ("sql_mode", "ANSI")]);
}

#[test]
fn a_wrong_variable_is_an_error_that_names_it() {
    let environment = variables(&[("CARIBOU_WORKERS_PARALLEL", "many")]);
    let error = Config::load(&Sources { cwd: "/".into(), environment, ..Sources::default() }).unwrap_err();
    assert_eq!(error.message, "CARIBOU_WORKERS_PARALLEL: workers.parallel must be a whole number from 1 to 64");
}
