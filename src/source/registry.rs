//! The layouts, and how one is recognised.

use super::SourceError;
use super::foreign::other_tool;
use super::golang_migrate::GolangMigrate;
use super::layout::Layout;
use super::native::Native;
use super::spelling::nearest;

/// Every layout that is read. What fits none of their signs is read by the first.
pub const LAYOUTS: &[&dyn Layout] = &[&Native, &GolangMigrate];

/// The layout in configuration that recognises.
const AUTO: &str = "auto";

/// The names for configuration, `auto` first, other names of the same layout left out.
pub fn layout_names() -> Vec<&'static str> {
    std::iter::once(AUTO).chain(LAYOUTS.iter().map(|layout| layout.name())).collect()
}

/// The names in quotes, for messages.
pub(super) fn choices() -> String {
    let quoted: Vec<String> = LAYOUTS.iter().map(|layout| format!("{:?}", layout.name())).collect();
    quoted.join(" or ")
}

/// The layout with a name; `auto` recognises it by the paths.
pub(super) fn choose(name: &str, dir: &str, paths: &[String]) -> Result<&'static dyn Layout, SourceError> {
    if name == AUTO {
        return recognise(dir, paths);
    }
    let known = |layout: &&&dyn Layout| layout.name() == name || layout.aliases().contains(&name);
    LAYOUTS.iter().find(known).copied().ok_or_else(|| {
        let names = LAYOUTS.iter().flat_map(|layout| layout.aliases().iter().copied().chain([layout.name()]));
        let nearest = nearest(name, names.chain([AUTO])).map(str::to_owned);
        SourceError::UnknownLayout { name: name.to_owned(), nearest, choices: layout_names().join(", ") }
    })
}

fn recognise(dir: &str, paths: &[String]) -> Result<&'static dyn Layout, SourceError> {
    if let Some((tool, sign)) = other_tool(paths) {
        return Err(SourceError::NotReadYet { dir: dir.to_owned(), tool, sign: sign.to_owned(), choices: choices() });
    }
    let mut signs = LAYOUTS.iter().filter_map(|layout| layout.sign(paths).map(|sign| (*layout, sign)));
    match (signs.next(), signs.next()) {
        (None, _) => Ok(LAYOUTS[0]),
        (Some((layout, _)), None) => Ok(layout),
        (Some((first, first_sign)), Some((second, second_sign))) => Err(SourceError::Ambiguous {
            dir: dir.to_owned(),
            first: first.name(),
            first_sign: first_sign.to_owned(),
            second: second.name(),
            second_sign: second_sign.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, paths: &[&str]) -> Result<&'static str, String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        choose(name, "migrations", &paths).map(|layout| layout.name()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_layout_is_recognised_by_what_is_there() {
        let cases: [(&[&str], &str); 7] = [
            (&[], "native"),
            (&["README.md"], "native"),
            (&["1_a.sql", "2_b.sql"], "native"),
            (&["a.sql", "a.rollback.sql"], "native"),
            (&["users_4_0_25.sql", "users_4_0_25_rollback.sql"], "native"),
            (&["1_a.up.sql", "1_a.down.sql"], "golang-migrate"),
            (&["1_a.up.sql", "2_b.sql"], "golang-migrate"),
        ];
        for (paths, name) in cases {
            assert_eq!(chosen("auto", paths), Ok(name), "{paths:?}");
        }
    }

    #[test]
    fn two_that_fit_are_an_error_that_says_how_to_choose() {
        let paths = ["1_a.up.sql", "2_b.sql", "2_b.rollback.sql"];
        let error = chosen("auto", &paths).unwrap_err();
        for part in ["native", "golang-migrate", "1_a.up.sql", "2_b.rollback.sql", "migrations.layout"] {
            assert!(error.contains(part), "{part} is not in {error}");
        }
        assert_eq!(chosen("sqlx", &paths), Ok("golang-migrate"));
        assert_eq!(chosen("native", &paths), Ok("native"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let error = chosen("nativ", &[]).unwrap_err();
        assert!(error.contains("did you mean \"native\"") && error.contains("auto"), "{error}");
        assert!(!chosen("xyz", &[]).unwrap_err().contains("did you mean"));
    }
}
