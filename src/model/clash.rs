//! Clashes: what two files may not use at the same time (`docs/design/lifecycle.md`, Several files at a time): the
//! locks of a file, all taken together when its turn has come, and held until it is completed or undone. Nothing is
//! stored: who holds what follows from the files' states.

use crate::model::{Batch, BatchId, Dependency, DependencyType, File, FileId, FileState, LockMode, ObjectLock};
use serde::Serialize;
use std::cmp::Ordering;
use std::fmt;

/// An object lock as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldLock {
    pub batch: BatchId,
    pub file: FileId,
    pub path: String,
    /// The state of the file that holds it.
    pub state: FileState,
    /// `anything` for a file that may use whatever there is.
    pub object: String,
    pub mode: LockMode,
    /// The paths of the files that stand in line behind it, the next one first.
    pub waiting: Vec<String>,
}

/// Reason why two files may not be under way at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash<'a> {
    /// Both use it, and at least one changes it.
    Object(&'a str),
    /// One of them may use anything.
    Anything,
    /// One of them says so, and where.
    Declared(&'a str),
}

impl fmt::Display for Clash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clash::Object(object) => f.write_str(object),
            Clash::Anything => f.write_str("a statement that may touch anything"),
            Clash::Declared(said) => write!(f, "a declared conflict ({said})"),
        }
    }
}

impl File {
    /// Reason why this file and another may not be under way at the same time, if so.
    pub fn clash<'a>(&'a self, other: &'a File) -> Option<Clash<'a>> {
        let conflict = |d: &&Dependency, on: FileId| d.kind == DependencyType::Conflict && d.on == on;
        let own = self.depends_on.iter().find(|d| conflict(d, other.id));
        if let Some(said) = own.or_else(|| other.depends_on.iter().find(|d| conflict(d, self.id))) {
            return Some(Clash::Declared(&said.description));
        }
        match (&self.locks, &other.locks) {
            (Some(own), Some(others)) => common(own, others).map(Clash::Object),
            _ => Some(Clash::Anything),
        }
    }
}

impl Batch {
    /// Lists the objects that are held now, each with the file that holds it and the files that wait for it.
    pub fn held_locks(&self) -> Vec<HeldLock> {
        let anything = [ObjectLock { object: "anything".into(), mode: LockMode::Exclusive, changes: None }];
        let mut held = Vec::new();
        for file in self.active().filter(|f| f.holds_locks()) {
            let waiting = |lock: &ObjectLock| {
                let wants = |f: &&File| {
                    let clash = f.clash(file);
                    clash.is_some_and(|clash| !matches!(clash, Clash::Object(o) if *o != *lock.object))
                };
                self.active().filter(|f| f.is_blocked()).filter(wants).map(|f| f.path.clone()).collect()
            };
            held.extend(file.locks.as_deref().unwrap_or(&anything).iter().map(|lock| HeldLock {
                batch: self.id,
                file: file.id,
                path: file.path.clone(),
                state: file.state,
                object: lock.object.to_string(),
                mode: lock.mode,
                waiting: waiting(lock),
            }));
        }
        held
    }
}

/// The first object of both that at least one needs for itself.
fn common<'a>(own: &'a [ObjectLock], others: &'a [ObjectLock]) -> Option<&'a str> {
    let (mut own, mut others) = (own.iter().peekable(), others.iter().peekable());
    while let (Some(a), Some(b)) = (own.peek(), others.peek()) {
        match a.object.cmp(&b.object) {
            Ordering::Less => drop(own.next()),
            Ordering::Greater => drop(others.next()),
            Ordering::Equal if a.mode == LockMode::Shared && b.mode == LockMode::Shared => drop(own.next()),
            Ordering::Equal => return Some(&a.object),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locks(text: &str) -> Vec<ObjectLock> {
        let lock = |word: &str| {
            let mode = if word.ends_with('!') { LockMode::Exclusive } else { LockMode::Shared };
            ObjectLock { object: word.trim_end_matches('!').into(), mode, changes: None }
        };
        text.split_whitespace().map(lock).collect()
    }

    #[test]
    fn readers_go_together_and_nobody_goes_beside_one_who_changes() {
        for (own, others, object) in [
            ("a! b", "c!", None),
            ("a b c", "b", None),
            ("a b! d", "b c", Some("b")),
            ("a b", "b! c", Some("b")),
            ("a c!", "a b c!", Some("c")),
            ("", "a!", None),
        ] {
            assert_eq!(common(&locks(own), &locks(others)), object, "{own} | {others}");
            assert_eq!(common(&locks(others), &locks(own)), object, "{others} | {own}");
        }
    }
}
