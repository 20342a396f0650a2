//! A plan that somebody handed over, examined before it becomes a batch: whoever wrote it may have written anything.

use crate::model::{Checksum, DependencyType, Epoch, On, PlannedFile, PlannedFinding, SourceText, Submission};
use crate::plan;
use crate::sql::{self, Language};
use std::collections::{BTreeSet, HashMap};

/// Greatest lengths, in characters: as the columns take them.
const LONGEST_NAME: usize = 255;
const LONGEST_PATH: usize = 512;
pub(super) const LONGEST_WORD: usize = 100;
const LONGEST_DESCRIPTION: usize = 4_000;
const LONGEST_FINDING: usize = 64 << 10;
const MOST_FINDINGS: usize = 200;
/// A year and a day, in milliseconds: no window and no time that is configured is longer.
const LONGEST_TIME: u64 = 366 * 24 * 3_600_000;
/// The most files that may be under way (`workers.parallel`).
const MOST_PARALLEL: u32 = 64;
/// The last epoch, by how far one may be beyond the one before it: further on nobody could plan any more.
const LAST_EPOCH: i64 = i64::MAX / 10;

/// Examines whether every text is what its key says.
///
/// # Errors
/// The first thing that is wrong, in words.
pub(crate) fn texts(texts: &[SourceText]) -> Result<(), String> {
    match texts.iter().find(|text| !text.is_intact()) {
        Some(text) => Err(format!("the text of {} is not the one of its checksum", shown(&text.path))),
        None => Ok(()),
    }
}

/// Examines whether a plan is whole, and consistent in itself.
///
/// # Errors
/// The first thing that is wrong, in words.
pub(crate) fn examine(plan: &Submission, language: &Language) -> Result<(), String> {
    line("its name", &plan.name, LONGEST_NAME)?;
    line("the name of its layout", &plan.policy.layout, LONGEST_WORD)?;
    line("its checksum", &plan.plan.0, LONGEST_WORD)?;
    times(plan)?;
    for (name, value) in &plan.policy.session {
        line("a session variable", name, LONGEST_WORD)?;
        line("a session variable's value", value, LONGEST_DESCRIPTION)?;
    }
    findings(&plan.findings)?;
    texts(&plan.texts)?;
    let mut by_key: HashMap<&Checksum, &SourceText> = HashMap::new();
    for text in &plan.texts {
        path(&text.path)?;
        if !text.checksum.is_sha256() {
            return Err(format!("the text of {} has no checksum", shown(&text.path)));
        }
        by_key.insert(&text.checksum, text);
    }
    let mut paths = BTreeSet::new();
    let mut epoch = plan.epoch_from;
    for (place, file) in plan.files.iter().enumerate() {
        path(&file.path)?;
        if !paths.insert(&file.path) {
            return Err(format!("{} is in it twice", shown(&file.path)));
        }
        let text = by_key.get(&file.source).ok_or_else(|| format!("the text of {} is missing", shown(&file.path)))?;
        examine_file(file, text, language).map_err(|wrong| format!("{}: {wrong}", shown(&file.path)))?;
        requirements(plan, place, file).map_err(|wrong| format!("{}: {wrong}", shown(&file.path)))?;
        epoch = next_epoch(epoch, file)?;
    }
    if !(plan.epoch_from.0 >= 0 && plan.epoch_from <= plan.epoch_to && plan.epoch_to.0 <= LAST_EPOCH) {
        return Err(format!("it leads from epoch {} to {}", plan.epoch_from, plan.epoch_to));
    }
    if plan.files.is_empty() { Err("it has no files".to_owned()) } else { Ok(()) }
}

fn times(plan: &Submission) -> Result<(), String> {
    let windows = plan.policy.windows;
    if [windows.b, windows.c, windows.d].iter().any(|ms| !(1..=LONGEST_TIME).contains(ms)) {
        return Err("a window is as good as none, or longer than a year".to_owned());
    }
    if plan.policy.after_crash.max_undo > LONGEST_TIME {
        return Err("crash.max_undo is longer than a year".to_owned());
    }
    if let Some(alerts) = plan.policy.alerts
        && [alerts.prolonged, alerts.rises, alerts.ack_expires].iter().any(|ms| !(1..=LONGEST_TIME).contains(ms))
    {
        return Err("a time of its alerts is as good as none, or longer than a year".to_owned());
    }
    match plan.policy.parallel {
        Some(wide) if !(1..=MOST_PARALLEL).contains(&wide) => {
            Err(format!("{wide} files are to be under way, and 1 to {MOST_PARALLEL} may be"))
        }
        _ => Ok(()),
    }
}

