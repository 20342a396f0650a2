//! Connections that this process has open: whoever looks for somebody in the way does not mean these.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Ids of the connections whose sessions are open.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnConnections(Arc<Mutex<BTreeSet<u64>>>);

impl OwnConnections {
    /// Adds a connection, until what is returned is dropped.
    pub fn add(&self, id: u64) -> OwnConnection {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        OwnConnection { id, all: self.clone() }
    }
}

/// One of the connections.
#[derive(Debug)]
pub(super) struct OwnConnection {
    id: u64,
    all: OwnConnections,
}

impl OwnConnection {
    /// All that are open, this one among them.
    pub fn and_others(&self) -> Vec<u64> {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

impl Drop for OwnConnection {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_own_until_its_session_ends() {
        let all = OwnConnections::default();
        let (one, other) = (all.add(7), all.add(9));
        assert_eq!(one.and_others(), [7, 9]);
        drop(other);
        assert_eq!(one.and_others(), [7]);
    }
}
