//! The eight tables as simple structures, read tolerantly: an unknown word of an enumeration, which only a table without
//! its constraint can hold, is read as the column's first.

use crate::database::Row;
use crate::model::{
    Alert, AlertId, AlertStatus, AlertType, BatchId, BatchStatus, Checksum, Class, DependencyId, DependencyType, Epoch,
    FileId, FileState, FileStatus, FileType, Millis, RollbackId, RollbackStatus, SystemStateId, SystemStatus,
    ValidationId, ValidationPhase, ValidationStatus, Ymdhis,
};
use serde::{Deserialize, Serialize};

/// A structure, its table's columns in order, and how each is read.
macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty = $column:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }

        impl $name {
            pub(super) const COLUMNS: &'static [&'static str] = &[$($column),+];

            pub(super) fn read(row: &Row) -> Self {
                let mut column = 0..;
                let mut next = || column.next().unwrap_or_default();
                Self { $($field: Read::read(row, next())),+ }
            }
        }
    )+};
}

rows! {
    /// `migration_batches`.
    BatchRow {
        batch_id: BatchId = "batch_id",
        name: String = "batch_name",
        status: BatchStatus = "batch_status",
        epoch_from: Epoch = "epoch_from",
        epoch_to: Epoch = "epoch_to",
        total_files: u32 = "total_files",
        processed_files: u32 = "processed_files",
        failed_files: u32 = "failed_files",
        started: Ymdhis = "started_ymdhis",
        completed: Ymdhis = "completed_ymdhis",
        created: Ymdhis = "created_ymdhis",
        updated: Ymdhis = "updated_ymdhis",
        properties: serde_json::Value = "properties",
    }
    /// `migration_files`.
    FileRow {
        file_id: FileId = "file_id",
        batch_id: BatchId = "batch_id",
        path: String = "file_path",
        file_type: FileType = "file_type",
        status: FileStatus = "file_status",
        hash: Checksum = "file_hash",
        epoch_from: Epoch = "epoch_from",
        epoch_to: Epoch = "epoch_to",
        processing_time_ms: u64 = "processing_time_ms",
        error_message: Option<String> = "error_message",
        retry_count: u32 = "retry_count",
        sort_order: u32 = "sort_order",
        created: Ymdhis = "created_ymdhis",
        updated: Ymdhis = "updated_ymdhis",
        properties: serde_json::Value = "properties",
        /// From the column, or in a schema of version 4.0.25 from `properties`, absent meaning idle.
        state: FileState = "state_id",
    }
    /// `migration_validation_log`.
    ValidationRow {
        validation_id: ValidationId = "validation_id",
        batch_id: BatchId = "batch_id",
        /// `None` for a check of the whole batch (0 in the table).
        file_id: Option<FileId> = "file_id",
        phase: ValidationPhase = "validation_phase",
        check: String = "validation_type",
        status: ValidationStatus = "validation_status",
        result: String = "validation_result",
        ms: u64 = "execution_time_ms",
        created: Ymdhis = "created_ymdhis",
    }
    /// `migration_rollback_log`.
    RollbackRow {
        rollback_id: RollbackId = "rollback_id",
        batch_id: BatchId = "batch_id",
        file_id: Option<FileId> = "file_id",
        class: Class = "rollback_classification",
        reason: String = "rollback_reason",
        status: RollbackStatus = "rollback_status",
        files_affected: u32 = "files_affected",
        ms: u64 = "rollback_time_ms",
        error_message: Option<String> = "error_message",
        created: Ymdhis = "created_ymdhis",
        updated: Ymdhis = "updated_ymdhis",
        properties: serde_json::Value = "properties",
    }
    /// `migration_dependencies`.
    DependencyRow {
        dependency_id: DependencyId = "dependency_id",
        file_id: FileId = "file_id",
        on: FileId = "depends_on_file_id",
        kind: DependencyType = "dependency_type",
        description: String = "dependency_description",
        sort_order: u32 = "sort_order",
        properties: serde_json::Value = "properties",
    }
    /// `migration_system_state`.
    SystemStateRow {
        state_id: SystemStateId = "state_id",
        batch_id: BatchId = "batch_id",
        status: SystemStatus = "system_status",
        reason: String = "freeze_reason",
        components: serde_json::Value = "affected_components",
        message: String = "user_message",
        created: Ymdhis = "created_ymdhis",
    }
    /// `migration_alerts`.
    AlertRow {
        alert_id: AlertId = "alert_id",
        batch_id: BatchId = "batch_id",
        file_id: Option<FileId> = "file_id",
        alert_type: AlertType = "alert_type",
        title: String = "alert_title",
        message: String = "alert_message",
        status: AlertStatus = "alert_status",
        level: u32 = "escalation_level",
        created: Ymdhis = "created_ymdhis",
        updated: Ymdhis = "updated_ymdhis",
        properties: serde_json::Value = "properties",
    }
}

