//! The report as Markdown. Whatever comes from files or the database is escaped.

use super::super::output::{bytes, count, took};
use super::escape::{block, section, table, text};
use super::measurements;
use super::story::{FileReport, FindingReport, Report, UndoReport, WorkerReport};
use crate::model::UndoCoverage;

/// Definitions whose differences are shown; the others are named.
const SHOWN: usize = 200;

/// The whole report.
pub(super) fn markdown(report: &Report) -> String {
    let parts = [
        heading(report),
        summary(report),
        files(report),
        changes(report),
        findings(report),
        measurements::probes(&report.probes),
        undo(report),
        rollbacks(report),
        said(report),
        rows(report),
        alerts(report),
        report.baseline.as_ref().map(measurements::baseline).unwrap_or_default(),
        server(report),
    ];
    let mut whole = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    whole.push_str(&format!("\nMade from the journal by caribou {}.\n", report.caribou));
    whole
}

fn heading(report: &Report) -> String {
    let batch = &report.batch;
    let status = batch.status.replace('_', " ");
    format!("# Batch {}: {} ({status})\n", batch.id, text(&batch.name))
}

fn or_dash(value: Option<&str>) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

fn summary(report: &Report) -> String {
    let batch = &report.batch;
    let mut rows = vec![
        ("status", batch.status.replace('_', " ")),
        ("started by", or_dash(report.started_by.as_deref())),
        ("started at", or_dash(batch.started_at.as_deref())),
        ("ended at", or_dash(batch.completed_at.as_deref())),
        ("took", report.ms.map_or_else(|| "-".to_owned(), took)),
        ("files", format!("{} of {} completed", batch.files_completed, batch.files_total)),
        ("epoch", format!("{} to {}", batch.epoch_from, batch.epoch_to)),
        ("plan", or_dash(Some(report.plan.as_str()).filter(|plan| !plan.is_empty()))),
    ];
    if let Some(reason) = &report.reason {
        rows.push(("reason", text(reason)));
    }
    if let Some(of) = report.compensates {
        rows.push(("undoes", format!("batch {of}")));
    }
    if let Some(by) = batch.compensated_by {
        rows.push(("undone by", format!("batch {by}, {}", or_dash(batch.compensated_at.as_deref()))));
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    table(&["", ""], &rows)
}

fn files(report: &Report) -> String {
    let row = |(n, file): (usize, &FileReport)| {
        vec![
            (n + 1).to_string(),
            text(&file.path),
            file.file_type.to_owned(),
            file.status.replace('_', " "),
            format!("{} of {}", file.in_force, file.statements),
            file.rows.to_string(),
            took(file.statement_ms),
            file.ms.map_or_else(|| "-".to_owned(), took),
            file.retries.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = report.files.iter().enumerate().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = ["#", "file", "type", "status", "statements in force", "rows", "in statements", "in all", "retries"];
    let mut content = table(&head, &rows);
    for file in report.files.iter().filter(|file| file.error.is_some() || !file.undo.is_empty()) {
        content.push_str(&format!("\n### {}\n", text(&file.path)));
        if let Some(error) = &file.error {
            content.push_str(&format!("\n{}", block("text", error)));
        }
        for line in &file.undo {
            content.push_str(&format!("\n- {}\n", text(line)));
        }
    }
    section("Files", content)
}

fn changes(report: &Report) -> String {
    if report.changes.is_empty() {
        let nothing = "No definition that the journal holds differs between before and after.\n";
        return section("What changed", nothing.to_owned());
    }
    let mut content = String::new();
    for change in report.changes.iter().take(SHOWN) {
        content.push_str(&format!(
            "### {} ({})\n\n{}\n",
            text(&change.object),
            change.what,
            block("diff", &change.diff)
        ));
    }
    for change in report.changes.iter().skip(SHOWN) {
        content.push_str(&format!("- {} ({})\n", text(&change.object), change.what));
    }
    section("What changed", content.trim_end_matches('\n').to_owned() + "\n")
}

fn findings(report: &Report) -> String {
    let passed = count(u64::from(report.checks_passed), "check");
    let mut content = format!("{passed} passed.\n");
    for finding in &report.findings {
        content.push_str(&format!("\n{}", self::finding(finding)));
    }
    section("Findings", content)
}

fn finding(finding: &FindingReport) -> String {
    let class = finding.class.map(|class| format!(", class {class}")).unwrap_or_default();
    let subject = finding.file.as_deref().map_or_else(|| "the batch".to_owned(), text);
    let head = format!("**{}** ({}{class}, {}) on {subject}", text(&finding.check), finding.status, finding.phase);
    if finding.result.lines().count() > 1 {
        return format!("- {head}:\n\n{}", block("text", &finding.result));
    }
    format!("- {head}: {}\n", text(&finding.result))
}

fn undo(report: &Report) -> String {
    let row = |undo: &UndoReport| {
        let kept = match undo.kept_rows {
            0 => "-".to_owned(),
            rows => format!("{}, {}", count(rows, "row"), bytes(undo.kept_bytes)),
        };
        vec![text(&undo.file), covered(&undo.coverage), kept, or_dash(undo.until.as_deref())]
    };
    let rows: Vec<Vec<String>> = report.undo.iter().map(row).collect();
    let content = if rows.is_empty() {
        "Nothing of it stands: there is nothing to undo.\n".to_owned()
    } else {
        table(&["file", "statements undone by", "kept, about", "until"], &rows)
    };
    section("Undo that remains", content)
}

/// `2 written, 1 kept, 1 by NOTHING`.
fn covered(coverage: &UndoCoverage) -> String {
    let counts = [
        (coverage.written, "written"),
        (coverage.derived, "derived"),
        (coverage.kept, "kept"),
        (coverage.not_needed, "not needed"),
        (coverage.none, "by NOTHING"),
    ];
    let words: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

fn rollbacks(report: &Report) -> String {
    let mut content = String::new();
    for rollback in &report.rollbacks {
        let stands = rollback.decision.unwrap_or(rollback.status);
        let by = rollback.decided_by.as_deref().map(|by| format!(" by {}", text(by))).unwrap_or_default();
        content.push_str(&format!("- **Rollback {}**, class {}, {stands}{by}", rollback.id, rollback.class));
        if let (None, Some(until)) = (rollback.decision, rollback.decide_by.as_deref())
            && rollback.status == "pending"
        {
            content.push_str(&format!(", decide by {}", text(until)));
        }
        if let Some(batch) = rollback.compensated_by {
            content.push_str(&format!(", as batch {batch}"));
        }
        content.push_str(&format!(": {}\n", text(&rollback.reason)));
        let scope: Vec<String> = rollback.scope.iter().map(|path| text(path)).collect();
        content.push_str(&format!("  - files: {}\n", scope.join(", ")));
        for line in rollback.undo.iter().chain(&rollback.error) {
            content.push_str(&format!("  - {}\n", text(line)));
        }
    }
    section("Rollbacks and windows", content)
}

fn said(report: &Report) -> String {
    let row = |said: &super::story::SaidReport| {
        vec![text(&said.at), or_dash(said.by.as_deref()), text(&said.what), or_dash(said.reason.as_deref())]
    };
    let rows: Vec<Vec<String>> = report.said.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    section("Commands and decisions", table(&["at", "by", "what", "reason"], &rows))
}

fn rows(report: &Report) -> String {
    let line = |row: &super::story::RowReport| format!("- {}: {}\n", text(&row.file), text(&row.row));
    section("Left alone", report.rows_left_alone.iter().map(line).collect())
}

fn alerts(report: &Report) -> String {
    let line = |alert: &super::super::document::AlertDocument| {
        let level = if alert.level > 0 { format!(", level {}", alert.level) } else { String::new() };
        format!("- **{}** ({}{level}): {}\n", alert.alert_type, alert.status, text(&alert.title))
    };
    section("Alerts", report.alerts.iter().map(line).collect())
}

fn server(report: &Report) -> String {
    let row = |worker: &WorkerReport| {
        let or_unknown = |value: &str| if value.is_empty() { "not recorded".to_owned() } else { text(value) };
        let WorkerReport { holder, since, server, version, caribou } = worker;
        vec![text(holder), text(since), or_unknown(version), text(server), or_unknown(caribou)]
    };
    let rows: Vec<Vec<String>> = report.workers.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    section("Server and workers", table(&["worker", "lease since", "server", "its identity", "caribou"], &rows))
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::{self, Story};
    use super::super::story::Journals;
    use super::*;

    fn of(story: &Story) -> String {
        let report = Report::new(Journals { batch: &story.events, ..Journals::default() }).expect("a batch");
        markdown(&report)
    }

    #[test]
    fn a_batch_half_way() {
        insta::assert_snapshot!(of(&sample::half_way()));
    }

    #[test]
    fn a_batch_that_was_rolled_back() {
        insta::assert_snapshot!(of(&sample::rolled_back()));
    }

    #[test]
    fn a_batch_that_needs_a_person() {
        insta::assert_snapshot!(of(&sample::stuck()));
    }

    #[test]
    fn names_from_outside_stay_names() {
        let mut report =
            Report::new(Journals { batch: &sample::stuck().events, ..Journals::default() }).expect("a batch");
        report.batch.name = "a | <img src=x> `b`\n# c".to_owned();
        report.files[0].path = "x|y.sql".to_owned();
        report.files[0].error = Some("```\n<script>".to_owned());
        let text = markdown(&report);
        assert!(text.starts_with("# Batch 1: a \\| \\<img src=x\\> \\`b\\` \\# c"), "{text}");
        assert!(text.contains("| x\\|y.sql |") && text.contains("````text\n```\n<script>\n````"), "{text}");
    }
}
