//! The freeze: others are kept from writing by the best means that the server has.
//!
//! | file | is |
//! |---|---|
//! | `read_only`, `write_lock` | one file a means: MariaDB and MySQL, SQLite; without either a freeze is advisory |
//! | `drain` | waiting for open write transactions, and what a refusal says of them |
//! | `reach` | schemas and accounts that it hits, and accounts that it does not stop |
//! | `guard` | what stands on the server because of this process, to be lifted however the process ends |
//! | `standing` | what a worker keeps in mind of it |
//! | `steps` | the worker freezes and thaws |
//! | `tend` | when: what operators ask, what the policy wants, what another worker left, what nobody uses |

mod drain;
pub(super) mod guard;
mod reach;
mod read_only;
pub(super) mod standing;
mod steps;
mod tend;
mod write_lock;
