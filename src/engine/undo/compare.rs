//! Comparison of the schema after an undo: definitions before the file ran against those now.

use crate::database::Definition;
use crate::kept;
use crate::model::{File, NOWHERE, RecordedDefinition, UndoPlan};
use crate::sql::{Dialect, with_its_names_quoted};
use crate::undo::{is_written, named};
use similar::TextDiff;
use std::collections::BTreeMap;

/// SQL mode in which what does not fit back is an error, and never cut; what stood there fits, zero dates and zero keys
/// included.
const STRICTLY: &str = "'STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO'";

/// The settings under which an undo made here runs: definitions and rows go back as they stood, whatever the order in
/// which they come and whatever today's settings would refuse.
pub(crate) fn session_of(file: &File, dialect: Dialect) -> Vec<(String, String)> {
    let derived = matches!(file.undo.as_ref().map(|undo| &undo.plan), Some(UndoPlan::Derived { .. }));
    let settings: &[(&str, &str)] = match dialect {
        _ if !derived => &[],
        Dialect::MySql => &[
            ("foreign_key_checks", "0"),
            ("sql_mode", STRICTLY),
            ("character_set_client", "utf8mb4"),
            ("collation_connection", "utf8mb4_0900_ai_ci"),
        ],
        Dialect::MariaDb => &[
            ("foreign_key_checks", "0"),
            ("sql_mode", STRICTLY),
            ("check_constraint_checks", "0"),
            ("character_set_client", "utf8mb4"),
            ("collation_connection", "utf8mb4_general_ci"),
            // Old versions of rows follow what is changed back.
            ("system_versioning_alter_history", "KEEP"),
        ],
        Dialect::Sqlite => kept::SETTINGS,
    };
    settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A readable difference, `None` when there is none.
pub fn difference(before: &[RecordedDefinition], now: &[Definition]) -> Option<String> {
    let now: BTreeMap<String, Option<&str>> = now.iter().map(|d| (named(&d.object), d.text.as_deref())).collect();
    let mut text = String::new();
    for RecordedDefinition { object, text: was } in before.iter().filter(|one| !is_written(&one.object)) {
        let is = now.get(object).copied().flatten();
        if !is_same(object, was.as_deref(), is) {
            describe(&mut text, object, was.as_deref(), is);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// True if one object is not as it was.
pub fn differs(before: &[RecordedDefinition], now: &[Definition], object: &str) -> bool {
    let is = now.iter().find(|one| named(&one.object) == object).and_then(|one| one.text.as_deref());
    before.iter().any(|was| was.object == object && !is_same(object, was.text.as_deref(), is))
}

/// A trigger whose table had another name for a while says it in quotes since: the server has written that anew. One that
/// was made again by its full name says that.
fn is_same(object: &str, was: Option<&str>, is: Option<&str>) -> bool {
    let quoted = |text: Option<&str>| text.map(|text| with_its_names_quoted(text, Dialect::MariaDb));
    was == is || (object.starts_with("trigger ") && quoted(was) == quoted(is))
}

/// Definitions as they stand in the journal: by name, `None` for what does not exist.
pub fn journalled(definitions: &[Definition]) -> Vec<RecordedDefinition> {
    definitions.iter().map(|d| RecordedDefinition { object: named(&d.object), text: d.text.clone() }).collect()
}

fn describe(text: &mut String, object: &str, was: Option<&str>, is: Option<&str>) {
    text.push_str(&format!("{object}\n{}", unified(was, is, ("before", "after the undo"))));
}

/// Two definitions as a unified diff, whose sides have these names; `None` for what does not exist.
pub(crate) fn unified(from: Option<&str>, to: Option<&str>, names: (&str, &str)) -> String {
    let whole = |text: Option<&str>| format!("{}\n", text.unwrap_or(NOWHERE).trim_end_matches('\n'));
    let (from, to) = (whole(from), whole(to));
    TextDiff::from_lines(&from, &to).unified_diff().context_radius(2).header(names.0, names.1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ObjectKind, ObjectName};

    fn table(text: Option<&str>) -> Definition {
        Definition { object: ObjectName::new(ObjectKind::Table, "t"), text: text.map(str::to_owned) }
    }

    #[test]
    fn equal_definitions_have_no_difference() {
        let before = vec![("table t".to_owned(), Some("CREATE TABLE t (a INT)".to_owned())).into()];
        assert_eq!(difference(&before, &[table(Some("CREATE TABLE t (a INT)"))]), None);
    }

    #[test]
    fn a_trigger_that_followed_its_table_there_and_back_is_the_same() {
        let text = |on: &str| format!("STRICT\nCREATE TRIGGER g BEFORE INSERT {on} FOR EACH ROW SET NEW.a = 1");
        let before = vec![("trigger g".to_owned(), Some(text("ON t"))).into()];
        let now = |on| Definition { object: ObjectName::new(ObjectKind::Trigger, "g"), text: Some(text(on)) };
        assert_eq!(difference(&before, &[now("ON `t`")]), None);
        assert!(!differs(&before, &[now("ON `t`")], "trigger g"));
        assert_eq!(difference(&before, &[now("ON `core`.t")]), None);
        assert!(difference(&before, &[now("ON `u`")]).is_some());
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let before = vec![("table t".to_owned(), Some("a INT NOT NULL\n".to_owned())).into()];
        let text = difference(&before, &[table(Some("a INT\n"))]).unwrap();
        assert!(text.contains("-a INT NOT NULL") && text.contains("+a INT"), "{text}");
        let gone = difference(&before, &[table(None)]).unwrap();
        assert!(gone.contains("(does not exist)"), "{gone}");
    }
}
