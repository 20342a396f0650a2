//! Statements that are ours: the file's, its script's and those that were derived; and what the server does by itself in
//! consequence of them.

use super::following::is_same_but_for_names;
use super::part_change::PartChange;
use crate::sql::{AlterOperation, Dialect, How, ObjectKind, Statement, identifiers};
use crate::undo::named;
use std::collections::BTreeSet;

pub(super) const SOURCE: &str = "source of ";

/// What is known of the statements that are ours: the file's, its script's and those that were derived.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    /// Names that the objects had one after the other.
    renames: Vec<[String; 2]>,
    /// The same of columns, of whichever table.
    columns: Vec<[String; 2]>,
    /// Names in the texts, in lower case.
    words: BTreeSet<String>,
    /// True if none of them can change a definition.
    only_rows: bool,
    /// True if one of them may change what its text does not name.
    is_untold: bool,
    /// Names in the texts of other files whose doing is none of others.
    beside: BTreeSet<String>,
}

impl Ours {
    pub(crate) fn new<'s>(statements: impl IntoIterator<Item = &'s Statement>, dialect: Dialect) -> Ours {
        use AlterOperation::{ChangeColumn, RenameColumn};
        let mut ours = Ours { only_rows: true, ..Ours::default() };
        for statement in statements {
            let analysis = &statement.analysis;
            let is_untold = analysis.kind.is_opaque() || analysis.flags.partial;
            ours.is_untold |= is_untold;
            ours.only_rows &= !(analysis.kind.is_ddl() || is_untold);
            let with = |how| analysis.touches.iter().filter(move |touch| touch.how == how).map(|touch| &touch.object);
            ours.renames.extend(with(How::RenamesFrom).zip(with(How::RenamesTo)).map(|(a, b)| [named(a), named(b)]));
            let renamed = analysis.operations.iter().filter_map(|operation| match operation {
                ChangeColumn { from, to } | RenameColumn { from, to } if from != to => Some([from.clone(), to.clone()]),
                _ => None,
            });
            ours.columns.extend(renamed);
            ours.words.extend(identifiers(&statement.sql, dialect).iter().map(|word| word.to_lowercase()));
        }
        ours
    }

    /// The same, where other files stand beside it in whose texts these names are.
    pub(crate) fn beside(self, names: &BTreeSet<String>) -> Ours {
        Ours { beside: names.clone(), ..self }
    }

    /// The names in the texts, in lower case.
    pub(crate) fn into_words(self) -> BTreeSet<String> {
        self.words
    }

    /// True if another file beside it names the part, or the object where it changed as a whole.
    pub(super) fn is_of_another(&self, object: &str, change: &PartChange) -> bool {
        let name = if change.is_whole() { bare(object) } else { change.name() };
        self.beside.contains(&name.to_lowercase())
    }

    /// An object, and the other names that it had.
    pub(super) fn family(&self, object: &str) -> Vec<String> {
        let source = object.strip_prefix(SOURCE);
        let as_table = |name: &str| format!("{} {name}", ObjectKind::Table.as_str());
        let mut all = vec![source.map_or_else(|| object.to_owned(), as_table)];
        loop {
            let is_in = |name: &String| all.iter().any(|one| one.eq_ignore_ascii_case(name));
            let next = self.renames.iter().find_map(|[a, b]| match (is_in(a), is_in(b)) {
                (true, false) => Some(b.clone()),
                (false, true) => Some(a.clone()),
                _ => None,
            });
            match next {
                Some(next) => all.push(next),
                None => break,
            }
        }
        if source.is_some() {
            let table = as_table("");
            all.iter_mut().for_each(|name| *name = format!("{SOURCE}{}", name.trim_start_matches(&table)));
        }
        all
    }

    /// The other names that a table had.
    pub(super) fn names_of_table(&self, name: &str) -> Vec<String> {
        let family = self.family(&format!("{} {name}", ObjectKind::Table.as_str()));
        family.iter().map(|object| bare(object).to_owned()).collect()
    }

    /// The other names that a column may have had.
    pub(super) fn names_of_column<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let is = |other: &String| other.eq_ignore_ascii_case(name);
        let other = self.columns.iter().filter_map(|[a, b]| match (is(a), is(b)) {
            (true, false) => Some(b.as_str()),
            (false, true) => Some(a.as_str()),
            _ => None,
        });
        other.collect()
    }

    /// True if nothing of ours ever gets another name.
    pub(super) fn keeps_names(&self) -> bool {
        self.renames.is_empty() && self.columns.is_empty()
    }

    /// True if a change of what was never looked at after a statement of ours is certainly none of it.
    pub(super) fn is_foreign(&self, object: &str, change: &PartChange, dialect: Dialect) -> bool {
        let is_named = |name: &str| self.words.contains(&name.to_lowercase());
        let is_added = change.was.is_none() && !change.is_whole() && !is_named(change.name());
        // A trigger goes with its table, which may be ours. Nothing else changes on a server that no statement names, but
        // for what follows a rename.
        let goes_along = change.is.is_none() && object.starts_with(ObjectKind::Trigger.as_str());
        let unnamed = dialect.is_mysql_family() && !self.is_untold && !is_named(bare(object)) && !goes_along;
        self.only_rows || is_added || unnamed
    }

    /// True if the server has written it anew by itself because something else got another name, or went: a foreign key
    /// that leads there, a trigger of a table, a view that cannot be read.
    pub(super) fn is_followed_by(&self, change: &PartChange, dialect: Dialect) -> bool {
        let (Some(was), Some(is)) = (&change.was, &change.is) else { return false };
        let follows = change.is_whole() || change.part.starts_with("constraint ");
        if !dialect.is_mysql_family() || !follows {
            return false;
        }
        let is_one = |one: &str, other: &str| {
            let is_other = |name: &str| name.eq_ignore_ascii_case(other);
            self.names_of_table(one).iter().any(|name| is_other(name))
                || self.names_of_column(one).into_iter().any(is_other)
        };
        is_same_but_for_names((was, is), dialect, is_one)
    }
}

/// An object's name without its kind and its schema.
pub(super) fn bare(object: &str) -> &str {
    let name = object.split_once(' ').map_or(object, |(_, name)| name);
    name.rsplit_once('.').map_or(name, |(_, name)| name)
}
