//! `migration_settings`: what a client must not choose for itself.

use super::{Cast, refused};
use crate::support::{Fresh, Project, on_both_servers, on_every_server};
use caribou::database::Purpose;
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

/// Where roles were given, and also as seen by an account that was itself given one.
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

on_every_server!(they_are_shown_and_set);
on_both_servers!(only_the_workers_account_sets_them, four_eyes_hold_where_roles_were_given);
