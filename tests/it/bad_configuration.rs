//! Wrong configuration is refused before anything is touched: exit status 2, what, where, what to do, no secret.

use crate::support::{Fresh, Project, on_both_servers, run_on};
use caribou::database::{Purpose, ServerKind};

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        project.run(&["config"]).exits(0);
        let ran = project.configure("[migrations]\nlayuot = \"auto\"").run(&["config"]).exits(2);
        assert!(ran.stderr.contains("layuot") && ran.stderr.contains("layout"), "{ran:?}");
        assert!(ran.stderr.contains("caribou.toml"), "{ran:?}");
    });
}

#[test]
fn configuration_is_printed_as_json() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let said = Project::on(&fresh).run(&["config", "--format", "json"]).exits(0).json();
        assert!(said.to_string().contains(&fresh.url()), "{said}");
    });
}

#[test]
fn a_verb_that_is_none_is_refused() {
    let ran = Project::empty().run(&["nonsense"]).exits(2);
    assert!(ran.stderr.contains("nonsense"), "{ran:?}");
}

#[test]
fn what_reaches_nobody_or_can_never_be_is_said_with_file_line_and_remedy() {
    let head = "[database]\nurl = \"sqlite:db\"\n";
    let cases = [
        ("[alerts.hooks.ops]\n", ":3: the alert hook ops has no address", "give it one of command"),
        ("[alerts.hooks.ops]\nlevel = 2\n", ":4: the alert hook ops has no address", "give it one of command"),
        (
            "[alerts.hooks.ops]\ncontact = \"\"\nmail = \"ops@example.org\"\n",
            ":4: alerts.hooks.ops.contact must be",
            "",
        ),
        (
            "[alerts.hooks.ops]\ncontact = \" \\t\"\nmail = \"ops@example.org\"\n",
            ":4: alerts.hooks.ops.contact must be",
            "",
        ),
        ("[alerts.hooks.ops]\nmail = \" \"\n", ":4: alerts.hooks.ops.mail must be", ""),
        ("[alerts.hooks.ops]\ncommand = [\"  \"]\n", ":4: alerts.hooks.ops.command must be", ""),
        (
            "[alerts.hooks.ops]\nurl = \"https://x/y\"\nsecret_env = \" \"\n",
            ":5: alerts.hooks.ops.secret_env must be",
            "",
        ),
        ("[alerts.hooks.ops]\nmail = \"a@b.c\"\nlevel = 0\n", ":5: alerts.hooks.ops.level must be", ""),
        ("[alerts.hooks.ops]\nmail = \"a@b.c\"\ntimeout = 0\n", ":5: alerts.hooks.ops.timeout must be a time", ""),
        ("[alerts.hooks.ops]\nmail = \"a@b.c\"\ntimeout = -1\n", ":5: alerts.hooks.ops.timeout must be a time", ""),
        ("[alerts.hooks]\nops = \"a@b.c\"\n", ":4: unknown key alerts.hooks.ops", "a table with a name of its own"),
        (
            "[alerts.hooks.\"\"]\nmail = \"a@b.c\"\n",
            ":4: unknown key alerts.hooks..mail",
            "a table with a name of its own",
        ),
        (
            "[alerts.hooks.a]\nmail = \"a@b.c\"\nlevel = 2\n[alerts.hooks.b]\nmail = \"A@b.c\"\nlevel = 2\n",
            ":8: the alert hook b has the address and the level of a",
            "another level",
        ),
        ("[chekcs]\n", ":3: unknown key chekcs", "did you mean"),
        ("[checks]\nnarowing = \"off\"\n", ":4: unknown key checks.narowing", "did you mean checks.narrowing?"),
        (
            "[checks]\nperformance_probe = \"off\"\n",
            ":4: unknown key checks.performance_probe",
            "has no level of its own: that comes from [[probes]]",
        ),
        ("[checks]\nfile_type = \"off\"\n", ":4: unknown key checks.file_type", "comes from type of the file"),
        ("[alerts.hooks.ops]\nurl = \"ftp://x\"\n", ":4: alerts.hooks.ops.url must be", "https:// (or http://)"),
        ("[checks.rules]\nno_evnts = \"off\"\n", ":4: unknown key checks.rules.no_evnts", "no_events"),
        ("[windows]\nb = \"0s\"\n", ":4: windows.b must be a time", "at most 366d"),
        ("[windows]\nb = \"900d\"\n", ":4: windows.b must be a time", "at most 366d"),
        ("[alerts]\nprolonged = \"0x\"\n", ":4: alerts.prolonged must be", ""),
        ("[throttle]\nmax_threads_running = 0\n", ":4: throttle.max_threads_running must be", ""),
        ("[throttle]\nreplicas = \" \"\n", ":4: throttle.replicas must be", "not empty"),
        ("[throttle]\nreplicas = \",\"\n", ":4: throttle.replicas names no replica", "write it as throttle.replicas"),
        ("[backup]\nfile = \"\"\n", ":4: backup.file must be a path", ""),
        ("[schemas]\ncore = \"  \"\n", ":4: schemas.core must be", "not empty"),
        ("[names]\ntables = \"(a)\"\n", ":4: names.tables must be a pattern of names", ""),
    ];
    for (text, says, remedy) in cases {
        let project = Project::empty();
        project.write("caribou.toml", format!("{head}{text}")).migration("0001_a.sql", "SELECT 1;\n");
        for verb in ["config", "migrate"] {
            let ran = project.run(&[verb]).exits(2);
            assert!(ran.stderr.contains(&format!("caribou.toml{says}")), "{text}: {ran:?}");
            assert!(ran.stderr.contains(remedy), "{text} has no remedy: {ran:?}");
        }
        assert!(!project.path("db").exists(), "{text}: nothing was made");
    }
}

