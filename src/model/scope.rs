//! The scope of a rollback, and what stands on it (`docs/design/undo.md`, Classes).

use crate::model::ground::{Ground, Stands};
use crate::model::{
    Batch, BatchId, BatchStatus, Brief, BriefFacts, Cause, ChangeOf, Class, Dependency, DependencyType, Epoch, File,
    FileId, FileState, FileType, Millis, Outcome, Rollback, World,
};
use std::collections::BTreeSet;

/// Something that stands on what a rollback would undo, and so is in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    pub batch: BatchId,
    /// The file that depends on it; `None` when it is the batch as a whole.
    pub file: Option<FileId>,
    /// A sentence: who, and on what.
    pub why: String,
}

impl Batch {
    /// True if an abort that keeps nothing has still to undo files that have completed: those that no rollback has
    /// taken up since. The rollback of a file that a crash hit is none of theirs, whatever its class.
    pub fn owes_an_abort(&self) -> bool {
        let is_tried = |file: &File| {
            let tried = |r: &Rollback| r.files.contains(&file.id) && r.started_at.is_some_and(|at| at >= file.moved_at);
            self.rollbacks.values().any(tried)
        };
        let stands = |file: &File| file.outcome == Some(Outcome::Completed) && file.state == FileState::Idle;
        self.aborting == Some(false) && self.files.values().any(|file| stands(file) && !is_tried(file))
    }

    /// The files that a rollback of a class undoes, in the order of the undo: the reverse of that in which they
    /// completed, whatever the plan says, since what came last may stand on what came before it. `affected` are those
    /// that a finding or an operator named; none means the whole batch.
    ///
    /// A: everything. B: the affected and all that depend on them. C: the affected doctrine files and all that depend on
    /// them. D: the affected documentation. Where an author has declared the class of a file of another type, the file
    /// itself is what is affected.
    pub fn scope(&self, class: Class, affected: &[FileId]) -> Vec<FileId> {
        let named = || self.files.briefs().map(|b| b.facts).filter(|f| affected.is_empty() || affected.contains(&f.id));
        let of_type = |wanted: FileType| -> BTreeSet<FileId> {
            named().filter(|f| f.file_type == wanted).map(|f| f.id).collect()
        };
        let all: BTreeSet<FileId> = named().map(|f| f.id).collect();
        let or_named = |typed: BTreeSet<FileId>| if typed.is_empty() { all.clone() } else { typed };
        let mut taken = match class {
            Class::A => self.files.keys().collect(),
            Class::B => all.clone(),
            Class::C => or_named(of_type(FileType::Doctrine)),
            Class::D => or_named(of_type(FileType::Documentation)),
        };
        if matches!(class, Class::B | Class::C) {
            add_dependants(self, &mut taken);
        }
        let place = |brief: Brief<'_>| {
            let BriefFacts { id, moved_at, sort_order, .. } = brief.facts;
            // What rests stands where it has completed.
            let (stands, is_in_force) = match brief.file {
                Some(file) => (file.stands(), file.is_in_force()),
                None => (brief.facts.is_done(), brief.facts.is_done()),
            };
            let place = if stands { (false, moved_at, sort_order, id) } else { (true, Millis(0), sort_order, id) };
            (is_in_force && taken.contains(&id)).then_some(place)
        };
        let mut files: Vec<(bool, Millis, u32, FileId)> = self.files.briefs().filter_map(place).collect();
        files.sort_unstable();
        files.into_iter().rev().map(|(.., id)| id).collect()
    }

    /// The class and the scope of the rollback that a failure brings at once (`docs/design/lifecycle.md`, What follows a
    /// failure): the file itself always; after a doctrine file, or an abort that keeps nothing, everything of the batch
    /// that has completed; else what depends on it.
    pub fn failure_scope(&self, file: &File, cause: Cause) -> (Class, Vec<FileId>) {
        let whole = match (cause, self.aborting) {
            (_, Some(keep_completed)) => !keep_completed,
            // A crash says nothing against the files that have completed: they stay.
            (Cause::Restarted, None) => false,
            (Cause::ClassA, None) => true,
            (_, None) => file.file_type == FileType::Doctrine,
        };
        let class = match file.file_type {
            _ if whole => Class::A,
            FileType::Doctrine => Class::A,
            FileType::Module | FileType::Agent => Class::B,
            FileType::Documentation => Class::D,
        };
        let follow = match (whole, class) {
            (true, _) => self.scope(Class::A, &[]),
            (false, Class::B) if self.aborting.is_none() => self.scope(Class::B, &[file.id]),
            (false, _) => Vec::new(),
        };
        let with_it = |id: &FileId| *id != file.id && self.file(*id).is_some_and(File::goes_with_a_failure);
        let files = std::iter::once(file.id).chain(follow.into_iter().filter(with_it)).collect();
        (class, files)
    }
}

