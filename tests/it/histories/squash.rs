//! Squashes: a file that replaces others runs alone where none of them has run, counts as having run where all have, and is
//! refused between.

use super::{planned, remove, table};
use crate::support::{Fresh, Project, on_every_server, snapshot};

const OLD: [(&str, &str); 3] = [("001_a.sql", "a"), ("002_b.sql", "b"), ("003_c.sql", "c")];

fn old(project: &Project) {
    for (file, name) in OLD {
        project.migration(file, table(name));
    }
}

/// The squash of them, and a file that goes on from there.
fn squashed(project: &Project, replaces: &str) {
    let all = OLD.map(|(_, name)| table(name)).concat();
    project.migration("004_all.sql", format!("-- caribou: replaces={replaces}\n{all}"));
    project.migration("005_d.sql", format!("-- caribou: requires=002_b\n{}", table("d")));
}

fn message(project: &Project, check: &str) -> String {
    let found = planned(project).1.into_iter().find(|(of, _)| of == check).map(|(_, finding)| finding);
    found.and_then(|finding| finding["message"].as_str().map(str::to_owned)).unwrap_or_default()
}

async fn where_all_have_run_it_counts_as_run(fresh: Fresh) {
    for are_gone in [true, false] {
        let (fresh, other) = (Fresh::on(fresh.kind), Fresh::on(fresh.kind));
        let project = Project::on(&fresh);
        old(&project);
        project.run(&["migrate"]).exits(0);
        squashed(&project, "001_a.sql..003_c.sql");
        if are_gone {
            remove(&project, &OLD.map(|(file, _)| file));
        }
        assert_eq!(planned(&project).0, ["005_d.sql"]);
        let told = message(&project, "baseline");
        assert!(told.contains("004_all.sql does not run: the 3 files") && told.contains("migrate"), "{told}");
        let ran = project.run(&["migrate", "--format", "json"]).exits(0);
        assert!(ran.stderr.contains("Batch 2: 004_all.sql recorded as run"), "{ran:?}");
        assert_eq!(ran.json()["batch"]["files_total"], 1, "{ran:?}");
        let (left, findings) = planned(&project);
        assert_eq!((left.len(), findings.len()), (0, 0), "{findings:?}");
        project.run(&["doctor"]).exits(0);

        // Elsewhere it runs alone, and both are the same in the end.
        let new = Project::on(&other);
        if !are_gone {
            old(&new);
        }
        squashed(&new, "001_a,002_b,003_c");
        assert_eq!(planned(&new).0, ["004_all.sql", "005_d.sql"]);
        assert_eq!(message(&new, "baseline").contains("in place of 3 others"), !are_gone);
        new.run(&["migrate"]).exits(0);
        assert_eq!(snapshot(&fresh).await, snapshot(&other).await);
        assert_eq!(planned(&new).0, [""; 0]);
        let status = new.run(&["status", "--as", "flyway", "--format", "json"]).exits(0).json();
        let states: Vec<&str> =
            status["files"].as_array().expect("files").iter().filter_map(|file| file["state"].as_str()).collect();
        let ignored = states.iter().filter(|state| **state == "Ignored").count();
        assert_eq!(ignored, if are_gone { 0 } else { 3 }, "{states:?}");
    }
}

/// What is squashed can be undone as before: the squash first, of which nothing ran.
async fn what_it_replaces_can_still_be_undone(fresh: Fresh) {
    let project = Project::on(&fresh);
    let before = snapshot(&fresh).await;
    old(&project);
    project.run(&["migrate"]).exits(0);
    let all_ran = snapshot(&fresh).await;
    project.migration(
        "004_all.sql",
        format!("-- caribou: replaces=001_a..003_c\n{}", OLD.map(|(_, n)| table(n)).concat()),
    );
    project.run(&["migrate"]).exits(0);
    let in_the_way = project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "all of it"]).exits(2);
    assert!(format!("{}{}", in_the_way.stdout, in_the_way.stderr).contains("batch 2"), "{in_the_way:?}");
    project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "first this"]).exits(0);
    assert_eq!(snapshot(&fresh).await, all_ran, "nothing of it ran, and nothing is undone");
    project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "all of it"]).exits(0);
    assert_eq!(snapshot(&fresh).await, before);
    project.run(&["doctor"]).exits(0);
    // Nothing of them has run now, so that the squash runs.
    project.run(&["migrate"]).exits(0);
    assert_eq!(snapshot(&fresh).await, all_ran);
}

async fn where_some_have_run_it_is_refused(fresh: Fresh) {
    let project = Project::on(&fresh);
    old(&project);
    project.run(&["migrate", "--target", "002_b"]).exits(0);
    squashed(&project, "001_a..003_c");
    let refused = project.run(&["migrate"]).exits(2);
    for words in ["004_all.sql replaces files of which 2 have run", "003_c.sql", "--target 003_c.sql"] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    remove(&project, &["003_c.sql"]);
    let refused = project.run(&["plan", "--format", "json"]).exits(2);
    assert!(refused.stdout.contains("partly_squashed") && refused.stderr.contains("003_c"), "{refused:?}");
    // The way out.
    project.migration("003_c.sql", table("c"));
    project.run(&["migrate", "--target", "003_c.sql"]).exits(0);
    project.run(&["migrate"]).exits(0);
    assert_eq!(planned(&project).0, [""; 0]);
}

on_every_server!(
    where_all_have_run_it_counts_as_run,
    what_it_replaces_can_still_be_undone,
    where_some_have_run_it_is_refused,
);
