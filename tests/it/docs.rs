//! Parts of the documentation that are made from the program, and so say what it does.
//!
//! `CARIBOU_WRITE_DOCS=1 cargo test --test it docs` writes the parts between their marks anew.

use caribou::model::{FileState, TRANSITIONS};
use std::fmt::Write as _;
use std::path::PathBuf;

const BEGINNING: &str = "<!-- transitions: made from src/model/lifecycle.rs -->\n";
const END: &str = "<!-- end -->";

#[test]
fn the_transitions_stand_in_the_chapter_on_the_lifecycle() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/design/lifecycle.md");
    let chapter = std::fs::read_to_string(&path).expect("the chapter");
    let (before, rest) = chapter.split_once(BEGINNING).expect("the mark where it begins");
    let (stands, after) = rest.split_once(END).expect("the mark where it ends");
    let wanted = format!("\n{}\n{}\n", diagram(), table());
    if std::env::var_os("CARIBOU_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGINNING}{wanted}{END}{after}")).expect("the chapter can be written");
    } else {
        assert_eq!(stands, wanted, "CARIBOU_WRITE_DOCS=1 cargo test --test it docs writes it");
    }
}

fn diagram() -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    for row in TRANSITIONS {
        writeln!(text, "    {} --> {}", row.from, row.to).expect("a string takes it");
    }
    text + "```\n"
}

fn table() -> String {
    let mut text = String::from("| from | to | when |\n|---|---|---|\n");
    for state in FileState::ALL {
        for row in TRANSITIONS.iter().filter(|row| row.from == state) {
            writeln!(text, "| {} {} | {} | {} |", state.id(), row.from, row.to, row.when).expect("a string takes it");
        }
    }
    text
}

/// A folder that moves leaves no sign behind that points to where it was.
#[test]
fn every_path_in_the_architecture_exists() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("the architecture");
    let is_path = |word: &&str| word.contains('/') || word.ends_with(".rs") || word.ends_with(".md");
    let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(is_path).collect();
    let is_missing = |path: &&&str| !root.join(path).exists() && !root.join("src").join(path).exists();
    let missing: Vec<&&str> = named.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "not there: {missing:?}");
    assert!(named.len() > 40, "the test reads the paths: {named:?}");
}
