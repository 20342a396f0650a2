//! Retention: what has had its time goes, kept data (`release`) and expired rows of the ephemeral schema (`purge`). The
//! chapter is `docs/design/undo.md`, "Retention".

pub(crate) mod purge;
pub(crate) mod release;
