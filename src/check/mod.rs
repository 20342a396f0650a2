//! Checks before a file runs, at the end of each of its statements, and after it.
//!
//! [`CHECKS`] is the table: when each runs, what a violation of it is worth in each profile, why it matters and what is
//! safer, and the function that looks. One file a subject: `text`, `doctrine`, `writes`, `tables`, `sessions` and
//! `programs` look at the file alone; the others ask the database. [`run`] runs those of one phase over a [`CheckedFile`]
//! and answers with findings for the log; `examine` gives what each check saw, for a plan. What happens on a violation
//! (`off`, `warn`, `block`) is [`CheckSettings`].

mod after;
mod alteration;
mod altered;
mod alters;
mod announced;
mod attributes;
mod baseline;
mod before;
mod broken;
mod budget;
mod cascades;
mod columns;
mod context;
mod count;
mod declared;
mod definition;
mod dependences;
mod disk_free;
mod disk_room;
mod doctrine;
mod drops;
mod during;
mod earlier;
mod ended;
mod facts;
mod judge;
mod means;
mod name_pattern;
mod name_rules;
mod names;
mod objects;
mod outcome;
mod owed;
mod planned;
pub mod probes;
mod programs;
mod read_ahead;
mod registry;
mod relations;
mod replicas;
mod replication;
mod report;
mod routines;
mod rows_expected;
mod ruled;
mod run;
mod safeguards;
mod sessions;
mod settings;
mod sqlite;
mod sqlite_data;
mod surroundings;
mod table_count;
mod tables;
mod text;
mod to_come;
mod told_elsewhere;
mod transactions;
mod trial;
mod twin;
mod unannounced;
mod undo_fits;
mod undo_possible;
mod verify;
mod watch;
mod writes;

pub use baseline::baseline;
pub use before::{before, compares};
pub use context::{CheckedFile, KeptData, KnownObjects};
pub use declared::RelationsSeen;
pub(crate) use declared::{concerned, count_orphans};
pub(crate) use definition::{Check, LevelOrigin};
pub use earlier::Earlier;
pub use ended::{EndedStatement, Tried};
pub use judge::during;
pub use name_pattern::NamePattern;
pub use name_rules::NameRules;
pub(crate) use outcome::Violation;
pub use registry::CHECKS;
pub(crate) use registry::check;
pub(crate) use report::Report;
pub use run::run;
pub(crate) use run::{examine, examine_text};
pub use settings::{CheckLevel, CheckSettings, Profile};
pub use to_come::Rest;
pub use told_elsewhere::{ELSEWHERE, Elsewhere};
pub use twin::drop_twins_left;
pub(crate) use undo_fits::asks_definitions;
