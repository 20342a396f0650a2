//! Documentation: a document that gets the epoch into its metadata, and describes what there is.

use super::header::{Described, Document};
use super::place::Place;
use super::recorded::{original, record};
use super::{Catalog, Columns, Fault, Handler, Original, OwnStep, Stands, Subject, held_to};
use crate::database::DbError;
use crate::model::FileType;
use crate::source::SourceType;
use crate::sql::Dialect;
use async_trait::async_trait;
use sha2::{Digest, Sha256};

/// Markdown with front matter, or a text with a metadata header; also SQL that only reads.
#[derive(Debug)]
pub(super) struct Documentation;

const NAME: &str = "documentation";

#[async_trait]
impl Handler for Documentation {
    fn source(&self) -> SourceType {
        let extensions = &["sql", "md", "markdown", "txt", "rst", "adoc"];
        SourceType { name: NAME, recorded_as: FileType::Documentation, folders: &["docs", "doc"], extensions }
    }

    /// An edited document is a new version of it.
    fn runs_again_as(&self, path: &str) -> bool {
        !is_sql(path)
    }

    fn has_steps(&self) -> bool {
        true
    }

    fn describes(&self, path: &str, recorded: &str) -> Vec<Described> {
        let text = original(recorded).filter(|_| !is_sql(path)).unwrap_or_default();
        Document::read(path, &text).and_then(|document| document.describes()).unwrap_or_default()
    }

    /// Without the stamp, which is not the author's. What has no metadata is known by all its bytes.
    fn identity(&self, bytes: &[u8]) -> String {
        let unstamped = std::str::from_utf8(bytes).ok().and_then(|text| {
            Document::read(".md", text)
                .or_else(|_| Document::read(".txt", text))
                .ok()
                .map(|document| document.unstamped())
        });
        digest(unstamped.as_deref().map_or(bytes, str::as_bytes))
    }

    fn prepare(&self, file: &Original<'_>, _: Dialect) -> Result<Option<String>, Fault> {
        if is_sql(file.path) {
            return Ok(None);
        }
        if digest(file.text.as_bytes()) != file.sha256 {
            return Err(Fault::new(1, "it begins with a byte order mark: save it without"));
        }
        let described = Document::read(file.path, file.text)?.describes()?;
        let mut step = format!("CARIBOU STEP '{}'", self.identity(file.text.as_bytes()));
        let mut tables: Vec<&str> = described.iter().map(|one| one.table.as_str()).collect();
        tables.sort_unstable();
        tables.dedup();
        if !tables.is_empty() {
            step = format!("{step} FOR `{}`", tables.join("`, `"));
        }
        Ok(Some(record(NAME, file.text, &[(1, format!("{step};"))])))
    }

    async fn validate_before(&self, file: &Subject<'_>, catalog: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
        if is_sql(file.path) {
            return Ok(held_to::to_reading(file));
        }
        let Some(text) = original(file.text) else {
            return Ok(vec![Fault::new(1, "its recorded text is not that of a document: plan it again")]);
        };
        match Document::read(file.path, &text).and_then(|document| document.describes()) {
            Ok(described) => describes_what_is_there(&described, catalog).await,
            Err(fault) => Ok(vec![fault]),
        }
    }

    fn apply(&self, step: &OwnStep<'_>) -> Result<(), String> {
        let (place, found) = look(step)?;
        match found.stands(step) {
            Stands::Before => place.replace(found.after.as_bytes()),
            Stands::After => Ok(()),
            Stands::Neither(why) => Err(why),
        }
    }

    async fn validate_after(&self, file: &Subject<'_>, catalog: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
        self.validate_before(file, catalog).await
    }

    fn undo(&self, step: &OwnStep<'_>) -> Result<(), String> {
        let (place, found) = look(step)?;
        match found.stands(step) {
            Stands::After => place.replace(found.before.as_bytes()),
            Stands::Before => Ok(()),
            Stands::Neither(why) => Err(why),
        }
    }

