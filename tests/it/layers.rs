//! The direction of dependence, held by reading the source: each layer may use only the layers named here. An edge
//! that points up, or sideways, fails with the file and line that draws it. Nor may files stand in a circle.

mod circles;
mod tokens;

use circles::{Crate, circles};
use std::fs;
use std::path::{Path, PathBuf};

/// Layer, and the layers it may use. From the ground up.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("sql", &[]),
    ("undo", &["model", "sql"]),
    ("source", &["model", "sql"]),
    ("plan", &["model", "sql", "undo"]),
    ("database", &["model", "sql"]),
    ("adopt", &["sql", "source", "database"]),
    ("handlers", &["model", "sql", "source", "database"]),
    ("store", &["model", "sql", "database"]),
    ("kept", &["model", "sql", "undo", "database", "store"]),
    ("check", &["model", "sql", "undo", "database"]),
    ("notify", &["model", "database", "store"]),
    ("metrics", &["model", "store"]),
    ("engine", &["model", "sql", "undo", "plan", "database", "adopt", "handlers", "store", "kept", "check", "notify"]),
    ("recording", &["model", "sql"]),
    // No database driver can be reached from the console: it gets events and gives commands.
    ("console", &["model", "sql", "recording"]),
    (
        "cli",
        &[
            "model",
            "sql",
            "undo",
            "source",
            "plan",
            "database",
            "adopt",
            "handlers",
            "store",
            "kept",
            "check",
            "notify",
            "metrics",
            "engine",
            "recording",
            "console",
        ],
    ),
];

/// The layers that a line of code names: `crate::x` and `caribou::x`.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    ["crate::", "caribou::"].into_iter().flat_map(move |root| {
        code.split(root).skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        })
    })
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn dependencies_point_downwards() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut edges = 0;
    for entry in fs::read_dir(&src).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let layer = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("src/{layer} has no place in the table of layers"));
            continue;
        };
        let mut files = Vec::new();
        rust_files(&path, &mut files);
        for file in files {
            for (number, line) in (1..).zip(fs::read_to_string(&file).unwrap().lines()) {
                for used in named(line).filter(|used| LAYERS.iter().any(|(name, _)| name == used)) {
                    edges += 1;
                    if used != layer && !allowed.contains(&used) {
                        wrong.push(format!("{}:{number}: {layer} may not use {used}", file.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(edges > 50, "the test reads the source: only {edges} uses found");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let edges = Crate::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).edges();
    assert!(edges.len() > 2000, "the test reads the source: only {} uses found", edges.len());
    let found: Vec<String> = circles(&edges).iter().map(|circle| circle.join("\n")).collect();
    assert!(found.is_empty(), "files that use each other in a circle:\n{}", found.join("\n\n"));
}

#[test]
fn the_reader_of_the_source_sees_what_it_should() {
    let line = "use crate::store::Store; // not crate::cli";
    assert_eq!(named(line).collect::<Vec<_>>(), ["store"]);
}
