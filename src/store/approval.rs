//! Whether two people are needed (`approval.four_eyes`): the server says, not the client that asks.

use super::{Result, Store};
use crate::database::{ErrorKind, Session};

impl Store {
    /// The setting `approval.four_eyes`; where there is none, whether grants are installed: whether any account besides
    /// the one that installed the schema may submit decisions. SQLite has no accounts.
    pub async fn needs_four_eyes(&self, session: &mut dyn Session) -> Result<bool> {
        let sql = self.sql(
            "SELECT setting_value FROM {orchestration.migration_settings} WHERE setting_key = 'approval.four_eyes'",
        )?;
        let rows = session.query(&sql, &[]).await?;
        if let Some(said) = rows.first().and_then(|row| row.opt_text(0)) {
            return Ok(said.trim() != "false");
        }
        if !self.dialect().is_mysql_family() {
            return Ok(false);
        }
        let granted = "SELECT COUNT(*) FROM mysql.procs_priv WHERE Db = ? AND Routine_name = ? AND Proc_priv LIKE \
                       '%Execute%' AND User <> SUBSTRING_INDEX(CURRENT_USER(), '@', 1)";
        let values = [self.schemas().orchestration.as_str().into(), self.table("submit_decision").as_str().into()];
        match session.query(granted, &values).await {
            Ok(rows) => Ok(rows.first().is_some_and(|row| row.get_i64(0) > 0)),
            // An account that may not look cannot know that there is only one.
            Err(error) if error.kind == ErrorKind::Privilege => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}
