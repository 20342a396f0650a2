//! Plans, by example.

mod document;
mod random;

use super::*;
use crate::model::{BatchId, Checksum, DependencyType, Epoch, FileId, FileState, FileStatus, FileType, On};
use crate::sql::Dialect;
use std::collections::HashMap;

/// A candidate with its needs written `requires:a`, `optional:b`, `conflicts:c`.
fn file(order: usize, name: &str, sql: &str, needs: &[&str]) -> Candidate {
    let need = |text: &&str| {
        let (kind, name) = text.split_once(':').unwrap();
        let kind = match kind {
            "requires" => DependencyType::Required,
            "optional" => DependencyType::Optional,
            _ => DependencyType::Conflict,
        };
        CandidateNeed { name: name.to_owned(), kind, said_in: format!("{name}.sql"), line: 1 }
    };
    let mut needs: Vec<CandidateNeed> = needs.iter().map(need).collect();
    for need in &mut needs {
        need.said_in = format!("{name}.sql");
    }
    let version: String = name.chars().take_while(char::is_ascii_digit).collect();
    Candidate {
        order,
        path: format!("{name}.sql"),
        root: String::new(),
        name: name.to_owned(),
        numbers: version.parse().into_iter().collect(),
        version,
        file_type: FileType::Doctrine,
        rule: Default::default(),
        findings: Vec::new(),
        up: Script { text: sql.to_owned(), sha256: format!("hash of {sql}") },
        down: None,
        verify: None,
        needs,
    }
}

fn applied(id: i64, name: &str, sql: &str, status: FileStatus) -> Applied {
    let script = crate::sql::read(sql, Dialect::MariaDb).unwrap();
    Applied {
        file_id: FileId(id),
        path: format!("{name}.sql"),
        hash: Checksum(format!("hash of {sql}")),
        canonical: canonical(&script),
        status,
        state: if status == FileStatus::Failed { FileState::Failed } else { FileState::Idle },
        effects: false,
        open: false,
        epoch_to: Epoch(id),
        gone: false,
        batch: BatchId(1),
    }
}

fn options() -> Options {
    Options::new(Dialect::MariaDb, "2026-11-22")
}

fn plan_of(files: Vec<Candidate>) -> Plan {
    make(files, &[], &options())
}

fn order_of(plan: &Plan) -> Vec<&str> {
    plan.files.iter().map(|file| file.path.trim_end_matches(".sql")).collect()
}

fn waves_of(plan: &Plan) -> Vec<u32> {
    plan.files.iter().map(|file| file.wave).collect()
}

fn checks_of(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.check.as_str()).collect()
}

fn refusals_of(plan: &Plan) -> String {
    plan.to_submission().map(|_| String::new()).unwrap_or_else(|refused| refused.to_string())
}

#[test]
fn files_come_by_version_and_after_what_they_need() {
    let plan = plan_of(vec![
        file(2, "3_c", "CREATE TABLE c (id INT)", &[]),
        file(0, "1_a", "CREATE TABLE a (id INT)", &["requires:3_c"]),
        file(1, "2_b", "CREATE TABLE b (id INT)", &["optional:9_gone", "optional:1"]),
    ]);
    assert_eq!(order_of(&plan), ["3_c", "1_a", "2_b"]);
    assert_eq!(waves_of(&plan), [1, 2, 3]);
    assert_eq!(plan.files[2].depends_on, ["1_a.sql"]);
    assert_eq!(plan.batch, "2026-11-22-3");
    assert_eq!(refusals_of(&plan), "");
}

