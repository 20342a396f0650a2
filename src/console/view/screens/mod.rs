//! The screens, one file each, and what is around them.

pub mod alerts;
pub mod batch_row;
pub mod batches;
pub mod board;
pub mod checklist;
pub mod chrome;
pub mod decisions;
pub mod drill;
pub mod empty;
pub mod file_consequences;
pub mod file_detail;
pub mod file_pane;
pub mod file_undo;
pub mod file_words;
pub mod files;
pub mod graph;
pub mod header;
pub mod help;
pub mod history;
pub mod log;
pub mod replay;
pub mod strip;
pub mod tabs;
pub mod validations;
