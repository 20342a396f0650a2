//! The demo, without a terminal.

use crate::support::Project;

#[test]
fn the_demo_tells_its_story_and_leaves_a_project() {
    let project = Project::empty();
    let ran = project.run(&["demo", "--headless", "--format", "json", "--keep", "herd"]).exits(0);
    let told = ran.json();
    assert_eq!(told["as_told"], true);
    let acts = told["acts"].as_array().expect("acts");
    let statuses: Vec<&str> =
        acts.iter().take(5).map(|act| act["result"]["batch"]["status"].as_str().expect("a status")).collect();
    assert_eq!(statuses, ["completed", "rolled_back", "completed", "completed", "completed"]);
    // A mistake: the last of four files fails, and the rows that another has changed are what they were.
    assert_eq!(acts[1]["result"]["files"][3]["error"].as_str().map(|e| e.contains("weight_kg")), Some(true));
    assert_eq!(acts[1]["animals"]["before"], acts[1]["animals"]["after"]);
    assert!(acts[1]["animals"]["before"].as_str().is_some_and(|a| a.starts_with("40000 animals")), "{}", acts[1]);
    // A lock: the first statement waited for it.
    assert!(acts[2]["lock_waits"].as_u64().is_some_and(|waits| waits > 0), "{}", acts[2]);
    // A decision: the file is undone, by a batch of its own.
    assert_eq!(acts[3]["rollback"], "completed");
    assert_eq!(acts[3]["result"]["batch"]["compensated_by"], 5);
    assert_eq!(acts[4]["steps"], 2);
    // A replay: out of the journal comes the state that the batch is in.
    assert_eq!(acts[5]["as_told"], true);
    assert!(acts[5]["events"].as_u64().is_some_and(|events| events > 50), "{}", acts[5]);
    let mut history = project.command(&["history", "--format", "json"]);
    let history: crate::support::Ran = history.current_dir(project.path("herd")).output().expect("it runs").into();
    assert_eq!(history.exits(0).json().as_array().map(Vec::len), Some(6));
    let full = project.run(&["demo", "--headless", "--keep", "herd"]).exits(2);
    assert!(full.stderr.contains("not empty"), "{full:?}");
}

#[test]
fn without_a_terminal_the_demo_says_how() {
    let ran = Project::empty().run(&["demo"]).exits(2);
    assert!(ran.stderr.contains("--headless"), "{ran:?}");
}

#[test]
fn caribou_alone_says_how_to_begin() {
    let ran = Project::empty().run(&[]).exits(0);
    assert!(ran.stdout.contains("caribou demo") && ran.stdout.contains("caribou init"), "{ran:?}");
}
