//! The worker.

mod scheduler;
#[cfg(test)]
mod scheduler_tests;
