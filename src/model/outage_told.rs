//! What an outage left, as a batch is found behind it, and in words.

use super::{Batch, Category, File, FileId, FileState, Hold, Millis, Outage};

impl Outage {
    /// An outage as a batch is found behind it.
    pub fn found(batch: &Batch, since: Millis, holder: &str, by: &str) -> Outage {
        let (mut stays, mut undone, mut undoing, mut asked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let by_crash = |file: &File| file.failure.as_ref().is_some_and(|f| f.category == Category::InDoubt);
        for file in batch.active() {
            match file.state {
                FileState::Migrating if file.crash.is_some() => asked.push(file.id),
                FileState::Migrating => stays.push(file.id),
                FileState::RollingBack if by_crash(file) => undone.push(file.id),
                FileState::RollingBack => undoing.push(file.id),
                _ => {}
            }
        }
        Outage { since, holder: holder.to_owned(), cut_off: holder == by, stays, undone, undoing, asked }
    }

    /// Who was missed: "its worker w1 was cut off from the server".
    pub fn what(&self) -> String {
        match self.cut_off {
            true => format!("its worker {} was cut off from the server", self.holder),
            false => format!("its worker {} was gone", self.holder),
        }
    }

    /// What is held and what goes on, in a sentence; files go by what `name` makes of their paths.
    pub fn consequence(&self, batch: &Batch, name: impl Fn(&str) -> String) -> String {
        let named = |files: &[FileId]| {
            let names: Vec<String> = files.iter().filter_map(|id| batch.file(*id)).map(|f| name(&f.path)).collect();
            names.join(", ")
        };
        let mut parts = Vec::new();
        for (files, then) in [
            (&self.asked, "waits for a choice: rollback, or resume where it can"),
            (&self.undone, "was under a statement: it is undone, and the next migrate runs it again"),
            (&self.undoing, "was being undone: that goes on"),
            (&self.stays, "stays as it stood, between two statements"),
        ] {
            if !files.is_empty() {
                parts.push(format!("{} {then}", named(files)));
            }
        }
        if parts.is_empty() {
            parts.push("no statement was under way".to_owned());
        }
        parts.join("; ")
    }

    /// The same where there is little room: "0002 is undone".
    pub fn in_short(&self, batch: &Batch, name: impl Fn(&str) -> String) -> String {
        let of = |files: &[FileId], then: &str| {
            let names: Vec<String> = files.iter().filter_map(|id| batch.file(*id)).map(|f| name(&f.path)).collect();
            (!names.is_empty()).then(|| format!("{} {then}", names.join(", ")))
        };
        let parts = [
            of(&self.asked, "waits for a choice"),
            of(&self.undone, "is undone"),
            of(&self.undoing, "goes on undoing"),
            of(&self.stays, "stays"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "nothing was under way".to_owned() } else { parts.join(", ") }
    }

    /// What the batch does next: "the batch is held (stepping)".
    pub fn goes_on(batch: &Batch) -> String {
        let hold = [Hold::AwaitingApproval, Hold::Paused, Hold::Stepping, Hold::Throttled]
            .into_iter()
            .find(|hold| batch.holds.contains_key(hold));
        match hold {
            _ if batch.status.is_final() => "the batch has ended since".to_owned(),
            Some(hold) => format!("the batch is held ({})", hold.as_str().replace('_', " ")),
            None => "the batch goes on".to_owned(),
        }
    }
}
