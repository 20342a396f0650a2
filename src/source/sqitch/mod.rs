//! The layout of Sqitch: `sqitch.plan`, with `deploy/`, `revert/` and `verify/`.
//!
//! Sources: Sqitch's manual of the plan file, of `rework` and of `deploy`, and Sqitch 1.3.1 itself. It runs the server's own client, so statements
//! end where the client ends them. A verify script becomes the check after its change: Sqitch looks whether it fails, and
//! here the first column of its rows must be true as well.

mod plan;

use super::arranged::Arranged;
use super::layout::Layout;
use super::layout_name::{NATIVE, SQITCH};
use super::migration::{Contents, Migration};
use super::path::without_sql;
use super::remark::{Remark, kind};
use super::{Folder, Need, SourceError, Text, Version};
use crate::model::{Again, Checksum, DependencyType, Formerly};
use crate::sql::{Dialect, SegmentKind, StatementKind, analyse, split};
use plan::{Change, Dependency, Plan};

/// The changes of a plan, in its order.
pub(super) struct Sqitch;

const PLAN: &str = "sqitch.plan";

impl Layout for Sqitch {
    fn name(&self) -> &'static str {
        SQITCH
    }

    /// Its folders say what undoes what, as ours may.
    fn includes(&self) -> &'static [&'static str] {
        &[NATIVE]
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        folder.has(PLAN).then(|| PLAN.to_owned())
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        let text = folder.text(PLAN)?;
        let plan = plan::read(PLAN, &text.text)?;
        let reader = Reader { folder, plan: &plan };
        let mut contents = Contents::default();
        for at in 0..plan.changes.len() {
            contents.migrations.push(reader.migration(at)?);
        }
        let planned: Vec<&str> = contents.migrations.iter().map(|one| one.at.path.as_str()).collect();
        let beside = folder.paths.iter().filter(|path| path.starts_with("deploy/") && without_sql(path).is_some());
        for path in beside.filter(|path| !planned.contains(&path.as_str())) {
            let message = format!(
                "{path} does not run: no change of {PLAN} is called so; add it with `sqitch add`, or remove the file"
            );
            contents.remarks.push(Remark::warning(kind::LEFT_ALONE, None, message));
        }
        Ok(contents)
    }
}

struct Reader<'a> {
    folder: &'a Folder,
    plan: &'a Plan,
}

