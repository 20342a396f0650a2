//! Objects of a statement, by what it does to them.

use crate::sql::{How, ObjectName, Statement};

/// The objects that a statement does this to.
pub(super) fn touched<'s>(statement: &'s Statement, how: How) -> impl Iterator<Item = &'s ObjectName> + use<'s> {
    statement.analysis.touches.iter().filter(move |touch| touch.how == how).map(|touch| &touch.object)
}
