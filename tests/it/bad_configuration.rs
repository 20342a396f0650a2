//! Wrong configuration is refused before anything is touched: exit status 2, what, where, what to do, no secret.

use crate::support::{Fresh, Project, run_on};
use caribou::database::ServerKind;

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
