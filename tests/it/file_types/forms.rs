//! An agent's file in JSON and in YAML, through the same life as one in TOML: up, edited, killed in the middle, back.

use super::{BASE, json, settings};
use crate::support::{Fresh, Project, Ran, on_every_server};

const AS_JSON: &str = "{\n  \"x-note\": \"Who uses which model.\",\n  \"table\": \"settings\",\n  \"key\": [\"agent\", \"name\"],\n  \
                       \"rows\": [\n    {\"agent\": \"a\", \"name\": \"model\", \"value\": \"it's -- large\\n\"},\n    \
                       {\"agent\": \"b\", \"name\": \"model\", \"value\": \"medium\"}\n  ]\n}\n";
const AS_YAML: &str = "# Who uses which model.\ntable: settings\nkey: [agent, name]\nrows:\n  - agent: a\n    name: model\n    \
                       value: \"it's -- large\\n\"\n  - agent: b\n    name: model\n    value: medium\n";

async fn life(fresh: &Fresh, path: &str, text: &str, first_row: u64) {
    let project = Project::on(fresh);
    let whole = format!("migrations/{path}");
    project.migration("0001_base.sql", BASE);
    project.run(&["migrate"]).exits(0);
    let before = settings(fresh).await;
    assert_eq!(before, ["a=small", "c=old"]);
    project.write(&whole, text);
    let plan = json(project.run(&["plan", "--format", "json"]));
    let file = &plan["files"][0];
    assert_eq!((&file["type"], &file["statements"][0]["kind"]), (&"agent".into(), &"upsert".into()), "{plan}");
    assert_eq!(file["statements"][0]["line"], first_row, "{plan}");
    project.run(&["rehearse"]).exits(0);

    // Killed in the middle, it is taken back, and runs.
    for fault in ["during:1", "before_end:1", "after_statement:1"] {
        let crashed =
            project.command(&["migrate"]).env("CARIBOU_FAULT", fault).output().expect("the binary can be run");
        let crashed = Ran::from(crashed);
        let may_be_done = fault.starts_with("during") && crashed.code == Some(0);
        assert!(crashed.code.is_none() || may_be_done, "{fault}: {crashed:?}");
        project.run(&["migrate"]).exits(0);
        assert_eq!(settings(fresh).await, ["a=it's -- large\n", "b=medium", "c=old"], "{path} {fault}");
        // Its form is no change of it, other rows are.
        project.write(&whole, text.replace("Who uses", "Who  uses"));
        let plan = json(project.run(&["plan", "--format", "json"]));
        assert_eq!(plan["files"].as_array().map(Vec::len), Some(0), "{plan}");
        assert!(!plan["findings"].to_string().contains("checksum_drift"), "{plan}");
        project.write(&whole, text.replace("medium", "tiny"));
        let plan = json(project.run(&["plan", "--format", "json"]));
        assert_eq!(plan["findings"][0]["check"], "checksum_drift", "{plan}");
        project.write(&whole, text);
        let batches = json(project.run(&["history", "--format", "json"]));
        for batch in batches.as_array().expect("batches") {
            let (id, stands) = (&batch["id"], batch["files_completed"].as_u64() > Some(0));
            if *id != 1 && stands && batch["compensated_by"].is_null() {
                project.run(&["rollback", &id.to_string(), "--class", "A", "--yes", "--reason", "once more"]).exits(0);
            }
        }
        assert_eq!(settings(fresh).await, before, "{path} {fault}: rows as they were");
    }

    // What is wrong with it is told with its line, before anything runs.
    project.write(&whole, text.replace("medium", "medium\", \"b\": \"").replace("value", "valeu"));
    let refused = project.run(&["migrate"]).exits(2);
    assert!(refused.stderr.contains(&format!("{path}, line ")), "{refused:?}");
    assert_eq!(settings(fresh).await, before);
    project.run(&["doctor"]).exits(0);
}

async fn json_has_its_life(fresh: Fresh) {
    life(&fresh, "agents/0002_models.json", AS_JSON, 6).await;
}

async fn yaml_has_its_life(fresh: Fresh) {
    life(&fresh, "agents/0002_models.yaml", AS_YAML, 5).await;
}

on_every_server!(json_has_its_life, yaml_has_its_life);
