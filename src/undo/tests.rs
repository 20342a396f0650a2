//! Runs and their undo, by example and on a small model of a schema.

use super::choose::choose_undo;
use crate::model::{Effect, UndoPlan};
use crate::sql::{Dialect, Statement, statements};
use Effect::{None as Not, Took, Undone, Unknown};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn read(sql: &[&str]) -> Vec<Statement> {
    statements(&sql.join(";\n"), Dialect::MariaDb).unwrap()
}

fn choose(forward: &[&str], back: &[&str], effects: &[Effect]) -> UndoPlan {
    choose_undo(&read(forward), Some(&read(back)), effects, effects.len() == forward.len())
}

/// The statements of the script that run, or the reason why none does.
fn chosen(forward: &[&str], back: &[&str], effects: &[Effect]) -> Result<Vec<(u32, Vec<u32>)>, String> {
    match choose(forward, back, effects) {
        UndoPlan::Nothing => Ok(Vec::new()),
        UndoPlan::Written { steps } => Ok(steps.into_iter().map(|step| (step.statement, step.undoes)).collect()),
        UndoPlan::Impossible { reason, .. } => Err(reason),
        UndoPlan::Derived { .. } => Err("derived".to_owned()),
    }
}

const FORWARD: [&str; 3] = ["CREATE TABLE a (id INT)", "CREATE TABLE b (id INT)", "ALTER TABLE c ADD COLUMN x INT"];
const BACK: [&str; 3] = ["ALTER TABLE c DROP COLUMN x", "DROP TABLE b", "DROP TABLE a"];

#[test]
fn where_nothing_took_effect_nothing_is_undone() {
    assert_eq!(choose(&FORWARD, &BACK, &[]), UndoPlan::Nothing);
    assert_eq!(choose(&FORWARD, &BACK, &[Not]), UndoPlan::Nothing);
    assert_eq!(choose(&["SET @a = 1", "SELECT 1", "USE x", "ANALYZE TABLE t"], &BACK, &[Took; 4]), UndoPlan::Nothing);
    let temporary = ["CREATE TEMPORARY TABLE t (id INT)", "INSERT INTO t VALUES (1)"];
    assert_eq!(choose(&temporary, &[], &[Took; 2]), UndoPlan::Nothing);
    assert_eq!(choose(&FORWARD, &BACK, &[Undone, Undone, Undone]), UndoPlan::Nothing);
}

#[test]
fn a_file_that_completed_is_undone_by_its_whole_script() {
    assert_eq!(chosen(&FORWARD, &BACK, &[Took; 3]), Ok(vec![(0, vec![2]), (1, vec![1]), (2, vec![0])]));
    let unclear = ["UPDATE c SET x = 1", "DROP TABLE b, a"];
    assert_eq!(chosen(&FORWARD, &unclear, &[Took; 3]), Ok(vec![(0, vec![]), (1, vec![])]));
}

#[test]
fn a_partial_run_is_undone_by_what_belongs_to_it() {
    assert_eq!(chosen(&FORWARD, &BACK, &[Took, Not]), Ok(vec![(2, vec![0])]));
    assert_eq!(chosen(&FORWARD, &BACK, &[Took, Took, Not]), Ok(vec![(1, vec![1]), (2, vec![0])]));
    let with_session = ["SET FOREIGN_KEY_CHECKS = 0", "DROP TABLE b", "DROP TABLE a", "SELECT count(*) FROM b"];
    assert_eq!(chosen(&FORWARD, &with_session, &[Took, Not]), Ok(vec![(0, vec![]), (2, vec![0])]));
}

#[test]
fn an_undo_that_was_begun_goes_on_with_what_is_left() {
    assert_eq!(chosen(&FORWARD, &BACK, &[Took, Took, Undone]), Ok(vec![(1, vec![1]), (2, vec![0])]));
}

#[test]
fn what_was_done_in_a_table_goes_with_the_table() {
    let forward = [
        "CREATE TABLE a (id INT)",
        "INSERT INTO a VALUES (1), (2)",
        "CREATE INDEX i ON a (id)",
        "ALTER TABLE a ADD x INT",
        "INSERT INTO other SELECT id FROM a",
        "CREATE TABLE b (id INT)",
    ];
    let back = ["DROP TABLE IF EXISTS b", "DROP TABLE a"];
    let four = [Took, Took, Took, Took, Not];
    assert_eq!(chosen(&forward, &back, &four), Ok(vec![(1, vec![0, 1, 2, 3])]));
    let reason = chosen(&forward, &back, &[Took; 5]).unwrap_err();
    assert!(reason.contains("statement 5 (line 5, insert)"), "{reason}");
    let trigger = [
        "CREATE TABLE a (id INT)",
        "CREATE TRIGGER g AFTER INSERT ON a FOR EACH ROW INSERT INTO z VALUES (1)",
        FORWARD[1],
    ];
    assert!(chosen(&trigger, &["DROP TRIGGER g", "DROP TABLE a"], &[Took, Took, Not]).is_ok());
    let fired = [&trigger[..2], &["INSERT INTO a VALUES (1)", FORWARD[1]]].concat();
    assert!(chosen(&fired, &["DROP TRIGGER g", "DROP TABLE a"], &[Took, Took, Took, Not]).is_err());
}

