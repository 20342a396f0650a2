//! Remarks: what a directory says that is read otherwise here, or not at all.

/// A remark on a file, or on the directory. It becomes a finding of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The finding's name, see [`kind`].
    pub check: &'static str,
    /// Its weight.
    pub weight: Weight,
    /// The line in the file, from 1.
    pub line: Option<u32>,
    /// What was found, and what to do.
    pub message: String,
}

/// The weight of a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Worth knowing.
    Info,
    /// What happens here may differ from what the tool would do.
    Warning,
    /// What happens here would differ: a plan with the file is refused.
    Refused,
}

/// The names of remarks.
pub(super) mod kind {
    /// Said in the file, and not done here.
    pub const NOT_HONOURED: &str = "not_honoured";
    /// A file that does not run.
    pub const LEFT_ALONE: &str = "left_alone";
    /// Where the tool ends a statement, and the server's client does not.
    pub const OTHER_SPLIT: &str = "other_split";
    /// Rows of the tool's own history table.
    pub const TOOL_HISTORY: &str = "tool_history";
}

impl Remark {
    /// What would happen otherwise than with the tool.
    pub(super) fn refused(check: &'static str, line: impl Into<Option<u32>>, message: String) -> Remark {
        Remark { check, weight: Weight::Refused, line: line.into(), message }
    }

    /// What may happen otherwise than with the tool.
    pub(super) fn warning(check: &'static str, line: impl Into<Option<u32>>, message: String) -> Remark {
        Remark { check, weight: Weight::Warning, line: line.into(), message }
    }

    /// What is worth knowing.
    pub(super) fn info(check: &'static str, line: impl Into<Option<u32>>, message: String) -> Remark {
        Remark { check, weight: Weight::Info, line: line.into(), message }
    }
}
