//! What nobody here wrote: the schemas and upgrade files that Debian packages ship, and the migrations inside
//! published crates. They are fetched into a cache (`support::packages`); what cannot be had is reported as NOT RUN.
//!
//! | file | is |
//! |---|---|
//! | `collections` | which files, in which order |
//! | `pieces` | every file is cut without loss, and analysed |
//! | `native` | what the server's own client makes of a file |
//! | `statements` | the pieces run one by one do the same |
//! | `picture` | all that stands in a schema: definitions and rows |
//! | `sqlite` | both for SQLite, where the other reader of the file is SQLite itself |

mod collections;
mod native;
mod picture;
mod pieces;
mod sqlite;
mod statements;