/// Forward, back, effects, words of the reason.
type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [Effect], &'a str);

#[test]
fn doubt_is_for_a_person() {
    let cases: [Case<'_>; 9] = [
        (&FORWARD, &["DROP TABLE b, a"], &[Took, Not], "statement 1 (line 1, create_table)"),
        (&FORWARD, &["DROP TABLE a", "ALTER TABLE a DROP COLUMN q"], &[Took, Not], "statement 2 (line 2)"),
        (&FORWARD, &["CALL undo()", "DROP TABLE a"], &[Took, Not], "statement 1 (line 1) of its rollback script"),
        (&FORWARD, &["ALTER TABLE c DROP COLUMN x"], &[Took, Not], "nothing in its rollback script undoes"),
        (&FORWARD, &BACK, &[Took, Unknown], "nobody can say whether statement 2 (line 2, create_table)"),
        (&["DROP TABLE a", FORWARD[1]], &["CREATE TABLE a (id INT)"], &[Took, Not], "statement 1"),
        (&["CREATE TABLE IF NOT EXISTS a (id INT)", FORWARD[1]], &BACK, &[Took, Not], "IF NOT EXISTS"),
        (&FORWARD, &["ROLLBACK", "DROP TABLE a"], &[Took, Not], "transaction"),
        (
            &["ALTER TABLE a RENAME COLUMN x TO y", "ALTER TABLE a RENAME COLUMN z TO x", "UPDATE a SET y = 1"],
            &["ALTER TABLE a RENAME COLUMN y TO x", "ALTER TABLE a RENAME COLUMN x TO z"],
            &[Took, Took, Not],
            "stands before",
        ),
    ];
    for (forward, back, effects, words) in cases {
        let reason = chosen(forward, back, effects).unwrap_err();
        assert!(reason.contains(words), "{words:?} is not in {reason:?}");
    }
}

#[test]
fn without_a_script_what_stands_is_listed() {
    let forward = read(&["CREATE TABLE a (id INT)", "SET @x = 1", "INSERT INTO a VALUES (1)", "SELECT 1"]);
    let UndoPlan::Impossible { reason, remaining } = choose_undo(&forward, None, &[Took; 4], true) else {
        panic!("there is nothing to undo it with");
    };
    assert_eq!(remaining, [0, 2]);
    assert!(reason.contains("statement 1 (line 1, create_table) and statement 3 (line 3, insert)"), "{reason}");
    assert!(matches!(choose_undo(&forward, Some(&[]), &[Took; 4], true), UndoPlan::Impossible { .. }));
}

#[test]
fn use_is_followed() {
    let forward = ["USE s", "CREATE TABLE a (id INT)", FORWARD[1]];
    assert_eq!(chosen(&forward, &["DROP TABLE s.a"], &[Took, Took, Not]), Ok(vec![(0, vec![1])]));
    assert!(chosen(&forward, &["USE other", "DROP TABLE a"], &[Took, Took, Not]).is_err());
}

#[test]
fn ten_thousand_statements_of_one_look_are_compared_once() {
    let forward = vec!["INSERT INTO t VALUES (1)"; 10_000];
    let back = vec!["DELETE FROM t WHERE id = 1"; 10_000];
    let steps = chosen(&forward, &back, &[Took; 10_000]).unwrap();
    assert_eq!((steps.len(), steps[9_999].1.len()), (10_000, 10_000));
    let forward = [&["CREATE TABLE t (id INT)"][..], &forward, &["DROP TABLE missing"]].concat();
    let back = [&back[..], &["DROP TABLE t"]].concat();
    let effects = [vec![Took; 10_001], vec![Not]].concat();
    assert_eq!(chosen(&forward, &back, &effects).unwrap(), [(10_000, (0..=10_000).collect())]);
}

/// A change of the model: forward or back.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Create(usize),
    Drop(usize),
    Add(usize, usize),
    Remove(usize, usize),
    Index(usize, usize),
    Unindex(usize, usize),
    Rename(usize, usize, usize),
    Move(usize, usize),
    Insert(usize),
    Delete(usize),
}

