//! Rollbacks of what has run: opened by findings and by operators, and begun when somebody has decided.

use super::context::FileContext;
use super::input::{Draft, Finding};
use crate::model::{
    AlertId, AlertType, Batch, BatchId, BatchStatus, Class, Compensates, Epoch, EventKind, FileId, FileState, FileType,
    Hold, Ids, Rollback, RollbackId, RollbackStatus, ValidationStatus, World,
};

/// A rollback about to be opened.
pub(super) struct Opening<'a> {
    pub file: Option<FileId>,
    pub class: Class,
    pub reason: &'a str,
    /// The files that are affected; none means the whole batch.
    pub affected: Vec<FileId>,
    /// True if somebody has time to decide.
    pub has_window: bool,
}

/// Gives the gravity of the alert that comes with a rollback of a class (`docs/design/undo.md`, Classes).
pub(super) fn gravity(class: Class) -> AlertType {
    match class {
        Class::A => AlertType::Critical,
        Class::B | Class::C => AlertType::Warning,
        Class::D => AlertType::Info,
    }
}

/// Opens a rollback that somebody has to decide about, with its alert. `ids` are the keys given so far.
pub(super) fn open(batch: &Batch, ids: &mut Ids, opening: Opening<'_>) -> (RollbackId, Vec<EventKind>) {
    let Opening { file, class, reason, affected, has_window } = opening;
    let rollback = RollbackId(Ids::take(&mut ids.rollback));
    let alert = AlertId(Ids::take(&mut ids.alert));
    let files = batch.scope(class, &affected);
    let window = batch.policy.windows.length(class).filter(|_| has_window);
    let subject = match file.and_then(|id| batch.file(id)) {
        Some(file) => file.path.clone(),
        None => format!("batch {}", batch.id),
    };
    let title = format!("{subject}: class {class} rollback {rollback} waits for a decision");
    let raised = EventKind::alert(alert, file, gravity(class), title, reason);
    let reason = reason.to_owned();
    let alert = Some(alert);
    let loss_accepted = false;
    let opened =
        EventKind::RollbackOpened { rollback, file, class, reason, files, affected, window, alert, loss_accepted };
    (rollback, vec![opened, raised])
}

/// The windows that the findings on a file open: one for each class.
pub(super) fn from_findings(context: &FileContext<'_>, findings: &[Finding]) -> Vec<Draft> {
    let mut ids = context.world.ids;
    let mut events = Vec::new();
    for class in [Class::B, Class::C, Class::D] {
        let told: Vec<String> = findings
            .iter()
            .filter(|f| f.class == Some(class) && f.status == ValidationStatus::Warning)
            .map(|f| format!("{}: {}", f.check, f.result))
            .collect();
        if told.is_empty() {
            continue;
        }
        let reason = told.join("\n");
        let (file, affected) = (Some(context.file.id), vec![context.file.id]);
        let opening = Opening { file, class, reason: &reason, affected, has_window: true };
        events.extend(open(context.batch, &mut ids, opening).1.into_iter().map(|kind| context.draft(kind)));
    }
    events
}

/// Request of an operator by `rollback`.
pub(super) struct Asked<'a> {
    pub files: &'a [FileId],
    pub class: Class,
    pub now: bool,
    pub accept_loss: bool,
    pub reason: Option<&'a str>,
}

/// An operator opens a window, orders the undo at once, or orders again one that failed.
pub(super) fn ask(world: &World, batch: &Batch, asked: &Asked<'_>) -> Result<Vec<Draft>, String> {
    let Some(reason) = asked.reason.map(str::trim).filter(|r| !r.is_empty()) else {
        return Err("a rollback needs a reason".into());
    };
    let class = asked.class;
    let files = fits(batch, asked)?;
    if let Some(in_the_way) = refusal(world, batch, class, &files) {
        return Err(in_the_way);
    }
    let mut stuck = files.iter().filter_map(|id| batch.file(*id)).filter(|f| f.state == FileState::Failed);
    let again = stuck.next().is_some();
    let is_same = |r: &&Rollback| r.is_awaiting() && r.class == class && world.scope_of(r) == files;
    if let Some(open) = batch.rollbacks.values().find(is_same).filter(|_| !again) {
        return Err(format!("rollback {} waits for a decision about it already", open.id));
    }
    let at_once = again || asked.now || class == Class::A;
    let needs_approval = batch.policy.four_eyes && !again;
    if asked.now && needs_approval {
        return Err("another account has to approve it (four eyes): leave --now out, and let it decide".into());
    }
    let mut ids = world.ids;
    let file = match asked.files {
        [one] => Some(*one),
        _ => None,
    };
    let affected = asked.files.to_vec();
    let has_window = class != Class::A;
    let opening = Opening { file, class, reason, affected: affected.clone(), has_window };
    if !at_once || needs_approval {
        let (_, opened) = open(batch, &mut ids, opening);
        return Ok(opened.into_iter().map(|kind| Draft::new(batch.id, kind)).collect());
    }
    let rollback = RollbackId(Ids::take(&mut ids.rollback));
    let reason = reason.to_owned();
    let (window, alert) = (None, None);
    let files_then = files.clone();
    let opened = EventKind::RollbackOpened {
        rollback,
        file,
        class,
        reason,
        files: files_then,
        affected,
        window,
        alert,
        loss_accepted: asked.accept_loss,
    };
    let mut events = vec![Draft::new(batch.id, opened)];
    events.extend(start(world, batch, rollback, class, files));
    Ok(events)
}

