//! Types of files: what a file of each is, and what is to be done with it.
//!
//! A [`Handler`] is one type as a value with five operations: prepare, validate before, apply, validate after, undo. Most
//! types are SQL in the end, so that the worker applies and undoes them statement by statement; a type whose files do
//! something outside the database has steps of its own ([`OwnStep`]), which the worker journals as it does statements.
//! One file of this folder is one type, and a line in [`Handlers::standard`].
//!
//! | file | is |
//! |---|---|
//! | `handler`, `registry` | the trait; the types that there are |
//! | `doctrine`, `module`, `agent`, `documentation` | one type each |
//! | `subject`, `step`, `fault` | the file that is looked at, a step outside the database, what is wrong |
//! | `catalog` | what stands in the database |
//! | `recorded` | a file in the form in which its text is kept: its own lines, and the statements that it stands for |
//! | `rows/` | configuration as data: TOML, JSON, YAML, and the upsert that it stands for |
//! | `yaml` | YAML, read with care |
//! | `held_to` | what SQL of an agent or a document may do |
//! | `header`, `place` | a document's metadata; its file, replaced whole |

mod agent;
mod catalog;
mod doctrine;
mod documentation;
mod fault;
mod handler;
mod header;
mod held_to;
mod module;
mod place;
mod recorded;
mod registry;
mod rows;
mod step;
mod subject;
mod yaml;

pub use catalog::{Catalog, Columns};
pub use fault::Fault;
pub use handler::Handler;
pub use header::Described;
pub use recorded::record;
pub use registry::{Handlers, validate_before};
pub use step::{OwnStep, Stands};
pub use subject::{Original, Subject};