const TABLES: [&str; 4] = ["a", "b", "c", "d"];
const COLUMNS: [&str; 3] = ["x", "y", "z"];

/// Columns, indexes and rows of each table.
type Schema = BTreeMap<usize, (BTreeSet<usize>, BTreeSet<usize>, u32)>;

impl Change {
    fn sql(self) -> String {
        let (t, c) = (|t: usize| TABLES[t], |c: usize| COLUMNS[c]);
        match self {
            Change::Create(a) => format!("CREATE TABLE {} (id INT)", t(a)),
            Change::Drop(a) => format!("DROP TABLE {}", t(a)),
            Change::Add(a, x) => format!("ALTER TABLE {} ADD COLUMN {} INT", t(a), c(x)),
            Change::Remove(a, x) => format!("ALTER TABLE {} DROP COLUMN {}", t(a), c(x)),
            Change::Index(a, x) => format!("CREATE INDEX i{} ON {} (id)", c(x), t(a)),
            Change::Unindex(a, x) => format!("DROP INDEX i{} ON {}", c(x), t(a)),
            Change::Rename(a, x, y) => format!("ALTER TABLE {} RENAME COLUMN {} TO {}", t(a), c(x), c(y)),
            Change::Move(a, b) => format!("RENAME TABLE {} TO {}", t(a), t(b)),
            Change::Insert(a) => format!("INSERT INTO {} (id) VALUES (1)", t(a)),
            Change::Delete(a) => format!("DELETE FROM {} WHERE id = 1", t(a)),
        }
    }

    /// Gives the change that an author would write to undo it; what is dropped cannot be.
    fn inverse(self) -> Option<Change> {
        match self {
            Change::Create(a) => Some(Change::Drop(a)),
            Change::Add(a, x) => Some(Change::Remove(a, x)),
            Change::Index(a, x) => Some(Change::Unindex(a, x)),
            Change::Rename(a, x, y) => Some(Change::Rename(a, y, x)),
            Change::Move(a, b) => Some(Change::Move(b, a)),
            Change::Insert(a) => Some(Change::Delete(a)),
            _ => None,
        }
    }

    /// Does what the server would do; `None` is its error.
    fn apply(self, schema: &mut Schema) -> Option<()> {
        match self {
            Change::Create(a) => {
                if schema.contains_key(&a) {
                    return None;
                }
                schema.insert(a, Default::default());
            }
            Change::Drop(a) => return schema.remove(&a).map(|_| ()),
            Change::Add(a, x) => return schema.get_mut(&a)?.0.insert(x).then_some(()),
            Change::Remove(a, x) => return schema.get_mut(&a)?.0.remove(&x).then_some(()),
            Change::Index(a, x) => return schema.get_mut(&a)?.1.insert(x).then_some(()),
            Change::Unindex(a, x) => return schema.get_mut(&a)?.1.remove(&x).then_some(()),
            Change::Rename(a, x, y) => {
                let columns = &mut schema.get_mut(&a)?.0;
                if x == y || columns.contains(&y) || !columns.remove(&x) {
                    return None;
                }
                columns.insert(y);
            }
            Change::Move(a, b) => {
                if schema.contains_key(&b) {
                    return None;
                }
                let table = schema.remove(&a)?;
                schema.insert(b, table);
            }
            Change::Insert(a) => schema.get_mut(&a)?.2 += 1,
            Change::Delete(a) => {
                // Which rows a condition means is the author's word: here, all that the file inserted.
                schema.get_mut(&a)?.2 = 0;
            }
        }
        Some(())
    }
}

fn change() -> impl Strategy<Value = Change> {
    let (t, c) = (0..TABLES.len(), 0..COLUMNS.len());
    prop_oneof![
        3 => t.clone().prop_map(Change::Create),
        1 => t.clone().prop_map(Change::Drop),
        4 => (t.clone(), c.clone()).prop_map(|(a, x)| Change::Add(a, x)),
        1 => (t.clone(), c.clone()).prop_map(|(a, x)| Change::Remove(a, x)),
        2 => (t.clone(), c.clone()).prop_map(|(a, x)| Change::Index(a, x)),
        2 => (t.clone(), c.clone(), c).prop_map(|(a, x, y)| Change::Rename(a, x, y)),
        2 => (t.clone(), t.clone()).prop_map(|(a, b)| Change::Move(a, b)),
        2 => t.prop_map(Change::Insert),
    ]
}

fn beginning() -> Schema {
    BTreeMap::from([(0, (BTreeSet::from([0]), BTreeSet::new(), 0)), (1, (BTreeSet::new(), BTreeSet::new(), 0))])
}

