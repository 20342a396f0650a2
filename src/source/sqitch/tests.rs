//! Directories of Sqitch, read.

use super::*;

const STAMP: &str = "2024-01-01T00:00:00Z Anna <a@example.org>";

/// A directory with this plan, `TIME` standing for time and planner, and these scripts.
fn read(plan: &str, scripts: &[(&str, &str)]) -> Result<Contents, String> {
    let plan = format!("%project=shop\n{}", plan.replace("TIME", STAMP));
    let files: Vec<(&str, &str)> = [(PLAN, plan.as_str())].into_iter().chain(scripts.iter().copied()).collect();
    Sqitch.read(&Folder::of(&files)).map_err(|error| error.to_string())
}

#[test]
fn changes_come_in_the_order_of_the_plan() {
    let scripts = [
        ("deploy/b.sql", "SELECT 1;"),
        ("deploy/a.sql", "SELECT 2;"),
        ("deploy/c.sql", "SELECT 3;"),
        ("revert/b.sql", "SELECT 4;"),
        ("verify/b.sql", "-- Verify\nBEGIN;\nSELECT 1;\nROLLBACK;\n"),
    ];
    let contents = read("b TIME # first\n@v1 TIME\na [b b@v1 other:x] TIME\n", &scripts).unwrap();
    let (b, a) = (&contents.migrations[0], &contents.migrations[1]);
    assert_eq!((b.at.name.as_str(), b.at.title.as_str(), b.down.is_some(), a.at.order), ("b", "first", true, 1));
    assert_eq!(b.verify.as_ref().unwrap().text, "-- Verify\n\nSELECT 1;\n\n");
    assert_eq!(
        a.needs.iter().map(|need| (need.name.as_str(), need.line)).collect::<Vec<_>>(),
        [("deploy/b.sql", 4), ("deploy/b.sql", 4)]
    );
    assert!(a.remarks[0].message.contains("other:x") && contents.remarks[0].message.contains("deploy/c.sql"));
}

#[test]
fn a_reworked_change_takes_the_place_of_what_it_was() {
    let scripts = [("deploy/a@v1.sql", "SELECT 1;"), ("deploy/a.sql", "SELECT 2;")];
    let found = read("a TIME\n@v1 TIME\na [a@v1] TIME\n", &scripts).unwrap().migrations;
    assert_eq!(found[0].at.path, "deploy/a@v1.sql");
    let formerly = Formerly { path: "deploy/a.sql".to_owned(), later: vec![Checksum(found[1].up.sha256.clone())] };
    assert_eq!(found[0].rule.formerly, Some(formerly));
    assert_eq!(found[1].rule.again, Again::InPlaceOf(vec![Checksum(found[0].up.sha256.clone())]));
    assert_eq!(found[1].needs[0].name, "deploy/a@v1.sql");
}

#[test]
fn what_is_wrong_is_told_with_the_line_of_the_plan() {
    let scripts = [("deploy/a.sql", "SELECT 1;"), ("deploy/b.sql", "SELECT 1;")];
    for (plan, line, words) in [
        ("a TIME\nc TIME\n", "line 3", "deploy/c.sql"),
        ("a [b] TIME\nb TIME\n", "line 2", "does not stand before"),
        ("a TIME\nb [!a] TIME\n", "line 3", "conflicts"),
        ("a TIME\nb [!z] TIME\n", "line 3", "does not stand"),
        ("a TIME\nb TIME\na TIME\n", "line 2", "a tag between"),
        ("a TIME\n@v1 TIME\na TIME\n", "line 2", "deploy/a@v1.sql"),
    ] {
        let error = read(plan, &scripts).expect_err(plan);
        assert!(error.contains("sqitch.plan") && error.contains(line) && error.contains(words), "{plan}: {error}");
    }
}
