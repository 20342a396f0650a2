//! What files of a batch broke, and another one may mend: it is looked at again after that one.

use crate::model::Before;
use crate::sql::ObjectName;
use std::collections::BTreeSet;

/// What is looked at again.
#[derive(Debug, Default)]
pub(super) struct Owed {
    /// Views that cannot be read.
    pub(super) views: BTreeSet<String>,
    /// Tables of which rows break keys, and what was wrong before the file that broke them.
    pub(super) tables: Vec<(ObjectName, Before)>,
}
