//! `migration_settings`: what a client must not choose for itself.

use super::{Cast, PASSWORD, refused};
use crate::support::{Fresh, Project, Running, on_both_servers, on_every_server};
use caribou::database::Purpose;
use caribou::model::{DataLoss, Lapse, OnCrash, Policy};
use caribou::store::{Reader, Role, Settings, Store, are_grants_installed, set_setting};
use serde_json::json;

async fn they_are_shown_and_set(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.run(&["schema", "settings"]).exits(2);
    project.run(&["schema", "install"]).exits(0);
    let shown = project.run(&["schema", "settings"]).exits(0);
    assert!(shown.stdout.contains("environment") && shown.stdout.contains("approval.four_eyes"), "{shown:?}");
    project.run(&["schema", "settings", "environment", "production"]).exits(0);
    let shown = project.run(&["schema", "settings", "environment", "--format", "json"]).exits(0).json();
    assert_eq!((&shown[0]["value"], shown[0]["set_by"].is_string()), (&json!("production"), true), "{shown}");
    let wrong = project.run(&["schema", "settings", "approval.four_eyes", "perhaps"]).exits(2);
    assert!(wrong.stderr.contains("true or false"), "{wrong:?}");
    let wrong = project.run(&["schema", "settings", "aproval.four_eyes", "true"]).exits(2);
    assert!(wrong.stderr.contains("approval.four_eyes"), "{wrong:?}");
    project.run(&["schema", "settings", "approval.four_eyes", "false"]).exits(0);

    let mut reader = Reader::open(&Store::new(fresh.database().await)).await.expect("a reader");
    let settings = reader.settings().await.expect("settings");
    assert_eq!((settings.environment(), settings.four_eyes()), ("production", Some(false)));
    project.run(&["schema", "settings", "approval.four_eyes", "--unset"]).exits(0);
    assert_eq!(reader.settings().await.expect("settings").four_eyes(), None);
    reader.close().await;
}

async fn only_the_workers_account_sets_them(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    for role in [Role::Observer, Role::Operator, Role::Approver, Role::Emergency] {
        let ran = cast.run(&project, role, &["schema", "settings", "environment", "play"]).exits(5);
        assert!(ran.stderr.contains("migration_settings") && ran.stderr.contains("INSERT"), "{role:?}: {ran:?}");
        cast.run(&project, role, &["schema", "settings"]).exits(0);
    }
    cast.run(&project, Role::Worker, &["schema", "settings", "environment", "production"]).exits(0);
    let shown = cast.run(&project, Role::Observer, &["schema", "settings", "environment"]).exits(0);
    assert!(shown.stdout.contains("production") && shown.stdout.contains(&cast.name(Role::Worker)), "{shown:?}");
    let mut session = cast.by_hand(Role::Approver).await;
    let ours = cast.orchestration();
    refused(
        session.as_mut(),
        &format!(
            "REPLACE INTO {ours}.migration_settings (setting_key, setting_value) VALUES ('approval.four_eyes', 'false')"
        ),
    )
    .await;
    session.close().await;
}

/// Four eyes hold where roles were given, and also as seen by an account that was itself given one.
async fn four_eyes_hold_where_roles_were_given(fresh: Fresh) {
    let bare = Store::new(fresh.database().await);
    let mut root = bare.database().open(Purpose::Control).await.expect("a session");
    assert!(!are_grants_installed(root.as_mut(), &bare).await.expect("an answer"), "nobody has a role yet");
    let cast = Cast::of(fresh).await;
    assert!(are_grants_installed(root.as_mut(), &bare).await.expect("an answer"));
    let worker = cast.store(Role::Worker).await;
    let mut session = cast.by_hand(Role::Worker).await;
    assert!(are_grants_installed(session.as_mut(), &worker).await.expect("an answer"));
    set_setting(session.as_mut(), &worker, "approval.four_eyes", Some("false")).await.expect("it may set it");
    let settings = Settings::read(session.as_mut(), &worker).await.expect("settings");
    assert_eq!(settings.four_eyes(), Some(false));
    session.close().await;
    root.close().await;
}

/// The policy of the newest batch, as its journal has it.
async fn newest_policy(cast: &Cast) -> Policy {
    let mut reader = Reader::open(&Store::new(cast.root.clone())).await.expect("a reader");
    let newest = reader.batches(1).await.expect("batches").remove(0).batch_id;
    let world = reader.world(newest).await.expect("a world").expect("a journal");
    reader.close().await;
    world.batch(newest).expect("a batch").policy.clone()
}