#[test]
fn a_file_is_found_by_path_name_and_version() {
    for name in ["1_a.sql", "1_a", "1", "001", "v1"] {
        let plan =
            plan_of(vec![file(0, "1_a", "SELECT 1", &[]), file(1, "2_b", "SELECT 1", &[&format!("requires:{name}")])]);
        assert_eq!(plan.files[1].depends_on, ["1_a.sql"], "{name}");
    }
    let mut twin = file(1, "1_a", "SELECT 1", &[]);
    twin.path = "other/1_a.sql".to_owned();
    let plan = plan_of(vec![file(0, "1_a", "SELECT 1", &[]), twin, file(2, "2_b", "SELECT 1", &["requires:1_a"])]);
    // The path is stronger than the name.
    assert_eq!(plan.files[2].depends_on, ["1_a.sql"]);
    let plan = plan_of(vec![
        file(0, "1_a", "SELECT 1", &[]),
        file(1, "1_c", "SELECT 1", &[]),
        file(2, "2_b", "SELECT 1", &["requires:1"]),
    ]);
    assert!(refusals_of(&plan).contains("1_a.sql or 1_c.sql; write the whole path"), "{}", refusals_of(&plan));
}

#[test]
fn a_circle_is_told_whole_with_its_place() {
    let plan = plan_of(vec![
        file(0, "1_a", "SELECT 1", &["requires:2_b"]),
        file(1, "2_b", "SELECT 1", &["requires:3_c"]),
        file(2, "3_c", "SELECT 1", &["requires:1_a"]),
        file(3, "4_d", "SELECT 1", &["requires:1_a"]),
        file(4, "5_e", "SELECT 1", &[]),
    ]);
    let refused = refusals_of(&plan);
    assert!(refused.contains("1_a.sql -> 2_b.sql -> 3_c.sql -> 1_a.sql"), "{refused}");
    assert!(refused.contains("3_c.sql, line 1"), "{refused}");
    assert_eq!(order_of(&plan), ["5_e", "1_a", "2_b", "3_c", "4_d"], "what could run comes first");
    let plan = plan_of(vec![file(0, "1_a", "SELECT 1", &["requires:1_a"])]);
    assert!(refusals_of(&plan).contains("1_a.sql depends on itself"));
}

#[test]
fn a_missing_dependency_is_told_with_its_place_and_the_nearest_name() {
    let plan = plan_of(vec![file(0, "1_users", "SELECT 1", &[]), file(1, "2_b", "SELECT 1", &["requires:1_user"])]);
    let refused = refusals_of(&plan);
    for part in ["2_b.sql, line 1", "\"1_user\"", "did you mean \"1_users\"?"] {
        assert!(refused.contains(part), "{part} is not in {refused}");
    }
    let plan = plan_of(vec![file(0, "1_a", "SELECT 1", &["conflicts:nothing", "optional:nothing"])]);
    assert_eq!((refusals_of(&plan).as_str(), checks_of(&plan.files[0].findings)), ("", vec!["unknown_conflict"]));
}

#[test]
fn history_decides_what_is_pending() {
    let sql = "CREATE TABLE a (id INT)";
    let cases: [(FileStatus, bool, bool, usize, &str); 6] = [
        (FileStatus::Completed, false, false, 0, ""),
        (FileStatus::RolledBack, false, false, 1, ""),
        (FileStatus::Failed, false, false, 1, ""),
        (FileStatus::Failed, true, false, 0, "caribou settle"),
        (FileStatus::Processing, false, true, 0, "batch that has not ended"),
        (FileStatus::Pending, false, true, 0, "batch that has not ended"),
    ];
    for (status, effects, open, planned, refused) in cases {
        let history = [Applied { effects, open, ..applied(1, "1_a", sql, status) }];
        let plan = make(vec![file(0, "1_a", sql, &[])], &history, &options());
        assert_eq!(plan.files.len(), planned, "{status} {effects} {open}");
        assert!(refusals_of(&plan).contains(refused) && (refused.is_empty() == plan.refused.is_empty()), "{status}");
    }
    let history = [applied(2, "1_a", sql, FileStatus::Completed), applied(1, "1_a", sql, FileStatus::RolledBack)];
    assert!(make(vec![file(0, "1_a", sql, &[])], &history, &options()).is_empty(), "the latest row counts");
}

