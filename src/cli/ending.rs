//! State or end of a batch, for people and as an exit status: what failed, what took effect, what was undone, what to
//! do next.

use super::exit::Exit;
use super::output::{count, safe, safe_lines, took};
use crate::model::{Batch, BatchId, BatchStatus, Category, File, FileState, Hold, Outcome, Rollback, Undo, UndoPlan};
use std::collections::BTreeMap;

/// The exit status of a batch as it stands.
pub(crate) fn exit(batch: &Batch) -> Exit {
    let of_lock = |f: &File| f.failure.as_ref().is_some_and(|e| e.category == Category::LockWait);
    match batch.status {
        BatchStatus::Completed => Exit::Done,
        // Undone as far as it goes: somebody has to look at what others made of the rest.
        BatchStatus::Failed | BatchStatus::RolledBack if left_alone(batch) > 0 => Exit::NeedsPerson,
        // What a compensating batch could not undo stands, in the batch that it is about.
        BatchStatus::Failed if batch.compensates.is_some() => Exit::NeedsPerson,
        BatchStatus::Failed | BatchStatus::RolledBack if needs_person(batch) => Exit::NeedsPerson,
        BatchStatus::Failed | BatchStatus::RolledBack if batch.in_order().any(of_lock) => Exit::Blocked,
        BatchStatus::Failed | BatchStatus::RolledBack => Exit::Failed,
        BatchStatus::Pending | BatchStatus::Running => Exit::Interrupted,
    }
}

/// True if a failed file left effects behind, may have, or could not be undone as it should.
pub(crate) fn needs_person(batch: &Batch) -> bool {
    let stuck = |f: &File| f.state == FileState::Failed && f.outcome != Some(Outcome::Completed);
    batch.in_order().any(|f| stuck(f) && (f.has_effects() || f.undo.is_some()))
}

/// Number of rows and definitions that the undo of its files left as others have made them.
fn left_alone(batch: &Batch) -> u64 {
    batch.in_order().map(|file| (file.left_alone.len() + file.definitions_left_alone.len()) as u64).sum()
}

/// That an undo left rows or definitions alone, and which; `None` where it left none.
pub(crate) fn but_for(file: &File) -> Option<String> {
    const NAMED: usize = 5;
    let rows = but_for_rows(file);
    let definitions = &file.definitions_left_alone;
    if definitions.is_empty() {
        return rows;
    }
    let mut named: Vec<String> = definitions.iter().take(NAMED).map(|one| safe(one)).collect();
    named.extend((definitions.len() > NAMED).then(|| format!("and {} more", definitions.len() - NAMED)));
    let named = format!("what others have changed since: {}", named.join("; "));
    Some(rows.map_or_else(|| format!("but for {named}"), |rows| format!("{rows}; and for {named}")))
}

/// That an undo left rows alone, and which; `None` where it left none.
fn but_for_rows(file: &File) -> Option<String> {
    const NAMED: usize = 5;
    let more = file.left_alone.len().saturating_sub(NAMED);
    let named: Vec<String> = file.left_alone.iter().take(NAMED).map(|row| safe(row)).collect();
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let rows = count(file.left_alone.len() as u64, "row");
    (!named.is_empty()).then(|| format!("but for {rows} that others have changed since: {}{more}", named.join("; ")))
}

/// True if the end of a worker is all that went wrong, and nothing stands of the files in whose middle it came.
pub(crate) fn was_cut_short(batch: &Batch) -> bool {
    let mut failures = batch.in_order().filter_map(|file| Some((file, file.failure.as_ref()?))).peekable();
    failures.peek().is_some()
        && failures.all(|(file, failure)| {
            failure.category == Category::InDoubt && file.state != FileState::Failed && !file.has_effects()
        })
}

