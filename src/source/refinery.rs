//! The layout of refinery: `V1__title.sql`, and `U1__title.sql`, which is a migration too, of a version that may come late.
//!
//! Source: refinery's documentation and its pattern of file names. Flyway names its versions so, too: a `refinery.toml` speaks
//! for refinery, in the directory or in the folder above it.

use super::arranged::Arranged;
use super::layout::Layout;
use super::layout_name::{FLYWAY, REFINERY};
use super::migration::{Contents, Migration};
use super::path::{extension, file_name, without_sql};
use super::remark::{Remark, kind};
use super::{Folder, SourceError, Version};

/// Files of `V` and `U`, all of them forward.
pub(super) struct Refinery;

const SETTINGS: &str = "refinery.toml";
const FLYWAYS: &[&str] = &["flyway.toml", "flyway.conf"];

impl Layout for Refinery {
    fn name(&self) -> &'static str {
        REFINERY
    }

    /// Flyway names its versions so, too; its own settings and letters speak against refinery.
    fn includes(&self) -> &'static [&'static str] {
        &[FLYWAY]
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        let is_flyways = |path: &String| {
            let name = file_name(path);
            name.starts_with("R__") || name.starts_with('B') && name.contains("__")
        };
        let has_flyways =
            folder.settings(FLYWAYS).is_ok_and(|text| text.is_some()) || folder.paths.iter().any(is_flyways);
        let own = folder.settings(&[SETTINGS]).ok().flatten().filter(|_| !has_flyways);
        let has_files = folder.sql().any(|text| named(file_name(&text.path), &text.path).is_some());
        own.filter(|_| has_files).map(|text| text.path)
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        let mut contents = Contents::default();
        for path in &folder.paths {
            let stem = file_name(path).rsplit_once('.').map_or("", |(stem, _)| stem);
            match (named(stem, path), extension(path)) {
                (Some(at), _) if without_sql(path).is_some() => {
                    contents.migrations.push(Migration::new(at, folder.text(path)?));
                }
                (Some(_), Some("rs")) => {
                    let advice = "run it with refinery, or write what it does as SQL";
                    return Err(SourceError::NotSql { path: path.clone(), tool: "refinery", language: "Rust", advice });
                }
                (None, _) if without_sql(path).is_some() => {
                    let message = format!(
                        "{path} does not run: refinery leaves a file with such a name alone; name it V1__title.sql"
                    );
                    contents.remarks.push(Remark::warning(kind::LEFT_ALONE, None, message));
                }
                _ => {}
            }
        }
        Ok(contents)
    }
}

fn named(stem: &str, path: &str) -> Option<Arranged> {
    let (version, title) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let version = Version::parse(version).filter(|known| known.numbers.len() <= 2 && !version.contains(['_', '-']))?;
    Some(Arranged { version, title: title.to_owned(), shares_version: false, ..Arranged::from_name(stem, path) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_letters_are_forward() {
        let files = [("V1__a.sql", "SELECT 1;"), ("U3__b.sql", "SELECT 1;"), ("x.sql", "SELECT 1;")];
        let contents = Refinery.read(&Folder::of(&files)).unwrap();
        let told: Vec<(&str, bool)> =
            contents.migrations.iter().map(|one| (one.at.version.text.as_str(), one.down.is_some())).collect();
        assert_eq!(told, [("3", false), ("1", false)]);
        assert!(contents.remarks[0].message.contains("x.sql"));
        let settled = Folder::of(&[("V1__a.sql", ""), ("refinery.toml", "")]);
        assert_eq!(Refinery.sign(&settled).as_deref(), Some("refinery.toml"));
        assert_eq!(Refinery.sign(&Folder::of(&[("V1__a.sql", ""), ("R__v.sql", ""), ("refinery.toml", "")])), None);
        assert!(Refinery.read(&Folder::of(&[("V2__c.rs", "")])).unwrap_err().to_string().contains("in Rust"));
    }
}