#[test]
fn only_a_change_of_the_statements_is_drift() {
    let sql = "CREATE TABLE a (id INT);\n";
    let history = [applied(1, "1_a", sql, FileStatus::Completed)];
    let of = |text: &str| make(vec![file(0, "1_a", text, &[])], &history, &options());
    assert_eq!(of(sql).findings, []);
    assert_eq!(of("-- a comment\r\nCREATE   TABLE a (id INT)").findings, [], "the bytes moved, the tokens did not");
    for changed in ["CREATE TABLE a (id BIGINT);", "CREATE TABLE a (id INT", "CREATE TABLE a (id INT); SELECT 1", "'"] {
        let plan = of(changed);
        assert_eq!(checks_of(&plan.findings), ["checksum_drift"], "{changed}");
        assert!(plan.findings[0].message.contains("1_a.sql") && plan.is_empty());
    }
}

#[test]
fn a_late_file_runs_and_is_told() {
    let history = [applied(1, "2_b", "SELECT 1", FileStatus::Completed)];
    let files = vec![file(0, "1_a", "SELECT 1", &[]), file(1, "2_b", "SELECT 1", &[]), file(2, "3_c", "SELECT 1", &[])];
    let plan = make(files, &history, &options());
    assert_eq!(order_of(&plan), ["1_a", "3_c"]);
    assert_eq!(checks_of(&plan.files[0].findings), ["out_of_order"]);
    assert!(plan.files[0].findings[0].message.contains("2_b.sql"));
    assert_eq!(checks_of(&plan.files[1].findings), [""; 0]);
}

#[test]
fn folders_that_number_for_themselves_are_late_for_themselves() {
    let in_folder = |order, folder: &str, name: &str| Candidate {
        path: format!("{folder}/{name}.sql"),
        ..file(order, name, &format!("SELECT '{folder}', {order}"), &[])
    };
    let history =
        [Applied { path: "shop/2_b.sql".into(), ..applied(1, "2_b", "SELECT 'shop', 3", FileStatus::Completed) }];
    let of = |files| make(files, &history, &options());
    let apart = of(vec![in_folder(0, "blog", "1_a"), in_folder(1, "shop", "1_a"), in_folder(3, "shop", "2_b")]);
    assert_eq!(checks_of(&apart.files[0].findings), [""; 0]);
    assert_eq!(checks_of(&apart.files[1].findings), ["out_of_order"]);
    let together = of(vec![in_folder(0, "blog", "1_a"), in_folder(3, "shop", "2_b")]);
    assert_eq!(checks_of(&together.files[0].findings), ["out_of_order"]);
}

#[test]
fn a_file_under_another_name_does_not_run_again() {
    let sql = "CREATE TABLE a (id INT);\n";
    let history = [applied(1, "1_a", sql, FileStatus::Completed)];
    for same in [sql, "-- renamed\nCREATE TABLE a (id INT)"] {
        let files = vec![file(0, "1_b", same, &[]), file(1, "2_c", "SELECT 1", &["requires:1_b"])];
        let plan = make(files, &history, &options());
        assert_eq!((order_of(&plan), checks_of(&plan.findings)), (vec!["2_c"], vec!["renamed"]));
        let submission = plan.to_submission().unwrap();
        assert_eq!(submission.files[0].requires[0].on, On::Earlier(FileId(1)), "it is known by its new name");
    }
    let kept = make(vec![file(0, "1_a", sql, &[]), file(1, "1_b", sql, &[])], &history, &options());
    assert_eq!((order_of(&kept), checks_of(&kept.findings)), (vec!["1_b"], vec![]), "both are here");
    let other = make(vec![file(0, "1_b", "CREATE TABLE b (id INT);", &[])], &history, &options());
    assert_eq!((order_of(&other), checks_of(&other.findings)), (vec!["1_b"], vec!["missing_file"]));
    let undone = [applied(1, "1_a", sql, FileStatus::RolledBack)];
    assert_eq!(order_of(&make(vec![file(0, "1_b", sql, &[])], &undone, &options())), ["1_b"]);
}

#[test]
fn a_dependency_that_failed_before_is_for_preparing_to_judge() {
    let history =
        [applied(7, "1_a", "SELECT 1", FileStatus::Failed), applied(8, "0_z", "SELECT 1", FileStatus::Completed)];
    let plan = make(vec![file(0, "2_b", "SELECT 2", &["requires:1_a", "requires:0_z.sql"])], &history, &options());
    assert_eq!(checks_of(&plan.files[0].findings), ["dependency_not_completed"]);
    let submission = plan.to_submission().unwrap();
    let on: Vec<On> = submission.files[0].requires.iter().map(|requirement| requirement.on.clone()).collect();
    assert_eq!(on, [On::Earlier(FileId(7)), On::Earlier(FileId(8))]);
}

