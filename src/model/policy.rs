//! Choices that are made when a batch is planned, and go with it.

use crate::model::{AlertPolicy, DeclaredRelation, FileType, Windows};
use serde::{Deserialize, Serialize};

/// Number of files that may be under way at a time where nobody says so.
pub const PARALLEL: u32 = 4;

/// Choices made when the batch was planned; they go with the batch, whoever drives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Policy {
    /// True if independent files go on after a failure (`on_failure = stop | continue`). Unset: they stop after a
    /// doctrine file, and go on after any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_on_failure: Option<bool>,
    /// Hold before the first statement.
    #[serde(default)]
    pub step: bool,
    /// Statements that nothing undoes may run: whoever started the batch has read which they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_irreversible: bool,
    /// Session variables for the connections that run files, as `SET` assignments in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<(String, String)>,
    /// Name of the layout that the files were read by.
    #[serde(default)]
    pub layout: String,
    #[serde(default)]
    pub windows: Windows,
    /// Whoever started the batch does not decide about its rollbacks. The worker sets it, from what the server says:
    /// no client chooses it for itself.
    #[serde(default)]
    pub four_eyes: bool,
    /// Answer of an automatic class A rollback when it would destroy rows that others wrote.
    #[serde(default)]
    pub data_loss: DataLoss,
    /// Undo that comes first for a file that ran to its end, where the file does not say.
    #[serde(default, skip_serializing_if = "UndoPrefer::is_script")]
    pub undo_prefer: UndoPrefer,
    #[serde(default)]
    pub after_crash: AfterCrash,
    /// Number of files that may be under way at a time, where whoever started it said so; else the worker decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// When alerts are raised by time, and rise; a journal that knew of none has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<AlertPolicy>,
    /// When others are kept from writing.
    #[serde(default, skip_serializing_if = "FreezePolicy::is_never")]
    pub freeze: FreezePolicy,
    /// History that the batch takes over from another tool: its files have run, and none of them runs here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Adopted>,
    /// True for a batch of squashes that count as having run: what they replace has, and nothing of them runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub squashed: bool,
    /// Relations between tables that the directory declares: looked at after each file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<DeclaredRelation>,
}

impl Policy {
    /// True if the batch goes on after a file of this type has failed.
    pub fn continues_after(&self, file_type: FileType) -> bool {
        self.continue_on_failure.unwrap_or(file_type != FileType::Doctrine)
    }
}

/// Origin of a batch that was taken over from another tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Adopted {
    /// Name of the tool, as people write it.
    pub tool: String,
    /// Its history table, with the schema.
    pub table: String,
}

/// Treatment of a file that a crash left half-way (`docs/design/lifecycle.md`, After a crash).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AfterCrash {
    /// `policy.on_crash`.
    pub then: OnCrash,
    /// The longest undo that begins unasked, in milliseconds; what ran tells how long it may take (`crash.max_undo`).
    pub max_undo: u64,
}

impl Default for AfterCrash {
    fn default() -> Self {
        AfterCrash { then: OnCrash::Rollback, max_undo: 10 * 60 * 1000 }
    }
}

/// `policy.on_crash`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnCrash {
    /// It is undone.
    #[default]
    Rollback,
    /// Somebody chooses.
    Hold,
}

/// `undo.prefer`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UndoPrefer {
    /// The file's own rollback script.
    #[default]
    Script,
    /// Steps derived from what stood before.
    Derived,
}

impl UndoPrefer {
    /// The words that it may be given as.
    pub const WORDS: &'static [&'static str] = &["script", "derived"];

    fn is_script(&self) -> bool {
        *self == UndoPrefer::Script
    }

    /// Reads such a word.
    pub fn read(word: &str) -> Option<UndoPrefer> {
        match word {
            "script" => Some(UndoPrefer::Script),
            "derived" => Some(UndoPrefer::Derived),
            _ => None,
        }
    }
}

/// `class_a.data_loss`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DataLoss {
    /// Somebody has to approve it first.
    #[default]
    Hold,
    Proceed,
}

/// `policy.freeze`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FreezePolicy {
    /// When an operator says so.
    #[default]
    Never,
    /// While a file runs that asks for it (`-- caribou: freeze=critical`).
    Critical,
    /// From the batch's preparation to its end.
    Always,
}

impl FreezePolicy {
    fn is_never(&self) -> bool {
        *self == FreezePolicy::Never
    }
}
