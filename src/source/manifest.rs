//! `batch.toml`: what a directory says about its batch beside the files.

use super::spelling::nearest;
use super::{Need, SourceError, Types};
use crate::model::{ColumnOf, DeclaredRelation, DependencyType};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The file's name, at the top of the directory.
pub(super) const MANIFEST: &str = "batch.toml";

/// A manifest, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The batch's name.
    pub name: Option<String>,
    /// The epoch that the system must be at.
    pub epoch_from: Option<i64>,
    /// The epoch that the batch leads to.
    pub epoch_to: Option<i64>,
    /// Entries about single files, by path.
    pub files: BTreeMap<String, ManifestFile>,
    /// Relations between tables, in place of foreign keys.
    pub relations: Vec<DeclaredRelation>,
}

/// Entry of a manifest about one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestFile {
    /// `type`.
    pub file_type: Option<String>,
    /// `requires`, `optional`, `conflicts`.
    pub needs: Vec<Need>,
    /// The line where it begins, from 1.
    pub line: u32,
}

const KEYS: &[&str] = &["name", "epoch_from", "epoch_to", "files", "relations"];
const RELATION_KEYS: &[&str] = &["child", "parent"];
const FILE_KEYS: &[&str] = &["type", "requires", "optional", "conflicts"];

/// Reads a manifest.
pub(super) fn parse(path: &str, text: &str, types: &Types) -> Result<Manifest, SourceError> {
    let reader = Reader { path, text, types };
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = 1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
        SourceError::Manifest { path: path.to_owned(), line, problem: error.message().to_owned() }
    })?;
    let mut manifest = Manifest::default();
    for (key, value) in &table {
        match key.as_str() {
            "name" => manifest.name = Some(reader.text(key, value)?),
            "epoch_from" => manifest.epoch_from = Some(reader.epoch(key, value)?),
            "epoch_to" => manifest.epoch_to = Some(reader.epoch(key, value)?),
            "files" => {
                let files = value.as_table().ok_or_else(|| reader.wrong(key, "write [files.\"PATH\"]"))?;
                for (file, about) in files {
                    manifest.files.insert(file.clone(), reader.file(file, about)?);
                }
            }
            "relations" => {
                let list = value.as_array().ok_or_else(|| reader.wrong(key, "write [[relations]]"))?;
                for (index, about) in list.iter().enumerate() {
                    manifest.relations.push(reader.relation(index, about)?);
                }
            }
            _ => return Err(reader.unknown(key, KEYS)),
        }
    }
    Ok(manifest)
}

/// The text, for the lines of messages.
struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    types: &'a Types,
}

impl Reader<'_> {
    fn file(&self, path: &str, about: &Value) -> Result<ManifestFile, SourceError> {
        let about = about.as_table().ok_or_else(|| self.wrong(path, "write [files.\"PATH\"] with keys below it"))?;
        let line = u32::try_from(self.line(path)).unwrap_or(u32::MAX);
        let mut file = ManifestFile { line, ..ManifestFile::default() };
        for (key, value) in about {
            let kind = match key.as_str() {
                "type" => {
                    file.file_type = Some(self.file_type(key, value)?);
                    continue;
                }
                "requires" => DependencyType::Required,
                "optional" => DependencyType::Optional,
                "conflicts" => DependencyType::Conflict,
                _ => return Err(self.unknown(key, FILE_KEYS)),
            };
            let names = value.as_array().ok_or_else(|| self.wrong(key, "write a list of names in brackets"))?;
            for name in names {
                let name = self.text(key, name)?;
                file.needs.push(Need { name, kind, said_in: self.path.to_owned(), line });
            }
        }
        Ok(file)
    }

    /// The n-th `[[relations]]`.
    fn relation(&self, index: usize, about: &Value) -> Result<DeclaredRelation, SourceError> {
        let line = self.relation_line(index);
        let problem = |word: &str, problem: String| {
            let at = self.text.lines().skip(line - 1).position(|text| text.contains(word)).unwrap_or(0);
            SourceError::Manifest { path: self.path.to_owned(), line: line + at, problem }
        };
        let about =
            about.as_table().ok_or_else(|| self.wrong("relations", "write [[relations]] with keys below it"))?;
        if let Some(key) = about.keys().find(|key| !RELATION_KEYS.contains(&key.as_str())) {
            return Err(problem(key, format!("unknown key `{key}`: {}", advice(key, RELATION_KEYS))));
        }
        let column = |key: &str| match about.get(key) {
            None => Err(problem("relations", format!("`{key}` is missing: write {key} = \"TABLE.COLUMN\""))),
            Some(value) => value.as_str().and_then(ColumnOf::parse).ok_or_else(|| {
                problem(key, format!("cannot read `{key}`: write \"TABLE.COLUMN\", a table of core and its column"))
            }),
        };
        let (child, parent) = (column("child")?, column("parent")?);
        Ok(DeclaredRelation { child, parent, line: u32::try_from(line).unwrap_or(u32::MAX) })
    }

    /// The line where the n-th relation begins.
    fn relation_line(&self, index: usize) -> usize {
        let is_head =
            |line: &str| line.split('#').next().unwrap_or_default().replace(' ', "").starts_with("[[relations]]");
        let heads = self.text.lines().enumerate().filter(|(_, line)| is_head(line)).map(|(at, _)| at + 1);
        heads.into_iter().nth(index).unwrap_or_else(|| self.line("relations"))
    }

    fn text(&self, key: &str, value: &Value) -> Result<String, SourceError> {
        let text = value.as_str().filter(|text| !text.trim().is_empty());
        text.map(str::to_owned).ok_or_else(|| self.wrong(key, "write a text in quotes"))
    }

    fn epoch(&self, key: &str, value: &Value) -> Result<i64, SourceError> {
        let number = value.as_integer().filter(|number| *number >= 0);
        number.ok_or_else(|| self.wrong(key, "write a whole number, 0 or more"))
    }

    fn file_type(&self, key: &str, value: &Value) -> Result<String, SourceError> {
        let word = self.text(key, value)?;
        match self.types.find(&word) {
            Some(_) => Ok(word),
            None => {
                let names = self.types.names();
                Err(self.wrong(key, &format!("there is no file type {word:?}, use one of {names}")))
            }
        }
    }

    fn unknown(&self, key: &str, known: &[&str]) -> SourceError {
        self.problem(key, format!("unknown key `{key}`: {}", advice(key, known)))
    }

    fn wrong(&self, key: &str, advice: &str) -> SourceError {
        self.problem(key, format!("cannot read `{key}`: {advice}"))
    }

    fn problem(&self, key: &str, problem: String) -> SourceError {
        SourceError::Manifest { path: self.path.to_owned(), line: self.line(key), problem }
    }

    /// The first line that holds the word; the parser keeps no places.
    fn line(&self, word: &str) -> usize {
        1 + self.text.lines().position(|line| line.contains(word)).unwrap_or(0)
    }
}