    fn stands(&self, step: &OwnStep<'_>) -> Stands {
        match look(step) {
            Ok((_, found)) => found.stands(step),
            Err(why) => Stands::Neither(why),
        }
    }
}

fn is_sql(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("sql"))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A document: as it was, as the stamp makes it, and as it is.
struct Found {
    before: String,
    after: String,
    now: Vec<u8>,
}

impl Found {
    fn stands(&self, step: &OwnStep<'_>) -> Stands {
        match self.now.as_slice() {
            now if now == self.before.as_bytes() => Stands::Before,
            now if now == self.after.as_bytes() => Stands::After,
            _ => Stands::Neither(format!(
                "{} was changed by somebody since it was planned, and is left alone: look at it, and put it back as it was, or \
                 settle the file",
                step.path
            )),
        }
    }
}

fn look(step: &OwnStep<'_>) -> Result<(Place, Found), String> {
    let Some(directory) = step.directory else {
        return Err(format!(
            "{} is a document, and this process does not see the migration directory: run it where that is (migrations.dir)",
            step.path
        ));
    };
    let before =
        original(step.text).ok_or_else(|| format!("the recorded text of {} is not that of a document", step.path))?;
    let document = Document::read(step.path, &before).map_err(|fault| format!("{}, {fault}", step.path))?;
    let after = document.stamped(step.epoch);
    let place = Place::find(directory, step.path)?;
    let now = place.read()?;
    Ok((place, Found { before, after, now }))
}

async fn describes_what_is_there(described: &[Described], catalog: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
    let mut faults = Vec::new();
    for Described { line, table, column } in described {
        let all = match catalog.columns(None, table).await? {
            Columns::Later => continue,
            Columns::Known { all, .. } => all,
            Columns::Missing => {
                let problem = format!(
                    "it describes {table}, and there is no such table or view: correct the name, or take it out"
                );
                faults.push(Fault::new(*line, problem));
                continue;
            }
        };
        if let Some(column) = column.as_ref().filter(|name| !all.iter().any(|known| known.eq_ignore_ascii_case(name))) {
            let problem = format!(
                "it describes {table}.{column}, and {table} has {}: correct the name, or take it out",
                all.join(", ")
            );
            faults.push(Fault::new(*line, problem));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "---\ndescribes: [users]\n---\n# Users; it's -- | here\n";

    #[test]
    fn a_document_is_stamped_and_has_its_bytes_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.md");
        std::fs::write(&file, TEXT).unwrap();
        let original = Original { path: "a.md", text: TEXT, sha256: &digest(TEXT.as_bytes()) };
        let recorded = Documentation.prepare(&original, Dialect::MySql).unwrap().unwrap();
        let step = OwnStep {
            directory: Some(dir.path()),
            path: "a.md",
            text: &recorded,
            statement: "CARIBOU STEP ''",
            epoch: 9,
        };
        assert_eq!(Documentation.stands(&step), Stands::Before);
        Documentation.apply(&step).unwrap();
        assert_eq!(Documentation.stands(&step), Stands::After);
        let stamped = std::fs::read_to_string(&file).unwrap();
        assert!(stamped.contains("caribou.epoch: 9\n"), "{stamped}");
        assert_eq!(Documentation.identity(stamped.as_bytes()), Documentation.identity(TEXT.as_bytes()));
        Documentation.apply(&step).unwrap();
        Documentation.undo(&step).unwrap();
        Documentation.undo(&step).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), TEXT);
        std::fs::write(&file, "edited").unwrap();
        for refused in [Documentation.apply(&step), Documentation.undo(&step)] {
            assert!(refused.unwrap_err().contains("left alone"));
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "edited");
        let blind = OwnStep { directory: None, ..step };
        assert!(Documentation.apply(&blind).unwrap_err().contains("migrations.dir"));
    }
}
