//! The screens, one file each, and what is around them.

pub mod batches;
pub mod board;
pub mod chrome;
pub mod decisions;
pub mod file_detail;
pub mod file_undo;
pub mod files;
pub mod help;
pub mod log;
