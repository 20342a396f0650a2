//! The order of the batches on History.

/// Order of the batches on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PastOrder {
    #[default]
    Newest,
    /// What went wrong, then what waits for a decision, then the others.
    Trouble,
    Longest,
    Name,
}

/// The orders in their turn, each with its word on the screen.
const ORDERS: [(PastOrder, &str); 4] = [
    (PastOrder::Newest, "newest first"),
    (PastOrder::Trouble, "trouble first"),
    (PastOrder::Longest, "longest first"),
    (PastOrder::Name, "by name"),
];

impl PastOrder {
    /// The word on the screen.
    pub fn as_str(self) -> &'static str {
        ORDERS[self as usize].1
    }

    /// The next in turn.
    pub fn next(self) -> PastOrder {
        ORDERS[(self as usize + 1) % ORDERS.len()].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orders_take_turns() {
        let turns: Vec<PastOrder> =
            std::iter::successors(Some(PastOrder::default()), |order| Some(order.next())).take(5).collect();
        assert_eq!(turns[..4], ORDERS.map(|(order, _)| order));
        assert_eq!(turns[4], PastOrder::Newest);
    }
}
