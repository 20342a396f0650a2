//! Locks on what a file uses while it is under way.

use serde::{Deserialize, Serialize};

/// Use that a file makes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LockMode {
    /// It is read. Others may read it too.
    Shared,
    /// It is changed, or the server locks it as if it were.
    Exclusive,
}

/// An object that a file uses while it is under way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ObjectLock {
    /// Its kind and full name, in lower case: `table shop.users`.
    pub object: Box<str>,
    pub mode: LockMode,
    /// What the file changes of it; `None` where it only uses it, and in a journal that did not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangeOf>,
}

/// What is changed of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeOf {
    /// Its rows alone.
    Rows,
    /// What it is.
    Definition,
}

/// Every object that a file uses, sorted, each once; `None` where it may use anything, so that nothing runs beside it.
pub type Locks = Option<Vec<ObjectLock>>;
