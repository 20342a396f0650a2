//! The files' texts, kept by checksum for ever: undo and console read only them (`docs/design/undo.md`, Retention).

use super::bulk::{most, send};
use super::unhindered::unhindered;
use super::{Journal, Reader, Result, StoreError};
use crate::database::Value;
use crate::model::{Checksum, FileId, SourceText};

impl Journal {
    /// Refuses texts that the server does not take in one packet, or that are not what their key says.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::Altered`].
    pub fn check_texts(&self, texts: &[SourceText]) -> Result<()> {
        for text in texts {
            if !text.is_intact() {
                return Err(StoreError::Altered { path: text.path.clone() });
            }
            let down = text.down.as_ref().map_or(0, String::len);
            let bytes = (text.up.len() + down + text.verify.as_ref().map_or(0, String::len)) as u64 + 2048;
            if let Some(most) = self.packet.filter(|most| bytes > *most) {
                return Err(StoreError::TooLarge { what: format!("the text of {}", text.path), bytes, most });
            }
        }
        Ok(())
    }

    /// Keeps texts that are not there yet, in a transaction of its own. To be done when the batch that names them has
    /// been accepted, and before it is committed.
    ///
    /// # Errors
    /// Those of [`Journal::check_texts`]; nothing was written then. An error does not poison the journal.
    pub async fn put_texts(&mut self, texts: &[SourceText]) -> Result<()> {
        self.check()?;
        self.check_texts(texts)?;
        if texts.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let row = |text: &SourceText| -> Vec<Value> {
            vec![
                text.checksum.0.as_str().into(),
                text.path.as_str().into(),
                text.up.as_str().into(),
                text.down.as_deref().into(),
                text.verify.as_deref().into(),
                now.0.into(),
            ]
        };
        let rows = texts.iter().map(row).collect();
        let (store, connection) = (self.store.clone(), self.session.connection_id());
        let written = unhindered(&store, connection, self.write_texts(rows)).await;
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
    /// The texts that are recorded of a file, where they are kept: those that it ran with, unless a repair has taken others
    /// for them.
    ///
    /// # Errors
    /// Those of [`Reader::source`].
    pub async fn recorded_text(&mut self, file: FileId) -> Result<Option<SourceText>> {
        let sql = self.store.sql("SELECT properties FROM {orchestration.migration_files} WHERE file_id = ?")?;
        let rows = self.session.query(&sql, &[file.0.into()]).await?;
        let properties = rows.first().and_then(|row| row.opt_text(0)).unwrap_or_default();
        let properties: serde_json::Value = serde_json::from_str(&properties).unwrap_or_default();
        let repaired = properties["repaired"]["source"].as_str();
        match repaired.or(properties["source"].as_str()) {
            Some(key) => self.source(&Checksum(key.to_owned())).await,
            None => Ok(None),
        }
    }

    /// The texts kept under a checksum.
    ///
    /// # Errors
    /// [`StoreError::Altered`] when they are not the texts of that checksum any more; the database's.
    pub async fn source(&mut self, checksum: &Checksum) -> Result<Option<SourceText>> {
        if self.is_legacy() {
            return Ok(None);
        }
        let sql = self.store.sql(
            "SELECT checksum, file_path, up_text, down_text, verify_text FROM {orchestration.migration_sources} \
             WHERE checksum = ?",
        )?;
        let rows = self.session.query(&sql, &[checksum.0.as_str().into()]).await?;
        let text = rows.first().map(|row| SourceText {
            checksum: Checksum(row.get_text(0)),
            path: row.get_text(1),
            up: row.get_text(2),
            down: row.opt_text(3),
            verify: row.opt_text(4),
        });
        match text {
            Some(text) if !text.is_intact() => Err(StoreError::Altered { path: text.path }),
            text => Ok(text),
        }
    }
}
