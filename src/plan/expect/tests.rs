use super::*;
use crate::model::KeptCost;
use crate::plan::{self, Candidate, Options, Script, Size};
use crate::sql::Dialect;

fn planned(files: &[(&str, &str)]) -> Plan {
    let candidate = |(order, (path, text)): (usize, &(&str, &str))| Candidate {
        order,
        path: (*path).into(),
        root: String::new(),
        name: path.trim_end_matches(".sql").into(),
        version: format!("{order}"),
        numbers: vec![order as u64],
        file_type: crate::model::FileType::Doctrine,
        rule: Default::default(),
        findings: Vec::new(),
        up: Script { text: (*text).into(), sha256: format!("sha of {text}") },
        down: None,
        verify: None,
        needs: Vec::new(),
    };
    let options = Options { core: Some("shop".into()), ..Options::new(Dialect::MariaDb, "2026-01-15") };
    let plan = plan::make(files.iter().enumerate().map(candidate).collect(), &[], &options);
    assert_eq!(plan.files.len(), files.len(), "{:?}", plan.refused);
    plan
}

fn sized(plan: &mut Plan, rows: u64) {
    let statements = plan.files.iter_mut().flat_map(|file| &mut file.statements);
    statements.for_each(|one| one.size = Some(Size { rows: Some(rows), bytes: None, at_least: false }));
}

fn measured() -> MeasuredTimes {
    MeasuredTimes { width: 4, ..MeasuredTimes::default() }
}

fn ms(plan: &Plan, file: usize) -> Option<(u64, &'static str)> {
    plan.files[file].expected.as_ref().map(|expected| (expected.ms, expected.source.word()))
}

#[test]
fn a_rehearsal_comes_before_the_last_run_and_that_before_a_guess() {
    let mut plan = planned(&[("1.sql", "CREATE TABLE a (x INT)")]);
    let mut measured = measured();
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), Some((FIXED, "guessed")));
    let run = |ms| LastRun { batch: BatchId(3), ms, statements: vec![ms] };
    measured.of_path.insert("1.sql".into(), run(70));
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), Some((70, "as the last run")));
    measured.of_bytes.insert(plan.files[0].hash.clone(), run(60));
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), Some((60, "as the last run")));
    let times = RehearsedTimes { at: Millis(9), statements: vec![20] };
    measured.rehearsed.insert(plan.files[0].hash.clone(), times);
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), Some((20, "rehearsed")));
    assert_eq!(plan.to_submission().unwrap().files[0].expected, plan.files[0].expected);
}

#[test]
fn a_rehearsal_on_empty_tables_says_nothing_of_many_rows() {
    let mut plan = planned(&[("1.sql", "ALTER TABLE a MODIFY x BIGINT")]);
    let mut measured = measured();
    let times = RehearsedTimes { at: Millis(9), statements: vec![20] };
    measured.rehearsed.insert(plan.files[0].hash.clone(), times);
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), None, "the rows are not known");
    sized(&mut plan, FEW);
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), Some((20, "rehearsed")));
    sized(&mut plan, 6_800_000);
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), Some((FIXED + 34_000, "guessed")));
    // An empty twin has shown that no row is touched.
    plan.files[0].statements[0].instant = Some(true);
    plan.expect(&measured);
    assert_eq!(ms(&plan, 0), Some((20, "rehearsed")));
}

#[test]
fn rows_that_are_kept_count_where_their_condition_was_asked() {
    let mut plan = planned(&[("1.sql", "DELETE FROM a WHERE x = 1")]);
    sized(&mut plan, 3_000_000);
    plan.expect(&measured());
    assert_eq!(ms(&plan, 0), Some((FIXED + 10_000, "guessed")));
    plan.files[0].statements[0].undo_cost = Some(KeptCost { rows: 600, bytes: 1 });
    plan.expect(&measured());
    assert_eq!(ms(&plan, 0), Some((FIXED + 2 + 3, "guessed")));
}

#[test]
fn what_nobody_can_tell_has_a_reason_and_no_number() {
    let mut plan = planned(&[("1.sql", "CREATE TABLE a (x INT)"), ("2.sql", "INSERT INTO a SELECT x FROM b")]);
    plan.expect(&measured());
    let end = plan.expected.clone().unwrap();
    assert_eq!(end.ms, None);
    assert_eq!(
        end.unknown,
        ["2.sql: statement 1: the rows that it copies are not counted, and it was not measured here before"]
    );
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["files"][0]["expected"]["source"], "guessed");
    assert!(json["files"][1]["expected_unknown"].as_str().unwrap().starts_with("statement 1"));
}

#[test]
fn the_whole_is_the_sum_along_the_path_that_decides() {
    let mut plan = planned(&[
        ("1.sql", "CREATE TABLE a (x INT)"),
        ("2.sql", "ALTER TABLE a MODIFY x BIGINT"),
        ("3.sql", "ALTER TABLE b MODIFY x BIGINT"),
        ("4.sql", "ALTER TABLE c MODIFY x BIGINT"),
    ]);
    let mut measured = measured();
    for (place, ms) in [(0, 100), (1, 300), (2, 350), (3, 90)] {
        let run = LastRun { batch: BatchId(3), ms, statements: Vec::new() };
        measured.of_path.insert(plan.files[place].path.clone(), run);
    }
    plan.expect(&measured);
    let end = plan.expected.clone().unwrap();
    assert_eq!((end.ms, end.path), (Some(400), vec!["1.sql".to_owned(), "2.sql".to_owned()]));
    measured.width = 1;
    plan.expect(&measured);
    assert_eq!(plan.expected.as_ref().unwrap().ms, Some(840), "one at a time");
}

#[test]
fn of_a_table_that_the_plan_fills_itself_nothing_is_guessed() {
    let made = "CREATE TABLE a (x INT); ";
    let of = |text: &str| {
        let mut plan = planned(&[("1.sql", &format!("{made}{text}"))]);
        plan.expect(&measured());
        plan.files[0].expected_unknown.clone()
    };
    assert_eq!(of("INSERT INTO a VALUES (1); CREATE INDEX i ON a (x)"), None);
    let why = of("INSERT INTO a SELECT x FROM b; CREATE INDEX i ON a (x)").unwrap();
    assert!(why.starts_with("statement 2: the rows that it copies"), "{why}");
    let mut plan = planned(&[
        ("1.sql", "CREATE TABLE a (x INT); INSERT INTO a SELECT x FROM b"),
        ("2.sql", "CREATE INDEX i ON a (x)"),
    ]);
    plan.expect(&measured());
    let why = plan.files[1].expected_unknown.clone().unwrap();
    assert!(why.starts_with("statement 1: the rows of its table are not known"), "{why}");
}
