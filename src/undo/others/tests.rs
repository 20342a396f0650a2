//! What others have changed between our looks, by example.

use super::super::testing::{captured, event, finished, seen};
use super::*;
use crate::model::{Event, EventKind, FileId, Phase};
use crate::sql::statements;

const BEFORE: &str = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL\n) ENGINE=InnoDB";
const OURS: &str = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL,\n  `x` int(11) DEFAULT NULL\n) ENGINE=InnoDB";
const BOTH: &str = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL,\n  `x` int(11) DEFAULT NULL,\n  `theirs` int(11) DEFAULT NULL\n) ENGINE=InnoDB";
const THEIRS: &str =
    "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL,\n  `theirs` int(11) DEFAULT NULL\n) ENGINE=InnoDB";

fn table(text: Option<&str>) -> Vec<RecordedDefinition> {
    seen(&[("table t", text)])
}

fn started(phase: Phase, statement: u32, found: Vec<RecordedDefinition>) -> Event {
    event(EventKind::StatementStarted {
        file: FileId(1),
        statement,
        phase,
        hash: crate::model::Checksum(String::new()),
        line: 1,
        fingerprint: "1:".into(),
        connection: 1,
        kept: Vec::new(),
        shares: false,
        found,
        runs: None,
    })
}

fn with_others(events: &[Event], now: Option<&str>, sql: &str) -> DefinitionHistory {
    let statements = statements(sql, Dialect::MariaDb).unwrap();
    let ours = Ours::new(&statements, Dialect::MariaDb);
    DefinitionHistory::from_events(events).with_others(&table(now), &ours, Dialect::MariaDb)
}

const ADDS: &str = "ALTER TABLE t ADD x INT";
const TOLD: &str = "the column theirs of table t was added";

#[test]
fn what_others_add_after_the_file_belongs_to_what_stood_before_it() {
    let events = [
        captured(table(Some(BEFORE))),
        started(Phase::Forward, 0, vec![]),
        finished(Phase::Forward, 0, table(Some(OURS))),
    ];
    let history = with_others(&events, Some(BOTH), ADDS);
    assert_eq!(history.first("table t"), Some(Some(THEIRS)));
    assert_eq!(history.last("table t"), Some(Some(BOTH)));
    assert_eq!(history.left_alone(Dialect::MariaDb), [TOLD]);
    assert_eq!(history.overwritten().count(), 0);
    assert_eq!(with_others(&events, Some(OURS), ADDS).left_alone(Dialect::MariaDb), [""; 0]);
}

#[test]
fn what_others_add_in_the_middle_of_an_undo_stays_too() {
    let events = [
        captured(table(Some(BEFORE))),
        finished(Phase::Forward, 0, table(Some(OURS))),
        started(Phase::Undo, 0, table(Some(BOTH))),
        finished(Phase::Undo, 0, table(Some(THEIRS))),
    ];
    let history = with_others(&events, Some(THEIRS), ADDS);
    assert_eq!(history.first("table t"), Some(Some(THEIRS)));
    assert_eq!(history.left_alone(Dialect::MariaDb), [TOLD]);
}

#[test]
fn what_others_add_between_two_statements_is_none_of_the_second() {
    let events = [
        captured(table(Some(BEFORE))),
        started(Phase::Forward, 0, table(Some(THEIRS))),
        finished(Phase::Forward, 0, table(Some(BOTH))),
    ];
    let history = with_others(&events, Some(BOTH), ADDS);
    assert_eq!(history.before("table t", 0), Some(Some(THEIRS)));
    assert_eq!(history.first("table t"), Some(Some(THEIRS)));
}

