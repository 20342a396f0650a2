//! `migrations.dir`: one directory, or several below that of the configuration.

use super::error::ConfigError;
use super::settings::Settings;
use std::path::{Component, Path, PathBuf};

/// The key.
const KEY: &str = "migrations.dir";

/// The directory that holds the files: with several, the one that they all lie below, and their names in it.
///
/// # Errors
/// A directory that lies elsewhere, or within another one, or is named twice.
pub(super) fn directories(settings: &Settings) -> Result<(PathBuf, Vec<String>), ConfigError> {
    let setting = settings.get(KEY).ok_or_else(|| ConfigError::new(format!("{KEY} has no value")))?;
    let given = super::value::paths(&setting.value).unwrap_or_default();
    if let [one] = given.as_slice() {
        return Ok((settings.resolved(setting, one), Vec::new()));
    }
    let base = settings.base(setting).to_owned();
    let mut names: Vec<String> = Vec::new();
    for path in &given {
        let name = below(&base, &settings.resolved(setting, path)).ok_or_else(|| {
            let (base, path) = (base.display(), path.as_str());
            ConfigError::new(format!(
                "{KEY}: {path} does not lie below {base}, where files of several directories have their names"
            ))
            .hint("move caribou.toml above all of them, or lay a symbolic link there")
        })?;
        let is_within = |other: &String| name == *other || is_below(&name, other) || is_below(other, &name);
        if let Some(other) = names.iter().find(|other| is_within(other)) {
            return Err(ConfigError::new(format!("{KEY}: {name} and {other} hold the same files; keep one")));
        }
        names.push(name);
    }
    Ok((base, names))
}

fn is_below(name: &str, other: &str) -> bool {
    name.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
}

/// The name of a directory in another one, with `/` between folders.
fn below(base: &Path, dir: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in dir.strip_prefix(base).ok()?.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => parts.push(name.to_str()?.to_owned()),
            Component::ParentDir if !parts.is_empty() => drop(parts.pop()),
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::settings::Origin;

    fn of(value: &str) -> Result<(PathBuf, Vec<String>), String> {
        let mut settings = Settings { root: "/srv/app".into(), cwd: "/srv/app".into(), ..Settings::default() };
        settings.put(KEY, value.to_owned(), Origin::File(1));
        directories(&settings).map_err(|error| error.message)
    }

    #[test]
    fn one_is_itself_and_several_are_names_below_the_configuration() {
        assert_eq!(of("migrations").unwrap(), ("/srv/app/migrations".into(), vec![]));
        assert_eq!(of(r#"["migrations"]"#).unwrap(), ("/srv/app/migrations".into(), vec![]));
        let names = |names: &[&str]| (PathBuf::from("/srv/app"), names.iter().map(|n| n.to_string()).collect());
        assert_eq!(of(r#"["./core", "/srv/app/modules/../shop/"]"#).unwrap(), names(&["core", "shop"]));
    }

    #[test]
    fn what_lies_elsewhere_or_within_another_is_refused() {
        for (value, words) in [
            (r#"["core", "../shop"]"#, "../shop does not lie below /srv/app"),
            (r#"["core", "/etc"]"#, "/etc does not lie below"),
            (r#"["core", "."]"#, ". does not lie below"),
            (r#"["core", "core/a"]"#, "core/a and core hold the same files"),
            (r#"["core", "./core"]"#, "core and core hold the same files"),
        ] {
            let error = of(value).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
