//! Changes of others between two looks of ours: put into all versions before them, as if they had always been so. Then
//! what stood before the file has them too, and nothing that leads back there takes them away.
//!
//! Where ours and theirs are about the same part, or the object goes with the file that made it, they cannot stay: that
//! is told, and somebody decides.

use super::following::{NamesThen, with_names_then};
use super::history::DefinitionHistory;
use super::ours::Ours;
use super::part_change::PartChange;
use super::parts::{changes, with};
use super::restored::is_written;
use super::theirs::Gap;
use crate::model::RecordedDefinition;
use crate::sql::{Dialect, ObjectKind};
use std::collections::{BTreeMap, BTreeSet};

/// The objects that stand again as they did before others changed them: that is over, whatever it was.
fn put_back(gaps: &[Gap]) -> BTreeSet<String> {
    let mut ends: BTreeMap<&str, [&Gap; 2]> = BTreeMap::new();
    for gap in gaps {
        ends.entry(&gap.object).and_modify(|[_, last]| *last = gap).or_insert([gap, gap]);
    }
    let is_over = |[first, last]: &[&Gap; 2]| first.from == last.to;
    ends.into_iter().filter(|(_, ends)| is_over(ends)).map(|(object, _)| object.to_owned()).collect()
}

/// A moment of a history.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After a statement of the file; `None`: before all of them.
    After(Option<u32>),
    /// As it was seen last.
    Now,
}

/// Names as they stood at a moment.
struct Then<'a> {
    history: &'a DefinitionHistory,
    ours: &'a Ours,
    moment: Moment,
    /// The table with the foreign key.
    object: &'a str,
}

impl NamesThen for Then<'_> {
    fn table(&self, name: &str) -> Option<String> {
        let stood = |name: &String| self.history.stood(self.moment, &table(name)).is_some();
        let names: Vec<String> = self.ours.names_of_table(name).into_iter().filter(stood).collect();
        // Where tables change their names among themselves, which one is meant is not told.
        if names.len() == 1 { names.into_iter().find(|one| one != name) } else { None }
    }

    fn column(&self, of: Option<&str>, name: &str) -> Option<String> {
        let of = of.map(|of| table(&self.table(of).unwrap_or_else(|| of.to_owned())));
        let text = self.history.stood(self.moment, of.as_deref().unwrap_or(self.object))?;
        let has = |name: &str| text.contains(&format!("\n  `{name}` "));
        let others = self.ours.names_of_column(name);
        others.into_iter().find(|other| has(other) && !has(name)).map(str::to_owned)
    }
}

fn table(name: &str) -> String {
    format!("{} {name}", ObjectKind::Table.as_str())
}

impl DefinitionHistory {
    /// The history as if all that others have changed between our looks had always been so; `now` is how things stand.
    pub(crate) fn with_others(
        mut self,
        now: &[RecordedDefinition],
        ours: &Ours,
        dialect: Dialect,
    ) -> DefinitionHistory {
        for RecordedDefinition { object, text } in now {
            self.gap(None, object, text.as_deref());
        }
        let gaps = self.take_gaps();
        let put_back = put_back(&gaps);
        for gap in gaps {
            if put_back.contains(&gap.object) || self.is_of_a_view(&gap) {
                continue;
            }
            for change in changes(gap.from.as_deref(), gap.to.as_deref(), dialect) {
                if !(self.is_followed(&gap.object) || ours.is_foreign(&gap.object, &change, dialect))
                    || ours.is_followed_by(&change, dialect)
                    || ours.is_of_another(&gap.object, &change)
                {
                    continue;
                }
                self.put_in(&gap, &change, ours, dialect);
            }
        }
        self
    }

    /// True if what came or went under a table's name is a view that has a history of its own: both have one name space,
    /// and a server that is asked for the table shows the view.
    fn is_of_a_view(&self, gap: &Gap) -> bool {
        let is_view = |text: &String| !text.starts_with("CREATE TABLE") && text.contains(" VIEW ");
        let alone = match (&gap.from, &gap.to) {
            (Some(text), None) | (None, Some(text)) => is_view(text),
            _ => false,
        };
        let Some(name) = gap.object.strip_prefix("table ").filter(|_| alone) else { return false };
        self.first(&format!("view {name}")).is_some()
    }

