//! The account as which files run (`docs/design/accounts.md`).

use crate::database::{DbError, Purpose};
use crate::store::Store;

/// Gives the account that runs files where it is not the worker's own. SQLite has no accounts.
///
/// # Errors
/// The runner's session cannot be opened.
pub async fn runner_account(store: &Store) -> Result<Option<String>, DbError> {
    let database = store.database();
    if !store.dialect().is_mysql_family() || database.runner().is_none() {
        return Ok(None);
    }
    let mut session = database.open(Purpose::File).await?;
    let rows = session.query_text("SELECT CURRENT_USER()").await;
    session.close().await;
    let account = rows?.first().map(|row| row.get_text(0).to_owned());
    Ok(account.filter(|runner| runner != database.account()))
}

/// True if files run as the account that does everything else.
pub(crate) async fn is_one_account(store: &Store) -> Result<bool, DbError> {
    Ok(store.dialect().is_mysql_family() && runner_account(store).await?.is_none())
}
