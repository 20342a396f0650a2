//! A plan as it is printed and handed in: its JSON, its checksum, its texts.

use super::*;

#[test]
fn the_json_is_what_the_documentation_says() {
    let plan = plan_of(vec![file(0, "1_a", "CREATE TABLE a (id INT)", &[])]);
    let json = serde_json::to_value(&plan).unwrap();
    let expected = serde_json::json!({
        "batch": "2026-11-22-1",
        "epoch_from": 0,
        "epoch_to": 1,
        "files": [{
            "path": "1_a.sql",
            "type": "doctrine",
            "wave": 1,
            "depends_on": [],
            "statements": [{
                "index": 0,
                "line": 1,
                "kind": "create_table",
                "objects": [{"object": {"kind": "table", "name": "a"}, "how": "creates"}],
                "undo": "derived",
            }],
            "findings": [],
        }],
        "findings": [],
        "undo_coverage": {"statements": 1, "written": 0, "certain": 0, "derived": 1, "kept": 0, "not_needed": 0, "none": 0},
        "refused": [],
        "checksum": json["checksum"],
    });
    assert_eq!(json, expected);
    let json = serde_json::to_value(plan_of(vec![file(0, "1", "SELECT 1", &["requires:2"])])).unwrap();
    assert_eq!(json["refused"][0]["kind"], "missing_dependency");
    assert_eq!((&json["refused"][0]["path"], &json["refused"][0]["line"]), (&"1.sql".into(), &1.into()));
}

#[test]
fn the_checksum_moves_with_all_that_runs() {
    let base = || file(0, "1", "SELECT 1", &[]);
    let of = |candidate: Candidate, options: &Options| make(vec![candidate], &[], options).checksum;
    let first = of(base(), &options());
    assert_eq!(first, of(base(), &options()));
    let (mut other, mut stepping) = (options(), options());
    other.policy.accept_irreversible = true;
    stepping.policy.step = true;
    assert_eq!(first, of(base(), &stepping), "what is rehearsed is rehearsed, at whatever pace it runs");
    let down = Script { text: "SELECT 2".to_owned(), sha256: String::new() };
    let variants = [
        of(file(0, "1", "SELECT 2", &[]), &options()),
        of(file(0, "2", "SELECT 1", &[]), &options()),
        of(Candidate { down: Some(down), ..base() }, &options()),
        of(Candidate { verify: Some(String::new()), ..base() }, &options()),
        of(Candidate { file_type: FileType::Module, ..base() }, &options()),
        of(base(), &other),
    ];
    assert!(variants.iter().all(|variant| *variant != first));
}

#[test]
fn texts_are_given_once_each() {
    let plan =
        plan_of(vec![file(0, "1", "SELECT 1", &[]), file(1, "2", "SELECT 1", &[]), file(2, "3", "SELECT 3", &[])]);
    let submission = plan.to_submission().unwrap();
    assert_eq!((submission.files.len(), submission.texts.len()), (3, 2));
    assert!(submission.files.iter().all(|file| submission.texts.iter().any(|text| text.checksum == file.source)));
}