impl AlertRow {
    /// Time at which it rises by itself, or at which its acknowledgement is over.
    pub fn due(&self) -> Option<Millis> {
        self.properties.get("due_ms").and_then(serde_json::Value::as_i64).map(Millis)
    }

    /// The alert that the row is of, its times to the second.
    pub fn to_alert(&self) -> Alert {
        let stamp = |at: Ymdhis| at.to_millis().unwrap_or_default();
        let due = self.due();
        Alert {
            id: self.alert_id,
            batch: self.batch_id,
            file: self.file_id,
            alert_type: self.alert_type,
            title: self.title.clone(),
            message: self.message.clone(),
            status: self.status,
            level: self.level,
            rises: due.is_some() && self.status != AlertStatus::Acknowledged,
            due,
            created_at: stamp(self.created),
            updated_at: stamp(self.updated),
        }
    }
}

/// Filter of validations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidationFilter {
    pub batch: BatchId,
    pub file: Option<FileId>,
    pub status: Option<ValidationStatus>,
    /// At most so many, the newest; 0 for all.
    pub limit: usize,
}

/// Part of a file's `properties` that is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FileProperties {
    #[serde(default)]
    pub state_id: Option<serde_json::Value>,
}

impl FileProperties {
    /// Legacy rows hold numbers, and now and then a number as text.
    pub(super) fn state(&self) -> Option<FileState> {
        let id = self.state_id.as_ref()?;
        FileState::from_id(id.as_i64().or_else(|| id.as_str()?.trim().parse().ok())?)
    }
}

/// Conversion of a column into a value; never an error.
trait Read {
    fn read(row: &Row, column: usize) -> Self;
}

macro_rules! read_words {
    ($($type:ident),+) => {$(
        impl Read for $type {
            fn read(row: &Row, column: usize) -> Self {
                $type::parse(&row.get_text(column)).unwrap_or($type::ALL[0])
            }
        }
    )+};
}

macro_rules! read_ids {
    ($($type:ident),+) => {$(
        impl Read for $type {
            fn read(row: &Row, column: usize) -> Self {
                $type(row.get_i64(column))
            }
        }
    )+};
}

read_words!(
    BatchStatus,
    FileStatus,
    FileType,
    ValidationPhase,
    ValidationStatus,
    Class,
    RollbackStatus,
    DependencyType,
    SystemStatus,
    AlertType,
    AlertStatus
);
read_ids!(BatchId, FileId, ValidationId, RollbackId, DependencyId, SystemStateId, AlertId, Epoch, Ymdhis);

impl Read for Option<FileId> {
    fn read(row: &Row, column: usize) -> Self {
        row.opt_i64(column).filter(|id| *id != 0).map(FileId)
    }
}

impl Read for u32 {
    fn read(row: &Row, column: usize) -> Self {
        u32::try_from(row.get_i64(column)).unwrap_or_default()
    }
}

impl Read for u64 {
    fn read(row: &Row, column: usize) -> Self {
        row.get_u64(column)
    }
}

impl Read for String {
    fn read(row: &Row, column: usize) -> Self {
        row.get_text(column)
    }
}

impl Read for Option<String> {
    fn read(row: &Row, column: usize) -> Self {
        row.opt_text(column).filter(|text| !text.is_empty())
    }
}

impl Read for Checksum {
    fn read(row: &Row, column: usize) -> Self {
        Checksum(row.get_text(column))
    }
}

impl Read for serde_json::Value {
    fn read(row: &Row, column: usize) -> Self {
        row.opt_text(column).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }
}

/// From the column; the reader asks for the properties' own where there is no such column, and looks there again.
impl Read for FileState {
    fn read(row: &Row, column: usize) -> Self {
        FileState::from_id(row.get_i64(column)).unwrap_or_default()
    }
}

impl BatchRow {
    /// True of a batch that undoes another: it has no files of its own.
    pub fn compensates(&self) -> bool {
        self.properties.get("compensates").is_some_and(|of| !of.is_null())
    }
}

impl FileRow {
    /// The state from `properties`, where the column says nothing.
    pub(super) fn with_state_of_properties(mut self, row: &Row) -> Self {
        let said = row.opt_i64(Self::COLUMNS.len() - 1).and_then(FileState::from_id);
        let properties = || serde_json::from_value::<FileProperties>(self.properties.clone()).unwrap_or_default();
        self.state = said.or_else(|| properties().state()).unwrap_or_default();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_legacy_row_is_read_from_its_properties() {
        let state = |json: &str| serde_json::from_str::<FileProperties>(json).unwrap_or_default().state();
        assert_eq!(state(r#"{"state_id": 4}"#), Some(FileState::Migrating));
        assert_eq!(state(r#"{"state_id": "8", "note": 1}"#), Some(FileState::Failed));
        assert_eq!(state(r#"{"state_id": 9}"#), None);
        assert_eq!(state("{}"), None);
    }
}
