//! Following the newest batch: once the one on the screen has ended, the next one takes its place, unless a person has
//! chosen an earlier one or reads something of it.

use crate::model::BatchId;

/// What is followed.
#[derive(Debug, Default)]
pub struct Following {
    /// An earlier batch that a person has opened: it stays.
    pub chosen: Option<BatchId>,
    /// The batch that was asked for.
    pub asked: Option<BatchId>,
}

impl Following {
    /// A batch has been opened while another was the newest.
    pub fn opened(&mut self, batch: BatchId, newest: Option<BatchId>) {
        self.chosen = Some(batch).filter(|batch| newest.is_some_and(|newest| newest > *batch));
        self.asked = None;
    }

    /// What was asked for has not come.
    pub fn missed(&mut self) {
        self.asked = None;
    }
}