/// Advice about a key that is not known.
fn advice(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read() {
        let text = "name = \"spring\"\nepoch_from = 7\nepoch_to = 4000025\n\n[files.\"a/b.sql\"]\ntype = \"module\"\n\
                    requires = [\"0001_x\", \"2\"]\nconflicts = [\"z\"]\n";
        let manifest = parse("batch.toml", text, &Types::default()).unwrap();
        assert_eq!(
            (manifest.name.as_deref(), manifest.epoch_from, manifest.epoch_to),
            (Some("spring"), Some(7), Some(4_000_025))
        );
        let file = &manifest.files["a/b.sql"];
        assert_eq!(file.file_type.as_deref(), Some("module"));
        let needs: Vec<(&str, DependencyType, u32)> =
            file.needs.iter().map(|n| (n.name.as_str(), n.kind, n.line)).collect();
        assert_eq!(
            needs,
            [
                ("z", DependencyType::Conflict, 5),
                ("0001_x", DependencyType::Required, 5),
                ("2", DependencyType::Required, 5)
            ]
        );
    }

    #[test]
    fn relations_are_read_with_their_lines() {
        let text = "name = \"a\"\n\n[[relations]]\nchild = \"o.c\"\nparent = \"p.id\"\n\n[[relations]] # more\n\
                    parent = \"a.b\"\nchild = \"c.d\"\n";
        let relations = parse("batch.toml", text, &Types::default()).unwrap().relations;
        let told: Vec<(String, u32)> = relations.iter().map(|one| (one.to_string(), one.line)).collect();
        assert_eq!(told, [("o.c to p.id".to_owned(), 3), ("c.d to a.b".to_owned(), 7)]);
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_advice() {
        let cases = [
            ("name = \"a\"\nepoch_too = 1\n", "line 2", "did you mean `epoch_to`?"),
            ("[files.\"a.sql\"]\nrequire = []\n", "line 2", "did you mean `requires`?"),
            ("zzz = 1", "line 1", "known are name, epoch_from"),
            ("[files.\"a.sql\"]\ntype = \"modul\"\n", "line 2", "doctrine, module"),
            ("epoch_to = -4", "line 1", "0 or more"),
            ("\n\nname = ", "line 3", ""),
            ("[files.\"a.sql\"]\nrequires = \"x\"", "line 2", "brackets"),
            ("files = 3", "line 1", "[files.\"PATH\"]"),
            ("relations = 3", "line 1", "[[relations]]"),
            ("[[relations]]\nchild = \"a.b\"\nparnet = \"c.d\"", "line 3", "did you mean `parent`?"),
            ("[[relations]]\nchild = \"a.b\"\n", "line 1", "`parent` is missing"),
            ("\n[[relations]]\nchild = \"a\"\nparent = \"c.d\"", "line 3", "TABLE.COLUMN"),
            (
                "[[relations]]\nchild = \"a.b\"\nparent = \"c.d\"\n[[relations]]\nparent = 4",
                "line 4",
                "`child` is missing",
            ),
        ];
        for (text, line, advice) in cases {
            let error = parse("batch.toml", text, &Types::default()).unwrap_err().to_string();
            assert!(error.contains(line) && error.contains(advice), "{text:?}: {error}");
        }
    }
}
