//! Fault points: where tests end the process as kill -9 would.
//!
//! `CARIBOU_FAULT=POINT:N` names a point and the how manieth arrival at it is the last, from 1; `panic:N` panics at the
//! N-th commit. Builds without debug assertions, a release among them, hold nothing of it.

use std::future::Future;

/// A moment around an event or a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// Events were decided; nothing of them is durable.
    BeforeCommit,
    /// They are durable; nothing was done about them.
    AfterCommit,
    /// A statement was sent; its end is not known.
    During,
    /// A statement ran; neither its receipt nor its transaction's end was sent.
    BeforeReceipt,
    /// Statement and receipt were written; their transaction is open.
    BeforeEnd,
    /// A statement has ended on the server; the journal does not know.
    AfterStatement,
    /// Kept data was committed in core (SQLite); it is not in the undo schema.
    BeforeRelocation,
    /// It is in the undo schema, and in core too.
    HalfRelocated,
}

#[cfg(debug_assertions)]
mod armed {
    use crate::engine::fault::Point;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    const PANIC: &str = "panic";

    const NAMES: [(Point, &str); 9] = [
        (Point::BeforeCommit, PANIC),
        (Point::BeforeCommit, "before_commit"),
        (Point::AfterCommit, "after_commit"),
        (Point::During, "during"),
        (Point::BeforeReceipt, "before_receipt"),
        (Point::BeforeEnd, "before_end"),
        (Point::AfterStatement, "after_statement"),
        (Point::BeforeRelocation, "before_home"),
        (Point::HalfRelocated, "half_home"),
    ];

    static ARMED: LazyLock<Option<(Point, u32)>> = LazyLock::new(|| {
        let text = std::env::var("CARIBOU_FAULT").ok()?;
        let (name, nth) = text.split_once(':')?;
        let point = NAMES.iter().find(|(_, known)| *known == name)?.0;
        Some((point, nth.parse().ok()?))
    });

    /// Ends the process, or only panics where that is what was asked for.
    pub(crate) fn end() {
        let panics = std::env::var("CARIBOU_FAULT").is_ok_and(|text| text.starts_with(PANIC));
        assert!(!panics, "a panic of the worker, as asked for");
        std::process::abort();
    }

    /// Tells whether this arrival is the one to die at.
    pub(crate) fn is_due(point: Point) -> bool {
        static ARRIVALS: AtomicU32 = AtomicU32::new(0);
        let Some((_, nth)) = ARMED.filter(|(armed, _)| *armed == point) else { return false };
        ARRIVALS.fetch_add(1, Ordering::Relaxed) + 1 == nth
    }
}

#[cfg(not(debug_assertions))]
mod armed {
    pub(crate) fn is_due(_: crate::engine::fault::Point) -> bool {
        false
    }

    pub(crate) fn end() {}
}

/// The process comes to a point.
pub(crate) fn reach(point: Point) {
    if armed::is_due(point) {
        armed::end();
    }
}

/// Runs a statement; at its turn the process ends when the statement is on its way.
pub(crate) async fn during<T>(statement: impl Future<Output = T>) -> T {
    if !armed::is_due(Point::During) {
        return statement.await;
    }
    tokio::select! {
        biased;
        done = statement => done,
        () = tokio::task::yield_now() => std::process::abort(),
    }
}
