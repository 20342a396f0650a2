//! Projects: begun, configured, described.

use crate::support::Project;

#[test]
fn init_begins_a_project_once() {
    let project = Project::empty();
    project.run(&["init", "shop"]).exits(0);
    assert!(project.path("shop/caribou.toml").is_file() && project.path("shop/migrations").is_dir());
    let again = project.run(&["init", "shop"]).exits(2);
    assert!(again.stderr.contains("there already"), "{again:?}");
    let mut command = project.command(&["config", "--format", "json"]);
    let ran: crate::support::Ran = command.current_dir(project.path("shop")).output().expect("it runs").into();
    let config = ran.exits(0).json();
    let url = config["settings"].as_array().and_then(|s| s.iter().find(|s| s["key"] == "database.url")).cloned();
    assert_eq!(url.expect("a URL")["origin"], "file");
}

#[test]
fn init_takes_the_url_that_it_is_given() {
    let project = Project::empty();
    project.run(&["init", "--url", "mysql://ana@db1/shop"]).exits(0);
    let text = std::fs::read_to_string(project.path("caribou.toml")).expect("a file");
    assert!(text.contains("url = \"mysql://ana@db1/shop\""), "{text}");
    assert!(project.run(&["config"]).exits(0).stdout.contains("mysql://ana@db1/shop"));
}

#[test]
fn the_environment_configures_and_is_named() {
    let project = Project::empty();
    let mut command = project.command(&["config"]);
    let ran: crate::support::Ran = command
        .env("CARIBOU_DATABASE_URL", "mysql://ana:hunter2@db1/shop")
        .env("CARIBOU_WORKERS_PARALEL", "2")
        .output()
        .expect("it runs")
        .into();
    let ran = ran.exits(0);
    assert!(ran.stdout.contains("CARIBOU_DATABASE_URL") && ran.stdout.contains("ana:***@db1"), "{ran:?}");
    assert!(!format!("{ran:?}").contains("hunter2"));
    assert!(ran.stderr.contains("did you mean CARIBOU_WORKERS_PARALLEL"), "{ran:?}");
}

#[test]
fn every_command_explains_itself() {
    let project = Project::empty();
    let help = project.run(&["--help"]).exits(0).stdout;
    for command in [
        "init",
        "plan",
        "migrate",
        "console",
        "worker",
        "status",
        "events",
        "history",
        "step",
        "pause",
        "resume",
        "retry",
        "abort",
        "break",
        "schema",
        "config",
        "doctor",
        "demo",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in the help");
        let own = project.run(&[command, "--help"]).exits(0).stdout;
        assert!(own.contains("Usage:"), "{own}");
    }
    assert!(project.run(&["completions", "bash"]).exits(0).stdout.contains("_caribou"));
    assert!(project.run(&["man"]).exits(0).stdout.contains(".TH caribou"));
}

#[test]
fn without_a_database_every_command_says_what_to_set() {
    for command in ["migrate", "plan", "status", "doctor"] {
        let project = Project::empty();
        std::fs::create_dir(project.path("migrations")).expect("a directory");
        let ran = project.run(&[command]).exits(2);
        assert!(ran.stderr.contains("no database is configured") && ran.stderr.contains("caribou init"), "{ran:?}");
    }
    for command in ["migrate", "plan", "rehearse"] {
        let ran = Project::empty().run(&[command]).exits(2);
        assert!(ran.stderr.contains("`caribou init` writes one"), "where nothing at all is: {ran:?}");
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let project = Project::empty();
    for arguments in [&["--help"][..], &["discard", "--help"], &["completions", "bash"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = project.command(arguments);
        let ran: crate::support::Ran = command.stdout(writer).output().expect("it runs").into();
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}
