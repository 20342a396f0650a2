//! Files that are no SQL, and are of the migrations because their type takes them.

use super::arranged::Arranged;
use super::manifest::{MANIFEST, Manifest};
use super::path::{extension, file_name, without_sql};
use super::{SourceError, SourceType, Text, Types};
use crate::sql::directives;
use std::path::Path;

/// The languages whose comments can hold directives.
const WITH_COMMENTS: &[&str] = &["toml", "yaml", "yml"];

/// Finds them: those in the folder of a type that takes them, those that the manifest gives a type, and those that say
/// their type themselves. All other files are none of ours.
pub(super) fn arrange(
    dir: &Path,
    paths: &[String],
    types: &Types,
    manifest: Option<&Manifest>,
) -> Result<Vec<Arranged>, SourceError> {
    let mut arranged = Vec::new();
    let others = paths.iter().filter(|path| without_sql(path).is_none() && *path != MANIFEST);
    for path in others.filter(|path| types.may_take(path)) {
        let said = manifest.and_then(|manifest| manifest.files.get(path)).and_then(|about| about.file_type.as_deref());
        let is_of = |name: &str| types.find(name).is_some_and(|known| known.takes(path));
        let is_ours = said.is_some_and(is_of)
            || types.of_folder(path).is_some_and(|known| known.takes(path))
            || own_type(dir, path)?.is_some_and(|name| is_of(&name));
        if is_ours {
            arranged.push(migration(path));
        }
    }
    Ok(arranged)
}

/// True if directives can stand in the comments of a file with this path.
pub(super) fn has_directives(path: &str) -> bool {
    extension(path).is_some_and(|found| WITH_COMMENTS.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

/// The type that a file itself says. What cannot be read is somebody else's file.
fn own_type(dir: &Path, path: &str) -> Result<Option<String>, SourceError> {
    if !has_directives(path) {
        return Ok(None);
    }
    let Ok(text) = Text::read(dir, path) else { return Ok(None) };
    Ok(directives(&text.text).ok().and_then(|directives| directives.file_type))
}

fn migration(path: &str) -> Arranged {
    let name = file_name(path);
    Arranged::from_name(name.rsplit_once('.').map_or(name, |(stem, _)| stem), path)
}

/// A file of a type that does not take it.
pub(super) fn refuse(path: &str, known: &SourceType) -> Result<(), SourceError> {
    if known.takes(path) {
        return Ok(());
    }
    let takes = known.extensions.join(", ");
    Err(SourceError::OtherType { path: path.to_owned(), name: known.name, takes })
}
