//! Several directories as one: each with an order, a layout and numbers of its own, its files below its name.

use super::layout_name::SEVERAL;
use super::{Directory, Manifest, SourceError, SourceFile, Types, read_as};
use crate::sql::Dialect;
use std::path::Path;

/// Reads directories below `base`, in this order.
///
/// # Errors
/// Those of each, with its name; two manifests that both name the batch or its epochs.
pub fn read_several(
    base: &Path,
    names: &[String],
    layout: &str,
    dialect: Dialect,
    types: &Types,
) -> Result<Directory, SourceError> {
    let mut all: Option<Directory> = None;
    for name in names {
        let within = |error| SourceError::Within { dir: name.clone(), error: Box::new(error) };
        let mut one = read_as(&base.join(name), layout, dialect, types).map_err(within)?;
        one.files.iter_mut().for_each(|file| below(file, name));
        all = Some(match all {
            None => one,
            Some(all) => joined(all, one).map_err(within)?,
        });
    }
    all.ok_or(SourceError::NoDirectory)
}

/// Puts a file below the name of its directory.
fn below(file: &mut SourceFile, name: &str) {
    let own = std::mem::take(&mut file.path);
    file.path = format!("{name}/{own}");
    file.root = name.to_owned();
    for need in &mut file.needs {
        need.said_in = format!("{name}/{}", need.said_in);
    }
    for span in &mut file.rule.replaces {
        span.move_below(name);
    }
    if let Some(formerly) = &mut file.rule.formerly {
        formerly.path = format!("{name}/{}", formerly.path);
    }
}

fn joined(mut all: Directory, one: Directory) -> Result<Directory, SourceError> {
    all.files.extend(one.files);
    all.remarks.extend(one.remarks);
    all.recognised |= one.recognised;
    if all.layout != one.layout {
        all.layout = SEVERAL;
    }
    all.manifest = match (all.manifest, one.manifest) {
        (Some(before), Some(after)) => Some(both(before, after)?),
        (before, after) => before.or(after),
    };
    Ok(all)
}

/// Two manifests: a batch has one name, and leads from one epoch to one.
fn both(before: Manifest, after: Manifest) -> Result<Manifest, SourceError> {
    let is_of_batch = |one: &Manifest| one.name.is_some() || one.epoch_from.is_some() || one.epoch_to.is_some();
    if is_of_batch(&before) && is_of_batch(&after) {
        return Err(SourceError::TwoManifests);
    }
    let mut files = before.files;
    files.extend(after.files);
    let relations = before.relations.into_iter().chain(after.relations).collect();
    Ok(Manifest {
        name: before.name.or(after.name),
        epoch_from: before.epoch_from.or(after.epoch_from),
        epoch_to: before.epoch_to.or(after.epoch_to),
        files,
        relations,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::directory;
    use super::*;
    use tempfile::TempDir;

    fn read(dir: &TempDir, names: &[&str]) -> Result<Directory, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        read_several(dir.path(), &names, "auto", Dialect::MySql, &Types::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn each_directory_has_its_order_and_its_name_before_its_files() {
        let sql = "SELECT 1;";
        let dir = directory(&[("core/0002_b.sql", sql), ("core/0010_c.sql", sql), ("shop/V1__a.sql", sql)]);
        let all = read(&dir, &["shop", "core"]).unwrap();
        let found: Vec<(&str, &str)> = all.files.iter().map(|file| (file.root.as_str(), file.path.as_str())).collect();
        assert_eq!(found, [("shop", "shop/V1__a.sql"), ("core", "core/0002_b.sql"), ("core", "core/0010_c.sql")]);
        assert_eq!((all.layout, read(&dir, &["core"]).unwrap().layout), (SEVERAL, "native"));
    }

    #[test]
    fn errors_name_the_directory() {
        let dir = directory(&[("core/1_a.sql", "SELECT 1;"), ("shop/1_b.sql", "-- caribou: typ=x\nSELECT 1;")]);
        let error = read(&dir, &["core", "shop"]).unwrap_err();
        assert!(error.starts_with("shop: 1_b.sql, line 1"), "{error}");
        let dir = directory(&[("a/1_a.sql", ""), ("a/batch.toml", "name = \"x\""), ("b/batch.toml", "name = \"y\"")]);
        assert!(read(&dir, &["a", "b"]).unwrap_err().contains("keep that in one"));
    }
}