impl Reader<'_> {
    fn wrong(&self, change: &Change, problem: String) -> SourceError {
        SourceError::Line { path: PLAN.to_owned(), line: change.line, problem }
    }

    /// The name of a change's scripts: of one that was reworked later, with a tag that stands between the two.
    fn script(&self, at: usize) -> Result<String, SourceError> {
        let change = &self.plan.changes[at];
        let Some(next) = (at + 1..self.plan.changes.len()).find(|later| self.plan.changes[*later].name == change.name)
        else {
            return Ok(change.name.clone());
        };
        let tags = self.plan.changes[at..next].iter().flat_map(|one| &one.tags);
        let named = tags.map(|tag| format!("{}@{tag}", change.name));
        named.clone().find(|name| self.folder.has(&format!("deploy/{name}.sql"))).ok_or_else(|| {
            let expected = named.map(|name| format!("deploy/{name}.sql")).collect::<Vec<_>>().join(" or ");
            let why = if expected.is_empty() { "a tag between the two".to_owned() } else { expected };
            self.wrong(
                change,
                format!("{} is reworked in line {}, which needs {why}", change.name, self.plan.changes[next].line),
            )
        })
    }

    fn path(&self, at: usize) -> Result<String, SourceError> {
        self.script(at).map(|name| format!("deploy/{name}.sql"))
    }

    fn migration(&self, at: usize) -> Result<Migration, SourceError> {
        let change = &self.plan.changes[at];
        let script = self.script(at)?;
        let path = format!("deploy/{script}.sql");
        if !self.folder.has(&path) {
            return Err(self.wrong(
                change,
                format!("there is no {path} for {}: add it, or take the change out of the plan", change.name),
            ));
        }
        let arranged = Arranged {
            path: path.clone(),
            name: script.clone(),
            version: Version::none(),
            shares_version: true,
            order: at,
            title: change.note.clone(),
            down: None,
            verify: None,
        };
        let mut migration = Migration::new(arranged, self.folder.text(&path)?);
        migration.down = self.companion("revert", &script)?;
        migration.verify = self.companion("verify", &script)?.map(|text| only_looking(&text, self.folder.dialect));
        let same = |other: &usize| self.plan.changes[*other].name == change.name;
        if script != change.name {
            let later = self.checksums((at + 1..self.plan.changes.len()).filter(same))?;
            migration.rule.formerly = Some(Formerly { path: format!("deploy/{}.sql", change.name), later });
        }
        let before = self.checksums((0..at).filter(same))?;
        if !before.is_empty() {
            migration.rule.again = Again::InPlaceOf(before);
        }
        for need in &change.needs {
            self.need(at, need, &mut migration)?;
        }
        Ok(migration)
    }

    /// The checksums of changes' scripts.
    fn checksums(&self, changes: impl Iterator<Item = usize>) -> Result<Vec<Checksum>, SourceError> {
        changes.map(|at| Ok(Checksum(self.folder.text(&self.path(at)?)?.sha256))).collect()
    }

    fn companion(&self, folder: &str, script: &str) -> Result<Option<Text>, SourceError> {
        let path = format!("{folder}/{script}.sql");
        if self.folder.has(&path) { self.folder.text(&path).map(Some) } else { Ok(None) }
    }

    /// Adds a dependency, or the remark that there is none to add.
    fn need(&self, at: usize, need: &Dependency, migration: &mut Migration) -> Result<(), SourceError> {
        let change = &self.plan.changes[at];
        let line = u32::try_from(change.line).unwrap_or(u32::MAX);
        if need.project.as_ref().is_some_and(|project| *project != self.plan.project) {
            let message = format!(
                "{PLAN}, line {line}: `{}` is of another project, and is not looked for: see that it stands",
                need.said
            );
            migration.remarks.push(Remark::warning(kind::NOT_HONOURED, None, message));
            return Ok(());
        }
        match (self.find(at, need), need.conflicts) {
            (Some(on), false) => {
                let (name, kind) = (self.path(on)?, DependencyType::Required);
                migration.needs.push(Need { name, kind, said_in: PLAN.to_owned(), line });
                Ok(())
            }
            (None, true) if self.is_planned(need) => Ok(()),
            (None, _) => Err(self.wrong(change, format!("`{}` does not stand before {} in the plan: move it there, or correct the name", need.said, change.name))),
            (Some(_), true) => Err(self.wrong(change, format!(
                "{} conflicts with `{}`, which stands before it: Sqitch would refuse to deploy it; take one of them out of the plan",
                change.name, need.said
            ))),
        }
    }

    /// True if the plan has such a change, wherever it stands.
    fn is_planned(&self, need: &Dependency) -> bool {
        self.plan.changes.iter().any(|one| Some(&one.name) == need.change.as_ref())
    }

    /// The last change before a place that a dependency means.
    fn find(&self, at: usize, need: &Dependency) -> Option<usize> {
        let up_to = match need.tag.as_deref() {
            None | Some("HEAD") => at,
            Some("ROOT") => 1.min(at),
            Some(tag) => {
                1 + self.plan.changes[..at].iter().position(|one| one.tags.iter().any(|known| known == tag))?
            }
        };
        let is_it = |before: &usize| need.change.as_ref().is_none_or(|name| self.plan.changes[*before].name == *name);
        (0..up_to).rev().find(is_it)
    }
}

/// A verify script without what opens and ends its transaction: the check changes nothing anyway.
fn only_looking(text: &Text, dialect: Dialect) -> Text {
    // A text that cannot be split is refused by the check.
    let segments = split(&text.text, dialect).unwrap_or_default();
    let opens_or_ends = |sql: &str| {
        matches!(analyse(sql, dialect).kind, StatementKind::Begin | StatementKind::Commit | StatementKind::Rollback)
    };
    let mut kept = String::with_capacity(text.text.len());
    for segment in &segments {
        match segment.kind {
            SegmentKind::Statement(sql) if opens_or_ends(sql) => kept.extend(segment.text.matches('\n')),
            _ => kept.push_str(segment.text),
        }
    }
    if segments.is_empty() { text.clone() } else { text.as_read(kept) }
}

#[cfg(test)]
mod tests;
