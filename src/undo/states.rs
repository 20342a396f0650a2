//! The states of an object between which an undo leads.

use crate::sql::ObjectName;

/// An object as defined before a file and as defined now; `None` where it is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectStates {
    pub object: ObjectName,
    pub before: Option<String>,
    pub now: Option<String>,
}
