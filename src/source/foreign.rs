//! Directories of other tools, told by name so that nobody runs half of them by accident.

use super::path::{file_name, without_sql};

/// A tool, and whether a path is one that only it uses.
type ByName = (&'static str, fn(&str) -> bool);

const BY_NAME: &[ByName] = &[("Flyway", is_flyway), ("Sqitch", |path| path == "sqitch.plan" || path == "sqitch.conf")];

/// `V1.2__title.sql`, `U1.2__title.sql`, `B1.2__title.sql`, `R__title.sql`.
fn is_flyway(path: &str) -> bool {
    let Some((version, _)) = without_sql(path).and_then(|stem| file_name(stem).split_once("__")) else {
        return false;
    };
    let numbers = version.strip_prefix(['V', 'v', 'U', 'u', 'B', 'b']);
    version.eq_ignore_ascii_case("r")
        || numbers.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'_'))
}

/// The tool that made a directory, by its paths, and the path that says so.
pub(super) fn other_tool(paths: &[String]) -> Option<(&'static str, &str)> {
    BY_NAME.iter().find_map(|(tool, is_sign)| Some((*tool, paths.iter().find(|path| is_sign(path))?.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tools_are_told_by_name() {
        let cases = [
            ("V1__a.sql", Some("Flyway")),
            ("sub/V2.1_3__b.sql", Some("Flyway")),
            ("R__views.sql", Some("Flyway")),
            ("u1__a.SQL", Some("Flyway")),
            ("sqitch.plan", Some("Sqitch")),
            ("V1_a.sql", None),
            ("VIEWS__a.sql", None),
            ("0001__a.sql", None),
        ];
        for (path, tool) in cases {
            let paths = [path.to_owned()];
            assert_eq!(other_tool(&paths), tool.map(|tool| (tool, path)), "{path}");
        }
    }
}