#[test]
fn the_doctrine_freezes_and_says_so() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        project.migration("0001_a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);\n");
        let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
        assert_eq!(plan["freeze"], serde_json::Value::Null);
        project.configure("[checks]\nprofile = \"doctrine\"");
        let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
        assert_eq!(
            (&plan["freeze"]["policy"], &plan["freeze"]["from"]),
            (&"always".into(), &"profile doctrine".into())
        );
        let told = project.run(&["plan"]).exits(0).stdout;
        assert!(told.contains("policy.freeze = always, from profile doctrine"), "{told}");
        let told = project.run(&["checks"]).exits(0).stdout;
        assert!(told.contains("policy.freeze = always, from profile doctrine"), "{told}");
        let said = project.run(&["config", "--format", "json"]).exits(0).json();
        let settings = said["settings"].as_array().expect("settings");
        let freeze = settings.iter().find(|one| one["key"] == "policy.freeze").expect("it is listed");
        assert_eq!((&freeze["value"], &freeze["origin"]), (&"always".into(), &"profile".into()));
        project.run(&["migrate"]).exits(0);
        let told = project.run(&["events", "0", "--format", "json"]).exits(0).stdout;
        assert!(told.contains("\"step\":\"begun\"") && told.contains("\"step\":\"thawed\""), "{told}");
        // Less than that is refused, and named.
        project.configure("[policy]\nfreeze = \"never\"");
        let refused = project.run(&["migrate"]).exits(2).stderr;
        assert!(refused.contains("less than the profile doctrine asks for") && refused.contains("hint: "), "{refused}");
    });
}

/// Nothing begins for a schema that is not there, and nothing is left behind.
async fn a_schema_that_is_not_there_refuses_the_plan(fresh: Fresh) {
    let project = Project::on(&fresh);
    let core = fresh.schemas().core.clone();
    let url = fresh.url().replace(&format!("/{core}?"), &format!("/{core}_gone?"));
    project.write("caribou.toml", format!("[database]\nurl = \"{url}\"\n"));
    assert!(project.run(&["plan"]).exits(0).stdout.contains("no migration"), "there is nothing to run");
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    for command in [&["plan"][..], &["migrate"], &["rehearse"]] {
        let refused = project.run(command).exits(2);
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains(&format!("CREATE DATABASE {core}_gone")), "{command:?}: {refused:?}");
    }
    let examined = project.run(&["doctor"]).exits(1).stdout;
    assert!(examined.contains(&format!("there is no schema {core}_gone to migrate")), "{examined}");
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let made = session.query_text(&format!("SHOW DATABASES LIKE '{core}\\_gone%'")).await.expect("schemas");
    assert_eq!(made.len(), 0, "nothing is left behind: {made:?}");
    session.close().await;
    fresh.sql(&format!("CREATE DATABASE {core}_gone")).await;
    project.run(&["migrate"]).exits(0);
}

on_both_servers!(a_schema_that_is_not_there_refuses_the_plan);