#[test]
fn what_goes_with_its_table_or_is_ours_too_is_not_left_alone() {
    let made = [captured(table(None)), finished(Phase::Forward, 0, table(Some(OURS)))];
    let history = with_others(&made, Some(BOTH), "CREATE TABLE t (a INT, x INT)");
    assert_eq!(history.first("table t"), Some(None));
    assert_eq!(history.overwritten().map(|(name, change)| change.sentence(name)).collect::<Vec<_>>(), [TOLD]);
    let wider = OURS.replace("`x` int(11)", "`x` bigint(20)");
    let added = [captured(table(Some(BEFORE))), finished(Phase::Forward, 0, table(Some(OURS)))];
    let history = with_others(&added, Some(&wider), ADDS);
    assert_eq!(history.first("table t"), Some(Some(BEFORE)));
    assert_eq!(history.overwritten().count(), 1);
}

#[test]
fn steps_that_were_rolled_back_are_nobodys_change() {
    let undone = EventKind::TransactionUndone {
        file: FileId(1),
        phase: Phase::Undo,
        from: 0,
        effect: crate::model::Effect::None,
        evidence: String::new(),
    };
    let events = [
        captured(table(Some(BEFORE))),
        finished(Phase::Forward, 0, table(Some(OURS))),
        finished(Phase::Undo, 0, table(Some(BEFORE))),
        event(undone),
    ];
    let history = with_others(&events, Some(OURS), ADDS);
    assert_eq!((history.left_alone(Dialect::MariaDb).len(), history.overwritten().count()), (0, 0));
}

#[test]
fn a_table_keeps_what_others_gave_it_under_its_other_name() {
    let now = |t: Option<&str>, u: Option<&str>| seen(&[("table t", t), ("table u", u)]);
    let renamed = |text: &str| text.replace("`t`", "`u`");
    let ours = renamed(BEFORE);
    let events = [captured(now(Some(BEFORE), None)), finished(Phase::Forward, 0, now(None, Some(&ours)))];
    let statements = statements("RENAME TABLE t TO u", Dialect::MariaDb).unwrap();
    let ours = Ours::new(&statements, Dialect::MariaDb);
    let history = DefinitionHistory::from_events(&events);
    let history = history.with_others(&now(None, Some(&renamed(THEIRS))), &ours, Dialect::MariaDb);
    assert_eq!(history.first("table t"), Some(Some(THEIRS)));
    assert_eq!(history.left_alone(Dialect::MariaDb), [TOLD]);
    assert_eq!(history.overwritten().count(), 0);
}

const PARENT: &str = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB";
const KEY: &str = "CONSTRAINT `k` FOREIGN KEY (`p`) REFERENCES `t` (`id`)";
const VIEW: &str = "CREATE VIEW `v` AS select `t`.`id` AS `id` from `t`";
const TRIGGER: &str = "CREATE TRIGGER `g` BEFORE INSERT ON `t` FOR EACH ROW SET @g = 1";

fn child(keys: &[&str]) -> String {
    let keys: String = keys.iter().map(|key| format!(",\n  {key}")).collect();
    format!("CREATE TABLE `c` (\n  `p` int(11) DEFAULT NULL{keys}\n) ENGINE=InnoDB")
}

/// A table that gets another name, and what stands on it before and after: what is told of it, and how it stood first.
fn after_a_rename(object: &str, before: &str, after: &str) -> (Vec<String>, Option<String>) {
    let renamed = PARENT.replace("`t`", "`u`");
    let events = [
        captured(seen(&[("table t", Some(PARENT)), ("table u", None), (object, Some(before))])),
        finished(Phase::Forward, 0, seen(&[("table t", None), ("table u", Some(&renamed))])),
    ];
    let now = seen(&[("table t", None), ("table u", Some(&renamed)), (object, Some(after))]);
    let statements = statements("RENAME TABLE t TO u", Dialect::MariaDb).unwrap();
    let ours = Ours::new(&statements, Dialect::MariaDb);
    let history = DefinitionHistory::from_events(&events).with_others(&now, &ours, Dialect::MariaDb);
    assert_eq!(history.overwritten().count(), 0, "{object}");
    let first = history.first(object).flatten().map(str::to_owned);
    (history.left_alone(Dialect::MariaDb), first)
}