#[test]
fn files_that_share_an_object_never_share_a_wave() {
    let plan = plan_of(vec![
        file(0, "1", "CREATE TABLE a (id INT)", &[]),
        file(1, "2", "CREATE TABLE b (id INT)", &[]),
        file(2, "3", "ALTER TABLE `A` ADD COLUMN x INT", &[]),
        file(3, "4", "INSERT INTO c SELECT id FROM b", &[]),
        file(4, "5", "INSERT INTO d SELECT id FROM b", &[]),
        file(5, "6", "CREATE TABLE e (id INT)", &["conflicts:1", "conflicts:3"]),
        file(6, "7", "CALL something()", &[]),
        file(7, "8", "CREATE TABLE f (id INT)", &[]),
        file(8, "9", "CREATE TABLE g (id INT)", &[]),
    ]);
    assert_eq!(waves_of(&plan), [1, 1, 2, 2, 2, 3, 4, 5, 5]);
    assert_eq!(plan.files[2].depends_on, ["1.sql"], "it needs what that file creates");
    let requires = &plan.files[2].requires[0];
    assert_eq!((&requires.on, requires.kind), (&On::Planned(0), DependencyType::Required));
    assert!(requires.description.contains("creates table"), "{}", requires.description);
    assert_eq!(plan.files[5].depends_on, [""; 0], "a conflict is no dependency");
    assert_eq!(plan.files[5].requires.len(), 2);
}

#[test]
fn schemas_are_told_apart_and_use_is_followed() {
    let mut options = options();
    options.core = Some("core".to_owned());
    let files = vec![
        file(0, "1", "CREATE TABLE t (id INT)", &[]),
        file(1, "2", "CREATE TABLE other.t (id INT)", &[]),
        file(2, "3", "USE other; ALTER TABLE t ADD x INT", &[]),
        file(3, "4", "ALTER TABLE core.t ADD x INT", &[]),
        file(4, "5", "CREATE TABLE other.u (id INT)", &[]),
        file(5, "6", "DROP SCHEMA other", &[]),
    ];
    let plan = make(files, &[], &options);
    assert_eq!(waves_of(&plan), [1, 1, 2, 2, 1, 3]);
}

#[test]
fn what_only_a_later_file_creates_is_told_with_its_maker() {
    let plan = plan_of(vec![
        file(0, "1_move", "SELECT 1;\nRENAME TABLE t TO archive.t", &[]),
        file(1, "2_use", "ALTER TABLE IF EXISTS u ADD x INT; CREATE TABLE w (id INT); INSERT INTO w VALUES (1)", &[]),
        file(2, "3_make", "CREATE SCHEMA archive; CREATE TABLE u (id INT); DROP TABLE w; CREATE TABLE w (id INT)", &[]),
    ]);
    let finding = &plan.files[0].findings[0];
    assert_eq!((finding.check.as_str(), finding.line), ("created_later", Some(2)));
    assert!(finding.message.contains("3_make.sql") && finding.message.contains("archive"), "{}", finding.message);
    assert_eq!(plan.files[1].findings, []);
}

#[test]
fn rebuilding_a_table_is_not_making_it() {
    let rebuild =
        "CREATE TABLE new (id INT); INSERT INTO new SELECT id FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t";
    let plan = plan_of(vec![file(0, "1", "UPDATE t SET id = 1 WHERE id = 2", &[]), file(1, "2", rebuild, &[])]);
    assert_eq!(plan.files[0].findings, []);
    assert_eq!(waves_of(&plan), [1, 2]);
}