/// The file is the one of its text, and has as many statements as it says.
fn examine_file(file: &PlannedFile, text: &SourceText, language: &Language) -> Result<(), String> {
    let language = language.for_file(&text.up);
    if text.path != file.path {
        return Err(format!("its text is the one of {}", shown(&text.path)));
    }
    line("its hash", &file.hash.0, LONGEST_WORD)?;
    let up = sql::read(&text.up, language.clone()).map_err(|error| error.to_string())?;
    let down = text.down.as_deref().map(|down| sql::read(down, language.clone())).transpose();
    let down = down.map_err(|error| format!("its rollback script: {error}"))?;
    let count = |script: &sql::Script| u32::try_from(script.statements.len()).unwrap_or(u32::MAX);
    if file.statements != count(&up) || file.undo_statements != down.as_ref().map(count) {
        return Err("it has not as many statements as the plan says".to_owned());
    }
    if file.canonical != plan::canonical(&up) {
        return Err("its statements are not those of the plan".to_owned());
    }
    if file.wave > 1_000_000 {
        return Err("its wave is out of all proportion".to_owned());
    }
    findings(&file.findings)?;
    let locks = file.locks.as_deref().unwrap_or_default();
    locks.iter().try_for_each(|lock| length("the name of what it locks", &lock.object, LONGEST_NAME))
}

/// Findings have the length that the log takes.
fn findings(findings: &[PlannedFinding]) -> Result<(), String> {
    if findings.len() > MOST_FINDINGS {
        return Err("it has more findings than there are checks".to_owned());
    }
    findings.iter().try_for_each(|finding| {
        line("the name of a check", &finding.check, LONGEST_WORD)?;
        length("a finding", &finding.result, LONGEST_FINDING)
    })
}

/// Examines that what it needs is in the plan before it, or has run.
fn requirements(plan: &Submission, place: usize, file: &PlannedFile) -> Result<(), String> {
    for need in &file.requires {
        path(&need.path)?;
        line("why it needs another file", &need.description, LONGEST_DESCRIPTION)?;
        let On::Planned(on) = need.on else { continue };
        let is_conflict = need.kind == DependencyType::Conflict;
        let other = plan.files.get(on).filter(|other| other.path == need.path && on != place);
        if other.is_none() || (on > place && !is_conflict) {
            return Err(format!("it needs {}, which does not come before it", shown(&need.path)));
        }
    }
    Ok(())
}

/// Epochs only grow.
fn next_epoch(before: Epoch, file: &PlannedFile) -> Result<Epoch, String> {
    if file.epoch_from >= Epoch(0) && file.epoch_to >= before && file.epoch_to.0 <= LAST_EPOCH {
        return Ok(file.epoch_to);
    }
    Err(format!("{} leads from epoch {} to {}", shown(&file.path), file.epoch_from, file.epoch_to))
}

/// A name on one line, of so many characters at the most.
pub(super) fn line(what: &str, text: &str, most: usize) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err(format!("{what} holds control characters"));
    }
    length(what, text, most)
}

/// A name of so many characters at the most. A file or a table may have any name; it is made harmless where it is
/// shown.
fn length(what: &str, text: &str, most: usize) -> Result<(), String> {
    match text.chars().count() {
        has if has <= most => Ok(()),
        has => Err(format!("{what} has {has} characters, and at most {most} are taken")),
    }
}

/// A path within the migration directory: relative, and with no way out of it.
pub(super) fn path(text: &str) -> Result<(), String> {
    length("a path", text, LONGEST_PATH)?;
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    if text.split(['/', '\\']).all(is_plain) { Ok(()) } else { Err(format!("{} is no path of a file", shown(text))) }
}

/// A name within a message.
pub(super) fn shown(text: &str) -> String {
    let safe: String = text.chars().filter(|c| !c.is_control()).take(LONGEST_WORD).collect();
    if safe.len() < text.len() { format!("{safe}…") } else { safe }
}
