//! Requests of people: `control` hears it beside the worker and renews the lease, `accept` takes it up and answers it.
//! A plan that was handed over is examined (`examine`) and held against what has run since (`revalidate`).

pub(crate) mod accept;
pub(crate) mod control;
pub(crate) mod examine;
mod repair;
pub(crate) mod revalidate;
