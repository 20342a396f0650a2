//! What else stands in the validation log: findings that are no check of the table, and have no level of their own.

use super::rows_expected::ROWS_EXPECTED;
use crate::model::{Class, FORESEEN, ValidationPhase};

/// One name of the log.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere {
    /// The `validation_type`.
    pub name: &'static str,
    pub phase: ValidationPhase,
    /// Class of a finding after the file or the batch; `None` leaves it to the file's type.
    pub class: Option<Class>,
    /// What a finding does: `block`, or `warn`.
    pub level: &'static str,
    /// What it belongs to: `statement`, `file` or `batch`.
    pub of: &'static str,
    /// Where that is said.
    pub from: &'static str,
    /// One sentence: what must be so.
    pub about: &'static str,
    /// Reason why it matters.
    pub why: &'static str,
    /// The safer form.
    pub safer: &'static str,
}

const TYPE_WHY: &str = "a file that is more than its type says is taken back by rules that were made for another one";
const TYPE_SAFER: &str = "mend what the finding names, or give the file another type (type=, its folder, batch.toml)";
const PROBE_WHY: &str = "a query that has become slower is seen by users first, and later nobody knows by which change";
const PROBE_SAFER: &str =
    "look at the two plans in the log; add the index that the old plan used, or decide in the window";

const fn entry(name: &'static str, phase: ValidationPhase, level: &'static str, of: &'static str) -> Elsewhere {
    Elsewhere { name, phase, class: None, level, of, from: "", about: "", why: "", safer: "" }
}

/// All of them, by phase.
pub const ELSEWHERE: &[Elsewhere] = &[
    Elsewhere {
        from: "type of the file",
        about: "The file is what its type allows, as its handler sees it.",
        why: TYPE_WHY,
        safer: TYPE_SAFER,
        ..entry("file_type", ValidationPhase::Pre, "block", "file")
    },
    Elsewhere {
        from: "plan.foreseen",
        about: "The plan foresees no statement that the server will answer with an error.",
        why: "the statement would fail with others before it done already",
        safer: "mend the file and migrate again; `caribou retry` with a reason runs it all the same",
        ..entry(FORESEEN, ValidationPhase::Pre, "block", "file")
    },
    Elsewhere {
        from: "rows= of the statement",
        about: "A statement changes as many rows as the file says.",
        why: "a statement that meets other rows than its author had in mind does something else than was reviewed",
        safer: "look at the rows that it would change now; mend its condition, or the number in rows=",
        ..entry(ROWS_EXPECTED, ValidationPhase::During, "block", "statement")
    },
    Elsewhere {
        from: "type of the file",
        about: "What stands is what the file says, as its handler sees it.",
        why: TYPE_WHY,
        safer: TYPE_SAFER,
        ..entry("file_type", ValidationPhase::Post, "block", "file")
    },
    Elsewhere {
        class: Some(Class::D),
        from: "documents",
        about: "Documents that have completed still describe what exists, whatever the file took away.",
        why: "whoever reads them is told of what is not there",
        safer: "change the document in the same batch; an edited document runs again",
        ..entry("documents_current", ValidationPhase::Post, "block", "file")
    },
    Elsewhere {
        from: "[[probes]]",
        about: "The probe can be measured; one that cannot be is not compared.",
        why: PROBE_WHY,
        safer: "give the account what the query reads, or mend the query in [[probes]]",
        ..entry("performance_probe", ValidationPhase::Pre, "warn", "batch")
    },
    Elsewhere {
        class: Some(Class::B),
        from: "[[probes]]",
        about: "No probe is slower than before by more than max_ratio and its noise.",
        why: PROBE_WHY,
        safer: PROBE_SAFER,
        ..entry("performance_probe", ValidationPhase::Post, "block", "batch")
    },
];
