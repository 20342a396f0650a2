//! Words for what cannot be undone: the statements by number (from 1) and line, as a person finds them.

use super::steps::number;
use crate::model::UndoPlan;
use crate::sql::Statement;

/// The number of statements that are named before the rest is counted.
const NAMED: usize = 5;

pub(crate) fn in_doubt(forward: &[Statement], took: &[usize], unknown: &[usize]) -> UndoPlan {
    let mut remaining = [took, unknown].concat();
    remaining.sort_unstable();
    let reason = format!("nobody can say whether {} took effect: look at the database", list(forward, unknown));
    impossible(reason, &remaining)
}

pub(crate) fn no_script(forward: &[Statement], took: &[usize]) -> UndoPlan {
    let reason = format!("there is no rollback script, and {} took effect", list(forward, took));
    impossible(reason, took)
}

pub(crate) fn empty_script(forward: &[Statement], took: &[usize]) -> UndoPlan {
    let reason = format!("the rollback script holds no statement, and {} took effect", list(forward, took));
    impossible(reason, took)
}

pub(crate) fn not_covered(forward: &[Statement], took: &[usize], uncovered: &[usize]) -> UndoPlan {
    let reason = format!(
        "the file ran in part, and nothing in its rollback script undoes {} with certainty",
        list(forward, uncovered)
    );
    impossible(reason, took)
}

pub(crate) fn not_surely_made(forward: &[Statement], took: &[usize], doubtful: &[usize]) -> UndoPlan {
    let reason = format!(
        "the file ran in part, and what {} names IF NOT EXISTS may have been there before, so that it must not be dropped",
        list(forward, doubtful)
    );
    impossible(reason, took)
}

pub(crate) fn doubt(forward: &[Statement], took: &[usize], back: &Statement, why: &str) -> UndoPlan {
    let reason = format!(
        "the file ran in part, and statement {} (line {}) of its rollback script is in doubt: {why}; {} took effect",
        back.index + 1,
        back.line,
        list(forward, took)
    );
    impossible(reason, took)
}

/// `why` speaks of one statement, which has no undo.
pub(crate) fn underivable(forward: &[Statement], took: &[usize], index: usize, why: &str) -> UndoPlan {
    let reason = format!("nothing undoes {}: {why}", list(forward, &[index]));
    impossible(reason, took)
}

fn impossible(reason: String, remaining: &[usize]) -> UndoPlan {
    UndoPlan::Impossible { reason, remaining: remaining.iter().map(|index| number(*index)).collect() }
}

/// `statement 1 (line 3, create_table) and statement 4 (line 9, insert)`.
fn list(forward: &[Statement], indices: &[usize]) -> String {
    let named = indices.iter().take(NAMED).map(|index| {
        let statement = &forward[*index];
        format!("statement {} (line {}, {})", statement.index + 1, statement.line, statement.analysis.kind)
    });
    let mut words: Vec<String> = named.collect();
    if indices.len() > NAMED {
        words.push(format!("{} more", indices.len() - NAMED));
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => "nothing".to_owned(),
    }
}
