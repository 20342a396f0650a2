//! The layout of yoyo: `NAME.sql` with `NAME.rollback.sql`, and `-- depends: NAME NAME` in the leading comments.
//!
//! Source: yoyo's documentation, and `read_sql_migration` of yoyo-migrations 8.2.

use super::arranged::in_order;
use super::layout::Layout;
use super::layout_name::{NATIVE, YOYO};
use super::lines::{Line, lines};
use super::migration::Contents;
use super::native::Native;
use super::path::{extension, file_name};
use super::remark::{Remark, kind};
use super::{Folder, Need, SourceError};
use crate::model::DependencyType;

/// Files that say on what they depend.
pub(super) struct Yoyo;

impl Layout for Yoyo {
    fn name(&self) -> &'static str {
        YOYO
    }

    /// Rollback scripts are named as ours.
    fn includes(&self) -> &'static [&'static str] {
        &[NATIVE]
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        folder.sql().find_map(|text| {
            let directive = directives(&text.text).next()?;
            Some(format!("`{}` in {}", directive.line.text.trim(), text.path))
        })
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        let is_python = |path: &&String| extension(path) == Some("py") && !file_name(path).starts_with('_');
        if let Some(path) = folder.paths.iter().find(is_python) {
            let advice = "run it with yoyo, or write what it does as SQL";
            return Err(SourceError::NotSql { path: path.clone(), tool: "yoyo", language: "Python", advice });
        }
        let mut arranged = Native.arrange(&folder.paths)?;
        let mut remarks = Vec::new();
        arranged.retain(|one| {
            let is_hook = one.name.starts_with("post-apply");
            if is_hook {
                let message =
                    format!("{} is a hook, and does not run here: write what it does into a migration", one.path);
                remarks.push(Remark::warning(kind::NOT_HONOURED, None, message));
            }
            !is_hook
        });
        arranged.sort_by(|a, b| a.name.cmp(&b.name));
        let mut contents = Contents::from_files(folder, in_order(arranged))?;
        contents.remarks = remarks;
        for migration in &mut contents.migrations {
            let text = folder.text(&migration.at.path)?;
            for directive in directives(&text.text).filter(|one| one.key == "depends") {
                migration.needs.extend(directive.value.split_whitespace().map(|name| Need {
                    name: name.to_owned(),
                    kind: DependencyType::Required,
                    said_in: text.path.clone(),
                    line: directive.line.number(),
                }));
            }
        }
        Ok(contents)
    }
}

/// `-- key: value`.
struct Directive<'a> {
    line: Line<'a>,
    key: &'a str,
    value: &'a str,
}

/// The directives in a file's leading comments.
fn directives(text: &str) -> impl Iterator<Item = Directive<'_>> {
    let leading = lines(text).take_while(|line| line.text.trim().is_empty() || line.text.trim().starts_with("--"));
    leading.filter_map(|line| {
        let (key, value) = line.text.trim().strip_prefix("--")?.split_once(':')?;
        let key = key.trim();
        // Each statement runs by itself: `transactional` changes nothing.
        matches!(key, "depends" | "transactional").then(|| Directive { line, key, value: value.trim() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_and_rollbacks() {
        let files = [
            ("a.sql", "-- words\n-- depends: b c\n-- transactional: false\nSELECT 1;\n-- depends: z\n"),
            ("a.rollback.sql", "SELECT 2;"),
            ("b.sql", "SELECT 1;"),
            ("c.sql", "SELECT 1;"),
            ("post-apply.sql", "SELECT 1;"),
        ];
        let folder = Folder::of(&files);
        assert_eq!(Yoyo.sign(&folder).as_deref(), Some("`-- depends: b c` in a.sql"));
        let contents = Yoyo.read(&folder).unwrap();
        let a = &contents.migrations[0];
        assert_eq!(
            a.needs.iter().map(|need| (need.name.as_str(), need.line)).collect::<Vec<_>>(),
            [("b", 2), ("c", 2)]
        );
        assert!(a.down.is_some() && contents.migrations.len() == 3 && contents.remarks.len() == 1);
        let python = Folder::of(&[("a.sql", "-- depends: b\nSELECT 1;"), ("b.py", "from yoyo import step")]);
        assert!(Yoyo.read(&python).unwrap_err().to_string().contains("b.py"));
    }
}
