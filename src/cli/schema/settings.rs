//! `caribou schema settings`: what no client chooses for itself.

use super::super::context::Context;
use super::super::project::Project;
use super::super::{CliError, Exit, output};
use crate::database::Purpose;
use crate::store::{Given, SETTINGS, Settings, set_setting};
use serde::Serialize;

pub(super) async fn run(
    context: &Context,
    key: Option<String>,
    value: Option<String>,
    unset: bool,
) -> Result<Exit, CliError> {
    let mut project = Project::connect(context).await?;
    project.require_installed().await?;
    if let Some(key) = key.as_deref().filter(|_| value.is_some() || unset) {
        let mut session = project.store.database().open(Purpose::Control).await?;
        let done = set_setting(session.as_mut(), &project.store, key, value.as_deref()).await;
        session.close().await;
        done?;
    }
    let settings = project.reader()?.settings().await?;
    let shown = listed(&settings, key.as_deref());
    if let Some(key) = key.filter(|_| shown.is_empty()) {
        let keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        return Err(CliError::refused(format!("there is no setting {key}")).hint(keys.join(", ")));
    }
    if context.is_json() {
        output::json(&shown.iter().map(SettingDocument::new).collect::<Vec<_>>())?;
    } else {
        let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
        output::text(&output::table(&["setting", "value", "set by", "about"], &rows))?;
    }
    Ok(Exit::Done)
}

/// A setting that is known or set, and what it is.
struct SettingRow<'a> {
    key: &'a str,
    given: Option<&'a Given>,
    default: &'static str,
    about: &'static str,
}

fn listed<'a>(settings: &'a Settings, key: Option<&str>) -> Vec<SettingRow<'a>> {
    let known = SETTINGS.iter().map(|setting| SettingRow {
        key: setting.key,
        given: settings.all().find(|(key, _)| *key == setting.key).map(|(_, given)| given),
        default: setting.default,
        about: setting.about,
    });
    let is_unknown = |key: &str| SETTINGS.iter().all(|setting| setting.key != key);
    let others = settings.all().filter(|(key, _)| is_unknown(key)).map(|(key, given)| SettingRow {
        key,
        given: Some(given),
        default: "",
        about: "not known to this Caribou",
    });
    known.chain(others).filter(|shown| key.is_none_or(|key| shown.key == key)).collect()
}

/// A setting in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct SettingDocument {
    key: String,
    /// Null where it is not set.
    value: Option<String>,
    default: &'static str,
    set_by: Option<String>,
    set_at: Option<String>,
    about: &'static str,
}

impl SettingDocument {
    fn new(shown: &SettingRow<'_>) -> SettingDocument {
        SettingDocument {
            key: shown.key.to_owned(),
            value: shown.given.map(|given| given.value.clone()),
            default: shown.default,
            set_by: shown.given.map(|given| given.by.clone()),
            set_at: shown.given.map(|given| given.at.to_rfc3339()),
            about: shown.about,
        }
    }
}

fn row(shown: &SettingRow<'_>) -> Vec<String> {
    let value = match shown.given {
        Some(given) => output::safe(&given.value),
        None if shown.default.is_empty() => "-".to_owned(),
        None => format!("({})", shown.default),
    };
    let by = shown.given.map_or_else(|| "-".to_owned(), |given| output::safe(&given.by));
    vec![output::safe(shown.key), value, by, shown.about.to_owned()]
}
