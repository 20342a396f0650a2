//! The older layout of Drizzle: files in the order of `meta/_journal.json`.
//!
//! Source: what `drizzle-kit generate` writes. Between two `--> statement-breakpoint` it sends one statement; here the rules
//! of the server's client hold, and a breakpoint ends a statement as well.

use super::arranged::{Arranged, in_order};
use super::layout::Layout;
use super::layout_name::DRIZZLE;
use super::migration::Contents;
use super::remark::{Remark, kind};
use super::{Folder, SourceError};
use serde_json::Value;

/// `0000_name.sql`, with the journal of them.
pub(super) struct Drizzle;

const JOURNAL: &str = "meta/_journal.json";

impl Layout for Drizzle {
    fn name(&self) -> &'static str {
        DRIZZLE
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        folder.has(JOURNAL).then(|| JOURNAL.to_owned())
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        let text = folder.text(JOURNAL)?.text;
        let wrong = |line: usize, problem: String| SourceError::Line { path: JOURNAL.to_owned(), line, problem };
        let journal: Value = serde_json::from_str(&text).map_err(|error| wrong(error.line(), error.to_string()))?;
        let entries = journal["entries"].as_array().ok_or_else(|| wrong(1, "it has no list `entries`".to_owned()))?;
        let line = |tag: &str| 1 + text.lines().position(|line| line.contains(tag)).unwrap_or(0);
        let mut entries: Vec<(u64, &str)> = entries
            .iter()
            .map(|entry| entry["idx"].as_u64().zip(entry["tag"].as_str()))
            .collect::<Option<_>>()
            .ok_or_else(|| wrong(1, "an entry has no `idx` or no `tag`".to_owned()))?;
        entries.sort_unstable();
        let mut arranged = Vec::with_capacity(entries.len());
        for (_, tag) in &entries {
            let path = format!("{tag}.sql");
            if !folder.has(&path) {
                let problem = format!("there is no {path}: put it back, or take the entry out");
                return Err(wrong(line(tag), problem));
            }
            arranged.push(Arranged::from_name(tag, &path));
        }
        let mut contents = Contents::from_files(folder, in_order(arranged))?;
        let is_listed = |path: &str| entries.iter().any(|(_, tag)| path.strip_suffix(".sql") == Some(tag));
        for text in folder.sql().filter(|text| !is_listed(&text.path)) {
            let message = format!("{} does not run: {JOURNAL} does not list it", text.path);
            contents.remarks.push(Remark::warning(kind::LEFT_ALONE, None, message));
        }
        Ok(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_says_what_runs_in_which_order() {
        let journal = "{\"entries\":[\n{\"idx\":1,\"tag\":\"0001_b\"},\n{\"idx\":0,\"tag\":\"0000_a\"}]}";
        let files =
            [(JOURNAL, journal), ("0000_a.sql", "SELECT 1;"), ("0001_b.sql", "SELECT 1;"), ("0002_c.sql", "SELECT 1;")];
        let contents = Drizzle.read(&Folder::of(&files)).unwrap();
        let names: Vec<&str> = contents.migrations.iter().map(|one| one.at.version.text.as_str()).collect();
        assert_eq!(names, ["0000", "0001"]);
        assert!(contents.remarks[0].message.contains("0002_c.sql"));
        let wrong = |files: &[(&str, &str)]| Drizzle.read(&Folder::of(files)).unwrap_err().to_string();
        assert!(wrong(&files[..2]).contains("meta/_journal.json, line 2"));
        assert!(wrong(&[(JOURNAL, "{")]).contains("line 1"));
        assert!(wrong(&[(JOURNAL, "{}")]).contains("entries"));
    }
}
