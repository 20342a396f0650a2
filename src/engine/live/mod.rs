//! Looking at the server while statements run: how far each is and who is in its way, each second from its second second
//! on; how busy the server is, each five seconds while a batch is driven.
//!
//! A task of its own looks ([`watch`](mod@watch)), on a session of its own, and shows it in one row for all consoles. No
//! statement and no lease waits for it, and nothing fails where it may not see something: then it says what is missing.

mod doing;
mod load;
mod look;
mod pace;
mod watch;

pub(crate) use doing::{Doing, UnderWay};
pub(crate) use watch::watch;
