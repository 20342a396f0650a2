//! `DROP TABLE`, `DROP VIEW`, `DROP SEQUENCE`.

use super::touched::touched;
use crate::plan::schema::state::{Entry, Found};
use crate::plan::schema::walk::Walk;
use crate::sql::{How, ObjectName, Statement, StatementKind as Kind};

pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    let flags = statement.analysis.flags;
    let is_view = statement.analysis.kind == Kind::DropView;
    let dropped: Vec<(&ObjectName, String)> =
        touched(statement, How::Drops).filter_map(|object| Some((object, walk.key(object)?))).collect();
    for (object, key) in &dropped {
        let stands = match walk.find(key) {
            Found::Nothing(_) if flags.if_exists => false,
            Found::Nothing(gone) => {
                walk.missing_table("drops", object, gone);
                false
            }
            Found::View(_) if statement.analysis.kind == Kind::DropTable => {
                if !flags.if_exists {
                    wrong_kind(walk, object, "a view", "DROP VIEW");
                }
                continue;
            }
            Found::Table(_) if is_view => {
                if !flags.if_exists || walk.dialect() == crate::sql::Dialect::Sqlite {
                    wrong_kind(walk, object, "a table", "DROP TABLE");
                }
                continue;
            }
            _ => true,
        };
        if stands {
            refers(walk, object, key, &dropped);
        }
        let readers: Vec<String> = walk.schema.readers(key).iter().map(|(name, _)| (*name).to_owned()).collect();
        readers.into_iter().for_each(|view| walk.breaks(view, key, None));
        walk.schema.drop_indexes(key);
        walk.put(key.clone(), Entry::Gone(walk.at));
    }
}

fn wrong_kind(walk: &mut Walk<'_>, object: &ObjectName, is: &str, remedy: &str) {
    let message = format!("it drops {object}, which is {is}");
    walk.fails(
        "wrong_kind",
        message,
        "the server drops a view as a view and a table as a table",
        &format!("say {remedy}"),
    );
}

/// Another table that stays must not refer to what goes.
fn refers(walk: &mut Walk<'_>, object: &ObjectName, key: &str, dropped: &[(&ObjectName, String)]) {
    if !walk.checks_keys() {
        return;
    }
    let stays = |name: &str| !dropped.iter().any(|(_, other)| other == name);
    let child = walk.schema.children(key).into_iter().map(|(name, _)| name).find(|name| stays(name)).map(str::to_owned);
    if let Some(child) = child {
        let message = format!("it drops {object}, to which a foreign key of {child} refers");
        let why = "the server drops no table to which another refers";
        walk.fails("referenced", message, why, &format!("drop {child} or its foreign key first"));
    }
}