/// Whatever a client's configuration says, alone or through a worker.
async fn a_client_is_never_looser_than_the_settings(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.configure(
        "[windows]\nb = \"1s\"\nc = \"1s\"\nd = \"60d\"\non_lapse = \"rollback\"\n[class_a]\ndata_loss = \
         \"proceed\"\n[crash]\nmax_undo = \"5d\"",
    );
    let defaults = Policy::default();
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    cast.run(&project, Role::Worker, &["migrate"]).exits(0);
    let policy = newest_policy(&cast).await;
    assert_eq!((policy.windows.b, policy.windows.c), (defaults.windows.b, defaults.windows.c));
    assert_eq!((policy.windows.d, policy.windows.on_lapse), (60 * 24 * 3_600_000, Lapse::Keep));
    assert_eq!((policy.data_loss, policy.after_crash, policy.four_eyes), (DataLoss::Hold, defaults.after_crash, true));
    for (key, value) in [
        ("windows.b", "48h"),
        ("windows.c", "2s"),
        ("windows.on_lapse", "escalate"),
        ("policy.on_crash", "hold"),
        ("crash.max_undo", "1m"),
        ("approval.four_eyes", "false"),
    ] {
        cast.run(&project, Role::Worker, &["schema", "settings", key, value]).exits(0);
    }
    for wrong in [["windows.b", "soon"], ["windows.on_lapse", "never"], ["crash.max_undo", "-1s"]] {
        cast.run(&project, Role::Worker, &["schema", "settings", wrong[0], "--", wrong[1]]).exits(2);
    }
    project.migration("0002_b.sql", "CREATE TABLE b (id INT);\n");
    let worker = Running::start(&mut cast.command(&project, Role::Worker, &["worker"]));
    worker.wait_text("Working on");
    let mut ran = cast.run(&project, Role::Operator, &["migrate"]);
    while ran.code == Some(5) {
        // The worker has not taken the lease yet.
        ran = cast.run(&project, Role::Operator, &["migrate"]);
    }
    ran.exits(0);
    let policy = newest_policy(&cast).await;
    assert_eq!((policy.windows.b, policy.windows.c), (48 * 3_600_000, 2_000));
    assert_eq!((policy.windows.on_lapse, policy.after_crash.then), (Lapse::Escalate, OnCrash::Hold));
    assert_eq!((policy.after_crash.max_undo, policy.four_eyes), (60_000, false));
}

/// In production two people are needed, and a file that runs as the worker could be the second one.
async fn production_with_four_eyes_needs_a_runner(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let project = Project::on(&cast.fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    cast.run(&project, Role::Worker, &["schema", "settings", "environment", "production"]).exits(0);
    let refused = cast.run(&project, Role::Worker, &["migrate"]).exits(2);
    assert!(refused.stderr.contains("schema grants runner"), "{refused:?}");
    let same = |command: &mut std::process::Command, role| {
        command.env("CARIBOU_RUNNER_USER", cast.name(role)).env("CARIBOU_RUNNER_PASSWORD", PASSWORD);
    };
    let mut command = cast.command(&project, Role::Worker, &["migrate"]);
    same(&mut command, Role::Worker);
    let refused: crate::support::Ran = command.output().expect("it runs").into();
    assert!(refused.exits(2).stderr.contains("schema grants runner"));
    let examined = cast.run(&project, Role::Worker, &["doctor"]).exits(1);
    assert!(examined.stdout.contains("files run as the worker's own account"), "{examined:?}");
    let mut command = cast.command(&project, Role::Worker, &["migrate"]);
    same(&mut command, Role::Runner);
    let ran: crate::support::Ran = command.output().expect("it runs").into();
    ran.exits(0);
    let mut command = cast.command(&project, Role::Worker, &["doctor"]);
    same(&mut command, Role::Runner);
    let examined: crate::support::Ran = command.output().expect("it runs").into();
    let examined = examined.exits(0);
    assert!(examined.stdout.contains(&format!("files run as {}", cast.name(Role::Runner))), "{examined:?}");
}

on_every_server!(they_are_shown_and_set);
on_both_servers!(
    a_client_is_never_looser_than_the_settings,
    production_with_four_eyes_needs_a_runner,
    only_the_workers_account_sets_them,
    four_eyes_hold_where_roles_were_given
);