/// Adds the files of a batch that depend, directly or not, on those taken: by what their authors say, or by an object.
/// One pass does: a file comes after all that it depends on.
fn add_dependants(batch: &Batch, taken: &mut BTreeSet<FileId>) {
    let mut ground = Ground::default();
    for file in batch.in_order() {
        if file.depends_on(taken).is_some() || ground.under(file).is_some() {
            taken.insert(file.id);
        }
        if taken.contains(&file.id) && file.is_in_force() {
            ground.add(file);
        }
    }
}

impl File {
    /// True if what it did stands, or is about to be recorded.
    fn is_in_force(&self) -> bool {
        let is_ending = matches!(self.state, FileState::Migrating | FileState::ValidatingPost | FileState::Completing);
        is_ending || self.stands()
    }

    /// True if it has completed, or runs beside a file that fails. One that could not be undone before is for a person,
    /// not for a rollback that nobody ordered.
    fn goes_with_a_failure(&self) -> bool {
        let runs = matches!(self.state, FileState::Migrating | FileState::ValidatingPost | FileState::Completing);
        runs || self.outcome == Some(Outcome::Completed)
    }

    /// The first of its dependencies that is among some files. A conflict is none.
    fn depends_on(&self, files: &BTreeSet<FileId>) -> Option<&Dependency> {
        self.depends_on.iter().find(|d| d.kind != DependencyType::Conflict && files.contains(&d.on))
    }
}

impl World {
    /// The scope of a rollback as it is now. What has begun keeps what it began with.
    pub fn scope_of(&self, rollback: &Rollback) -> Vec<FileId> {
        match self.batch(rollback.batch) {
            Some(batch) if rollback.is_awaiting() => batch.scope(rollback.class, &rollback.affected),
            _ => rollback.files.clone(),
        }
    }

    /// Finds what is in the way of taking back some files of a batch: later batches that are not over, or that stand on
    /// it. Complete only where every later batch is loaded.
    pub fn in_the_way(&self, batch: &Batch, class: Class, files: &[FileId]) -> Vec<InTheWay> {
        let mut taken: BTreeSet<FileId> = files.iter().copied().collect();
        let mut ground = Ground::of(batch, files);
        let mut found = Vec::new();
        for later in self.batches.values().filter(|b| b.id > batch.id) {
            let whole = |why: String| InTheWay { batch: later.id, file: None, why };
            if !later.status.is_final() {
                found.push(whole(format!("batch {} ({}) is {}", later.id, later.name, later.status)));
            } else if class == Class::A
                && batch.status == BatchStatus::Completed
                && later.status == BatchStatus::Completed
            {
                let (from, to) = (later.epoch_from, later.epoch_to);
                found.push(whole(format!("batch {} ({}) went on from epoch {from} to {to}", later.id, later.name)));
            }
            for file in later.in_order().filter(|f| f.is_in_force()) {
                let stands = ground.under(file).filter(|stands| stands.changes == ChangeOf::Definition);
                let why = match (file.depends_on(&taken), stands) {
                    (Some(dependency), _) => format!("depends on {}", dependency.path),
                    (None, Some(Stands { object, on, .. })) => format!("changes {object}, as {} does", on.path),
                    (None, None) => continue,
                };
                let why = format!("{} of batch {} {why}", file.path, later.id);
                found.push(InTheWay { batch: later.id, file: Some(file.id), why });
                taken.insert(file.id);
                ground.add(file);
            }
        }
        found
    }

    /// Files of later batches that have changed rows of what some files of a batch have changed the definition of: in
    /// nobody's way, and to be known before these are taken back. Each as a sentence.
    pub fn written_to_since(&self, batch: &Batch, files: &[FileId]) -> Vec<String> {
        let ground = Ground::of(batch, files);
        let later = self.batches.values().filter(|later| later.id > batch.id);
        let files = later.flat_map(|later| later.in_order().filter(|file| file.is_in_force()).map(move |f| (later, f)));
        let told = |(later, file): (&Batch, &File)| {
            let stands = ground.under(file).filter(|stands| stands.changes == ChangeOf::Rows)?;
            let (path, object, on) = (&file.path, stands.object, &stands.on.path);
            Some(format!("{path} of batch {} has changed rows of {object} after {on}", later.id))
        };
        files.filter_map(told).collect()
    }

    /// The highest epoch that a completed batch has brought the system to, of those that are loaded.
    pub fn highest_epoch(&self) -> Epoch {
        let completed = self.batches.values().filter(|b| b.status == BatchStatus::Completed);
        completed.map(|b| b.epoch_to).max().unwrap_or_default()
    }
}
