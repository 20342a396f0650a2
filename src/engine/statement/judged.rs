//! What the checks say of a statement that has ended, by what is known of it: nothing is asked.

use super::file_session::FileSession;
use super::job::{JobMode, StatementJob, StatementOutcome};
use crate::check::{self, CheckSettings, EndedStatement};
use crate::model::{Category, Effect, Failure, File, Finding, Phase, StatementResult, ValidationStatus};

/// Judges a statement of a file's own. Of the steps that undo it only the locks are judged that they met; what they do is
/// compared at their end.
pub(crate) fn judged(
    file: &File,
    job: &StatementJob,
    outcome: &StatementOutcome,
    settings: &CheckSettings,
) -> Vec<Finding> {
    let statement = &job.statement;
    let tries = outcome.tries.as_slice();
    if job.phase == Phase::Undo {
        let of = file.undo.as_ref().map_or(0, |undo| u32::try_from(undo.len()).unwrap_or(u32::MAX));
        let (ms, warnings, rows, expected) = (None, [].as_slice(), None, None);
        let ended = EndedStatement { statement, of, ms, warnings, rows, tries, expected, undoes: true };
        let mut findings = if tries.is_empty() { Vec::new() } else { check::during(&ended, settings) };
        findings.retain(|finding| finding.status != ValidationStatus::Passed);
        return findings;
    }
    if !matches!(job.mode, JobMode::Run(_)) {
        return Vec::new();
    }
    let (ms, warnings, rows) = match &outcome.result {
        // What stands for a statement may count otherwise than it would have.
        StatementResult::Done { ms, warnings, rows, .. } => {
            let as_expected = Some(*rows).filter(|rows| statement.rows.is_some_and(|range| range.holds(*rows)));
            (Some(*ms), warnings.as_slice(), as_expected)
        }
        StatementResult::Failed { .. } => (None, [].as_slice(), outcome.unexpected),
    };
    let (expected, of) = (file.expected.as_deref(), file.statements);
    let ended = EndedStatement { statement, of, ms, warnings, rows, tries, expected, undoes: false };
    check::during(&ended, settings)
}

/// A statement that must not stand, in a transaction that is open still: it is given up, and the statement with it. One
/// that is committed is undone with its file.
pub(crate) async fn give_up_what_blocks(
    findings: &[Finding],
    job: &StatementJob,
    session: &mut FileSession,
    outcome: &mut StatementOutcome,
) {
    let (Some(finding), StatementResult::Done { ms, .. }) = (findings.iter().find(|f| f.blocks()), &outcome.result)
    else {
        return;
    };
    let ms = *ms;
    if session.state.transaction.is_none() {
        return;
    }
    outcome.lost = session.give_up_transaction().await;
    let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result))
        .at(job.statement.index, job.statement.line);
    outcome.result = StatementResult::Failed { ms, failure, effect: Effect::None };
}
