//! Conditions that hold once a file has run: views can be read, and rows keep the keys that are declared.
//!
//! What was broken before the file is not its fault. What another file of the batch says it changes, that file may mend: it
//! is looked at again after it.

use super::broken::{BrokenKey, Counted, Unreadable, broken_keys, keys_concerned, unreadable, views_concerned};
use super::context::CheckContext;
use super::definition::{Check, CheckFn};
use super::dependences::standing;
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Block;
use crate::database::DbError;
use crate::model::{Before, Class};
use crate::sql::{ObjectKind, ObjectName};

pub(super) const VIEWS_READABLE: Check =
    Check::post("views_readable", [Block, Block], CheckFn::Database(|c| Box::pin(views_readable(c))))
        .class(Class::A)
        .told(
            "Every view on a table that the file changed can still be read, unless it could not be before.",
            "a server does not look at views when a table changes: the first caller finds out",
            "change the view in the same file",
        );

pub(super) const KEYS_HELD: Check = Check::post(
    "keys_held",
    [Block, Block],
    CheckFn::Database(|c| Box::pin(keys_held(c))),
)
.class(Class::A)
.told(
    "Rows of tables that the file wrote while foreign keys were not enforced, and of those that refer to them, have \
         their parents, but for those that had none before.",
    "a server never looks at such rows again: they stay broken until something trips over them",
    "order the statements so that parents come first; delete what has none",
);

async fn views_readable(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let mut views = views_concerned(context).await?;
    let owed = std::mem::take(&mut context.known.owed.views);
    let owed: Vec<String> = owed.into_iter().filter(|view| !views.contains(view)).collect();
    let before: Vec<String> = context.file.before.map(|before| before.views.clone()).unwrap_or_default();
    let was_broken =
        |view: &str| before.iter().any(|name| name.eq_ignore_ascii_case(view)) && !owed.iter().any(|o| o == view);
    views.extend(owed.iter().cloned());
    if views.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let mut outcome = CheckOutcome::of(views.len(), "view", Vec::new());
    for Unreadable { view, question, answer } in unreadable(context, &views).await? {
        if was_broken(&view) {
            continue;
        }
        let seen = format!("the view {view} cannot be read: {answer}");
        match context.file.rest.and_then(|rest| rest.changer(&view)) {
            Some(path) => {
                outcome.undecided.push(Violation::new(format!("{seen}; {path} changes it, and is waited for")));
                context.known.owed.views.insert(view);
            }
            None => outcome.violations.push(Violation::new(seen).asked(question)),
        }
    }
    Ok(outcome)
}

async fn keys_held(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let written = keys_concerned(context).await?;
    let owed = std::mem::take(&mut context.known.owed.tables);
    let owed: Vec<(ObjectName, Before)> = owed.into_iter().filter(|(table, _)| !written.contains(table)).collect();
    if written.is_empty() && owed.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let mut looked = Vec::new();
    let before = context.file.before.cloned().unwrap_or_default();
    looked.push((broken_keys(context, &written).await?, before));
    for (table, before) in owed {
        looked.push((broken_keys(context, [&table]).await?, before));
    }
    let mut outcome = CheckOutcome::of(looked.iter().map(|(counted, _)| counted.keys).sum(), "foreign key", Vec::new());
    for (counted, before) in looked {
        judge(context, counted, &before, &mut outcome).await?;
    }
    outcome.idle &= outcome.violations.is_empty() && outcome.undecided.is_empty();
    Ok(outcome)
}

async fn judge(
    context: &mut CheckContext<'_>,
    counted: Counted,
    before: &Before,
    outcome: &mut CheckOutcome,
) -> Result<(), DbError> {
    for table in &counted.uncounted {
        let seen = format!("nobody counted the rows of {table} without a parent: it is large, or others hold it");
        outcome.undecided.push(Violation::new(seen));
    }
    for BrokenKey { orphans, what, question } in newly_broken(counted.broken, before) {
        let seen = format!("{} rows {what}", orphans.rows);
        if before.uncounted.iter().any(|table| table.eq_ignore_ascii_case(&orphans.table)) {
            let seen = format!("{seen}, and nobody counted them before the file");
            outcome.undecided.push(Violation::new(seen).asked(question));
            continue;
        }
        match mender(context, &orphans.table).await? {
            Some(path) => {
                outcome.undecided.push(Violation::new(format!("{seen}; {path} changes them, and is waited for")));
                let table = ObjectName::new(ObjectKind::Table, orphans.table);
                context.known.owed.tables.push((table, before.clone()));
            }
            None => outcome.violations.push(Violation::new(seen).asked(question)),
        }
    }
    Ok(())
}

/// A file to come that changes the table, or one that its keys lead to.
async fn mender(context: &mut CheckContext<'_>, table: &str) -> Result<Option<String>, DbError> {
    let Some(rest) = context.file.rest.filter(|rest| !rest.is_over()) else { return Ok(None) };
    let standing = standing(context).await?;
    let parents = standing.relations.iter().filter(|relation| relation.object.name.eq_ignore_ascii_case(table));
    let mut names = std::iter::once(table).chain(parents.map(|relation| relation.on.name.as_str()));
    Ok(names.find_map(|name| rest.changer(name)).map(str::to_owned))
}

/// The keys that more rows break than before. A key or table that has another name now is not one more.
fn newly_broken(now: Vec<BrokenKey>, before: &Before) -> Vec<BrokenKey> {
    let all: u64 = now.iter().map(|key| key.orphans.rows).sum();
    let were: u64 = before.keys.iter().map(|key| key.rows).sum();
    if all <= were {
        return Vec::new();
    }
    let rows_before = |key: &BrokenKey| {
        let same = before.keys.iter().find(|was| was.table == key.orphans.table && was.key == key.orphans.key);
        same.map_or(0, |was| was.rows)
    };
    now.into_iter().filter(|key| key.orphans.rows > rows_before(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Orphans;

    fn key(name: &str, rows: u64) -> BrokenKey {
        let orphans = Orphans { table: "kids".to_owned(), key: name.to_owned(), rows };
        BrokenKey { orphans, what: String::new(), question: String::new() }
    }

    #[test]
    fn only_what_is_broken_since_counts() {
        let before = Before { keys: vec![key("a", 3).orphans], ..Before::default() };
        let found = |now: Vec<BrokenKey>| newly_broken(now, &before).len();
        assert_eq!(found(vec![key("a", 3)]), 0);
        assert_eq!(found(vec![key("a", 2)]), 0);
        assert_eq!(found(vec![key("renamed", 3)]), 0, "the same rows under another name");
        assert_eq!(found(vec![key("a", 4)]), 1);
        assert_eq!(found(vec![key("a", 3), key("b", 1)]), 1);
    }
}