/// The files that a rollback of a batch would undo, none named meaning all, or why it could not begin now. Complete
/// only where every later batch is loaded.
///
/// # Errors
/// The reason, for people.
pub fn rollback_scope(world: &World, batch: &Batch, files: &[FileId], class: Class) -> Result<Vec<FileId>, String> {
    let crashed: Vec<FileId> = batch.crashed().map(|file| file.id).collect();
    if !crashed.is_empty() {
        // Somebody has to choose, and this is one of the choices.
        return Ok(crashed);
    }
    let scope = fits(batch, &Asked { files, class, now: false, accept_loss: false, reason: None })?;
    refusal(world, batch, class, &scope).map_or(Ok(scope), Err)
}

/// The scope of what is asked for, or why it cannot be.
fn fits(batch: &Batch, asked: &Asked<'_>) -> Result<Vec<FileId>, String> {
    if let Some(undone) = batch.compensates {
        return Err(format!(
            "batch {} is itself a rollback, of batch {}: migrate again to bring its files back",
            batch.id, undone.batch
        ));
    }
    if let Some(adopted) = &batch.policy.adopted {
        return Err(format!(
            "batch {} was taken over from {}: none of it ran here, so nothing is known that would undo it; write a \
             migration that does",
            batch.id, adopted.tool
        ));
    }
    if asked.class == Class::A && !asked.files.is_empty() {
        return Err("class A takes the whole batch back; leave the files out, or choose class B".into());
    }
    for id in asked.files {
        let file = batch.file(*id).ok_or_else(|| format!("file {id} is not in batch {}", batch.id))?;
        if !file.stands() {
            let stands = format!("{} is {} ({})", file.path, file.state, file.status());
            return Err(format!("{stands}: nothing of it is there to be undone"));
        }
    }
    let named = || batch.in_order().filter(|f| asked.files.is_empty() || asked.files.contains(&f.id));
    for (class, wanted) in [(Class::C, FileType::Doctrine), (Class::D, FileType::Documentation)] {
        if asked.class == class && !named().any(|f| f.file_type == wanted) {
            return Err(format!("class {class} is for files of type {wanted}, and none of them is; choose class B"));
        }
    }
    let files = batch.scope(asked.class, asked.files);
    if files.is_empty() {
        return Err(format!("nothing of batch {} stands that could be undone", batch.id));
    }
    Ok(files)
}

/// Reason why a rollback cannot begin now.
pub(super) fn refusal(world: &World, batch: &Batch, class: Class, files: &[FileId]) -> Option<String> {
    if !batch.status.is_final() {
        return Some(format!(
            "batch {} is {}: `caribou abort` stops and undoes it; a rollback waits until it has ended",
            batch.id, batch.status
        ));
    }
    if let Some(running) = batch.running_rollback() {
        return Some(format!("rollback {} of batch {} is running", running.id, batch.id));
    }
    let in_the_way = world.in_the_way(batch, class, files);
    let (first, more) = in_the_way.split_first()?;
    let others = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
    let rather = if class == Class::A { ", or choose class B, which compensates" } else { "" };
    Some(format!("{}{others}: roll back what stands on it first{rather}", first.why))
}

/// The rollback begins. What has completed with its batch is undone by a compensating batch, which goes to a
/// higher epoch; anything else is the batch's own affair, and its end is looked at again.
pub(super) fn start(
    world: &World,
    batch: &Batch,
    rollback: RollbackId,
    class: Class,
    files: Vec<FileId>,
) -> Vec<Draft> {
    if class == Class::A || batch.status != BatchStatus::Completed {
        let held = [Hold::Paused, Hold::Stepping].into_iter().filter(|h| batch.holds.contains_key(h));
        let lifted = held.map(|hold| EventKind::HoldLifted { hold, file: None });
        let begins = [EventKind::RollbackStarted { rollback, files, compensating: None }, EventKind::BatchStarted];
        return begins.into_iter().chain(lifted).map(|kind| Draft::new(batch.id, kind)).collect();
    }
    let compensating = BatchId(world.ids.batch + 1);
    let epoch = world.highest_epoch();
    let created = EventKind::BatchCreated {
        name: format!("rollback {rollback} of batch {} (class {class})", batch.id),
        epoch_from: epoch,
        epoch_to: Epoch(epoch.0 + 1),
        total_files: u32::try_from(files.len()).unwrap_or(u32::MAX),
        plan: batch.plan.clone(),
        policy: batch.policy.clone(),
        compensates: Some(Compensates { batch: batch.id, rollback }),
    };
    let started = EventKind::RollbackStarted { rollback, files, compensating: Some(compensating) };
    vec![
        Draft::new(batch.id, started),
        Draft::new(compensating, created),
        Draft::new(compensating, EventKind::BatchStarted),
    ]
}

/// The running rollback has nothing left to do, or cannot go on.
pub(super) fn ended(batch: &Batch, rollback: &Rollback) -> Vec<Draft> {
    let failed = rollback.files.iter().filter_map(|f| batch.file(*f)).find(|f| f.state == FileState::Failed);
    let (status, of_batch) = match failed {
        Some(_) => (RollbackStatus::Failed, BatchStatus::Failed),
        None => (RollbackStatus::Completed, BatchStatus::Completed),
    };
    let error = failed.and_then(|f| f.failure.as_ref()).map(|f| f.to_string());
    let reason = failed.map(|f| format!("{} could not be undone", f.path));
    let ended = EventKind::RollbackEnded { rollback: rollback.id, status, error };
    let mut events = vec![Draft::new(batch.id, ended)];
    if let Some(compensating) = rollback.compensated_by {
        events.push(Draft::new(compensating, EventKind::BatchEnded { status: of_batch, reason }));
    }
    events
}