    fn put_in(&mut self, gap: &Gap, change: &PartChange, ours: &Ours, dialect: Dialect) {
        let family = ours.family(&gap.object);
        let stood = family.iter().any(|name| self.first(name).flatten().is_some());
        let put = self.rebased(gap, change, (&family, ours), dialect);
        if put.is_none() || !stood {
            self.others.lost.insert((gap.object.clone(), change.part.to_lowercase()), change.clone());
        }
        if put.is_some() {
            let now = self.as_of(Moment::Now, (gap.object.as_str(), change), ours, dialect);
            for name in family.iter().filter(|name| !change.is_whole() || **name == gap.object) {
                self.put_into_undone(name, &now, dialect);
            }
        }
        for (name, at, text) in put.unwrap_or_default() {
            let first = self.first(&name).map(|text| text.map(str::to_owned));
            if let Some(first) = first {
                self.others.first.entry(name.clone()).or_insert(first);
            }
            if let Some(version) = self.versions_mut(&name).get_mut(at) {
                version.text = text;
            }
        }
    }

    /// The versions before a change of others, with that in them; `None` where one has something else there.
    fn rebased(
        &self,
        gap: &Gap,
        change: &PartChange,
        (family, ours): (&[String], &Ours),
        dialect: Dialect,
    ) -> Option<Vec<(String, usize, Option<String>)>> {
        let mut put = Vec::new();
        for name in family.iter().filter(|name| !change.is_whole() || **name == gap.object) {
            for (at, version) in self.versions(name).iter().enumerate() {
                if gap.before.is_some_and(|before| version.after.is_some_and(|after| after >= before)) {
                    continue;
                }
                let change = &self.as_of(Moment::After(version.after), (name.as_str(), change), ours, dialect);
                match &version.text {
                    text if change.is_whole() && !version.found => {
                        // As a whole it is theirs only where nothing of ours ever changed it.
                        (*text == change.was).then_some(())?;
                        put.push((name.clone(), at, change.is.clone()));
                    }
                    None => {}
                    Some(_) if change.is_whole() => {}
                    Some(text) => put.push((name.clone(), at, Some(with(text, change, dialect)?))),
                }
            }
        }
        Some(put)
    }

    /// A change with the names in it that what they speak of had, or has, at another moment: a foreign key to a table that
    /// gets its old name back leads there by that name.
    fn as_of(
        &self,
        moment: Moment,
        (object, change): (&str, &PartChange),
        ours: &Ours,
        dialect: Dialect,
    ) -> PartChange {
        let follows = change.part.starts_with("constraint ") || object.starts_with("trigger ");
        if !follows || !dialect.is_mysql_family() || ours.keeps_names() {
            return change.clone();
        }
        let then = Then { history: self, ours, moment, object };
        let text = |text: &Option<String>| text.as_deref().map(|text| with_names_then(text, dialect, &then));
        PartChange { was: text(&change.was), is: text(&change.is), ..change.clone() }
    }

    fn stood(&self, moment: Moment, object: &str) -> Option<&str> {
        let seen = match moment {
            Moment::Now => self.latest(object),
            Moment::After(None) => self.first(object),
            Moment::After(Some(statement)) => self.before(object, statement.saturating_add(1)),
        };
        seen.flatten()
    }

    /// What others have changed and an undo leaves as they made it.
    pub(crate) fn left_alone(&self, dialect: Dialect) -> Vec<String> {
        let names = self.others.first.keys().filter(|name| !is_written(name));
        let mut told = Vec::new();
        for name in names {
            let first = self.others.first.get(name).and_then(Option::as_deref);
            let with_theirs = self.first(name).flatten();
            told.extend(changes(first, with_theirs, dialect).iter().map(|change| change.sentence(name)));
        }
        told
    }

    /// What others have made that an undo would take away, by object.
    pub(crate) fn overwritten(&self) -> impl Iterator<Item = (&str, &PartChange)> {
        let theirs = self.others.lost.iter().filter(|((name, _), change)| change.is.is_some() && !is_written(name));
        theirs.map(|((name, _), change)| (name.as_str(), change))
    }
}

#[cfg(test)]
mod tests;
