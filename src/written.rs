//! Documentation that is made from the program: held against what it says, or written anew.

use std::path::PathBuf;

/// Compares a file below `docs/reference/` with the text that is made; with `CARIBOU_WRITE_DOCS` it is written first.
///
/// # Panics
/// When the file says something else.
#[track_caller]
pub(crate) fn stands(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reference").join(name);
    if std::env::var_os("CARIBOU_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("the directory");
        std::fs::write(&path, text).expect("it can be written");
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stands == text, "{name} says something else; CARIBOU_WRITE_DOCS=1 cargo test --lib reference writes it");
}

/// A row of a table.
pub(crate) fn row(cells: &[&str]) -> String {
    let cell = |cell: &&str| cell.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ");
    format!("| {} |\n", cells.iter().map(cell).collect::<Vec<_>>().join(" | "))
}

/// The head of a table.
pub(crate) fn head(names: &[&str]) -> String {
    format!("{}|{}\n", row(names), "---|".repeat(names.len()))
}
