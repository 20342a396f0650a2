//! Needs and effects of each kind of statement.

mod alter_columns;
mod alter_table;
mod create_table;
mod drop;
mod index;
mod program;
mod rename;
mod rows;
mod session;
mod touched;
mod view;

pub(super) use session::decides_engine;

use super::walk::Walk;
use crate::sql::{Dialect, How, Statement, StatementKind as Kind};

/// Looks at a statement where its turn comes, and lets it have its effect.
pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    let analysis = &statement.analysis;
    walk.foreign_key_checks = statement.foreign_key_checks;
    if analysis.is_temporary() {
        let made = analysis.touches.iter().filter(|t| matches!(t.how, How::Creates | How::RenamesTo));
        made.for_each(|touch| walk.hide(&touch.object));
        return;
    }
    walk.forget_hidden(statement);
    walk.changes(statement);
    if is_for_some_versions(statement.plain(), walk.dialect()) {
        return forget_touched(walk, statement);
    }
    match analysis.kind {
        Kind::CreateTable => create_table::apply(walk, statement),
        Kind::AlterTable => alter_table::apply(walk, statement),
        Kind::DropTable | Kind::DropView | Kind::DropSequence => drop::apply(walk, statement),
        Kind::RenameTable => rename::apply(walk, statement),
        Kind::CreateIndex => index::create(walk, statement),
        Kind::DropIndex => index::drop_index(walk, statement),
        Kind::CreateView | Kind::AlterView => view::apply(walk, statement),
        Kind::CreateSequence => view::create_sequence(walk, statement),
        Kind::Truncate => rows::needs_tables(walk, statement),
        Kind::CreateTrigger => {
            rows::needs_tables(walk, statement);
            program::create(walk, statement);
        }
        Kind::CreateProcedure | Kind::CreateFunction | Kind::CreateEvent => program::create(walk, statement),
        Kind::DropTrigger | Kind::DropProcedure | Kind::DropFunction | Kind::DropEvent => {
            program::drop(walk, statement)
        }
        Kind::Insert | Kind::Replace | Kind::Upsert | Kind::Update | Kind::Delete | Kind::LoadData | Kind::Select => {
            rows::apply(walk, statement)
        }
        _ => session::apply(walk, statement),
    }
}

/// True if a part of a statement, in a comment, is for servers of some version on which not every one is that is
/// supported.
fn is_for_some_versions(sql: &str, dialect: Dialect) -> bool {
    let oldest = match dialect {
        Dialect::MySql => 80_000,
        Dialect::MariaDb => 100_600,
        Dialect::Sqlite => return false,
    };
    let versions = sql.match_indices("/*!").map(|(at, mark)| at + mark.len());
    let marked = sql.match_indices("/*M!").map(|(at, mark)| at + mark.len());
    versions.chain(marked).any(|at| {
        let digits: String = sql[at..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().is_ok_and(|version| version > oldest)
    })
}

fn forget_touched(walk: &mut Walk<'_>, statement: &Statement) {
    let changed = statement.analysis.touches.iter().filter(|touch| touch.how.changes() && touch.how != How::Writes);
    let keys: Vec<String> = changed.filter_map(|touch| walk.key(&touch.object)).collect();
    keys.into_iter().for_each(|key| walk.forget(key, "a part of it is for servers of some versions"));
}
