//! The files' texts, kept by checksum for ever: undo and console read only them (`3-rollback`, Retention).

use super::bulk::{bytes_of, most, send};
use super::{Journal, Reader, Result, StoreError};
use crate::database::Value;
use crate::model::{Checksum, SourceText};

impl Journal {
    /// Keeps texts that are not there yet, in a transaction of its own. To be done before the batch that names them is
    /// committed.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for a text that the server does not take in one packet; nothing was written then. An
    /// error does not poison the journal.
    pub async fn put_texts(&mut self, texts: &[SourceText]) -> Result<()> {
        self.check()?;
        if texts.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let mut rows = Vec::with_capacity(texts.len());
        for text in texts {
            let row: Vec<Value> = vec![
                text.checksum.0.as_str().into(),
                text.path.as_str().into(),
                text.up.as_str().into(),
                text.down.as_deref().into(),
                text.verify.as_deref().into(),
                now.0.into(),
            ];
            let bytes = bytes_of(&row) as u64 + 1024;
            if let Some(most) = self.packet.filter(|most| bytes > *most) {
                return Err(StoreError::TooLarge { what: format!("the text of {}", text.path), bytes, most });
            }
            rows.push(row);
        }
        let written = self.write_texts(rows).await;
        if written.is_err()
            && let Err(also) = self.session.rollback().await
        {
            self.poisoned = Some(format!("texts could not be written and not be rolled back: {also}"));
        }
        written
    }

    async fn write_texts(&mut self, rows: Vec<Vec<Value>>) -> Result<()> {
        let head = self.store.sql(
            "INSERT INTO {orchestration.migration_sources} (checksum, file_path, up_text, down_text, verify_text, \
             created_ms) VALUES",
        )?;
        let tail = if self.store.dialect().is_mysql_family() {
            // Not INSERT IGNORE, which would also pass over what does not fit.
            "ON DUPLICATE KEY UPDATE checksum = checksum"
        } else {
            self.session.begin().await?;
            "ON CONFLICT DO NOTHING"
        };
        send(self.session.as_mut(), &head, 6, tail, rows, most(self.packet)).await?;
        self.session.commit().await?;
        Ok(())
    }
}

impl Reader {
    /// The texts kept under a checksum.
    pub async fn source(&mut self, checksum: &Checksum) -> Result<Option<SourceText>> {
        if self.is_legacy() {
            return Ok(None);
        }
        let sql = self.store.sql(
            "SELECT checksum, file_path, up_text, down_text, verify_text FROM {orchestration.migration_sources} \
             WHERE checksum = ?",
        )?;
        let rows = self.session.query(&sql, &[checksum.0.as_str().into()]).await?;
        Ok(rows.first().map(|row| SourceText {
            checksum: Checksum(row.get_text(0)),
            path: row.get_text(1),
            up: row.get_text(2),
            down: row.opt_text(3),
            verify: row.opt_text(4),
        }))
    }
}
