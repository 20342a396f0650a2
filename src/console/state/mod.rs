//! The state of the console, as plain data: what the feed has told (`data`), what the operator has opened, typed and
//! selected (`app`, `views`, `dialog`, `prompt`), and what follows from both without a terminal: the keys that hold
//! (`keymap`), the changes that make sense now (`intent`), the rollbacks and checks that are known (`rollbacks`, `checks`), what may be let pass (`overrides`),
//! the time that is left (`eta`), whether a worker is missed (`presence`), whose request is on its way (`in_flight`), which
//! query got slower (`probes`, `query_plan`). It knows the feed's types and nothing of how it is drawn; it changes in
//! `update` and nowhere else.
//!
//! `message` holds what comes in and what goes out.

pub(crate) mod action;
pub(crate) mod alerts;
pub(crate) mod app;
pub(crate) mod approver;
pub(crate) mod bindings;
pub(crate) mod board;
pub(crate) mod checklist;
pub(crate) mod checks;
pub(crate) mod consequences;
pub(crate) mod data;
pub(crate) mod decisions;
pub(crate) mod dialog;
pub(crate) mod eta;
pub(crate) mod evidence;
pub(crate) mod figures;
pub(crate) mod files;
pub(crate) mod filter;
pub(crate) mod following;
pub(crate) mod forecast;
pub(crate) mod graph;
pub(crate) mod guide;
pub(crate) mod history;
pub(crate) mod in_flight;
pub(crate) mod intent;
pub(crate) mod key;
pub(crate) mod keymap;
pub(crate) mod left;
pub(crate) mod listing;
pub(crate) mod lists;
pub(crate) mod live;
pub(crate) mod message;
pub(crate) mod names;
pub(crate) mod offers;
pub(crate) mod options;
pub(crate) mod overrides;
pub(crate) mod past_order;
pub(crate) mod presence;
pub(crate) mod probes;
pub(crate) mod prompt;
pub(crate) mod query_plan;
pub(crate) mod replay;
pub(crate) mod request;
pub(crate) mod rollbacks;
pub(crate) mod story;
pub(crate) mod tallies;
pub(crate) mod texts;
pub(crate) mod time_left;
pub(crate) mod views;
