//! The eight tables: names and order of their columns are those of the deployed schema, to the letter
//! (`docs/design/schema.md`).

/// One of the eight tables of the orchestration schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    Batches,
    Files,
    ValidationLog,
    RollbackLog,
    Dependencies,
    SystemState,
    Progress,
    Alerts,
}

/// Kind of a column's values, as far as comparing and binding need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Int,
    Text,
    Json,
    /// DECIMAL(5,2), kept as text with two decimals.
    Decimal,
}

/// A column of one of the eight tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
}

const fn int(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Int }
}
const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text }
}
const fn json(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Json }
}
const fn decimal(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Decimal }
}

/// The columns that every table ends with.
const COMMON: [Column; 5] =
    [json("properties"), int("created_ymdhis"), int("updated_ymdhis"), int("is_deleted"), int("deleted_ymdhis")];

const BATCHES: &[Column] = &[
    text("batch_name"),
    text("batch_status"),
    int("epoch_from"),
    int("epoch_to"),
    int("total_files"),
    int("processed_files"),
    int("failed_files"),
    int("started_ymdhis"),
    int("completed_ymdhis"),
];
// `state_id` is not in 4.0.25: `schema install` adds it.
const FILES: &[Column] = &[
    int("batch_id"),
    text("file_path"),
    text("file_type"),
    text("file_status"),
    text("file_hash"),
    int("epoch_from"),
    int("epoch_to"),
    int("processing_time_ms"),
    text("error_message"),
    int("retry_count"),
    int("sort_order"),
    int("state_id"),
];
const VALIDATION_LOG: &[Column] = &[
    int("batch_id"),
    int("file_id"),
    text("validation_phase"),
    text("validation_type"),
    text("validation_status"),
    text("validation_result"),
    int("execution_time_ms"),
];
const ROLLBACK_LOG: &[Column] = &[
    int("batch_id"),
    int("file_id"),
    text("rollback_classification"),
    text("rollback_reason"),
    text("rollback_status"),
    int("files_affected"),
    int("rollback_time_ms"),
    text("error_message"),
];
const DEPENDENCIES: &[Column] = &[
    int("file_id"),
    int("depends_on_file_id"),
    text("dependency_type"),
    text("dependency_description"),
    int("sort_order"),
];
const SYSTEM_STATE: &[Column] =
    &[int("batch_id"), text("system_status"), text("freeze_reason"), json("affected_components"), text("user_message")];
const PROGRESS: &[Column] = &[
    int("batch_id"),
    text("current_phase"),
    int("total_phases"),
    int("current_phase_index"),
    int("files_in_phase"),
    int("files_completed_in_phase"),
    decimal("percentage_complete"),
    int("estimated_remaining_seconds"),
];
const ALERTS: &[Column] = &[
    int("batch_id"),
    int("file_id"),
    text("alert_type"),
    text("alert_title"),
    text("alert_message"),
    text("alert_status"),
    int("escalation_level"),
];

impl Table {
    /// All eight.
    pub const ALL: [Table; 8] = [
        Table::Batches,
        Table::Files,
        Table::ValidationLog,
        Table::RollbackLog,
        Table::Dependencies,
        Table::SystemState,
        Table::Progress,
        Table::Alerts,
    ];

    /// The table's name without schema and prefix.
    pub fn name(self) -> &'static str {
        match self {
            Table::Batches => "migration_batches",
            Table::Files => "migration_files",
            Table::ValidationLog => "migration_validation_log",
            Table::RollbackLog => "migration_rollback_log",
            Table::Dependencies => "migration_dependencies",
            Table::SystemState => "migration_system_state",
            Table::Progress => "migration_progress",
            Table::Alerts => "migration_alerts",
        }
    }

    /// The name of its key column.
    pub fn key(self) -> &'static str {
        match self {
            Table::Batches => "batch_id",
            Table::Files => "file_id",
            Table::ValidationLog => "validation_id",
            Table::RollbackLog => "rollback_id",
            Table::Dependencies => "dependency_id",
            Table::SystemState => "state_id",
            Table::Progress => "progress_id",
            Table::Alerts => "alert_id",
        }
    }

    /// The columns beyond the key and the common ones, in the order of [`Row::cells`](super::row::Row::cells).
    pub fn own_columns(self) -> &'static [Column] {
        match self {
            Table::Batches => BATCHES,
            Table::Files => FILES,
            Table::ValidationLog => VALIDATION_LOG,
            Table::RollbackLog => ROLLBACK_LOG,
            Table::Dependencies => DEPENDENCIES,
            Table::SystemState => SYSTEM_STATE,
            Table::Progress => PROGRESS,
            Table::Alerts => ALERTS,
        }
    }

    /// Every column after the key, in the order of [`Row::cells`](super::row::Row::cells).
    pub fn columns(self) -> impl Iterator<Item = Column> {
        self.own_columns().iter().copied().chain(COMMON)
    }
}
