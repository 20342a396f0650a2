//! `RENAME TABLE`, one pair after the other.

use super::touched::touched;
use crate::plan::schema::foreign;
use crate::plan::schema::key::long_name;
use crate::plan::schema::state::{Entry, Found};
use crate::plan::schema::walk::Walk;
use crate::sql::{How, ObjectName, Statement};

pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    // The analysis names each object once: where one is there twice, the pairs are not told.
    if touched(statement, How::RenamesFrom).count() != touched(statement, How::RenamesTo).count() {
        let keys: Vec<String> = statement.analysis.touches.iter().filter_map(|t| walk.key(&t.object)).collect();
        keys.into_iter().for_each(|key| walk.forget(key, "which table gets which name cannot be told"));
        return;
    }
    let lenient = statement.analysis.flags.if_exists;
    for (from, to) in touched(statement, How::RenamesFrom).zip(touched(statement, How::RenamesTo)) {
        rename(walk, from, to, lenient);
    }
}

/// One table or view gets another name.
pub(super) fn rename(walk: &mut Walk<'_>, from: &ObjectName, to: &ObjectName, lenient: bool) {
    let (old, new) = (walk.key(from), walk.key(to));
    if let Some(old) = &old {
        match walk.find(old) {
            Found::Nothing(_) if lenient => return,
            Found::Nothing(gone) => walk.missing_table("renames", from, gone),
            _ => {}
        }
    }
    if let Some(new) = new.as_ref().filter(|new| Some(*new) != old.as_ref()) {
        if walk.schema.names.is_too_long(&to.name) {
            long_name(walk, &to.name);
        }
        if matches!(walk.find(new), Found::Table(_) | Found::View(_) | Found::Other | Found::Untold) {
            let message = format!("it renames {from} to {to}, which is there already");
            walk.fails("exists_already", message, "the server gives a name once", "drop or rename the other first");
        }
    }
    let waiting = new.as_ref().filter(|new| Some(*new) != old.as_ref()).map(|new| foreign::leading_to(walk, new));
    let entry = old.as_ref().map(|old| take(walk, old, new.as_deref(), &to.name));
    if let (Some(Entry::Table(table)), Some(waiting)) = (&entry, &waiting) {
        foreign::waited_for(walk, table, waiting);
    }
    if let Some(new) = new {
        walk.put(new, entry.unwrap_or(Entry::Unknown(None)));
    }
}

/// Gives what stood under the old name, as it stands under the new one.
fn take(walk: &mut Walk<'_>, old: &str, new: Option<&str>, name: &str) -> Entry {
    let entry = match walk.find(old) {
        Found::Unknown(cause) => Entry::Unknown(cause),
        _ => walk.schema.take(old).unwrap_or(Entry::Unknown(None)),
    };
    if let Some(new) = new.filter(|_| walk.follows_names()) {
        walk.schema.rename_read(old, new, name);
    }
    if let (Some(new), true) = (new, walk.dialect().is_mysql_family()) {
        walk.schema.rename_parent(old, new, name);
        let readers: Vec<String> = walk.schema.readers(old).iter().map(|(view, _)| (*view).to_owned()).collect();
        readers.into_iter().for_each(|view| walk.breaks(view, old, None));
    }
    if let Some(new) = new {
        walk.schema.move_indexes(old, new, &entry);
    }
    walk.put(old.to_owned(), Entry::Gone(walk.at));
    match entry {
        Entry::Table(mut table) => {
            name.clone_into(&mut table.name);
            // The server renames what it has named after the table.
            table.more_foreign_keys |= !table.foreign_keys.is_empty();
            for foreign in &mut table.foreign_keys {
                let to_itself = foreign.parent.schema.is_none() && walk.schema.names.table(&foreign.parent.name) == old;
                if to_itself {
                    name.clone_into(&mut foreign.parent.name);
                }
            }
            Entry::Table(table)
        }
        other => other,
    }
}
