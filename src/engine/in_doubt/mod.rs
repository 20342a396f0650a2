//! Take-over of what another worker left: its sessions are ended (`barrier`), its statements are decided by what the
//! database shows (`resolve`, `definitions`), its batches go on (`recovery`); on another server everything waits
//! (`other_server`). The chapter is `docs/design/lifecycle.md`, "After a crash".

pub(crate) mod barrier;
pub(crate) mod definitions;
pub(crate) mod other_server;
pub(crate) mod recovery;
pub(crate) mod resolve;
