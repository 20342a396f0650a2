//! The demo, without a terminal.

use crate::support::Project;

#[test]
fn the_demo_tells_its_story_and_leaves_a_project() {
    let project = Project::empty();
    let ran = project.run(&["demo", "--headless", "--format", "json", "--keep", "herd"]).exits(0);
    let told = ran.json();
    assert_eq!(told["as_told"], true);
    let statuses: Vec<&str> =
        (0..3).map(|act| told["acts"][act]["result"]["batch"]["status"].as_str().expect("a status")).collect();
    assert_eq!(statuses, ["completed", "rolled_back", "completed"]);
    assert_eq!(told["acts"][1]["result"]["files"][2]["error"].as_str().map(|e| e.contains("weight_kg")), Some(true));
    let steps = told["acts"][2]["steps"].as_u64().expect("a number");
    assert!(steps >= 8, "one step for each statement: {steps}");
    let mut history = project.command(&["history", "--format", "json"]);
    let history: crate::support::Ran = history.current_dir(project.path("herd")).output().expect("it runs").into();
    assert_eq!(history.exits(0).json().as_array().map(Vec::len), Some(3));
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
