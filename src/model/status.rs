//! The enumerations of the eight tables' columns, spelled as the columns spell them.

use crate::model::{FileState, Outcome};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! column_enum {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the column's order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The column's spelling.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The value spelled so, if there is one.
            pub fn parse(text: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    )+};
}

column_enum! {
    /// `migration_batches.batch_status`.
    BatchStatus { Pending = "pending", Running = "running", Completed = "completed", Failed = "failed", RolledBack = "rolled_back" }
    /// `migration_files.file_status`; it follows from state and outcome (`docs/design/lifecycle.md`, The eight states).
    FileStatus { Pending = "pending", Processing = "processing", Completed = "completed", Failed = "failed", RolledBack = "rolled_back" }
    /// `migration_files.file_type`: who handles the file.
    FileType { Doctrine = "doctrine", Module = "module", Agent = "agent", Documentation = "documentation" }
    /// `migration_validation_log.validation_phase`.
    ValidationPhase { Pre = "pre", During = "during", Post = "post" }
    /// `migration_validation_log.validation_status`.
    ValidationStatus { Passed = "passed", Failed = "failed", Warning = "warning" }
    /// `migration_rollback_log.rollback_classification` (`docs/design/undo.md`, Classes).
    Class { A = "A", B = "B", C = "C", D = "D" }
    /// `migration_rollback_log.rollback_status`.
    RollbackStatus { Pending = "pending", Running = "running", Completed = "completed", Failed = "failed" }
    /// `migration_dependencies.dependency_type`.
    DependencyType { Required = "required", Optional = "optional", Conflict = "conflict" }
    /// `migration_system_state.system_status`.
    SystemStatus { Normal = "normal", Frozen = "frozen", Thawing = "thawing", Emergency = "emergency" }
    /// `migration_alerts.alert_type`.
    AlertType { Error = "error", Warning = "warning", Info = "info", Critical = "critical" }
    /// `migration_alerts.alert_status`.
    AlertStatus { New = "new", Acknowledged = "acknowledged", Resolved = "resolved", Escalated = "escalated" }
}

impl FileType {
    /// The class that a finding on a file of this type is worth (`docs/design/undo.md`, Classes).
    pub fn usual_class(self) -> Class {
        match self {
            FileType::Doctrine => Class::A,
            FileType::Module | FileType::Agent => Class::B,
            FileType::Documentation => Class::D,
        }
    }
}

impl ValidationPhase {
    /// When it is, beside the file.
    pub fn when(self) -> &'static str {
        match self {
            ValidationPhase::Pre => "before",
            ValidationPhase::During => "during",
            ValidationPhase::Post => "after",
        }
    }
}

impl BatchStatus {
    /// True if nothing more will happen to the batch by itself.
    pub fn is_final(self) -> bool {
        matches!(self, BatchStatus::Completed | BatchStatus::Failed | BatchStatus::RolledBack)
    }
}

impl AlertType {
    /// How grave it is, from 0.
    pub fn gravity(self) -> u8 {
        match self {
            AlertType::Info => 0,
            AlertType::Warning => 1,
            AlertType::Error => 2,
            AlertType::Critical => 3,
        }
    }
}

impl FileStatus {
    /// It follows from state and outcome (`docs/design/lifecycle.md`, The eight states).
    pub fn from_state(state: FileState, outcome: Option<Outcome>) -> FileStatus {
        match (state, outcome) {
            (FileState::Idle, None) => FileStatus::Pending,
            (FileState::Idle, Some(Outcome::Completed)) => FileStatus::Completed,
            (FileState::Idle, Some(Outcome::RolledBack)) => FileStatus::RolledBack,
            (FileState::Failed, _) => FileStatus::Failed,
            _ => FileStatus::Processing,
        }
    }
}