/// The first line: name, status, how many files, how long.
pub(crate) fn headline(batch: &Batch) -> String {
    let files = format!("{} of {}", batch.processed(), count(u64::from(batch.total_files), "file"));
    let time = match (batch.run_ms(None), batch.undo_ms()) {
        (None, _) => String::new(),
        (Some(run), 0) => format!(" in {}", took(run)),
        (Some(run), undo) => format!(" in {}, undo {}", took(run), took(undo)),
    };
    let is_taken_back = batch.taken_back().next().is_some();
    let word = match batch.status {
        BatchStatus::Completed if is_taken_back && batch.completed == 0 => "completed and was undone",
        BatchStatus::Completed if is_taken_back => "completed and was undone in part",
        BatchStatus::Completed => "completed",
        BatchStatus::RolledBack if was_wanted(batch) => "was rolled back",
        BatchStatus::RolledBack => "failed and was rolled back",
        BatchStatus::Failed => "failed",
        BatchStatus::Pending | BatchStatus::Running if batch.holds.contains_key(&Hold::Paused) => "is paused",
        BatchStatus::Pending | BatchStatus::Running if batch.holds.contains_key(&Hold::Stepping) => "waits for a step",
        BatchStatus::Pending | BatchStatus::Running if batch.is_throttled() => "is throttled",
        BatchStatus::Pending => "has not begun",
        BatchStatus::Running => "is running",
    };
    let did = match batch.compensates {
        Some(_) => "undone",
        None if is_taken_back => {
            return format!("Batch {} ({}) {word}: {files} still stand.", batch.id, safe(&batch.name));
        }
        None => "completed",
    };
    format!("Batch {} ({}) {word}: {files} {did}{time}.", batch.id, safe(&batch.name))
}

/// The files of it that were undone since, by which batch and when: a line for each rollback.
fn taken_back(batch: &Batch) -> Vec<String> {
    let line = |(rollback, by): (&Rollback, BatchId)| {
        let who = rollback.decided_by.as_ref().or(rollback.opened_by.as_ref());
        let who = who.map_or_else(String::new, |who| format!(", by the word of {}", safe(who)));
        let files = count(rollback.files.len() as u64, "file");
        format!(
            "Undone: {files}, by batch {by} at {} (rollback {}{who}).",
            rollback.updated_at.to_rfc3339(),
            rollback.id
        )
    };
    batch.taken_back().map(line).collect()
}

/// The holds, in words.
pub(crate) fn holds(batch: &Batch) -> Vec<String> {
    // What has ended waits for nothing, whatever held it last.
    if batch.status.is_final() {
        return Vec::new();
    }
    let of_batch = batch.holds.iter().map(|(hold, reason)| line(*hold, reason));
    let of_files = batch.in_order().flat_map(|f| {
        file_holds(batch, f).map(move |(hold, reason)| format!("{}: {}", safe(&f.path), line(hold, &reason)))
    });
    of_batch.chain(of_files).collect()
}

/// Gives the holds of a file with their reasons: for one in line that is who stands before it now, and at which place
/// it stands.
pub(crate) fn file_holds<'b>(batch: &'b Batch, file: &'b File) -> impl Iterator<Item = (Hold, String)> + 'b {
    file.holds.iter().map(move |(hold, reason)| {
        let queue = batch.queue(file).filter(|_| *hold == Hold::Blocked);
        (*hold, queue.map_or_else(|| reason.clone(), |queue| queue.in_line()))
    })
}

fn line(hold: Hold, reason: &str) -> String {
    format!("{hold}: {}", safe(reason))
}

/// The whole story of an end: the headline, and for each file that failed what there is to know about it.
pub(crate) fn report(batch: &Batch) -> String {
    report_of(batch, batch.waiting.len() as u64)
}

/// The same of a batch in part, of which so many files have not begun.
pub(crate) fn report_of(batch: &Batch, waiting: u64) -> String {
    let mut text = headline(batch);
    for line in taken_back(batch) {
        text.push_str(&format!("\n{line}"));
    }
    for file in batch.in_order().filter(|f| f.failure.is_some()) {
        text.push_str("\n\n");
        text.push_str(&failure(file));
    }
    let (undone, in_part): (Vec<&File>, Vec<&File>) = batch
        .in_order()
        .filter(|f| f.outcome == Some(Outcome::RolledBack) && f.failure.is_none())
        .partition(|f| f.left_alone.is_empty() && f.definitions_left_alone.is_empty());
    let mut by_certainty: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in &undone {
        by_certainty.entry(Undo::certainty([*file])).or_default().push(safe(&file.path));
    }
    for (certainty, paths) in by_certainty {
        let word = if was_wanted(batch) { "Undone" } else { "Also undone" };
        text.push_str(&format!("\n\n{word}, {certainty}: {}.", paths.join(", ")));
    }
    for line in undone.iter().flat_map(|file| story(file).map(|line| format!("{}: {line}", safe(&file.path)))) {
        text.push_str(&format!("\n  {line}"));
    }
    for file in in_part {
        let rows = but_for(file).unwrap_or_default();
        text.push_str(&format!("\n\nUndone, {rows} ({}).", safe(&file.path)));
    }
    text.push_str(&wanted(batch));
    if batch.status.is_final() && waiting > 0 {
        text.push_str(&format!("\n\nNot started: {}.", count(waiting, "file")));
    }
    for window in batch.rollbacks.values().filter(|r| r.is_awaiting()) {
        text.push_str(&format!("\n\n{}", awaiting(window)));
    }
    if let Some(next) = next(batch) {
        text.push_str(&format!("\n\nNext: {next}"));
    }
    text
}

