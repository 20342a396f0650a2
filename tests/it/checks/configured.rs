//! Levels and limits of checks as they are configured, listed and refused.

use crate::support::Project;
use serde_json::json;

#[test]
fn levels_are_listed_with_their_origin_and_wrong_ones_are_refused() {
    let project = Project::empty();
    let configured = "[database]\nurl = \"sqlite:db\"\n[checks]\nprofile = \"doctrine\"\nprimary_key = \"off\"\n";
    project.write("caribou.toml", configured);
    let list = project.run(&["checks", "--format", "json"]).exits(0).json();
    assert_eq!(list["profile"], "doctrine");
    let check = |name: &str| {
        let mut all = list["checks"].as_array().expect("checks").iter();
        all.find(|check| check["name"] == name).expect("it is listed").clone()
    };
    assert_eq!((&check("primary_key")["level"], &check("narrowing")["level"]), (&json!("off"), &json!("block")));
    assert!(check("primary_key")["from"].as_str().is_some_and(|from| from.ends_with("caribou.toml:5")), "{list}");
    let told = project.run(&["checks", "narrowing"]).exits(0).stdout;
    assert!(told.contains("why      ") && told.contains("instead  "), "{told}");
    let elsewhere = list["elsewhere"].as_array().expect("what else is logged");
    let probe = elsewhere.iter().find(|one| one["name"] == "performance_probe" && one["phase"] == "after");
    assert_eq!(probe.map(|one| &one["class"]), Some(&json!("B")), "{list}");
    let told = project.run(&["checks"]).exits(0).stdout;
    assert!(told.contains("file_type ") && told.contains("after a batch"), "{told}");
    let told = project.run(&["checks", "performance_probe"]).exits(0).stdout;
    assert!(told.contains("before a batch") && told.contains("after a batch"), "{told}");
    let unknown = project.run(&["checks", "narowing"]).exits(2).stderr;
    assert!(unknown.contains("narrowing"), "{unknown}");
    for (line, says) in [
        ("narowing = \"off\"", ["caribou.toml:4: unknown key checks.narowing", "did you mean checks.narrowing?"]),
        ("narrowing = \"stop\"", ["caribou.toml:4: checks.narrowing must be one of off, warn, block", ""]),
        ("large_rows = -1", ["caribou.toml:4: checks.large_rows must be a whole number from 0", ""]),
        ("long_transaction = \"soon\"", ["caribou.toml:4: checks.long_transaction must be a time such as", ""]),
        ("profile = \"strict\"", ["caribou.toml:4: checks.profile must be one of default, doctrine", ""]),
    ] {
        project.write("caribou.toml", format!("[database]\nurl = \"sqlite:db\"\n[checks]\n{line}\n"));
        let refused = project.run(&["plan"]).exits(2).stderr;
        assert!(says.iter().all(|says| refused.contains(says)), "{line}: {refused}");
    }
    for (lines, says) in [
        (
            "max_lag = \"1s\"\nresume_lag = \"5s\"\nreplicas = \"a\"",
            ":5: throttle.resume_lag is higher than throttle.max_lag",
        ),
        ("max_lag = \"1s\"", ":4: throttle.max_lag is set, and no replica is named"),
        ("resume_lag = \"5s\"", ":4: throttle.resume_lag is set without throttle.max_lag"),
        ("replicas = \"host:port\"", ":4: throttle.replicas names \"host:port\", which is no host:port"),
    ] {
        project.write(
            "caribou.toml",
            format!("[database]\nurl = \"mysql://root@127.0.0.1:1/shop\"\n[throttle]\n{lines}\n"),
        );
        let refused = project.run(&["migrate"]).exits(2).stderr;
        assert!(refused.contains(&format!("caribou.toml{says}")) && refused.contains("hint: "), "{lines}: {refused}");
    }
}
