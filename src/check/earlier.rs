//! Statements that run before a file and have not run yet: what they change cannot be asked of the database now.

use crate::sql::{How, ObjectName, Statement, StatementKind};
use std::collections::{HashMap, HashSet};

/// Changes that earlier statements make.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// By schema and name in lower case: the last statement that changes its definition, in words.
    changed: HashMap<(Option<String>, String), String>,
    /// The same for the rows of what keeps its definition.
    written: HashMap<(Option<String>, String), String>,
    /// Objects that they make and that were not there, as far as they say.
    made: HashSet<(Option<String>, String)>,
    /// A statement that may change anything.
    anything: Option<String>,
}

impl Earlier {
    /// Takes in what a statement changes. `place` says which one it is: `0001_a.sql, statement 2`.
    pub fn advance(&mut self, statement: &Statement, place: &str, core: &str) {
        let analysis = &statement.analysis;
        let opaque = analysis.kind.is_opaque() && !is_plain(analysis.kind);
        if opaque || analysis.flags.partial || analysis.kind == StatementKind::DropSchema {
            self.anything = Some(place.to_owned());
        }
        if analysis.is_temporary() {
            return;
        }
        for touch in analysis.touches.iter().filter(|touch| touch.how != How::Reads) {
            let key = key(&touch.object, core);
            if touch.how == How::RenamesTo || (touch.how == How::Creates && !analysis.flags.if_not_exists) {
                self.made.insert(key.clone());
            }
            let changes = if analysis.kind.is_dml() { &mut self.written } else { &mut self.changed };
            changes.insert(key, place.to_owned());
        }
    }

    /// True if an object is made before, so that what stands there now is another one, or none.
    pub fn makes(&self, object: &ObjectName, core: &str) -> bool {
        self.made.contains(&key(object, core))
    }

    /// The statement that changes an object before, if one does or may; not one that changes rows alone.
    pub fn changes(&self, object: &ObjectName, core: &str) -> Option<&str> {
        self.anything.as_deref().or_else(|| self.changed.get(&key(object, core)).map(String::as_str))
    }

    /// The statement that changes the rows of a table before, if one does.
    pub fn writes(&self, object: &ObjectName, core: &str) -> Option<&str> {
        self.written.get(&key(object, core)).map(String::as_str)
    }
}

/// Statements of which the kind alone tells that they change no table.
fn is_plain(kind: StatementKind) -> bool {
    use StatementKind::{Do, LockTables, Pragma, SelectIntoFile, SetGlobal, UnlockTables};
    matches!(kind, Do | LockTables | Pragma | SelectIntoFile | SetGlobal | UnlockTables)
}

fn key(object: &ObjectName, core: &str) -> (Option<String>, String) {
    let schema = object.schema.as_deref().filter(|schema| !schema.eq_ignore_ascii_case(core));
    (schema.map(str::to_lowercase), object.name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, ObjectKind, statements};

    #[test]
    fn what_is_changed_before_is_named_and_reading_changes_nothing() {
        let mut earlier = Earlier::default();
        for statement in statements("UPDATE a SET x = 1; SELECT * FROM b; DROP TABLE core.c", Dialect::MySql).unwrap() {
            earlier.advance(&statement, &format!("statement {}", statement.index + 1), "core");
        }
        let changes = |name: &str| earlier.changes(&ObjectName::new(ObjectKind::Table, name), "core");
        assert_eq!((changes("A"), changes("b"), changes("c")), (None, None, Some("statement 3")));
        let writes = |name: &str| earlier.writes(&ObjectName::new(ObjectKind::Table, name), "core");
        assert_eq!((writes("A"), writes("b"), writes("c")), (Some("statement 1"), None, None));
        let call = statements("CALL p()", Dialect::MySql).unwrap();
        let mut earlier = earlier.clone();
        earlier.advance(&call[0], "statement 4", "core");
        assert_eq!(earlier.changes(&ObjectName::new(ObjectKind::Table, "b"), "core"), Some("statement 4"));
    }
}