/// A rollback that somebody has to decide about.
pub(crate) fn awaiting(rollback: &Rollback) -> String {
    let until = rollback.decide_by.map_or_else(String::new, |at| format!(" until {}", at.to_rfc3339()));
    let reason = safe(rollback.reason.lines().next().unwrap_or_default());
    format!(
        "Rollback {0} (class {1}, {2}) waits for a decision{until}: {reason}\n  `caribou approve {0}`, `caribou reject {0} \
         --reason '…'`",
        rollback.id,
        rollback.class,
        count(rollback.files.len() as u64, "file")
    )
}

fn failure(file: &File) -> String {
    let Some(failure) = &file.failure else { return String::new() };
    let place = failure.line.map(|line| format!(":{line}")).unwrap_or_default();
    let mut lines = vec![format!("{}{place}", safe(&file.path))];
    if let Some(statement) = failure.statement {
        lines.push(format!("  statement    {} of {}", statement + 1, file.statements));
    }
    let code = failure.code.as_ref().map(|c| format!(" (error {})", safe(c))).unwrap_or_default();
    lines.push(format!("  what         {}: {}{code}", failure.category, safe_lines(&failure.message)));
    lines.push(format!("  took effect  {}", effects(file)));
    lines.push(format!("  undone       {}", undone(file)));
    lines.extend(story(file).map(|line| format!("               {line}")));
    if let Some(hint) = &failure.hint {
        lines.push(format!("  hint         {}", safe(hint)));
    }
    lines.join("\n")
}

/// Tells which statements stand, and which are in doubt.
fn effects(file: &File) -> String {
    let list = |it: &mut dyn Iterator<Item = u32>| ranges(it.map(|n| n + 1));
    let ran: Vec<u32> = (0..)
        .zip(&file.records)
        .filter(|(_, r)| matches!(r.effect, crate::model::Effect::Took | crate::model::Effect::Undone))
        .map(|(n, _)| n)
        .collect();
    let doubt = list(&mut file.in_doubt());
    let certain = match ran.len() {
        0 => "nothing".to_owned(),
        1 => format!("statement {}", list(&mut ran.into_iter())),
        _ => format!("statements {}", list(&mut ran.into_iter())),
    };
    if doubt.is_empty() { certain } else { format!("{certain}; in doubt: statements {doubt}") }
}

/// `1 to 4, 7`: ascending numbers in as few words as possible.
fn ranges(numbers: impl Iterator<Item = u32>) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for n in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == n => *last = n,
            _ => runs.push((n, n)),
        }
    }
    let words = runs.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first} to {last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Tells whose each part of its undo was, where it did not go in one.
fn story(file: &File) -> impl Iterator<Item = String> {
    file.undo.iter().flat_map(|undo| undo.story()).map(|line| safe(&line))
}

fn undone(file: &File) -> String {
    let standing = ranges(file.in_force().map(|n| n + 1));
    let trouble = file.failure.as_ref().and_then(|failure| failure.undo.as_deref());
    match (file.state, file.undo.as_ref().map(|u| &u.plan)) {
        (FileState::Idle, _) => match but_for(file) {
            Some(rows) => format!("definitions and kept rows are as they were before, {rows}"),
            None => format!("yes, {}: definitions and kept rows are as they were before", Undo::certainty([file])),
        },
        (FileState::Failed, _) if let Some(trouble) = trouble => format!("no: {}", safe_lines(trouble)),
        (_, Some(UndoPlan::Impossible { reason, .. })) => format!("no: {}", safe(reason)),
        _ if !file.has_effects() => "nothing to undo".to_owned(),
        _ if standing.is_empty() => "no".to_owned(),
        _ => format!("no: statements {} still stand", standing),
    }
}

/// True if it ended because an operator or a crash stopped it.
fn was_stopped(batch: &Batch) -> bool {
    let mut failures = batch.in_order().filter_map(|f| f.failure.as_ref()).peekable();
    failures.peek().is_some() && failures.all(|f| matches!(f.category, Category::Aborted | Category::InDoubt))
}

/// Tells who took it back, and why, where nothing failed.
fn wanted(batch: &Batch) -> String {
    let mut text = String::new();
    if batch.status != BatchStatus::RolledBack || !was_wanted(batch) {
        return text;
    }
    for rollback in batch.rollbacks.values().filter(|r| !r.is_awaiting()) {
        let who = rollback.decided_by.as_ref().or(rollback.opened_by.as_ref());
        let who = who.map_or_else(String::new, |who| format!(" by the word of {}", safe(who)));
        text.push_str(&format!("\n\nRollback {}{who}: {}", rollback.id, safe(&rollback.reason)));
    }
    text
}

/// True if nothing failed: an operator took it back.
fn was_wanted(batch: &Batch) -> bool {
    batch.in_order().all(|f| f.failure.is_none())
}

fn what_stays(batch: &Batch) -> &'static str {
    let rows = batch.in_order().any(|file| !file.left_alone.is_empty());
    let definitions = batch.in_order().any(|file| !file.definitions_left_alone.is_empty());
    match (rows, definitions) {
        (true, true) => "rows and definitions",
        (false, true) => "definitions",
        _ => "rows",
    }
}