fn parsed(changes: &[Change]) -> Vec<Statement> {
    let sql: Vec<String> = changes.iter().map(|change| change.sql()).collect();
    read(&sql.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Runs the first `count` changes that the model allows, and undoes them by a script. `None` where it is for a person;
/// else whether every step worked, and whether everything is as it was.
fn run_and_undo(changes: &[Change], count: usize, disturb: impl Fn(&mut Vec<Change>)) -> Option<(bool, bool)> {
    let mut all = beginning();
    let forward: Vec<Change> = changes.iter().copied().filter(|change| change.apply(&mut all).is_some()).collect();
    let count = count.min(forward.len());
    let mut back: Vec<Change> = forward.iter().rev().filter_map(|change| change.inverse()).collect();
    disturb(&mut back);
    let mut schema = beginning();
    for change in &forward[..count] {
        change.apply(&mut schema)?;
    }
    let mut effects = vec![Took; count];
    if count < forward.len() {
        effects.push(Not);
    }
    let plan = choose_undo(&parsed(&forward), Some(&parsed(&back)), &effects, false);
    let steps = match plan {
        UndoPlan::Impossible { .. } | UndoPlan::Derived { .. } => return None,
        UndoPlan::Nothing => Vec::new(),
        UndoPlan::Written { steps } => steps,
    };
    let worked = steps.iter().all(|step| back[step.statement as usize].apply(&mut schema).is_some());
    Some((worked, schema == beginning()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// With a script that is right for the whole file, whatever is chosen after a partial run works and restores.
    #[test]
    fn a_right_script_restores(changes in prop::collection::vec(change(), 1..10), count in 0usize..10) {
        if let Some(result) = run_and_undo(&changes, count, |_| {}) {
            prop_assert_eq!(result, (true, true));
        }
    }

    /// With a script whose statements are shuffled, missing or twice there, it is never wrong without an error.
    #[test]
    fn a_wrong_script_is_never_silently_wrong(
        changes in prop::collection::vec(change(), 1..10),
        count in 0usize..10,
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..3),
        lost in any::<Option<prop::sample::Index>>(),
        twice in any::<Option<prop::sample::Index>>(),
    ) {
        let disturb = |back: &mut Vec<Change>| {
            for (a, b) in &swaps {
                if !back.is_empty() {
                    let (a, b) = (a.index(back.len()), b.index(back.len()));
                    back.swap(a, b);
                }
            }
            if let Some(index) = lost.filter(|_| !back.is_empty()) {
                back.remove(index.index(back.len()));
            }
            if let Some(index) = twice.filter(|_| !back.is_empty()) {
                back.push(back[index.index(back.len())]);
            }
        };
        if let Some((true, restored)) = run_and_undo(&changes, count, disturb) {
            prop_assert!(restored);
        }
    }
}

#[test]
fn creating_files_are_really_undone_and_not_only_refused() {
    let changes =
        [Change::Create(2), Change::Add(0, 1), Change::Index(2, 0), Change::Rename(0, 0, 2), Change::Insert(2)];
    for count in 0..=changes.len() {
        assert_eq!(run_and_undo(&changes, count, |_| {}), Some((true, true)), "{count}");
    }
}

#[test]
fn clearing_a_table_that_is_dropped_further_on_is_left_out_after_a_partial_run() {
    let forward = ["CREATE TABLE b (id INT)", "INSERT INTO b VALUES (1)", "INSERT INTO b VALUES (1)"];
    let chosen = chosen(&forward, &["DELETE FROM b", "DROP TABLE b"], &[Took, Took, Not]);
    assert_eq!(chosen, Ok(vec![(1, vec![0, 1])]));
}

#[test]
fn a_name_that_two_tables_had_tells_nothing_of_a_partial_run() {
    let forward = [
        "INSERT INTO b VALUES (1)",
        "RENAME TABLE b TO c",
        "RENAME TABLE a TO b",
        "INSERT INTO b VALUES (2)",
        "SELECT x",
    ];
    let back = ["DELETE FROM b", "RENAME TABLE b TO a", "RENAME TABLE c TO b"];
    let reason = chosen(&forward, &back, &[Took, Took, Took, Took, Not]).unwrap_err();
    assert!(reason.contains("b was the name of two things while the file ran"), "{reason}");
    // The old one made room for it, and nothing was done to it before.
    let forward = ["RENAME TABLE b TO c", "CREATE TABLE b (id INT)", "SELECT x"];
    assert!(chosen(&forward, &["DROP TABLE b", "RENAME TABLE c TO b"], &[Took, Took, Not]).is_ok());
}