#[test]
fn what_follows_a_rename_by_itself_is_none_of_others() {
    let follows = |text: &str| text.replace("`t`", "`u`");
    for (object, before) in [("table c", child(&[KEY]).as_str()), ("trigger g", TRIGGER)] {
        let (told, first) = after_a_rename(object, before, &follows(before));
        assert_eq!((told.len(), first.as_deref()), (0, Some(before)), "{told:?}");
    }
    assert_eq!(after_a_rename("view v", VIEW, VIEW), (Vec::new(), Some(VIEW.to_owned())));
}

#[test]
fn what_others_did_beside_a_rename_is_theirs() {
    let theirs = "CONSTRAINT `theirs` FOREIGN KEY (`p`) REFERENCES `t` (`id`)";
    let elsewhere = KEY.replace("`t`", "`w`");
    let cascading = format!("{KEY} ON DELETE CASCADE");
    let of_child = |keys: &[&str]| child(keys);
    // What others left, once the server has followed the rename; how it is told; and what stood first with that in it.
    for (object, before, after, told) in [
        ("table c", of_child(&[KEY]), of_child(&[KEY, theirs]), "the constraint theirs of table c was added"),
        ("table c", of_child(&[KEY]), of_child(&[]), "the constraint k of table c was dropped"),
        ("table c", of_child(&[KEY]), of_child(&[&elsewhere]), "the constraint k of table c was changed"),
        ("table c", of_child(&[KEY]), of_child(&[&cascading]), "the constraint k of table c was changed"),
        ("view v", VIEW.to_owned(), "CREATE VIEW `v` AS select 2 AS `two`".to_owned(), "the view v was changed"),
        ("trigger g", TRIGGER.to_owned(), TRIGGER.replace("= 1", "= 2"), "the trigger g was changed"),
    ] {
        let found = after_a_rename(object, &before, &after.replace("`t`", "`u`"));
        assert_eq!(found, (vec![told.to_owned()], Some(after)), "{told}");
    }
}

#[test]
fn a_trigger_that_went_with_its_table_is_nobodys_doing() {
    let events = [
        captured(seen(&[("table t", Some(PARENT)), ("trigger g", Some(TRIGGER))])),
        finished(Phase::Forward, 0, seen(&[("table t", None)])),
    ];
    let statements = statements("DROP TABLE t", Dialect::MySql).unwrap();
    let ours = Ours::new(&statements, Dialect::MySql);
    let now = seen(&[("table t", None), ("trigger g", None)]);
    let history = DefinitionHistory::from_events(&events).with_others(&now, &ours, Dialect::MySql);
    assert_eq!((history.left_alone(Dialect::MySql).len(), history.overwritten().count()), (0, 0));
    assert_eq!(history.first("trigger g"), Some(Some(TRIGGER)));
}

#[test]
fn a_key_to_a_column_that_got_another_name_is_put_back_to_its_old_one() {
    let renamed = PARENT.replace("`id`", "`key`");
    let of_child = |keys: &[&str], column: &str| child(keys).replace("`id`", column);
    let theirs = KEY.replace("`k`", "`theirs`");
    let events = [
        captured(seen(&[("table t", Some(PARENT)), ("table c", Some(&child(&[KEY])))])),
        finished(Phase::Forward, 0, seen(&[("table t", Some(&renamed))])),
    ];
    let statements = statements("ALTER TABLE t RENAME COLUMN id TO `key`", Dialect::MySql).unwrap();
    let ours = Ours::new(&statements, Dialect::MySql);
    let now = of_child(&[KEY, &theirs], "`key`");
    let now = seen(&[("table t", Some(&renamed)), ("table c", Some(&now))]);
    let history = DefinitionHistory::from_events(&events).with_others(&now, &ours, Dialect::MySql);
    assert_eq!(history.left_alone(Dialect::MySql), ["the constraint theirs of table c was added"]);
    assert_eq!(history.first("table c"), Some(Some(child(&[KEY, &theirs]).as_str())));
}
