//! A freeze that is lifted past the worker: by the account that asks for it, and read back.

use crate::database::{DbError, ErrorKind, Purpose, ServerKind, Target, is_read_only, set_read_only};
use crate::store::Store;

/// What became of it.
pub(crate) enum Lifted {
    /// Others can write again, and how that is known.
    Yes(&'static str),
    /// The server took it, and nothing is different.
    Still(&'static str),
}

/// Lifts the freeze of a server as this account. On SQLite there is nothing to lift.
///
/// # Errors
/// [`ErrorKind::Privilege`], with the grant that is missing; a server that does not answer.
pub(crate) async fn lift_freeze(store: &Store) -> Result<Lifted, DbError> {
    if store.kind() == ServerKind::Sqlite {
        return Ok(Lifted::Yes("on SQLite the write lock goes with the worker's process"));
    }
    let mut session = store.database().open(Purpose::Control).await?;
    session.answer_within(Some(Target::ANSWER_TIMEOUT));
    let lifted = async {
        set_read_only(session.as_mut(), false).await?;
        is_read_only(session.as_mut()).await
    }
    .await;
    session.close().await;
    match lifted {
        Ok(false) => Ok(Lifted::Yes("@@GLOBAL.read_only read back as 0")),
        Ok(true) => Ok(Lifted::Still("the server took SET GLOBAL read_only = 0, and is still read_only")),
        Err(error) if error.kind == ErrorKind::Privilege => {
            Err(error
                .with_hint("this takes the privilege to set read_only: `caribou schema grants emergency USER@HOST`"))
        }
        Err(error) => Err(error),
    }
}
