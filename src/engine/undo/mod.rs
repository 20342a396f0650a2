//! Undo of a file: which way (`choose`, `rest`), what that would do and destroy (`blast`, `conflicts`, `standing_on`,
//! `theirs`, `windows`), and whether it brought everything back: definitions (`compare`, `referring`, `schema_texts`), rows (`rows`), foreign
//! keys (`foreign_keys`). What is pure of it stands in `crate::undo`; the chapter is `docs/design/undo.md`.

pub(crate) mod blast;
pub(crate) mod broken_view;
pub(crate) mod choose;
pub(crate) mod compare;
pub(crate) mod conflicts;
pub(crate) mod foreign_keys;
pub(crate) mod overlap;
pub(crate) mod referring;
pub(crate) mod rest;
pub(crate) mod rows;
pub(crate) mod schema_texts;
pub(crate) mod standing_on;
pub(crate) mod theirs;
pub(crate) mod windows;