fn next(batch: &Batch) -> Option<String> {
    let failed = batch.in_order().find(|f| f.state == FileState::Failed);
    match batch.status {
        BatchStatus::Completed if left_alone(batch) > 0 => Some(format!(
            "look at the {} that the undo left alone, and set right by hand what is not as it should be",
            what_stays(batch)
        )),
        BatchStatus::Completed => None,
        _ if batch.compensates.is_some() => batch.compensates.map(|of| {
            format!(
                "`caribou status --batch {0}` shows what could not be undone; mend it and order the undo again: \
                 `caribou rollback {0} --file … --reason '…'`",
                of.batch
            )
        }),
        _ if needs_person(batch) => failed.map(|f| {
            format!(
                "a person has to look at what {0} left behind (`caribou events` tells every step), mend it, and order \
                 the undo again (`caribou rollback --file {0} --reason '…'`) or say how it stands: `caribou settle {0} \
                 --as rolled_back --reason '…'`, or --as completed",
                safe(&f.path)
            )
        }),
        BatchStatus::Failed | BatchStatus::RolledBack if left_alone(batch) > 0 => Some(format!(
            "look at the {} that the undo left alone, and set right by hand what is not as it should be",
            what_stays(batch)
        )),
        BatchStatus::RolledBack if was_wanted(batch) => Some("`caribou migrate` runs again what was undone".to_owned()),
        // The files are not to blame.
        BatchStatus::Failed | BatchStatus::RolledBack if was_stopped(batch) => {
            Some(format!("`caribou migrate` runs again what was undone{}", stays(batch)))
        }
        BatchStatus::Failed | BatchStatus::RolledBack => {
            Some(format!("correct the file and run `caribou migrate` again{}", stays(batch)))
        }
        BatchStatus::Pending | BatchStatus::Running => {
            Some("`caribou migrate` goes on with it, `caribou abort` undoes it".to_owned())
        }
    }
}

/// Says that what has completed is not run again, where anything has.
fn stays(batch: &Batch) -> &'static str {
    if batch.completed > 0 { "; what is completed stays completed" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::World;

    fn only(world: &World) -> &Batch {
        world.batches.values().next().unwrap()
    }

    #[test]
    fn the_exit_status_follows_from_the_batch() {
        assert_eq!(exit(only(&sample::half_way().world)), Exit::Interrupted);
        assert_eq!(exit(only(&sample::rolled_back().world)), Exit::Failed);
        assert_eq!(exit(only(&sample::stuck().world)), Exit::NeedsPerson);
    }

    #[test]
    fn many_numbers_take_few_words() {
        assert_eq!(ranges([1, 2, 3, 4, 7, 9, 10].into_iter()), "1 to 4, 7, 9, 10");
        assert_eq!(ranges(std::iter::empty()), "");
    }

    #[test]
    fn a_batch_that_was_undone_says_so() {
        insta::assert_snapshot!(report(only(&sample::rolled_back().world)));
    }

    #[test]
    fn a_batch_that_needs_a_person_says_what_stands() {
        insta::assert_snapshot!(report(only(&sample::stuck().world)));
    }
}
