//! A trigger, routine or event that the plan makes, with what its body names.

use super::read::Named;
use super::state::At;
use crate::sql::ObjectName;

/// One of them.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) object: ObjectName,
    pub(super) at: At,
    pub(super) tables: Vec<ObjectName>,
    /// Columns that it writes.
    pub(super) columns: Vec<Named>,
}

impl Program {
    pub(super) fn is(&self, object: &ObjectName) -> bool {
        self.object.kind == object.kind && self.object.name.eq_ignore_ascii_case(&object.name)
    }
}