#[test]
fn odd_files_are_told() {
    let plan = plan_of(vec![
        file(0, "1", "-- nothing yet\n", &[]),
        file(1, "2", "SELECT 1;\nSOURCE other.sql\n", &[]),
        file(2, "3", "FROBNICATE t;", &[]),
    ]);
    let checks: Vec<Vec<&str>> = plan.files.iter().map(|file| checks_of(&file.findings)).collect();
    assert_eq!(checks, [["no_statements"], ["client_command"], ["unknown_statement"]]);
    assert_eq!((plan.files[1].findings[0].level, plan.files[1].findings[0].line), (Level::Blocking, Some(2)));
    let plan = plan_of(vec![file(0, "1", "SELECT 1;\nSELECT 'a", &[])]);
    assert!(refusals_of(&plan).contains("1.sql: cannot split into statements: line 2"), "{}", refusals_of(&plan));
}

#[test]
fn a_target_takes_what_it_needs_and_nothing_later() {
    let files = || {
        vec![
            file(0, "1", "SELECT 1", &[]),
            file(1, "2", "SELECT 1", &["requires:5"]),
            file(2, "3", "SELECT 1", &[]),
            file(4, "5", "SELECT 1", &["optional:6"]),
            file(5, "6", "SELECT 1", &[]),
            file(6, "7", "SELECT 1", &["requires:nothing"]),
        ]
    };
    let to = |target: &str| make(files(), &[], &Options { target: Some(target.to_owned()), ..options() });
    assert_eq!(order_of(&to("2")), ["1", "6", "5", "2"]);
    assert_eq!(order_of(&to("1.sql")), ["1"]);
    assert_eq!(refusals_of(&to("3")), "", "what comes later is not looked at");
    assert!(refusals_of(&to("99")).contains("\"99\" is not in the directory"));
}

#[test]
fn undo_is_counted() {
    let with = |down: Option<&str>| {
        let mut one =
            file(0, "1", "SET @a = 1; CREATE TABLE a (id INT); CREATE TABLE b (id INT) ; INSERT INTO c SELECT 1", &[]);
        one.down = down.map(|text| Script { text: text.to_owned(), sha256: String::new() });
        make(vec![one], &[], &options())
    };
    let coverage = |plan: &Plan| {
        let c = plan.undo_coverage;
        (c.statements, c.written, c.certain, c.derived, c.kept, c.not_needed, c.none)
    };
    assert_eq!(coverage(&with(None)), (4, 0, 0, 2, 1, 1, 0));
    assert_eq!(coverage(&with(Some("DROP TABLE b; DROP TABLE a"))), (4, 3, 2, 0, 0, 1, 0));
    assert_eq!(coverage(&with(Some("-- nothing"))), (4, 0, 0, 2, 1, 1, 0));
    let plan = make(vec![file(0, "1", "CREATE TABLE a (id INT); SELECT 1; CALL p()", &[])], &[], &options());
    assert_eq!(plan.irreversible().map(|(_, statement)| statement.index).collect::<Vec<_>>(), [2]);
    let mut strict = options();
    strict.require_undo = true;
    let refused = refusals_of(&make(vec![file(0, "1", "SELECT 1;\nDROP DATABASE a", &[])], &[], &strict));
    assert!(refused.contains("1.sql, line 2") && refused.contains("statement 2 (drop_schema)"), "{refused}");
}

#[test]
fn epochs_follow_versions_and_the_manifest_is_held_to_its_word() {
    let files = || vec![file(0, "3", "SELECT 1", &[]), file(1, "x", "SELECT 1", &[])];
    let plan = make(files(), &[], &Options { epoch: Epoch(2), ..options() });
    assert_eq!((plan.epoch_from, plan.epoch_to), (Epoch(2), Epoch(4)));
    assert_eq!((plan.files[1].epoch_from, plan.files[1].epoch_to), (Epoch(3), Epoch(4)));
    let wrong = make(files(), &[], &Options { epoch: Epoch(2), epoch_from: Some(Epoch(1)), ..options() });
    assert!(refusals_of(&wrong).contains("epoch_from = 1, but the system is at epoch 2"));
    let wrong = make(files(), &[], &Options { epoch: Epoch(2), epoch_to: Some(Epoch(2)), ..options() });
    assert!(refusals_of(&wrong).contains("never goes backwards"));
}
